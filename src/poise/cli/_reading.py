"""The options of all commands that read a table, and what is printed about how it was read."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from poise.cli._log import log_lines
from poise.cli._terminal import write_json_lines, write_line
from poise.core.errors import InputError, UnknownNameError, listed, nearest_name
from poise.core.files.csv_reading import CsvFile
from poise.core.files.dialect import CsvOptions
from poise.core.files.formats import FileTable, read_table_file
from poise.core.progress import Report
from poise.core.tables.convert import split_target
from poise.core.tables.declared import Declared
from poise.core.tables.infer import infer_column_kinds

_CHARACTERS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "point": ".", "space": " "}
_OPTIONS: tuple[tuple[tuple[str, ...], dict[str, Any]], ...] = (
    (
        ("--drop",),
        {
            "multiple": True,
            "metavar": "COLUMN",
            "help": "Column to leave out, such as an identifier: neither a feature nor in the output. May be repeated.",
        },
    ),
    (
        ("--encoding",),
        {"help": "CSV: encoding, such as utf-8, cp1252 or utf-16. [default: detected]"},
    ),
    (
        ("--separator", "--sep"),
        {"help": "CSV: character between cells, such as ';' or tab. [default: detected]"},
    ),
    (
        ("--decimal",),
        {"help": "CSV: character before the fraction of a number, '.' or ','. [default: detected]"},
    ),
    (
        ("--thousands",),
        {"help": "CSV: character between groups of three digits. [default: detected]"},
    ),
    (
        ("--na",),
        {
            "multiple": True,
            "metavar": "CELL",
            "help": "CSV: cell that means a missing value in every column. May be repeated. [default: empty cells; in "
            "columns of numbers and dates also NA, ?, null and the like]",
        },
    ),
    (
        ("--dates",),
        {
            "metavar": "ORDER",
            "help": "CSV: day-first, month-first, none (dates stay text), or a format such as %d.%m.%y. [default: "
            "detected]",
        },
    ),
    (
        ("--log",),
        {
            "type": click.Choice(["text", "json"]),
            "help": "Write progress as lines on stderr, one every ten seconds; by default as text if stderr is not a "
            "terminal. With json, all messages on stderr are lines of JSON.",
        },
    ),
    (
        ("--quiet", "-q"),
        {"is_flag": True, "help": "Print no notes about how the table was read, and no progress."},
    ),
)


@dataclass(frozen=True)
class Reading:
    """How the files of a command are read, and which of their columns are left out."""

    csv: CsvOptions
    drop: tuple[str, ...]
    is_quiet: bool = False
    log: str | None = None

    def read(self, path: Path, target: str, **columns: str | None) -> FileTable:
        """Read a file, print on stderr how it was read, and leave out the columns of ``--drop``.

        `columns` are other columns that an option names; each must have one role.
        """
        check_roles(self.drop, target=target, **columns)
        read = read_table_file(path, self.csv)
        self.print_report(path, read)
        return without(read, self.drop)

    def print_report(self, path: Path, read: FileTable) -> None:
        """Print on stderr how a file was read, unless ``--quiet`` was given."""
        for line in _report(path, read):
            self.print_note(line)

    def print_note(self, line: str) -> None:
        """Print a line on stderr, unless ``--quiet`` was given."""
        if not self.is_quiet:
            write_line(line)

    @property
    def console(self) -> Console:
        """The console on stderr for progress; with ``--quiet`` one that shows none."""
        return Console(stderr=True, force_terminal=False if self.is_quiet else None)

    def progress(
        self, bars: Callable[[Console], contextlib.AbstractContextManager[Report]]
    ) -> contextlib.AbstractContextManager[Report | None]:
        """Return a context with the function that shows progress: bars on a terminal, else lines of a log."""
        if self.is_quiet:
            return contextlib.nullcontext()
        if self.log is None and self.console.is_terminal:
            return bars(self.console)
        return contextlib.nullcontext(log_lines(as_json=self.log == "json"))

    def lines(self) -> Report | bool:
        """Return the function that writes progress as lines of a log; False with ``--quiet``."""
        return False if self.is_quiet else log_lines(as_json=self.log == "json")

    @property
    def is_default(self) -> bool:
        """Whether no option for CSV files was given."""
        return self.csv == CsvOptions()


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options for reading tables to a command, which gets them as `reading`."""

    @functools.wraps(command)
    def with_reading(
        *args: Any,
        drop: tuple[str, ...],
        encoding: str | None,
        separator: str | None,
        decimal: str | None,
        thousands: str | None,
        na: tuple[str, ...],
        dates: str | None,
        log: str | None,
        quiet: bool,
        **kwargs: Any,
    ) -> Any:
        given = {"separator": separator, "decimal": decimal, "thousands": thousands}
        characters = {
            name: _CHARACTERS.get(one, one) for name, one in given.items() if one is not None
        }
        write_json_lines(is_wanted=log == "json")
        csv = CsvOptions(encoding=encoding, missing=na, dates=dates, **characters)
        return command(*args, reading=Reading(csv, drop, quiet, log), **kwargs)

    options = [click.option(*names, **settings) for names, settings in _OPTIONS]
    return functools.reduce(lambda made, option: option(made), reversed(options), with_reading)


def role_options(*roles: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add options that name columns which are not features of a command, such as ``--id``.

    The columns are left out of the table; the command has been given them for the sake of another one,
    which uses them.
    """

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def without_roles(*args: Any, reading: Reading, **kwargs: Any) -> Any:
            named = {role: kwargs.pop(f"{role}_role") for role in roles}
            check_roles(reading.drop, **named)
            left_out = tuple(column for column in named.values() if column is not None)
            return command(
                *args, reading=replace(reading, drop=(*reading.drop, *left_out)), **kwargs
            )

        options = [
            click.option(f"--{role}", f"{role}_role", metavar="COLUMN", help=_ROLES[role])
            for role in roles
        ]
        return functools.reduce(lambda made, option: option(made), reversed(options), without_roles)

    return add


_ROLES = {
    "id": "Column that identifies each row. It is left out, as with --drop.",
    "groups": "Column of groups, such as customers. It is left out, as with --drop.",
    "time": "Column with the time of each row. It is left out, as with --drop.",
}


def check_roles(drop: Iterable[str], **columns: str | None) -> None:
    """Raise InputError if one column has two roles, such as ``--time`` and ``--target``."""
    roles: dict[str, str] = {}
    for option, column in [*columns.items(), *(("drop", one) for one in dict.fromkeys(drop))]:
        if column is not None and column in roles:
            raise InputError(
                f"--{option} and --{roles[column]} are both {column!r}. Pass two columns."
            )
        if column is not None:
            roles[column] = option


def without(read: FileTable, drop: Iterable[str], option: str = "--drop") -> FileTable:
    """Return a table without some of its columns, which `option` names.

    Raises
    ------
    UnknownNameError
        If there is no such column.
    """
    names = read.whole.column_names
    for name in drop:
        if name not in names:
            raise UnknownNameError(
                f"{option} {name!r} is not a column of the table; its columns are {listed(names)}.{nearest_name(name, names)}"
            )
    dropped = list(dict.fromkeys(drop))
    features = [name for name in dropped if name in read.table.column_names]
    csv = read.csv
    if csv is not None:
        csv = CsvFile(csv.dialect, tuple(one for one in csv.columns if one.name not in dropped))
    return replace(
        read,
        table=read.table.drop_columns(features),
        whole=read.whole.drop_columns(dropped),
        index=tuple(name for name in read.index if name not in dropped),
        csv=csv,
    )


def _report(path: Path, read: FileTable) -> list[str]:
    """Return in words how a file was read: its dialect, and notes on its columns."""
    n_rows, n_columns = read.whole.num_rows, read.whole.num_columns
    rows = (
        f"{path.name}: {n_rows:,} row{'s' if n_rows != 1 else ''}, "
        f"{n_columns:,} column{'s' if n_columns != 1 else ''}"
    )
    if read.csv is not None:
        return [
            f"{rows}; {read.csv.dialect.described()}",
            *(f"Note: {note}." for note in read.csv.notes),
        ]
    if read.index:
        return [
            f"Note: {listed(read.index)} of {path.name} is the index of a pandas frame, not a feature."
        ]
    return []


def kinds_of(
    read: FileTable, features: Any, given: dict[Any, str] | None, reading: Reading
) -> dict[Any, str] | None:
    """Return the kinds of the columns of a CSV file: those that the user gives, else those that the values show."""
    if given is not None and not isinstance(given, Mapping):
        raise InputError(
            f"column_kinds={given!r} is not a dictionary from column to kind. Pass it like this: --set "
            f'\'column_kinds={{"{features.column_names[0]}": "categorical"}}\'.'
        )
    names = features.column_names
    declared = Declared(kinds=given).by_position(names, len(names))
    if read.csv is None:
        return given
    inferred = {
        name: kind
        for name, kind in infer_column_kinds(features).items()
        if names.index(name) not in declared
    }
    by_kind = {
        kind: [name for name in inferred if inferred[name] == kind] for kind in ("integer", "bool")
    }
    words = {"integer": "whole numbers", "bool": "one of two values"}
    for kind, names in by_kind.items():
        if names:
            reading.print_note(
                f"Inferred: {listed(names)} hold{'s' if len(names) == 1 else ''} {words[kind]} ({kind!r})."
            )
    return {**inferred, **(given or {})} or None


def read_with_target(
    path: Path, target: str, reading: Reading, **columns: str | None
) -> tuple[FileTable, Any, Any]:
    """Read a file; return it, its table without the target, and the target."""
    read = reading.read(path, target, **columns)
    return read, *split_target(read.table, target)
