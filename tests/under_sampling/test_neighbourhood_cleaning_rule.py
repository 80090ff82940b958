"""The neighbourhood cleaning rule follows Laurikkala."""

from __future__ import annotations

import numpy as np
import pytest
from overlapping import table

from poise.core.errors import ParameterError
from poise.testing import oracle
from poise.under_sampling import EditedNearestNeighbours, NeighbourhoodCleaningRule


def test_the_cleaning_rule_equals_plain_loops() -> None:
    X, y = table()
    kept = NeighbourhoodCleaningRule().fit(X, y).sample_indices_
    nearest = oracle.nearest_others(X, 3)
    is_wrong = (y[nearest] != y[:, None]).sum(axis=1) >= 2
    gone = {row for row in range(400) if y[row] == 0 and is_wrong[row]}
    for rare in np.flatnonzero((y == 1) & is_wrong):
        gone |= {int(row) for row in nearest[rare] if y[row] == 0}
    assert kept.tolist() == [row for row in range(400) if row not in gone]


@pytest.mark.parametrize(("threshold", "n_kept"), [(2.0, 6), (1.9, 3)])
def test_a_class_of_exactly_the_threshold_loses_no_neighbours(
    threshold: float, n_kept: int
) -> None:
    # Both rows of class 1 are misclassified; class 0 is exactly twice as large.
    X = np.array([[0.0], [1.0], [2.0], [3.1], [1.6], [10.0]])
    rule = NeighbourhoodCleaningRule(threshold_cleaning=threshold)
    assert len(rule.fit_resample(X, [0, 0, 0, 0, 1, 1])[0]) == n_kept


def test_another_cleaning_method_can_do_the_first_step() -> None:
    X, y = table()
    enn = EditedNearestNeighbours(n_neighbors=5).fit(X, y)
    first_alone = NeighbourhoodCleaningRule(
        edited_nearest_neighbours=EditedNearestNeighbours(n_neighbors=5), threshold_cleaning=100
    ).fit(X, y)
    np.testing.assert_array_equal(first_alone.sample_indices_, enn.sample_indices_)
    assert first_alone.classes_to_clean_ == []
    own = NeighbourhoodCleaningRule(threshold_cleaning=100).fit(X, y)
    mode = NeighbourhoodCleaningRule(
        edited_nearest_neighbours=EditedNearestNeighbours(kind_sel="mode"), threshold_cleaning=100
    ).fit(X, y)
    np.testing.assert_array_equal(own.sample_indices_, mode.sample_indices_)
    with pytest.raises(ParameterError, match="edited_nearest_neighbours"):
        NeighbourhoodCleaningRule(edited_nearest_neighbours=3).fit(X, y)
    wrong = EditedNearestNeighbours(n_neighbors=0)
    with pytest.raises(ParameterError, match="'n_neighbors' parameter of EditedNearest"):
        NeighbourhoodCleaningRule(edited_nearest_neighbours=wrong).fit(X, y)
