"""Convert command-line arguments to values, and results to text."""

from __future__ import annotations

import ast
import json
import re
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import click

from poise._api import make_sampler, sampler_of_class
from poise._methods import MethodName
from poise.core.errors import InputError, UnknownNameError, UnsupportedTypeError, nearest_name
from poise.core.files.formats import FileTable
from poise.core.sampling.allocation import Proportion, Ratio
from poise.core.sampling.resampler import Resampler
from poise.core.tables.read import read_labels

_OPTIONS = {
    "method": "--method",
    "random_state": "--seed",
    "sampling_strategy": "--strategy",
    "target": "--target",
}
_CALLED = re.compile(r"(?P<name>Ratio|Proportion)\((?P<value>.*)\)", re.DOTALL)
_SHOWN = 80  # characters of an argument in a message


class FilePath(click.Path):
    """A path; empty text, such as that of a shell variable that is not set, is an error."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path."""
        if not str(value):
            self.fail(
                "the path is empty. Is it a variable of the shell that is not set?", param, ctx
            )
        return super().convert(value, param, ctx)


PATH = FilePath(path_type=Path)
event_option = click.option(
    "--event",
    "--pos-label",
    "event",
    help="Class of interest; by default the one with the fewest rows.",
)


def parameters(settings: Sequence[str]) -> dict[str, Any]:
    """Return ``NAME=VALUE`` arguments as a dictionary; values are numbers, True, None or text.

    Examples
    --------
    >>> parameters(["k_neighbors=3", "kind_sel=mode"])
    {'k_neighbors': 3, 'kind_sel': 'mode'}
    """
    given = {}
    for setting in settings:
        name, separator, value = setting.partition("=")
        if not separator or not name:
            raise InputError(f"--set {setting!r} is not NAME=VALUE, such as k_neighbors=3.")
        name = name.strip().replace("-", "_")
        if name in _OPTIONS:
            raise InputError(
                f"--set {name}=... is not allowed; use the option {_OPTIONS[name]} instead."
            )
        given[name] = _value(value.strip())
    return given


def _value(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return {"true": True, "false": False, "none": None}.get(text.lower(), text)


def sampler_of(method: str, seed: int, settings: Mapping[str, Any]) -> Resampler:
    """Return a sampler by the name of a method, or by ``package.module:Class`` for one of the user's."""
    if ":" not in method:
        return make_sampler(cast("MethodName", method), seed, **settings)
    module, _, name = method.partition(":")
    if not (name.isidentifier() and all(part.isidentifier() for part in module.split("."))):
        raise UnknownNameError(
            f"--method {method} is not the name of a method, nor package.module:Class. `poise methods` lists the methods."
        )
    # As `python -m` has it: the user's own module is often in the current folder.
    sys.path.insert(0, str(Path.cwd()))
    try:
        kind = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise UnknownNameError(
            f"--method {method} cannot be imported: {error}. Pass package.module:Class, with the package "
            "installed or in the current folder."
        ) from error
    if not (isinstance(kind, type) and issubclass(kind, Resampler)):
        raise UnsupportedTypeError(
            f"--method {method} is {kind!r}, which is not a class of samplers. Subclass one of poise.base."
        )
    return sampler_of_class(kind, method, seed, **settings)


def strategy(text: str, option: str = "--strategy") -> Any:
    """Return a `sampling_strategy` from a ratio, a name, JSON, Ratio(...) or Proportion(...).

    Class labels in JSON are text; they are matched with the labels of the table later.

    Examples
    --------
    >>> strategy("0.5"), strategy("not minority"), strategy("Ratio(0.5)")
    (0.5, 'not minority', Ratio(ratio=0.5))
    """
    called = _CALLED.fullmatch(text.strip())
    if called:
        value = strategy(called["value"], option)
        if isinstance(value, ByText) and called["name"] == "Ratio":
            return ByText(value.wanted, are_ratios=True)
        return {"Ratio": Ratio, "Proportion": Proportion}[called["name"]](value)
    try:
        value = json.loads(text)
    except (
        ValueError,
        RecursionError,
    ):  # no JSON, a number of thousands of digits, or too many brackets
        if text.startswith(("{", "[")):
            shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
            raise InputError(
                f"{option} {shown!r} is not valid JSON. Pass counts per class like this, with the quotes: "
                "'{\"yes\": 5000}'."
            ) from None
        return text
    if isinstance(value, dict | list):
        return ByText(value)
    return value


class ByText:
    """A sampling strategy with classes as text, for labels of any type."""

    def __init__(self, wanted: dict[str, Any] | list[str], *, are_ratios: bool = False) -> None:
        self.wanted = wanted
        self._are_ratios = are_ratios

    def __repr__(self) -> str:
        text = json.dumps(self.wanted)
        return f"Ratio({text})" if self._are_ratios else text

    def __call__(self, y: Any) -> Any:
        return self.of_counts(dict.fromkeys(y.tolist(), 0))

    def read_with(self, value_of: Callable[[str], Any]) -> ByText:
        """Return the strategy with each class that is written as a cell of the file named by its value."""
        values = {text: value_of(text) for text in map(str, self.wanted)}
        texts = {
            text: text if value is None else _as_written(value) for text, value in values.items()
        }
        if isinstance(self.wanted, list):
            return ByText([texts[str(text)] for text in self.wanted])
        named = {texts[text]: count for text, count in self.wanted.items()}
        return ByText(named, are_ratios=self._are_ratios)

    def of_counts(self, counts: Mapping[Any, int]) -> Any:
        """Return the strategy with the labels of the target instead of text."""
        known = {_as_written(label): label for label in counts}
        label_of = {**{str(label): label for label in counts}, **known}
        for text in map(str, self.wanted):
            if text not in label_of:
                raise UnknownNameError(
                    f"There is no class {text!r} in the target; its classes are "
                    f"{', '.join(known)}.{nearest_name(text, known)}"
                )
        if isinstance(self.wanted, list):
            return [label_of[str(text)] for text in self.wanted]
        wanted = {label_of[text]: count for text, count in self.wanted.items()}
        return Ratio(wanted) if self._are_ratios else wanted


def _as_written(label: object) -> str:
    """Return a label as text, as written in JSON or on a command line."""
    if isinstance(label, bool):
        return str(label).lower()
    return f"{label:g}" if isinstance(label, float) else str(label)


def class_counts(before: Any, after: Any) -> dict[str, dict[str, int]]:
    """Return the number of rows per class before and after, by label as text."""
    counts = [read_labels(y).counts_by_label() for y in (before, after)]
    return {
        str(label): {"before": count, "after": counts[1].get(label, 0)}
        for label, count in counts[0].items()
    }


REVEALED = (
    "New rows reveal the real rows that they were made from. To share the table, share counts, a plan "
    "without the data, or coarser categories instead."
)


def as_text(summary: Mapping[str, Any]) -> str:
    """Return the summary of a run as text."""
    rows, classes = summary["rows"], summary["classes"]
    width = max(len("class"), *map(len, classes))
    lines = [
        f"{summary['method']}: {rows['before']:,} rows in, {rows['after']:,} out",
        f"{summary['new_rows']:,} new, {summary['removed_rows']:,} removed",
        "",
        f"{'class':<{width}}  {'before':>12}  {'after':>12}",
    ]
    lines += [
        f"{label:<{width}}  {count['before']:>12,}  {count['after']:>12,}"
        for label, count in classes.items()
    ]
    lines += ["", *(f"{name:<8} {path}" for name, path in summary["written"].items())]
    if summary["new_rows"]:
        lines += ["", *textwrap.wrap(REVEALED, 100)]
    return "\n".join(lines)


def label_named(event: str | None, y: Any, target: str, read: FileTable) -> Any:
    """Return the label that is written as `event` here or in the file, or None if `event` is None.

    Raises
    ------
    InputError
        If no label is written like that.
    """
    known = dict.fromkeys(y.to_pylist())
    as_read = None if event is None else read.value_of(target, event)
    if as_read is not None:
        return as_read
    if event is not None and event not in map(str, known):
        message = ", ".join(sorted(map(str, known)))
        raise InputError(f"--event {event} is not a class of {target}; the classes are {message}.")
    return next((label for label in known if str(label) == event), None)
