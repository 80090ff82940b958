"""Progress reports, and the line on stderr."""

from __future__ import annotations

from typing import Any

import pytest

from poise.core.errors import InputError
from poise.core.progress import (
    Progress,
    format_bytes,
    format_seconds,
    line_on_stderr,
    report_for,
)


def test_the_argument_chooses_the_report(capsys: Any) -> None:
    assert report_for(progress=False) is None
    assert report_for(progress=None) is None  # stderr is captured, so it is not a terminal
    assert report_for(print) is print
    assert report_for(progress=True) is not None
    with pytest.raises(InputError, match="progress='yes' must be True, False or a function"):
        report_for("yes")


def test_a_line_has_the_stage_and_ends_with_the_pass(capsys: Any) -> None:
    report = line_on_stderr()
    report(Progress("counting classes", 500, 0, n_bytes=4000))
    report(Progress("counting classes", 600, 0, n_bytes=4800))  # too soon after the last one
    report(Progress("counting classes", 1000, 1000, n_bytes=8000))
    written = [line.strip() for line in capsys.readouterr().err.split("\r") if line]
    assert written == [
        "counting classes: 500 rows, 4 KB",
        "counting classes: 1,000 of 1,000 rows, 8 KB",
    ]


def test_an_hour_is_60_minutes() -> None:
    assert format_seconds(3600) == "60 min"


def test_two_minutes_are_shown_in_minutes() -> None:
    assert (format_seconds(119), format_seconds(120)) == ("119 s", "2 min")


def test_bytes_have_fractions_of_a_unit_below_ten_of_it() -> None:
    assert (format_bytes(9_940_000), format_bytes(10_400_000)) == ("9.94 MB", "10 MB")
