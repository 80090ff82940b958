"""Value difference metric: two categories are near if they have similar class frequencies.

The metric is that of Stanfill and Waltz (1986), as used by Chawla et al. (2002), section 6.2. The
difference of two categories a and b is the sum over the classes of |P(class | a) - P(class | b)|.
The squared distance of two rows is the sum of the squared differences of their columns. Only
columns known in both rows count, and the sum is scaled up to all columns.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from poise.core.neighbors.index import Index
from poise.core.neighbors.measure import Measure
from poise.core.neighbors.searchers import Neighbors, UserSearcher, check_nothing_missing
from poise.core.plan.recipes import Ids
from poise.core.types import NeighborEstimator

_PAIRS_AT_ONCE = 1 << 22  # no mutant: memory alone


def class_shares(
    codes: NDArray[np.float64], classes: Ids, n_classes: int
) -> list[NDArray[np.float64]]:
    """Return the class frequencies of each category in each column.

    Parameters
    ----------
    codes : ndarray of shape (n, d)
        Category codes as whole numbers; NaN marks a missing value.
    classes : ndarray of shape (n,), intp
    n_classes : int

    Returns
    -------
    list of ndarray of shape (n_categories, n_classes), float64
        One array per column; the frequencies of a category add up to 1.

    Examples
    --------
    >>> class_shares(np.array([[0.0], [0.0], [1.0]]), np.array([0, 1, 1]), 2)[0].tolist()
    [[0.5, 0.5], [0.0, 1.0]]
    """
    shares = []
    for column in codes.T:
        is_known = ~np.isnan(column)
        category = column[is_known].astype(np.intp)
        n_categories = int(category.max(initial=-1)) + 1
        place = category * n_classes + classes[is_known]
        counts = np.bincount(place, minlength=n_categories * n_classes)
        counts = counts.reshape(n_categories, n_classes)
        shares.append(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))
    return shares


def nearest_by_value_difference(
    codes: NDArray[np.float64],
    shares: list[NDArray[np.float64]],
    rows: Ids,
    k: int,
    estimator: NeighborEstimator | None = None,
) -> Neighbors:
    """Return the k nearest other rows of some rows by the value difference metric.

    Parameters
    ----------
    codes : ndarray of shape (n, d)
        The rows in which neighbours are searched.
    shares : list of ndarray
        The result of `class_shares`.
    rows : ndarray of shape (q,), intp
    k : int
    estimator : NeighborEstimator, optional
        The user's neighbour object, which gets the distances of all pairs of rows, with
        ``metric="precomputed"`` if it has this parameter; by default exact search.

    Returns
    -------
    Neighbors

    Notes
    -----
    With two classes, a nearest-neighbour search in one number per column. With more classes,
    O(q n d n_classes).
    """
    if estimator is not None:
        check_nothing_missing(Measure(is_partial=bool(np.isnan(codes).any())))
        apart = np.sqrt(_squared_distances(codes, shares, np.arange(len(codes))))
        own = clone(estimator, safe=False)
        known = own.get_params()
        precomputed = {"metric": "precomputed", "algorithm": "auto"}  # trees take no distances
        own.set_params(**{name: value for name, value in precomputed.items() if name in known})
        return UserSearcher(apart, own, Measure()).nearest(apart[rows], k, rows)
    if all(share.shape[1] == 2 for share in shares):
        # With two classes, one frequency describes a category, and the distance is Euclidean.
        points = np.column_stack(
            [_looked_up(2 * s[:, 1], c) for s, c in zip(shares, codes.T, strict=True)]
        )
        # All columns have weight, including those that are constant within the class.
        measure = Measure(is_partial=bool(np.isnan(points).any()))
        return Index(points, measure_of_all=measure).nearest_others(rows, k)
    return _by_comparing_all(codes, shares, rows, k)


def _looked_up(values: NDArray[np.float64], codes: NDArray[np.float64]) -> NDArray[np.float64]:
    found = np.full(len(codes), np.nan)
    is_known = ~np.isnan(codes)
    found[is_known] = values[codes[is_known].astype(np.intp)]
    return found


def _by_comparing_all(
    codes: NDArray[np.float64], shares: list[NDArray[np.float64]], rows: Ids, k: int
) -> Neighbors:
    found, distances = np.empty((len(rows), k), dtype=np.intp), np.empty((len(rows), k))
    n_parts = -(-len(rows) * len(codes) // _PAIRS_AT_ONCE)  # no mutant: memory alone
    for part in np.array_split(np.arange(len(rows)), max(1, min(n_parts, len(rows)))):
        queries = rows[part]
        total = _squared_distances(codes, shares, queries)
        total[np.arange(len(queries)), queries] = np.nan  # NaN is sorted last
        order = np.argsort(total, axis=1, kind="stable")[:, :k]
        distances[part] = np.take_along_axis(total, order, axis=1)
        found[part] = np.where(np.isfinite(distances[part]), order, -1)
    return Neighbors(found, distances)


def _squared_distances(
    codes: NDArray[np.float64], shares: list[NDArray[np.float64]], queries: Ids
) -> NDArray[np.float64]:
    """Return the squared distance of some rows to all; infinite without a common known column."""
    is_known = ~np.isnan(codes)
    known = np.where(is_known, codes, 0).astype(np.intp)  # no mutant: any code
    total, n_common = np.zeros((len(queries), len(codes))), np.zeros((len(queries), len(codes)))
    for j, share in enumerate(shares):
        both = is_known[queries, j][:, np.newaxis] & is_known[:, j]
        difference = np.zeros_like(total)
        for of_class in share.T if len(share) else ():
            of_row = of_class[known[:, j]]
            difference += np.abs(of_row[queries][:, np.newaxis] - of_row)
        total += np.where(both, difference**2, 0.0)
        n_common += both
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(n_common > 0, total * (len(shares) / n_common), np.inf)
