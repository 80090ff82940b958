"""Fitted attributes that users of imbalanced-learn read: neighbour objects."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.neighbors import NearestNeighbors

from poise.core.neighbors.parameter import count_of, estimator_of
from poise.core.sampling.allocation import Counts
from poise.core.sampling.problem import Problem
from poise.core.types import KNeighbors


def neighbors_object(neighbors: KNeighbors) -> Any:
    """Return the neighbour object for a parameter: a clone of the user's, or one for a number.

    For a number it has one neighbour more, because a row among those that are searched is its own
    nearest neighbour.

    Examples
    --------
    >>> neighbors_object(5)
    NearestNeighbors(algorithm='brute', n_neighbors=6)
    """
    own = estimator_of(neighbors)
    if own is not None:
        return clone(own, safe=False)
    return NearestNeighbors(n_neighbors=count_of(neighbors) + 1, algorithm="brute")


def neighbors_in_class(problem: Problem, amounts: Counts, neighbors: KNeighbors) -> Any:
    """Return the neighbour object, fitted to the rows of the last class that grew.

    It is not fitted if no class grew, or the table holds categories or missing values.
    """
    found = neighbors_object(neighbors)
    grown = [code for code, n_rows in amounts.items() if n_rows]
    if not grown or problem.known_space.n_categorical:
        return found
    rows = problem.values[problem.labels.members(grown[-1])]
    is_complete = sp.issparse(rows) or not np.isnan(rows).any()
    return found.fit(rows) if is_complete else found


def encoder_of(given: Any, default: Any) -> Any:
    """Return a copy of the encoder that the user passed, or the default."""
    return default if given is None else clone(given)
