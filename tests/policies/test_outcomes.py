"""Verdicts. That every refusal of every rule is complete (A1) is tested in test_every_refusal."""

import dataclasses

import pytest

from policies.names import Code, Rule
from policies.outcomes import ALLOW, Allow, Refuse, Verdict

NO = Refuse(Rule.G1, Code.GUESTS_MAY_NOT, "Guests may not do this.")


def test_an_allowance_is_true_and_a_refusal_false() -> None:
    assert Allow()
    assert not NO


@pytest.mark.parametrize(("first", "second"), [(ALLOW, NO), (NO, ALLOW)])
def test_the_first_refusal_of_several_verdicts_is_the_answer(first: Verdict, second: Verdict) -> None:
    assert (first and second) is NO


def test_a_verdict_cannot_be_changed_afterwards() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        NO.sentence = "Go ahead."  # type: ignore[misc]  # that it cannot is the point
