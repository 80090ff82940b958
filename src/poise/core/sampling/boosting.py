"""Find the columns that histogram gradient boosting can treat as categories."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from poise.core.tables.blocks import Matrix

# scikit-learn's histogram boosting puts each category code into a bin, and has 255 bins.
_MOST_CATEGORIES = 255


def splittable_categories(values: Matrix, columns: Iterable[int]) -> list[int] | None:
    """Return the columns with few enough categories for histogram boosting; None if there are none.

    Parameters
    ----------
    values : ndarray of shape (n, d)
        NaN marks a missing value.
    columns : iterable of int
        Columns that hold category codes from 0 on.

    Examples
    --------
    >>> splittable_categories(np.column_stack([np.arange(300.0) % 7, np.arange(300.0)]), [0, 1])
    [0]
    """
    lowest = 0  # so that a column without known values has a maximum; no mutant: any small code
    return [
        j for j in columns if np.nanmax(values[:, j], initial=lowest) < _MOST_CATEGORIES
    ] or None
