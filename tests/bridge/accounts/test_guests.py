from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.accounts.assertions import Sites
from bridge.accounts.errors import (
    AssertionFault,
    AssertionRefused,
    InvitationFault,
    InvitationRefused,
    NotForGuests,
    Suspended,
    TooManyTries,
)
from bridge.accounts.guests import Guests, Invited, hash_of, lane_of_guest
from bridge.accounts.tries import Tries
from bridge.config import AccountsSettings, DemoSettings, Settings
from bridge.desk.profiles import lane_of_person
from bridge.desk.work import ACTION, WorkPlace
from bridge.ports import Principal
from policies.actions import PrepareGhost
from policies.names import Role, Standing, Tier
from tests.bridge.accounts.conftest import ADDRESS, House
from tests.builders.assertions import SHOP, Site
from tests.builders.people import user


@dataclass
class Gate:
    """Where guests come in."""

    house: House
    guests: Guests
    accounts_settings: AccountsSettings
    woken: list[bool]

    async def ada(self) -> Principal:
        async with self.house.store.read() as tx:
            found = await tx.principals.load_by_login("ada")
        assert found is not None
        return found[0]

    async def invite(self, name: str = "Gina") -> str:
        invited = await self.guests.invite(await self.ada(), name)
        assert isinstance(invited, Invited)
        return invited.link.partition("#invitation=")[2]

    async def name_of(self, principal: Principal) -> str:
        async with self.house.store.read() as tx:
            return (await tx.principals.profile(principal.id)).display_name


@pytest.fixture
async def gate(house: House, tmp_path: Path) -> AsyncIterator[Gate]:
    forum = Site("forum", origin="https://forum.example")
    FORUM.append(forum)
    sites = (SHOP.settings(tmp_path), forum.settings(tmp_path))
    settings = Settings(accounts=AccountsSettings(sites=sites), demo=DemoSettings(enabled=True))
    woken: list[bool] = []
    place = WorkPlace(house.store, house.clock, house.heard, lambda: woken.append(True))  # type: ignore[arg-type]  # hears anything
    house.accounts = house.with_settings(settings)
    guests = Guests(place, house.accounts, Sites(sites), Tries(settings.accounts), house.clock, settings)
    yield Gate(house, guests, settings.accounts, woken)
    FORUM.clear()


FORUM: list[Site] = []


async def fault_of(gate: Gate, secret: str) -> InvitationFault:
    with pytest.raises(InvitationRefused) as raised:
        await gate.guests.come_by_invitation(secret, ADDRESS)
    return raised.value.fault


async def test_an_invitation_is_a_link_whose_secret_no_server_is_told(gate: Gate) -> None:
    invited = await gate.guests.invite(await gate.ada(), "Gina")
    assert isinstance(invited, Invited)
    page, _, secret = invited.link.partition("#invitation=")
    assert page == "http://localhost:8090/chat"
    assert len(secret) >= 43
    assert invited.expires_at == gate.house.clock.now() + timedelta(hours=72)


async def test_only_a_hash_of_the_secret_is_kept(gate: Gate) -> None:
    secret = await gate.invite()
    async with gate.house.store.read() as tx:
        kept = await tx.invitations.load(hash_of(secret))
        assert await tx.invitations.load(secret) is None
    assert secret not in str(kept)
    assert kept is not None
    assert (kept.inviter, kept.guest_id) == (user("ada"), None)


async def test_who_is_invited_comes_in_as_a_guest_with_a_ghost_to_be_made(gate: Gate) -> None:
    login = await gate.guests.come_by_invitation(await gate.invite(), ADDRESS)
    guest = login.principal
    assert (guest.role, guest.tier, guest.standing) == (Role.GUEST, None, Standing.ALLOWED)
    assert guest.user_id.startswith("@guest-")
    assert await gate.name_of(guest) == "Gina (guest)"
    assert (await gate.house.accounts.authenticate(login.token)).principal == guest
    async with gate.house.store.read() as tx:
        [row] = await tx.outbox.due(gate.house.clock.now(), 10, frozenset())
    assert ACTION.validate_python(row.action) == PrepareGhost(guest.user_id)
    assert row.lane == lane_of_guest(guest.user_id) == lane_of_person(guest.user_id)
    assert gate.woken


async def test_an_invitation_is_good_once(gate: Gate) -> None:
    secret = await gate.invite()
    await gate.guests.come_by_invitation(secret, ADDRESS)
    assert await fault_of(gate, secret) is InvitationFault.USED


async def test_of_two_at_once_exactly_one_comes_in_and_only_one_guest_is_made(gate: Gate) -> None:
    secret = await gate.invite()
    tries = [gate.guests.come_by_invitation(secret, ADDRESS) for _ in range(8)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(outcome, InvitationRefused) for outcome in outcomes) == 7
    async with gate.house.store.read() as tx:
        assert sum(p.login.startswith("guest-") for p in await tx.principals.list()) == 1


async def test_an_invitation_expires(gate: Gate) -> None:
    secret = await gate.invite()
    gate.house.clock.advance(timedelta(hours=72))
    assert await fault_of(gate, secret) is InvitationFault.EXPIRED


@pytest.mark.parametrize("secret", ["", "rubbish", "\ud800", "x" * 10_000])
async def test_an_unknown_invitation_lets_nobody_in(gate: Gate, secret: str) -> None:
    assert await fault_of(gate, secret) is InvitationFault.UNKNOWN


async def test_guessing_is_limited_by_address(gate: Gate) -> None:
    for _ in range(gate.accounts_settings.tries_per_minute_per_address):
        await fault_of(gate, "rubbish")
    with pytest.raises(TooManyTries):
        await gate.guests.come_by_invitation("rubbish", ADDRESS)


async def test_what_else_was_to_be_true_undoes_the_invitation_if_it_fails(gate: Gate) -> None:
    links: list[str] = []

    async def fail(tx: object, invited: object) -> None:
        links.append(str(getattr(invited, "link", "")))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await gate.guests.invite(await gate.ada(), "", fail)
    assert await fault_of(gate, links[0].partition("=")[2]) is InvitationFault.UNKNOWN


async def test_a_name_that_poses_as_somebody_who_works_here_is_replaced(gate: Gate) -> None:
    login = await gate.guests.come_by_invitation(await gate.invite("Аda"), ADDRESS)  # a Cyrillic А
    assert (await gate.name_of(login.principal)).startswith("Visitor ")


async def come(gate: Gate, assertion: str, origin: str = SHOP.origin) -> Principal:
    return (await gate.guests.come_by_assertion(assertion, origin, ADDRESS)).principal


async def assertion_fault(gate: Gate, assertion: str) -> AssertionFault:
    with pytest.raises(AssertionRefused) as raised:
        await come(gate, assertion)
    return raised.value.fault


async def test_a_visitor_of_a_site_is_the_same_guest_each_time(gate: Gate) -> None:
    first = await come(gate, SHOP.sign("7", name="Gina"))
    assert await come(gate, SHOP.sign("7", name="Another")) == first
    assert await gate.name_of(first) == "Gina (guest)"
    assert await come(gate, SHOP.sign("8")) != first


async def test_the_same_subject_of_another_site_is_somebody_else(gate: Gate) -> None:
    first = await come(gate, SHOP.sign("7"))
    assert await come(gate, FORUM[0].sign("7"), FORUM[0].origin) != first


async def test_a_visitor_who_comes_twice_at_once_is_one_guest(gate: Gate) -> None:
    came = await asyncio.gather(*(come(gate, SHOP.sign("7")) for _ in range(8)))
    assert len({principal.id for principal in came}) == 1


async def test_an_assertion_is_good_once(gate: Gate) -> None:
    assertion = SHOP.sign("7")
    outcomes = await asyncio.gather(*(come(gate, assertion) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(outcome, AssertionRefused) for outcome in outcomes) == 3
    assert await assertion_fault(gate, assertion) is AssertionFault.USED


async def test_that_an_assertion_was_used_is_forgotten_once_it_has_expired(gate: Gate) -> None:
    assertion = SHOP.sign("7")
    await come(gate, assertion)
    await gate.house.store.prune(gate.house.clock.now())
    assert await assertion_fault(gate, assertion) is AssertionFault.USED
    gate.house.clock.advance(timedelta(minutes=5))
    await gate.house.store.prune(gate.house.clock.now())
    async with gate.house.store.write() as tx:
        assert await tx.site_guests.spend("shop", "jti", gate.house.clock.now())
    assert await assertion_fault(gate, assertion) is AssertionFault.EXPIRED


@pytest.mark.parametrize(
    "claims", [{"role": "admin"}, {"tier": "T3"}, {"user_id": "@ada:localhost"}, {"roles": ["staff"]}]
)
async def test_whatever_a_site_claims_its_visitor_is_a_guest(gate: Gate, claims: dict[str, Any]) -> None:
    for subject in ("ada", "@ada:localhost", "admin"):
        guest = await come(gate, SHOP.sign(subject, **claims))
        assert (guest.role, guest.tier) == (Role.GUEST, None)
        assert guest.user_id.startswith("@guest-")


async def test_a_sites_word_opens_no_account_of_who_was_made_more_than_a_guest(gate: Gate) -> None:
    guest = await come(gate, SHOP.sign("7"))
    async with gate.house.store.write() as tx:
        await tx.principals.save(replace(guest, role=Role.EMPLOYEE, tier=Tier.T1))
    assert await assertion_fault(gate, SHOP.sign("7")) is AssertionFault.STAFF


async def test_who_is_suspended_does_not_come_in_by_a_sites_word(gate: Gate) -> None:
    await gate.house.suspend(await come(gate, SHOP.sign("7")))
    with pytest.raises(Suspended):
        await come(gate, SHOP.sign("7"))


async def test_who_came_without_an_account_gets_no_matrix_login_even_where_guests_do(gate: Gate) -> None:
    login = await gate.guests.come_by_invitation(await gate.invite(), ADDRESS)
    with pytest.raises(NotForGuests):
        await gate.house.accounts.refresh(login.refresh_token, "matrix")
    await gate.house.accounts.refresh(login.refresh_token)
    await gate.house.accounts.login("gina", "correct horse", ADDRESS, "matrix")
