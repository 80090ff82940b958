"""What the user passes as `k_neighbors`: a number, or a neighbour object with a number of its own."""

from __future__ import annotations

import numpy as np

from poise.core.errors import InputError
from poise.core.types import KNeighbors, NeighborEstimator


def count_of(neighbors: KNeighbors) -> int:
    """Return the number of other rows to find: both 5 and `NearestNeighbors(n_neighbors=5)` give 5.

    Raises
    ------
    InputError
        If the object is a class, or its `n_neighbors` is not a number of 1 or more.

    Examples
    --------
    >>> from sklearn.neighbors import NearestNeighbors
    >>> count_of(NearestNeighbors(n_neighbors=5))
    5
    """
    if isinstance(neighbors, int | np.integer):
        return int(neighbors)
    count = getattr(neighbors, "n_neighbors", None)
    if isinstance(neighbors, type) or not isinstance(count, int | np.integer) or count < 1:
        raise InputError(
            f"{neighbors!r} must be an instance whose n_neighbors is 1 or more (it is {count!r}). "
            "Pass a number, or an object such as sklearn.neighbors.NearestNeighbors(n_neighbors=5)."
        )
    return int(count)


def estimator_of(neighbors: KNeighbors) -> NeighborEstimator | None:
    """Return the user's neighbour object; None if the user gave a number."""
    return None if isinstance(neighbors, int | np.integer) else neighbors
