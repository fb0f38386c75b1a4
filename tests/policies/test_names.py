"""The words that others depend on: they stand in state, in logs and in clients, so they cannot drift."""

import re

from policies import names
from policies.names import Code, Rule, Tier


def test_every_key_and_type_of_ours_is_in_our_namespace() -> None:
    ours = {
        value
        for name, value in vars(names).items()
        if name.endswith(("_KEY", "_STATE", "_EVENT")) and isinstance(value, str)
    }
    assert len(ours) >= 10
    assert all(value.startswith(names.NAMESPACE) for value in ours)


def test_directory_entries_are_not_keyed_in_a_way_that_lets_their_subject_write_them() -> None:
    assert not names.PERSON_KEY_PREFIX.startswith("@")


def test_codes_are_recognisable_as_ours_and_named_as_in_the_code() -> None:
    assert all(code.value == f"CHAPERONE_{code.name}" for code in Code)


def test_rules_are_called_as_in_the_design() -> None:
    assert " ".join(Rule) == "G1 G2 G3 G4 G5 R1 R2 R3 R4 S1 S2 B1 L1 L2 L3 F1 A1"


def test_tiers_are_ordered_and_written_as_people_say_them() -> None:
    assert Tier.T1 < Tier.T2 < Tier.T3
    assert all(re.fullmatch("T[123]", str(tier)) for tier in Tier)
