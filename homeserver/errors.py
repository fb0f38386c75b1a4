"""What can go wrong on Synapse's side. Refusing somebody is a value (`policies.outcomes.Refuse`), not one of these.

HomeserverError
├── SettingsFaults     settings that cannot be used: every fault at once, each naming its option
├── RenderFault        a file that cannot be rendered, or does not fit the others
└── UnknownSynapse     this Synapse lacks something inside that the module reaches for
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class HomeserverError(Exception):
    """Base of everything this package raises."""


class SettingsFaults(HomeserverError):
    """The settings cannot be used; `faults` has one sentence for each option that is wrong."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


class RenderFault(HomeserverError):
    """A rendered file is missing, cannot be written, or contradicts another one."""

    def __init__(self, path: Path, fault: str) -> None:
        super().__init__(f"{path}: {fault}")
        self.path = path
        self.fault = fault


class UnknownSynapse(HomeserverError):
    """The installed Synapse is not the one this module was written for."""

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__(f"this version of Synapse has no {', '.join(missing)}")
        self.missing = tuple(missing)
