"""What a rule answers: `Allow`, or `Refuse` with a code, a sentence and the facts that would change it (rule A1).

A refusal is a value, never an exception, so that a caller cannot forget that it may happen; the doors (module,
API, gateway, robots) turn it into what their side of the world understands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from policies.names import Code, Rule


@dataclass(frozen=True, slots=True)
class Allow:
    """Go ahead."""

    def __bool__(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Refuse:
    """No, and why.

    `sentence` is written for the person who is refused. `facts` names what the verdict rests on, each with what
    it is now; a change of any of them may change the verdict.
    """

    rule: Rule
    code: Code
    sentence: str
    facts: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return False


Verdict = Allow | Refuse
ALLOW = Allow()
