"""The result of a diagnosis: findings, what is known of each row, and pages of both."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poise.core.errors import InputError, UnknownNameError, listed, nearest_name
from poise.core.files import written
from poise.core.tables.convert import frame_from_columns
from poise.diagnosis._finding import ERROR, ISSUE, NOTE, STATUSES, WARNING, Finding

SEVERITIES = (NOTE, WARNING, ERROR)


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """What the checks found.

    Attributes
    ----------
    facts : dict
        Of the table: rows, columns, rows of the event, and its label.
    findings : list of Finding
        One a check, in the order of their codes.
    row_columns : dict of str to ndarray
        See `rows`.
    points : dict or None
        What `plot` draws.
    """

    facts: dict[str, Any]
    findings: list[Finding]
    row_columns: dict[str, NDArray[Any]] = field(repr=False)
    points: dict[str, Any] | None = field(repr=False, default=None)

    def __getitem__(self, check: str) -> Finding:
        """Return the finding of a check by its name or code."""
        for finding in self.findings:
            if check in (finding.name, finding.code):
                return finding
        known = [finding.name for finding in self.findings]
        raise UnknownNameError(
            f"There is no finding {check!r}; there are {listed(known, 20)}.{nearest_name(check, known)}"
        )

    @property
    def ordered(self) -> list[Finding]:
        """Findings, the gravest first."""
        return sorted(
            self.findings,
            key=lambda found: (STATUSES.index(found.status), found.severity != ERROR, found.code),
        )

    def at_least(self, severity: str) -> list[Finding]:
        """Return findings of this severity and graver ones.

        Parameters
        ----------
        severity : {"note", "warning", "error"}
        """
        if severity not in SEVERITIES:
            raise InputError(f"severity={severity!r} must be one of {listed(SEVERITIES)}.")
        grave = SEVERITIES[SEVERITIES.index(severity) :]
        return [found for found in self.ordered if found.severity in grave]

    def summary(self) -> str:
        """Return issues and tips with their advice, then how many checks passed."""
        lines = []
        for found in self.ordered:
            if found.advice:
                lines.append(
                    f"{found.code} {found.name} ({found.severity or found.status}): {found.message}"
                )
                lines.append(f"    {found.advice}")
        n_passed, n_silent = (
            sum(found.status == status for found in self.findings) for status in STATUSES[2:]
        )
        inconclusive = f"; {n_silent} do not apply" if n_silent else ""
        lines.append(f"{n_passed} of {len(self.findings)} checks passed{inconclusive}.")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, NDArray[Any]]:
        """Return the findings as columns: code, name, status, severity, message, advice, why."""
        names = ("code", "name", "status", "severity", "message", "advice", "why")
        return {
            name: np.array([getattr(found, name) for found in self.ordered], dtype=str)
            for name in names
        }

    def frame(self, backend: str | None = None) -> Any:
        """Return the findings as a frame of a library that is installed, the gravest first."""
        return frame_from_columns(self.to_dict(), backend)

    def rows(self, backend: str | None = None) -> Any:
        """Return what is known of each row, as a frame.

        Columns: "row", "is_event", "kind" ("safe", "borderline", "rare", "outlier"; empty for other rows),
        "neighbors_of_event" (of the five nearest others; -1 for other rows), "is_contradictory" (equal to a
        row of another class), "is_repeated" (equal to one of its own).
        """
        return frame_from_columns(self.row_columns, backend)

    def plot(self, axes: Any = None) -> Any:
        """Draw the rows in the plane where they vary most, those of the event by their kind.

        Parameters
        ----------
        axes : matplotlib.axes.Axes, optional

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        InputError
            For tables of fewer than two columns of numbers.
        """
        if self.points is None:
            raise InputError("A scatter needs two columns of numbers that vary.")
        from poise.report.diagnosis import draw_kinds  # noqa: PLC0415  # pictures load when asked for

        return draw_kinds(self.points, axes)

    def section(self) -> dict[str, Any]:
        """Return what a page shows, as plain data."""
        return {
            "findings": [asdict(found) for found in self.ordered],
            "picture": self._picture(),
        }

    def _picture(self) -> dict[str, str] | None:
        if self.points is None:
            return None
        from poise.report.diagnosis import draw_kinds  # noqa: PLC0415  # as above
        from poise.report.figures import svg_of  # noqa: PLC0415  # as above

        points = self.points
        svg = svg_of(lambda axes: draw_kinds(points, axes), (6.4, 4.4), "Rows of the event by kind")
        return {"svg": svg, "caption": f"{points['drawn']}, in the plane where they vary most."}

    def to_html(self, path: str | Path | None = None) -> str:
        """Return the diagnosis as one page that needs nothing else; written to a file where asked.

        Parameters
        ----------
        path : str or Path, optional
            Written aside and renamed.

        Raises
        ------
        MissingDependencyError
            Where jinja2 or matplotlib is not installed.
        """
        from poise.report.page import rendered  # noqa: PLC0415  # as above

        context = {
            "title": f"{self.facts['n_events']:,} events among {self.facts['n_rows']:,} rows",
            "facts": self.facts,
            "diagnosis": self.section(),
        }
        return written(rendered("diagnosis.html", context), path)

    def to_json(self, path: str | Path | None = None) -> str:
        """Return facts and findings as JSON; written to a file where asked."""
        whole = {"facts": self.facts, "findings": [asdict(found) for found in self.findings]}
        return written(json.dumps(whole, allow_nan=False), path)

    @property
    def n_issues(self) -> int:
        """How many checks found an issue."""
        return sum(found.status == ISSUE for found in self.findings)

    def __repr__(self) -> str:
        issues = [found.name for found in self.ordered if found.status == ISSUE]
        message = ", ".join(issues) if issues else "no issue"
        return f"<Diagnosis: {message}; {len(self.findings)} checks>"

    def _repr_html_(self) -> str:
        from poise.report.page import rendered  # noqa: PLC0415  # as above

        return rendered("findings.html", {"diagnosis": self.section() | {"picture": None}})
