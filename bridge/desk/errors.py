"""What can go wrong in the desk itself; refusals are values (`policies.outcomes`), and not here.

BridgeError
└── UnknownRule          the audit log names a rule that there is not, or a caller asks one that it could not name
"""

from __future__ import annotations

from bridge.errors import BridgeError


class UnknownRule(BridgeError):
    """There is no rule of this name in `policies`."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is no rule that could be asked again.")
        self.name = name
