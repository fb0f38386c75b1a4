"""What can go wrong on the robots' side. Refusing somebody is a value (`policies.outcomes.Refuse`), not one of these.

BotsError
├── SettingsFaults       settings that cannot be used: every fault at once, each naming its option
├── MatrixError
│   ├── MatrixAway       no answer, or none that could be read: what was asked may or may not have been done
│   ├── MatrixRefused    the homeserver answered no, with a code
│   │   ├── MatrixMissing    there is no such thing
│   │   └── SessionLost      our access token is not good any more
│   └── FileTooLarge     a file goes on beyond what we read
└── DirectoryUnreadable  the policy room is not there yet, cannot be read, or is not to be trusted
"""

from __future__ import annotations

from collections.abc import Sequence


class BotsError(Exception):
    """Base of everything this package raises."""


class SettingsFaults(BotsError):
    """The settings cannot be used; `faults` has one sentence for each option that is wrong."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


class MatrixError(BotsError):
    """A request to the homeserver did not do what it should."""


class MatrixAway(MatrixError):
    """There was no answer. To be asked again; sends carry an id by which a repeat is recognised."""

    def __init__(self, request: str, why: str) -> None:
        super().__init__(f"{request}: {why}")
        self.request = request
        self.why = why


class MatrixRefused(MatrixError):
    """The homeserver said no. Asking again the same way will not help."""

    def __init__(self, request: str, status: int, code: str, sentence: str) -> None:
        super().__init__(f"{request}: {status} {code}")
        self.request = request
        self.status = status
        self.code = code
        self.sentence = sentence


class MatrixMissing(MatrixRefused):
    """There is no such room, event, alias or file, or none that we may see."""


class SessionLost(MatrixRefused):
    """The access token is unknown: the robot has to log in again."""


class FileTooLarge(MatrixError):
    """A file is larger than somebody was ready to read; `limit` in bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} bytes")
        self.limit = limit


class DirectoryUnreadable(BotsError):
    """Who is who cannot be told now, so nobody may ask. To be asked again."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
