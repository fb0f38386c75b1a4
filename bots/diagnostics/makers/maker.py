"""What a maker of observations is: a theme, what it must have read, and its checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bots.diagnostics.form import Form, Resource
from bots.diagnostics.observations import Observation

Check = Callable[[Form], Iterable[Observation]]
"""A pure function of the form. It may raise only by mistake, and then it costs its own findings and no others."""


@dataclass(frozen=True, slots=True)
class Maker:
    """One theme. `needs` are the resources without which it cannot say anything; `name` is a word for people."""

    name: str
    needs: frozenset[Resource]
    checks: tuple[Check, ...]
