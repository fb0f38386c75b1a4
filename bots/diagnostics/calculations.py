"""What a form computes: which fields a calculation reads, and who is computed from whom.

The formula of a table stands in the head of a column and applies to each cell of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import networkx as nx

from bots.diagnostics.field import TABLE_CELL, Field
from bots.diagnostics.form import Form

_REFERENCE: Final = re.compile(r"\[\s*([0-9]+)\s*\]")


def formula_of(form: Form, each: Field) -> str:
    """The formula that computes a field: its own, or for the cell of a table the one of its column."""
    if each.type == TABLE_CELL and not each.formula:
        header = form.by_id.get(each.header_id)
        return header.formula if header else ""
    return each.formula


def references(formula: str) -> tuple[str, ...]:
    """The fields that a formula reads, each once, in order."""
    return tuple(dict.fromkeys(_REFERENCE.findall(formula)))


def own_references(each: Field) -> tuple[str, ...]:
    """The fields that a field's own formula and date calculation read."""
    return tuple(dict.fromkeys((*references(each.formula), *each.dates.references())))


def build_graph(form: Form) -> nx.DiGraph[str]:
    """From each field to the fields that it is computed from. Ids that are not on the form stay out.

    The cell of a table is computed from the head of its column, which has the formula.
    """
    graph: nx.DiGraph[str] = nx.DiGraph()
    for each in form.by_id.values():
        graph.add_node(each.id)
        graph.add_edges_from((each.id, target) for target in own_references(each) if target in form.by_id)
        if each.type == TABLE_CELL and formula_of(form, each) and not each.formula:
            graph.add_edge(each.id, each.header_id)
    return graph


def find_depths(form: Form) -> tuple[dict[str, int], set[str]]:
    """How many calculations, one after the other, each field waits for; and which fields are read at all."""
    graph = build_graph(form)
    condensed = nx.condensation(graph)
    depths: dict[int, int] = {}
    for component in reversed(list(nx.topological_sort(condensed))):
        depths[component] = max((depths[there] + 1 for there in condensed.successors(component)), default=0)
    mapping = condensed.graph["mapping"]
    return {each: depths[mapping[each]] for each in form.by_id}, {there for here, there in graph.edges if here != there}


def read_by_formula(form: Form) -> Iterator[tuple[Field, Field]]:
    """Each field with a formula, and each other field on the form that the formula reads."""
    for each in form.by_id.values():
        for target_id in references(each.formula):
            target = form.by_id.get(target_id)
            if target is not None and target is not each:
                yield each, target
