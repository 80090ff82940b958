"""poise.forensics is the public door to the forensic checks."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import make_classification

import poise
from poise import forensics

X, Y = make_classification(400, n_features=6, weights=[0.85], random_state=0)


def test_every_public_name_is_there() -> None:
    assert all(hasattr(forensics, name) for name in forensics.__all__)
    assert sorted(forensics.__all__) == forensics.__all__


def test_a_table_is_clean_until_it_is_over_sampled() -> None:
    assert forensics.find_synthetic(X, Y).verdict == "clean"
    X_new, y_new = poise.SMOTE(random_state=0).fit_resample(X, Y)
    found = forensics.find_synthetic(X_new, y_new)
    assert found.verdict == "interpolated"
    assert np.flatnonzero(found.is_synthetic).min() >= 400


def test_a_leak_is_an_assertion_error() -> None:
    with pytest.raises(AssertionError, match="Split first, and resample only the training part"):
        forensics.assert_no_leak(X, Y, X[:100], Y[:100])
