"""The value difference metric: categories are near when the classes occur alike among them.

Stanfill and Waltz (1986), as Chawla et al. (2002), section 6.2, use it: the difference of two
categories is the sum over the classes of |P(class | a) - P(class | b)|; a squared distance adds the
squares of the columns' differences. Over the columns that both rows know, scaled up to all.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from poise.core.neighbors.index import Index
from poise.core.neighbors.measure import Measure
from poise.core.neighbors.searchers import Neighbors
from poise.core.plan.recipes import Ids

_PAIRS_AT_ONCE = 1 << 22


def class_shares(
    codes: NDArray[np.float64], classes: Ids, n_classes: int
) -> list[NDArray[np.float64]]:
    """Return for each column the share of each class among the rows of each category.

    Parameters
    ----------
    codes : ndarray of shape (n, d)
        Whole numbers; NaN where missing.
    classes : ndarray of shape (n,), intp
    n_classes : int

    Returns
    -------
    list of ndarray of shape (n_categories, n_classes)

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
    codes: NDArray[np.float64], shares: list[NDArray[np.float64]], rows: Ids, k: int
) -> Neighbors:
    """Return the k nearest others of some rows.

    Parameters
    ----------
    codes : ndarray of shape (n, d)
        The rows to find neighbours among.
    shares : list of ndarray
        As `class_shares` returns them.
    rows : ndarray of intp
    k : int
    """
    if all(share.shape[1] == 2 for share in shares):
        # With two classes a category is one number, and the distance is Euclidean.
        points = np.column_stack(
            [_looked_up(2 * s[:, 1], c) for s, c in zip(shares, codes.T, strict=True)]
        )
        # All columns have weight, also those in which the class's own rows are alike.
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
    is_known = ~np.isnan(codes)
    known = np.where(is_known, codes, 0).astype(np.intp)
    found, distances = np.empty((len(rows), k), dtype=np.intp), np.empty((len(rows), k))
    n_parts = -(-len(rows) * len(codes) // _PAIRS_AT_ONCE)
    for part in np.array_split(np.arange(len(rows)), max(1, min(n_parts, len(rows)))):
        asked = rows[part]
        total, n_common = np.zeros((len(asked), len(codes))), np.zeros((len(asked), len(codes)))
        for j, share in enumerate(shares):
            both = is_known[asked, j][:, np.newaxis] & is_known[:, j]
            difference = np.zeros_like(total)
            for of_class in share.T if len(share) else ():
                of_row = of_class[known[:, j]]
                difference += np.abs(of_row[asked][:, np.newaxis] - of_row)
            total += np.where(both, difference**2, 0.0)
            n_common += both
        with np.errstate(divide="ignore", invalid="ignore"):
            total = np.where(n_common > 0, total * (len(shares) / n_common), np.inf)
        total[np.arange(len(asked)), asked] = np.nan  # sorted behind all others
        order = np.argsort(total, axis=1, kind="stable")[:, :k]
        distances[part] = np.take_along_axis(total, order, axis=1)
        found[part] = np.where(np.isfinite(distances[part]), order, -1)
    return Neighbors(found, distances)
