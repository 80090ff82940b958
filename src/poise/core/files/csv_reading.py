"""Read CSV files as values, with the cells kept as they were written."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from poise.core.errors import FileError, InputError, listed
from poise.core.files.arrow import arrow, opened
from poise.core.files.csv_column import PLAIN, CsvColumn
from poise.core.files.csv_dates import LOCAL_DATE, compact_dates, dates, order_of
from poise.core.files.csv_numbers import (
    all_match,
    cast_or_none,
    local_numbers,
    number_pattern,
    plain_numbers,
)
from poise.core.files.dialect import CsvOptions, Dialect, not_text

# Cells that mean a missing value in a column that otherwise holds numbers, dates or truth values. In a column
# of text they may be values ("NA" is a country), so only an empty cell is missing there.
MISSING_MARKS = [
    *("NA", "N/A", "n/a", "na", "NaN", "nan", "NAN", "-nan", "NaT", "nat", "null", "NULL", "Null"),
    *("None", "none", "#N/A", "#NA", "<NA>", "?", "-", "--", ".", "#VALUE!", "#DIV/0!", "1.#QNAN"),
]
_MOSTLY = 0.8  # share of cells that look like numbers in a column that is noted
# Spaces between thousands are often those that do not break a line.
_LOOKS_LIKE_NUMBER = (
    r"^[^\w.,+-]{0,2}[+-]?\d[\d.,' \x{a0}\x{202f}\x{2019}]*([eE][+-]?\d+)?\s*[^\w.,]?$"
)
_LOOKS_LIKE_DATE = (
    r"^([12]\d{3}[./-]\d{1,2}[./-]\d{1,2}|\d{1,2}[./-]\d{1,2}[./-][12]\d{3}|\d{1,2}/\d{1,2}/\d\d"
    r"|\d{1,2}[ -]\pL{3,9}[ -]\d{2,4}|\pL{3,9} \d{1,2}, ?\d{4})([ T].*)?$"
)
_BLOCK = 1 << 20  # bytes that pyarrow reads at once; a row must fit into one
_LARGEST_BLOCK = (1 << 31) - 1
_FIRST = 1000  # cells of text that are looked at for dates
_POINTS_AS_THOUSANDS = r"^[+-]?(\d{1,3}|[1-9]\d{0,2}(\.\d{3})+)$"
_SHOWN = 80  # characters of a row in a message


@dataclass(frozen=True)
class CsvFile:
    """A CSV file as it was read.

    Attributes
    ----------
    dialect : Dialect
    columns : tuple of CsvColumn
    unused : tuple of str
        Notes on options that fit no column.
    """

    dialect: Dialect
    columns: tuple[CsvColumn, ...]
    unused: tuple[str, ...] = ()

    @property
    def table(self) -> Any:
        """The values, as a pyarrow.Table."""
        return arrow().table(
            [column.values for column in self.columns],
            names=[column.name for column in self.columns],
        )

    @property
    def notes(self) -> list[str]:
        """What the user should know about how the columns were read."""
        return [*(note for column in self.columns for note in column.notes), *self.unused]


def csv_file(texts: Any, dialect: Dialect, options: CsvOptions) -> CsvFile:
    """Return the columns of a CSV file, given its cells as a table of text.

    Raises
    ------
    InputError
        If two columns have the same name.
    """
    repeated = [name for name, count in Counter(texts.column_names).items() if count > 1]
    if repeated:
        raise InputError(
            f"The file has several columns named {listed(repeated)}. Rename them in its header."
        )
    columns = [
        column_of(name, cells, options, dialect.separator)
        for name, cells in zip(texts.column_names, texts.columns, strict=True)
    ]
    layout, found = options.dates, tuple(_decided(columns, options, dialect.separator))
    is_unused = layout and "%" in layout and all(column.layout != layout for column in found)
    note = f"no column holds dates of the format {layout!r}, which --dates gives"
    return CsvFile(dialect, found, (note,) if is_unused else ())


def csv_texts(path: Path, dialect: Dialect) -> Any:
    """Return all cells of a CSV file as a table of text.

    Raises
    ------
    FileError
        If a row has another number of cells than the header, or a byte is not text.
    InputError
        If the file has no rows.
    """
    block = _BLOCK
    while True:
        try:
            return _read(path, dialect, block_size=block)
        except arrow().ArrowInvalid as error:
            # A row that is longer than a block.
            if "straddling" not in str(error) or block == _LARGEST_BLOCK:
                raise _explained(error, path, dialect, block) from error
            block = min(64 * block, _LARGEST_BLOCK)
        except UnicodeDecodeError as error:
            raise not_text(path, dialect.encoding) from error


def _read(path: Path, dialect: Dialect, **options: Any) -> Any:
    csv, string = arrow("csv"), arrow().string()
    layout = csv.ParseOptions(delimiter=dialect.separator, newlines_in_values=True)
    encoding = codecs.lookup(dialect.encoding).name.removesuffix("-sig")
    reading = csv.ReadOptions(encoding=encoding, skip_rows=len(dialect.preamble), **options)
    with opened(path) as stream, csv.open_csv(stream, reading, layout) as reader:
        names = reader.schema.names
    as_text = csv.ConvertOptions(column_types=dict.fromkeys(names, string))
    with opened(path) as stream:
        return csv.read_csv(stream, reading, layout, as_text)


def _explained(error: Exception, path: Path, dialect: Dialect, block: int) -> Exception:
    """Return an error of pyarrow in the words of the user's file, with the place."""
    if "Empty CSV" in str(error):
        return InputError(f"{str(path)!r} is empty: it has no rows below its header.")
    if "invalid UTF8" in str(error):
        return not_text(path, dialect.encoding)
    if "Expected" not in str(error):
        return error
    try:
        _read(
            path, dialect, block_size=block, use_threads=False
        )  # only then does pyarrow count the rows
    except arrow().ArrowInvalid as again:
        error = again
    found = re.search(r"(?:Row #(\d+): )?Expected (\d+) columns, got (\d+):? ?(.*)", str(error))
    if found is None:
        return error
    row, expected, got, text = found.groups()
    where = f"row {int(row):,}" if row else "a row"
    return FileError(
        f"{str(path)!r} cannot be read: {where} of the file has {got} cell{'s' if got != '1' else ''} and the header has "
        f"{expected}: {text[:_SHOWN]!r}. Correct the row, put cells that hold {dialect.separator!r} or a line feed in "
        "double quotes, or pass another --separator."
    )


def _decided(columns: list[CsvColumn], options: CsvOptions, separator: str) -> Iterator[CsvColumn]:
    """Read columns that fit two notations of numbers as most of the others are written."""
    could_be_thousands = {one.name for one in columns if _has_points_as_thousands(one)}
    known = Counter(
        one.numbers.decimal
        for one in columns
        if one.kind == "number" and not one.is_open and one.name not in could_be_thousands
    )
    decimal = known.most_common()[0][0] if known else None
    for column in columns:
        # 1.100 is 1100 where the other columns have decimal commas.
        is_wrong = column.name in could_be_thousands and decimal == ","
        if decimal is not None and (column.is_open or is_wrong):
            clear = replace(options, decimal=decimal)
            yield column_of(column.name, column.texts, clear, separator)
        else:
            yield column


def _has_points_as_thousands(column: CsvColumn) -> bool:
    """Return whether the points of numbers read as fractions could be those between thousands."""
    if column.kind != "number" or column.numbers != PLAIN:
        return False
    compute = arrow("compute")
    cells = compute.filter(column.texts, compute.is_valid(column.values))
    return all_match(compute.utf8_trim_whitespace(cells), _POINTS_AS_THOUSANDS)


def column_of(name: str, texts: Any, options: CsvOptions, separator: str) -> CsvColumn:
    """Read the cells of a column as values.

    Parameters
    ----------
    name : str
    texts : pyarrow.ChunkedArray of strings
    options : CsvOptions
    separator : str
    """
    compute = arrow("compute")
    empty = [*options.missing, ""]
    known = _without(texts, empty)
    if known.null_count == len(known):
        nothing = arrow().chunked_array([arrow().nulls(len(known))])
        return CsvColumn(name, texts, nothing, "empty")
    plain = compact_dates(name, texts, known, options) or plain_numbers(name, texts, known, options)
    if plain is not None:
        return _with_mark(plain, options.missing)
    marks = [*empty, *MISSING_MARKS]
    # Whether cells are text depends on their different values alone, of which there often are few.
    different = arrow().chunked_array([compute.unique(known)])
    is_text = False
    if 2 * len(different) <= len(known):  # no mutant: speed alone
        filled = _without(compute.utf8_trim_whitespace(different), marks)
        is_text = _typed(name, different, filled, options, separator) is None
    if not is_text:
        filled = _without(compute.utf8_trim_whitespace(known), marks)
        read = _typed(name, texts, filled, options, separator)
    if is_text or read is None:
        return _with_mark(_text(name, texts, known, different, options), options.missing)
    is_mark = compute.and_(compute.is_null(filled), compute.is_valid(known))
    return _with_note(_with_mark(read, options.missing), compute.filter(known, is_mark))


def _without(cells: Any, marks: list[str]) -> Any:
    """Return cells with null where one of the marks stands."""
    compute = arrow("compute")
    is_mark = compute.is_in(cells, value_set=arrow().array(marks, arrow().string()))
    return compute.if_else(is_mark, None, cells)


def _typed(
    name: str, texts: Any, cells: Any, options: CsvOptions, separator: str
) -> CsvColumn | None:
    """Read cells, with null where they are missing, as numbers, truth values or dates; None for text."""
    if cells.null_count == len(cells):
        return None
    plain = compact_dates(name, texts, cells, options) or plain_numbers(name, texts, cells, options)
    if plain is not None:
        return plain
    truth = cast_or_none(cells, arrow().bool_())
    if truth is not None:
        return CsvColumn(name, texts, truth, "bool")
    numbers = local_numbers(name, texts, cells, options, separator)
    return numbers or dates(name, texts, cells, options)


def _with_mark(column: CsvColumn, missing: tuple[str, ...]) -> CsvColumn:
    """Return a column whose new missing values are written as the first of the user's marks that occurs in it."""
    compute = arrow("compute")
    found = [mark for mark in missing if compute.index(column.texts, mark).as_py() >= 0]
    return replace(column, missing_text=found[0]) if found else column


def _with_note(column: CsvColumn, marks: Any) -> CsvColumn:
    """Return a column with the note which cells were read as missing; new ones are written alike."""
    if len(marks) == 0:
        return column
    found = arrow("compute").value_counts(marks).to_pylist()
    found.sort(key=lambda one: -one["counts"])
    n_cells = sum(one["counts"] for one in found)
    note = (
        f"column {column.name!r}: {n_cells:,} cell{'s' if n_cells > 1 else ''} "
        f"{listed(one['values'] for one in found)} read as missing"
    )
    mark = column.missing_text or found[0]["values"]
    return replace(column, missing_text=mark, notes=(*column.notes, note))


def _text(name: str, texts: Any, cells: Any, different: Any, options: CsvOptions) -> CsvColumn:
    """Return a column of text, with a note if most of its cells look like numbers or dates."""
    compute = arrow("compute")
    different = compute.utf8_trim_whitespace(different)
    looks = f"({_LOOKS_LIKE_NUMBER})|({_LOOKS_LIKE_DATE})"
    if not compute.any(compute.match_substring_regex(different, looks)).as_py():
        return CsvColumn(name, texts, cells, "text")
    trimmed = compute.utf8_trim_whitespace(cells)
    note = _note_on_numbers(trimmed)
    if options.dates != "none":
        note = _note_on_dates(trimmed, options) or note
    notes = (f"column {name!r}: {note}",) if note else ()
    return CsvColumn(name, texts, cells, "text", notes=notes)


def _note_on_numbers(cells: Any) -> str:
    compute = arrow("compute")
    looks = compute.match_substring_regex(cells, _LOOKS_LIKE_NUMBER)
    share = _share(looks)
    if share < _MOSTLY:
        return ""
    if share < 1:
        return _note_on_others(cells, looks, share, "numbers")
    unusual = compute.invert(compute.match_substring_regex(cells, number_pattern(PLAIN)))
    first = compute.filter(cells, unusual).drop_null()
    shown = (first if len(first) else cells.drop_null())[0].as_py()
    return (
        f"all cells look like numbers, such as {shown}, read as text; pass --decimal or --thousands, or remove units, "
        "to read them as numbers"
    )


def _note_on_dates(cells: Any, options: CsvOptions) -> str:
    compute = arrow("compute")
    beginning = compute.match_substring_regex(cells.slice(0, _FIRST), _LOOKS_LIKE_DATE)
    if not compute.any(beginning).as_py():  # ordinary text, which is not searched to its end
        return ""
    looks = compute.match_substring_regex(cells, _LOOKS_LIKE_DATE)
    share, first = _share(looks), cells.drop_null()[0].as_py()
    if share < _MOSTLY:
        return ""
    if share < 1:
        return _note_on_others(cells, looks, share, "dates")
    shown = f"cells such as {first} look like dates, read as text"
    if not all_match(cells, LOCAL_DATE):
        return f"{shown}; pass --dates with their format, such as '%Y/%m/%d' or '%d %b %Y'"
    if order_of(cells, options.dates) is None:
        return f"{shown}, because day or month could come first; pass --dates day-first or --dates month-first"
    return f"{shown}, because some are not days of the calendar, such as 31.02.2024; correct them, or pass --na CELL"


def _note_on_others(cells: Any, looks: Any, share: float, what: str) -> str:
    compute = arrow("compute")
    others = compute.unique(compute.filter(cells, compute.invert(looks))).to_pylist()
    return (
        f"{_percent(share)} of cells look like {what}, read as text; the others are {listed(others, 3)}; if that means "
        f"missing, pass --na {others[0]!r}"
    )


def _share(looks: Any) -> float:
    return float(arrow("compute").mean(looks.cast(arrow().int8())).as_py())


def _percent(share: float) -> str:
    """Return a share in percent; one that is not whole is not rounded up to 100 %."""
    return f"{min(share, 0.999):.1%}" if share > 0.99 else f"{share:.0%}"
