"""What stands in a room for other homeservers to read."""

from __future__ import annotations

from typing import Any

import pytest

from policies.names import ServerName
from policies.policy_server import PolicyServer, build_policy_state, parse_policy_state

OURS = PolicyServer(ServerName("localhost:8448"), "AAAA")


def test_what_is_written_is_read_back() -> None:
    assert parse_policy_state(build_policy_state(OURS)) == OURS


def test_it_is_written_as_other_homeservers_read_it() -> None:
    assert build_policy_state(OURS) == {"via": "localhost:8448", "public_keys": {"ed25519": "AAAA"}}


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"via": "localhost"},
        {"public_keys": {"ed25519": "AAAA"}},
        {"via": 1, "public_keys": {"ed25519": "AAAA"}},
        {"via": "localhost", "public_keys": "AAAA"},
        {"via": "localhost", "public_keys": {"ed25519": ["AAAA"]}},
        {"via": "localhost", "public_keys": {"rsa": "AAAA"}},
        {"via": "localhost", "public_key": "AAAA"},
    ],
)
def test_where_no_homeserver_would_ask_anybody_there_is_no_policy_server(content: dict[str, Any]) -> None:
    assert parse_policy_state(content) is None
