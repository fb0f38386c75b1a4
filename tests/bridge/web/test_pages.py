from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bridge.web.pages import HERE, PAGES, add_pages, load_files

Client = TestClient[web.Request, web.Application]
SCRIPTS = sorted(path for path in HERE.rglob("*.js"))
SOURCES = sorted(path for path in HERE.rglob("*") if path.suffix in (".js", ".css", ".html", ".svg"))


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    app = web.Application()
    add_pages(app)
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_is_told_to_load_and_run_nothing_but_what_is_ours(client: Client, path: str) -> None:
    response = await client.get(path)
    assert response.status == 200
    assert response.content_type == "text/html"
    directives = dict(part.strip().split(" ", 1) for part in response.headers["Content-Security-Policy"].split(";"))
    assert directives.pop("default-src") == "'none'"
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert set(directives.values()) <= {"'self'", "'none'", "'script'"}
    assert directives["frame-ancestors"] == "'none'"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("path", PAGES)
async def test_everything_a_page_names_is_there(client: Client, path: str) -> None:
    html = await (await client.get(path)).text()
    parts = re.findall(r'(?:src|href)="(/static/[^"]+)"', html)
    assert parts
    for part in parts:
        assert (await client.get(part)).status == 200


async def test_every_module_that_a_module_imports_is_there(client: Client) -> None:
    for script in SCRIPTS:
        for name in re.findall(r'from "(\.[^"]+)"', script.read_text()):
            target = (script.parent / name).resolve().relative_to(HERE)
            response = await client.get(f"/static/{target.as_posix()}")
            assert (response.status, response.content_type) == (200, "text/javascript")


async def test_what_is_the_same_is_not_sent_again(client: Client) -> None:
    first = await client.get("/chat")
    again = await client.get("/chat", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, await again.read()) == (304, b"")
    assert again.headers["Content-Security-Policy"] == first.headers["Content-Security-Policy"]
    other = await client.get("/chat", headers={"If-None-Match": '"other"'})
    assert other.status == 200


@pytest.mark.parametrize(
    "path", ["/static/pages.py", "/static/../pages.py", "/static/%2e%2e/app.py", "/static/guest/chat.html", "/static/"]
)
async def test_nothing_else_of_the_directory_is_served(client: Client, path: str) -> None:
    assert (await client.get(path)).status == 404


def test_only_known_kinds_of_files_are_served() -> None:
    assert {name.rpartition(".")[2] for name in load_files()} <= {"html", "css", "js", "svg"}


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_nothing_names_a_place_outside(source: Path) -> None:
    text = source.read_text().replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|(?:src|href)=\"//|@import|url\(", text)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_words_reach_the_page_as_text_only(script: Path) -> None:
    text = script.read_text()
    for sink in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "srcdoc"):
        assert sink not in text


@pytest.mark.parametrize("page", sorted(PAGES.values()))
def test_a_page_has_no_script_and_no_style_of_its_own_in_it(page: str) -> None:
    html = (HERE / page).read_text()
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=", html)
