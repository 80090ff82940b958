"""Kinds of rows of a class: safe, borderline, rare, outlier, by who their neighbours are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from poise.core.neighbors.index import Index
from poise.core.plan.recipes import Ids

KINDS = ("safe", "borderline", "rare", "outlier")
_SAFE, _BORDERLINE, _RARE, _OUTLIER = range(4)
N_AROUND = 5  # nearest others that tell a row's kind


def kinds_of(index: Index, is_member: NDArray[np.bool_]) -> Ids:
    """Return the kind of each row of a class, as a position in `KINDS`.

    Of five nearest others, a safe row has four or five of its class, a borderline row two or three, an
    outlier none. A row with one is rare where that one has no other of the class around it either,
    else borderline.

    Parameters
    ----------
    index : Index
        All rows.
    is_member : ndarray of shape (n_rows,), bool

    Returns
    -------
    ndarray of shape (n_members,), intp

    References
    ----------
    .. [1] Napierala, K. and Stefanowski, J. (2016). Types of minority class examples and their
       influence on learning classifiers from imbalanced data. Journal of Intelligent Information
       Systems 46, 563-597.

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
    """Return the kind of each row of a class from the rows around it; see `kinds_of`.

    Parameters
    ----------
    around : ndarray of shape (n_members, k), intp
        The nearest others of each, of any class; -1 for none.
    is_member : ndarray of shape (n_rows,), bool
    """
    members = np.flatnonzero(is_member)
    is_friend = (around >= 0) & is_member[around]
    n_friends = is_friend.sum(axis=1)
    kinds = np.full(len(members), _BORDERLINE, dtype=np.intp)
    kinds[n_friends >= 4] = _SAFE
    kinds[n_friends == 0] = _OUTLIER
    single = np.flatnonzero(n_friends == 1)
    friend = around[single, is_friend[single].argmax(axis=1)]
    others_of_friend = n_friends[np.searchsorted(members, friend)]
    is_mutual = (around[np.searchsorted(members, friend)] == members[single][:, np.newaxis]).any(
        axis=1
    )
    kinds[single[others_of_friend - is_mutual <= 0]] = _RARE
    return kinds
