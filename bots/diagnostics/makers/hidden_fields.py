"""Hidden fields that nothing reads. Only who has seen the e-mails can tell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bots.diagnostics.calculations import own_references
from bots.diagnostics.emails import quoted_fields, split_recipients
from bots.diagnostics.form import Form, Resource
from bots.diagnostics.makers.maker import Maker
from bots.diagnostics.observations import Code, Level, Observation, ObservationClass

R12: Final = Code("R12", Level.INFO, ObservationClass.VALIDATION, "A hidden field is used nowhere")


def find_unused_hidden_fields(form: Form) -> Iterator[Observation]:
    """R12: hidden, and read by no logic, no formula and no e-mail. Submissions, exports and webhooks still have it."""
    used = {target for holder in form.holders for target in holder.logic.targets()}
    used |= {target for each in form.by_id.values() for target in own_references(each)}
    for each in (*(form.notifications or ()), *(form.confirmations or ())):
        used |= set(quoted_fields(each))
    for notification in form.notifications or ():
        used |= {notification.from_value, *split_recipients(notification.recipients)}
    used |= {confirmation.to_field for confirmation in form.confirmations or ()}
    for field in form.by_id.values():
        if field.hidden and field.id not in used and not field.is_static:
            yield R12.found(
                field.subject,
                f"{field.called} is hidden, and no logic, calculation or e-mail reads it. Fine if it is kept for the "
                "submissions; otherwise it can go.",
            )


HIDDEN_FIELDS: Final = Maker(
    "hidden fields",
    frozenset({Resource.FIELDS, Resource.NOTIFICATIONS, Resource.CONFIRMATIONS}),
    (find_unused_hidden_fields,),
)
