"""What is raised when a value cannot be what it claims to be. Refusing is a return value (`outcomes.Refuse`).

PolicyError
├── MalformedState     a chat.chaperone.* state event does not have the shape its writer promised
└── ImpossibleChange   a pair of status and happening that the lifecycle table does not know (rule L1)
"""

from __future__ import annotations


class PolicyError(Exception):
    """Base of everything this package raises."""


class MalformedState(PolicyError):
    """A state event's content is not what its type promises."""

    def __init__(self, event_type: str, fault: str) -> None:
        super().__init__(f"{event_type}: {fault}")
        self.event_type = event_type
        self.fault = fault


class ImpossibleChange(PolicyError):
    """The lifecycle table has no such cell: a caller asked for what `may_*` would have refused."""

    def __init__(self, status: str, happening: str) -> None:
        super().__init__(f"an issue that is {status} cannot see {happening}")
        self.status = status
        self.happening = happening
