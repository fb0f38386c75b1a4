"""The audit log's chain: each entry's hash covers the entry and the hash of the one before it.

    nothing ─▶ entry 1 ─▶ entry 2 ─▶ … ─▶ entry n ◀── head: “n, and its hash”
    "0"×64     hash 1     hash 2          hash n

Whoever changes, removes or swaps entries has to write every later one anew, and the head. `chaperone audit verify`
prints the head: who keeps it elsewhere can tell later whether the chain is still the one it was.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

NOTHING: Final = "0" * 64
"""What the first entry follows."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One decision, or something that was done without one. Neither words of people nor secrets are in it."""

    seq: int
    at: datetime
    actor: str
    subject: str
    """What it is about: ``issue:12``, ``room:!…``, ``person:@…``."""
    what: str
    """The rule that was asked, by its full name (``policies.lifecycle.may_claim``); or what was done (``note``)."""
    facts: Mapping[str, Any]
    """The rule's arguments by their names, as plain data."""
    verdict: Mapping[str, Any] | None
    """``{"allow": true}``, or rule, code and facts of the refusal; None where no rule was asked."""
    configuration: str
    """The version of the settings by which it was decided."""
    hash: str = ""

    def as_data(self) -> dict[str, Any]:
        """All of it but the hash, as plain data."""
        return {
            "seq": self.seq,
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "actor": self.actor,
            "subject": self.subject,
            "what": self.what,
            "facts": dict(self.facts),
            "verdict": None if self.verdict is None else dict(self.verdict),
            "configuration": self.configuration,
        }


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain ends."""

    seq: int
    hash: str


BEGINNING: Final = Head(0, NOTHING)


def canonical(data: Any) -> bytes:
    """The one way to write something as JSON."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def hash_of(entry: AuditEntry, before: str) -> str:
    """SHA-256 over the entry and the hash of the one before."""
    return hashlib.sha256(canonical({**entry.as_data(), "before": before})).hexdigest()
