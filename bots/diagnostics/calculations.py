"""What a form computes: which fields a formula reads, and its symbols one by one.

A formula is an infix string with ``+ - * / ( )``, numbers and ``[field id]``. The formula of a table stands in the head
of a column and applies to each cell of it.
"""

from __future__ import annotations

import re
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
    """From each field to the fields that it is computed from. Ids that are not on the form stay out."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(each.id for each in form.in_order)
    for each in form.by_id.values():
        read = dict.fromkeys((*references(formula_of(form, each)), *each.dates.references()))
        graph.add_edges_from((each.id, target) for target in read if target in form.by_id)
    return graph
