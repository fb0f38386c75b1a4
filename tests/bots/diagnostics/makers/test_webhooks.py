from __future__ import annotations

from typing import Any

import pytest

from bots.diagnostics.form import Form
from bots.diagnostics.makers import webhooks
from tests.bots.diagnostics.makers.finding import only, subjects
from tests.builders.forms import Raw, asks, build_form, field, radio, shown_if, text

SOUND: Raw = {
    "id": 9,
    "url": "https://example.org/in?form=1",
    "handshake_key": "key",
    "content_type": "json",
    "post_data_field_keys": "field ids",
    "logic": [],
}


def posted(*fields: Raw, **keys: Any) -> Form:
    return build_form(*fields, webhooks=[SOUND | keys])


def test_a_sound_webhook_is_none_to_speak_of() -> None:
    assert not [found for check in webhooks.WEBHOOKS.checks for found in check(posted(text(1)))]


@pytest.mark.parametrize(
    "url",
    [
        "",
        None,
        "example.org",
        "/in",
        "ftp://example.org",
        "https://",
        "https://a b.org",
        "https://x:99999999",
        "https://[",
    ],
)
def test_one_without_an_address_is_found(url: Any) -> None:
    assert subjects(webhooks.find_webhooks_without_address, posted(url=url)) == ["9"]


def test_one_without_encryption_is_found() -> None:
    assert subjects(webhooks.find_unencrypted_webhooks, posted(url="HTTP://example.org/")) == ["9"]


@pytest.mark.parametrize(
    "host", ["localhost", "printer.local", "127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.1.1", "[::1]", "[fe80::1]"]
)
def test_one_that_nobody_can_reach_is_found(host: str) -> None:
    assert subjects(webhooks.find_unreachable_webhooks, posted(url=f"https://{host}:8080/in")) == ["9"]


@pytest.mark.parametrize("host", ["example.org", "8.8.8.8", "localhost.example.org"])
def test_a_public_host_is_fine(host: str) -> None:
    assert not list(webhooks.find_unreachable_webhooks(posted(url=f"https://{host}/")))


def test_one_that_does_not_show_who_it_is_from_is_found() -> None:
    assert subjects(webhooks.find_unauthenticated_webhooks, posted(handshake_key="")) == ["9"]
    assert not list(webhooks.find_unauthenticated_webhooks(posted(handshake_key="", hmac_secret="x")))


@pytest.mark.parametrize(
    ("url", "is_found"),
    [
        ("https://ada:hunter2@example.org/", True),
        ("https://example.org/?api_key=hunter2", True),
        ("https://example.org/?a=1&Token=hunter2", True),
        ("https://example.org/?key=", False),
        ("https://example.org/?a=1", False),
    ],
)
def test_a_secret_in_an_address_is_found_and_not_repeated(url: str, is_found: bool) -> None:
    found = list(webhooks.find_secrets_in_addresses(posted(url=url)))
    assert bool(found) is is_found
    assert "hunter2" not in str([each.to_json() for each in found])


class TestLostFields:
    """W06"""

    def test_fields_of_one_name_are_lost_if_posted_by_name(self) -> None:
        form = posted(text(1, label="a"), text(2, label="A "), text(3, label="a"), post_data_field_keys="field_names")
        assert only(webhooks.find_lost_fields, form).data == {"lost": 2}

    def test_the_same_slug_is_a_name_too_and_not_told_twice(self) -> None:
        form = posted(text(1, label="a", name="x"), text(2, label="a", name="x"), post_data_field_keys="")
        assert only(webhooks.find_lost_fields, form).data == {"lost": 1}
        form = posted(text(1, label="a", name="x"), text(2, label="b", name="x"), post_data_field_keys="api-friendly")
        assert only(webhooks.find_lost_fields, form).data == {"lost": 1}

    def test_by_id_none_is_lost(self) -> None:
        assert not list(webhooks.find_lost_fields(posted(text(1, label="a"), text(2, label="a"))))


def test_the_same_post_twice_is_found() -> None:
    form = build_form(
        radio(1, "Yes"), webhooks=[SOUND, SOUND | {"id": 10}, SOUND | {"id": 11, "logic": shown_if(asks(1))}]
    )
    assert subjects(webhooks.find_webhooks_twice, form) == ["10"]


def test_one_that_is_never_called_is_found() -> None:
    form = posted(radio(1, "a", "b"), logic=shown_if(asks(1, "a"), asks(1, "b")))
    assert subjects(webhooks.find_webhooks_never_called, form) == ["9"]


@pytest.mark.parametrize(("host", "is_found"), [("webhook.site", True), ("abc.ngrok.io", True), ("notngrok.io", False)])
def test_a_service_for_trying_things_out_is_found(host: str, is_found: bool) -> None:
    assert bool(list(webhooks.find_test_hosts(posted(url=f"https://{host}/x")))) is is_found


@pytest.mark.parametrize(("content_type", "is_found"), [("urlencoded", True), ("json", False)])
def test_more_than_a_value_in_a_flat_format_is_found(content_type: str, is_found: bool) -> None:
    form = posted(field(1, "matrix"), content_type=content_type)
    assert bool(list(webhooks.find_flattened_fields(form))) is is_found
