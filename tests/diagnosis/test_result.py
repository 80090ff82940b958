"""A diagnosis as data: order, severities, summary and what cannot be drawn."""

from __future__ import annotations

import pytest

from poise.core.errors import InputError, UnknownNameError
from poise.diagnosis._finding import Check
from poise.diagnosis._result import Diagnosis

NOTE = Check("P01", "first-check", "note", "Because.")
WARNING = Check("P02", "second-check", "warning", "Because.")
ERROR = Check("P03", "third-check", "error", "Because.")
FOUND = Diagnosis(
    {"n_rows": 10, "n_events": 2},
    [
        NOTE.passed("Good."),
        WARNING.issue("Bad.", "Do this."),
        ERROR.issue("Worse.", "Do that."),
        Check("P04", "fourth-check", "note", "Because.").not_applicable("Too few rows."),
    ],
    {},
)


def test_errors_come_before_warnings() -> None:
    assert [found.code for found in FOUND.ordered] == ["P03", "P02", "P01", "P04"]
    assert FOUND.n_issues == 2


def test_at_least_a_severity_includes_the_more_serious_ones() -> None:
    assert [found.code for found in FOUND.at_least("warning")] == ["P03", "P02"]
    assert [found.code for found in FOUND.at_least("error")] == ["P03"]
    with pytest.raises(InputError, match="severity='grave' must be one of 'note'"):
        FOUND.at_least("grave")


def test_the_summary_has_advice_and_counts() -> None:
    lines = FOUND.summary().splitlines()
    assert lines[:2] == ["P03 third-check (error): Worse.", "    Do that."]
    assert lines[-1] == "1 of 4 checks passed; 1 does not apply."


def test_findings_are_looked_up_by_name_and_by_code() -> None:
    assert FOUND["P02"] is FOUND["second-check"]
    with pytest.raises(UnknownNameError, match="Did you mean 'first-check'"):
        FOUND["frist-check"]


def test_a_table_without_two_numeric_columns_cannot_be_drawn() -> None:
    with pytest.raises(InputError, match=r"two numeric columns.*Use frame\(\) or rows\(\)"):
        FOUND.plot()


def test_findings_are_iterated_over_in_their_order() -> None:
    assert list(FOUND) == FOUND.ordered
