"""Write cells as a CSV file, in the dialect of the file that they come from."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from poise.core.errors import FileError, InputError
from poise.core.files.arrow import arrow, opened
from poise.core.files.dialect import Dialect

_ROWS_AT_ONCE = 1 << 16  # no mutant: memory alone
_WITHOUT_MARK = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}


def cells_of(values: Any) -> Any:
    """Return values that were not read from a CSV file as cells."""
    if arrow().types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    return arrow("compute").fill_null(values.cast(arrow().large_string()), "")


def check_csv_types(table: Any) -> None:
    """Raise InputError for a column that CSV cannot hold, such as one of lists."""
    types = arrow().types
    for field in table.schema:
        if (
            types.is_nested(field.type)
            or types.is_binary(field.type)
            or types.is_fixed_size_binary(field.type)
            or types.is_large_binary(field.type)
        ):
            raise InputError(
                f"column {field.name!r} holds values of type {field.type}, which CSV cannot hold. Write a .parquet "
                "file instead, or leave the column out with --drop."
            )


def write_csv(columns: Mapping[str, Any], path: Path, dialect: Dialect) -> None:
    """Write cells to a file; a cell is quoted only if it has to be.

    Parameters
    ----------
    columns : mapping of name to pyarrow.ChunkedArray of strings
    path : Path
        Compressed if it ends in .gz.
    dialect : Dialect

    Raises
    ------
    FileError
        If the encoding cannot hold one of the cells.
    """
    n_rows = len(next(iter(columns.values())))
    header = _lines([arrow().array([name]) for name in columns], dialect)
    coded = codecs.lookup(dialect.encoding).name
    with opened(path, "wb") as stream:
        stream.write(_encoded("".join([*dialect.preamble, header]), coded))
        coded = _WITHOUT_MARK.get(coded, coded)  # the mark of the order of bytes stands once
        for start in range(0, n_rows, _ROWS_AT_ONCE):
            part = [cells.slice(start, _ROWS_AT_ONCE) for cells in columns.values()]
            stream.write(_encoded(_lines(part, dialect), coded))


def _lines(columns: list[Any], dialect: Dialect) -> str:
    large, separator = arrow().large_string(), dialect.separator
    cells = [_quoted(one.cast(large), separator, is_alone=len(columns) == 1) for one in columns]
    joined = arrow("compute").binary_join_element_wise(*cells, arrow().scalar(separator, large))
    return "".join(f"{line}{dialect.newline}" for line in joined.to_pylist())


def _quoted(cells: Any, separator: str, *, is_alone: bool) -> Any:
    """Return cells in quotes where they need them; in a table of one column an empty cell does."""
    compute = arrow("compute")
    needs = compute.match_substring_regex(cells, f'["\r\n{separator}]')
    if is_alone:
        needs = compute.or_(needs, compute.equal(cells, ""))
    if not compute.any(needs).as_py():
        return cells
    quote, nothing = (arrow().scalar(text, cells.type) for text in ('"', ""))
    doubled = compute.replace_substring(cells, '"', '""')
    return compute.if_else(
        needs, compute.binary_join_element_wise(quote, doubled, quote, nothing), cells
    )


def _encoded(text: str, encoding: str) -> bytes:
    try:
        return text.encode(encoding)
    except UnicodeEncodeError as error:
        raise FileError(
            f"{text[error.start]!r} cannot be written in the encoding {encoding}. Write a .parquet file instead."
        ) from None
