"""Kinds of minority rows by the classes of their neighbours: safe, borderline, rare, outlier."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from poise.core.neighbors.index import Index
from poise.core.plan.recipes import Ids

KINDS = ("safe", "borderline", "rare", "outlier")
_SAFE, _BORDERLINE, _RARE, _OUTLIER = range(4)
N_AROUND = 5  # number of neighbours that decide the kind of a row


def kinds_of(index: Index, is_member: NDArray[np.bool_]) -> Ids:
    """Return the kind of each row of a class, as a position in `KINDS`.

    The kind depends on how many of the five nearest other rows are of the same class. A safe row has
    four or five, a borderline row two or three, an outlier none. A row with exactly one is rare if that
    neighbour has no further neighbour of the class, and borderline otherwise.

    Parameters
    ----------
    index : Index
        All rows.
    is_member : ndarray of shape (n_rows,), bool
        Whether each row is of the class.

    Returns
    -------
    ndarray of shape (n_members,), intp

    References
    ----------
    .. [1] Napierala, K. and Stefanowski, J. (2016). Types of minority class examples and their
       influence on learning classifiers from imbalanced data. Journal of Intelligent Information
       Systems 46, 563-597.
       doi:10.1007/s10844-015-0368-1

    Examples
    --------
    >>> X = np.array([[0.0], [0.1], [0.2], [0.3], [0.4], [0.5], [9.0], [9.1], [9.2], [9.3], [9.4], [9.5]])
    >>> is_member = np.arange(12) < 6
    >>> is_member[6] = True
    >>> [KINDS[kind] for kind in kinds_of(Index(X), is_member)]
    ['safe', 'safe', 'safe', 'safe', 'safe', 'safe', 'outlier']
    """
    members = np.flatnonzero(is_member)
    return kinds_among(
        index.nearest_others(members, min(N_AROUND, index.n_rows - 1)).rows, is_member
    )


def kinds_among(around: Ids, is_member: NDArray[np.bool_]) -> Ids:
    """Return the kind of each row of a class from its neighbours; see `kinds_of`.

    Parameters
    ----------
    around : ndarray of shape (n_members, k), intp
        The nearest other rows of each row of the class, of any class; -1 for none.
    is_member : ndarray of shape (n_rows,), bool
        Whether each row is of the class.

    Returns
    -------
    ndarray of shape (n_members,), intp
    """
    members = np.flatnonzero(is_member)
    is_same_class = (around >= 0) & is_member[around]
    n_same = is_same_class.sum(axis=1)
    kinds = np.full(len(members), _BORDERLINE, dtype=np.intp)
    kinds[n_same >= 4] = _SAFE
    kinds[n_same == 0] = _OUTLIER
    single = np.flatnonzero(n_same == 1)
    neighbor = around[single, is_same_class[single].argmax(axis=1)]
    n_same_of_neighbor = n_same[np.searchsorted(members, neighbor)]
    is_mutual = (around[np.searchsorted(members, neighbor)] == members[single][:, np.newaxis]).any(
        axis=1
    )
    kinds[single[n_same_of_neighbor - is_mutual <= 0]] = _RARE
    return kinds
