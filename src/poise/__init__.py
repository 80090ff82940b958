"""Poise: learning from imbalanced tables.

Resampling on the table as it is, exactly. Start with `poise.resample`, or with the samplers as
steps of `poise.pipeline.make_pipeline`. Public names load when they are first used; the stub
``__init__.pyi`` lists them, once.
"""

import ast
import importlib
import pkgutil
from typing import Any

from poise import _wheels

_wheels.require_kernel(__path__)


def _public_names() -> dict[str, str]:
    """Return the module of each public name, and "poise" for public modules."""
    stub = ast.parse(pkgutil.get_data(__name__, "__init__.pyi") or b"")
    lines = [line for line in stub.body if isinstance(line, ast.ImportFrom)]
    return {alias.name: str(line.module) for line in lines for alias in line.names}


_HOMES = _public_names()
__all__ = sorted(_HOMES)  # noqa: PLE0605  # the names of the stub


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return importlib.import_module("importlib.metadata").version("poise")
    if name not in _HOMES:
        raise AttributeError(f"module 'poise' has no attribute {name!r}")
    home = _HOMES[name]
    if home == "poise":
        return importlib.import_module(f"poise.{name}")
    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
