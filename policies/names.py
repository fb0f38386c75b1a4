"""The words of the design as types: who, where, which event.

A bare ``str`` never crosses a package; each kind of identifier is a type of its own, so that a room id handed
over where a user id belongs is found by the type checker.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Final, NewType

UserId = NewType("UserId", str)
RoomId = NewType("RoomId", str)
EventId = NewType("EventId", str)
RoomAlias = NewType("RoomAlias", str)
ServerName = NewType("ServerName", str)
IssueId = NewType("IssueId", str)
"""A decimal number as text, counted from 1 over the life of an installation: what people call an issue by."""

NAMESPACE: Final = "chat.chaperone."
"""State types and content keys below this prefix are refused from anyone but their rightful writer."""

ISSUE_STATE: Final = "chat.chaperone.issue"
PERSON_STATE: Final = "chat.chaperone.person"
REFUSED_EVENT: Final = "chat.chaperone.refused"

KIND_KEY: Final = "chat.chaperone.kind"
"""In the content of ``m.room.create``, which nobody can change afterwards: one of `policies.rooms.RoomKind`."""
GROUP_KEY: Final = "chat.chaperone.group"
"""In the content of ``m.room.create``, true where several guests are meant to meet (a group issue)."""
JOIN_KEY: Final = "chat.chaperone.join"
"""In an invitation by the bridge bot: the module joins the invited person at once (they are listed and local)."""
ANSWER_KEY: Final = "chat.chaperone.answer"
SHARED_KEY: Final = "chat.chaperone.shared"
SHARE_KEY: Final = "chat.chaperone.share"
"""In the staff room's note about a share: who shared what, when, and whether it was edited."""
WORDS_KEY: Final = "chat.chaperone.words"
"""The unguessable id of the outbox row behind a message, by which a repeat after a long outage finds the first."""

PERSON_KEY_PREFIX: Final = "user:"
"""State keys that begin with ``@`` may be written by that user alone, so directory entries carry a prefix."""


class Role(StrEnum):
    """What a principal may do. `BRIDGE` is the application service's own user, known by configuration only."""

    GUEST = "guest"
    EMPLOYEE = "employee"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
    ROBOT = "robot"
    BRIDGE = "bridge"


class Tier(IntEnum):
    """How far an employee's answers reach; on the wire and in prose ``T1``, ``T2``, ``T3``."""

    T1 = 1
    T2 = 2
    T3 = 3

    def __str__(self) -> str:
        return self.name


class Standing(StrEnum):
    """Whether a principal may act at all."""

    ALLOWED = "allowed"
    SUSPENDED = "suspended"


class Audience(StrEnum):
    """Whom a robot serves: employees in staff rooms, or everyone in lounges."""

    STAFF = "staff"
    LOUNGE = "lounge"


class Rule(StrEnum):
    """The rules by the names the design, the README, the audit log and the refusals use."""

    G1 = "G1"
    G2 = "G2"
    G3 = "G3"
    G4 = "G4"
    G5 = "G5"
    R1 = "R1"
    R2 = "R2"
    R3 = "R3"
    R4 = "R4"
    S1 = "S1"
    S2 = "S2"
    B1 = "B1"
    L1 = "L1"
    L2 = "L2"
    L3 = "L3"
    F1 = "F1"
    A1 = "A1"


class Code(StrEnum):
    """The codes a refusal carries to the client (``errcode``): a closed list, one meaning each."""

    GUEST_ALONE = "CHAPERONE_GUEST_ALONE"
    GUESTS_ARE_INVITED = "CHAPERONE_GUESTS_ARE_INVITED"
    GUESTS_MAY_NOT = "CHAPERONE_GUESTS_MAY_NOT"
    NO_COVER = "CHAPERONE_NO_COVER"
    STAFF_ONLY = "CHAPERONE_STAFF_ONLY"
    ROBOTS_STAY_OUT = "CHAPERONE_ROBOTS_STAY_OUT"
    ROBOTS_MAY_NOT = "CHAPERONE_ROBOTS_MAY_NOT"
    ASK_IN_STAFF_ROOM = "CHAPERONE_ASK_IN_STAFF_ROOM"
    BRIDGE_WRITES_THIS = "CHAPERONE_BRIDGE_WRITES_THIS"
    NOT_THE_WRITER = "CHAPERONE_NOT_THE_WRITER"
    ISSUE_CONCLUDED = "CHAPERONE_ISSUE_CONCLUDED"
    ISSUE_NOT_CONCLUDED = "CHAPERONE_ISSUE_NOT_CONCLUDED"
    ISSUE_NOT_OPEN = "CHAPERONE_ISSUE_NOT_OPEN"
    ALREADY_CLAIMED = "CHAPERONE_ALREADY_CLAIMED"
    WRONG_TIER = "CHAPERONE_WRONG_TIER"
    ALREADY_ESCALATED = "CHAPERONE_ALREADY_ESCALATED"
    LOWEST_TIER = "CHAPERONE_LOWEST_TIER"
    NOT_YOUR_ISSUE = "CHAPERONE_NOT_YOUR_ISSUE"
    NOTHING_TO_SHARE = "CHAPERONE_NOTHING_TO_SHARE"
    NOT_SHARED = "CHAPERONE_NOT_SHARED"
    OLD_EPOCH = "CHAPERONE_OLD_EPOCH"
    SUPERVISORS_ONLY = "CHAPERONE_SUPERVISORS_ONLY"
    ONE_GUEST_HERE = "CHAPERONE_ONE_GUEST_HERE"
    NOT_YOUR_NAME = "CHAPERONE_NOT_YOUR_NAME"
    TOO_LATE = "CHAPERONE_TOO_LATE"
    SUSPENDED = "CHAPERONE_SUSPENDED"
    NOT_PERMITTED = "CHAPERONE_NOT_PERMITTED"
    NOT_A_MEMBER = "CHAPERONE_NOT_A_MEMBER"
    TXN_REUSED = "CHAPERONE_TXN_REUSED"
    AT_CAPACITY = "CHAPERONE_AT_CAPACITY"
    LOCAL_ONLY = "CHAPERONE_LOCAL_ONLY"
    TOO_LARGE = "CHAPERONE_TOO_LARGE"
