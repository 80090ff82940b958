"""How a CSV file is written: its encoding, its separator, and the lines before its header."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace
from pathlib import Path

from poise.core.errors import FileError, InputError
from poise.core.files.arrow import arrow, opened

SEPARATORS = ",;\t|"
# Bytes in which separators are counted.
_SAMPLE = 1 << 20  # no mutant: speed alone
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
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
            _check_character(name, value)
        if self.decimal is not None and self.decimal == self.thousands:
            raise InputError(
                f"--decimal and --thousands are both {self.decimal!r}. Pass two characters."
            )
        known = ("day-first", "month-first", "none")
        if self.dates is not None and self.dates not in known:
            _check_dates(self.dates, known)
        if self.encoding is not None:
            _check_encoding(self.encoding)


def _check_character(name: str, value: str | None) -> None:
    if value is None:
        return
    if len(value) != 1 or value in '"\r\n\0' or value.isalnum():
        raise InputError(
            f"--{name} {value!r} must be one character that is neither a letter, a digit nor a quote. For a tab, pass "
            "tab."
        )
    if name == "separator" and not value.isascii():
        raise InputError(f"--separator {value!r} must be an ASCII character, such as ; or |.")
    if name != "separator" and value in "+-":
        raise InputError(f"--{name} {value!r} is the sign of a number. Pass another character.")


def _check_dates(layout: str, known: tuple[str, ...]) -> None:
    """Raise InputError for a format in which dates cannot be both read and written."""
    compute, day = arrow("compute"), arrow().scalar(86_400 * 365, arrow().timestamp("s"))
    try:
        works = "%" in layout and compute.strptime(
            compute.strftime(day, format=layout), format=layout, unit="s"
        )
    except arrow().ArrowInvalid:
        works = False
    if not works:
        raise InputError(
            f"--dates {layout!r} must be {', '.join(known)}, or a format such as %d.%m.%Y or '%m/%d/%y %H:%M'. Times "
            "with an offset from UTC are read in ISO 8601 only."
        )


def _check_encoding(encoding: str) -> None:
    try:
        codecs.lookup(encoding)
        "".encode(encoding)  # refuses what is not an encoding of text, such as base64
    except (LookupError, ValueError):
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
    preamble : tuple of str
        Lines before the header: ``sep=;``, or comments that begin with ``#``.
    newline : str
        The end of a line.
    is_tsv : bool
        Whether the ending of the name says that a tab separates the cells.
    not_utf_8 : int
        The first line that is not UTF-8, for which another encoding is taken; 0 if there is none.
    """

    encoding: str = "utf-8"
    separator: str = ","
    preamble: tuple[str, ...] = ()
    newline: str = "\n"
    is_tsv: bool = False
    not_utf_8: int = 0

    def for_file(self, path: Path) -> Dialect:
        """Return how a file of this name is written: another ending may stand for another separator."""
        if is_tsv(path) == self.is_tsv:
            return self
        comments = tuple(line for line in self.preamble if line.startswith("#"))
        separator = "\t" if is_tsv(path) else ","
        return replace(self, separator=separator, preamble=comments, is_tsv=not self.is_tsv)

    def described(self) -> str:
        """Return the encoding and the separator in words."""
        name = {"\t": "tab", " ": "space"}.get(self.separator, repr(self.separator))
        reason = f" (line {self.not_utf_8:,} is not UTF-8)" if self.not_utf_8 else ""
        return f"{self.encoding}{reason}, separator {name}"


def dialect_of(path: Path, options: CsvOptions) -> Dialect:
    """Return how a CSV file is written, as far as `options` leaves it open.

    Raises
    ------
    FileError
        If the file is not text in the encoding that `options` names.
    """
    encoding = options.encoding or encoding_of(path)
    is_guess = options.encoding is None and encoding in ("cp1252", "latin-1")
    not_utf_8 = _first_not_text(path, "utf-8")[0] if is_guess else 0
    text = _sample(path, encoding)
    # Not splitlines(), which also splits at characters that stand within cells.
    lines = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text)
    stated = re.match(r"(?i)sep=([\t -~])(?:\r\n|\r|\n)", text)
    n_before = 1 if stated else 0
    separator = options.separator or (stated[1] if stated else None)
    separator = separator or ("\t" if is_tsv(path) else _separator_of(lines[n_before:]))
    n_before += _n_comments(lines[n_before:], separator)
    newline = "\r\n" if lines[n_before:] and lines[n_before].endswith("\r\n") else "\n"
    return Dialect(encoding, separator, tuple(lines[:n_before]), newline, is_tsv(path), not_utf_8)


def is_tsv(path: Path) -> bool:
    """Return whether the ending of a CSV file says that a tab separates its cells."""
    return path.name.lower().endswith((".tsv", ".tsv.gz"))


def encoding_of(path: Path) -> str:
    """Return the encoding of a text file: by its first bytes, else UTF-8 if all of it is, else that of Windows.

    Returns
    -------
    str
        "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252" or "latin-1".
    """
    decoders = {name: codecs.getincrementaldecoder(name)() for name in ("utf-8", "cp1252")}
    with opened(path) as stream:
        block = stream.read(_SAMPLE)
        found = next((name for bom, name in _BOMS if block.startswith(bom)), None)
        if b"\0" in block:
            found = found or _utf_16_of(block)
        if found is not None:
            return found
        while True:
            for name in list(decoders):
                try:
                    decoders[name].decode(block, final=not block)
                except UnicodeDecodeError:
                    del decoders[name]
            if not block or not decoders:
                return next(iter(decoders), "latin-1")
            block = stream.read(_SAMPLE)


def _utf_16_of(block: bytes) -> str | None:
    """Return the order of the bytes of UTF-16; None if the zero bytes stand within another text."""
    # The upper bytes are zero in most characters of Western text.
    is_little = block[1::2].count(0) >= block[::2].count(0)
    name = "utf-16-le" if is_little else "utf-16-be"
    text = codecs.getincrementaldecoder(name)("replace").decode(block)
    n_lines = text.count("\n")
    return name if n_lines and 2 * n_lines >= block.count(b"\n") and "\0" not in text else None


def not_text(path: Path, encoding: str) -> FileError:
    """Return the error for a file that is not text in an encoding, with the first line that is not."""
    line, byte = _first_not_text(path, encoding)
    return FileError(
        f"{str(path)!r} is not text in the encoding {encoding}: line {line:,} holds the byte 0x{byte:02x}. Pass "
        "--encoding, such as cp1252 or utf-16, or leave it out to detect it."
    )


def _first_not_text(path: Path, encoding: str) -> tuple[int, int]:
    """Return the first line that is not text in an encoding, and the byte that is not; (0, 0) if all is text."""
    decoder, line, is_end = codecs.getincrementaldecoder(encoding)(), 1, False
    with opened(path) as stream:
        while not is_end:
            block = stream.read(_SAMPLE)
            is_end = not block
            try:
                line += decoder.decode(block, final=is_end).count("\n")
            except UnicodeDecodeError as error:
                line += error.object[: error.start].count(b"\n")
                return line, error.object[error.start]
    return 0, 0


def _sample(path: Path, encoding: str) -> str:
    """Return the decoded beginning of a text file."""
    with opened(path) as stream:
        start = stream.read(_SAMPLE)
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(start)
    except UnicodeDecodeError as error:
        raise not_text(path, encoding) from error
    return text.removeprefix("\ufeff")


def _separator_of(lines: list[str]) -> str:
    """Return the separator that splits the most of the first lines into as many cells as the header."""
    rows = [line for line in lines[:1000] if line.strip()]
    rows = [line for line in rows if not line.startswith("#")] or rows
    few = rows[:20]  # no mutant: any few lines show the separator
    first = [re.sub(r'"[^"]*"', "", line) for line in few]
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
