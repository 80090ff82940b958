"""A finding: what one check saw, why it matters, and what to do."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

ISSUE, TIP, PASSED, NOT_APPLICABLE = "issue", "tip", "passed", "not applicable"
STATUSES = (ISSUE, TIP, PASSED, NOT_APPLICABLE)
ERROR, WARNING, NOTE = "error", "warning", "note"


@dataclass(frozen=True)
class Check:
    """What a check is, whatever it sees.

    Attributes
    ----------
    code, name : str
        Stable: safe to mute by.
    severity : {"error", "warning", "note"}
        How grave an issue of it is.
    why : str
        Why it matters, with its source.
    """

    code: str
    name: str
    severity: str
    why: str

    def _finding(
        self, status: str, severity: str, message: str, evidence: Any, advice: str
    ) -> Finding:
        return Finding(
            self.code, self.name, status, severity, message, plain(evidence), self.why, advice
        )

    def issue(self, message: str, advice: str, **evidence: Any) -> Finding:
        """Return what has to be looked at."""
        return self._finding(ISSUE, self.severity, message, evidence, advice)

    def tip(self, message: str, advice: str, **evidence: Any) -> Finding:
        """Return what is worth knowing."""
        return self._finding(TIP, NOTE, message, evidence, advice)

    def passed(self, message: str, **evidence: Any) -> Finding:
        """Return that all is well."""
        return self._finding(PASSED, "", message, evidence, "")

    def not_applicable(self, message: str) -> Finding:
        """Return why it says nothing here."""
        return self._finding(NOT_APPLICABLE, "", message, {}, "")


@dataclass(frozen=True)
class Finding:
    """What one check saw.

    Attributes
    ----------
    code, name : str
        Of the check.
    status : {"issue", "tip", "passed", "not applicable"}
    severity : {"error", "warning", "note", ""}
        "error" or "warning" of an issue, "note" of a tip.
    message : str
        What was seen, in a sentence.
    evidence : dict
        The numbers, rows and columns behind it.
    why : str
        Why it matters, with its source.
    advice : str
        What to do; empty where there is nothing to do.
    """

    code: str
    name: str
    status: str
    severity: str
    message: str
    evidence: Mapping[str, Any] = field(repr=False)
    why: str = field(repr=False)
    advice: str = field(repr=False)


CheckFunction = Callable[[Any], Finding]


def plain(value: Any) -> Any:
    """Return numbers as JSON has them: of Python's own types, and None for what is not finite."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
