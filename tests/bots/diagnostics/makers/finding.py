"""Looking at what one check finds."""

from __future__ import annotations

from bots.diagnostics.form import Form
from bots.diagnostics.makers.maker import Check
from bots.diagnostics.observations import Observation


def subjects(check: Check, form: Form) -> list[str]:
    """The ids of what it finds something about, in its order."""
    return [found.subject.id for found in check(form)]


def only(check: Check, form: Form) -> Observation:
    """The one thing that it finds."""
    (found,) = check(form)
    return found
