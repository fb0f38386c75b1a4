"""What staff type into rooms: parsed into values, never guessed at.

A message that begins with ``!`` and a known word is a command; what is wrong with it is a sentence for the person who
typed it. Everything else is talk. ``!ask`` is the robots' own: it is known here so that it is not called unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from policies.escalation import Mode
from policies.issue import Conclusion
from policies.names import IssueId, ServerName, UserId

ROBOTS_OWN: Final = frozenset({"ask"})


@dataclass(frozen=True, slots=True)
class Claim:
    """Take an issue; without a number the one that waits longest."""

    issue_id: IssueId | None


@dataclass(frozen=True, slots=True)
class HandOver:
    """Pass the issue on."""

    to: UserId


@dataclass(frozen=True, slots=True)
class Conclude:
    """End the issue."""

    conclusion: Conclusion
    note: str


@dataclass(frozen=True, slots=True)
class Reopen:
    """Begin a new epoch of the issue; of that whose room it is, if none is named."""

    issue_id: IssueId | None = None


@dataclass(frozen=True, slots=True)
class ShareThis:
    """Share the answer this replies to."""


@dataclass(frozen=True, slots=True)
class UnshareThis:
    """Take back what the guest has of the answer this replies to."""


@dataclass(frozen=True, slots=True)
class Escalate:
    """One tier up."""

    mode: Mode
    reason: str


@dataclass(frozen=True, slots=True)
class Deescalate:
    """One tier down."""

    reason: str


@dataclass(frozen=True, slots=True)
class SwitchDuty:
    """Go on duty or off it, or put somebody else on or off."""

    on: bool
    who: UserId | None


@dataclass(frozen=True, slots=True)
class BreakInto:
    """Enter the rooms of an issue."""

    issue_id: IssueId | None


@dataclass(frozen=True, slots=True)
class Whisper:
    """Say something in the staff room of an issue. In it the text is that; elsewhere it begins with a number."""

    text: str


@dataclass(frozen=True, slots=True)
class ListRobots:
    """Which robots there are, and which are here."""


@dataclass(frozen=True, slots=True)
class ChangeRobots:
    """Bring a robot into the staff room, or send it away."""

    bring: bool
    robot: UserId


@dataclass(frozen=True, slots=True)
class Help:
    """List the commands."""


@dataclass(frozen=True, slots=True)
class Misunderstood:
    """It begins like a command and is none; the sentence says what would be."""

    sentence: str


Command = (
    Claim
    | HandOver
    | Conclude
    | Reopen
    | ShareThis
    | UnshareThis
    | Escalate
    | Deescalate
    | SwitchDuty
    | BreakInto
    | Whisper
    | ListRobots
    | ChangeRobots
    | Help
    | Misunderstood
)


def parse_command(body: str, server_name: ServerName) -> Command | None:
    """Read one message; None for what is talk."""
    if not body.startswith("!"):
        return None
    word, _, rest = body[1:].strip().partition(" ")
    rest = rest.strip()
    match word.lower():
        case "claim":
            number = rest.lstrip("#")
            if number and not number.isdecimal():
                return Misunderstood("Write !claim, or !claim with the number of an issue, such as !claim 12.")
            return Claim(IssueId(number) if number else None)
        case "handover":
            if not rest:
                return Misunderstood("Write !handover and who should take over, such as !handover @ben.")
            return HandOver(parse_user(rest, server_name))
        case "conclude":
            conclusion, _, note = rest.partition(" ")
            choices = [c.value for c in Conclusion if c is not Conclusion.ESCALATED]
            if conclusion.lower() not in choices:
                return Misunderstood(f"Write !conclude and one of {', '.join(choices)}, and a note if you like.")
            return Conclude(Conclusion(conclusion.lower()), note.strip())
        case "reopen":
            number = rest.lstrip("#")
            if number and not number.isdecimal():
                return Misunderstood("Write !reopen in the staff room, or !reopen and a number, such as !reopen 12.")
            return Reopen(IssueId(number) if number else None)
        case "share":
            return ShareThis()
        case "unshare":
            return UnshareThis()
        case "escalate":
            first, _, reason = rest.partition(" ")
            mode, reason = (Mode.NEW_ROOM, reason.strip()) if first.lower() == "new" else (Mode.IN_PLACE, rest)
            if not reason:
                return Misunderstood("Write !escalate and why, or !escalate new and why, for a room of its own.")
            return Escalate(mode, reason)
        case "deescalate":
            return Deescalate(rest)
        case "on" | "off" as switch:
            if " " in rest:
                return Misunderstood(f"Write !{switch}, or !{switch} and who, such as !{switch} @ada.")
            return SwitchDuty(switch == "on", parse_user(rest, server_name) if rest else None)
        case "breakin":
            number = rest.lstrip("#")
            if number and not number.isdecimal():
                return Misunderstood("Write !breakin and the number of an issue, such as !breakin 12.")
            return BreakInto(IssueId(number) if number else None)
        case "whisper":
            return Whisper(rest)
        case "robots":
            verb, _, robot = rest.partition(" ")
            if not rest:
                return ListRobots()
            if verb.lower() not in ("add", "remove") or not robot.strip():
                return Misunderstood("Write !robots, or !robots add or remove and a robot's name.")
            return ChangeRobots(verb.lower() == "add", parse_user(robot, server_name))
        case "help":
            return Help()
        case known if known in ROBOTS_OWN or not known.isalpha():
            return None
        case unknown:
            return Misunderstood(f"There is no command !{unknown}. !help lists those there are.")


def parse_user(text: str, server_name: ServerName) -> UserId:
    """A user id as people write it: ``@ben:server``, ``@ben``, ``ben``, or a link made from a mention."""
    text = text.rsplit("/#/", 1)[-1].strip().rstrip(")>").lower()
    text = text if text.startswith("@") else f"@{text}"
    return UserId(text if ":" in text else f"{text}:{server_name}")
