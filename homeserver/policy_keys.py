"""The keys by which this server signs what may be in a room.

    rotate-policy-key ─▶ file: [new, old] ─▶ restart Synapse ─▶ restart the bridge, which asks for the newest key
    and writes it into m.room.policy, room by room; each event is signed by the key that its own room names at that
    moment, so no room is ever without. Rotate again, and the oldest is forgotten: not before the bridge was through.

    An event and the new m.room.policy before it may come to a server together; it checks both before it takes in
    either, finds the event signed by a key it does not know yet, and asks. The other way round an old event is checked
    by the new key. There can be but one signature of ours on an event, so whoever asks although there is one is told
    the other one.

A signature covers an event without the parts that a redaction takes away; those its content hash covers, so whoever
signs or believes a signature has to have checked the hash. Ed25519 signatures do not vary: making the signature anew
and comparing is how one is verified.
"""

from __future__ import annotations

from collections.abc import Sequence

from signedjson.key import encode_verify_key_base64, get_verify_key
from signedjson.types import SigningKey
from synapse.crypto.event_signing import compute_event_signature
from synapse.events import EventBase

from policies.names import ServerName
from policies.policy_server import KEY_ID, PolicyServer


class PolicyKeys:
    """Signs events as the policy server of our rooms."""

    def __init__(self, server_name: ServerName, keys: Sequence[SigningKey]) -> None:
        """:param keys: newest first, one at least."""
        self._server_name = server_name
        self._keys = {_public(key): key for key in keys}
        self.newest = PolicyServer(server_name, next(iter(self._keys)))
        """What rooms shall name."""

    def sign(self, event: EventBase, named: PolicyServer | None) -> str:
        """A signature by the key that the room names; by the newest, if it names none of ours.

        :param named: from the state of the event's room.
        """
        return self._sign(event, self._key_of(named) or self._keys[self.newest.public_key])

    def answer(self, event: EventBase, named: PolicyServer | None) -> str:
        """The signature for a server that asks: not the one that the event carries, if there is another."""
        named_first = sorted(self._keys.values(), key=lambda key: key is not self._key_of(named))
        signatures = [self._sign(event, key) for key in named_first]
        carried = self._carried(event)
        return next((signature for signature in signatures if signature != carried), signatures[0])

    def has_signed(self, event: EventBase) -> bool:
        """Whether the event carries our signature, by a key that is still ours."""
        carried = self._carried(event)
        return carried is not None and any(carried == self._sign(event, key) for key in self._keys.values())

    def _carried(self, event: EventBase) -> str | None:
        return event.signatures.get_signature(self._server_name, KEY_ID)

    def _sign(self, event: EventBase, key: SigningKey) -> str:
        signatures = compute_event_signature(event.room_version, event.get_pdu_json(), self._server_name, key)
        return signatures[self._server_name][KEY_ID]

    def _key_of(self, named: PolicyServer | None) -> SigningKey | None:
        return None if named is None or named.via != self._server_name else self._keys.get(named.public_key)


def _public(key: SigningKey) -> str:
    return encode_verify_key_base64(get_verify_key(key))
