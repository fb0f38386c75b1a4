"""A picture is a picture, small, and nothing besides."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bridge.desk.avatars import LARGEST, SIDE, Avatars, draw_anew
from bridge.desk.errors import NoPicture
from bridge.desk.profiles import Picture, Profiles
from bridge.ports import Profile
from tests.bridge.desk.office import GINA, STAFF, Office

ADA = STAFF[0]


def picture(form: str = "PNG", size: tuple[int, int] = (8, 6), **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, form, **more)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP"])
def test_pictures_of_every_kind_become_a_png(form: str) -> None:
    drawn = opened(draw_anew(picture(form)))
    assert (drawn.format, drawn.size) == ("PNG", (8, 6))


def test_a_large_picture_is_made_smaller() -> None:
    assert opened(draw_anew(picture("JPEG", (1600, 800)))).size == (SIDE, SIDE // 2)


def test_where_a_photograph_was_taken_is_left_behind() -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    data = picture("JPEG", exif=exif)
    assert b"taken at home" in data
    assert b"taken at home" not in draw_anew(data)
    assert not opened(draw_anew(data)).getexif()


def test_what_follows_a_picture_in_its_file_is_left_behind() -> None:
    assert b"<script>" not in draw_anew(picture() + b"<script>alert(1)</script>")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", id="SVG"),
        pytest.param(picture("BMP"), id="BMP"),
        pytest.param(picture("TIFF"), id="TIFF"),
        pytest.param(b"%PDF-1.7", id="PDF"),
        pytest.param(picture()[:40], id="half a picture"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + b"x" * 100, id="a PNG by its name only"),
        pytest.param(b"x" * (LARGEST + 1), id="too many bytes"),
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(NoPicture):
        draw_anew(data)


def test_a_bomb_is_not_set_off() -> None:
    """A few bytes that say that they are 60,000 pixels wide and high."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    )
    with pytest.raises(NoPicture):
        draw_anew(bomb)


@settings(max_examples=150, deadline=None)
@given(
    form=st.sampled_from(["PNG", "JPEG", "GIF", "WEBP"]),
    changes=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), max_size=6),
)
def test_a_broken_picture_is_refused_and_breaks_nothing(form: str, changes: list[tuple[int, int]]) -> None:
    data = bytearray(picture(form))
    for place, value in changes:
        data[place % len(data)] = value
    try:
        drawn = draw_anew(bytes(data))
    except NoPicture:
        return
    assert opened(drawn).format == "PNG"


async def test_the_homeserver_shows_what_somebody_chose(office: Office) -> None:
    profiles, avatars = Profiles(office.place), Avatars(office.homeserver)
    for person in (ADA, GINA):
        uri = await avatars.upload(picture())
        profile = await profiles.change(person, picture=Picture(uri))
        assert isinstance(profile, Profile)
        assert profile.avatar == uri
        await office.settle()
        assert office.homeserver.avatars[person.user_id] == uri
    await profiles.change(ADA, picture=Picture(None))
    await office.settle()
    assert office.homeserver.avatars[ADA.user_id] is None


async def test_a_name_alone_leaves_the_picture(office: Office) -> None:
    profiles = Profiles(office.place)
    await profiles.change(ADA, picture=Picture("mxc://test/a"))
    profile = await profiles.change(ADA, "Ada L.")
    assert profile == Profile("Ada L.", "mxc://test/a")
