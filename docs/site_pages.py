"""Pages of the site that are made from other files: the interface, the commands, and what stands outside this folder.

``write`` puts them into ``docs/_made``, which git ignores; ``links_of_the_site`` turns links that lead outside the folder
into links to these copies, or to the repository.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import inspect
import pkgutil
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import poise
from poise.cli._commands import cli

DOCS = Path(__file__).parent
ROOT = DOCS.parent
MADE = DOCS / "_made"
REPOSITORY = dict(
    line.split(", ", 1)
    for line in importlib.metadata.metadata("poise").get_all("Project-URL") or []
).get("Repository", "")

# Modules that have `__all__` and are read about elsewhere: the names of the first are those of `poise` itself.
NOT_PAGES = {"poise.function_sampler"}
# Files outside the folder that become pages, by their path from the root.
COPIES = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    **{
        path.relative_to(ROOT).as_posix(): f"results/{path.name}"
        for path in sorted((ROOT / "benchmarks" / "results").glob("*.md"))
    },
}


def public_modules() -> list[str]:
    """Return the modules that have a page, in alphabetical order, `poise` first."""
    found = [
        module.name
        for module in pkgutil.iter_modules(poise.__path__, "poise.")
        if module.name not in NOT_PAGES
    ]
    public = [name for name in found if not name.rpartition(".")[2].startswith("_")]
    return [
        "poise",
        *(name for name in public if hasattr(importlib.import_module(name), "__all__")),
    ]


def public_names() -> list[str]:
    """Return every public name of the interface, with the module that it is imported from."""
    return [
        f"{module}.{name}"
        for module in public_modules()
        for name in importlib.import_module(module).__all__
    ]


def write() -> None:
    """Write all pages that are made from other files."""
    (MADE / "api").mkdir(parents=True, exist_ok=True)
    (MADE / "results").mkdir(exist_ok=True)
    for module in public_modules():
        (MADE / "api" / f"{module}.rst").write_text(api_page(module), encoding="utf-8")
    (MADE / "api" / "index.rst").write_text(api_index(), encoding="utf-8")
    (MADE / "commands.rst").write_text(commands_page(), encoding="utf-8")
    for source, target in COPIES.items():
        shutil.copyfile(ROOT / source, MADE / target)


def api_index() -> str:
    """Return the first page of the interface: a line for each module."""
    rows = [
        f"   * - :doc:`{module}`\n     - {_first_sentence(module)}" for module in public_modules()
    ]
    pages = "\n".join(f"   {module}" for module in public_modules())
    return (
        f"{_title('Python interface')}\n"
        "Every public name of Poise, a page for each module. Names of the most used samplers and functions can be "
        "imported from ``poise`` as well.\n\n"
        ".. list-table::\n   :widths: 30 70\n\n"
        + "\n".join(rows)
        + f"\n\n.. toctree::\n   :hidden:\n\n{pages}\n"
    )


def api_page(module: str) -> str:
    """Return the page of a module: its docstring, and an entry for each public name."""
    loaded = importlib.import_module(module)
    names = sorted(loaded.__all__, key=lambda name: (_is_submodule(loaded, name), name.lower()))
    parts = [_title(module), f".. automodule:: {module}\n   :no-members:\n"]
    parts += [
        _entry(module, name, getattr(loaded, name))
        for name in names
        if not _is_submodule(loaded, name)
    ]
    submodules = [name for name in names if _is_submodule(loaded, name)]
    if submodules:
        entries = "\n".join(
            f".. py:module:: {module}.{name}\n   :no-index-entry:\n"
            if f"{module}.{name}" not in public_modules()
            else ""
            for name in submodules
        )
        links = ", ".join(
            f":doc:`{module}.{name}`"
            for name in submodules
            if f"{module}.{name}" in public_modules()
        )
        parts.append(f"Modules: {links}.\n\n{entries}")
    return "\n".join(parts)


def _entry(module: str, name: str, value: Any) -> str:
    home = _home(module, name)
    if home:  # documented on the page of the module that users of imbalanced-learn import it from
        kind = "class" if inspect.isclass(value) else "function"
        return f".. py:{kind}:: {name}\n   :no-typesetting:\n"
    heading = f"{name}\n{'-' * len(name)}\n\n"
    target = f"{module}.{name}"
    if inspect.isclass(value):
        directive = "autoexception" if issubclass(value, BaseException) else "autoclass"
        return f"{heading}.. {directive}:: {target}\n   :members:\n"
    if inspect.isroutine(value):
        return f"{heading}.. autofunction:: {target}\n"
    # Of these, autodoc would describe the built-in type.
    if isinstance(value, tuple | list | frozenset | Mapping):
        return f"{heading}.. py:data:: {name}\n\n   {len(value)} entries.\n"
    return f"{heading}.. autodata:: {target}\n   :no-value:\n"


def _home(module: str, name: str) -> str:
    """Return the module with a page that documents a name of `poise`, or nothing if it is this one."""
    if module != "poise":
        return ""
    value = getattr(poise, name)
    return next(
        (
            other
            for other in public_modules()[1:]
            if name in (loaded := importlib.import_module(other)).__all__
            and getattr(loaded, name) is value
        ),
        "",
    )


def _is_submodule(loaded: Any, name: str) -> bool:
    return inspect.ismodule(getattr(loaded, name))


def _first_sentence(module: str) -> str:
    doc = inspect.getdoc(importlib.import_module(module)) or ""
    return " ".join(doc.split("\n\n")[0].split())


def _title(text: str) -> str:
    return f"{text}\n{'=' * len(text)}\n"


def commands_page() -> str:
    """Return the page of commands: each is loaded when it is first used, so Sphinx is shown where it is defined."""
    parts = [
        _title("Commands and options"),
        (
            "What each command of ``poise`` takes, from the commands themselves. :doc:`The command line </command_line>` "
            "explains files, columns and exit codes.\n"
        ),
    ]
    for name in cli.list_commands(None):  # type: ignore[arg-type]  # no context is needed
        command = cli.get_command(None, name)  # type: ignore[arg-type]  # as above
        home = importlib.import_module(command.callback.__module__)
        attribute = next(key for key, value in vars(home).items() if value is command)
        parts.append(
            f".. click:: {home.__name__}:{attribute}\n   :prog: poise {name}\n   :nested: full\n"
        )
    return "\n".join(parts)


def links_of_the_site(page: str, text: str) -> str:
    """Return a page's text with links that lead outside the folder of documents turned into links of the site."""
    here = _place_in_the_repository(page)

    def turned(match: re.Match[str]) -> str:
        target, _, anchor = match["target"].partition("#")
        if not target:
            return match[0]
        file = (here.parent / target).resolve()
        if not file.is_relative_to(ROOT):
            return match[0]
        path = file.relative_to(ROOT).as_posix()
        anchor = f"#{anchor}" if anchor else ""
        if path in COPIES:
            return f"]({_relative(page, '_made/' + COPIES[path])}{anchor})"
        if path == "README.md":
            return f"]({_relative(page, 'index.md')})"
        if file.is_relative_to(DOCS):
            return f"]({_relative(page, file.relative_to(DOCS).as_posix())}{anchor})"
        return f"]({REPOSITORY}/{path})"

    return re.sub(r"\]\((?P<target>(?![a-z]+:)[^)\s]+)\)", turned, text)


def _place_in_the_repository(page: str) -> Path:
    for source, target in COPIES.items():
        if page == f"_made/{target.removesuffix('.md')}":
            return ROOT / source
    return DOCS / f"{page}.md"


def _relative(page: str, target: str) -> str:
    return "../" * page.count("/") + target
