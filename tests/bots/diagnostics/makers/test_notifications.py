from __future__ import annotations

from typing import Any

import pytest

from bots.diagnostics.form import Form
from bots.diagnostics.makers import notifications
from bots.diagnostics.observations import Level
from tests.bots.diagnostics.makers.finding import only, subjects
from tests.builders.forms import Raw, asks, build_form, field, radio, shown_if, text

SOUND: Raw = {
    "id": 7,
    "name": "Office",
    "recipients": "office@example.org",
    "subject": "A submission",
    "from_type": "noreply",
    "type": "fields",
    "message": "<p>Hello</p>",
    "logic": "",
}


def notified(*fields: Raw, **keys: Any) -> Form:
    return build_form(*fields, notifications={"notifications": [SOUND | keys]})


def test_a_sound_notification_is_none_to_speak_of() -> None:
    form = notified(text(1))
    assert not [found for check in notifications.NOTIFICATIONS.checks for found in check(form)]


def test_without_any_that_is_said_unless_nobody_could_look() -> None:
    assert only(notifications.find_no_notification, build_form(notifications=[])).level is Level.INFO
    assert not list(notifications.find_no_notification(build_form()))


class TestRecipients:
    """N01, N02 and N03"""

    @pytest.mark.parametrize("recipients", ["", " \n, ;", None])
    def test_nobody(self, recipients: Any) -> None:
        assert subjects(notifications.find_notifications_to_nobody, notified(recipients=recipients)) == ["7"]

    def test_any_separator_will_do(self) -> None:
        form = notified(field(1, "email"), recipients="a@example.org\nAda <b@example.org>, c@example.org;1")
        assert not list(notifications.find_malformed_recipients(form))
        assert not list(notifications.find_addresses_from_no_email_field(form))

    def test_each_that_is_no_address_is_found(self) -> None:
        form = notified(recipients="office, a@b, c@example.org")
        assert len(list(notifications.find_malformed_recipients(form))) == 2

    @pytest.mark.parametrize(
        "keys", [{"recipients": "9"}, {"recipients": "1"}, {"from_type": "field", "from_value": 1}]
    )
    def test_an_address_from_what_has_none_is_found(self, keys: Raw) -> None:
        assert subjects(notifications.find_addresses_from_no_email_field, notified(text(1), **keys)) == ["7"]

    def test_a_senders_field_counts_only_if_it_is_used(self) -> None:
        form = notified(text(1), from_type="noreply", from_value="1")
        assert not list(notifications.find_addresses_from_no_email_field(form))


@pytest.mark.parametrize(
    ("sender", "is_found"),
    [("office", True), ("ada@Gmail.com", True), ("Ada <ada@yahoo.com>", True), ("office@example.org", False)],
)
def test_a_sender_who_may_be_taken_for_a_forger_is_found(sender: str, is_found: bool) -> None:
    form = notified(from_type="custom", from_value=sender)
    assert bool(list(notifications.find_forged_senders(form))) is is_found


class TestContents:
    """N05, N06, N07 and N12"""

    def test_no_subject(self) -> None:
        assert subjects(notifications.find_notifications_without_subject, notified(subject=" ")) == ["7"]

    @pytest.mark.parametrize(("message", "is_found"), [("<p>&nbsp;</p>", True), ("", True), ("Hello", False)])
    def test_nothing_in_it(self, message: str, is_found: bool) -> None:
        form = notified(message=message)
        assert bool(list(notifications.find_notifications_without_message(form))) is is_found
        assert not list(notifications.find_notifications_without_message(notified(message=message, type="data")))

    def test_a_deleted_field_quoted(self) -> None:
        form = notified(text(1), subject="From {$1} and {$9}", message="{$9} {$8} $9 {9}")
        assert [f.related[0].id for f in notifications.find_missing_quotations(form)] == ["9", "8"]

    def test_what_should_not_be_in_an_e_mail(self) -> None:
        secret = text(1, label="Your password")
        assert only(notifications.find_sensitive_contents, notified(secret, type="data")).related[0].id == "1"
        for form in (
            notified(secret, type="link"),
            notified(secret | {"remove_data_from_emails": "1"}, type="data"),
            notified(text(1), type="data"),
        ):
            assert not list(notifications.find_sensitive_contents(form))
        assert subjects(notifications.find_sensitive_contents, notified(field(2, "creditcard"), type="data")) == ["7"]


class TestNeverSent:
    """N09"""

    def test_conditions_that_cannot_be_true_together(self) -> None:
        form = notified(radio(1, "a", "b"), logic=shown_if(asks(1, "a"), asks(1, "b")))
        assert "cannot be true together" in only(notifications.find_notifications_never_sent, form).detail

    def test_a_field_that_can_never_be_reached(self) -> None:
        form = notified(radio(1, "Yes", logic=shown_if(asks(1))), logic=shown_if(asks(1)))
        assert "which can never be shown" in only(notifications.find_notifications_never_sent, form).detail

    @pytest.mark.parametrize(
        "logic",
        [shown_if(asks(1), asks(2), conditional="any"), shown_if(asks(1, "Yes", "notequals")), shown_if(asks(2)), ""],
    )
    def test_whatever_can_be_true_is_fine(self, logic: Any) -> None:
        form = notified(radio(1, "Yes", logic=shown_if(asks(1))), radio(2, "Yes"), logic=logic)
        assert not list(notifications.find_notifications_never_sent(form))


def test_the_same_to_the_same_people_is_found() -> None:
    twin = SOUND | {"id": 8, "recipients": "OFFICE@example.org "}
    other = SOUND | {"id": 9, "logic": shown_if(asks(1))}
    form = build_form(radio(1, "Yes"), notifications=[SOUND, twin, other])
    assert subjects(notifications.find_notifications_twice, form) == ["8"]


@pytest.mark.parametrize(("limit", "is_found"), [("5", True), (9, True), (0, False), ("10", False), ("", False)])
def test_a_tiny_limit_for_files_is_found_if_there_are_files(limit: Any, is_found: bool) -> None:
    form = notified(field(1, "file"), attach_limit=limit)
    assert bool(list(notifications.find_tiny_attachments(form))) is is_found
    assert not list(notifications.find_tiny_attachments(notified(text(1), attach_limit=limit)))
