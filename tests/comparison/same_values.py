"""Comparisons with equal values, shared by the tests of comparisons."""

from __future__ import annotations

import numpy as np

from poise.comparison import Comparison


def assert_same_values(a: Comparison, b: Comparison) -> None:
    """Assert that two comparisons have equal values, but for the times."""
    assert a.values.keys() == b.values.keys()
    for key in a.values:
        if key.metric != "fit_seconds":
            np.testing.assert_array_equal(a.values[key], b.values[key])
