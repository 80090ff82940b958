"""Cells of a CSV file as numbers, in the notation of the file; digits that are names stay text."""

from __future__ import annotations

import re
from typing import Any

from poise.core.files.arrow import arrow
from poise.core.files.csv_column import PLAIN, CsvColumn, NumberFormat
from poise.core.files.dialect import CsvOptions

_MOST_DIGITS = 16  # of a whole number; with more, floats of other programs lose some


def cast_or_none(cells: Any, kind: Any) -> Any:
    """Return cells as another type; None if one of them does not mean a value of it."""
    try:
        return cells.cast(kind)
    except (arrow().ArrowInvalid, arrow().ArrowNotImplementedError):
        return None


def all_match(cells: Any, pattern: str) -> bool:
    """Return whether all cells that are not missing match a regular expression."""
    compute = arrow("compute")
    return bool(compute.all(compute.match_substring_regex(cells, pattern)).as_py())


def _occurs(cells: Any, pattern: str) -> bool:
    compute = arrow("compute")
    return bool(compute.any(compute.match_substring_regex(cells, pattern)).as_py())


def plain_numbers(name: str, texts: Any, cells: Any, options: CsvOptions) -> CsvColumn | None:
    """Read cells such as 1, -2.5 and 3e-7; None if one of them is not such a number."""
    if _decimal(options) not in (None, PLAIN.decimal):
        return None
    compute = arrow("compute")
    whole = cast_or_none(cells, arrow().int64())
    if whole is not None:
        is_usual = compute.all(compute.equal(whole.cast(arrow().string()), cells)).as_py()
        largest = max(abs(end.as_py()) for end in compute.min_max(whole).values())
        if (is_usual and largest < 10**_MOST_DIGITS) or not are_names(cells):
            return CsvColumn(name, texts, whole, "integer")
        return CsvColumn(name, texts, cells, "identifier")
    values = cast_or_none(cells, arrow().float64())
    if values is None:
        return None
    if are_names(cells):
        return CsvColumn(name, texts, cells, "identifier")
    values = compute.if_else(compute.is_nan(values), None, values)
    return CsvColumn(name, texts, values, "number")


def are_names(cells: Any) -> bool:
    """Return whether digits name something: as numbers they would not say the same.

    These are whole numbers with leading zeros (00501), in base 16 (0x1F), with more digits than floats
    hold; codes such as 1E5; and whole numbers with a plus sign (+4912345), unless others have a minus
    sign.
    """
    compute = arrow("compute")
    without_point = compute.filter(
        cells, compute.invert(compute.match_substring(cells, PLAIN.decimal))
    )
    if _occurs(without_point, rf"^[+-]?(0[0-9]+$|0[xX]|[0-9]{{{_MOST_DIGITS + 1},}}$)"):
        return True
    if len(without_point) + cells.null_count < len(cells) or _occurs(cells, "[eE][+-]"):
        return False
    return _occurs(cells, r"^[0-9]+[eE]") or (
        _occurs(cells, r"^[+][0-9]+$") and not _occurs(cells, "^-")
    )


def local_numbers(
    name: str, texts: Any, cells: Any, options: CsvOptions, separator: str
) -> CsvColumn | None:
    """Read numbers such as 1.234,50 or 1,234.50; None if one of the cells is not such a number.

    A column of cells such as 1,234 fits both notations; then a comma that also separates cells is taken
    for one between thousands, and any other for the decimal comma, and the column is marked as open.
    """
    compute = arrow("compute")
    formats = [
        form for form in _formats(options, separator) if all_match(cells, number_pattern(form))
    ]
    if not formats:
        return None
    form = formats[0]
    bare = compute.replace_substring(cells, form.thousands, "") if form.thousands else cells
    if are_names(compute.replace_substring(bare, form.decimal, ".")):
        return CsvColumn(name, texts, cells, "identifier")
    values = cast_or_none(bare, arrow().int64())
    kind = "number" if values is None else "integer"
    if values is None:
        values = compute.replace_substring(bare, form.decimal, ".").cast(arrow().float64())
    is_open = len(formats) > 1
    first, value = cells.drop_null()[0].as_py(), values.drop_null()[0].as_py()
    note = f"column {name!r}: {first} is read as {value:g}; pass --decimal {form.thousands!r} if that is wrong"
    notes = (note,) if is_open else ()
    return CsvColumn(name, texts, values, kind, form, is_open=is_open, notes=notes)


def _decimal(options: CsvOptions) -> str | None:
    """Return the character before the fraction that the user's options imply, if they do."""
    if options.decimal is not None or options.thousands is None:
        return options.decimal
    return "," if options.thousands == "." else "."


def _formats(options: CsvOptions, separator: str) -> list[NumberFormat]:
    """Return the formats of numbers to try, the most likely first."""
    decimal = _decimal(options)
    if decimal is not None:
        usual = "." if decimal == "," else ","
        return [NumberFormat(decimal, usual if options.thousands is None else options.thousands)]
    comma, point = NumberFormat(",", "."), NumberFormat(".", ",")
    return [point, comma] if separator == "," else [comma, point]


def number_pattern(form: NumberFormat) -> str:
    r"""Return the regular expression of the numbers that are written in a format.

    Examples
    --------
    >>> import re
    >>> pattern = number_pattern(NumberFormat(",", "."))
    >>> [bool(re.match(pattern, text)) for text in ("1.234,5", "-7", "1.23,4", "1,2,3")]
    [True, True, False, False]
    """
    decimal, thousands = re.escape(form.decimal), re.escape(form.thousands)
    whole = rf"(\d+|\d{{1,3}}({thousands}\d{{3}})+)" if form.thousands else r"\d+"
    return rf"^[+-]?({whole}({decimal}\d*)?|{decimal}\d+)([eE][+-]?\d+)?$"
