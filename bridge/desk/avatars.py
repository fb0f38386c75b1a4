"""Pictures that people show of themselves: only pictures, small ones, and nothing else that was in the file.

    bytes ─▶ PNG, JPEG, GIF or WebP by what is in it? ─▶ not too many pixels? ─▶ drawn anew as PNG, 512 × 512 at most
                                                                                    ─▶ the homeserver's media
Drawing it anew leaves behind where a photograph was taken, and whatever else a file can be at the same time.
"""

from __future__ import annotations

import asyncio
import io
import warnings
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from bridge.desk.errors import NoPicture
from bridge.ports import Homeserver

FORMATS: Final = ("PNG", "JPEG", "GIF", "WEBP")
LARGEST: Final = 128 * 1024
"""Bytes."""
MOST_PIXELS: Final = 4096 * 4096
SIDE: Final = 512


class Avatars:
    """Puts pictures where Matrix clients find them."""

    def __init__(self, homeserver: Homeserver) -> None:
        self._homeserver = homeserver

    async def upload(self, data: bytes) -> str:
        """The content URI of the picture.

        :raises NoPicture: if it is none, or too large.
        :raises BridgeError: if the homeserver does not take it.
        """
        picture = await asyncio.to_thread(draw_anew, data)
        return await self._homeserver.upload(picture, "image/png", "avatar.png")


def draw_anew(data: bytes) -> bytes:
    """The picture as a PNG of ours.

    :raises NoPicture: if it is none, or too large.
    """
    if len(data) > LARGEST:
        raise NoPicture(f"it has more than {LARGEST} bytes")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Pillow warns of bombs, and of files that are not what they say
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise NoPicture(f"it has more than {MOST_PIXELS} pixels")
                upright = ImageOps.exif_transpose(image).convert("RGBA")
    except (UnidentifiedImageError, Image.DecompressionBombError, Warning):
        raise NoPicture("it is no PNG, JPEG, GIF or WebP") from None
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, OverflowError) as broken:
        raise NoPicture("it is broken") from broken
    upright.thumbnail((SIDE, SIDE))
    drawn = io.BytesIO()
    Image.frombytes("RGBA", upright.size, upright.tobytes()).save(drawn, "PNG")
    return drawn.getvalue()
