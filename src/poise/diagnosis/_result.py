"""The result of a diagnosis: findings, columns for each row, a picture and a page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poise.core.errors import (
    InputError,
    MissingDependencyError,
    UnknownNameError,
    listed,
    nearest_name,
)
from poise.core.files import written
from poise.core.saved import PickledWithVersion, format_entries
from poise.core.tables.convert import frame_from_columns
from poise.core.types import Backend, Severity
from poise.diagnosis._finding import ERROR, ISSUE, NOTE, STATUSES, TIP, WARNING, Finding

SEVERITIES = (NOTE, WARNING, ERROR)
# Which findings come first: what makes every result wrong, then columns, then what over-sampling would do.
_IMPORTANCE = (
    "too-few-rows",
    "leaking-column",
    "repeated-rows",
    "repeated-identifier",
    "contradictory-rows",
    "date-like-column",
    "identifier-column",
    "numbers-as-text",
    "missing-value-mark",
    "one-class-category",
    "class-overlap",
    "enough-rows",
    "tiny-clusters",
    "minority-kinds",
    "unscaled-columns",
    "many-dimensions",
)
_FIRST, _TO_KNOW = 3, "detectable-difference"  # there is nothing to do about the latter


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
    classes : list of dict
        With several classes, one entry for each: rows, share, AUC against the rest with its interval, kinds of its rows, the class
        that it is confused with, and what to do; empty for two classes.
    confusion : dict or None
        With several classes, the share of each that is decided for each, by a classifier on held-out rows.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise import diagnose
    >>> X, y = make_classification(100, n_features=4, weights=[0.85], random_state=0)
    >>> found = diagnose(X, y)
    >>> found.n_issues, [finding.name for finding in found.first]
    (0, ['too-few-rows', 'class-overlap'])
    >>> found["repeated-rows"].message
    'No row equals another row of its class.'
    """

    facts: dict[str, Any]
    findings: list[Finding]
    row_columns: dict[str, NDArray[Any]] = field(repr=False)
    points: dict[str, Any] | None = field(repr=False, default=None)
    classes: list[dict[str, Any]] = field(repr=False, default_factory=list)
    confusion: dict[str, Any] | None = field(repr=False, default=None)

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
            key=lambda found: (
                STATUSES.index(found.status),
                found.severity != ERROR,
                _IMPORTANCE.index(found.name) if found.name in _IMPORTANCE else len(_IMPORTANCE),
                found.code,
            ),
        )

    @property
    def first(self) -> list[Finding]:
        """The findings to act on first: at most three, the most serious first."""
        found = [one for one in self.ordered if one.advice and one.name != _TO_KNOW]
        return found[:_FIRST]

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
        lines = [*self._about, *self._class_lines()]
        for found in self.ordered:
            if found.advice:
                lines.append(
                    f"{found.code} {found.name} ({found.severity or found.status}): {found.message}"
                )
                lines.append(f"    {found.advice}")
        n_passed, n_inapplicable = (
            sum(found.status == status for found in self.findings) for status in STATUSES[2:]
        )
        do = "does" if n_inapplicable == 1 else "do"
        others = f"; {n_inapplicable} {do} not apply" if n_inapplicable else ""
        lines.append(f"{n_passed} of {len(self.findings)} checks passed{others}.")
        return "\n".join(lines)

    @property
    def _about(self) -> list[str]:
        """What the table is, and which class is the event."""
        facts = self.facts
        if "n_classes" in facts:
            sizes = f"{facts['event']}: {facts['n_events']:,} of {facts['n_rows']:,} rows"
            return [
                f"{facts['n_classes']} classes; each is checked against the rest. The rarest is {sizes}."
            ]
        return [f"The event is {facts['event']}."] if "event" in facts else []

    def _class_lines(self) -> list[str]:
        """One line for each of several classes."""
        if not self.classes:
            return []
        rows = [
            ("class", "rows", "AUC against the rest", "confused with"),
            *(
                (
                    one["class"],
                    f"{one['rows']:,}",
                    ""
                    if one["auc"] is None
                    else f"{one['auc']:.3f} ({one['low']:.3f} to {one['high']:.3f})",
                    one["confused_with"] or "",
                )
                for one in self.classes
            ),
        ]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return [
            "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ] + [""]

    def class_frame(self, backend: Backend | None = None) -> Any:
        """Return a frame with one row for each of several classes; see `classes`.

        Raises
        ------
        InputError
            If the table has two classes.
        """
        if not self.classes:
            raise InputError("The table has two classes, so there is one event; see findings.")
        columns = {
            name: np.array(
                [
                    np.nan
                    if one[name] is None and name != "confused_with"
                    else one[name] or ""
                    if name == "confused_with"
                    else one[name]
                    for one in self.classes
                ]
            )
            for name in self.classes[0]
        }
        return frame_from_columns(columns, backend)

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
        another row of its class). With several classes, "class" and "neighbors_of_class" instead of the second and
        the fourth, and the kind of every row, relative to its own class.
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
        """Return the findings and the pictures of a page, as plain data."""
        return {
            "findings": [asdict(found) for found in self.ordered],
            "first": [asdict(found) for found in self.first],
            "classes": self.classes,
            "confusion": self._picture_of_confusions(),
            "picture": self._picture(),
        }

    def _picture_of_confusions(self) -> dict[str, str] | None:
        if self.confusion is None:
            return None
        from poise.report.diagnosis import draw_confusions  # noqa: PLC0415  # as below
        from poise.report.figures import svg_of  # noqa: PLC0415  # as below

        confusion = self.confusion
        size = 2.2 + 0.34 * len(confusion["classes"])
        svg = svg_of(
            lambda axes: draw_confusions(confusion, axes), (size + 1, size), "Decisions by class"
        )
        left_out = confusion["left_out"]
        more = (
            f" Classes with fewer than 10 rows are left out: {listed(left_out)}."
            if left_out
            else ""
        )
        caption = f"Of the rows of each class, the share that {confusion['estimator']} decides for each class, on held-out rows.{more}"
        return {"svg": svg, "caption": caption}

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
            "title": self._title,
            "facts": self.facts,
            "diagnosis": self.section(),
        }
        return written(rendered("diagnosis.html", context), path)

    @property
    def _title(self) -> str:
        facts = self.facts
        if "n_classes" in facts:
            return f"{facts['n_classes']} classes among {facts['n_rows']:,} rows"
        return f"{facts['n_events']:,} of {facts['n_rows']:,} rows are {facts['event']}"

    def to_json(self, path: str | Path | None = None) -> str:
        """Return facts and findings as JSON, and write them to `path` if it is given."""
        findings = [asdict(found) for found in self.findings]
        whole = format_entries("diagnosis") | {
            "facts": self.facts,
            "findings": findings,
            "classes": self.classes,
            "confusion": self.confusion,
        }
        return written(json.dumps(whole, allow_nan=False), path)

    @property
    def n_issues(self) -> int:
        """Number of checks that found an issue."""
        return sum(found.status == ISSUE for found in self.findings)

    def __repr__(self) -> str:
        issues = [found.name for found in self.ordered if found.status == ISSUE]
        message = ", ".join(issues) if issues else "no issue"
        n_tips = sum(found.status == TIP for found in self.findings)
        tips = f", {n_tips} tip{'s' if n_tips > 1 else ''}" if n_tips else ""
        event = f"event {self.facts['event']}, " if "event" in self.facts else ""
        if "n_classes" in self.facts:
            event = f"{self.facts['n_classes']} classes, "
        return f"<Diagnosis: {event}{message}{tips}; {len(self.findings)} checks>"

    def _repr_html_(self) -> str | None:
        from poise.report.page import rendered  # noqa: PLC0415  # as above

        try:
            return rendered("findings.html", {"diagnosis": self.section() | {"picture": None}})
        except MissingDependencyError:
            return None  # a notebook then shows the text
