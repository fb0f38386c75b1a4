from __future__ import annotations

from typing import Any

from bots.answer import Address, Chat, State, build_edit, build_placeholder
from bots.events import Event
from bots.inbox import sort_news
from policies.names import EventId, UserId

ROBOT, ADA = UserId("@robot:localhost"), UserId("@ada:localhost")
ADDRESS = Address(ROBOT, EventId("$q"), EventId("$q"))


def said(event_id: str, sender: UserId = ADA, **content: Any) -> Event:
    return Event(EventId(event_id), "m.room.message", sender, content or {"msgtype": "m.text", "body": "x"})


def member(user_id: UserId, membership: str, before: str = "leave") -> Event:
    previous = {"membership": before}
    return Event(EventId("$m"), "m.room.member", user_id, {"membership": membership}, user_id, previous=previous)


def placeholder(state: State = State.PENDING) -> Event:
    return said("$p", ROBOT, **build_placeholder(ADDRESS, Chat("…"), state))


def edit(state: State) -> Event:
    return said("$e", ROBOT, **build_edit(ADDRESS, EventId("$p"), Chat("…"), state))


def test_what_was_said_before_the_robot_was_invited_is_history() -> None:
    news = sort_news(
        [said("$1"), member(ROBOT, "invite"), said("$2"), member(ROBOT, "join", "invite"), said("$3")], ROBOT
    )
    assert [event.event_id for event in news.messages] == ["$2", "$3"]
    assert news.begins_with_arrival


def test_without_an_arrival_in_sight_everything_counts() -> None:
    news = sort_news([said("$1"), member(ADA, "join")], ROBOT)
    assert [event.event_id for event in news.messages] == ["$1"]
    assert not news.begins_with_arrival


def test_a_new_display_name_is_no_arrival() -> None:
    assert len(sort_news([said("$1"), member(ROBOT, "join", "join")], ROBOT).messages) == 1


def test_after_coming_back_only_what_is_new_counts() -> None:
    events = [member(ROBOT, "join", "invite"), said("$1"), member(ROBOT, "leave"), said("$2"), member(ROBOT, "invite")]
    assert not sort_news(events, ROBOT).messages


def test_what_the_robot_said_itself_is_no_news() -> None:
    assert not sort_news([placeholder()], ROBOT).messages


def test_an_answer_is_known_by_its_question_in_its_newest_state() -> None:
    answer = sort_news([said("$q"), placeholder(), edit(State.DONE)], ROBOT).answers[EventId("$q")]
    assert (answer.placeholder, answer.state) == ("$p", State.DONE)


def test_an_answer_without_an_edit_is_unfinished() -> None:
    assert not sort_news([placeholder()], ROBOT).answers[EventId("$q")].state.is_final


def test_a_late_edit_does_not_reopen_what_is_final() -> None:
    assert sort_news([edit(State.DONE), edit(State.PROGRESS)], ROBOT).answers[EventId("$q")].state is State.DONE


def test_somebody_elses_answer_is_none_of_ours() -> None:
    forged = said("$p", ADA, **build_placeholder(ADDRESS, Chat("…")))
    assert not sort_news([forged], ROBOT).answers


def test_an_answer_key_of_any_other_shape_is_passed_over() -> None:
    shapes: list[Any] = [{}, {"question": "$q", "kind": "chat", "state": "asleep"}, [], None]
    for key in shapes:
        assert not sort_news([said("$p", ROBOT, **{"body": "x", "chat.chaperone.answer": key})], ROBOT).answers
