"""Refresh tokens: opaque, random, good for one use. The database knows only their hash.

``<session id>.<secret>``: the id finds the session also for a token that was used before, which is how a theft shows:
one of the two who have it comes second.
"""

from __future__ import annotations

import hashlib
from secrets import token_urlsafe


def build_refresh_token(session_id: str) -> str:
    """A new one for a session."""
    return f"{session_id}.{token_urlsafe(32)}"


def session_of(refresh_token: str) -> str:
    """The session it claims to belong to."""
    return refresh_token.partition(".")[0]


def hash_of(refresh_token: str) -> str:
    """What is kept of it. It is random throughout, so a fast hash is enough."""
    return hashlib.sha256(refresh_token.encode("utf-8", "replace")).hexdigest()
