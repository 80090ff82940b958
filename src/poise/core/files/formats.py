"""Tables in files: CSV, Parquet and Arrow IPC, by the ending of the name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from poise.core.errors import FileError, InputError, UnsupportedTypeError, nearest_name
from poise.core.files.arrow import arrow, index_columns, opened
from poise.core.files.aside import first_line, shortened, written_aside
from poise.core.files.csv_again import column_again
from poise.core.files.csv_reading import CsvFile, csv_file, csv_texts
from poise.core.files.csv_writing import cells_of, check_csv_types, write_csv
from poise.core.files.dialect import CsvOptions, Dialect, dialect_of

SUFFIXES = {
    ".csv": "csv",
    ".tsv": "csv",
    ".csv.gz": "csv",
    ".tsv.gz": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
}


def format_of(path: Path) -> str:
    """Return the format of a file by its ending: "csv", "parquet" or "arrow".

    Raises
    ------
    UnsupportedTypeError
        If the ending is unknown.
    FileError
        If the path is a folder.

    Examples
    --------
    >>> format_of(Path("churn.pq")), format_of(Path("churn.csv.gz"))
    ('parquet', 'csv')
    """
    if path.is_dir():
        raise FileError(f"{str(path)!r} is a folder. Pass the path of a file in it.")
    ending = "".join(path.suffixes[-2:]) if path.suffix.lower() == ".gz" else path.suffix
    known = SUFFIXES.get(ending.lower())
    if known is None:
        raise UnsupportedTypeError(
            f"{path.name!r} {f'ends in {ending!r}' if ending else 'has no ending'}; "
            f"Poise reads and writes {', '.join(SUFFIXES)}.{nearest_name(ending, SUFFIXES)}"
        )
    return known


@dataclass(frozen=True)
class FileTable:
    """A table as it was read from a file.

    Attributes
    ----------
    table : pyarrow.Table
        Its columns, but for those that are the index of a pandas frame.
    index : tuple of str
        Names of the columns that are such an index; `whole` has them.
    whole : pyarrow.Table
        All columns of the file.
    csv : CsvFile or None
        The cells of a CSV file.
    """

    table: Any
    index: tuple[str, ...]
    whole: Any
    csv: CsvFile | None = None

    def value_of(self, column: str, text: str) -> Any:
        """Return the value of the cells of a column that are written as a text; None if there are none."""
        found = [one for one in self.csv.columns if one.name == column] if self.csv else []
        return found[0].value_of(text) if found else None


def read_table_file(path: Path, options: CsvOptions | None = None) -> FileTable:
    """Read a file as a table.

    Parameters
    ----------
    path : Path
        A CSV, Parquet or Arrow IPC file.
    options : CsvOptions, optional
        How the file is written, if it is a CSV file; by default detected.

    Raises
    ------
    FileError
        If the file is missing, unreadable, truncated or not in the format of its ending.
    InputError
        If the file has no rows, or is not a CSV file although `options` are given.
    """
    kind = _format_of_file(path)
    if kind != "csv" and options not in (None, CsvOptions()):
        raise InputError(
            f"{str(path)!r} is a {kind} file, which has no separators, encodings or formats of numbers. Leave out the "
            "options for CSV files."
        )
    dialect = None
    options = options or CsvOptions()
    try:
        if kind == "csv":
            dialect = dialect_of(path, options)
            table = csv_texts(path, dialect)
        else:
            table = _READERS[kind](path)
    except (arrow().ArrowException, OSError, UnicodeError) as error:
        if isinstance(error, FileError):
            raise
        raise FileError(
            f"{str(path)!r} cannot be read as {kind}: {first_line(error)} Is it complete, and "
            f"really {'an' if kind == 'arrow' else 'a'} {kind} file?"
        ) from error
    if table.num_rows == 0:
        n = table.num_columns
        raise InputError(
            f"{str(path)!r} is empty: it has {n} column{'s' if n != 1 else ''} and no rows."
        )
    if dialect is not None:
        csv = csv_file(table, dialect, options)
        return FileTable(csv.table, (), csv.table, csv)
    index = index_columns(table.schema)
    return FileTable(table.drop_columns(list(index)), index, table)


def read_file_again(
    path: Path, options: CsvOptions, columns: Mapping[str, Mapping[str, str]]
) -> FileTable:
    """Read a file whose columns mean what those of an earlier one did.

    Parameters
    ----------
    path : Path
    options : CsvOptions
        How the earlier file was written, if it was a CSV file.
    columns : mapping of name to description
        How its columns were read; see `csv_again.description_of`. Others are read as they are.

    Raises
    ------
    FileError, InputError
        As `read_table_file`, and for a cell that is not of the kind of its column.
    """
    if _format_of_file(path) != "csv":
        return read_table_file(path)
    read = read_table_file(path, options)
    assert read.csv is not None  # noqa: S101  # for mypy
    found = tuple(
        column_again(one.name, one.texts, columns[one.name], options.missing)
        if one.name in columns
        else one
        for one in read.csv.columns
    )
    csv = CsvFile(read.csv.dialect, found)
    return FileTable(csv.table, (), csv.table, csv)


def _format_of_file(path: Path) -> str:
    """Return the format of a file that exists."""
    try:
        exists = path.exists()
        if exists and not (path.is_file() or path.is_dir()):
            raise FileError(
                f"{shortened(path)} is a pipe or a device, and a table is read from its beginning several times. Save "
                "it to a file first."
            )
        kind = format_of(path)
    except (OSError, RuntimeError) as error:
        if isinstance(error, FileError):
            raise
        raise FileError(f"{shortened(path)} cannot be read: {first_line(error)}") from error
    if not exists and path.is_symlink():
        raise FileError(
            f"{shortened(path)} cannot be read: it is a link to a file that does not exist, or to itself."
        )
    if not exists:
        raise FileError(f"There is no file {shortened(path)}.{_nearest_file(path)}")
    return kind


def _read_parquet(path: Path) -> Any:
    # ParquetFile, because a Dataset would add columns from the folder's name.
    with opened(path) as stream:
        return arrow("parquet").ParquetFile(stream).read()


def _read_arrow(path: Path) -> Any:
    with opened(path) as stream:
        return arrow("feather").read_table(stream, memory_map=False)


_READERS: dict[str, Callable[[Path], Any]] = {"parquet": _read_parquet, "arrow": _read_arrow}


def write_table(table: Any, path: Path) -> None:
    """Write a table to a temporary file and rename it, so that a failure leaves no half file.

    Parameters
    ----------
    table : pyarrow.Table
    path : Path
        Its ending gives the format.

    Raises
    ------
    FileError
        If the folder does not exist or is not writable.
    InputError
        If a column holds values that CSV cannot hold.
    """
    kind = format_of(path)
    if kind == "csv":
        check_csv_types(table)
        cells = {name: cells_of(table[name]) for name in table.column_names}
        write_cells(cells, path, Dialect().for_file(path))
        return
    with written_aside(path) as aside, opened(aside, "wb") as stream:
        if kind == "parquet":
            arrow("parquet").write_table(table, stream)
        else:
            arrow("feather").write_feather(table, stream)


def write_cells(cells: dict[str, Any], path: Path, dialect: Dialect) -> None:
    """Write the cells of a CSV file, by column, safely."""
    with written_aside(path) as aside:
        write_csv(cells, aside, dialect)


def _nearest_file(path: Path) -> str:
    folder = path.parent
    return nearest_name(path.name, [p.name for p in folder.iterdir()]) if folder.is_dir() else ""
