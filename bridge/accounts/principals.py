"""Logging in, staying logged in, and being logged out.

    login ─▶ tries left? ─▶ password right? ─▶ allowed? ─▶ session ─▶ access token (minutes), refresh token (one use)
    refresh ─▶ the session's present refresh token? ── yes ─▶ two new ones
                                                    └─ no ──▶ used before, so stolen from somebody: the session ends
    authenticate ─▶ signature, audience, time ─▶ session not revoked, principal allowed      (one read, every request)

Ending a session takes effect at once: the next request finds it revoked, and its sockets hear `SessionEnded`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Final

from bridge.accounts.errors import NotForGuests, Suspended, TokenRefused, TooManyTries, WrongPassword
from bridge.accounts.passwords import Passwords
from bridge.accounts.refresh import build_refresh_token, hash_of, session_of
from bridge.accounts.tokens import Audience, Tokens
from bridge.accounts.tries import Tries
from bridge.config import Settings
from bridge.errors import Unknown
from bridge.ports import Clock, Notices, Principal, PrincipalId, Session, SessionEnded, Store, Transaction
from policies.names import Role, Standing, UserId

LONGEST: Final = 255
"""No login is longer, or has what is not printed: so nothing of the kind is looked up or counted."""


@dataclass(frozen=True, slots=True)
class Login:
    """What somebody gets who logged in or refreshed."""

    token: str
    expires_in: int
    """Seconds."""
    refresh_token: str
    principal: Principal
    session_id: str


@dataclass(frozen=True, slots=True)
class Authenticated:
    """Who a token speaks for."""

    principal: Principal
    session_id: str
    expires_at: datetime


def normal_login(login: str) -> str:
    """The one form in which a login is kept and looked up."""
    return login.strip().casefold()


class Accounts:
    """Who may come in."""

    def __init__(
        self,
        store: Store,
        tokens: Tokens,
        clock: Clock,
        settings: Settings,
        notices: Notices,
        passwords: Passwords,
        tries: Tries,
    ) -> None:
        self.tokens = tokens
        self._store = store
        self._passwords = passwords
        self._tries = tries
        self._notices = notices
        self._clock = clock
        self._settings = settings

    async def login(self, login: str, password: str, address: str | None, audience: Audience = "gateway") -> Login:
        """Begin a session.

        :raises TooManyTries: before the password is looked at.
        :raises WrongPassword: also for a login that does not exist, after as long.
        :raises Suspended, NotForGuests: to who knew the password only.
        """
        principal = await self._check(normal_login(login), password, address)
        return await self._begin(principal, audience)

    async def admit(self, tx: Transaction, principal: Principal) -> Login:
        """Begin a session for somebody who proved otherwise who they are, in the transaction that believed it.

        :raises Suspended: if they may not act.
        """
        return await self._open(tx, principal.id, "gateway")

    async def refresh(self, refresh_token: str, audience: Audience = "gateway") -> Login:
        """Exchange a refresh token, which is thereby used up.

        :raises TokenRefused: if it is none, or was used before; then the session has ended.
        :raises Suspended: if its principal may not act.
        """
        now = self._clock.now()
        session_id = session_of(refresh_token)
        if not (session_id.isascii() and session_id.isprintable()):
            raise TokenRefused("no session is called so")
        new = build_refresh_token(session_id)
        async with self._store.write() as tx:
            session = await tx.sessions.load(session_id)
            if session is None or session.revoked or session.expires_at <= now:
                raise TokenRefused("no session goes on with this")
            principal = await self._load_allowed(tx, session, audience)
            is_present = await tx.sessions.rotate(session_id, hash_of(refresh_token), hash_of(new), self._session_end())
            if not is_present:
                await tx.sessions.revoke(session_id)
        if not is_present:
            self._notices.publish(SessionEnded(session_id))
            raise TokenRefused("used before")
        return self._build_login(principal, session_id, new, audience)

    async def logout(self, session_id: str) -> None:
        """End a session, its sockets included."""
        async with self._store.write() as tx:
            await tx.sessions.revoke(session_id)
        self._notices.publish(SessionEnded(session_id))

    async def authenticate(self, token: str) -> Authenticated:
        """Who sends this token.

        :raises TokenExpired: if a refresh would help.
        :raises TokenRefused: if it would not.
        """
        claims = self.tokens.parse(token, self._clock.now())
        async with self._store.read() as tx:
            session = await tx.sessions.load(claims.session_id)
            principal = await tx.principals.load(claims.principal_id)
        if session is None or session.revoked or session.principal_id != claims.principal_id:
            raise TokenRefused("the session has ended")
        if principal is None or principal.standing is not Standing.ALLOWED:
            raise TokenRefused("the principal may not act")
        return Authenticated(principal, session.id, claims.expires_at)

    async def check_password(self, user_id: UserId, password: str) -> Principal | None:
        """Whose password it is, for a login with a Matrix client; None for who is not let in, for whatever reason."""
        if not user_id.isprintable():
            return None
        async with self._store.read() as tx:
            principal = await tx.principals.load_by_user(user_id)
        # Somebody unknown is counted and compared like anybody else.
        login = user_id if principal is None else principal.login
        try:
            principal = await self._check(login, password, None)
            self._refuse_guest(principal, "matrix")
        except (WrongPassword, TooManyTries, Suspended, NotForGuests):
            return None
        return principal if principal.user_id == user_id else None

    async def mint_matrix_token(self, user_id: UserId) -> str:
        """A token with which the bridge logs in as a member of staff, to act in their name as they asked.

        :raises Unknown: if nobody of ours is called so.
        :raises Suspended, NotForGuests: if they are nobody to act for.
        """
        async with self._store.read() as tx:
            principal = await tx.principals.load_by_user(user_id)
        if principal is None:
            raise Unknown("principal", user_id)
        if principal.standing is not Standing.ALLOWED:
            raise Suspended
        if principal.role is Role.GUEST:
            raise NotForGuests
        return self.tokens.mint(principal, "bridge", "matrix", self._clock.now())

    async def _check(self, login: str, password: str, address: str | None) -> Principal:
        if len(login) > LONGEST or not login.isprintable():
            raise WrongPassword
        await self._tries.take(login, address)
        async with self._store.read() as tx:
            found = await tx.principals.load_by_login(login)
        principal, password_hash = found or (None, None)
        is_right = await self._passwords.verify(password_hash, password)
        if principal is None or password_hash is None or not is_right:
            raise WrongPassword
        await self._tries.forget(login)
        if principal.standing is not Standing.ALLOWED:
            raise Suspended
        if self._passwords.is_outdated(password_hash):
            new_hash = await self._passwords.hash(password)
            async with self._store.write() as tx:
                await tx.principals.set_password(principal.id, new_hash)
        return principal

    async def _begin(self, principal: Principal, audience: Audience) -> Login:
        async with self._store.write() as tx:
            # Comparing the password took a while, in which they may have been suspended.
            return await self._open(tx, principal.id, audience)

    async def _open(self, tx: Transaction, principal_id: PrincipalId, audience: Audience) -> Login:
        session_id = token_urlsafe(16)
        refresh_token = build_refresh_token(session_id)
        session = Session(session_id, principal_id, hash_of(refresh_token), self._session_end())
        principal = await self._load_allowed(tx, session, audience)
        await tx.sessions.add(session)
        return self._build_login(principal, session_id, refresh_token, audience)

    async def _load_allowed(self, tx: Transaction, session: Session, audience: Audience) -> Principal:
        principal = await tx.principals.load(session.principal_id)
        if principal is None:
            raise TokenRefused("nobody has this session")
        if principal.standing is not Standing.ALLOWED:
            raise Suspended
        self._refuse_guest(principal, audience)
        if audience == "matrix" and principal.role is Role.GUEST:
            # Who came by a link or from a web site has no account here: the bridge acts for them.
            found = await tx.principals.load_by_login(principal.login)
            if found is None or found[1] is None:
                raise NotForGuests
        return principal

    def _refuse_guest(self, principal: Principal, audience: Audience) -> None:
        if audience == "matrix" and principal.role is Role.GUEST and not self._settings.guests_log_in_to_matrix:
            raise NotForGuests

    def _session_end(self) -> datetime:
        return self._clock.now() + timedelta(days=self._settings.accounts.refresh_days)

    def _build_login(self, principal: Principal, session_id: str, refresh_token: str, audience: Audience) -> Login:
        return Login(
            token=self.tokens.mint(principal, session_id, audience, self._clock.now()),
            expires_in=int(self.tokens.lifetime_of(audience).total_seconds()),
            refresh_token=refresh_token,
            principal=principal,
            session_id=session_id,
        )
