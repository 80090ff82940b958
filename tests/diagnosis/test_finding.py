"""Findings: their severities, and evidence as plain JSON values."""

from __future__ import annotations

import numpy as np

from poise.core.files import json_value
from poise.diagnosis._finding import Check

CHECK = Check("P99", "some-check", "error", "Because.")


def test_an_issue_has_the_severity_of_its_check_and_a_tip_is_a_note() -> None:
    assert CHECK.issue("Seen.", "Do.").severity == "error"
    assert CHECK.tip("Seen.", "Do.").severity == "note"


def test_findings_without_a_problem_have_no_severity_and_no_advice() -> None:
    for finding in (CHECK.passed("Good."), CHECK.not_applicable("Too few rows.")):
        assert (finding.severity, finding.advice) == ("", "")


def test_evidence_is_plain_and_numbers_that_are_not_finite_are_none() -> None:
    value = {1: np.float64(0.5), "b": (np.int64(2), float("nan"), np.inf), "c": "text"}
    assert json_value(value) == {"1": 0.5, "b": [2, None, None], "c": "text"}
