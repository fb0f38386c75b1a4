from __future__ import annotations

import base64
import hashlib
import re
from html import escape
from html.parser import HTMLParser

from bridge.api.docs import build_docs
from bridge.api.mount import ROUTES
from bridge.api.openapi import build_openapi
from tests.bridge.api.house import House


class Tags(HTMLParser):
    """What a browser would load, and every id in the page."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.tags: set[str] = set()
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        named = dict(attrs)
        self.loaded += [v for k in ("src", "srcset", "data") if (v := named.get(k))]
        if tag == "link":
            self.loaded.append(str(named.get("href")))
        if named.get("id"):
            self.ids.append(str(named["id"]))


async def test_the_page_is_served_to_anyone_as_html(house: House) -> None:
    async with house.door.client.get("/docs") as response:
        assert (response.status, response.content_type, response.charset) == (200, "text/html", "utf-8")
        assert "Log in with login and password" in await response.text()


def test_the_page_has_a_section_for_every_route_and_what_it_asks_and_answers() -> None:
    page = build_docs(build_openapi(ROUTES, "1")).root
    tags = Tags()
    tags.feed(page)
    assert len(tags.ids) == len(set(tags.ids)) == len(ROUTES)
    for route in ROUTES:
        assert route.path in page
        assert escape(route.summary) in page
        for name, described in route.takes.model_fields.items():
            assert f"<code>{described.alias or name}</code>" in page
    for code in {code.value for route in ROUTES for code in route.all_errors}:
        assert code in page


def test_the_page_loads_nothing_and_runs_nothing() -> None:
    page = build_docs(build_openapi(ROUTES, "1")).root
    tags = Tags()
    tags.feed(page)
    assert tags.loaded == []
    assert not tags.tags & {"script", "img", "iframe", "form", "object", "embed"}


async def test_the_browser_is_told_to_load_nothing_but_the_pages_own_style(house: House) -> None:
    async with house.door.client.get("/docs") as response:
        policy = response.headers["Content-Security-Policy"]
        style = re.findall(r"<style>(.*?)</style>", await response.text(), re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style[0].encode()).digest()).decode()
    assert policy.startswith("default-src 'none';")
    assert f"style-src 'sha256-{digest}'" in policy
    assert len(style) == 1


def test_what_the_document_says_is_text_in_the_page_and_not_markup() -> None:
    document = build_openapi(ROUTES, "1")
    document["paths"]["/api/v1/me"]["get"]["summary"] = "<script>alert(1)</script>"
    assert "<script>" not in build_docs(document).root
