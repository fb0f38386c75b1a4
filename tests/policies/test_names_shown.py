"""The names guests show."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.names import Code, Rule
from policies.names_shown import (
    CLAIMS,
    GUEST_MARK,
    LONGEST,
    LOOK_ALIKES,
    SIGNS,
    build_guest_name,
    may_show_name,
)
from policies.outcomes import ALLOW, Refuse
from policies.people import Directory, Person
from policies.rooms import Room
from tests.builders.people import ADA, BOB, BRIDGE, DIAGNOSTICS, ELSEWHERE, GINA, OTTO, SAM, directory, guest, suspended
from tests.builders.rooms import guest_room

EVERYBODY = directory()
ROOM = guest_room(ADA, GINA, names={ADA: "Ada Lovelace", GINA: "Gina (guest)"})
POSING = [
    "Ada",
    "ADA",
    "  ada  ",
    "A d a",
    "Ada!",
    "@ada",
    "@da",
    "4da",
    "[Ada]",
    "Ada (support)",
    "Admin Ada",
    "Аdа",  # with Cyrillic letters
    "Αda",  # with a Greek capital
    "ᴀᴅᴀ",
    "𝐀𝐝𝐚",
    "Ａｄａ",
    "Àdä",
    "A\u200bd\u200da",
    "a\u0301\u0302da",
    "Sarn",
    "5am",
    "$am",
    "C1eo",
    "CIeo",
    "iStackBuddy forms diagnostics",
    "IStackBuddy.Forms.Diagnostics",
    "Chaperone",
    "Support",
    "supervisor",
    "St\u0430ff",
    "Su\u200bpport",
    "Ádmin",
]
"""Names that look like one of the cast, or claim a role."""
HONEST = [
    "Gina",
    "Benjamin",
    "Adam",
    "Ada Smith",
    "Samuel",
    "Bob (ACME Support)",
    "Anna Staff",
    "🦊",
    "۱۲۳",
    "王伟",
    "O'Neil",
]


class TestG5TheNameTheBridgeBuilds:
    @pytest.mark.parametrize("wanted", HONEST)
    def test_it_is_what_the_guest_wants_to_be_called_and_the_mark(self, wanted: str) -> None:
        assert build_guest_name(wanted, "Guest 7", EVERYBODY) == f"{wanted} (guest)"

    @pytest.mark.parametrize("wanted", POSING)
    def test_a_name_that_looks_like_somebody_listed_is_replaced(self, wanted: str) -> None:
        assert build_guest_name(wanted, "Guest 7", EVERYBODY) == "Guest 7 (guest)"

    @pytest.mark.parametrize("wanted", ["", "   ", "\u202e", "(guest)", "\n"])
    def test_who_wants_nothing_gets_the_spare_name(self, wanted: str) -> None:
        assert build_guest_name(wanted, "Guest 7", EVERYBODY) == "Guest 7 (guest)"

    def test_display_names_that_are_known_are_kept_clear_of_too(self) -> None:
        assert build_guest_name("ada  l0velace", "Guest 7", EVERYBODY, ["Ada Lovelace"]) == "Guest 7 (guest)"

    def test_a_suspended_colleagues_name_is_still_theirs(self) -> None:
        assert build_guest_name("Ada", "Guest 7", directory(suspended(ADA))) == "Guest 7 (guest)"

    @pytest.mark.parametrize("wanted", ["Gina (guest)", "Gina (Guest)  (guest)", "Gina(guest)"])
    def test_the_mark_is_there_once(self, wanted: str) -> None:
        assert build_guest_name(wanted, "Guest 7", EVERYBODY) == "Gina (guest)"

    def test_what_would_hide_or_turn_around_the_mark_is_taken_out(self) -> None:
        assert build_guest_name("Gi\u202ena\x00\n\u2066x", "Guest 7", EVERYBODY) == "Gina x (guest)"

    def test_joiners_that_names_are_spelt_with_stay(self) -> None:
        assert build_guest_name("علی\u200cرضا", "Guest 7", EVERYBODY) == "علی\u200cرضا (guest)"

    def test_a_long_name_is_cut_and_not_its_mark(self) -> None:
        assert build_guest_name("x" * 300, "Guest 7", EVERYBODY) == "x" * LONGEST + GUEST_MARK

    def test_a_mark_that_the_cut_lays_bare_is_taken_out_too(self) -> None:
        assert build_guest_name("x" * (LONGEST - 8) + " (guest) y", "Guest 7", EVERYBODY) == "x" * 52 + " (guest)"

    @given(wanted=st.text(max_size=80))
    def test_whatever_is_wanted_the_name_may_be_shown(self, wanted: str) -> None:
        name = build_guest_name(wanted, "Guest 7", EVERYBODY)
        assert may_show_name(GINA, name, ROOM, EVERYBODY) is ALLOW

    @given(wanted=st.text(max_size=80))
    def test_building_a_built_name_again_changes_nothing(self, wanted: str) -> None:
        name = build_guest_name(wanted, "Guest 7", EVERYBODY)
        assert build_guest_name(name, "Guest 7", EVERYBODY) == name


class TestG5TheNameAGuestSets:
    @pytest.mark.parametrize("person", [GINA, OTTO])
    @pytest.mark.parametrize(
        "name", ["Gina", "Gina guest", "Gina (guest) ", "Gina\u202e (guest)", "(guest)", " (guest)"]
    )
    def test_a_guest_of_ours_may_not_go_without_the_mark(self, person: Person, name: str) -> None:
        verdict = may_show_name(person, name, ROOM, EVERYBODY)
        assert isinstance(verdict, Refuse)
        assert (verdict.rule, verdict.code) == (Rule.G5, Code.BRIDGE_WRITES_THIS)
        assert "(guest)" in verdict.sentence

    @pytest.mark.parametrize("name", POSING)
    def test_a_guest_from_elsewhere_may_not_look_like_anybody_listed(self, name: str) -> None:
        verdict = may_show_name(BOB, name, ROOM, EVERYBODY)
        assert isinstance(verdict, Refuse)
        assert (verdict.rule, verdict.code) == (Rule.G5, Code.NOT_YOUR_NAME)

    @pytest.mark.parametrize("name", ["Ada", "Ada Lovelace", "ADA LOVE1ACE"])
    def test_nor_like_a_name_shown_in_this_room(self, name: str) -> None:
        assert not may_show_name(BOB, name, ROOM, EVERYBODY)

    def test_a_name_that_another_guest_shows_is_free(self) -> None:
        eve = guest("eve", ELSEWHERE)
        there = guest_room(ADA, eve, names={eve: "Zoe"})
        assert may_show_name(BOB, "Zoe", there, EVERYBODY) is ALLOW

    def test_so_is_that_of_a_guest_who_is_listed_for_being_suspended(self) -> None:
        known = Directory(EVERYBODY.bot, EVERYBODY.server_name, {OTTO.user_id: suspended(OTTO)})
        assert may_show_name(BOB, "Otto", ROOM, known) is ALLOW

    @pytest.mark.parametrize("name", HONEST)
    def test_an_honest_name_from_elsewhere_needs_no_mark(self, name: str) -> None:
        assert may_show_name(BOB, name, ROOM, EVERYBODY) is ALLOW

    def test_a_marked_name_of_ours_still_may_not_be_a_listed_persons(self) -> None:
        verdict = may_show_name(OTTO, "Sam (guest)", ROOM, EVERYBODY)
        assert isinstance(verdict, Refuse)
        assert verdict.code is Code.NOT_YOUR_NAME

    def test_a_colleague_who_renames_themselves_locks_no_guest_of_ours_out(self) -> None:
        renamed = guest_room(ADA, names={ADA: "Gina"})
        assert may_show_name(GINA, "Gina (guest)", renamed, EVERYBODY) is ALLOW

    @pytest.mark.parametrize("person", [GINA, BOB])
    def test_no_name_at_all_is_nobodys(self, person: Person) -> None:
        assert may_show_name(person, "", ROOM, EVERYBODY) is ALLOW

    def test_the_user_id_for_a_name_is_what_homeservers_start_with(self) -> None:
        assert may_show_name(OTTO, "otto", ROOM, EVERYBODY) is ALLOW

    def test_a_user_id_may_not_look_like_a_listed_one_either(self) -> None:
        assert not may_show_name(guest("4da"), "4da", ROOM, EVERYBODY)
        assert not may_show_name(guest("ada", ELSEWHERE), "ada", ROOM, EVERYBODY)

    @pytest.mark.parametrize("person", [ADA, SAM, DIAGNOSTICS, BRIDGE])
    def test_listed_people_call_themselves_as_they_like(self, person: Person) -> None:
        assert may_show_name(person, "Ada", ROOM, EVERYBODY) is ALLOW

    def test_the_refusal_does_not_say_whose_name_it_is(self) -> None:
        verdict = may_show_name(BOB, "C1eo", Room(ROOM.kind), EVERYBODY)
        assert isinstance(verdict, Refuse)
        assert "cleo" not in repr(verdict).casefold()

    @given(name=st.text(max_size=30))
    def test_no_text_makes_asking_raise(self, name: str) -> None:
        may_show_name(GINA, name, ROOM, EVERYBODY)
        may_show_name(BOB, name, ROOM, EVERYBODY)


class TestTheTable:
    def test_each_look_alike_stands_for_one_letter(self) -> None:
        alikes = "".join(LOOK_ALIKES.values()) + "".join(SIGNS)
        assert len(alikes) == len(set(alikes))

    def test_letters_stand_for_themselves_but_i_which_is_l_as_a_capital(self) -> None:
        letters = {chr(code) for code in range(ord("a"), ord("z") + 1)}
        assert letters & set("".join(LOOK_ALIKES.values())) == {"i"}
        assert LOOK_ALIKES.keys() <= letters

    def test_nothing_is_in_it_that_normalising_folds_already(self) -> None:
        alikes = "".join(LOOK_ALIKES.values())
        assert [c for c in alikes if c != unicodedata.normalize("NFKD", c)] == []

    @pytest.mark.parametrize("letter", sorted(LOOK_ALIKES))
    def test_a_name_forged_with_any_of_them_is_seen_through(self, letter: str) -> None:
        named = guest(f"x{letter}q")
        listed = Person(named.user_id, ADA.role)
        for alike in LOOK_ALIKES[letter]:
            assert not may_show_name(BOB, f"x{alike}q", ROOM, directory(listed))

    @pytest.mark.parametrize("claim", CLAIMS)
    def test_nobody_is_called_by_a_role(self, claim: str) -> None:
        assert not may_show_name(BOB, claim.title(), ROOM, EVERYBODY)
