"""Categories are near if they have similar class frequencies."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.neighbors import NearestNeighbors

from poise.core.errors import InputError
from poise.core.neighbors.value_difference import class_shares, nearest_by_value_difference
from poise.over_sampling import SMOTEN


def test_many_categories_of_three_classes_take_little_memory() -> None:
    n_rows = 6000
    X = pd.DataFrame({"id": [f"u{i}" for i in range(n_rows)], "c": ["a", "b"] * (n_rows // 2)})
    y = np.repeat([0, 1, 2], [n_rows - 400, 200, 200])
    assert len(SMOTEN(random_state=0).fit(X, y).plan_) == 3 * (n_rows - 400)


def test_shares_of_a_category_add_up_to_1() -> None:
    codes = np.array([[0.0, np.nan], [0.0, np.nan], [1.0, np.nan]])
    shares = class_shares(codes, np.array([0, 1, 1]), 2)
    assert shares[0].tolist() == [[0.5, 0.5], [0.0, 1.0]]
    assert shares[1].shape == (0, 2)


def test_rows_without_a_common_known_column_are_not_neighbours() -> None:
    codes = np.array([[0.0, np.nan], [np.nan, 0.0], [1.0, np.nan]])
    shares = class_shares(codes, np.array([0, 1, 2]), 3)
    found = nearest_by_value_difference(codes, shares, np.arange(2), 2)
    assert found.rows.tolist() == [[2, -1], [-1, -1]]
    assert found.distances.tolist() == [[8.0, np.inf], [np.inf, np.inf]]


def test_a_neighbour_object_gets_the_distances_of_all_pairs() -> None:
    draws = np.random.RandomState(0)
    codes, classes = draws.randint(0, 4, size=(50, 3)).astype(float), draws.randint(0, 3, 50)
    shares, rows = class_shares(codes, classes, 3), np.arange(50)
    exact = nearest_by_value_difference(codes, shares, rows, 5)
    for mine in (NearestNeighbors(), NearestNeighbors(algorithm="ball_tree", metric="euclidean")):
        found = nearest_by_value_difference(codes, shares, rows, 5, mine)
        np.testing.assert_allclose(found.distances**2, exact.distances, atol=1e-12)
    codes[3, 1] = np.nan
    with pytest.raises(InputError, match="missing values. Pass a number of neighbours instead"):
        nearest_by_value_difference(codes, shares, rows, 5, NearestNeighbors())
