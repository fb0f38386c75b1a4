"""The audit log, held against itself and against the rules.

    verify: entry by entry { number follows? hash fits? is it as known outside? } ─▶ is the head where it should be?
    replay: verify, and for each question { the facts are the rule's arguments ─▶ ask again ─▶ the same verdict? }
            and for each issue { does what it was follow from what was decided before? }

The chain finds who changed an entry; the replay finds who changed it and forged the chain after it, or a rule that
decides another way than it did when it was asked.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from pydantic import ValidationError

from bridge.chain import BEGINNING, AuditEntry, Head, hash_of
from bridge.desk.audit import build_verdict, decode_arguments, encode_arguments, load_rule
from bridge.desk.errors import UnknownRule
from bridge.ports import Transaction
from policies.issue import Status
from policies.lifecycle import TABLE, Happening, may_claim, may_conclude, may_hand_over
from policies.reopening import may_reopen

AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Fault:
    """The first entry that is not as it must be, and how."""

    seq: int
    sentence: str


async def load_entries(tx: Transaction, after: int = 0) -> AsyncIterator[AuditEntry]:
    """The whole log in order, a part at a time."""
    while entries := await tx.audit.entries(after=after, limit=AT_ONCE):
        for entry in entries:
            yield entry
        after = entries[-1].seq


@dataclass(slots=True)
class Chain:
    """Follows the chain as entries are read."""

    at: Head = BEGINNING

    def take(self, entry: AuditEntry) -> Fault | None:
        """The next entry: does it follow?"""
        if entry.seq != self.at.seq + 1:
            return Fault(self.at.seq + 1, f"Entry {self.at.seq + 1} is missing: {entry.seq} follows {self.at.seq}.")
        if entry.hash != hash_of(entry, self.at.hash):
            return Fault(entry.seq, f"Entry {entry.seq} is not what was chained to entry {self.at.seq}.")
        self.at = Head(entry.seq, entry.hash)
        return None

    def end(self, head: Head | None) -> Fault | None:
        """There are no more entries: is that where the log ends?"""
        if head is None:
            return Fault(self.at.seq, "The head of the log was taken away.")
        if head.seq > self.at.seq:
            return Fault(self.at.seq + 1, f"Entries {self.at.seq + 1} to {head.seq} were cut off.")
        if head != self.at:
            return Fault(self.at.seq, f"The head of the log says {head.seq}, and not what entry {self.at.seq} is.")
        return None


_MAY_FOLLOW: Final[Mapping[str, tuple[Happening, ...]]] = MappingProxyType(
    {
        f"{rule.__module__}.{rule.__qualname__}": happenings
        for rule, happenings in (
            (may_claim, (Happening.CLAIM,)),
            (may_conclude, (Happening.CONCLUDE,)),
            (may_hand_over, (Happening.HANDOVER,)),
            (may_reopen, (Happening.REOPEN_TO_QUEUE, Happening.REOPEN_TO_ASSIGNEE)),
        )
    }
)
"""What befalls an issue once this rule has allowed it. What others change is told by none of their names."""
_ANEW: Final = frozenset({Happening.REOPEN_TO_QUEUE, Happening.REOPEN_TO_ASSIGNEE})


@dataclass(slots=True)
class Story:
    """What each issue may be next, by what was decided about it; unset where that may be anything."""

    _next: dict[str, frozenset[tuple[str, int]] | None] = field(default_factory=dict)

    def take(self, entry: AuditEntry) -> Fault | None:
        """The next entry: was its issue what it could be?"""
        issue = entry.facts.get("issue")
        if not isinstance(issue, Mapping) or not {"id", "status", "epoch"} <= issue.keys():
            return None
        issue_id, now = str(issue["id"]), (str(issue["status"]), int(issue["epoch"]))
        expected = self._next.get(issue_id)
        if expected is not None and now not in expected:
            ways = " or ".join(sorted(f"{status}, epoch {epoch}" for status, epoch in expected))
            sentence = f"Entry {entry.seq} finds issue {issue_id} {now[0]}, epoch {now[1]}, where it was {ways}."
            return Fault(entry.seq, sentence)
        self._next[issue_id] = _expected(entry, *now)
        return None


def _expected(entry: AuditEntry, status: str, epoch: int) -> frozenset[tuple[str, int]] | None:
    if entry.verdict is None:
        return None
    if not entry.verdict.get("allow"):
        return frozenset({(status, epoch)})
    happenings = _MAY_FOLLOW.get(entry.what)
    if happenings is None:
        return None
    found = ((TABLE.get((Status(status), happening)), happening) for happening in happenings)
    after = frozenset((one.value, epoch + (happening in _ANEW)) for one, happening in found if one is not None)
    return after or frozenset({(status, epoch)})  # allowed, and no change: an escalated issue is claimed while open


async def verify(tx: Transaction, known: Head | None = None) -> Head | Fault:
    """Follow the chain to its end; answers its head.

    :param known: a head that was written down elsewhere, which has to be in the chain.
    """
    return await _follow(tx, known, None)


async def replay(tx: Transaction, known: Head | None = None) -> Head | Fault:
    """`verify`, and ask every rule again."""
    return await _follow(tx, known, Story())


async def _follow(tx: Transaction, known: Head | None, story: Story | None) -> Head | Fault:
    chain = Chain()
    async for entry in load_entries(tx):
        fault = chain.take(entry)
        if fault is None and story is not None:
            fault = ask_again(entry) or story.take(entry)
        if fault is None and known is not None and known.seq == entry.seq and known.hash != entry.hash:
            fault = Fault(entry.seq, f"Entry {entry.seq} is another one than was known outside.")
        if fault is not None:
            return fault
    fault = chain.end(await tx.audit.head())
    if fault is None and known is not None and known.seq > chain.at.seq:
        fault = Fault(chain.at.seq + 1, f"Entries {chain.at.seq + 1} to {known.seq} were known outside, and are gone.")
    return fault or chain.at


def ask_again(entry: AuditEntry) -> Fault | None:
    """Ask the rule of an entry the same question."""
    if entry.verdict is None:
        return None
    try:
        rule = load_rule(entry.what)
        arguments = decode_arguments(rule, entry.facts)
    except UnknownRule as unknown:
        return Fault(entry.seq, f"Entry {entry.seq}: {unknown}")
    except ValidationError as invalid:
        places = ", ".join(sorted({str(error["loc"][0]) for error in invalid.errors() if error["loc"]}))
        return Fault(entry.seq, f"Entry {entry.seq}: {entry.what} is not asked with such facts ({places}).")
    if encode_arguments(rule, **arguments) != dict(entry.facts):
        return Fault(entry.seq, f"Entry {entry.seq} has facts that {entry.what} knows nothing of.")
    verdict = build_verdict(rule(**arguments))
    if verdict != dict(entry.verdict):
        said, says = _told(entry.verdict), _told(verdict)
        return Fault(entry.seq, f"Entry {entry.seq}: {entry.what} answered “{said}”, and answers “{says}” to the same.")
    return None


def _told(verdict: Mapping[str, Any]) -> str:
    if verdict.get("allow"):
        return "allow"
    facts = ", ".join(f"{name}: {value}" for name, value in dict(verdict.get("facts") or {}).items())
    return f"{verdict.get('code')} ({facts})"
