"""How a rule's refusal leaves Synapse: as status 403 (413 for what is too large) with the rule's own code, its sentence
and the facts behind it.

A raised `SynapseError` reaches the client as it is from `check_event_allowed` and from every `user_may_*`; returned
values are limited there to Matrix's own codes and a sentence of Synapse's.
"""

from __future__ import annotations

from synapse.module_api.errors import SynapseError

from policies.names import Code, Rule
from policies.outcomes import Refuse, Verdict

UNSURE = Refuse(
    Rule.A1,
    Code.NOT_PERMITTED,
    "This cannot be checked at the moment, so it is not permitted. Please try again in a moment.",
)
"""The answer to people without power when a rule could not be asked."""


class Refusal(SynapseError):
    """A refusal on its way to the client; `refuse` is what the rule said."""

    def __init__(self, refuse: Refuse) -> None:
        super().__init__(
            413 if refuse.code is Code.TOO_LARGE else 403,
            refuse.sentence,
            str(refuse.code),
            additional_fields={"rule": str(refuse.rule), "facts": {k: str(v) for k, v in refuse.facts.items()}},
        )
        self.refuse = refuse


def raise_if_refused(verdict: Verdict) -> None:
    """Let what is allowed pass.

    :raises Refusal: otherwise.
    """
    if isinstance(verdict, Refuse):
        raise Refusal(verdict)
