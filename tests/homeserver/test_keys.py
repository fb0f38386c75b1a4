"""The file of the policy server's keys."""

from __future__ import annotations

import pytest

from homeserver.keys import POLICY_KEYS_KEPT, make_policy_keys, make_signing_key, parse_policy_keys


def seeds(content: str) -> list[bytes]:
    return [key.encode() for key in parse_policy_keys(content)]


def test_a_new_file_has_one_key() -> None:
    assert len(seeds(make_policy_keys())) == 1


def test_a_new_key_stands_before_the_newest_and_older_ones_are_forgotten() -> None:
    first = make_policy_keys()
    second = make_policy_keys(first)
    third = make_policy_keys(second)
    assert seeds(second)[1:] == seeds(first)
    assert seeds(third)[1:] == seeds(second)[:1]
    assert len(seeds(third)) == POLICY_KEYS_KEPT


@pytest.mark.parametrize(
    "content", ["", "\n", "ed25519", "ed25519 policy_server AAAA", "rsa policy_server AAAA", "a b c"]
)
def test_what_is_no_key_is_named_without_being_shown(content: str) -> None:
    with pytest.raises(ValueError, match="has") as raised:
        parse_policy_keys(content)
    assert "AAAA" not in str(raised.value)


def test_the_homeservers_own_key_does_not_pass_for_one() -> None:
    with pytest.raises(ValueError, match="not called"):
        parse_policy_keys(make_signing_key())
