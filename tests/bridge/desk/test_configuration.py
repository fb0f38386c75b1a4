"""The log says by which settings something was decided."""

from __future__ import annotations

import json

from bridge.config import BridgeSettings, DeskSettings, Settings
from bridge.desk.configuration import describe, note_configuration, version_of
from tests.bridge.desk.office import Office
from tests.fakes.homeserver import BOT


def test_the_same_settings_are_the_same_version() -> None:
    assert version_of(Settings()) == version_of(Settings())
    assert version_of(Settings()) != version_of(Settings(desk=DeskSettings(silence_minutes=11)))


def test_a_password_of_the_database_is_in_no_version() -> None:
    secret = BridgeSettings(database_url="postgresql+asyncpg://chaperone:hunter2@db/chaperone")
    assert "hunter2" not in json.dumps(describe(Settings(bridge=secret)))


async def test_settings_are_noted_when_they_are_others_than_before(office: Office) -> None:
    for settings in (Settings(), Settings(), Settings(desk=DeskSettings(silence_minutes=11))):
        await note_configuration(office.place, settings, BOT)
    async with office.store.read() as tx:
        entries = await tx.audit.entries()
    assert [entry.facts["settings"]["desk"]["silence_minutes"] for entry in entries] == [10.0, 11.0]
