"""The seams of the bridge: what the desk, the API and the gateway need of the world, named for that need.

`store` and `matrix` implement these and are named in `app` only. Every fake of one of them (tests/fakes) passes the
same contract tests as the real thing.
"""

from __future__ import annotations

from bridge.ports.clock import Clock
from bridge.ports.duties import Duties
from bridge.ports.events import Events, History, IncomingEvent, StoredEvent, Stretch
from bridge.ports.homeserver import SETTINGS, Homeserver, RoomPlan, is_whole
from bridge.ports.hooks import HookSender
from bridge.ports.issues import (
    Contact,
    Contacts,
    Ending,
    Epoch,
    EpochFigures,
    Epochs,
    Figures,
    IssueRecord,
    Issues,
    OpenCount,
    ShareRecord,
    Shares,
)
from bridge.ports.notices import (
    FloorChanged,
    IssueChanged,
    Notice,
    Notices,
    Receipt,
    RoomGrew,
    SessionEnded,
    Typing,
    WordsGrow,
    WordsKept,
    WordsPlaced,
)
from bridge.ports.outbox import DeadRow, Outbox, OutboxRow
from bridge.ports.people import (
    Invitation,
    Invitations,
    Principal,
    PrincipalId,
    Principals,
    Profile,
    Session,
    Sessions,
    SiteGuests,
)
from bridge.ports.rooms import Chat, Chats, RoomRecord, Rooms
from bridge.ports.store import Audit, KeptAnswer, KeptAnswers, Projection, Store, Transaction
from bridge.ports.timers import Timer, Timers
from bridge.ports.words import Words, WordsBox, WordsId

__all__ = [
    "SETTINGS",
    "Audit",
    "Chat",
    "Chats",
    "Clock",
    "Contact",
    "Contacts",
    "DeadRow",
    "Duties",
    "Ending",
    "Epoch",
    "EpochFigures",
    "Epochs",
    "Events",
    "Figures",
    "FloorChanged",
    "History",
    "Homeserver",
    "HookSender",
    "IncomingEvent",
    "Invitation",
    "Invitations",
    "IssueChanged",
    "IssueRecord",
    "Issues",
    "KeptAnswer",
    "KeptAnswers",
    "Notice",
    "Notices",
    "OpenCount",
    "Outbox",
    "OutboxRow",
    "Principal",
    "PrincipalId",
    "Principals",
    "Profile",
    "Projection",
    "Receipt",
    "RoomGrew",
    "RoomPlan",
    "RoomRecord",
    "Rooms",
    "Session",
    "SessionEnded",
    "Sessions",
    "ShareRecord",
    "Shares",
    "SiteGuests",
    "Store",
    "StoredEvent",
    "Stretch",
    "Timer",
    "Timers",
    "Transaction",
    "Typing",
    "Words",
    "WordsBox",
    "WordsGrow",
    "WordsId",
    "WordsKept",
    "WordsPlaced",
    "is_whole",
]
