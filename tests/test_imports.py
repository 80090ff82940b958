"""Every import can be seen: by a reader, by import-linter, and by nobody's surprise."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import poise

SOURCE = Path(__file__).parents[1] / "src" / "poise"
# Public names load when they are first used, so the package finds their modules by name.
BY_STRING = {
    "__init__.py",
    "cli/_commands.py",  # the commands load when they are used, so that --help is quick
}
# import-linter counts imports inside functions too; each of these has its reason beside it.
LATE = {
    "_resampled.py": {
        "poise.plot",
        "poise.report.before_after",
        "poise.report.figures",
        "poise.report.page",
    },  # pages and pictures, which most results never are
    "big/api.py": {"poise.big.engines"},  # Spark may not be installed
    "core/plan/plan.py": {
        "poise.core.tables.aligned",
        "poise.core.tables.convert",
    },  # applying a plan needs the door to containers
    "cli/__init__.py": {"poise.cli._commands"},  # click may not be installed
    "cli/_big.py": {"poise"},  # pyarrow may not be installed
    "cli/_resample.py": {"poise"},  # pictures load when asked for
    "testing/_contract.py": {"poise"},  # pyarrow may not be installed
    "diagnosis/_result.py": {  # as above
        "poise.report.diagnosis",
        "poise.report.figures",
        "poise.report.page",
    },
}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        yield name, ast.parse(path.read_text(encoding="utf-8"))


def strings_of(call: ast.Call) -> str:
    return "".join(
        str(part.value)
        for argument in call.args
        for part in ast.walk(argument)
        if isinstance(part, ast.Constant)
    )


def test_no_module_of_ours_is_imported_by_a_string() -> None:
    found = {
        name
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and "import" in ast.unparse(node.func)
        and re.match(r"poise\b", strings_of(node))
    }
    assert found == BY_STRING


def test_no_import_is_for_types_alone() -> None:
    conditional = {
        name
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
    }
    assert conditional == set()


def test_late_imports_of_our_modules_are_those_that_are_declared() -> None:
    found: dict[str, set[str]] = {}
    for name, tree in modules():
        functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
        for node in (inner for function in functions for inner in ast.walk(function)):
            imported = [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            imported += [a.name for a in node.names] if isinstance(node, ast.Import) else []
            ours = {module for module in imported if module.split(".")[0] == "poise"}
            if ours:
                found[name] = found.get(name, set()) | ours
    assert found == LATE


def packages() -> list[Any]:
    public = [poise, *(getattr(poise, name) for name in poise.__all__)]
    return [found for found in public if hasattr(found, "__path__")]


@pytest.mark.parametrize("package", packages(), ids=lambda package: package.__name__)
def test_no_public_module_hides_a_function_of_its_package(package: Any) -> None:
    names = {found.name for found in pkgutil.iter_modules(package.__path__)}
    functions = {n for n in package.__all__ if inspect.isfunction(getattr(package, n))}
    assert not names & functions


def test_every_public_name_is_that_of_its_module() -> None:
    for name in poise.__all__:
        found = getattr(poise, name)
        if not inspect.ismodule(found) and hasattr(found, "__module__"):
            assert getattr(importlib.import_module(found.__module__), name, found) is found


def classes() -> Iterator[type]:
    for info in pkgutil.walk_packages(poise.__path__, "poise."):
        if "__main__" not in info.name and "_kernel" not in info.name:
            module = importlib.import_module(info.name)
            yield from (
                value
                for value in vars(module).values()
                if isinstance(value, type) and value.__module__ == info.name
            )


# What Python and scikit-learn set in every class themselves.
SET_BY_ITSELF = {"_abc_impl", "_sklearn_auto_wrap_output_keys"}


def test_nothing_private_of_scikit_learn_is_imported_called_or_overridden() -> None:
    imported = {
        f"{name}: {module}"
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom | ast.Import)
        for module in [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
        if (getattr(node, "module", None) or module).startswith("sklearn") and "._" in f".{module}"
    }
    used = set()
    for kind in classes():
        of_sklearn = {
            name
            for base in kind.__mro__
            if base.__module__.startswith("sklearn.")
            for name in vars(base)
            if name.startswith("_") and not name.startswith("__")
        }
        own = {
            name
            for base in kind.__mro__
            if base.__module__.startswith("poise.")
            for name in vars(base)
        }
        used |= {
            f"{kind.__name__} overrides {n}" for n in of_sklearn & set(vars(kind)) - SET_BY_ITSELF
        }
        if of_sklearn:
            tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
            called = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
            used |= {f"{kind.__name__} uses {name}" for name in called & of_sklearn - own}
    assert imported | used == set()
