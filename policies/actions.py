"""What can be done to the world about an issue or a person: values that `consequences` returns and the bridge performs.

Each is small, names what it is about, and may be performed twice with the effect of once. They are written into the
outbox in the transaction that decided them, so every field is a plain value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from policies.issue import Issue, Side
from policies.names import EventId, IssueId, RoomId, UserId
from policies.people import Person


@dataclass(frozen=True, slots=True)
class PrepareGhost:
    """Make the guest's Matrix user, so that it is there when an employee is."""

    guest: UserId
    kind: Literal["prepare ghost"] = "prepare ghost"


@dataclass(frozen=True, slots=True)
class ShowName:
    """Let the homeserver show a principal by the name of their profile, as it is then."""

    user_id: UserId
    kind: Literal["show name"] = "show name"


@dataclass(frozen=True, slots=True)
class ShowPicture:
    """Show somebody with the picture of their profile, or with none."""

    user_id: UserId
    kind: Literal["show picture"] = "show picture"


@dataclass(frozen=True, slots=True)
class EndSessions:
    """Log somebody out of the homeserver everywhere. Their account stays open."""

    user_id: UserId
    kind: Literal["end sessions"] = "end sessions"


@dataclass(frozen=True, slots=True)
class AwaitRelief:
    """Done when no guest has nobody but this person, and no open issue is theirs."""

    user_id: UserId
    kind: Literal["await relief"] = "await relief"


@dataclass(frozen=True, slots=True)
class TakeOut:
    """Take somebody out of every room of ours; done when they are in none."""

    user_id: UserId
    kind: Literal["take out"] = "take out"


@dataclass(frozen=True, slots=True)
class ListPerson:
    """Write somebody into the directory, as was decided: what was decided later is not written before its time."""

    person: Person
    kind: Literal["list person"] = "list person"


@dataclass(frozen=True, slots=True)
class KeepAccount:
    """Make somebody's account at the homeserver be there, open or locked."""

    user_id: UserId
    locked: bool
    kind: Literal["keep account"] = "keep account"


@dataclass(frozen=True, slots=True)
class Seat:
    """Let somebody into the rooms that are theirs by what they are, and out of those that no longer are."""

    user_id: UserId
    kind: Literal["seat"] = "seat"


@dataclass(frozen=True, slots=True)
class MakeRoom:
    """Make one room of the pair. `issue` is as decided, so that the room's first state is right."""

    issue: Issue
    side: Side
    kind: Literal["make room"] = "make room"


@dataclass(frozen=True, slots=True)
class LetIn:
    """Join a listed person or robot to one side; done when they are in."""

    issue_id: IssueId
    side: Side
    user_id: UserId
    kind: Literal["let in"] = "let in"


@dataclass(frozen=True, slots=True)
class BringInGuest:
    """Invite the guest and join their ghost; done when they are in."""

    issue_id: IssueId
    kind: Literal["bring in guest"] = "bring in guest"


@dataclass(frozen=True, slots=True)
class InviteGuest:
    """Invite another guest of a group issue, and join their ghost if they have one; others come by themselves."""

    issue_id: IssueId
    user_id: UserId
    kind: Literal["invite guest"] = "invite guest"


@dataclass(frozen=True, slots=True)
class FindCover:
    """Let in somebody who could be there for the guest, the best first; done when the search is over."""

    issue_id: IssueId
    kind: Literal["find cover"] = "find cover"


@dataclass(frozen=True, slots=True)
class CallIn:
    """Let somebody into both rooms for whom an escalated issue waits; nothing if it waits no longer."""

    issue_id: IssueId
    user_id: UserId
    kind: Literal["call in"] = "call in"


@dataclass(frozen=True, slots=True)
class AwaitMove:
    """Done when the guest is in the room of this issue, or will not come into it any more."""

    issue_id: IssueId
    kind: Literal["await move"] = "await move"


@dataclass(frozen=True, slots=True)
class RemoveGuest:
    """Take every guest of the issue out of the guest room; done when they are out."""

    issue_id: IssueId
    reason: str
    kind: Literal["remove guest"] = "remove guest"


@dataclass(frozen=True, slots=True)
class PostWords:
    """Say in the room, as their author, what was accepted over the gateway."""

    words_id: str
    kind: Literal["post words"] = "post words"


@dataclass(frozen=True, slots=True)
class PublishIssue:
    """Write the issue's state into both rooms, each its own side of it, as it was decided."""

    issue: Issue
    kind: Literal["publish issue"] = "publish issue"


@dataclass(frozen=True, slots=True)
class SetVoices:
    """Set power levels anew: staff may act, the guest may write or only read."""

    issue_id: IssueId
    guest_may_write: bool
    kind: Literal["set voices"] = "set voices"


@dataclass(frozen=True, slots=True)
class ShowCard:
    """Bring the issue's living card in its tier's queue room up to date.

    `anew` takes the old one away and posts one at the end of the room, for an issue that waits again.
    """

    issue_id: IssueId
    anew: bool = False
    kind: Literal["show card"] = "show card"


@dataclass(frozen=True, slots=True)
class ShowDeskCard:
    """Open the staff room with what the issue is, and the reactions that act on it."""

    issue_id: IssueId
    kind: Literal["show desk card"] = "show desk card"


@dataclass(frozen=True, slots=True)
class Enter:
    """Let a supervisor into a room uninvited, and say so there if `announce`."""

    room_id: RoomId
    user_id: UserId
    announce: bool
    kind: Literal["enter"] = "enter"


@dataclass(frozen=True, slots=True)
class StepIn:
    """The bridge accepts an invitation to a room that people made, and learns who is there."""

    room_id: RoomId
    kind: Literal["step in"] = "step in"


@dataclass(frozen=True, slots=True)
class OpenChat:
    """Make the room of a chat, if it is not there, and let everybody in for whom it was opened."""

    chat_id: str
    kind: Literal["open chat"] = "open chat"


@dataclass(frozen=True, slots=True)
class PlaceInSpace:
    """List the issue's rooms in the space of its tier, as it is then; nowhere once it is concluded."""

    issue_id: IssueId
    kind: Literal["place in space"] = "place in space"


@dataclass(frozen=True, slots=True)
class ClearRooms:
    """Take everybody out of both rooms of a concluded issue, its guests first; nothing if it goes on by then."""

    issue_id: IssueId
    kind: Literal["clear rooms"] = "clear rooms"


@dataclass(frozen=True, slots=True)
class Tell:
    """Say something to everybody on one side, as the bridge."""

    issue_id: IssueId
    side: Side
    sentence: str
    mentions: tuple[UserId, ...] = ()
    """Whose clients are to notify them."""
    kind: Literal["tell"] = "tell"


@dataclass(frozen=True, slots=True)
class TellQueue:
    """Say something in the queue room of the tier that the issue has then."""

    issue_id: IssueId
    sentence: str
    mentions: tuple[UserId, ...] = ()
    kind: Literal["tell queue"] = "tell queue"


@dataclass(frozen=True, slots=True)
class TellMove:
    """Say in the old staff room where an issue goes on, with a link to the new one."""

    issue_id: IssueId
    child: IssueId
    by: UserId
    reason: str
    kind: Literal["tell move"] = "tell move"


@dataclass(frozen=True, slots=True)
class PostCapsule:
    """Say in the staff room what whoever takes an escalated issue has to know."""

    issue_id: IssueId
    text: str
    html: str
    mentions: tuple[UserId, ...] = ()
    kind: Literal["post capsule"] = "post capsule"


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer a command where it was given."""

    room_id: RoomId
    to: EventId
    sentence: str
    kind: Literal["reply"] = "reply"


@dataclass(frozen=True, slots=True)
class Share:
    """Copy an answer into the guest room, and say on the staff side who shared it."""

    issue_id: IssueId
    share_id: str
    source: EventId
    by: UserId
    content: Mapping[str, Any]
    edited: bool
    kind: Literal["share"] = "share"


@dataclass(frozen=True, slots=True)
class Unshare:
    """Take the guest's copy of an answer back, and say on the staff side who did."""

    issue_id: IssueId
    share_id: str
    by: UserId
    kind: Literal["unshare"] = "unshare"


@dataclass(frozen=True, slots=True)
class SendAway:
    """Take a robot out of an issue's staff room."""

    issue_id: IssueId
    user_id: UserId
    kind: Literal["send away"] = "send away"


@dataclass(frozen=True, slots=True)
class CallHook:
    """Tell another program what befell an issue."""

    hook: str
    delivery: str
    event: str
    body: str
    kind: Literal["call hook"] = "call hook"


Action = (
    PrepareGhost
    | ShowName
    | ShowPicture
    | EndSessions
    | AwaitRelief
    | TakeOut
    | ListPerson
    | KeepAccount
    | Seat
    | MakeRoom
    | LetIn
    | BringInGuest
    | InviteGuest
    | FindCover
    | CallIn
    | AwaitMove
    | RemoveGuest
    | PostWords
    | PublishIssue
    | SetVoices
    | ShowCard
    | ShowDeskCard
    | PlaceInSpace
    | ClearRooms
    | Enter
    | StepIn
    | OpenChat
    | Tell
    | TellQueue
    | TellMove
    | PostCapsule
    | Reply
    | Share
    | Unshare
    | SendAway
    | CallHook
)
