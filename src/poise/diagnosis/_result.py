"""The result of a diagnosis: findings, columns for each row, a picture and a page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poise.core.errors import InputError, UnknownNameError, listed, nearest_name
from poise.core.files import written
from poise.core.saved import PickledWithVersion, format_entries
from poise.core.tables.convert import frame_from_columns
from poise.core.types import Backend, Severity
from poise.diagnosis._finding import ERROR, ISSUE, NOTE, STATUSES, WARNING, Finding

SEVERITIES = (NOTE, WARNING, ERROR)


@dataclass(frozen=True, eq=False)
class Diagnosis(PickledWithVersion):
    """The findings of `diagnose` or `diagnose_resampled`.

    Attributes
    ----------
    facts : dict
        Number of rows, of columns and of rows of the event, and the label of the event.
    findings : list of Finding
        One per check, in the order of their codes.
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
        """Return the finding of a check, by its name or code."""
        for finding in self.findings:
            if check in (finding.name, finding.code):
                return finding
        known = [finding.name for finding in self.findings]
        raise UnknownNameError(
            f"There is no finding {check!r}; the findings are {listed(known, limit=None)}.{nearest_name(check, known)}"
        )

    def __iter__(self) -> Iterator[Finding]:
        """Iterate over the findings, the most serious first."""
        return iter(self.ordered)

    @property
    def ordered(self) -> list[Finding]:
        """Findings, the most serious first."""
        return sorted(
            self.findings,
            key=lambda found: (STATUSES.index(found.status), found.severity != ERROR, found.code),
        )

    def at_least(self, severity: Severity) -> list[Finding]:
        """Return the findings of at least this severity, the most serious first.

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
        lines = [f"The event is {self.facts['event']}."] if "event" in self.facts else []
        for found in self.ordered:
            if found.advice:
                lines.append(
                    f"{found.code} {found.name} ({found.severity or found.status}): {found.message}"
                )
                lines.append(f"    {found.advice}")
        n_passed, n_inapplicable = (
            sum(found.status == status for found in self.findings) for status in STATUSES[2:]
        )
        others = f"; {n_inapplicable} do not apply" if n_inapplicable else ""
        lines.append(f"{n_passed} of {len(self.findings)} checks passed{others}.")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, NDArray[Any]]:
        """Return the findings as columns: code, name, status, severity, message, advice, why."""
        names = ("code", "name", "status", "severity", "message", "advice", "why")
        return {
            name: np.array([getattr(found, name) for found in self.ordered], dtype=str)
            for name in names
        }

    def frame(self, backend: Backend | None = None) -> Any:
        """Return the findings as a frame (pandas, polars or pyarrow), the most serious first."""
        return frame_from_columns(self.to_dict(), backend)

    def rows(self, backend: Backend | None = None) -> Any:
        """Return a frame with one row for each row of the table.

        Columns: "row", "is_event", "kind" ("safe", "borderline", "rare", "outlier"; empty for rows that are
        not of the event), "neighbors_of_event" (how many of the five nearest rows are of the event; -1 for
        rows that are not), "is_contradictory" (equal to a row of another class), "is_repeated" (equal to
        another row of its class).
        """
        return frame_from_columns(self.row_columns, backend)

    def plot(self, axes: Any = None) -> Any:
        """Draw the rows on their first two principal components, those of the event by kind.

        Parameters
        ----------
        axes : matplotlib.axes.Axes, optional

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        InputError
            If fewer than two numeric columns vary.
        """
        if self.points is None:
            raise InputError(
                "A scatter plot needs two numeric columns that vary; this table has fewer. Use frame() or rows() instead."
            )
        from poise.report.diagnosis import draw_kinds  # noqa: PLC0415  # loads matplotlib only when used

        return draw_kinds(self.points, axes)

    def section(self) -> dict[str, Any]:
        """Return the findings and the picture of a page, as plain data."""
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
        return {"svg": svg, "caption": f"{points['drawn']}, on the first two principal components."}

    def to_html(self, path: str | Path | None = None) -> str:
        """Return the diagnosis as a self-contained HTML page.

        Parameters
        ----------
        path : str or Path, optional
            If given, the page is also written to this file, completely or not at all.

        Returns
        -------
        str

        Raises
        ------
        MissingDependencyError
            If jinja2 or matplotlib is not installed.
        """
        from poise.report.page import rendered  # noqa: PLC0415  # as above

        context = {
            "title": f"{self.facts['n_events']:,} events among {self.facts['n_rows']:,} rows",
            "facts": self.facts,
            "diagnosis": self.section(),
        }
        return written(rendered("diagnosis.html", context), path)

    def to_json(self, path: str | Path | None = None) -> str:
        """Return facts and findings as JSON, and write them to `path` if it is given."""
        findings = [asdict(found) for found in self.findings]
        whole = format_entries("diagnosis") | {"facts": self.facts, "findings": findings}
        return written(json.dumps(whole, allow_nan=False), path)

    @property
    def n_issues(self) -> int:
        """Number of checks that found an issue."""
        return sum(found.status == ISSUE for found in self.findings)

    def __repr__(self) -> str:
        issues = [found.name for found in self.ordered if found.status == ISSUE]
        message = ", ".join(issues) if issues else "no issue"
        event = f"event {self.facts['event']}, " if "event" in self.facts else ""
        return f"<Diagnosis: {event}{message}; {len(self.findings)} checks>"

    def _repr_html_(self) -> str:
        from poise.report.page import rendered  # noqa: PLC0415  # as above

        return rendered("findings.html", {"diagnosis": self.section() | {"picture": None}})
