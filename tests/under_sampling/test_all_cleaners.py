"""Tomek links and edited neighbours depend on values only, and equal their slow oracles."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mixtures import removed

from poise.core.errors import VanishingClassWarning
from poise.core.sampling.resampler import Cleaner
from poise.testing import oracle
from poise.under_sampling import EditedNearestNeighbours, TomekLinks

Rule = Callable[[np.ndarray, np.ndarray], np.ndarray]
RULES: dict[str, tuple[Cleaner, Rule]] = {
    "tomek": (TomekLinks(sampling_strategy="all"), oracle.in_tomek_links),
    "enn, all": (
        EditedNearestNeighbours(sampling_strategy="all"),
        lambda X, y: oracle.edited_out(X, y, 3),
    ),
    "enn, all, k=1": (
        EditedNearestNeighbours(sampling_strategy="all", n_neighbors=1),
        lambda X, y: oracle.edited_out(X, y, 1),
    ),
    "enn, mode": (
        EditedNearestNeighbours(sampling_strategy="all", kind_sel="mode"),
        lambda X, y: oracle.edited_out(X, y, 3, "mode"),
    ),
    "enn, mode, k=4": (
        EditedNearestNeighbours(sampling_strategy="all", kind_sel="mode", n_neighbors=4),
        lambda X, y: oracle.edited_out(X, y, 4, "mode"),
    ),
}


@pytest.mark.filterwarnings("ignore::poise.core.errors.VanishingClassWarning")
@pytest.mark.parametrize("name", RULES)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_the_rule_equals_the_oracle_with_ties_and_duplicates(
    name: str, data: st.DataObject
) -> None:
    n_rows = data.draw(st.integers(6, 14))
    cells = st.integers(0, data.draw(st.sampled_from([2, 30])))
    rows = st.lists(st.tuples(cells, cells), min_size=n_rows, max_size=n_rows)
    X = np.array(data.draw(rows), dtype=float)
    y = np.array(data.draw(st.lists(st.sampled_from("aab"), min_size=n_rows, max_size=n_rows)))
    y[:2] = ["a", "b"]
    sampler, rule = RULES[name]
    np.testing.assert_array_equal(removed(sampler, X, y), rule(X, y))


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("n_columns", [2, 18])
def test_the_rule_equals_the_oracle_for_three_classes(name: str, n_columns: int) -> None:
    rng = np.random.RandomState(4)
    y = rng.permutation(np.repeat([0, 1, 2], [60, 25, 15]))
    X = rng.randn(100, n_columns) + y[:, None]
    sampler, rule = RULES[name]
    np.testing.assert_array_equal(removed(sampler, X, y), rule(X, y))


@pytest.mark.filterwarnings("ignore::poise.core.errors.VanishingClassWarning")
@pytest.mark.parametrize("name", RULES)
def test_the_order_of_the_rows_changes_nothing(name: str) -> None:
    rng = np.random.RandomState(1)
    X, y = rng.randint(0, 5, size=(80, 2)).astype(float), rng.randint(0, 3, size=80)
    order = rng.permutation(80)
    sampler, _ = RULES[name]
    np.testing.assert_array_equal(
        removed(sampler, X, y)[order], removed(sampler, X[order], y[order])
    )


@pytest.mark.filterwarnings("ignore::poise.core.errors.VanishingClassWarning")
@pytest.mark.parametrize("name", RULES)
def test_many_equal_rows_need_no_quadratic_memory(name: str) -> None:
    # 20,000 rows at 8 points: lists of all tied neighbours would have 50 million entries.
    rng = np.random.RandomState(0)
    X, y = rng.randint(0, 2, size=(20_000, 3)).astype(float), rng.randint(0, 2, size=20_000)
    assert removed(RULES[name][0], X, y).all()


def test_a_class_that_loses_all_rows_is_named() -> None:
    X, y = np.array([[0.0], [1.0], [1.1], [5.0]]), np.array([0, 0, 1, 0])
    with pytest.warns(VanishingClassWarning, match="Class 1 loses all of its 1 rows"):
        X_new, y_new = TomekLinks(sampling_strategy="all").fit_resample(X, y)
    assert y_new.tolist() == [0, 0]
    assert len(X_new) == 2


# Mixed columns and missing values
