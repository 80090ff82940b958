"""Pictures of what a sampler does to a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from poise.core.errors import (
    InputError,
    UnknownNameError,
    UnsupportedTypeError,
    listed,
    nearest_name,
)
from poise.core.plan.plan import Plan
from poise.core.plan.recipes import Ids
from poise.core.sampling.resampler import Resampler
from poise.core.tables.labels import encode
from poise.core.tables.read import read_table, read_target
from poise.report.before_after import BeforeAfter, draw

__all__ = ["BeforeAfter", "before_after", "before_after_data", "draw"]

_POINTS_A_GROUP = 1000


def before_after(
    X: Any,
    y: Any,
    sampler: Any,
    *,
    columns: Sequence[Any] | None = None,
    segments: bool = False,
    axes: Any = None,
) -> Any:
    """Draw a table before and after resampling, side by side.

    Original, new and removed rows are told apart, in greyscale too, and the legends count them.

    Parameters
    ----------
    X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
    y : array-like of shape (n_rows,)
    sampler : Resampler
        It is cloned, not fitted.
    columns : two column names, optional
        What to draw (positions where the table has no names); by default the two numeric columns, or where there are more the first two
        principal components of the standardised ones.
    segments : bool, default=False
        Whether to draw the segment from seed to partner that each blended row lies on.
    axes : sequence of two matplotlib Axes, optional
        By default a new figure is made.

    Returns
    -------
    ndarray of two matplotlib.axes.Axes

    Raises
    ------
    InputError
        For tables with fewer than two numeric columns.
    MissingDependencyError
        Where matplotlib is not installed.

    Notes
    -----
    Of groups of more than 1,000 rows 1,000 are drawn, chosen evenly; the panels say so.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise import SMOTE, plot
    >>> X, y = make_classification(weights=[0.9], random_state=0)
    >>> before, after = plot.before_after(X, y, SMOTE(random_state=0))
    >>> before.get_title(), after.get_title()
    ('Before', 'After SMOTE')
    """
    if not isinstance(sampler, Resampler):
        raise UnsupportedTypeError(
            f"{sampler!r} is no sampler of Poise, which alone tells where its rows came from. Pass "
            "an instance, such as poise.SMOTE()."
        )
    fitted = clone(sampler)
    X_new, _ = fitted.fit_resample(X, y)
    picture = before_after_data(X, y, X_new, fitted.plan_, columns=columns, segments=segments)
    return draw(picture, type(sampler).__name__, axes)


def before_after_data(
    X: Any,
    y: Any,
    X_resampled: Any,
    plan: Plan,
    *,
    columns: Sequence[Any] | None = None,
    segments: bool = False,
) -> BeforeAfter:
    """Return the numbers behind `before_after`.

    Parameters
    ----------
    X, y
        The table before, and its labels.
    X_resampled
        The table after.
    plan : Plan
        Of the sampler that made it.
    columns, segments
        As for `before_after`.

    Returns
    -------
    BeforeAfter

    Examples
    --------
    >>> import numpy as np
    >>> from poise.plot import before_after_data
    >>> from poise.under_sampling import TomekLinks
    >>> X, y = np.array([[0.0, 0.0], [1.0, 1.0], [1.1, 1.0], [5.0, 5.0]]), [0, 0, 1, 1]
    >>> sampler = TomekLinks()
    >>> X_resampled, _ = sampler.fit_resample(X, y)
    >>> picture = before_after_data(X, y, X_resampled, sampler.plan_)
    >>> picture.fate.tolist()
    ['kept', 'kept', 'kept', 'removed']
    """
    known = encode(read_target(y))
    names, before = read_table(X).known_numbers()
    _, after = read_table(X_resampled).known_numbers()
    chosen = _positions(columns, names)
    is_kept = np.zeros(plan.n_rows, dtype=bool)
    is_kept[plan.order[~plan.is_new]] = True
    new = np.flatnonzero(plan.is_new)
    groups = {
        "kept": (np.flatnonzero(is_kept), known.codes),
        "new": (new, known.codes[plan.source]),
        "removed": (np.flatnonzero(~is_kept), known.codes),
    }
    counts = {
        (fate, code): int((codes[rows] == code).sum())
        for fate, (rows, codes) in groups.items()
        for code in range(len(known.classes))
    }
    drawn = {fate: _thinned(rows, codes) for fate, (rows, codes) in groups.items()}
    lines = _segment_ends(plan, drawn["new"]) if segments else np.empty((0, 2), dtype=np.intp)
    parts = [before[drawn["kept"]], after[drawn["new"]], before[drawn["removed"]]]
    parts += [before[lines[:, 0]], before[lines[:, 1]]]
    points, directions = _flat(parts, chosen, names)
    n_drawn = sum(map(len, drawn.values()))
    ends = np.split(points[n_drawn:], 2)
    return BeforeAfter(
        points=points[:n_drawn],
        label=np.concatenate([groups[fate][1][rows] for fate, rows in drawn.items()]),
        fate=np.repeat(list(drawn), [len(rows) for rows in drawn.values()]),
        segments=np.stack(ends, axis=1),
        classes=[str(label) for label in known.classes],
        counts=counts,
        axes=directions,
    )


def _positions(columns: Sequence[Any] | None, names: list[Any]) -> list[int]:
    if len(names) < 2:
        raise InputError(
            f"A scatter needs two numeric columns; X has {len(names)} ({listed(names)})."
        )
    if columns is None:
        return list(range(len(names)))
    if not isinstance(columns, list | tuple) or len(columns) != 2:
        raise InputError(f"columns={columns!r} must name two columns.")
    for column in columns:
        if column not in names:
            raise UnknownNameError(
                f"There is no numeric column {column!r}; there are {listed(names)}."
                f"{nearest_name(column, names)}"
            )
    return [names.index(column) for column in columns]


def _title(name: Any) -> str:
    return f"column {name}" if isinstance(name, int) else str(name)


def _thinned(rows: Ids, codes: Ids) -> Ids:
    """Return at most so many rows of each class, evenly chosen."""
    parts = []
    for code in np.unique(codes[rows]):
        of_class = rows[codes[rows] == code]
        n_drawn = min(len(of_class), _POINTS_A_GROUP)
        parts.append(of_class[np.linspace(0, len(of_class) - 1, n_drawn).astype(np.intp)])
    return np.concatenate([rows[:0], *parts])


def _segment_ends(plan: Plan, rows: Ids) -> Ids:
    lineage = plan.lineage()
    blended = rows[lineage.partner[rows] >= 0]
    return np.column_stack([lineage.seed[blended], lineage.partner[blended]])


def _flat(
    parts: list[Any], chosen: list[int], names: list[Any]
) -> tuple[NDArray[np.float64], tuple[str, str]]:
    """Return rows as points of a plane, and what its directions are."""
    dense = [part.toarray() if sp.issparse(part) else part for part in parts]
    values = np.concatenate([part[:, chosen] for part in dense])
    values = np.where(np.isfinite(values), values, np.nan)
    # The plane is that of the input rows, so that new ones cannot turn it.
    originals = _originals(values, dense)
    usable = ~np.isnan(originals).all(axis=0)
    if usable.sum() < 2:
        raise InputError(
            f"A scatter needs two columns with values; of {listed(names[j] for j in chosen)} "
            f"{int(usable.sum())} have any."
        )
    if usable.sum() == 2:
        first, second = (_title(names[j]) for j in np.array(chosen)[usable])
        return values[:, usable], (first, second)
    project = make_pipeline(SimpleImputer(), StandardScaler(), PCA(2, random_state=0))
    project.fit(originals[:, usable])
    shares = project[-1].explained_variance_ratio_
    first, second = (f"principal component {i + 1} ({shares[i]:.0%})" for i in range(2))
    return project.transform(values[:, usable]), (first, second)


def _originals(values: NDArray[np.float64], parts: list[Any]) -> NDArray[np.float64]:
    n_kept, n_new, n_removed = (len(part) for part in parts[:3])
    return np.concatenate([values[:n_kept], values[n_kept + n_new :][:n_removed]])
