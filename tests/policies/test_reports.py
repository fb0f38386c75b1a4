"""What the bridge is told of a refusal."""

from policies.asking import may_say_to_guest
from policies.cover import may_cover_go, may_stop_being_cover
from policies.names import RoomId
from policies.outcomes import Refuse, Verdict
from policies.reports import REPORTED, build_report
from tests.builders.people import ADA, DIAGNOSTICS, GINA, SAM, directory
from tests.builders.rooms import guest_room

ROOM = RoomId("!room")
HERE = guest_room(ADA, GINA)


def refused(verdict: Verdict) -> Refuse:
    assert isinstance(verdict, Refuse)
    assert verdict.code in REPORTED
    return verdict


def test_a_leave_names_who_wanted_to_leave() -> None:
    refuse = refused(may_cover_go(HERE, directory(), ADA.user_id, ADA.user_id))
    assert build_report(refuse, ROOM, ADA.user_id) == {
        "room": ROOM,
        "actor": ADA.user_id,
        "rule": "G3",
        "code": "CHAPERONE_GUEST_ALONE",
        "target": ADA.user_id,
    }


def test_a_removal_names_who_wanted_whom_out() -> None:
    refuse = refused(may_cover_go(HERE, directory(), ADA.user_id, SAM.user_id))
    report = build_report(refuse, ROOM, SAM.user_id)
    assert (report["actor"], report["target"]) == (SAM.user_id, ADA.user_id)


def test_whoever_ceases_to_be_cover_everywhere_is_named_by_the_caller() -> None:
    refuse = refused(may_stop_being_cover({ROOM: HERE}, directory(), ADA.user_id))
    assert build_report(refuse, ROOM, SAM.user_id, ADA.user_id)["target"] == ADA.user_id


def test_a_question_in_the_wrong_room_names_the_robot() -> None:
    content = {"body": "hey", "m.mentions": {"user_ids": [DIAGNOSTICS.user_id]}}
    refuse = refused(may_say_to_guest(ADA, content, HERE, directory()))
    report = build_report(refuse, ROOM, ADA.user_id)
    assert report["robot"] == DIAGNOSTICS.user_id
    assert "target" not in report


def test_a_question_to_whatever_robot_names_none() -> None:
    refuse = refused(may_say_to_guest(ADA, {"body": "!ask why"}, HERE, directory()))
    assert "robot" not in build_report(refuse, ROOM, ADA.user_id)
