"""Which fields decide about which: logic and calculations of a form as one graph, for programs and for a picture.

An edge goes from the field that is asked about, or read, to the field that depends on it. What stands in a circle or
can never be shown is marked. Fields that nothing depends on and that depend on nothing are left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import networkx as nx

from bots.diagnostics.calculations import build_graph as build_calculation_graph
from bots.diagnostics.calculations import own_references
from bots.diagnostics.field import TABLE_CELL, Field
from bots.diagnostics.form import Form
from bots.diagnostics.logic import build_graph as build_logic_graph
from bots.diagnostics.logic import find_circles, find_reachable
from bots.diagnostics.values import shown


class EdgeKind(StrEnum):
    """How one field depends on another."""

    LOGIC = "logic"
    CALCULATION = "calculation"
    SECTION = "section"
    """It stands in a section that has logic."""


class Mark(StrEnum):
    """What is to be noticed about a field."""

    CIRCLE = "circle"
    UNREACHABLE = "unreachable"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Node:
    """One field."""

    id: str
    label: str
    type: str
    marks: frozenset[Mark] = frozenset()
    inside: int = 0
    """Of a section with logic: how many of its fields are not drawn by themselves."""

    @property
    def is_troubled(self) -> bool:
        """Whether it has to be seen."""
        return bool(self.marks & {Mark.CIRCLE, Mark.UNREACHABLE})


@dataclass(frozen=True, slots=True)
class Dependencies:
    """Nodes in the order of the form, edges in the order of what depends. `left_out`: fields without any."""

    nodes: tuple[Node, ...]
    edges: tuple[tuple[str, str, EdgeKind], ...]
    left_out: int = 0

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {"nodes": [to_data(node) for node in self.nodes], "edges": [list(map(str, edge)) for edge in self.edges]}


def to_data(node: Node) -> dict[str, str]:
    """A node as the message carries it: texts only, labels cut."""
    marks = ",".join(sorted(node.marks))
    return {"id": node.id[:40], "label": node.label, "type": node.type[:40], **({"marks": marks} if marks else {})}


LABEL_LENGTH: Final = 80


def find_dependencies(form: Form) -> Dependencies:
    """The whole graph."""
    edges = dict.fromkeys((*_logic_edges(form), *_calculation_edges(form)))
    touched = {end for source, target, _ in edges for end in (source, target)}
    for each in form.by_id.values():
        section = form.section_of(each)
        if section is not None and section.id in touched and each.id in touched and section.logic:
            edges[section.id, each.id, EdgeKind.SECTION] = None
    circled, reachable = _find_circled(form, edges), find_reachable(form)
    nodes = [_build_node(form, each, circled, reachable, touched) for each in _in_order(form) if each.id in touched]
    return Dependencies(tuple(nodes), tuple(edges), len(form.by_id) - len(touched))


def _in_order(form: Form) -> Iterable[Field]:
    """Each id once, as everywhere that names a field by it."""
    return (each for each in form.in_order if form.by_id[each.id] is each)


def _logic_edges(form: Form) -> Iterable[tuple[str, str, EdgeKind]]:
    for each in form.by_id.values():
        for target in each.logic.targets() if each.logic else ():
            if target in form.by_id:
                yield target, each.id, EdgeKind.LOGIC


def _calculation_edges(form: Form) -> Iterable[tuple[str, str, EdgeKind]]:
    for each in form.by_id.values():
        if each.type != TABLE_CELL:
            for target in own_references(each):
                if target in form.by_id:
                    yield target, each.id, EdgeKind.CALCULATION


def _find_circled(form: Form, edges: Iterable[tuple[str, str, EdgeKind]]) -> frozenset[str]:
    """Whoever waits in a circle, and the sections that one leads through."""
    graph = build_logic_graph(form)
    graph.update(build_calculation_graph(form))
    members = {member for circle in find_circles(graph, form.place) for member in circle.members}
    drawn: nx.DiGraph[str] = nx.DiGraph()
    drawn.add_edges_from((source, target) for source, target, _ in edges)
    for component in nx.strongly_connected_components(drawn):
        if len(component) > 1:
            members |= component
    return frozenset(members | set(nx.nodes_with_selfloops(graph)))


def _build_node(form: Form, each: Field, circled: frozenset[str], reachable: frozenset[str], touched: set[str]) -> Node:
    marks = [
        *([Mark.CIRCLE] if each.id in circled else []),
        *([Mark.UNREACHABLE] if each.id not in reachable else []),
        *([Mark.HIDDEN] if each.hidden else []),
    ]
    inside = 0
    if each.is_section and each.logic:
        inside = sum(1 for f in form.in_section(each) if f.id not in touched)
    return Node(each.id, shown(each.label, LABEL_LENGTH), shown(each.type, 20), frozenset(marks), inside)


def choose_drawn(whole: Dependencies, most: int) -> Dependencies:
    """As many of them as can be drawn: those in trouble first, then what touches them, then the most connected."""
    if len(whole.nodes) <= most:
        return whole
    neighbours: dict[str, set[str]] = {node.id: set() for node in whole.nodes}
    for source, target, _ in whole.edges:
        neighbours[source].add(target)
        neighbours[target].add(source)
    troubled = {node.id for node in whole.nodes if node.is_troubled}
    near = {other for node_id in troubled for other in neighbours[node_id]}

    def rank(node: Node) -> tuple[bool, bool, int]:
        return node.id not in troubled, node.id not in near, -len(neighbours[node.id])

    kept = {node.id for node in sorted(whole.nodes, key=rank)[:most]}
    return Dependencies(
        tuple(node for node in whole.nodes if node.id in kept),
        tuple(edge for edge in whole.edges if edge[0] in kept and edge[1] in kept),
        whole.left_out,
    )
