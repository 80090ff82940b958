"""The value difference metric equals that of imbalanced-learn; unknown categories raise."""

from __future__ import annotations

import imblearn.metrics.pairwise
import numpy as np
import pytest

from poise.core.errors import InputError
from poise.metrics import ValueDifferenceMetric

rng = np.random.RandomState(0)


@pytest.mark.parametrize(("k", "r"), [(1, 2), (1, 1)])
def test_the_value_difference_equals_that_of_imbalanced_learn(k: int, r: int) -> None:
    codes = rng.randint(0, 4, size=(60, 3))
    y = rng.randint(0, 3, 60)
    ours = ValueDifferenceMetric(k=k, r=r).fit(codes, y)
    theirs = imblearn.metrics.pairwise.ValueDifferenceMetric(k=k, r=r).fit(codes, y)
    np.testing.assert_allclose(ours.pairwise(codes), theirs.pairwise(codes), atol=1e-12)
    np.testing.assert_allclose(
        ours.pairwise(codes[:5], codes), theirs.pairwise(codes[:5], codes), atol=1e-12
    )


def test_invalid_categories_raise() -> None:
    metric = ValueDifferenceMetric().fit([[0], [1]], [0, 1])
    for rows, words in (([[2]], "Pass n_categories"), ([[-1]], "Encode X first")):
        with pytest.raises(InputError, match=words):
            metric.pairwise(rows)
    with pytest.raises(InputError, match="does not fit X"):
        ValueDifferenceMetric(n_categories=[1]).fit([[0], [1]], [0, 1])
    assert ValueDifferenceMetric(n_categories=[3]).fit([[0], [1]], [0, 1]).pairwise([[2]]) == 0


def test_a_category_that_does_not_occur_has_no_share_of_any_class() -> None:
    metric = ValueDifferenceMetric(n_categories=[3]).fit([[0], [1]], [0, 1])
    assert metric.proba_per_class_[0].tolist() == [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]
    assert metric.pairwise([[0]], [[1], [2]]).tolist() == [[4.0, 1.0]]
