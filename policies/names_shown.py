"""The names guests show: always marked as a guest's, and never looking like a listed person's or robot's (rule G5).

The bridge builds the name of every guest here (`build_guest_name`); a name that a guest sets past the bridge is asked
about at the door (`may_show_name`). A guest of another server brings a name of their own: it cannot be marked, but it
must not pose either.

Two names look alike if they are the same once all that the eye passes over or mixes up is folded away. This is the
idea of Unicode's confusables (UTS #39) with a small table of our own, as the whole one is not in the standard
library: it has what a name in Latin letters is commonly forged with, and is no proof against all of Unicode. That is
why the mark is there too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from types import MappingProxyType
from typing import Final

from policies.names import Code, Role, Rule
from policies.outcomes import ALLOW, Refuse, Verdict
from policies.people import Directory, Person, localpart_of
from policies.rooms import Room

GUEST_MARK: Final = " (guest)"
LONGEST: Final = 60
"""In characters, without the mark: clients that cut long names off must not cut the mark off."""

CLAIMS: Final = ("staff", "support", "employee", "supervisor", "admin", "moderator", "robot")
"""Words that claim a role. Nobody is called so, and “Ada (support)” poses as Ada just as “Ada” does."""

LOOK_ALIKES: Final = MappingProxyType(
    {
        # Cyrillic, Greek, small capitals, Latin letters that no normalisation takes apart, digits. Capitals stand here
        # only where they look like another letter than their small form does.
        "a": "аαᴀɑ4",
        "b": "вьβʙƅ8",
        "c": "сςᴄ",
        "d": "ԁᴅđɗ",
        "e": "еєεзᴇɛ3",
        "f": "ꜰƒ",
        "g": "ɢɡԍ9",
        "h": "һнΗʜħ",
        "j": "јϳᴊ",
        "k": "кκᴋ",
        "l": "iІіӏιıɪʟł1",
        "m": "мᴍ",
        "n": "пηΝɴ",
        "o": "оοσօᴏø0",
        "p": "рρᴘ",
        "q": "ԛ",
        "r": "гʀ",
        "s": "ѕꜱ5",
        "t": "тτᴛŧ7",
        "u": "υսᴜ",
        "v": "ѵνᴠ",
        "w": "ԝωшᴡ",
        "x": "хχ",
        "y": "уγΥʏ",
        "z": "ᴢ2",
    }
)
SIGNS: Final = MappingProxyType({"@": "a", "$": "s", "!": "l", "|": "l", "€": "e"})
"""Read as letters by some and as ornament by others, so a name is looked at both ways."""

_AS_LETTERS: Final = str.maketrans({alike: letter for letter, alikes in LOOK_ALIKES.items() for alike in alikes})
_SIGNS_AS_LETTERS: Final = str.maketrans(dict(SIGNS))
_JOINERS: Final = "\u200c\u200d"
"""Not seen themselves, but Persian and Indic names, and some emoji, are spelt with them."""
_MARKS: Final = re.compile(r"(?:\s*\(guest\))+\Z", re.IGNORECASE)
_WORD: Final = re.compile(r"[^\W_]+")


def build_guest_name(wanted: str, spare: str, directory: Directory, shown: Iterable[str] = ()) -> str:
    """The name a guest of ours is shown by: what they want to be called, and the mark.

    :param spare: what they are called if they want nothing, or what would look like somebody listed.
    :param shown: display names of listed people and robots, as far as they are known.
    """
    name = _clean(wanted)
    if not name or _poses(name, (*_listed_names(directory), *shown)):
        name = _clean(spare)
    return name + GUEST_MARK


def may_show_name(person: Person, name: str, room: Room, directory: Directory) -> Verdict:
    """G5: a guest shows a name that is marked as a guest's and looks like nobody's who is listed.

    Somebody without a name, or with their user id for a name, has not chosen any. Our own guests' names were built
    without a look into this room, so they are held against user ids only: a colleague who renames themselves must not
    lock a guest out. Names from elsewhere nobody has checked yet; they are held against the names shown here too.
    """
    if not person.is_guest or not name:
        return ALLOW
    taken = _listed_names(directory)
    if not directory.is_local(person.user_id):
        taken += _shown_names(room, directory)
    elif name != localpart_of(person.user_id) and not _is_marked(name):
        return Refuse(
            Rule.G5,
            Code.BRIDGE_WRITES_THIS,
            f"Guests' names end with “{GUEST_MARK.strip()}” and are kept by Chaperone; change yours in its chat.",
            {"name": name},
        )
    if _poses(_clean(name), taken):
        return Refuse(
            Rule.G5,
            Code.NOT_YOUR_NAME,
            f"The name “{name}” looks like that of somebody who works here. Please choose another one.",
            {"name": name},
        )
    return ALLOW


def _listed_names(directory: Directory) -> tuple[str, ...]:
    """A directory knows no display names; by convention a robot's is its localpart, and people go by theirs."""
    listed = (user_id for user_id, person in directory.people.items() if person.role is not Role.GUEST)
    return tuple(localpart_of(user_id) for user_id in (directory.bot, *listed))


def _shown_names(room: Room, directory: Directory) -> tuple[str, ...]:
    return tuple(
        member.name
        for user_id, member in room.members.items()
        if member.name and not directory.who_is(user_id).is_guest
    )


def _clean(name: str) -> str:
    """A name on one line, without marks, and without characters that are not seen or turn others around."""
    seen = "".join(c for c in " ".join(name.split()) if c in _JOINERS or not unicodedata.category(c).startswith("C"))
    unmarked = _MARKS.sub("", " ".join(seen.split()))
    return _MARKS.sub("", unmarked[:LONGEST]).rstrip()


def _is_marked(name: str) -> bool:
    """Whether this is a name as `build_guest_name` makes them."""
    cleaned = _clean(name)
    return bool(cleaned) and name == cleaned + GUEST_MARK


def _poses(name: str, taken: Iterable[str]) -> bool:
    looks = {_look(_words(taken_name)) for taken_name in taken}
    claims = {word for claim in CLAIMS for word in _words(claim)}
    for reading in (name, name.translate(_SIGNS_AS_LETTERS)):
        words = _words(reading)
        rest = [word for word in words if word not in claims]
        if words and (not rest or _look(rest) in looks):
            return True
    return False


def _look(words: Iterable[str]) -> str:
    return "".join(words).replace("rn", "m").replace("vv", "w")


def _words(name: str) -> list[str]:
    """The words of a name, each letter as it looks."""
    apart = unicodedata.normalize("NFKD", name)
    letters = "".join(c for c in apart if unicodedata.category(c)[0] not in "CM")
    folded = letters.translate(_AS_LETTERS).casefold().translate(_AS_LETTERS)
    return _WORD.findall(folded)
