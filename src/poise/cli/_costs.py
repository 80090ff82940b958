"""Costs of decisions on the command line: two numbers, or a matrix in a file."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from poise.cli._values import PATH
from poise.core.errors import FileError, InputError, listed
from poise.core.files.aside import first_line
from poise.decisions import CostMatrix


def cost_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options for costs to a command, which gets them as `costs` and `cost_matrix`."""
    pair = click.option(
        "--costs",
        nargs=2,
        type=float,
        metavar="FALSE_ALARM MISS",
        help="Cost of a false alarm and of a missed event; decisions are then those with the lowest cost.",
    )
    matrix = click.option(
        "--cost-matrix",
        type=PATH,
        metavar="FILE",
        help="Costs of several classes, as a CSV file: a row for each true class and a column for each decision, with the "
        "classes in the first column and in the first row.",
    )
    return pair(matrix(command))


def check_one_of_costs(costs: tuple[float, float] | None, cost_matrix: Path | None) -> None:
    """Raise InputError if both are given."""
    if costs is not None and cost_matrix is not None:
        raise InputError("--costs and --cost-matrix both give costs. Pass one of them.")


def costs_of(
    costs: tuple[float, float] | None, cost_matrix: Path | None, labels: Sequence[Any]
) -> CostMatrix | None:
    """Return the costs that a command was given; None if there are none.

    Parameters
    ----------
    costs : (float, float) or None
    cost_matrix : Path or None
    labels : sequence of labels
        The classes of the target, sorted.

    Raises
    ------
    FileError, InputError
        If the file cannot be read, or is not a matrix of costs of these classes.
    """
    if costs is not None:
        return CostMatrix.of_two(false_positive=costs[0], false_negative=costs[1])
    if cost_matrix is None:
        return None
    header, *rows = _cells(cost_matrix)
    names = [str(label) for label in labels]
    decided, true = header[1:], [row[0] for row in rows]
    if sorted(decided) != sorted(names) or sorted(true) != sorted(names):
        raise InputError(
            f"--cost-matrix {str(cost_matrix)!r} has the decisions {listed(decided)} and the true classes {listed(true)}; the target "
            f"has the classes {listed(names)}. Write a column and a row for each of them."
        )
    place = {name: names.index(name) for name in names}
    values: list[list[float]] = [[0.0] * len(names) for _ in names]
    for name, *cells in rows:
        for decision, cell in zip(decided, cells, strict=False):
            values[place[name]][place[decision]] = _number(cell, cost_matrix)
    return CostMatrix(values, classes=list(labels))


def _cells(path: Path) -> list[list[str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            text = stream.read()
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(
            f"--cost-matrix {str(path)!r} cannot be read: {first_line(error)}"
        ) from error
    separator = ";" if text.count(";") > text.count(",") else ","
    rows = [
        [cell.strip() for cell in row] for row in csv.reader(text.splitlines(), delimiter=separator)
    ]
    rows = [row for row in rows if any(row)]
    if len(rows) < 3 or len({len(row) for row in rows}) != 1 or len(rows) != len(rows[0]):
        raise InputError(
            f"--cost-matrix {str(path)!r} is not a square table with a header. Write it like this:\n"
            "true,no,yes\nno,0,1\nyes,20,0"
        )
    return rows


def _number(cell: str, path: Path) -> float:
    try:
        return float(cell.replace(",", "."))
    except ValueError:
        raise InputError(
            f"--cost-matrix {str(path)!r} holds {cell!r} where a cost belongs. Write a number."
        ) from None
