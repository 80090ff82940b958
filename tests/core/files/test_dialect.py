"""The encoding, the separator and the lines before the header of a CSV file are found."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from poise.core.errors import FileError, InputError
from poise.core.files.dialect import (
    CsvOptions,
    Dialect,
    dialect_of,
    encoding_of,
    is_tsv,
    not_text,
)


def found(path: Path, text: str, encoding: str = "utf-8", **options: str) -> Dialect:
    path.write_bytes(text.encode(encoding))
    return dialect_of(path, CsvOptions(**options))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_splits_all_lines_alike_outside_quotes(
    separator: str, tmp_path: Path
) -> None:
    lines = [separator.join(["a", '"b,,;;||"', "c, or d"]), separator.join("123")]
    assert found(tmp_path / "t.csv", "\n".join(lines) + "\n").separator == separator


def test_a_separator_that_is_only_in_the_header_is_not_one(tmp_path: Path) -> None:
    text = "price, net, in EUR;label\n1;no\n2;yes\n"
    assert found(tmp_path / "t.csv", text).separator == ";"
    text = "x, y;z\n1,2,3;4\n1,2,3\n"  # as many semicolons in two rows, commas in one
    assert found(tmp_path / "t.csv", text).separator == ";"
    assert found(tmp_path / "t.csv", "a;b\n1\n").separator == ";"
    assert found(tmp_path / "t.csv", "a;b\n").separator == ";"


def test_the_ending_and_the_user_decide_first(tmp_path: Path) -> None:
    assert found(tmp_path / "t.tsv", "a,b\tc,d\n").separator == "\t"
    assert found(tmp_path / "t.csv", "a,b;c\n1,2;3\n", separator=";").separator == ";"
    assert found(tmp_path / "t.csv", "one\n1\n").separator == ","


@pytest.mark.parametrize(
    ("text", "encoding", "expected"),
    [
        ("a,\u00e4\n1,2\n", "utf-8", "utf-8"),
        ("a,\u00e4\n1,2\n", "utf-8-sig", "utf-8-sig"),
        ("a,\u00e4\n1,2\n", "cp1252", "cp1252"),
        ("a,\u20ac\n1,2\n", "cp1252", "cp1252"),
        ("a,\x81\n1,2\n", "latin-1", "latin-1"),
        ("a,\u00e4\n1,2\n", "utf-16", "utf-16"),
        ("a,\u00e4\n1,2\n", "utf-16-le", "utf-16-le"),
        ("a,\u00e4\n1,2\n", "utf-16-be", "utf-16-be"),
    ],
)
def test_the_encoding_is_found(tmp_path: Path, text: str, encoding: str, expected: str) -> None:
    path = tmp_path / "t.csv"
    assert found(path, text, encoding).encoding == expected
    assert found(path, text, encoding).separator == ","
    with gzip.open(tmp_path / "t.csv.gz", "wb") as file:
        file.write(path.read_bytes())
    assert encoding_of(tmp_path / "t.csv.gz") == expected


def test_the_order_of_bytes_is_that_with_most_zeros_in_the_upper_ones(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    for encoding in ("utf-16-le", "utf-16-be"):
        path.write_bytes("\u0101\u0101a\n".encode(encoding))
        assert encoding_of(path) == encoding


def test_half_a_character_at_the_end_is_not_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("a,b\n1,\u00e4".encode()[:-1])
    assert encoding_of(path) == "cp1252"


def test_a_byte_far_from_the_beginning_decides_too(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\n" * 400_000 + b"\xe4,1\n")
    assert encoding_of(path) == "cp1252"


def test_lines_before_the_header_are_set_apart(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    stated = found(path, "sep=;\na;b\n1,5;2\n")
    assert (stated.separator, stated.preamble) == (";", ("sep=;\n",))
    comments = found(path, "# written, by hand\n# in 2024\na,b,c\n1,2,3\n")
    assert comments.preamble == ("# written, by hand\n", "# in 2024\n")
    assert found(path, "#id,b\n1,2\n").preamble == ()
    assert found(path, "# about it\n#id,b\n1,2\n").preamble == ("# about it\n",)
    assert found(path, "# by hand, 2024\na,b\n1,2\n").preamble == ("# by hand, 2024\n",)
    assert found(path, "#by hand\na,b\n1,2\n").preamble == ("#by hand\n",)
    assert found(path, "# a\n# b\n# c\nx,y\n").preamble == ("# a\n", "# b\n", "# c\n")
    assert found(path, "# a\n# b\n").preamble == ()
    assert found(path, "a,b\n#1,2\n3,4\n").preamble == ()


def test_another_encoding_than_the_one_given_raises_with_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,\xe4\n")
    with pytest.raises(FileError, match="line 1 holds the byte 0xe4. Pass --encoding"):
        dialect_of(path, CsvOptions(encoding="utf-8"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"separator": ";;"}, "--separator ';;' must be one character"),
        ({"decimal": "x"}, "--decimal 'x' must be one character"),
        ({"thousands": '"'}, "neither a letter, a digit nor a quote"),
        ({"decimal": ",", "thousands": ","}, "are both ','"),
        ({"dates": "dmy"}, "must be day-first, month-first, none, or a format"),
        ({"encoding": "utf-99"}, "'utf-99' is not known"),
    ],
)
def test_options_are_checked(options: dict[str, str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        CsvOptions(**options)


def test_the_dialect_is_described_in_words() -> None:
    assert Dialect("cp1252", "\t").described() == "cp1252, separator tab"
    assert Dialect().described() == "utf-8, separator ','"


def test_comments_do_not_hide_the_separator(tmp_path: Path) -> None:
    found_ = found(tmp_path / "t.csv", "# by hand\na;b\n1,5;2\n")
    assert (found_.separator, found_.preamble) == (";", ("# by hand\n",))


def test_only_ends_of_lines_end_a_line(tmp_path: Path) -> None:
    text = "# a\x0bb\u2028c\r\na;b\r\n1;2\r\n"
    found_ = found(tmp_path / "t.csv", text)
    assert found_.preamble == ("# a\x0bb\u2028c\r\n",)
    assert (found_.separator, found_.newline) == (";", "\r\n")


@pytest.mark.parametrize(
    ("encoding", "text"),
    [("utf-8", "a,b\nx\0z,1\n"), ("utf-8", "a,b\n\0,1\nx,2\n\0\0,3\n"), ("utf-32", "a,b\n1,2\n")],
)
def test_zero_bytes_alone_do_not_make_utf_16(tmp_path: Path, encoding: str, text: str) -> None:
    assert found(tmp_path / "t.csv", text, encoding).encoding == encoding


def test_the_line_for_which_utf_8_is_not_taken_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\n" * 400_000 + b"\xe4,1\n")
    dialect = dialect_of(path, CsvOptions())
    assert dialect.described() == "cp1252 (line 400,001 is not UTF-8), separator ','"
    with pytest.raises(FileError, match="line 400,001 holds the byte 0xe4"):
        raise not_text(path, "utf-8")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"separator": "\u00a7"}, "must be an ASCII character"),
        ({"separator": "\0"}, "must be one character"),
        ({"separator": ""}, "must be one character"),
        ({"decimal": "-"}, "'-' is the sign of a number"),
        ({"encoding": "base64"}, "'base64' is not known"),
        ({"encoding": "undefined"}, "'undefined' is not known"),
        ({"encoding": "a\0b"}, "is not known"),
        ({"dates": "%Q"}, "or a format such as"),
        ({"dates": "%Y-%m-%"}, "or a format such as"),
        ({"dates": "%Y-%m-%d %H:%M%z"}, "offset from UTC are read in ISO 8601 only"),
    ],
)
def test_options_that_nothing_can_be_read_with_are_refused(
    options: dict[str, str], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        CsvOptions(**options)


@pytest.mark.parametrize(
    ("source", "separator", "out", "expected"),
    [
        ("a.csv", "\t", "b.csv", "\t"),
        ("a.csv", ";", "b.tsv", "\t"),
        ("a.TSV", "\t", "b.csv", ","),
        ("a.tsv.gz", "\t", "b.TSV", "\t"),
        ("a.csv", ";", "b.tsv.csv", ";"),
    ],
)
def test_the_separator_is_kept_unless_the_ending_changes(
    source: str, separator: str, out: str, expected: str
) -> None:
    dialect = Dialect("utf-8", separator, ("sep=;\n", "# c\n"), is_tsv=is_tsv(Path(source)))
    written = dialect.for_file(Path(out))
    assert written.separator == expected
    assert written.preamble[-1] == "# c\n"
