"""E-mails to the visitors of a form: whether they have an address to go to, and something to say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from bots.diagnostics.action import Confirmation
from bots.diagnostics.emails import explain_no_address_in, find_missing_quoted, is_address, is_empty
from bots.diagnostics.field import Field
from bots.diagnostics.form import Form, Resource
from bots.diagnostics.logic import find_reachable
from bots.diagnostics.makers.maker import Maker
from bots.diagnostics.observations import Code, Level, Observation, ObservationClass, about_field
from bots.diagnostics.sending import explain_never
from bots.diagnostics.values import shown

_CONFIGURATION: Final = ObservationClass.CONFIGURATION

K01: Final = Code("K01", Level.ERROR, _CONFIGURATION, "A confirmation has nowhere to go")
K02: Final = Code("K02", Level.WARN, _CONFIGURATION, "A confirmation goes to an address that may never be asked for")
K03: Final = Code("K03", Level.WARN, _CONFIGURATION, "A confirmation goes to an address that need not be given")
K04: Final = Code("K04", Level.ERROR, _CONFIGURATION, "A confirmation has a sender that is no e-mail address")
K05: Final = Code("K05", Level.WARN, _CONFIGURATION, "A confirmation waits for what is no time to come")
K06: Final = Code("K06", Level.WARN, _CONFIGURATION, "A confirmation says nothing, or is never sent")

_DELAY: Final = re.compile(r"\+?\s*\d{1,5}\s*(minute|hour|day|week|month|year)s?", re.IGNORECASE)


def find_confirmations_to_nowhere(form: Form) -> Iterator[Observation]:
    """K01: no field, a deleted one, or one that holds no address."""
    for each in form.confirmations or ():
        if fault := explain_no_address_in(each.to_field, form):
            yield K01.found(
                each.subject,
                f"{each.called} takes its recipient from {fault}. Choose an e-mail field.",
                related=[about_field(each.to_field)] if each.to_field else [],
            )


def find_confirmations_to_hidden_fields(form: Form) -> Iterator[Observation]:
    """K02: the field may not be there, and the confirmation does not ask."""
    for each in form.confirmations or ():
        target = form.by_id.get(each.to_field)
        if target is None or target.type != "email":
            continue
        if (target.hidden and not target.default) or (_is_gated(target, form) and not _asks_for_it(each, target, form)):
            yield K02.found(
                each.subject,
                f"{each.called} goes to the address in {target.called}, which is hidden or may be; then it is not "
                "sent. Show the field, or give the confirmation the same logic.",
                related=[target.subject],
            )


def _is_gated(target: Field, form: Form) -> bool:
    section = form.section_of(target)
    return any(holder is not None and holder.logic and holder.logic.checks for holder in (target, section))


def _asks_for_it(each: Confirmation, target: Field, form: Form) -> bool:
    """Whether the confirmation's own logic makes sure that the field was there: it asks about it, or asks the same."""
    if each.logic is None:
        return False
    section = form.section_of(target)
    blocks = [holder.logic for holder in (target, section) if holder is not None and holder.logic]
    asked = set(each.logic.checks)
    return target.id in each.logic.targets() or all(asked >= set(block.checks) for block in blocks)


def find_confirmations_to_optional_fields(form: Form) -> Iterator[Observation]:
    """K03: who does not give an address gets no confirmation, and nobody is told."""
    for each in form.confirmations or ():
        target = form.by_id.get(each.to_field)
        if target and target.type == "email" and not (target.required or target.default or target.hidden):
            yield K03.found(
                each.subject,
                f"{each.called} goes to the address in {target.called}, which need not be filled in. Require it if "
                "everybody is to get one.",
                related=[target.subject],
            )


def find_malformed_senders(form: Form) -> Iterator[Observation]:
    """K04: what visitors would see as the sender."""
    for each in form.confirmations or ():
        if each.sender and not each.sender.isdigit() and not is_address(each.sender):
            yield K04.found(
                each.subject, f"{each.called} names “{shown(each.sender)}” as its sender, which is no e-mail address."
            )


def find_odd_delays(form: Form) -> Iterator[Observation]:
    """K05: a delay that is not "+ 1 day" or the like."""
    for each in form.confirmations or ():
        if each.delay.strip("0") and not _DELAY.fullmatch(each.delay):
            yield K05.found(
                each.subject,
                f"{each.called} is to wait “{shown(each.delay)}”, which is no time to come. Set its delay again.",
            )


def find_empty_confirmations(form: Form) -> Iterator[Observation]:
    """K06: what N05, N06, N07 and N09 are for notifications, as `variant` in the data."""
    reachable = find_reachable(form)
    for each in form.confirmations or ():
        faults = []
        if not each.subject_line.strip():
            faults.append(("K06-subject", "has no subject line"))
        if is_empty(each):
            faults.append(("K06-message", "has nothing in it"))
        faults += [
            ("K06-token", f"quotes field {shown(target, 30)}, which is not on the form")
            for target in find_missing_quoted(each, form)
        ]
        if why := explain_never(each, form, reachable):
            faults.append(("K06-never", f"is never sent, because {why}"))
        for variant, fault in faults:
            yield K06.found(each.subject, f"{each.called} {fault}. Correct it.", data={"variant": variant})


CONFIRMATIONS: Final = Maker(
    "confirmations",
    frozenset({Resource.FIELDS, Resource.CONFIRMATIONS}),
    (
        find_confirmations_to_nowhere,
        find_confirmations_to_hidden_fields,
        find_confirmations_to_optional_fields,
        find_malformed_senders,
        find_odd_delays,
        find_empty_confirmations,
    ),
)
