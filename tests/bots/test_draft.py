from __future__ import annotations

from bots.answer import Chat, Declined, File, Growing, Progress, Remember
from bots.draft import Draft


def test_words_that_grow_are_replaced_by_what_comes_after() -> None:
    draft = Draft()
    shown = []
    for part in (Progress("at it"), Growing("one"), Growing("one two"), Chat("One, two.")):
        draft.take(part)
        shown.append(draft.show(part))
    assert shown == [Chat("at it"), Chat("one"), Chat("one two"), None]
    assert draft.words == Chat("One, two.")


def test_everything_has_its_place() -> None:
    draft, file = Draft(), File("a", b"")
    for part in (file, Remember({"a": "1"}), Remember({"b": "2"}), Declined("NO", "no")):
        draft.take(part)
    assert (draft.extras, draft.remembered, draft.declined) == ([file], {"a": "1", "b": "2"}, Declined("NO", "no"))
