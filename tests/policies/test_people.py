"""Who is who."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.errors import MalformedState
from policies.names import PERSON_KEY_PREFIX, Audience, Role, Standing, Tier, UserId
from policies.people import Person, build_person, domain_of, localpart_of, parse_person
from tests.builders.anything import json_objects
from tests.builders.people import (
    ADA,
    ALEX,
    BEN,
    BOB,
    BOT,
    BRIDGE,
    CLEO,
    DIAGNOSTICS,
    GINA,
    LUNA,
    SAM,
    directory,
    employee,
    suspended,
    user,
)

WORDS = [*Role, *Standing, *Audience, *(t.name for t in Tier), ADA.user_id, None]
people = st.builds(
    Person,
    user_id=st.builds(user, st.from_regex(r"[a-z0-9._=/+-]{1,20}", fullmatch=True)),
    role=st.sampled_from([role for role in Role if role is not Role.BRIDGE]),
    tier=st.none() | st.sampled_from(Tier),
    standing=st.sampled_from(Standing),
    audience=st.none() | st.sampled_from(Audience),
)


class TestWhoIs:
    def test_a_listed_person_is_who_the_list_says(self) -> None:
        assert directory(ADA, SAM).who_is(SAM.user_id) is SAM

    def test_whoever_is_not_listed_is_a_guest(self) -> None:
        assert directory(ADA).who_is(user("nobody")) == Person(user("nobody"), Role.GUEST)

    def test_the_bot_is_the_bridge_by_configuration_whatever_the_list_says(self) -> None:
        posing = Person(BOT, Role.GUEST)
        known = directory(ADA)
        assert known.who_is(BOT) == BRIDGE
        assert type(known)(BOT, known.server_name, {BOT: posing}).who_is(BOT) == BRIDGE

    @given(name=st.text(max_size=10))
    def test_any_text_is_somebody(self, name: str) -> None:
        assert directory(ADA).who_is(UserId(name)).is_guest

    def test_staff_are_the_active_ones_in_an_order_that_repeats(self) -> None:
        listed = directory(SAM, DIAGNOSTICS, suspended(CLEO), BEN, ADA, ALEX)
        assert [*listed.staff()] == [ADA, ALEX, BEN, SAM]

    def test_robots_are_all_robots_in_an_order_that_repeats(self) -> None:
        assert [*directory(DIAGNOSTICS, suspended(LUNA), ADA).robots()] == [suspended(LUNA), DIAGNOSTICS]

    def test_people_of_this_homeserver_are_local(self) -> None:
        assert directory().is_local(ADA.user_id)
        assert not directory().is_local(BOB.user_id)

    def test_a_server_is_told_apart_by_its_port_too(self) -> None:
        assert domain_of(UserId("@ada:localhost:8448")) == "localhost:8448"
        assert not directory().is_local(UserId("@ada:localhost:8448"))

    def test_a_localpart_is_what_stands_before_the_server(self) -> None:
        assert localpart_of(DIAGNOSTICS.user_id) == "istackbuddy.forms.diagnostics"
        assert localpart_of(UserId("@ada:localhost:8448")) == "ada"


class TestPerson:
    @pytest.mark.parametrize("person", [ADA, SAM, ALEX])
    def test_employees_supervisors_and_admins_are_staff(self, person: Person) -> None:
        assert person.is_staff
        assert not person.is_guest

    @pytest.mark.parametrize("person", [GINA, DIAGNOSTICS, LUNA, BRIDGE])
    def test_nobody_else_is_staff(self, person: Person) -> None:
        assert not person.is_staff

    def test_the_suspended_keep_their_role_and_none_of_its_powers(self) -> None:
        gone = suspended(SAM)
        assert gone.role is Role.SUPERVISOR
        assert not gone.is_active
        assert not gone.is_staff
        assert not gone.has_rank(Role.EMPLOYEE)
        assert not gone.is_guest

    def test_ranks_rise_from_employee_to_supervisor_to_admin(self) -> None:
        ladder = [Role.EMPLOYEE, Role.SUPERVISOR, Role.ADMIN]
        held = {p.user_id: [r for r in ladder if p.has_rank(r)] for p in (ADA, SAM, ALEX, BRIDGE, GINA, DIAGNOSTICS)}
        assert held == {
            ADA.user_id: ladder[:1],
            SAM.user_id: ladder[:2],
            ALEX.user_id: ladder,
            BRIDGE.user_id: ladder,
            GINA.user_id: [],
            DIAGNOSTICS.user_id: [],
        }

    def test_a_staff_robot_is_active_and_serves_employees(self) -> None:
        assert DIAGNOSTICS.is_staff_robot
        assert not LUNA.is_staff_robot
        assert not suspended(DIAGNOSTICS).is_staff_robot
        assert not replace(ADA, audience=Audience.STAFF).is_staff_robot

    def test_only_the_bot_is_the_bridge(self) -> None:
        assert BRIDGE.is_bridge
        assert not ALEX.is_bridge


class TestDirectoryEntries:
    @given(person=people)
    def test_what_is_built_is_read_back(self, person: Person) -> None:
        assert parse_person(PERSON_KEY_PREFIX + person.user_id, build_person(person)) == person

    @given(person=people)
    def test_what_is_built_has_the_five_keys_that_others_rely_on(self, person: Person) -> None:
        assert build_person(person).keys() == {"user_id", "role", "tier", "status", "audience"}

    def test_an_entry_reads_as_in_the_contract(self) -> None:
        assert build_person(employee("ben", Tier.T2)) == {
            "user_id": "@ben:localhost",
            "role": "employee",
            "tier": "T2",
            "status": "allowed",
            "audience": None,
        }

    @given(content=json_objects({"user_id", "role", "tier", "status", "audience"}, WORDS))
    def test_any_json_is_read_or_malformed(self, content: dict[str, Any]) -> None:
        try:
            person = parse_person(f"{PERSON_KEY_PREFIX}{content.get('user_id')}", content)
        except MalformedState:
            return
        assert person.user_id == content["user_id"]

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("role", None),
            ("role", "owner"),
            ("role", ["employee"]),
            ("status", None),
            ("status", "gone"),
            ("tier", "T4"),
            ("tier", 1),
            ("audience", "everybody"),
            ("audience", ["staff"]),
            ("user_id", None),
            ("user_id", "@eve:localhost"),
        ],
    )
    def test_one_wrong_value_is_malformed(self, key: str, value: object) -> None:
        content = build_person(ADA) | {key: value}
        with pytest.raises(MalformedState):
            parse_person(PERSON_KEY_PREFIX + ADA.user_id, content)

    def test_an_entry_under_somebody_elses_key_is_malformed(self) -> None:
        with pytest.raises(MalformedState, match="state key"):
            parse_person(PERSON_KEY_PREFIX + BEN.user_id, build_person(ADA))

    def test_an_entry_under_a_bare_user_id_is_malformed(self) -> None:
        with pytest.raises(MalformedState, match="state key"):
            parse_person(ADA.user_id, build_person(ADA))

    def test_an_entry_for_nobody_is_malformed(self) -> None:
        with pytest.raises(MalformedState, match="state key"):
            parse_person(PERSON_KEY_PREFIX, build_person(ADA) | {"user_id": ""})

    def test_nobody_is_listed_as_the_bridge(self) -> None:
        with pytest.raises(MalformedState, match="configuration"):
            parse_person(PERSON_KEY_PREFIX + ADA.user_id, build_person(ADA) | {"role": "bridge"})
