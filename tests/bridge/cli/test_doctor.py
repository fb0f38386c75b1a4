from __future__ import annotations

import json
from pathlib import Path

import pytest

from bridge.cli import doctor
from bridge.desk.checkup import Breach
from bridge.secret_files import Secrets
from policies.names import EventId, RoomId
from tests.bridge.cli.conftest import Shell
from tests.synapse import free_port

ALONE = Breach("G3", "@guest-gina:localhost is here without cover.", RoomId("!room"), EventId("$event"))
SECRETS = ("as_token", "hs_token", "module_secret", "form_secret", "jwt_private.pem", "demo_password")


@pytest.fixture
def with_secrets(shell: Shell) -> Shell:
    secrets = Path(shell.data) / "secrets"
    secrets.mkdir()
    for name in SECRETS:
        (secrets / name).write_text("secret")
    shell.env["CHAPERONE_HOMESERVER_PORT"] = str(free_port())
    return shell


def found(monkeypatch: pytest.MonkeyPatch, *breaches: Breach) -> None:
    async def examine(settings: object, secrets: Secrets) -> list[Breach]:
        assert secrets.as_token == "secret"
        return [*breaches]

    monkeypatch.setattr(doctor, "_examine", examine)


def test_a_system_that_is_well_is_said_to_be(with_secrets: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    found(monkeypatch)
    result = with_secrets.run("doctor")
    assert (result.exit_code, result.stdout.strip()) == (0, "All is well.")
    assert with_secrets.json("doctor") == []


def test_each_breach_is_listed_with_its_room_and_event(with_secrets: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    found(monkeypatch, ALONE)
    result = with_secrets.run("doctor")
    assert result.exit_code == 1
    for part in (ALONE.check, ALONE.sentence, str(ALONE.room), str(ALONE.event)):
        assert part in result.stdout
    result = with_secrets.run("doctor", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == [
        {"check": "G3", "sentence": ALONE.sentence, "room": ALONE.room, "event": ALONE.event}
    ]


def test_a_homeserver_that_is_away_is_no_clean_bill_of_health(with_secrets: Shell) -> None:
    result = with_secrets.run("doctor")
    assert result.exit_code == 2
    assert "could not be looked at" in result.stderr


def test_missing_secrets_are_named(shell: Shell) -> None:
    result = shell.run("doctor")
    assert result.exit_code == 2
    assert "as_token" in result.stderr
