"""Whatever JSON may hold, for what must survive any of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hypothesis import strategies as st

type_confusions: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.just([]), st.just({})
)
"""One value of each type JSON has, for a place that promises another."""

json_values: st.SearchStrategy[Any] = st.recursive(
    type_confusions,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
"""Any JSON value. No floats: canonical JSON has none."""


def json_objects(keys: Iterable[str], values: Iterable[Any] = ()) -> st.SearchStrategy[dict[str, Any]]:
    """JSON objects that use the given keys, and now and then the given values, more often than chance would."""
    chosen = st.sampled_from(sorted(keys)) | st.text(max_size=8)
    return st.dictionaries(chosen, st.sampled_from([*values]) | json_values if values else json_values, max_size=6)
