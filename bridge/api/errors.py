"""What the API answers when it does not do what was asked: a closed list of codes, one table from code to status.

Every error body is ``{"errcode", "error", …fields}``. A refusal of a rule keeps the rule's own code and sentence and
adds `rule` and `facts`. Whatever is raised and not known here is `M_UNKNOWN`, logged with its trace and told without.

BridgeError
└── ApiFault          the request cannot be answered; fields code, sentence, fields
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from bridge.errors import BridgeError
from policies.names import Code
from policies.outcomes import Refuse


class Errcode(StrEnum):
    """Codes of the door itself; those of the rules are `policies.names.Code`."""

    MISSING_TOKEN = "M_MISSING_TOKEN"  # noqa: S105 - a code, not a secret
    """No `Authorization: Bearer` header."""
    UNKNOWN_TOKEN = "M_UNKNOWN_TOKEN"  # noqa: S105 - a code, not a secret
    """The token is foreign, revoked, or (`soft_logout: true`) expired: refresh it."""
    WRONG_PASSWORD = "CHAPERONE_WRONG_PASSWORD"  # noqa: S105 - a code, not a secret
    """No such login, or not its password; which of the two is not said."""
    LIMIT_EXCEEDED = "M_LIMIT_EXCEEDED"
    """Too many tries; `retry_after_ms` says when to try again."""
    NOT_JSON = "M_NOT_JSON"
    """The body is not JSON."""
    BAD_JSON = "M_BAD_JSON"
    """The body is JSON of another shape; `faults` names each place."""
    INVALID_PARAM = "M_INVALID_PARAM"
    """The query string does not fit; `faults` names each parameter."""
    NOT_FOUND = "M_NOT_FOUND"
    """There is no such thing, or it is not for you."""
    USER_IN_USE = "M_USER_IN_USE"
    """Somebody has that login, or that user id, already."""
    UNKNOWN_ROUTE = "CHAPERONE_UNKNOWN_ROUTE"
    """Nothing lives at this path."""
    WRONG_METHOD = "M_UNRECOGNIZED"
    """Something lives here, but not under this method; the Allow header says which."""
    NOT_READY = "CHAPERONE_NOT_READY"
    """A part that the bridge rests on does not answer; `parts` says which."""
    HOMESERVER_AWAY = "CHAPERONE_HOMESERVER_AWAY"
    """The homeserver does not answer; try again soon."""
    INVITATION_UNKNOWN = "CHAPERONE_INVITATION_UNKNOWN"
    """There is no such invitation; perhaps a part of the link is missing."""
    INVITATION_USED = "CHAPERONE_INVITATION_USED"
    """Somebody came in by it already."""
    INVITATION_EXPIRED = "CHAPERONE_INVITATION_EXPIRED"
    """It waited too long."""
    ASSERTION_UNREADABLE = "CHAPERONE_ASSERTION_UNREADABLE"
    """It is no JSON Web Token, or a claim that is needed is missing or of another kind."""
    ASSERTION_ISSUER = "CHAPERONE_ASSERTION_ISSUER"
    """Its `iss` is no site of the settings."""
    ASSERTION_ORIGIN = "CHAPERONE_ASSERTION_ORIGIN"
    """The Origin header is none of the site's origins."""
    ASSERTION_SIGNATURE = "CHAPERONE_ASSERTION_SIGNATURE"
    """It is not signed with the site's key and algorithm."""
    ASSERTION_AUDIENCE = "CHAPERONE_ASSERTION_AUDIENCE"
    """Its `aud` is somebody else."""
    ASSERTION_EXPIRED = "CHAPERONE_ASSERTION_EXPIRED"
    """Its `exp` has passed."""
    ASSERTION_TOO_LONG = "CHAPERONE_ASSERTION_TOO_LONG"
    """Its `exp` is more than five minutes away."""
    ASSERTION_EARLY = "CHAPERONE_ASSERTION_EARLY"
    """Its `iat` or `nbf` is in the future."""
    ASSERTION_USED = "CHAPERONE_ASSERTION_USED"
    """Its `jti` was seen before."""
    ASSERTION_STAFF = "CHAPERONE_ASSERTION_STAFF"
    """It speaks for somebody who works here."""
    BAD_REQUEST = "CHAPERONE_BAD_REQUEST"
    """The request is broken below the level of routes and bodies."""
    UNKNOWN = "M_UNKNOWN"
    """A fault of ours. It is in the log under the request id."""


AnyCode = Errcode | Code

STATUS: Final[Mapping[AnyCode, int]] = MappingProxyType(
    {
        Errcode.NOT_JSON: 400,
        Errcode.BAD_JSON: 400,
        Errcode.INVALID_PARAM: 400,
        Errcode.BAD_REQUEST: 400,
        Errcode.MISSING_TOKEN: 401,
        Errcode.UNKNOWN_TOKEN: 401,
        Errcode.WRONG_PASSWORD: 401,
        # A rule's refusal, unless it stands below.
        **dict.fromkeys(Code, 403),
        Errcode.INVITATION_UNKNOWN: 403,
        Errcode.INVITATION_USED: 403,
        Errcode.INVITATION_EXPIRED: 403,
        Errcode.ASSERTION_UNREADABLE: 403,
        Errcode.ASSERTION_ISSUER: 403,
        Errcode.ASSERTION_ORIGIN: 403,
        Errcode.ASSERTION_SIGNATURE: 403,
        Errcode.ASSERTION_AUDIENCE: 403,
        Errcode.ASSERTION_EXPIRED: 403,
        Errcode.ASSERTION_TOO_LONG: 403,
        Errcode.ASSERTION_EARLY: 403,
        Errcode.ASSERTION_USED: 403,
        Errcode.ASSERTION_STAFF: 403,
        Errcode.NOT_FOUND: 404,
        Errcode.UNKNOWN_ROUTE: 404,
        Errcode.WRONG_METHOD: 405,
        # The request was right for what its sender last knew; the issue has moved on since.
        Code.ALREADY_CLAIMED: 409,
        Code.ALREADY_ESCALATED: 409,
        Code.LOWEST_TIER: 409,
        Code.NOT_SHARED: 409,
        Code.AT_CAPACITY: 409,
        Code.TOO_LATE: 409,
        Code.ISSUE_CONCLUDED: 409,
        Code.ISSUE_NOT_CONCLUDED: 409,
        Code.ISSUE_NOT_OPEN: 409,
        Code.OLD_EPOCH: 409,
        Code.TXN_REUSED: 409,
        Errcode.USER_IN_USE: 409,
        Code.TOO_LARGE: 413,
        Errcode.LIMIT_EXCEEDED: 429,
        Errcode.UNKNOWN: 500,
        Errcode.HOMESERVER_AWAY: 503,
        Errcode.NOT_READY: 503,
    }
)


CHALLENGE: Final[Mapping[str, str]] = MappingProxyType({"WWW-Authenticate": "Bearer"})
"""What a 401 has to carry (RFC 9110, 11.6.1)."""


class ApiFault(BridgeError):
    """The request ends here, with this error."""

    def __init__(
        self,
        code: AnyCode,
        sentence: str,
        fields: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence
        self.fields: Mapping[str, Any] = MappingProxyType(dict(fields or {}))
        self.headers: Mapping[str, str] = MappingProxyType(dict(headers or {}))

    @property
    def status(self) -> int:
        """The HTTP status of the code."""
        return STATUS[self.code]

    def body(self) -> dict[str, Any]:
        """The error body."""
        return {**self.fields, "errcode": self.code.value, "error": self.sentence}


def build_no_such(noun: str, name: str) -> ApiFault:
    """What is missing and what is not for the one who asks are answered alike, to the letter."""
    return ApiFault(Errcode.NOT_FOUND, f"There is no {noun} {name!r}.")


def build_unknown_route() -> ApiFault:
    """One sentence for every path that leads nowhere, so that nothing can be read from it."""
    return ApiFault(Errcode.UNKNOWN_ROUTE, "There is nothing at this address.")


def check_length(where: str, text: str, limit: int) -> None:
    """Hold a text against a limit of the settings, which may be less than what the models allow.

    :raises ApiFault: as the model would for a longer one.
    """
    if len(text) > limit:
        faults = [{"where": where, "fault": f"String should have at most {limit} characters"}]
        raise ApiFault(Errcode.BAD_JSON, "The body does not fit.", {"faults": faults})


def build_limited(sentence: str, retry_after: float) -> ApiFault:
    """429; `retry_after` in seconds."""
    return ApiFault(
        Errcode.LIMIT_EXCEEDED,
        sentence,
        {"retry_after_ms": max(1, math.ceil(retry_after * 1000))},
        {"Retry-After": str(max(1, math.ceil(retry_after)))},
    )


def build_refused(refuse: Refuse) -> ApiFault:
    """A rule said no: its code, its sentence, and the facts that would change it (rule A1).

    Who is told that a conversation is concluded is told as well that it can be reopened, as over the socket.
    """
    fields: dict[str, Any] = {"rule": refuse.rule.value, "facts": dict(refuse.facts)}
    if refuse.facts.get("child", "none") != "none":
        fields["continues_in"] = refuse.facts["child"]
    elif refuse.code is Code.ISSUE_CONCLUDED:
        fields["reopen"] = True
    return ApiFault(refuse.code, refuse.sentence, fields)
