"""Read and write CSV, Parquet and Arrow IPC files as Arrow tables; pyarrow is imported when it is needed."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from poise.core.errors import (
    FileError,
    InputError,
    MissingDependencyError,
    UnsupportedTypeError,
    nearest_name,
)
from poise.core.files.aside import first_line, written_aside

SUFFIXES = {
    ".csv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
}
_DELIMITERS = ",;\t|"


def format_of(path: Path) -> str:
    """Return the format of a file by its extension: "csv", "parquet" or "arrow".

    Raises
    ------
    UnsupportedTypeError
        If the extension is unknown.
    FileError
        If the path is a folder.

    Examples
    --------
    >>> format_of(Path("churn.pq"))
    'parquet'
    """
    if path.is_dir():
        raise FileError(f"{str(path)!r} is a folder. Pass the path of a file in it.")
    known = SUFFIXES.get(path.suffix.lower())
    if known is None:
        raise UnsupportedTypeError(
            f"{path.name!r} {f'ends in {path.suffix!r}' if path.suffix else 'has no ending'}; "
            f"Poise reads and writes {', '.join(SUFFIXES)}.{nearest_name(path.suffix, SUFFIXES)}"
        )
    return known


def read_file(path: Path) -> Any:
    """Read a file as a table.

    Parameters
    ----------
    path : Path
        A CSV (the delimiter is guessed from its first line), Parquet or Arrow IPC file.

    Returns
    -------
    pyarrow.Table

    Raises
    ------
    FileError
        If the file is missing, unreadable, truncated or not in the format of its extension.
    InputError
        If the file has no rows.
    """
    kind = format_of(path)
    if not path.exists():
        raise FileError(f"There is no file {str(path)!r}.{_nearest_file(path)}")
    arrow = _arrow()
    try:
        table = _READERS[kind](path)
    except (arrow.ArrowInvalid, OSError, UnicodeDecodeError) as error:
        raise FileError(
            f"{str(path)!r} cannot be read as {kind}: {first_line(error)} Is it complete, and "
            f"really a {kind} file?"
        ) from error
    if table.num_rows == 0:
        raise InputError(f"{str(path)!r} is empty: it has {table.num_columns} columns and no rows.")
    return table


def delimiter_of(path: Path) -> str:
    """Return the delimiter of a CSV file: the most frequent candidate in its first line."""
    with path.open(encoding="utf-8-sig") as file:
        line = re.sub(r'"[^"]*"', "", file.readline())
    best = max(_DELIMITERS, key=line.count)
    return best if line.count(best) else ","


def _read_csv(path: Path) -> Any:
    arrow_csv = _arrow("csv")
    layout = arrow_csv.ParseOptions(delimiter=delimiter_of(path), newlines_in_values=True)
    table = arrow_csv.read_csv(path, parse_options=layout)
    types = _arrow().types
    numbers = [
        f.name for f in table.schema if types.is_integer(f.type) or types.is_floating(f.type)
    ]
    texts = _as_text(path, layout, numbers) if numbers else {}
    columns = [
        texts[name] if name in texts and _loses_digits(column, texts[name]) else column
        for name, column in zip(table.column_names, table.columns, strict=True)
    ]
    columns = [_blank_to_null(c) if types.is_string(c.type) else c for c in columns]
    return _arrow().table(columns, names=table.column_names)


def _as_text(path: Path, layout: Any, names: list[str]) -> dict[str, Any]:
    arrow_csv = _arrow("csv")
    options = arrow_csv.ConvertOptions(
        column_types=dict.fromkeys(names, _arrow().string()), include_columns=names
    )
    read = arrow_csv.read_csv(path, parse_options=layout, convert_options=options)
    return dict(zip(names, read.columns, strict=True))


def _loses_digits(column: Any, text: Any) -> bool:
    """Return whether parsing as numbers would lose digits: leading zeros, or 17 digits and more."""
    compute = _arrow("compute")
    is_whole = _arrow().types.is_integer(column.type)
    pattern = r"^[+-]?0[0-9]" if is_whole else r"^[+-]?(0[0-9]|[0-9]{17,}$)"
    return bool(compute.any(compute.match_substring_regex(text, pattern)).as_py())


def _blank_to_null(column: Any) -> Any:
    compute = _arrow("compute")
    return compute.if_else(compute.equal(column, ""), None, column)


def _read_parquet(path: Path) -> Any:
    # ParquetFile, because a Dataset would add columns from the folder's name.
    return _arrow("parquet").ParquetFile(path).read()


def _read_arrow(path: Path) -> Any:
    return _arrow("feather").read_table(path, memory_map=False)


_READERS: dict[str, Callable[[Path], Any]] = {
    "csv": _read_csv,
    "parquet": _read_parquet,
    "arrow": _read_arrow,
}


def write_file(table: Any, path: Path, delimiter: str = ",") -> None:
    """Write a table to a temporary file and rename it, so that a failure leaves no half file.

    Parameters
    ----------
    table : pyarrow.Table
    path : Path
        Its extension gives the format.
    delimiter : str
        Only for CSV.

    Raises
    ------
    FileError
        If the folder does not exist or is not writable.
    """
    kind = format_of(path)
    with written_aside(path) as aside:
        if kind == "csv":
            arrow_csv = _arrow("csv")
            options = arrow_csv.WriteOptions(delimiter=delimiter, quoting_style="needed")
            arrow_csv.write_csv(table, aside, options)
        elif kind == "parquet":
            _arrow("parquet").write_table(table, aside)
        else:
            _arrow("feather").write_feather(table, str(aside))


def _nearest_file(path: Path) -> str:
    folder = path.parent
    return nearest_name(path.name, [p.name for p in folder.iterdir()]) if folder.is_dir() else ""


def _arrow(module: str | None = None) -> Any:
    try:
        return importlib.import_module(f"pyarrow.{module}" if module else "pyarrow")
    except ImportError:
        raise MissingDependencyError(
            'Files need pyarrow. Install it with: pip install "poise[cli]"'
        ) from None
