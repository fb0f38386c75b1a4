"""The products that the joke robots know, each with a prompt of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Product:
    """One product. `flavour` is what its jokes are about besides the findings."""

    key: str
    title: str
    flavour: str


DOCS: Final = Product(
    "docs",
    "Formstack Documents, which merges data into documents",
    "Puns on paper, pages, templates, margins, merging and mail merge go well with it.",
)
FSID: Final = Product(
    "fsid",
    "Formstack ID, one login for all products, with organisations, sub-accounts and single sign-on",
    "Puns on identity, keys, passwords, signing on and being somebody go well with it.",
)
STREAM: Final = Product(
    "stream",
    "Streamline, a workflow platform whose forms have When/Then rules",
    "Puns on rivers, flow, when and then, and automation go well with it.",
)
SIGN: Final = Product(
    "sign",
    "Formstack Sign, for electronic signatures",
    "Puns on signs, signatures, dotted lines, ink and witnesses go well with it.",
)
