"""The life of an issue as the README draws it: made from the table, so that the picture cannot say something else."""

from __future__ import annotations

from policies.issue import Status
from policies.lifecycle import BEGINNINGS, TABLE

BEGIN = "<!-- lifecycle: drawn by policies.drawing; a test compares -->"
END = "<!-- /lifecycle -->"


def draw_lifecycle() -> str:
    """A state diagram for Mermaid, which GitHub and others draw, and people can read as it is."""
    edges: dict[tuple[str, str], list[str]] = {}
    for beginning, status in BEGINNINGS.items():
        edges.setdefault(("[*]", status.value), []).append(beginning)
    for before in Status:
        for (status, happening), after in TABLE.items():
            if status is before:
                edges.setdefault((before.value, after.value), []).append(happening.value)
    lines = (f"    {before} --> {after}: {', '.join(labels)}" for (before, after), labels in edges.items())
    return "\n".join(("```mermaid", "stateDiagram-v2", *lines, "```"))
