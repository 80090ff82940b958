"""The distance measure weighs numbers, categories and missing values."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from one_column import NUMBERS, N, Y, smote

from poise.core.neighbors.measure import Measure, distances_between, measure_of
from poise.core.tables.blocks import searched
from poise.core.tables.read import read_table
from poise.over_sampling import SMOTE


def test_missing_values_beside_numbers_that_overflow_make_no_copies() -> None:
    X = np.column_stack([NUMBERS * 1e200, NUMBERS[::-1] * 1e200])
    X[15, 0] = np.nan
    lineage = smote().fit(X, Y).plan_.lineage()
    assert (lineage.seed[N:] != lineage.partner[N:]).all()


def test_constant_columns_have_no_weight_and_missing_values_make_the_measure_partial() -> None:
    X = pd.DataFrame(
        {
            "a": [0.0, 1.5, np.nan, 3.0],
            "b": [0.0, np.nan, 2.0, 4.0],
            "same": 7.0,
            "one": "x",
            "empty": np.nan,
        }
    )
    whole, found = searched(read_table(X).blocks)
    assert found == 1
    measure = measure_of(whole, found)
    assert measure.columns.tolist() == [0, 1]
    assert measure.is_partial
    assert not measure.n_categorical


def test_the_cost_of_a_mismatch_is_the_squared_median_deviation() -> None:
    rng = np.random.RandomState(0)
    numbers = rng.randn(50, 3) * [1.0, 5.0, 100.0]
    codes = rng.randint(0, 3, size=(50, 2)).astype(float)
    measure = measure_of(np.column_stack([numbers, codes]), 2)
    assert measure.mismatch == pytest.approx(np.median(numbers.std(axis=0)) ** 2)
    assert measure_of(codes, 2).mismatch == 1.0


def test_a_row_with_all_values_missing_is_repeated_and_never_a_partner() -> None:
    X = np.random.RandomState(0).randn(40, 2)
    X[30] = np.nan
    y = np.repeat([0, 1], [28, 12])
    sampler = SMOTE(sampling_strategy={1: 200}, random_state=0)
    X_new, _ = sampler.fit_resample(X, y)
    lineage = sampler.plan_.lineage()
    from_it = lineage.seed == 30
    assert np.isnan(X_new[from_it]).all()
    assert (lineage.partner[~from_it] != 30).all()


def test_categories_have_a_cost_if_most_numbers_are_constant() -> None:
    values = np.array([[7.0, 7.0, 0.0, 0.0], [7.0, 7.0, 2.0, 1.0], [7.0, 7.0, 4.0, 1.0]])
    assert measure_of(values, 1).mismatch == pytest.approx(np.var([0.0, 2.0, 4.0]))


def test_a_distance_over_common_columns_is_scaled_up_to_all_columns() -> None:
    nan, measure = np.nan, Measure(is_partial=True)
    values = np.array([[3.0, 4.0, 4.0], [1.0, nan, nan], [nan, 1.0, nan]])
    # (9 + 16) of two columns in three, 1 of one in three, and no column in common.
    found = distances_between(np.array([[0.0, nan, 0.0]]), values, measure)
    assert found.tolist() == [[37.5, 3.0, np.inf]]
    whole = distances_between(np.zeros((1, 3)), values[:1], measure)
    assert whole.tolist() == [[41.0]]


def test_distances_are_sums_of_squares_and_of_mismatches() -> None:
    values = np.array([[3.0, 4.0], [1.0, 1.0]])
    assert distances_between(np.array([[1.0, 2.0]]), values, Measure()).tolist() == [[8.0, 1.0]]
    points = np.array([[1.0, 2.0], [0.0, -1.0]])
    assert distances_between(points, values, Measure()).tolist() == [[8.0, 1.0], [34.0, 5.0]]
    coded = np.array([[3.0, 0.0], [3.0, 1.0], [1.0, 2.0]])
    mixed = Measure(n_categorical=1, mismatch=2.25)
    assert distances_between(np.array([[1.0, 0.0]]), coded, mixed).tolist() == [[4.0, 6.25, 2.25]]


def test_a_distance_of_few_known_columns_is_scaled_up() -> None:
    partial = Measure(n_categorical=1, mismatch=2.25, is_partial=True)
    points = np.array([[1.0, np.nan], [np.nan, 1.0]])
    found = distances_between(points, np.array([[3.0, 0.0], [np.nan, 1.0]]), partial)
    assert found.tolist() == [[8.0, np.inf], [4.5, 0.0]]


def test_a_plain_measure_has_neither_categories_nor_missing_values() -> None:
    assert Measure() == (None, 0, 0.0, False)
    assert Measure().is_plain
    assert not Measure(n_categorical=1).is_plain
    assert not Measure(is_partial=True).is_plain
    assert measure_of(np.array([[np.inf, 0.0], [-np.inf, 1.0]]), 0) == Measure()


def test_a_mismatch_costs_the_squared_deviation_and_nothing_if_categories_are_alike() -> None:
    assert measure_of(np.array([[0.0, 0.0], [1.0, 1.0]]), 1).mismatch == 0.25
    assert measure_of(np.array([[0.0, 0.0], [1.0, 0.0]]), 1).mismatch == 0.0
