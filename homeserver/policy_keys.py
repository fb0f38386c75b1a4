"""The keys by which this server signs what may be in a room.

    rotate-policy-key ─▶ file: [new, old] ─▶ restart Synapse ─▶ restart the bridge, which asks for the newest key
    and writes it into m.room.policy, room by room; each event is signed by the key that its own room names at that
    moment, so no room is ever without. Rotate again, and the oldest is forgotten: not before the bridge was through.

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
        key = self._key_of(named) or self._keys[self.newest.public_key]
        signatures = compute_event_signature(event.room_version, event.get_pdu_json(), self._server_name, key)
        return signatures[self._server_name][KEY_ID]

    def has_signed(self, event: EventBase, named: PolicyServer | None) -> bool:
        """Whether the event carries our signature, by the key that its room names."""
        if self._key_of(named) is None:
            return False
        signature = event.signatures.get_signature(self._server_name, KEY_ID)
        return signature is not None and signature == self.sign(event, named)

    def _key_of(self, named: PolicyServer | None) -> SigningKey | None:
        return None if named is None or named.via != self._server_name else self._keys.get(named.public_key)


def _public(key: SigningKey) -> str:
    return encode_verify_key_base64(get_verify_key(key))
