"""Everything the bridge raises. Refusing is a return value (`policies.outcomes.Refuse`), failing is one of these.

BridgeError
├── MatrixError            the homeserver answered with an errcode; fields status, errcode, sentence
│   ├── MatrixRefused      403: its rules, or ours inside it, said no; asking again will not help
│   ├── MatrixMissing      404
│   ├── MatrixTaken        M_ROOM_IN_USE, M_USER_IN_USE: it was done before
│   └── MatrixBusy         429; field retry_after (seconds)
├── HomeserverAway         no answer at all: down, restarting, or cut off in the middle
├── NotYet                 the world is not ready for this action; try again soon (not counted as a fault)
├── HookFailed             a webhook did not take a delivery; fields hook, reason, is_final
├── Unknown                there is no such thing; fields noun, name
├── Taken                  somebody has that name already; fields noun, name
├── BadSettings            field faults: every option that is wrong
└── AccountError           see bridge/accounts/errors.py
"""

from __future__ import annotations

from collections.abc import Sequence


class BridgeError(Exception):
    """Base of everything this package raises."""


class MatrixError(BridgeError):
    """The homeserver said no, or that it failed."""

    def __init__(self, status: int, errcode: str, sentence: str) -> None:
        super().__init__(f"{status} {errcode}: {sentence}")
        self.status = status
        self.errcode = errcode
        self.sentence = sentence


class MatrixRefused(MatrixError):
    """403."""


class MatrixMissing(MatrixError):
    """404."""


class MatrixTaken(MatrixError):
    """The name is taken: what was to be made exists."""


class MatrixBusy(MatrixError):
    """429. `retry_after` in seconds."""

    def __init__(self, status: int, errcode: str, sentence: str, retry_after: float) -> None:
        super().__init__(status, errcode, sentence)
        self.retry_after = retry_after


class HomeserverAway(BridgeError):
    """The homeserver did not answer; whether it did what was asked is unknown."""


class HookFailed(BridgeError):
    """A webhook did not say that it has received something; `is_final` if it is not to be tried again."""

    def __init__(self, hook: str, reason: str, *, is_final: bool = False) -> None:
        super().__init__(f"The webhook {hook!r} was not reached: {reason}.")
        self.hook = hook
        self.reason = reason
        self.is_final = is_final


class NotYet(BridgeError):
    """Something this action rests on has not happened yet."""


class Unknown(BridgeError):
    """There is no such thing, or the one who asks may not learn that there is."""

    def __init__(self, noun: str, name: str) -> None:
        super().__init__(f"There is no {noun} {name!r}.")
        self.noun = noun
        self.name = name


class Taken(BridgeError):
    """What was to be made has a name that something else has already."""

    def __init__(self, noun: str, name: str) -> None:
        super().__init__(f"There is a {noun} {name!r} already.")
        self.noun = noun
        self.name = name


class BadSettings(BridgeError):
    """The settings or the files they name cannot be used. All faults at once, each beginning with its option."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)
