"""Findings: what one check found, why it matters, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from poise.core.files import json_value
from poise.core.saved import PickledWithVersion
from poise.core.types import Severity, Status, choices

ISSUE: Final = "issue"
TIP: Final = "tip"
PASSED: Final = "passed"
NOT_APPLICABLE: Final = "not applicable"
STATUSES: tuple[Status, ...] = choices(Status)  # the most serious first
ERROR: Final = "error"
WARNING: Final = "warning"
NOTE: Final = "note"


@dataclass(frozen=True)
class Check:
    """A check of `poise.diagnose`: its code, its severity, and why it matters.

    Attributes
    ----------
    code, name : str
        Stable between versions, so that either can be muted.
    severity : {"error", "warning", "note"}
        Severity of an issue that this check raises.
    why : str
        Why it matters, with a source.
    """

    code: str
    name: str
    severity: Severity
    why: str

    def _finding(
        self,
        status: Status,
        severity: Severity | Literal[""],
        message: str,
        evidence: Any,
        advice: str,
    ) -> Finding:
        return Finding(
            self.code, self.name, status, severity, message, json_value(evidence), self.why, advice
        )

    def issue(self, message: str, advice: str, **evidence: Any) -> Finding:
        """Return a finding that needs attention."""
        return self._finding(ISSUE, self.severity, message, evidence, advice)

    def tip(self, message: str, advice: str, **evidence: Any) -> Finding:
        """Return a finding that is worth knowing, but not a problem."""
        return self._finding(TIP, NOTE, message, evidence, advice)

    def passed(self, message: str, **evidence: Any) -> Finding:
        """Return a finding without a problem."""
        return self._finding(PASSED, "", message, evidence, "")

    def not_applicable(self, message: str) -> Finding:
        """Return a finding that says why the check does not apply to this table."""
        return self._finding(NOT_APPLICABLE, "", message, {}, "")


@dataclass(frozen=True)
class Finding(PickledWithVersion):
    """The result of one check.

    Attributes
    ----------
    code, name : str
        Code and name of the check.
    status : {"issue", "tip", "passed", "not applicable"}
    severity : {"error", "warning", "note", ""}
        "error" or "warning" for an issue, "note" for a tip, else empty.
    message : str
        What was found, in a sentence.
    evidence : dict
        The numbers, rows and columns behind it.
    why : str
        Why it matters, with a source.
    advice : str
        What to do; empty if nothing needs to be done.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise import diagnose
    >>> X, y = make_classification(100, n_features=4, weights=[0.85], random_state=0)
    >>> finding = diagnose(X, y)["too-few-rows"]
    >>> finding.code, finding.severity
    ('P04', 'note')
    >>> finding.advice
    'Pass k_neighbors=3: five neighbours are a large part of this class.'
    """

    code: str
    name: str
    status: Status
    severity: Severity | Literal[""]
    message: str
    evidence: Mapping[str, Any] = field(repr=False)
    why: str = field(repr=False)
    advice: str = field(repr=False)


CheckFunction = Callable[[Any], Finding]
