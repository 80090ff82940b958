"""Slow reference implementations, written as plain loops, to test the fast code against.

Distances are added up in the order of the columns. A row holds numbers, then `n_nominal` category
codes; NaN marks a missing value.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def squared_distance(
    a: Sequence[float], b: Sequence[float], n_nominal: int = 0, mismatch: float = 0.0
) -> float | None:
    """Return the squared distance of two rows: squared differences, and a cost per mismatch.

    Only columns known in both rows count, and the sum is scaled up to all columns. The result is None if
    there is no such column.

    Examples
    --------
    >>> squared_distance([0.0, 0.0], [3.0, 4.0])
    25.0
    >>> squared_distance([0.0, 1.0], [3.0, 2.0], n_nominal=1, mismatch=0.5)
    9.5
    >>> squared_distance([0.0, math.nan], [3.0, 4.0])
    18.0
    """
    total, n_known, n_different = 0.0, 0, 0
    for column, (left, right) in enumerate(zip(a, b, strict=True)):
        if math.isnan(left) or math.isnan(right):
            continue
        n_known += 1
        if column < len(a) - n_nominal:
            total += (left - right) * (left - right)
        elif left != right:
            n_different += 1
    if n_known == 0:
        return None
    total += n_different * mismatch
    return total if n_known == len(a) else total * (len(a) / n_known)


def others_by_distance(
    X: ArrayLike, row: int, n_nominal: int = 0, mismatch: float = 0.0
) -> list[tuple[float, int]]:
    """Return (squared distance, row) of all other rows, nearest first, with ties by row number.

    Examples
    --------
    >>> others_by_distance([[0.0], [2.0], [-1.0], [1.0]], 0)
    [(1.0, 2), (1.0, 3), (4.0, 1)]
    """
    rows = np.asarray(X, dtype=np.float64).tolist()
    known = (
        (squared_distance(other, rows[row], n_nominal, mismatch), number)
        for number, other in enumerate(rows)
        if number != row
    )
    return sorted((distance, number) for distance, number in known if distance is not None)


def nearest_others(X: ArrayLike, k: int) -> NDArray[np.intp]:
    """Return the k nearest other rows of each row, nearest first, as an array of shape (n, k).

    Examples
    --------
    >>> nearest_others([[0.0], [2.0], [3.0]], 1).ravel().tolist()
    [1, 2, 1]
    """
    n_rows = len(np.asarray(X))
    found = [[other for _, other in others_by_distance(X, row)[:k]] for row in range(n_rows)]
    return np.array(found, dtype=np.intp).reshape(n_rows, k)


def in_tomek_links(
    X: ArrayLike, y: Sequence[Any], n_nominal: int = 0, mismatch: float = 0.0
) -> NDArray[np.bool_]:
    """Return a mask of the rows in a Tomek link.

    Two rows of different classes form a link if no third row is strictly nearer to either of them.

    Examples
    --------
    >>> in_tomek_links([[0.0], [2.0], [3.0]], [0, 0, 1]).tolist()
    [False, True, True]
    """
    others = [others_by_distance(X, row, n_nominal, mismatch) for row in range(len(y))]
    nearest = [known[0][0] if known else -1.0 for known in others]
    linked = np.zeros(len(y), dtype=bool)
    for row in range(len(y)):
        for distance, other in others[row]:
            if y[row] != y[other] and distance == nearest[row] == nearest[other]:
                linked[row] = True
    return linked


def edited_out(
    X: ArrayLike,
    y: Sequence[Any],
    k: int,
    kind: str = "all",
    n_nominal: int = 0,
    mismatch: float = 0.0,
) -> NDArray[np.bool_]:
    """Return a mask of the rows that edited nearest neighbours remove if all classes may lose rows.

    "mode" tries all orders of equally distant rows, so it is slow for tables with many ties.

    Examples
    --------
    >>> edited_out([[0.0], [1.0], [3.0], [4.0]], [0, 0, 1, 0], 1).tolist()
    [False, False, True, True]
    """
    rule = _has_too_few_nearer_own if kind == "all" else _can_be_outvoted
    every = [(row, others_by_distance(X, row, n_nominal, mismatch)) for row in range(len(y))]
    removed = [
        bool(others) and rule([(d, y[other]) for d, other in others], y[row], min(k, len(others)))
        for row, others in every
    ]
    return np.array(removed, dtype=bool)


def _has_too_few_nearer_own(others: list[tuple[float, Any]], own: Any, k: int) -> bool:
    enemies = [distance for distance, label in others if label != own]
    nearest_enemy = min(enemies, default=float("inf"))
    nearer = [distance for distance, label in others if label == own and distance < nearest_enemy]
    return len(nearer) < k


def _can_be_outvoted(others: list[tuple[float, Any]], own: Any, k: int) -> bool:
    kth = others[k - 1][0]
    sure = [label for distance, label in others if distance < kth]
    tied = [label for distance, label in others if distance == kth]
    for chosen in set(permutations(tied, k - len(sure))):
        votes = Counter([*sure, *chosen])
        if any(count > votes[own] for label, count in votes.items() if label != own):
            return True
    return False
