"""A frame as it stands on the wire (RFC 6455, 5.2), made once for all sockets that get it.

What a server sends is not masked, so the bytes of a frame are the same for everybody: the fan-out builds them once
and each socket only has them copied into its transport. Nothing here waits; a transport that cannot keep up is known by
what it has not yet sent.
"""

from __future__ import annotations

import asyncio
import struct
from typing import Final

TEXT: Final = 0x81
"""FIN and the opcode of a text message."""


def build_text(payload: bytes) -> bytes:
    """One unmasked text message."""
    length = len(payload)
    if length < 126:
        return struct.pack("!BB", TEXT, length) + payload
    if length < 65536:
        return struct.pack("!BBH", TEXT, 126, length) + payload
    return struct.pack("!BBQ", TEXT, 127, length) + payload


class Wire:
    """The way out of one socket: its transport's own buffer is the queue, and it is bounded."""

    __slots__ = ("_max_queue", "_transport")

    def __init__(self, transport: asyncio.Transport, max_queue: int) -> None:
        self._transport = transport
        self._max_queue = max_queue

    def put(self, text: bytes) -> bool:
        """Send what `build_text` built. False if too much is waiting to be read already; then it is not sent."""
        if self._transport.get_write_buffer_size() > self._max_queue:
            return False
        if not self._transport.is_closing():
            self._transport.write(text)
        return True

    def cut(self) -> None:
        """End it, whatever is left in the buffer."""
        self._transport.abort()
