from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

from bots.diagnostics.diagnosis import diagnose
from bots.diagnostics.drawing import Picture
from bots.diagnostics.page import build_page
from tests.builders.forms import asks, build_form, radio, shown_if, text

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}</style><a href="javascript:x">@room'


class Reader(HTMLParser):
    """Collects what a browser would see."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def page(name: str = "Contact", label: str = "Label", **keys: Any) -> str:
    form = build_form(
        radio(1, "Yes", label=label), text(2, logic=shown_if(asks(1, label), asks(99))), name=name, **keys
    )
    return build_page(diagnose(form), name, Picture(b"png", name))


def test_whatever_a_customer_wrote_is_text() -> None:
    read = Reader(page(HOSTILE, HOSTILE))
    assert {tag for tag, _ in read.tags} <= {
        *("html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "h3", "p", "strong", "span", "ul"),
        *("li", "code", "a", "table", "tr", "th", "td", "img"),
    }
    assert not [name for _, attributes in read.tags for name in attributes if name.startswith("on")]
    assert all((link["href"] or "").startswith("#") for link in read.attributes("a"))
    assert all((image["src"] or "").startswith("data:image/png;base64,") for image in read.attributes("img"))
    assert "<script>" in read.text


def test_its_policy_lets_nothing_in_but_its_own_style() -> None:
    written = page()
    (policy,) = [
        meta["content"]
        for meta in Reader(written).attributes("meta")
        if meta.get("http-equiv") == "Content-Security-Policy"
    ]
    style = re.search(r"<style>(.*?)</style>", written, re.DOTALL)
    assert style
    hashed = b64encode(sha256(style[1].encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{hashed}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert "http://" not in written
    assert "https://" not in written


def test_it_tells_findings_by_level_with_their_codes() -> None:
    read = Reader(page(webhooks=[]))
    assert [tag for tag, _ in read.tags].count("h2") >= 3
    assert "Error L01" in read.text
    assert "Not read, so not looked at:" in read.text
    assert "notifications" in read.text


def test_it_is_the_same_for_the_same_form() -> None:
    assert page() == page()
