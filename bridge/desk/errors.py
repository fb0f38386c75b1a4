"""What can go wrong in the desk itself; refusals are values (`policies.outcomes`), and not here.

BridgeError
├── UnknownRule          the audit log names a rule that there is not, or a caller asks one that it could not name
└── NoPicture            what was meant to be shown is no picture; field why
"""

from __future__ import annotations

from bridge.errors import BridgeError


class UnknownRule(BridgeError):
    """There is no rule of this name in `policies`."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is no rule that could be asked again.")
        self.name = name


class NoPicture(BridgeError):
    """What somebody wants to show of themselves cannot be shown."""

    def __init__(self, why: str) -> None:
        super().__init__(f"This cannot be shown as a picture: {why}.")
        self.why = why
