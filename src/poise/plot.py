"""Plots of a table before and after resampling."""

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
from poise.core.tables.convert import have_one_index
from poise.core.tables.labels import encode
from poise.core.tables.read import read_table, read_target
from poise.report.before_after import BeforeAfter, draw

__all__ = ["BeforeAfter", "before_after", "before_after_data", "draw"]

_POINTS_PER_GROUP = 1000


def before_after(
    X: Any,
    y: Any,
    sampler: Resampler,
    *,
    columns: Sequence[Any] | None = None,
    segments: bool = False,
    axes: Any = None,
) -> Any:
    """Draw a table before and after resampling, side by side.

    Markers distinguish original, new and removed rows, in greyscale too. The legends have their numbers.

    Parameters
    ----------
    X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
    y : array-like of shape (n_rows,)
    sampler : Resampler
        A sampler of Poise. It is cloned, not fitted.
    columns : two column names, optional
        The columns to draw, by name, or by position if the table has no names. By default all numeric columns;
        more than two are standardised and projected onto their first two principal components.
    segments : bool, default=False
        Whether to draw for each blended row the segment from its seed row to its partner.
    axes : sequence of two matplotlib Axes, optional
        By default a new figure is made.

    Returns
    -------
    ndarray of two matplotlib.axes.Axes

    Raises
    ------
    InputError
        If the table has fewer than two numeric columns.
    MissingDependencyError
        If matplotlib is not installed.

    Notes
    -----
    Of a group with more than 1,000 rows, 1,000 evenly spaced rows are drawn, and a note above the panel
    gives the numbers.

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
            f"{sampler!r} is not a sampler of Poise, and only these record the origin of rows. Pass an instance, such "
            "as poise.SMOTE()."
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
    """Return the points and counts that `before_after` draws.

    Parameters
    ----------
    X, y
        The table before resampling, and its labels.
    X_resampled
        The table after resampling.
    plan : Plan
        The plan of the sampler.
    columns, segments
        See `before_after`.

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
    have_one_index(X, y)  # raises for the same index in different orders
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
            f"A scatter plot needs two numeric columns; X has {len(names)} ({listed(names)}). Pass a table with more."
        )
    if columns is None:
        return list(range(len(names)))
    if not isinstance(columns, list | tuple) or len(columns) != 2:
        raise InputError(f"columns={columns!r} must be a list of two column names.")
    for column in columns:
        if column not in names:
            raise UnknownNameError(
                f"There is no numeric column {column!r}; the numeric columns are {listed(names)}."
                f"{nearest_name(column, names)}"
            )
    return [names.index(column) for column in columns]


def _title(name: Any) -> str:
    return f"column {name}" if isinstance(name, int) else str(name)


def _thinned(rows: Ids, codes: Ids) -> Ids:
    """Return at most `_POINTS_PER_GROUP` evenly spaced rows of each class."""
    parts = []
    for code in np.unique(codes[rows]):
        of_class = rows[codes[rows] == code]
        n_drawn = min(len(of_class), _POINTS_PER_GROUP)
        parts.append(of_class[np.linspace(0, len(of_class) - 1, n_drawn).astype(np.intp)])
    return np.concatenate([rows[:0], *parts])


def _segment_ends(plan: Plan, rows: Ids) -> Ids:
    lineage = plan.lineage()
    blended = rows[lineage.partner[rows] >= 0]
    return np.column_stack([lineage.seed[blended], lineage.partner[blended]])


def _flat(
    parts: list[Any], chosen: list[int], names: list[Any]
) -> tuple[NDArray[np.float64], tuple[str, str]]:
    """Return rows as points in two dimensions, and the titles of both axes."""
    dense = [part.toarray() if sp.issparse(part) else part for part in parts]
    values = np.concatenate([part[:, chosen] for part in dense])
    values = np.where(np.isfinite(values), values, np.nan)
    # The projection is fitted on input rows only, so new rows do not change it.
    originals = _originals(values, dense)
    usable = ~np.isnan(originals).all(axis=0)
    if usable.sum() < 2:
        raise InputError(
            f"A scatter plot needs two columns with values; of {listed(names[j] for j in chosen)}, "
            f"{int(usable.sum())} have any. Choose other columns."
        )
    if usable.sum() == 2:
        first, second = (_title(names[j]) for j in np.array(chosen)[usable])
        return values[:, usable], (first, second)
    # By a power of two each column is brought near 1, which changes no result, so that no square overflows.
    exponents = -np.frexp(np.nanmax(np.abs(originals[:, usable]), axis=0))[1]
    values, originals = (np.ldexp(part[:, usable], exponents) for part in (values, originals))
    project = make_pipeline(SimpleImputer(), StandardScaler(), PCA(2, random_state=0))
    project.fit(originals)
    shares = project[-1].explained_variance_ratio_
    first, second = (f"principal component {i + 1} ({shares[i]:.0%})" for i in range(2))
    return project.transform(values), (first, second)


def _originals(values: NDArray[np.float64], parts: list[Any]) -> NDArray[np.float64]:
    n_kept, n_new, n_removed = (len(part) for part in parts[:3])
    return np.concatenate([values[:n_kept], values[n_kept + n_new :][:n_removed]])
