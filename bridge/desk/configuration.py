"""Which settings were in force when something was decided: every entry of the audit log names their version.

What a version said stands in the log too, noted at the first start with it. Secrets are in files, so there is none in
the settings but the password that the address of a database may have.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

from bridge.chain import canonical
from bridge.config import Settings
from bridge.desk.work import WorkPlace
from policies.names import UserId

SUBJECT: Final = "configuration"


def describe(settings: Settings) -> dict[str, Any]:
    """The settings as plain data, without secrets."""
    return settings.model_dump(mode="json", exclude={"bridge": {"database_url"}})


def version_of(settings: Settings) -> str:
    """The same for the same settings, and another for any other."""
    return hashlib.sha256(canonical(describe(settings))).hexdigest()[:16]


async def note_configuration(place: WorkPlace, settings: Settings, bot: UserId) -> None:
    """Write into the log what the settings are, if they are not what they were."""
    version = version_of(settings)
    async with place.begin() as work:
        last = await work.tx.audit.last(SUBJECT)
        if last is None or last.facts.get("version") != version:
            await work.note("configured", bot, about=SUBJECT, version=version, settings=describe(settings))
