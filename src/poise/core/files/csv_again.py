"""Read a CSV file as an earlier one was read, whose columns are described by plain values that can be stored."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from poise.core.errors import InputError, listed
from poise.core.files.arrow import arrow
from poise.core.files.csv_column import CsvColumn, NumberFormat
from poise.core.files.csv_dates import dates
from poise.core.files.csv_numbers import cast_or_none, number_pattern
from poise.core.files.csv_reading import MISSING_MARKS
from poise.core.files.dialect import CsvOptions

_SHOWN = 3  # cells in a message


def description_of(column: CsvColumn) -> dict[str, str]:
    """Return how a column was read: its kind, the format of its numbers, and the layout of its dates."""
    form = column.numbers
    return {
        "kind": column.kind,
        "decimal": form.decimal,
        "thousands": form.thousands,
        "layout": column.layout,
    }


def column_again(
    name: str, texts: Any, description: Mapping[str, str], missing: tuple[str, ...] = ()
) -> CsvColumn:
    """Read the cells of a column as those of an earlier file.

    Parameters
    ----------
    name : str
    texts : pyarrow.ChunkedArray of strings
    description : mapping
        From `description_of`.
    missing : tuple of str
        Cells that mean a missing value, besides empty ones and, but in text, the usual marks.

    Raises
    ------
    InputError
        If a cell does not mean a value of that kind.

    Examples
    --------
    >>> import pyarrow as pa
    >>> local = {"kind": "number", "decimal": ",", "thousands": ".", "layout": ""}
    >>> column_again("price", pa.chunked_array([["1.234,5", "7", ""]]), local).values.to_pylist()
    [1234.5, 7.0, None]
    """
    compute, kind = arrow("compute"), description["kind"]
    form = NumberFormat(description["decimal"], description["thousands"])
    made = CsvColumn(name, texts, None, kind, form, description["layout"])
    if kind in ("text", "identifier"):
        return _with(made, _without(texts, [*missing, ""]))
    cells = _without(compute.utf8_trim_whitespace(texts), [*missing, "", *MISSING_MARKS])
    if cells.null_count == len(cells) or kind == "empty":
        return _with(made, _none(len(cells), kind))
    read = _values(made, cells)
    if read is None:
        raise InputError(_unreadable(made, cells))
    return _with(made, read)


def _with(column: CsvColumn, values: Any) -> CsvColumn:
    return CsvColumn(column.name, column.texts, values, column.kind, column.numbers, column.layout)


def _without(cells: Any, marks: list[str]) -> Any:
    compute = arrow("compute")
    is_mark = compute.is_in(cells, value_set=arrow().array(marks, arrow().string()))
    return compute.if_else(is_mark, None, cells)


def _none(n_rows: int, kind: str) -> Any:
    """Return a column without values, of the type that its kind has."""
    types = {"date": arrow().date32(), "datetime": arrow().timestamp("s"), "bool": arrow().bool_()}
    return arrow().chunked_array([arrow().nulls(n_rows, types.get(kind, arrow().float64()))])


def _values(column: CsvColumn, cells: Any) -> Any:
    """Return cells as values of the column's kind; None if one of them is not."""
    compute = arrow("compute")
    if column.kind == "bool":
        return cast_or_none(cells, arrow().bool_())
    if column.kind in ("integer", "number"):
        form = column.numbers
        if form.thousands:
            if not compute.all(compute.match_substring_regex(cells, number_pattern(form))).as_py():
                return None
            cells = compute.replace_substring(cells, form.thousands, "")
        if form.decimal != ".":
            cells = compute.replace_substring(cells, form.decimal, ".")
        found = cast_or_none(cells, arrow().float64())
        return None if found is None else compute.if_else(compute.is_nan(found), None, found)
    is_local = "%Y" in column.layout and re.search("%d.%m.%Y|%m.%d.%Y", column.layout)
    order = "day-first" if column.layout.startswith("%d") else "month-first"
    options = CsvOptions(dates=order if is_local else column.layout or None)
    if column.kind == "time":
        options = CsvOptions()
    found = dates(column.name, column.texts, cells, options)
    return (
        None if found is None or (found.kind == "time") != (column.kind == "time") else found.values
    )


def _unreadable(column: CsvColumn, cells: Any) -> str:
    """Return in words which cells are not of the column's kind."""
    different = arrow("compute").unique(cells).drop_null().to_pylist()
    alone = (arrow().chunked_array([[cell]]) for cell in different)
    bad = [cell for cell, one in zip(different, alone, strict=True) if _values(column, one) is None]
    shown = bad or different
    return (
        f"Column {column.name!r} was read as {column.described()} when the model was fitted, and {listed(shown, _SHOWN)} cannot be "
        f"read so. Correct the cells; or, if they mean missing values, pass --na {shown[0]!r}."
    )
