from __future__ import annotations

from bridge.desk.profiles import Profiles
from bridge.ports import Profile
from policies.outcomes import Refuse
from tests.bridge.desk.office import GINA, STAFF, Office

ADA = STAFF[0]


async def test_a_guests_new_name_is_shown_by_the_homeserver_with_its_mark(office: Office) -> None:
    profile = await Profiles(office.place).rename(GINA, "Gina L.")
    await office.settle()
    assert profile == Profile("Gina L. (guest)")
    assert office.homeserver.ghosts[GINA.user_id] == "Gina L. (guest)"


async def test_an_employees_new_name_is_told_to_the_homeserver_too(office: Office) -> None:
    profile = await Profiles(office.place).rename(ADA, "Ada Lovelace")
    await office.settle()
    assert profile == Profile("Ada Lovelace")
    assert office.homeserver.accounts[ADA.user_id] is False


async def test_a_name_that_is_refused_changes_nothing(office: Office) -> None:
    async with office.store.read() as tx:
        before = await tx.principals.profile(GINA.id)
        shown = await tx.principals.profile(ADA.id)
    refused = await Profiles(office.place).rename(GINA, f"{shown.display_name} (support)")
    assert isinstance(refused, Refuse)
    async with office.store.read() as tx:
        assert await tx.principals.profile(GINA.id) == before
        assert await tx.outbox.unfinished(f"person:{GINA.user_id}") == 0


async def test_the_name_one_has_already_is_nothing_to_tell(office: Office) -> None:
    await Profiles(office.place).rename(ADA, "Ada Lovelace")
    await office.settle()
    await Profiles(office.place).rename(ADA, "Ada Lovelace")
    async with office.store.read() as tx:
        assert await tx.outbox.unfinished(f"person:{ADA.user_id}") == 0


async def test_of_two_names_the_one_chosen_last_is_shown_last(office: Office) -> None:
    profiles = Profiles(office.place)
    for name in ("Gina A.", "Gina B."):
        await profiles.rename(GINA, name)
    await office.settle()
    assert office.homeserver.ghosts[GINA.user_id] == "Gina B. (guest)"
