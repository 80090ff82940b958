"""Cells of a CSV file as dates and times: ISO 8601, day or month first, or a format of the user's."""

from __future__ import annotations

import re
from typing import Any

from poise.core.files.arrow import arrow
from poise.core.files.csv_column import OFFSET, CsvColumn
from poise.core.files.csv_numbers import cast_or_none
from poise.core.files.dialect import CsvOptions

LOCAL_DATE = (
    r"^(?P<first>\d{1,2})[./-](?P<second>\d{1,2})[./-](?P<year>\d{4})"
    r"(?:(?P<between>[ T])(?P<hours>\d{1,2}):(?P<minutes>\d\d)(?::(?P<seconds>\d\d))?)?$"
)
_TIMES_OF_DAY = ("%H:%M:%S", "%H:%M")


def dates(name: str, texts: Any, cells: Any, options: CsvOptions) -> CsvColumn | None:
    """Read dates and times; None if one of the cells is neither."""
    if options.dates == "none":
        return None
    if options.dates is not None and "%" in options.dates:
        return _dates_of_format(name, texts, cells, options.dates)
    day = cast_or_none(cells, arrow().date32())
    if day is not None:
        return CsvColumn(name, texts, day, "date")
    for unit in ("s", "ms", "us", "ns"):
        for zone in (None, "UTC"):
            times = cast_or_none(cells, arrow().timestamp(unit, zone))
            if times is not None:
                return _in_local_time(CsvColumn(name, texts, times, "datetime"), cells)
    return _times_of_day(name, texts, cells) or _local_dates(name, texts, cells, options.dates)


def compact_dates(name: str, texts: Any, cells: Any, options: CsvOptions) -> CsvColumn | None:
    """Read dates that look like numbers, such as 20241231, if the user gives their format."""
    if options.dates is None or "%" not in options.dates:
        return None
    found = _dates_of_format(name, texts, cells, options.dates)
    if found is None:
        return None
    # A number such as 2024121 fits %Y%m%d too, but is not how that date is written.
    again = arrow("compute").strftime(
        found.values.cast(arrow().timestamp("s")), format=options.dates
    )
    return found if arrow("compute").all(arrow("compute").equal(again, cells)).as_py() else None


def _in_local_time(column: CsvColumn, cells: Any) -> CsvColumn:
    """Return instants with the offset from UTC that all cells have; if there are several, in UTC, with a note."""
    compute, values = arrow("compute"), column.values
    if values.type.tz is None:
        return column
    found = compute.struct_field(compute.extract_regex(cells, OFFSET), "offset")
    offsets = [offset for offset in compute.unique(found).to_pylist() if offset]
    fields = column.name, column.texts
    if len(offsets) == 1:
        minutes = offsets[0][3:].lstrip(":") or "00"
        zone = "UTC" if offsets[0] == "Z" else f"{offsets[0][:3]}:{minutes}"
        kind = arrow().timestamp(values.type.unit, zone)
        return CsvColumn(*fields, values.cast(kind), "datetime")
    note = f"column {column.name!r}: times of {len(offsets)} offsets from UTC are read as instants in UTC"
    return CsvColumn(*fields, values, "datetime", notes=(note,))


def _strptime(cells: Any, layout: str) -> Any:
    """Return cells as times; None if one of them does not have the layout."""
    try:
        return arrow("compute").strptime(cells, format=layout, unit="s")
    except arrow().ArrowInvalid:
        return None


def _dates_of_format(name: str, texts: Any, cells: Any, layout: str) -> CsvColumn | None:
    times = _strptime(cells, layout)
    if times is None:
        return None
    if re.search("%[HIMSTRcX]", layout):
        return CsvColumn(name, texts, times, "datetime", layout=layout)
    return CsvColumn(name, texts, times.cast(arrow().date32()), "date", layout=layout)


def _times_of_day(name: str, texts: Any, cells: Any) -> CsvColumn | None:
    for layout in _TIMES_OF_DAY:
        times = _strptime(cells, layout)
        if times is not None:
            of_day = times.cast(arrow().time32("s"))
            return CsvColumn(
                name, texts, of_day, "time", layout=layout if layout == "%H:%M" else ""
            )
    return None


def _local_dates(name: str, texts: Any, cells: Any, order: str | None) -> CsvColumn | None:
    """Read dates such as 31.12.2024 or 12/31/2024, with or without a time of day."""
    compute = arrow("compute")
    parts = compute.extract_regex(cells, LOCAL_DATE)
    if parts.null_count > cells.null_count:
        return None
    part = {field.name: compute.struct_field(parts, field.name) for field in parts.type}
    order = order or _order(part, cells)
    if order is None:
        return None
    day, month = ("first", "second") if order == "day-first" else ("second", "first")
    padded = [part["year"], *(compute.utf8_lpad(part[one], 2, "0") for one in (month, day))]
    date = compute.binary_join_element_wise(*padded, "-")
    first = cells.drop_null()[0].as_py()
    dash = first[len(part["first"].drop_null()[0].as_py())]
    layout = dash.join(("%d", "%m", "%Y") if order == "day-first" else ("%m", "%d", "%Y"))
    if not _longest(part["hours"]):
        values = cast_or_none(date, arrow().date32())
        return None if values is None else CsvColumn(name, texts, values, "date", layout=layout)
    of_day = [compute.utf8_lpad(part[one], 2, "0") for one in ("hours", "minutes", "seconds")]
    times = compute.binary_join_element_wise(
        date, compute.binary_join_element_wise(*of_day, ":"), " "
    )
    values = cast_or_none(times, arrow().timestamp("s"))
    between = "T" if compute.any(compute.equal(part["between"], "T")).as_py() else " "
    layout += f"{between}%H:%M{':%S' if _longest(part['seconds']) else ''}"
    return None if values is None else CsvColumn(name, texts, values, "datetime", layout=layout)


def order_of(cells: Any, order: str | None) -> str | None:
    """Return which of day and month comes first in cells that match `LOCAL_DATE`; None if nothing shows it."""
    parts = arrow("compute").extract_regex(cells, LOCAL_DATE)
    names = ("first", "second")
    return order or _order({one: arrow("compute").struct_field(parts, one) for one in names}, cells)


def _order(part: dict[str, Any], cells: Any) -> str | None:
    """Return which of day and month comes first; None if the cells do not show it."""
    compute = arrow("compute")
    largest = [compute.max(part[one].cast("int64")).as_py() for one in ("first", "second")]
    # Dates with points are written day first in all countries that write them.
    if largest[0] > 12 or arrow("compute").any(compute.match_substring(cells, ".")).as_py():
        return "day-first"
    return "month-first" if largest[1] > 12 else None


def _longest(cells: Any) -> int:
    compute = arrow("compute")
    return int(compute.max(compute.utf8_length(cells)).as_py() or 0)
