"""What was said in a thread before a question, so that a follow-up keeps its context though a robot keeps nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bots.files import Attachment
from policies.names import EventId, UserId


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a thread: something that a member of staff said, or an answer of this robot."""

    event_id: EventId
    sender: UserId
    text: str
    is_answer: bool = False
    remembered: Mapping[str, str] = field(default_factory=dict)
    """Of an answer: what the robot yielded as `Remember`."""
    pasted: str = ""
    attached: Attachment | None = None


class Conversation(Protocol):
    """What a robot may ask about the thread in which it was asked."""

    async def turns(self) -> tuple[Turn, ...]:
        """What was said before the question, oldest first; of a long thread the newest part."""
        ...

    async def at(self, event_id: EventId) -> Turn | None:
        """One message of the room, as long as it is there."""
        ...
