"""What ends a simulated day early."""

from __future__ import annotations


class Crash(BaseException):
    """The bridge is gone in the middle of something, as after `kill -9`: nothing in it may catch this."""


class Breach(Exception):
    """A promise was broken. The seed and the step play it again."""

    def __init__(self, promise: str, where: str, step: int, seed: int) -> None:
        super().__init__(f"{promise}: {where} (step {step} of seed {seed})")
        self.promise = promise
        self.where = where
        self.step = step
        self.seed = seed


class Restless(Exception):
    """The house does not come to rest: something is decided again and again."""
