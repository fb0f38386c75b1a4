"""E-mails to the owners of a form: whom they go to, in whose name, what is in them, and when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from bots.diagnostics.action import Notification
from bots.diagnostics.emails import explain_no_address_in, find_missing_quoted, is_address, is_empty, split_recipients
from bots.diagnostics.field import Field
from bots.diagnostics.form import Form, Resource
from bots.diagnostics.logic import find_reachable
from bots.diagnostics.makers.maker import Maker
from bots.diagnostics.observations import Code, Level, Observation, ObservationClass, about_field
from bots.diagnostics.sending import explain_never
from bots.diagnostics.values import shown

_CONFIGURATION: Final = ObservationClass.CONFIGURATION

N01: Final = Code("N01", Level.ERROR, _CONFIGURATION, "A notification goes to nobody")
N02: Final = Code("N02", Level.ERROR, _CONFIGURATION, "A notification goes to what is no e-mail address")
N03: Final = Code("N03", Level.ERROR, _CONFIGURATION, "A notification takes an address from what is no e-mail field")
N04: Final = Code("N04", Level.WARN, _CONFIGURATION, "A notification may be taken for forged")
N05: Final = Code("N05", Level.WARN, _CONFIGURATION, "A notification has no subject")
N06: Final = Code("N06", Level.WARN, _CONFIGURATION, "A notification has nothing in it")
N07: Final = Code("N07", Level.ERROR, _CONFIGURATION, "A notification quotes a field that is not on the form")
N08: Final = Code("N08", Level.INFO, _CONFIGURATION, "Nobody is notified")
N09: Final = Code("N09", Level.WARN, _CONFIGURATION, "A notification is never sent")
N10: Final = Code("N10", Level.INFO, _CONFIGURATION, "Two notifications say the same to the same people")
N11: Final = Code("N11", Level.WARN, _CONFIGURATION, "A notification leaves nearly all files out")
N12: Final = Code("N12", Level.INFO, _CONFIGURATION, "A notification carries what should not be in an e-mail")

FREE_MAIL: Final = frozenset(
    {"gmail.com", "googlemail.com", "yahoo.com", "outlook.com", "hotmail.com", "live.com", "aol.com", "icloud.com"}
)
FEW_KILOBYTES: Final = 10
SENSITIVE: Final = re.compile(r"password|passwort|\bssn\b|social security|credit ?card|\bcvv\b", re.IGNORECASE)


def find_notifications_to_nobody(form: Form) -> Iterator[Observation]:
    """N01: an empty list."""
    for each in form.notifications or ():
        if not split_recipients(each.recipients):
            yield N01.found(each.subject, f"{each.called} has no recipients. Add somebody, or remove it.")


def find_malformed_recipients(form: Form) -> Iterator[Observation]:
    """N02: neither an address nor the number of a field."""
    for each in form.notifications or ():
        for entry in dict.fromkeys(split_recipients(each.recipients)):
            if not entry.isdigit() and not is_address(entry):
                yield N02.found(
                    each.subject, f"{each.called} goes to “{shown(entry)}”, which is no e-mail address. Correct it."
                )


def find_addresses_from_no_email_field(form: Form) -> Iterator[Observation]:
    """N03: the address of a recipient, or of the sender, is read from a field that has none."""
    for each in form.notifications or ():
        read = [entry for entry in split_recipients(each.recipients) if entry.isdigit()]
        if each.from_type == "field":
            read.append(each.from_value)
        for field_id in dict.fromkeys(read):
            fault = explain_no_address_in(field_id, form)
            if fault:
                yield N03.found(
                    each.subject, f"{each.called} takes an address from {fault}. Choose an e-mail field.",
                    related=[about_field(field_id)] if field_id else [],
                )  # fmt: skip


def find_forged_senders(form: Form) -> Iterator[Observation]:
    """N04: a sender of one's own choice, which receivers hold against what its domain says (DMARC)."""
    for each in form.notifications or ():
        if each.from_type != "custom":
            continue
        if not is_address(each.from_value):
            fault = f"names “{shown(each.from_value)}” as its sender, which is no e-mail address"
        elif each.from_value.rpartition("@")[2].strip("> ").casefold() in FREE_MAIL:
            fault = f"names {shown(each.from_value)} as its sender, a free mailbox in whose name nobody else may send"
        else:
            continue
        yield N04.found(each.subject, f"{each.called} {fault}. It is likely to be dropped; use “no reply”.")


def find_notifications_without_subject(form: Form) -> Iterator[Observation]:
    """N05: nobody sees what it is about."""
    for each in form.notifications or ():
        if not each.subject_line.strip():
            yield N05.found(each.subject, f"{each.called} has no subject line. Give it one.")


def find_notifications_without_message(form: Form) -> Iterator[Observation]:
    """N06: of one's own making, and empty."""
    for each in form.notifications or ():
        if is_empty(each):
            yield N06.found(each.subject, f"{each.called} sends a message of its own, and that is empty. Write it.")


def find_missing_quotations(form: Form) -> Iterator[Observation]:
    """N07: a token of a deleted field stays in the text as it is written."""
    for each in form.notifications or ():
        for target in find_missing_quoted(each, form):
            yield N07.found(
                each.subject,
                f"{each.called} quotes field {shown(target, 30)} in its text, which is not on the form; it was "
                "probably deleted. Take the token out.",
                related=[about_field(target)],
            )


def find_no_notification(form: Form) -> Iterator[Observation]:
    """N08: nobody learns of a submission, unless they look."""
    if form.notifications == ():
        yield N08.found(form.subject, "No notification is set up, so nobody is told of a submission by e-mail.")


def find_notifications_never_sent(form: Form) -> Iterator[Observation]:
    """N09: its conditions cannot come true."""
    reachable = find_reachable(form)
    for each in form.notifications or ():
        if why := explain_never(each, form, reachable):
            yield N09.found(each.subject, f"{each.called} is never sent, because {why}. Change its logic.")


def find_notifications_twice(form: Form) -> Iterator[Observation]:
    """N10: the same recipients under the same conditions."""
    seen: dict[tuple[object, ...], Notification] = {}
    for each in form.notifications or ():
        recipients = frozenset(entry.casefold() for entry in split_recipients(each.recipients))
        first = seen.setdefault((recipients, each.logic), each)
        if first is not each and recipients:
            yield N10.found(
                each.subject,
                f"{each.called} goes to the same people under the same conditions as {first.called}. One may do.",
                related=[first.subject],
            )


def find_tiny_attachments(form: Form) -> Iterator[Observation]:
    """N11: a limit that hardly any file keeps to."""
    has_files = any(each.type == "file" for each in form.by_id.values())
    for each in form.notifications or ():
        if has_files and each.attach_limit is not None and 0 < each.attach_limit < FEW_KILOBYTES:
            yield N11.found(
                each.subject,
                f"{each.called} attaches files of up to {each.attach_limit} KB, which is next to none. Raise the "
                "limit, or set it to 0 and send links.",
            )


def find_sensitive_contents(form: Form) -> Iterator[Observation]:
    """N12: all that was entered goes out by e-mail, and something in it should not."""
    sensitive = [each for each in form.by_id.values() if _is_sensitive(each)]
    for each in form.notifications or ():
        if sensitive and each.contents == "data":
            yield N12.found(
                each.subject,
                f"{each.called} carries all that was entered, {sensitive[0].called} included. Leave that field out of "
                "e-mails.",
                related=[field.subject for field in sensitive],
            )


def _is_sensitive(each: Field) -> bool:
    if each.type == "creditcard":
        return True
    return each.type == "text" and not each.removed_from_emails and SENSITIVE.search(each.label[:500]) is not None


NOTIFICATIONS: Final = Maker(
    "notifications",
    frozenset({Resource.FIELDS, Resource.NOTIFICATIONS}),
    (
        find_notifications_to_nobody,
        find_malformed_recipients,
        find_addresses_from_no_email_field,
        find_forged_senders,
        find_notifications_without_subject,
        find_notifications_without_message,
        find_missing_quotations,
        find_no_notification,
        find_notifications_never_sent,
        find_notifications_twice,
        find_tiny_attachments,
        find_sensitive_contents,
    ),
)
