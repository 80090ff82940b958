"""Resampled: a table after resampling, with what an audit of it needs."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import sklearn
from numpy.typing import NDArray

from poise.core.errors import InputError
from poise.core.files import json_value, written
from poise.core.files.lineage import GAP, NEW, ORIGIN, PARTNER, SEED
from poise.core.hashing import hash_of
from poise.core.notebook import table_of
from poise.core.plan.plan import Plan
from poise.core.plan.recipes import Ids
from poise.core.sampling.resampler import Resampler
from poise.core.saved import PickledWithVersion, poise_version
from poise.core.tables.convert import (
    frame_from_columns,
    join_target,
    join_target_columns,
    split_target,
    values_in,
    with_columns,
)
from poise.core.tables.labels import encode
from poise.core.tables.read import check_same_length, read_target
from poise.core.types import Backend

REVEALED = (
    "New rows reveal the real rows that they were made from. To share the table, share counts, a plan "
    "without the data, or coarser categories instead."
)


class Removed(NamedTuple):
    """Input rows that are not in a resampled table.

    Attributes
    ----------
    row : ndarray of shape (n_removed,), intp
        Row numbers of the input.
    label : ndarray of shape (n_removed,)
        Their labels.
    by : ndarray of str
        The sampler that removed each.
    reason : ndarray of str
        Why.
    """

    row: Ids
    label: NDArray[Any]
    by: NDArray[np.str_]
    reason: NDArray[np.str_]

    def frame(self, backend: Backend | None = None) -> Any:
        """Return the rows as a frame: pandas, polars or pyarrow, if `backend` names one."""
        return frame_from_columns(self._asdict(), backend)


@dataclass(frozen=True, eq=False, repr=False)
class Resampled(PickledWithVersion):
    """A resampled table; it unpacks to X and y.

    Attributes
    ----------
    X, y
        The resampled table and its labels, of the same kinds as the input.
    is_new : ndarray of shape (n_output,), bool
        True for new rows, False for kept rows of the input.
    plan : Plan
        Which input rows each output row was made from; see ``plan.lineage()``.
    aligned : dict
        Weights, groups and times of the output rows, by parameter name, if they were passed as
        arrays.
    sampler : Resampler
        The fitted sampler.
    removed : Removed
        The input rows that are left out, with the reason of each.
    facts : dict
        What was done, in values that JSON can hold: method, parameters, counts, versions, and a hash of the input.

    Examples
    --------
    >>> import numpy as np
    >>> from poise import resample
    >>> X, y = resample(np.eye(4), [0, 0, 0, 1], method="random-over")
    >>> y
    [0, 0, 0, 1, 1, 1]
    """

    X: Any
    y: Any
    is_new: NDArray[Any]
    plan: Plan
    aligned: dict[str, Any]
    sampler: Resampler
    _target: tuple[Any, int] | None = None
    _given: tuple[Any, Any] | None = None
    _ids: Any = None
    _known: dict[str, Any] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Any]:
        return iter((self.X, self.y))

    def __getattr__(self, name: str) -> Any:
        # Only called for attributes that do not exist, such as those of a frame.
        raise AttributeError(
            f"A Resampled has no attribute {name!r}. Its table is result.frame(), or X, y = result for features and "
            "labels apart."
        )

    def __getitem__(self, name: Any) -> Any:
        raise TypeError(
            f"A Resampled has no columns, such as {name!r}. Its table is result.frame(), or X, y = result for features "
            "and labels apart."
        )

    def __getstate__(self) -> dict[str, Any]:
        """Leave the input out, which the facts and the removed rows have been computed from."""
        state = {"facts": self.facts, "removed": self.removed, **super().__getstate__()}
        return {**state, "_given": None}

    def __repr__(self) -> str:
        n_new = int(self.is_new.sum())
        return (
            f"<Resampled: {self.plan.n_rows} rows in, {len(self.plan)} out "
            f"({len(self.plan) - n_new} kept, {n_new} new)>"
        )

    def _repr_html_(self) -> str:
        """Return what became of the rows of each class, for notebooks."""
        name = type(self.sampler).__name__
        sentence = f"{name}: {self.plan.n_rows:,} rows in, {len(self.plan):,} out. The table is result.frame()."
        rows: list[list[str | int]] = [
            [label, *counts.values()] for label, counts in self._classes.items()
        ]
        return table_of(sentence, ["class", "before", "removed", "new", "after"], rows)

    def to_dict(self) -> dict[Any, NDArray[Any]]:
        """Return features and labels as a dictionary of columns; needs no data frame library.

        Returns
        -------
        dict of column name to ndarray
            The target is the last column. Columns of an array are named x0, x1, ...

        Examples
        --------
        >>> import numpy as np
        >>> from poise import resample
        >>> list(resample(np.eye(4), [0, 0, 0, 1], method="random-over").to_dict())
        ['x0', 'x1', 'x2', 'x3', 'target']
        """
        name = self._target[0] if self._target else None
        return join_target_columns(self.X, self.y, name)

    def frame(self, backend: Backend | None = None) -> Any:
        """Return features and labels as one data frame.

        Parameters
        ----------
        backend : {"pandas", "polars", "pyarrow"}, optional
            Library of the data frame. By default that of the input; if the input was an array, the
            first of these that is installed.

        Returns
        -------
        pandas.DataFrame, polars.DataFrame or pyarrow.Table
            The target is in its original place if it was a column of X, and otherwise last. It is
            named "target" if it had no name.

        Examples
        --------
        >>> import numpy as np
        >>> from poise import resample
        >>> resample(np.eye(4), [0, 0, 0, 1], method="random-over").frame().columns.tolist()
        ['x0', 'x1', 'x2', 'x3', 'target']
        """
        name, position = self._target or (None, None)
        return join_target(self.X, self.y, name, position, backend)

    # For an audit

    def audit_frame(self, ids: Any = None, backend: Backend | None = None) -> Any:
        """Return the table with columns that say where each row comes from.

        Parameters
        ----------
        ids : array-like of shape (n_rows,), or column name, optional
            What identifies the rows of the input; by default the column that was passed as `id`, or else row numbers.
        backend : {"pandas", "polars", "pyarrow"}, optional
            See `frame`.

        Returns
        -------
        frame
            The columns of `frame`, and: ``_new``, whether the row is new; ``_origin``, how it came about ("kept",
            "copied", "blended", "averaged" or "jittered"); ``_seed``, the id of the row that it starts from, which for a kept
            row is itself; ``_partner``, that of the row that it is blended with; ``_gap``, where between the two it lies.

        Raises
        ------
        InputError
            If there is not one id for each row, an id is repeated, or the table has a column of such a name.

        Examples
        --------
        >>> import numpy as np
        >>> from poise import resample
        >>> result = resample(np.eye(3), [0, 0, 1], method="random-over")
        >>> result.audit_frame(ids=["a", "b", "c"])["_seed"].tolist()
        ['a', 'b', 'c', 'c']
        """
        keys = self._keys(ids)
        origin, seed, partner, gap = self.plan.lineage()
        has_partner = partner >= 0
        partners = [
            keys[row] if is_there else None
            for row, is_there in zip(partner, has_partner, strict=True)
        ]
        added = {
            NEW: self.is_new.tolist(),
            ORIGIN: origin.tolist(),
            SEED: [keys[row] for row in seed],
            PARTNER: partners,
            GAP: [
                place if is_there else None
                for place, is_there in zip(gap.tolist(), has_partner, strict=True)
            ],
        }
        return with_columns(self.frame(backend), added)

    def _keys(self, ids: Any) -> list[Any]:
        """Return the id of each row of the input."""
        given = self._ids if ids is None else ids
        if given is None:
            return list(range(self.plan.n_rows))
        if isinstance(given, str):
            given = split_target(self._whole_input[0], given, "for ids")[1]
        is_array = hasattr(given, "dtype") or hasattr(given, "type")
        if hasattr(given, "levels") or not is_array:  # a pandas.MultiIndex, or a list
            keys = [str(key) if isinstance(key, tuple) else key for key in given]
        else:
            keys = np.asarray(given).reshape(-1).tolist()
        check_same_length("ids", len(keys), self.plan.n_rows)
        first: dict[Any, int] = {}
        for row, key in enumerate(keys):
            if first.setdefault(key, row) != row:
                raise InputError(
                    f"The id {key!r} is in rows {first[key]} and {row} (counted from 0), so it does not say which row is meant. "
                    "Pass ids that are different in every row, or none for row numbers."
                )
        return keys

    @cached_property
    def removed(self) -> Removed:
        """The input rows that are left out, with the reason of each."""
        rows = np.flatnonzero(~self._is_kept)
        by = np.full(self.plan.n_rows, type(self.sampler).__name__, dtype=object)
        why = np.full(self.plan.n_rows, self.sampler.why_removed, dtype=object)
        for step, gone in zip(steps_of(self.sampler), self._removed_by_step(), strict=False):
            by[gone], why[gone] = type(step).__name__, step.why_removed
        labels = np.asarray(read_target(self._whole_input[1]))
        return Removed(rows, labels[rows], by[rows].astype(str), why[rows].astype(str))

    @property
    def _is_kept(self) -> NDArray[np.bool_]:
        """Which rows of the input are in the output."""
        is_kept = np.zeros(self.plan.n_rows, dtype=bool)
        is_kept[self.plan.order[~self.plan.is_new]] = True
        return is_kept

    def _removed_by_step(self) -> tuple[Ids, ...]:
        return getattr(self.sampler, "step_removed_", ())

    @property
    def _whole_input(self) -> tuple[Any, Any]:
        """The features and the labels that were resampled."""
        if self._given is None:
            raise InputError("The input is not kept in a pickle. Run resample again.")
        return self._given

    @cached_property
    def _classes(self) -> dict[str, dict[str, int]]:
        """How many rows of each class there were, were removed, are new, and are there now."""
        if self._given is None:
            return dict(self.facts["classes"])
        before = encode(read_target(self._given[1]))
        kept = np.bincount(before.codes[self._is_kept], minlength=len(before.classes)).tolist()
        total = encode(read_target(self.y)).counts_by_label()
        return {
            str(label): {
                "before": count,
                "removed": count - left,
                "new": total.get(label, 0) - left,
                "after": total.get(label, 0),
            }
            for (label, count), left in zip(before.counts_by_label().items(), kept, strict=True)
        }

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What was done, in values that JSON can hold."""
        by = list(zip(self.removed.by.tolist(), self.removed.reason.tolist(), strict=True))
        return {
            "method": type(self.sampler).__name__,
            "parameters": _parameters_of(self.sampler),
            "steps": [
                {"method": type(step).__name__, "parameters": _parameters_of(step)}
                for step in steps_of(self.sampler)
                if step is not self.sampler
            ],
            "rows": {"before": self.plan.n_rows, "after": len(self.plan)},
            "classes": self._classes,
            "new_rows": int(self.is_new.sum()),
            "removed_rows": [
                {"by": name, "reason": reason, "rows": by.count((name, reason))}
                for name, reason in dict.fromkeys(by)
            ],
            "input_hash": self.input_hash,
            "versions": versions(),
        }

    @cached_property
    def input_hash(self) -> str:
        """SHA-256 of the values and types of the input, the same in every process."""
        X, y = self._whole_input
        return hash_of([values_in(X), np.asarray(read_target(y))])

    def summary(self) -> str:
        """Return in words what was done.

        Examples
        --------
        >>> import numpy as np
        >>> from poise import resample
        >>> print(resample(np.eye(4), [0, 0, 0, 1], method="random-over").summary())
        RandomOverSampler: 4 rows in, 6 out; 2 new, 0 removed.
        class  before  removed  new  after
        0           3        0    0      3
        1           1        0    2      3
        <BLANKLINE>
        Made by RandomOverSampler(random_state=0); poise ...
        SHA-256 of the input: ...
        <BLANKLINE>
        New rows reveal the real rows that they were made from. ...
        """
        facts = self.facts
        removed = sum(one["rows"] for one in facts["removed_rows"])
        table = [
            ("class", "before", "removed", "new", "after"),
            *((label, *(f"{n:,}" for n in c.values())) for label, c in facts["classes"].items()),
        ]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        rows = facts["rows"]
        lines = [
            f"{facts['method']}: {rows['before']:,} rows in, {rows['after']:,} out; {facts['new_rows']:,} new, {removed:,} removed.",
            *(
                "  ".join(
                    [row[0].ljust(widths[0])]
                    + [cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True)]
                )
                for row in table
            ),
        ]
        if removed:
            lines += ["", "Removed:"]
            lines += [
                f"{one['rows']:,} by {one['by']}: {one['reason']}" for one in facts["removed_rows"]
            ]
        known = ", ".join(f"{name} {number}" for name, number in facts["versions"].items())
        made_by = " ".join(repr(self.sampler).split())
        has_seed = facts["parameters"].get("random_state", 0) is not None
        seed = "" if has_seed else " without a random seed"
        lines += [
            "",
            f"Made by {made_by}{seed}; {known}.",
            f"SHA-256 of the input: {facts['input_hash']}",
        ]
        return "\n".join([*lines, *(["", REVEALED] if facts["new_rows"] else [])])

    def to_html(self, path: str | Path | None = None) -> str:
        """Return a page for an audit: counts, pictures before and after, parameters, versions, and what may be shared.

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
        from poise.report.page import rendered  # noqa: PLC0415  # jinja2 may not be installed

        facts = self.facts
        context = {
            "title": f"{facts['method']}: {facts['rows']['before']:,} rows in, {facts['rows']['after']:,} out",
            "facts": facts,
            "parameters": {
                **{name: str(value) for name, value in facts["parameters"].items()},
                **{
                    f"{step['method']}: {name}": str(value)
                    for step in facts["steps"]
                    for name, value in step["parameters"].items()
                },
            },
            "picture": self._picture(),
            "revealed": REVEALED if facts["new_rows"] else "",
        }
        return written(rendered("resampled.html", context), path)

    def _picture(self) -> dict[str, str]:
        """Return the table before and after, drawn; or why it is not drawn."""
        from poise.plot import before_after_data  # noqa: PLC0415  # matplotlib may not be installed
        from poise.report.before_after import draw  # noqa: PLC0415  # as above
        from poise.report.figures import svg_of  # noqa: PLC0415  # as above

        if self._given is None:
            return {
                "note": "This result was read from a pickle, which does not hold the input, so before and after cannot be drawn."
            }
        try:
            points = before_after_data(*self._given, self.X, self.plan)
        except InputError as error:
            return {"note": f"There is no picture: {error}"}
        name = type(self.sampler).__name__
        drawn = svg_of(
            lambda axes: draw(points, name, axes), (9.6, 4.8), f"Before and after {name}", 2
        )
        return {"svg": drawn}


def steps_of(sampler: Any) -> list[Any]:
    """Return the samplers that one consists of, in their order; itself if there is only one."""
    if hasattr(sampler, "samplers"):
        return list(sampler.samplers)
    names = getattr(sampler, "step_names", ())
    return [getattr(sampler, name) for name in names] or [sampler]


def versions() -> dict[str, str]:
    """Return the versions of Python, Poise, and the packages that decide what a sampler does."""
    packages = {name: version(name) for name in ("numpy", "scipy")}
    return {
        "poise": poise_version(),
        "python": platform.python_version(),
        "scikit-learn": sklearn.__version__,
        **packages,
    }


def _parameters_of(sampler: Any) -> dict[str, Any]:
    """Return the parameters of a sampler in values that JSON can hold; other samplers by their representation."""
    given = sampler.get_params(deep=False)
    return {name: json_value(v) if _is_plain(v) else repr(v) for name, v in given.items()}


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float | bool | type(None) | np.generic)
