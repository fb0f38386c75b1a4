from __future__ import annotations

import asyncio
from typing import cast

import pytest

from bridge.gateway.wire import Wire, build_text


class Pipe:
    """The little of a transport that a wire uses."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.waiting = 0
        self.is_cut = False

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def is_closing(self) -> bool:
        return self.is_cut

    def write(self, data: bytes) -> None:
        self.written.append(data)
        self.waiting += len(data)

    def abort(self) -> None:
        self.is_cut = True


def wire_over(pipe: Pipe, max_queue: int = 100) -> Wire:
    return Wire(cast("asyncio.Transport", pipe), max_queue)


@pytest.mark.parametrize(
    ("length", "header"),
    [
        (0, "8100"),
        (125, "817d"),
        (126, "817e007e"),
        (65535, "817effff"),
        (65536, "817f0000000000010000"),
    ],
)
def test_a_text_message_has_the_header_of_its_length(length: int, header: str) -> None:
    """RFC 6455, 5.2: the shortest of three forms."""
    payload = b"x" * length
    assert build_text(payload) == bytes.fromhex(header) + payload


def test_what_is_put_is_written_until_too_much_is_waiting() -> None:
    pipe = Pipe()
    wire = wire_over(pipe)
    assert wire.put(b"x" * 101)
    assert not wire.put(b"y")
    assert pipe.written == [b"x" * 101]
    pipe.waiting = 100
    assert wire.put(b"y")


def test_what_is_put_on_a_closed_wire_goes_nowhere() -> None:
    pipe = Pipe()
    wire = wire_over(pipe)
    wire.cut()
    assert wire.put(b"x")
    assert pipe.written == []
