"""The makers of observations, one file per theme; `MAKERS` is the list of them.

To add a check: write one small function beside its `Code`, put it into its maker's tuple, and give it a test that
finds, one that does not, and one at the edge.
"""

from __future__ import annotations

from typing import Final

from bots.diagnostics.makers.calculations import CALCULATIONS
from bots.diagnostics.makers.conditions import CONDITIONS
from bots.diagnostics.makers.confirmations import CONFIRMATIONS
from bots.diagnostics.makers.fields import FIELDS
from bots.diagnostics.makers.formulas import FORMULAS
from bots.diagnostics.makers.hidden_fields import HIDDEN_FIELDS
from bots.diagnostics.makers.labels import LABELS
from bots.diagnostics.makers.logic import LOGIC
from bots.diagnostics.makers.maker import Maker
from bots.diagnostics.makers.notifications import NOTIFICATIONS
from bots.diagnostics.makers.options import OPTIONS
from bots.diagnostics.makers.submissions import SUBMISSIONS
from bots.diagnostics.makers.webhooks import WEBHOOKS
from bots.diagnostics.makers.whole_form import WHOLE_FORM

MAKERS: Final[tuple[Maker, ...]] = (
    LOGIC,
    CONDITIONS,
    CALCULATIONS,
    FORMULAS,
    FIELDS,
    OPTIONS,
    LABELS,
    NOTIFICATIONS,
    CONFIRMATIONS,
    HIDDEN_FIELDS,
    WEBHOOKS,
    WHOLE_FORM,
    SUBMISSIONS,
)
