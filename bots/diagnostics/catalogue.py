"""Every code there is, found where it stands: beside its check."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from bots.diagnostics import diagnosis, makers
from bots.diagnostics.observations import Code


@cache
def load_codes() -> dict[str, Code]:
    """All codes, by their ids."""
    modules = [import_module(f"{makers.__name__}.{each.name}") for each in iter_modules(makers.__path__)]
    found = [value for module in (*modules, diagnosis) for value in vars(module).values() if isinstance(value, Code)]
    return {code.id: code for code in sorted(found, key=lambda code: code.id)}
