"""Who waits for whom: the graph of a form's logic, its circles, and what of the form a visitor can ever reach.

Only structure is judged, never a condition evaluated: the vendor's engine is the sole truth about that.

- The graph has an edge from each field to every field that its own block or its section's block asks about. A section's
  block governs the fields in it, so it is theirs as well. Two routes to one field (a diamond) are no circle;
  a circle is a strongly connected component, and it is one thing however many ways lead round it.
- Reachable is the least set that holds every field without a gate, and every field whose gate can open with what is in
  the set already. It is found by counting down, once along each check, so it grows with the form and no faster.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import networkx as nx

from bots.diagnostics.block import Action, Conditional, Logic, LogicCheck, Operator
from bots.diagnostics.field import Field
from bots.diagnostics.form import Form
from bots.diagnostics.values import number

MOST_STEPS_TOLD: Final = 6
_GATE: Final = " "
"""Before the id of a section: the node of its block. No id begins with a blank, since ids are stripped."""


def build_graph(form: Form) -> nx.DiGraph[str]:
    """From each field to what its own block and its section's block ask about. Ids that are not on the form stay out.

    The block of a section is one node that its fields point to: drawn out to each of them, a large section with many
    checks would make more edges than the form has letters.
    """
    graph: nx.DiGraph[str] = nx.DiGraph()
    for each in form.by_id.values():
        section = form.section_of(each)
        block = _GATE + each.id if each.is_section else each.id
        graph.add_edges_from((block, t) for t in (each.logic.targets() if each.logic else ()) if t in form.by_id)
        if each.is_section:
            graph.add_edge(each.id, block)
        elif section is not None:
            graph.add_edge(each.id, _GATE + section.id)
    return graph


@dataclass(frozen=True, slots=True)
class Circle:
    """A system of two or more fields that all wait for each other, and one shortest way round it."""

    members: tuple[str, ...]
    chain: tuple[str, ...]
    """From the first member back to it, which is named at both ends."""

    def steps(self) -> tuple[list[tuple[str, str]], str]:
        """The first steps of the way round, and a word about those that are left out of a sentence, if any are."""
        steps = list(pairwise(self.chain))
        left_out = len(steps) - MOST_STEPS_TOLD
        beside = len(self.members) - len(steps)
        words = f"; and so on, over {left_out:,} more, back to the first" if left_out > 0 else ""
        words += f"; and {beside:,} more fields are part of it" if beside else ""
        return steps[:MOST_STEPS_TOLD], words


def find_circles(graph: nx.DiGraph[str], place: Callable[[str], int]) -> Iterator[Circle]:
    """Each strongly connected component of two or more, in the order in which its first members stand.

    A field that waits for nobody but itself is no system; its own check says so.
    """
    circles = []
    for component in nx.strongly_connected_components(graph):
        members = sorted((node for node in component if not node.startswith(_GATE)), key=place)
        if len(members) > 1:
            chain = _way_round(graph, component, members[0], place)
            circles.append(Circle(tuple(members), tuple(node for node in chain if not node.startswith(_GATE))))
    yield from sorted(circles, key=lambda circle: place(circle.members[0]))


def _way_round(graph: nx.DiGraph[str], inside: set[str], start: str, place: Callable[[str], int]) -> list[str]:
    """A shortest way from `start` over at least one other field back to it."""

    def by_place(node: str) -> tuple[int, str]:
        return place(node), node

    onward: dict[str, str] = {}
    distance = {start: 0}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        for before in sorted(graph.predecessors(here), key=by_place):
            if before in inside and before not in distance:
                distance[before], onward[before] = distance[here] + 1, here
                queue.append(before)
    steps = [
        node
        for step in graph.successors(start)
        for node in (graph.successors(step) if step.startswith(_GATE) else (step,))
        if node in inside and node != start
    ]
    way = [start, min(steps, key=lambda node: (distance[node], by_place(node)))]
    while way[-1] != start:
        way.append(onward[way[-1]])
    return way


def find_depths(form: Form) -> tuple[dict[str, int], set[str]]:
    """How many answers, one after the other, each field waits for; and which fields are waited for.

    Fields that wait for each other in a circle count as one.
    """
    graph = build_graph(form)
    condensed = nx.condensation(graph)
    depths: dict[int, int] = {}
    for component in reversed(list(nx.topological_sort(condensed))):
        below = max((depths[there] for there in condensed.successors(component)), default=0)
        members = condensed.nodes[component]["members"]
        depths[component] = below + any(not member.startswith(_GATE) for member in members)
    of_field = {node: depths[component] - 1 for node, component in condensed.graph["mapping"].items()}
    waited_for = {there for here, there in graph.edges if here != there and not there.startswith(_GATE)}
    return {each: of_field.get(each, 0) for each in form.by_id}, waited_for


def find_reachable(form: Form) -> frozenset[str]:
    """The fields that a visitor can come to see, if every condition that can hold does.

    Checks on fields that are not on the form, and conditions that we do not know, count as able to hold: they have
    findings of their own, and one mistake is said once.
    """
    needs = _Needs()
    for each in form.by_id.values():
        section = form.section_of(each)
        blocks = [_build_need(each.logic, form)] if each.logic else []
        if section is not None and section.id != each.id:
            blocks.append((Conditional.ALL, (section.id,)))
        needs.add(each.id, [block for block in blocks if block is not None])
    return frozenset(needs.settle())


_Need = tuple[Conditional, tuple[str, ...]]


def _build_need(logic: Logic, form: Form) -> _Need | None:
    """What must be reachable for a block to let its field be seen: all or any of these; None if nothing must."""
    if not logic.checks or logic.action is None or logic.conditional is None:
        return None
    hides = logic.action is Action.HIDE
    joined_by_all = (logic.conditional is Conditional.ALL) is not hides  # "hide if any" = every check must fail
    waiting = [_waits(check, form, must_hold=not hides) for check in logic.checks]
    if joined_by_all:
        targets = tuple(dict.fromkeys(c.target for c, waits in zip(logic.checks, waiting, strict=True) if waits))
        return (Conditional.ALL, targets) if targets else None
    if not all(waiting):
        return None
    return (Conditional.ANY, logic.targets())


def _waits(check: LogicCheck, form: Form, *, must_hold: bool) -> bool:
    """Whether this check can come out as needed only once somebody could answer the field it asks about."""
    target = form.by_id.get(check.target)
    if target is None or check.operator is None:
        return False
    if (check.operator is Operator.NOT_EQUALS) is must_hold:
        return False  # a blank field is not equal to anything, greater than nothing and less than nothing
    return not default_satisfies(target, check)


def default_satisfies(target: Field, check: LogicCheck) -> bool:
    """Whether the value that a field starts with makes `equals`, `greaterthan` or `lessthan` hold already."""
    if check.operator in (Operator.EQUALS, Operator.NOT_EQUALS):
        return check.option in target.defaults or target.default == check.option
    ours, theirs = number(target.default), number(check.option)
    if ours is None or theirs is None:
        return False
    return ours > theirs if check.operator is Operator.GREATER_THAN else ours < theirs


class _Needs:
    """A countdown: a field is reached when none of its blocks waits any more."""

    def __init__(self) -> None:
        self._open_blocks: dict[str, int] = {}
        self._still_missing: list[int] = []
        self._owner: list[str] = []
        self._waiting_for: defaultdict[str, list[int]] = defaultdict(list)

    def add(self, field_id: str, blocks: Iterable[_Need]) -> None:
        listed = list(blocks)
        self._open_blocks[field_id] = len(listed)
        for joined_by, targets in listed:
            block = len(self._owner)
            self._owner.append(field_id)
            self._still_missing.append(len(targets) if joined_by is Conditional.ALL else 1)
            for target in targets:
                self._waiting_for[target].append(block)

    def settle(self) -> set[str]:
        ready = deque(field_id for field_id, blocks in self._open_blocks.items() if blocks == 0)
        reached: set[str] = set()
        while ready:
            here = ready.popleft()
            reached.add(here)
            for block in self._waiting_for[here]:
                self._still_missing[block] -= 1
                if self._still_missing[block] == 0:
                    owner = self._owner[block]
                    self._open_blocks[owner] -= 1
                    if self._open_blocks[owner] == 0:
                        ready.append(owner)
        return reached
