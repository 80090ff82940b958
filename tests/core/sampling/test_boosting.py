"""Histogram boosting takes at most 255 categories per column."""

from __future__ import annotations

import numpy as np

from poise.core.sampling.boosting import splittable_categories


def test_the_largest_code_of_a_category_is_254() -> None:
    codes = np.column_stack([np.arange(256.0), np.minimum(np.arange(256.0), 254)])
    assert splittable_categories(codes, [0, 1]) == [1]


def test_no_column_is_none() -> None:
    assert splittable_categories(np.full((2, 1), 255.0), [0]) is None
    assert splittable_categories(np.zeros((2, 1)), []) is None


def test_missing_values_are_ignored() -> None:
    assert splittable_categories(np.array([[np.nan, 1.0], [np.nan, np.nan]]), [0, 1]) == [0, 1]
