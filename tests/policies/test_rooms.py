"""Rooms as the rules see them, and the power levels each kind is made with."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.issue import Side
from policies.names import GROUP_KEY, ISSUE_STATE, KIND_KEY, UserId
from policies.rooms import (
    MUTED,
    STAFF_KINDS,
    Membership,
    RoomKind,
    State,
    build_power_levels,
    parse_room,
)
from tests.builders.anything import json_objects, json_values
from tests.builders.people import ADA, BEN, BOB, BOT, BRIDGE, GINA
from tests.builders.rooms import Written, guest_room, issue_state, other_room, room, state_of

ISSUE_CONTENT = {"id": "7", "side": "guest", "status": "open", "conclusion": None, "epoch": 1}


class TestReadingARoom:
    @pytest.mark.parametrize("kind", RoomKind)
    def test_the_kind_is_what_the_bot_wrote_when_it_made_the_room(self, kind: RoomKind) -> None:
        assert parse_room(state_of(room(kind)), BOT).kind is kind

    @pytest.mark.parametrize("kind", RoomKind)
    def test_a_room_that_others_made_is_of_no_kind_of_ours_whatever_it_claims(self, kind: RoomKind) -> None:
        state: State = {("m.room.create", ""): Written(ADA.user_id, {KIND_KEY: kind.value, GROUP_KEY: True})}
        parsed = parse_room(state, BOT)
        assert parsed.kind is RoomKind.OTHER
        assert not parsed.is_group

    @pytest.mark.parametrize("value", [None, "palace", 1, ["guest"], {"guest": True}])
    def test_an_unknown_kind_is_no_kind_of_ours(self, value: object) -> None:
        assert parse_room({("m.room.create", ""): Written(BOT, {KIND_KEY: value})}, BOT).kind is RoomKind.OTHER

    def test_a_room_without_state_is_empty_and_made_by_nobody(self) -> None:
        parsed = parse_room({}, BOT)
        assert parsed.kind is RoomKind.OTHER
        assert parsed.creator is None
        assert parsed.members == {}

    @pytest.mark.parametrize("is_group", [True, False])
    def test_members_names_inviters_and_group_are_read(self, is_group: bool) -> None:
        described = guest_room(ADA, invited={GINA: BRIDGE}, names={ADA: "Ada", GINA: "Gina (guest)"}, is_group=is_group)
        assert parse_room(state_of(described, ISSUE_CONTENT), BOT) == described

    def test_only_true_makes_a_group(self) -> None:
        state: State = {("m.room.create", ""): Written(BOT, {KIND_KEY: "guest", GROUP_KEY: "yes"})}
        assert not parse_room(state, BOT).is_group

    def test_who_made_a_room_is_read(self) -> None:
        assert parse_room(state_of(other_room(ADA, BEN)), BOT).creator == ADA.user_id

    def test_state_of_other_types_adds_no_members(self) -> None:
        state: State = {("m.room.topic", ADA.user_id): Written(ADA.user_id, {"membership": "join"})}
        assert parse_room(state, BOT).members == {}

    @pytest.mark.parametrize("value", [None, "guest", 1, ["join"], {"join": 1}])
    def test_a_membership_that_is_none_counts_for_nothing(self, value: object) -> None:
        state: State = {("m.room.member", ADA.user_id): Written(ADA.user_id, {"membership": value})}
        parsed = parse_room(state, BOT)
        assert parsed.membership_of(ADA.user_id) is Membership.LEAVE
        assert [*parsed.members] == []

    @pytest.mark.parametrize("value", [None, "", 1, ["Ada"]])
    def test_a_name_that_is_no_text_is_no_name(self, value: object) -> None:
        content = {"membership": "join", "displayname": value}
        parsed = parse_room({("m.room.member", ADA.user_id): Written(ADA.user_id, content)}, BOT)
        assert parsed.members[ADA.user_id].name is None

    @given(content=json_objects({"membership", "displayname"}, [*Membership]), kind=json_values, sender=st.text())
    def test_no_json_makes_reading_raise(self, content: dict[str, Any], kind: object, sender: str) -> None:
        parse_room(
            {
                ("m.room.create", ""): Written(BOT, {KIND_KEY: kind, GROUP_KEY: kind}),
                ("m.room.member", sender): Written(sender, content),
                (ISSUE_STATE, ""): Written(BOT, content),
            },
            BOT,
        )


class TestTheIssueOfARoom:
    def test_the_bots_word_is_taken(self) -> None:
        assert parse_room({(ISSUE_STATE, ""): Written(BOT, ISSUE_CONTENT)}, BOT).issue == issue_state(Side.GUEST)

    @pytest.mark.parametrize("sender", [ADA.user_id, GINA.user_id, BOB.user_id])
    def test_nobody_elses_word_is_taken(self, sender: UserId) -> None:
        assert parse_room({(ISSUE_STATE, ""): Written(sender, ISSUE_CONTENT)}, BOT).issue is None

    def test_malformed_state_is_no_issue(self) -> None:
        assert parse_room({(ISSUE_STATE, ""): Written(BOT, ISSUE_CONTENT | {"epoch": None})}, BOT).issue is None

    def test_the_state_of_another_key_is_no_issue(self) -> None:
        assert parse_room({(ISSUE_STATE, "other"): Written(BOT, ISSUE_CONTENT)}, BOT).issue is None


class TestMembers:
    def test_the_joined_are_those_who_are_in_the_room_now(self) -> None:
        assert {*guest_room(ADA, invited={GINA: BRIDGE}).joined()} == {BOT, ADA.user_id}

    def test_somebody_the_room_never_heard_of_has_left(self) -> None:
        assert guest_room(ADA).membership_of(BOB.user_id) is Membership.LEAVE

    def test_each_member_is_named_once_whatever_other_state_bears_their_name(self) -> None:
        state = {**state_of(guest_room(ADA)), ("x.note", ADA.user_id): Written(ADA.user_id)}
        members = parse_room(state, BOT).members
        assert sorted(members) == [ADA.user_id, BOT]
        assert len(members) == 2

    def test_an_invitation_is_a_membership(self) -> None:
        assert guest_room(ADA, invited={GINA: BRIDGE}).membership_of(GINA.user_id) is Membership.INVITE


class TestPowerLevels:
    @pytest.mark.parametrize("kind", RoomKind)
    def test_nobody_but_the_creator_can_change_a_rooms_settings(self, kind: RoomKind) -> None:
        levels = build_power_levels(kind, [ADA.user_id], [GINA.user_id])
        highest = max(levels["users"].values(), default=0)
        assert highest < levels["state_default"]
        assert all(highest < level for level in levels["events"].values())

    @pytest.mark.parametrize("kind", RoomKind)
    def test_the_creator_is_not_listed_as_version_12_forbids_it(self, kind: RoomKind) -> None:
        assert BOT not in build_power_levels(kind, [ADA.user_id])["users"]

    @pytest.mark.parametrize("power", ["invite", "kick", "ban", "redact"])
    @pytest.mark.parametrize("kind", [RoomKind.GUEST, RoomKind.STAFF])
    def test_staff_may_act_in_the_rooms_of_an_issue_and_guests_may_not(self, kind: RoomKind, power: str) -> None:
        levels = build_power_levels(kind, [ADA.user_id])
        assert levels["users"][ADA.user_id] >= levels[power] > levels["users_default"]

    @pytest.mark.parametrize("kind", sorted({*RoomKind} - {RoomKind.GUEST, RoomKind.STAFF, RoomKind.GROUP}))
    def test_elsewhere_staff_have_no_power_over_the_room(self, kind: RoomKind) -> None:
        assert build_power_levels(kind, [ADA.user_id])["users"] == {}

    def test_nobody_speaks_in_a_space(self) -> None:
        levels = build_power_levels(RoomKind.SPACE, [ADA.user_id])
        assert levels["events_default"] > levels["users_default"]

    @pytest.mark.parametrize("kind", [RoomKind.DIRECT, RoomKind.SOLO])
    def test_nobody_has_the_power_to_bring_others_into_a_chat_of_two(self, kind: RoomKind) -> None:
        levels = build_power_levels(kind, [ADA.user_id])
        assert levels["users"] == {}
        assert levels["invite"] > levels["users_default"]

    def test_everybody_in_a_group_may_bring_in_others(self) -> None:
        levels = build_power_levels(RoomKind.GROUP, [ADA.user_id])
        assert levels["invite"] <= levels["users_default"] < levels["kick"]

    @pytest.mark.parametrize("kind", sorted({*RoomKind} - {RoomKind.SPACE}))
    def test_everybody_may_speak_but_the_muted(self, kind: RoomKind) -> None:
        levels = build_power_levels(kind, [ADA.user_id], [GINA.user_id])
        assert levels["users_default"] >= levels["events_default"]
        assert levels["users"][GINA.user_id] == MUTED < levels["events_default"]

    def test_muting_wins_over_power(self) -> None:
        levels = build_power_levels(RoomKind.GUEST, [ADA.user_id], [ADA.user_id])
        assert levels["users"] == {ADA.user_id: MUTED}

    def test_the_same_people_in_another_order_make_the_same_content(self) -> None:
        one = build_power_levels(RoomKind.GUEST, [ADA.user_id, BEN.user_id])
        other = build_power_levels(RoomKind.GUEST, [BEN.user_id, ADA.user_id])
        assert [*one["users"]] == [*other["users"]]

    def test_a_room_cannot_be_replaced_by_whoever_has_100(self) -> None:
        assert build_power_levels(RoomKind.GUEST, [])["events"]["m.room.tombstone"] == 150

    @pytest.mark.parametrize(
        "event_type",
        ["power_levels", "history_visibility", "server_acl", "encryption", "policy"],
    )
    def test_what_holds_the_rules_up_needs_100_by_name(self, event_type: str) -> None:
        assert build_power_levels(RoomKind.GUEST, [])["events"][f"m.room.{event_type}"] == 100


def test_the_kinds_of_staff_are_closed_to_everybody_else() -> None:
    assert {*RoomKind} - {RoomKind.GUEST, RoomKind.LOUNGE, RoomKind.OTHER} == STAFF_KINDS
