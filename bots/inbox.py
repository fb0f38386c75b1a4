"""From what /sync tells to what there is to do: new questions, and answers of ours that were never finished.

Pure, and the same whether the robot has just started for the first time, comes back after a crash, or has been there
all along. What was said before the robot was invited is history, and not its business.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from bots.answer import State
from bots.events import MEMBER, MESSAGE, Event
from policies.content import as_mapping, text_at
from policies.names import ANSWER_KEY, EventId, UserId
from policies.rooms import Membership

_PRESENT: Final = frozenset({Membership.INVITE, Membership.JOIN})


@dataclass(frozen=True, slots=True)
class OwnAnswer:
    """What became of an answer of ours, as far as the room says."""

    question: EventId
    placeholder: EventId
    state: State


@dataclass(frozen=True, slots=True)
class News:
    """What a piece of a room's timeline holds for a robot, oldest first."""

    messages: tuple[Event, ...]
    """What others said since the robot is here; whether it asks anything is to be seen."""
    answers: Mapping[EventId, OwnAnswer]
    """Our answers, by question."""
    begins_with_arrival: bool
    """Whether the piece reaches back to where the robot was invited, so that nothing before it matters."""


def sort_news(events: Iterable[Event], robot: UserId) -> News:
    """Tell apart what others said, what we said, and what was before our time."""
    listed = list(events)
    arrival = max((index for index, event in enumerate(listed) if _is_arrival(event, robot)), default=None)
    since = listed if arrival is None else listed[arrival:]
    answers: dict[EventId, OwnAnswer] = {}
    for event in since:
        answer = _parse_own_answer(event, robot)
        if answer is not None and _is_newer(answer, answers.get(answer.question)):
            answers[answer.question] = answer
    messages = tuple(e for e in since if e.type == MESSAGE and e.state_key is None and e.sender != robot)
    return News(messages, answers, arrival is not None)


def _is_newer(answer: OwnAnswer, known: OwnAnswer | None) -> bool:
    """Final is final: a progress edit that was held up does not reopen an answer."""
    return known is None or not known.state.is_final or answer.state.is_final


def _is_arrival(event: Event, robot: UserId) -> bool:
    return (
        event.type == MEMBER
        and event.state_key == robot
        and event.content.get("membership") in _PRESENT
        and event.previous.get("membership") not in _PRESENT
    )


def _parse_own_answer(event: Event, robot: UserId) -> OwnAnswer | None:
    if event.type != MESSAGE or event.sender != robot:
        return None
    content = as_mapping(event.content.get("m.new_content")) if event.replaces else event.content
    key = as_mapping(content.get(ANSWER_KEY))
    question = text_at(key, "question")
    if not question or text_at(key, "kind") != "chat":
        return None
    try:
        state = State(text_at(key, "state"))
    except ValueError:
        return None
    return OwnAnswer(EventId(question), event.replaces or event.event_id, state)
