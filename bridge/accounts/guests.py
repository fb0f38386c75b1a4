"""How a guest comes in who has no login here: by an employee's invitation, or by the word of a host web site.

    invitation: secret in the link's fragment ─▶ POST ─▶ one transaction { used up? ─▶ new principal ─▶ session }
    assertion:  JWT of the site               ─▶ POST ─▶ one transaction { jti new? ─▶ (iss, sub) known? ─▶ session }

Whatever a transaction did is undone if somebody else was faster, so of two at once exactly one comes in. The secret is
in the fragment because browsers send that to nobody: no server log has it, and no program that opens links to look at
them uses an invitation up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex, token_urlsafe
from typing import Final

import structlog

from bridge.accounts.assertions import Assertion, Sites
from bridge.accounts.errors import AssertionFault, AssertionRefused, InvitationFault, InvitationRefused
from bridge.accounts.principals import Accounts, Login
from bridge.accounts.tries import Tries
from bridge.config import Settings
from bridge.desk.group import bring_guest
from bridge.desk.work import Work, WorkPlace
from bridge.errors import Unknown
from bridge.ports import Clock, Invitation, Principal, PrincipalId, Profile, Transaction
from policies.actions import PrepareGhost
from policies.groups import may_invite_guest
from policies.names import IssueId, Role, Standing, UserId
from policies.names_shown import build_guest_name
from policies.outcomes import Refuse, Verdict

GHOST_PREFIX: Final = "guest-"
"""What the user ids of guests begin with: the application service's own namespace."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation as it is given to who asked for it. The secret is nowhere else."""

    link: str
    expires_at: datetime


Also = Callable[[Transaction, Invited], Awaitable[None]]


class Guests:
    """Lets them in."""

    def __init__(
        self, place: WorkPlace, accounts: Accounts, sites: Sites, tries: Tries, clock: Clock, settings: Settings
    ) -> None:
        self._place = place
        self._accounts = accounts
        self._sites = sites
        self._tries = tries
        self._clock = clock
        self._settings = settings

    async def invite(
        self, inviter: Principal, name: str, also: Also | None = None, issue_id: IssueId | None = None
    ) -> Invited | Refuse:
        """Make a link for one guest.

        :param also: what else is to be true at once.
        :param issue_id: the group issue whose guest they become.
        :raises Unknown: if there is no such issue.
        """
        secret = token_urlsafe(32)
        async with self._place.begin() as work:
            if issue_id is not None:
                verdict = await self._ask(work, inviter, issue_id)
                if isinstance(verdict, Refuse):
                    return verdict
            else:
                await work.note("guest invited", inviter.user_id)
            expires_at = work.now + timedelta(hours=self._settings.accounts.invitation_hours)
            invitation = Invitation(hash_of(secret), inviter.user_id, name, work.now, expires_at, None, issue_id)
            await work.tx.invitations.add(invitation)
            invited = Invited(f"{self._settings.bridge.public_url}/chat#invitation={secret}", expires_at)
            if also is not None:
                await also(work.tx, invited)
        log.info("guests.invited", by=inviter.id)
        return invited

    async def come_by_invitation(self, secret: str, address: str | None) -> Login:
        """Use an invitation up, and begin the session of the guest it was for.

        :raises TooManyTries, InvitationRefused: and then it is as it was.
        """
        await self._tries.take_from(address)
        async with self._place.begin() as work:
            invitation = await work.tx.invitations.load(hash_of(secret))
            if invitation is None:
                raise InvitationRefused(InvitationFault.UNKNOWN)
            if invitation.guest_id is not None:
                raise InvitationRefused(InvitationFault.USED)
            if invitation.expires_at <= work.now:
                raise InvitationRefused(InvitationFault.EXPIRED)
            guest = await self._add_guest(work, invitation.name)
            await work.note("came by invitation", guest.user_id, inviter=invitation.inviter)
            if not await work.tx.invitations.use(invitation.secret_hash, guest.id):
                raise InvitationRefused(InvitationFault.USED)
            if invitation.issue_id is not None:
                outcome = await bring_guest(work, invitation.inviter, invitation.issue_id, guest.user_id)
                if isinstance(outcome, Refuse):  # all of it is undone, and the link is good once the issue goes on
                    raise InvitationRefused(InvitationFault.OVER)
            login = await self._accounts.admit(work.tx, guest)
        log.info("guests.came", by="invitation", principal=guest.id)
        return login

    async def _ask(self, work: Work, inviter: Principal, issue_id: IssueId) -> Verdict:
        record = await work.tx.issues.load(issue_id)
        if record is None:
            raise Unknown("issue", issue_id)
        person = (await work.tx.principals.directory()).who_is(inviter.user_id)
        return await work.ask(may_invite_guest, inviter.user_id, record.issue, person)

    async def come_by_assertion(self, assertion: str, origin: str | None, address: str | None) -> Login:
        """Begin a session of the guest whom a web site vouches for: the same one each time.

        :raises TooManyTries, AssertionRefused:
        :raises Suspended: if the guest may not come any more.
        """
        await self._tries.take_from(address)
        said = self._sites.parse(assertion, origin, self._clock.now())
        async with self._place.begin() as work:
            if not await work.tx.site_guests.spend(said.issuer, said.jti, said.expires_at):
                raise AssertionRefused(AssertionFault.USED, "It was used before; the site has to sign a new one.")
            guest = await self._load_or_add(work, said)
            login = await self._accounts.admit(work.tx, guest)
        log.info("guests.came", by="assertion", principal=guest.id)
        return login

    async def _load_or_add(self, work: Work, said: Assertion) -> Principal:
        known = await work.tx.site_guests.load(said.issuer, said.subject)
        if known is None:
            guest = await self._add_guest(work, said.name)
            await work.tx.site_guests.add(said.issuer, said.subject, guest.id)
            return guest
        principal = await work.tx.principals.load(known)
        if principal is None or principal.role is not Role.GUEST:
            # They were made more than a guest since; a web site's key must not be a key to that.
            raise AssertionRefused(AssertionFault.STAFF, "Who works here logs in with their password.")
        return principal

    async def _add_guest(self, work: Work, wanted: str) -> Principal:
        number = token_hex(8)
        login = f"{GHOST_PREFIX}{number}"
        user_id = self._settings.matrix.user_id(login)
        guest = Principal(PrincipalId(token_urlsafe(12)), login, Role.GUEST, None, Standing.ALLOWED, user_id)
        name = await _build_name(work.tx, wanted, f"Visitor {number[:4]}")
        await work.tx.principals.add(guest, Profile(name), None, work.now)
        await work.decide(lane_of_guest(user_id), (PrepareGhost(user_id),))
        return guest


def hash_of(secret: str) -> str:
    """What is kept of an invitation's secret. It is random throughout, so a fast hash is enough."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def lane_of_guest(user_id: UserId) -> str:
    """The lane of a person (`bridge.desk.profiles.lane_of_person`), which is known to the desk only."""
    return f"person:{user_id}"


async def _build_name(tx: Transaction, wanted: str, spare: str) -> str:
    directory = await tx.principals.directory()
    shown = await tx.principals.profiles(list(directory.people))
    return build_guest_name(wanted, spare, directory, [profile.display_name for profile in shown.values()])
