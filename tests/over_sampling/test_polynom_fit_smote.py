"""Polynom-fit SMOTE places new rows on lines within a class."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from overlapping import X, Y

from poise.core.errors import TooFewRowsError
from poise.over_sampling import (
    PolynomFitSMOTE,
)
from poise.over_sampling._polynom_fit_smote import even_steps


@given(st.integers(1, 40), st.integers(0, 200))
def test_steps_are_even_and_lines_get_equal_numbers_of_rows(n_lines: int, n_rows: int) -> None:
    line, gap = even_steps(n_lines, n_rows, np.random.RandomState(0))
    on_line = np.bincount(line, minlength=n_lines)
    assert len(line) == n_rows
    assert on_line.max() - on_line.min() <= 1
    for number in range(n_lines):
        expected = np.arange(1, on_line[number] + 1) / (on_line[number] + 1)
        np.testing.assert_allclose(gap[line == number], expected)


def test_the_lines_of_a_star_end_at_the_mean_of_the_class() -> None:
    rare = X[Y == 1]
    sampler = PolynomFitSMOTE(random_state=0, sampling_strategy={1: 4 * len(rare)})
    new = sampler.fit_resample(X, Y)[0][len(Y) :]
    steps = np.array([1, 2, 3])[:, None] / 4
    expected = [row + steps * (rare.mean(axis=0) - row) for row in rare]
    np.testing.assert_allclose(new, np.concatenate(expected))
    assert len(sampler.plan_) == len(Y) + len(new)  # the mean itself is not in the output
    assert (np.diff(sampler.plan_.parents()[len(Y) :].indptr) == len(rare)).all()


def test_a_mesh_joins_every_pair_once_and_a_bus_each_row_to_the_next() -> None:
    for n in (5, 6):
        values = np.arange(30.0)[:, None] / 7
        labels = np.repeat([0, 1], [30 - n, n])
        n_pairs = n * (n - 1) // 2
        mesh = PolynomFitSMOTE(topology="mesh", random_state=0, sampling_strategy={1: n + n_pairs})
        lineage = mesh.fit(values, labels).plan_.lineage()
        pairs = {frozenset(p) for p in zip(lineage.seed[30:], lineage.partner[30:], strict=True)}
        assert len(pairs) == n_pairs
        assert (lineage.gap[30:] == 0.5).all()
        assert (lineage.partner[30 : 30 + n] == 30 - n + (np.arange(n) + 1) % n).all()
        bus = PolynomFitSMOTE(topology="bus", random_state=0, sampling_strategy={1: n + 2 * n - 2})
        lineage = bus.fit(values, labels).plan_.lineage()
        assert (lineage.partner[30:] == lineage.seed[30:] + 1).all()
        np.testing.assert_allclose(lineage.gap[30:], np.tile([1 / 3, 2 / 3], n - 1))


def test_a_star_accepts_mixed_columns_with_missing_values() -> None:
    frame = pd.DataFrame(X, columns=list("abcde"))
    frame["a"] = frame["a"].mask(np.arange(len(X)) % 7 == 0)
    frame["town"] = np.where(np.arange(len(X)) % 2, "Rome", "Oslo")
    sampler = PolynomFitSMOTE(random_state=0)
    new = sampler.fit_resample(frame, Y)[0].iloc[len(Y) :]
    seeds = frame.iloc[sampler.plan_.source[len(Y) :]]
    assert new["town"].tolist() == seeds["town"].tolist()
    assert new["a"].isna().tolist() == seeds["a"].isna().tolist()


def test_a_missing_value_counts_in_the_mean_as_that_of_the_fullest_row() -> None:
    values = np.array([[np.nan, 0.0], [4.0, 2.0], [1.0, 4.0], *[[9.0, 9.0]] * 6])
    new = PolynomFitSMOTE(random_state=0).fit_resample(values, [1] * 3 + [0] * 6)[0][9:]
    np.testing.assert_allclose(new, [[np.nan, 1.0], [3.5, 2.0], [2.0, 3.0]])  # the mean is (3, 2)


def test_a_star_of_sparse_rows_is_that_of_dense_ones() -> None:
    dense = np.where(X > 0, X, 0.0)
    expected = PolynomFitSMOTE(random_state=0).fit_resample(dense, Y)[0]
    found = PolynomFitSMOTE(random_state=0).fit_resample(sp.csr_array(dense), Y)[0]
    np.testing.assert_allclose(found.toarray(), expected)


def test_two_rows_are_enough_for_a_line() -> None:
    values, labels = [[10.0], [20.0], [0.0], [1.0], [2.0]], [1, 1, 0, 0, 0]
    bus = PolynomFitSMOTE(topology="bus", random_state=0)
    assert bus.fit_resample(values, labels)[0][5:] == [[15.0]]


def test_a_class_of_one_row_raises() -> None:
    with pytest.raises(TooFewRowsError, match="needs two rows .* class 1 has 1. Use RandomOver"):
        PolynomFitSMOTE().fit([[0.0], [1.0], [2.0]], [0, 0, 1])
