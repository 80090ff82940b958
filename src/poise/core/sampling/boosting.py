"""Which columns histogram boosting can split as categories."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from poise.core.tables.blocks import Matrix

# scikit-learn's histogram boosting bins a category's codes, and has 255 bins.
_MOST_CATEGORIES = 255


def splittable_categories(values: Matrix, columns: Iterable[int]) -> list[int] | None:
    """Return those of the columns of codes that have few enough categories; None for no column.

    Parameters
    ----------
    values : ndarray of shape (n, d)
        Codes from 0 on in the columns named; NaN where missing.
    columns : iterable of int

    Examples
    --------
    >>> splittable_categories(np.column_stack([np.arange(300.0) % 7, np.arange(300.0)]), [0, 1])
    [0]
    """
    return [j for j in columns if np.nanmax(values[:, j], initial=0) < _MOST_CATEGORIES] or None
