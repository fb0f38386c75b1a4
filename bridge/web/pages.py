"""The pages and what they are made of, read once and served from memory.

Every page is told to load nothing from anywhere else, to run no script but its own, and to be shown in nobody's frame.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Final

from aiohttp import web

HERE: Final = Path(__file__).parent
PAGES: Final = MappingProxyType({"/": "home/index.html", "/chat": "guest/chat.html"})
TYPES: Final = MappingProxyType(
    {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
)
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS: Final = MappingProxyType(
    {
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        # Asked for again each time, and answered 304 if it is the same: nobody runs an old page with a new bridge.
        "Cache-Control": "no-cache",
    }
)


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is served."""

    body: bytes
    content_type: str
    etag: str


def add_pages(app: web.Application) -> None:
    """Serve the pages, and their parts under /static."""
    files = load_files()
    for path, name in PAGES.items():
        app.router.add_get(path, _Serve(files, name).page)
    app.router.add_get("/static/{name:.+}", _Serve(files).part)


def load_files() -> dict[str, File]:
    """Every file that may be served, by its path below this directory."""
    found = (path for path in sorted(HERE.rglob("*")) if path.suffix in TYPES and path.is_file())
    return {PurePosixPath(path.relative_to(HERE)).as_posix(): _load(path) for path in found}


def _load(path: Path) -> File:
    body = path.read_bytes()
    return File(body, TYPES[path.suffix], hashlib.sha256(body).hexdigest()[:32])


class _Serve:
    def __init__(self, files: dict[str, File], name: str = "") -> None:
        self._files = files
        self._name = name

    async def page(self, request: web.Request) -> web.Response:
        return _answer(request, self._files[self._name])

    async def part(self, request: web.Request) -> web.Response:
        file = self._files.get(request.match_info["name"])
        if file is None or file.content_type == "text/html":
            raise web.HTTPNotFound
        return _answer(request, file)


def _answer(request: web.Request, file: File) -> web.Response:
    known = request.if_none_match or ()
    if any(etag.value == file.etag for etag in known):
        response = web.Response(status=304, headers=HEADERS)
    else:
        response = web.Response(body=file.body, content_type=file.content_type, charset="utf-8", headers=HEADERS)
    response.etag = file.etag
    return response
