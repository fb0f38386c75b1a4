"""What is raised, and what it says."""

from policies.errors import ImpossibleChange, MalformedState, PolicyError


def test_malformed_state_names_the_type_and_the_fault() -> None:
    fault = MalformedState("chat.chaperone.issue", "id is missing")
    assert str(fault) == "chat.chaperone.issue: id is missing"
    assert (fault.event_type, fault.fault) == ("chat.chaperone.issue", "id is missing")


def test_an_impossible_change_names_the_cell() -> None:
    fault = ImpossibleChange("concluded", "claim")
    assert str(fault) == "an issue that is concluded cannot see claim"
    assert (fault.status, fault.happening) == ("concluded", "claim")


def test_both_can_be_caught_as_one() -> None:
    assert issubclass(MalformedState, PolicyError)
    assert issubclass(ImpossibleChange, PolicyError)
