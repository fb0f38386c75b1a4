"""A Synapse that does not judge other servers' events as the one we know does not start (P4)."""

from __future__ import annotations

import warnings
from types import SimpleNamespace
from typing import Any, cast

import pytest

from homeserver.errors import UnknownSynapse
from tests.homeserver.signing import TWO, ring

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Twisted deprecates what Synapse imports of it
    from synapse.crypto import event_signing
    from synapse.federation import federation_base
    from synapse.federation.transport.server import _base

    from homeserver.federation_internals import FederationInternals


async def on_send_join_request(
    origin: str, content: object, room_id: str, caller_supports_partial_state: bool = False
) -> dict[str, Any]:
    return {"members_omitted": caller_supports_partial_state, "room": room_id}


def build_api() -> Any:
    """As much of `ModuleApi` as is reached for."""
    server = SimpleNamespace(on_send_join_request=on_send_join_request)
    return SimpleNamespace(
        _store=SimpleNamespace(get_room_version=print, is_host_joined=print, get_event=print),
        _hs=SimpleNamespace(get_keyring=print, get_federation_server=lambda: server),
    )


def missing(api: Any) -> tuple[str, ...]:
    with pytest.raises(UnknownSynapse) as raised:
        FederationInternals(cast(Any, api), ring(TWO))
    return raised.value.missing


def test_the_synapse_we_know_starts() -> None:
    FederationInternals(build_api(), ring(TWO))


def test_what_is_gone_from_the_module_api_is_named() -> None:
    api = build_api()
    del api._store.is_host_joined
    del api._hs.get_keyring
    assert missing(api) == ("_store.is_host_joined", "_hs.get_keyring")


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (federation_base, "event_from_pdu_json"),
        (federation_base, "_check_sigs_on_pdu"),
        (federation_base, "InvalidEventSignatureError"),
        (_base, "Authenticator"),
        (event_signing, "check_event_content_hash"),
        (event_signing, "add_hashes_and_signatures"),
    ],
)
def test_what_is_gone_from_a_module_of_synapse_is_named(
    module: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(module, name)
    assert missing(build_api()) == (f"{module.__name__}.{name}",)


def test_a_join_that_cannot_be_told_everything_is_named() -> None:
    api = build_api()

    async def otherwise(origin: str) -> None: ...

    api._hs.get_federation_server().on_send_join_request = otherwise
    assert "caller_supports_partial_state" in missing(api)[0]


def test_a_hash_that_is_not_checked_any_more_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_signing, "check_event_content_hash", lambda event: True)
    assert missing(build_api()) == ("signing of events as it was",)


def test_a_signature_that_covers_nothing_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = ring(TWO)
    monkeypatch.setattr(keys, "_sign", lambda event, key: "the same for all")
    with pytest.raises(UnknownSynapse):
        FederationInternals(build_api(), keys)


def test_signing_that_fails_altogether_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_signing, "add_hashes_and_signatures", lambda *_: 1 / 0)
    assert "ZeroDivisionError" in missing(build_api())[0]


async def test_whoever_joins_is_told_of_everybody() -> None:
    api = build_api()
    FederationInternals(api, ring(TWO)).tell_all_at_joins()
    handler = api._hs.get_federation_server().on_send_join_request
    for told in (await handler("a", {}, "!r", True), await handler("a", {}, "!r", caller_supports_partial_state=True)):
        assert told == {"members_omitted": False, "room": "!r"}
