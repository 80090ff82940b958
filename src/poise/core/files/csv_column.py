"""One column of a CSV file: its cells, what they mean, and how new values are written beside them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NamedTuple

from poise.core.files.arrow import arrow

OFFSET = r"(?P<offset>Z|[+-]\d\d(?::?\d\d)?)$"  # from UTC, at the end of a time


class NumberFormat(NamedTuple):
    """The character before the fraction, and the one between groups of three digits ("" for none)."""

    decimal: str = "."
    thousands: str = ""


PLAIN = NumberFormat()


@dataclass(frozen=True)
class CsvColumn:
    """One column of a CSV file.

    Attributes
    ----------
    name : str
    texts : pyarrow.ChunkedArray of strings
        The cells as they were read; "" is an empty cell.
    values : pyarrow.ChunkedArray
        What the cells mean; null if missing.
    kind : str
        What the column was read as: "integer", "number", "bool", "date", "time", "datetime", "text",
        "identifier" (digits that are kept as text) or "empty".
    numbers : NumberFormat
        For numbers.
    layout : str
        For dates: the format of `strftime`; "" for ISO 8601.
    missing_text : str
        The cell that is written for a missing new value.
    is_open : bool
        Whether the numbers could be read in another format too.
    notes : tuple of str
        What the user should know about how the column was read.
    """

    name: str
    texts: Any
    values: Any
    kind: str
    numbers: NumberFormat = PLAIN
    layout: str = ""
    missing_text: str = ""
    is_open: bool = False
    notes: tuple[str, ...] = ()

    def described(self) -> str:
        """Return the kind in words, with the format of numbers and dates where that is not the usual one."""
        details = [f"decimal {self.numbers.decimal!r}"] * (self.numbers.decimal != ".")
        details += [f"thousands {self.numbers.thousands!r}"] * bool(self.numbers.thousands)
        details += [self.layout] * bool(self.layout)
        details += [f"missing {self.missing_text!r}"] * bool(self.missing_text)
        return f"{self.kind} ({', '.join(details)})" if details else self.kind

    def value_of(self, text: str) -> Any:
        """Return the value of the cells that are written as a text; None if there are none."""
        row = arrow("compute").index(self.texts, text).as_py()
        return None if row < 0 else self.values[row].as_py()

    def cells(self, values: Any, seeds: Any) -> Any:
        """Return new values as cells of this column.

        Parameters
        ----------
        values : pyarrow.ChunkedArray of shape (m,)
        seeds : pyarrow.Array of shape (m,)
            The rows of `texts` that the new rows start from, whose offset from UTC they take.
        """
        types, compute = arrow().types, arrow("compute")
        if types.is_timestamp(values.type) and values.type.tz is not None:
            out = self._in_local_time(values, seeds)
        elif types.is_temporal(values.type):
            out = self._laid_out(values)
        else:
            out = values.cast(arrow().string())
            if self.numbers.decimal != ".":
                out = compute.replace_substring(out, ".", self.numbers.decimal)
            if self.kind in ("integer", "number", "bool"):
                out = compute.coalesce(self._as_read(values), out)
        return compute.fill_null(out, self.missing_text)

    def _as_read(self, values: Any) -> Any:
        """Return the cells of the first rows that hold the values, and null for values that no row holds.

        A label 1.0 or +1 must not become the label 1 in new rows.
        """
        known = self.values.cast(values.type)
        row = arrow("compute").index_in(values, value_set=known, skip_nulls=True)
        return self.texts.take(row)

    def _in_local_time(self, instants: Any, seeds: Any) -> Any:
        compute, unit = arrow("compute"), instants.type.unit
        parts = compute.extract_regex(self.texts.take(seeds), OFFSET)
        offsets = compute.fill_null(compute.struct_field(parts, "offset"), "Z")
        naive = instants.cast(arrow().int64()).cast(arrow().timestamp(unit))
        shift = _seconds(offsets).cast(arrow().duration("s")).cast(arrow().duration(unit))
        local = self._laid_out(compute.add(naive, shift))
        return compute.binary_join_element_wise(local, offsets, "")

    def _laid_out(self, times: Any) -> Any:
        """Return dates and times in the layout of the column; in ISO 8601 with the precision of its cells."""
        compute, types = arrow("compute"), arrow().types
        if types.is_time(times.type):
            text = times.cast(arrow().string())
            return compute.utf8_slice_codeunits(text, 0, len("00:00")) if self.layout else text
        if types.is_date(times.type):
            times = times.cast(arrow().timestamp("s"))
            return compute.strftime(times, format=self.layout or "%Y-%m-%d")
        return compute.strftime(times, format=self.layout or self._iso_layout())

    def _iso_layout(self) -> str:
        compute = arrow("compute")
        lengths = compute.utf8_length(self.texts)
        longest = str(self.texts[compute.index(lengths, compute.max(lengths)).as_py()])
        found = re.match(r"\s*[^ T]+(?P<between>[ T])\d\d:\d\d(?P<seconds>:\d\d)?", longest)
        if found is None:
            return "%Y-%m-%d"
        return f"%Y-%m-%d{found['between']}%H:%M{':%S' if found['seconds'] else ''}"


def _seconds(offsets: Any) -> Any:
    """Return offsets from UTC, such as +02:00, in seconds."""
    compute = arrow("compute")
    known = compute.if_else(compute.equal(offsets, "Z"), "+0000", offsets)
    digits = compute.utf8_rpad(compute.replace_substring(known, ":", ""), len("+0000"), "0")
    hours, minutes = (
        compute.utf8_slice_codeunits(digits, start, start + 2).cast("int64") for start in (1, 3)
    )
    seconds = compute.add(compute.multiply(hours, 3600), compute.multiply(minutes, 60))
    return compute.if_else(compute.starts_with(digits, "-"), compute.negate(seconds), seconds)
