"""Who may come in, what they show, and their logins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NewType, Protocol

from policies.names import Audience, IssueId, Role, Standing, Tier, UserId
from policies.people import Directory

PrincipalId = NewType("PrincipalId", str)


@dataclass(frozen=True, slots=True)
class Principal:
    """The authenticated entity: what one logs in as, and what it may do. What it shows is its `Profile`."""

    id: PrincipalId
    login: str
    role: Role
    tier: Tier | None
    standing: Standing
    user_id: UserId
    audience: Audience | None = None
    """Whom a robot serves; unset for people."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a principal shows of itself."""

    display_name: str
    avatar: str | None = None


class Principals(Protocol):
    """The list of allowed people, guests and robots included."""

    async def add(self, principal: Principal, profile: Profile, password_hash: str | None, now: datetime) -> None: ...
    async def load(self, principal_id: PrincipalId) -> Principal | None: ...
    async def load_by_login(self, login: str) -> tuple[Principal, str | None] | None:
        """The principal and their password hash."""

    async def load_by_user(self, user_id: UserId) -> Principal | None: ...
    async def list(self) -> Sequence[Principal]: ...
    async def save(self, principal: Principal) -> None: ...
    async def set_password(self, principal_id: PrincipalId, password_hash: str) -> None: ...
    async def profile(self, principal_id: PrincipalId) -> Profile: ...
    async def save_profile(self, principal_id: PrincipalId, profile: Profile) -> None: ...
    async def profiles(self, user_ids: Sequence[UserId]) -> Mapping[UserId, Profile]: ...
    async def directory(self) -> Directory:
        """Everybody listed, as `policies` wants them."""


@dataclass(frozen=True, slots=True)
class Session:
    """One login: lives as long as its refresh token is rotated, dies at once when it is revoked."""

    id: str
    principal_id: PrincipalId
    refresh_hash: str
    expires_at: datetime
    revoked: bool = False


class Sessions(Protocol):
    """Logins that are under way."""

    async def add(self, session: Session) -> None: ...
    async def load(self, session_id: str) -> Session | None: ...
    async def rotate(self, session_id: str, old_hash: str, new_hash: str, expires_at: datetime) -> bool:
        """Exchange the refresh token; False if `old_hash` is not the present one (then it was stolen or replayed)."""

    async def revoke(self, session_id: str) -> None: ...
    async def revoke_all(self, principal_id: PrincipalId) -> Sequence[str]:
        """Revoke every session of somebody; answers which."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link for one guest. What is in the link is known to whom it was given; here is only its hash."""

    secret_hash: str
    inviter: UserId
    name: str
    """What the inviter calls the guest; may be empty."""
    created_at: datetime
    expires_at: datetime
    guest_id: PrincipalId | None = None
    """Who came in by it: set once, and then it is used up."""
    issue_id: IssueId | None = None
    """The group issue whose guest they become, if it is for one."""


class Invitations(Protocol):
    """Links for guests."""

    async def add(self, invitation: Invitation) -> None: ...
    async def load(self, secret_hash: str) -> Invitation | None: ...
    async def use(self, secret_hash: str, guest_id: PrincipalId) -> bool:
        """Use it up; False if it is already."""


class SiteGuests(Protocol):
    """Guests who are known by the word of a web site."""

    async def spend(self, issuer: str, jti: str, expires_at: datetime) -> bool:
        """Note that an assertion was used, for as long as it could be used again; False if it was."""

    async def load(self, issuer: str, subject: str) -> PrincipalId | None: ...
    async def add(self, issuer: str, subject: str, guest_id: PrincipalId) -> None: ...
