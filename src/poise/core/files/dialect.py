"""How a CSV file is written: its encoding, its separator, and the lines before its header."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from poise.core.errors import FileError, InputError
from poise.core.files.arrow import arrow

SEPARATORS = ",;\t|"
# Bytes in which separators are counted.
_SAMPLE = 1 << 20  # no mutant: speed alone
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class CsvOptions:
    """What the user says about a CSV file; what is None is detected.

    Attributes
    ----------
    encoding : str or None
        Such as "utf-8", "latin-1" or "utf-16".
    separator : str or None
        One character between the cells.
    decimal : str or None
        Character before the fraction of a number, "." or ",".
    thousands : str or None
        Character between groups of three digits.
    missing : tuple of str
        Cells that mean a missing value in every column.
    dates : str or None
        "day-first", "month-first", "none" (dates are text), or a format such as "%d.%m.%Y".
    """

    encoding: str | None = None
    separator: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    missing: tuple[str, ...] = ()
    dates: str | None = None

    def __post_init__(self) -> None:
        for name in ("separator", "decimal", "thousands"):
            value = getattr(self, name)
            if value is not None and (len(value) != 1 or value in '"\r\n' or value.isalnum()):
                raise InputError(
                    f"--{name} {value!r} must be one character that is neither a letter, a digit nor a quote. For "
                    "a tab, pass tab."
                )
        if self.decimal is not None and self.decimal == self.thousands:
            raise InputError(
                f"--decimal and --thousands are both {self.decimal!r}. Pass two characters."
            )
        known = ("day-first", "month-first", "none")
        if self.dates is not None and self.dates not in known and "%" not in self.dates:
            raise InputError(
                f"--dates {self.dates!r} must be {', '.join(known)}, or a format such as %d.%m.%Y."
            )
        if self.encoding is not None:
            _check_encoding(self.encoding)


def _check_encoding(encoding: str) -> None:
    try:
        codecs.lookup(encoding)
    except LookupError:
        raise InputError(
            f"--encoding {encoding!r} is not known. Pass the name of an encoding, such as utf-8, cp1252 (Windows, "
            "Western Europe), latin-1 or utf-16."
        ) from None


@dataclass(frozen=True)
class Dialect:
    """How a CSV file is written.

    Attributes
    ----------
    encoding : str
    separator : str
    preamble : str
        Lines before the header: ``sep=;``, or comments that begin with ``#``.
    """

    encoding: str = "utf-8"
    separator: str = ","
    preamble: str = ""

    def described(self) -> str:
        """Return the encoding and the separator in words."""
        name = {"\t": "tab", " ": "space"}.get(self.separator, repr(self.separator))
        return f"{self.encoding}, separator {name}"


def dialect_of(path: Path, options: CsvOptions) -> Dialect:
    """Return how a CSV file is written, as far as `options` leaves it open.

    Raises
    ------
    FileError
        If the file is not text in the encoding that `options` names.
    """
    encoding = options.encoding or encoding_of(path)
    text = _sample(path, encoding)
    lines = text.splitlines(keepends=True)
    stated = re.match(r"(?i)sep=(.)\r?\n", text)
    n_before = 1 if stated else 0
    separator = options.separator or (stated[1] if stated else None)
    separator = separator or ("\t" if ".tsv" in path.suffixes else _separator_of(lines[n_before:]))
    n_before += _n_comments(lines[n_before:], separator)
    return Dialect(encoding, separator, "".join(lines[:n_before]))


def encoding_of(path: Path) -> str:
    """Return the encoding of a text file: by its first bytes, else UTF-8 if all of it is, else that of Windows.

    Returns
    -------
    str
        "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252" or "latin-1".
    """
    decoders = {name: codecs.getincrementaldecoder(name)() for name in ("utf-8", "cp1252")}
    with arrow().input_stream(str(path)) as stream:
        block = stream.read(_SAMPLE)
        marked = next((name for bom, name in _BOMS if block.startswith(bom)), None)
        if marked or b"\0" in block:
            return marked or _utf_16_of(block)
        while True:
            for name in list(decoders):
                try:
                    decoders[name].decode(block, final=not block)
                except UnicodeDecodeError:
                    del decoders[name]
            if not block or not decoders:
                return next(iter(decoders), "latin-1")
            block = stream.read(_SAMPLE)


def _utf_16_of(block: bytes) -> str:
    """Return the order of the bytes: the upper ones are zero in most characters of Western text."""
    return "utf-16-le" if block[1::2].count(0) >= block[::2].count(0) else "utf-16-be"


def _sample(path: Path, encoding: str) -> str:
    """Return the decoded beginning of a text file."""
    with arrow().input_stream(str(path)) as stream:
        start = stream.read(_SAMPLE)
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(start)
    except UnicodeDecodeError as error:
        raise FileError(
            f"{str(path)!r} is not text in the encoding {encoding}: byte {error.start} is "
            f"0x{start[error.start]:02x}. Pass --encoding, such as cp1252 or utf-16, or leave it out to detect it."
        ) from None
    return text.removeprefix("\ufeff")


def _separator_of(lines: list[str]) -> str:
    """Return the separator that splits the most of the first lines into as many cells as the header."""
    some = lines[:20]  # no mutant: enough to show it
    first = [re.sub(r'"[^"]*"', "", line) for line in some if line.strip()]
    if not first:
        return ","

    def agreement(separator: str) -> tuple[int, int]:
        counts = [line.count(separator) for line in first]
        same = sum(count == counts[0] for count in counts)
        return (same if counts[0] else 0), counts[0]

    best = max(SEPARATORS, key=agreement)
    return best if agreement(best)[1] else ","


def _n_comments(lines: list[str], separator: str) -> int:
    """Return the number of comments before the header; a header may begin with #, as in "#id;name"."""
    n_comments = 0
    while n_comments < len(lines) and lines[n_comments].startswith("#"):
        n_comments += 1
    if 0 < n_comments < len(lines):
        last, after = lines[n_comments - 1 : n_comments + 1]
        is_header = last[1:2] != " " and last.count(separator) == after.count(separator)
        return n_comments - is_header
    return 0
