"""Whether an e-mail or a webhook can ever be sent: its logic over a form whose fields may not all be reachable."""

from __future__ import annotations

from bots.diagnostics.action import SubmitAction
from bots.diagnostics.block import Action, Conditional
from bots.diagnostics.form import Form
from bots.diagnostics.gates import build_gate, can_open


def explain_never(action: SubmitAction, form: Form, reachable: frozenset[str]) -> str | None:
    """Why it is never sent; None if it can be, as far as can be told."""
    gate = build_gate(action.logic, form)
    if action.logic is None or gate is None:
        return None
    if not can_open([gate], form):
        return "its conditions cannot be true together"
    targets = [target for target in action.logic.targets() if target in form.by_id]
    gone = [target for target in targets if target not in reachable and not form.by_id[target].default]
    needs_all = (action.logic.conditional is Conditional.ALL) is (action.logic.action is Action.SHOW)
    waits = [literal for literal in gate.literals if literal.names_the_value and literal.option]
    if not gone or len(waits) < len(action.logic.checks):
        return None
    if len(gone) == len(targets) or needs_all:
        return f"it waits for {form.called(gone[0])}, which can never be shown"
    return None
