"""Where each field of the picture stands: in columns, so that what depends stands to the right of what it depends on.

    columns: by the longest way that leads to a field (circles count as one)      rows: near to what a field depends on
    too many rows: the column goes on beside itself                               too many columns: go on below

All boxes stand on one grid, so the gaps between its rows and columns are free, and lines run there only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import networkx as nx

from bots.diagnostics.dependencies import Dependencies

MOST_ROWS: Final = 14
MOST_COLUMNS: Final = 6


@dataclass(frozen=True, slots=True)
class Cell:
    """A place on the grid."""

    column: int
    row: int


def find_layout(drawn: Dependencies) -> Mapping[str, Cell]:
    """A place for each node."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(node.id for node in drawn.nodes)
    graph.add_edges_from((source, target) for source, target, _ in drawn.edges)
    layers = _find_layers(graph)
    order = {node.id: place for place, node in enumerate(drawn.nodes)}
    columns: list[list[str]] = []
    placed: dict[str, float] = {}
    for layer in layers:
        row = _sort_layer(layer, graph, placed, order)
        for start in range(0, len(row), MOST_ROWS):
            column = row[start : start + MOST_ROWS]
            placed |= {node: place / max(1, len(column)) for place, node in enumerate(column)}
            columns.append(column)
    return _place(columns)


def _find_layers(graph: nx.DiGraph[str]) -> list[list[str]]:
    condensed = nx.condensation(graph)
    depth: dict[int, int] = {}
    for component in nx.topological_sort(condensed):
        depth[component] = max((depth[before] + 1 for before in condensed.predecessors(component)), default=0)
    layers: defaultdict[int, list[str]] = defaultdict(list)
    for node, component in condensed.graph["mapping"].items():
        layers[depth[component]].append(node)
    return [layers[layer] for layer in sorted(layers)]


def _sort_layer(
    layer: Iterable[str], graph: nx.DiGraph[str], placed: Mapping[str, float], order: Mapping[str, int]
) -> list[str]:
    def key(node: str) -> tuple[float, int]:
        above = [placed[before] for before in graph.predecessors(node) if before in placed]
        return sum(above) / len(above) if above else order[node] / max(1, len(order)), order[node]

    return sorted(layer, key=key)


def _place(columns: Sequence[Sequence[str]]) -> dict[str, Cell]:
    cells: dict[str, Cell] = {}
    top = 0
    for start in range(0, len(columns), MOST_COLUMNS):
        band = columns[start : start + MOST_COLUMNS]
        height = max(map(len, band))
        for column, nodes in enumerate(band):
            first = (height - len(nodes)) // 2
            cells |= {node: Cell(column, top + first + place) for place, node in enumerate(nodes)}
        top += height
    return cells
