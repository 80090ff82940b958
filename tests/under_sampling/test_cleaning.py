"""Tomek links and edited neighbours are rules on values, equal to their slow oracles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors

from poise.core.errors import ParameterError, TooFewRowsError, VanishingClassWarning
from poise.core.neighbors.index import Index
from poise.core.neighbors.measure import measure_of
from poise.core.neighbors.tomek import in_links
from poise.core.sampling.resampler import Cleaner
from poise.testing import oracle
from poise.under_sampling import EditedNearestNeighbours, RandomUnderSampler, TomekLinks

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


def removed(sampler: Cleaner, X: np.ndarray, y: np.ndarray) -> np.ndarray:
    gone = np.ones(len(y), dtype=bool)
    gone[sampler.fit(X, y).sample_indices_] = False
    return gone


@pytest.mark.filterwarnings("ignore::poise.core.errors.VanishingClassWarning")
@pytest.mark.parametrize("name", RULES)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_the_rule_is_the_oracles_with_ties_and_duplicates(name: str, data: st.DataObject) -> None:
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
def test_the_rule_is_the_oracles_for_three_classes(name: str, n_columns: int) -> None:
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
def test_many_coincident_rows_take_no_square_of_their_number(name: str) -> None:
    # 8 places for 20,000 rows: lists of all that tie would hold 50 million entries.
    rng = np.random.RandomState(0)
    X, y = rng.randint(0, 2, size=(20_000, 3)).astype(float), rng.randint(0, 2, size=20_000)
    assert removed(RULES[name][0], X, y).all()


def test_two_coincident_unlike_rows_are_a_link_and_three_too() -> None:
    X = np.array([[0.0], [0.0], [0.0], [5.0], [6.0]])
    assert in_links(Index(X), np.array([0, 1, 0, 0, 1])).tolist() == [True, True, True, True, True]


def test_negative_zero_is_the_same_place_as_zero() -> None:
    X = np.array([[0.0, 1.0], [-0.0, 1.0], [9.0, 9.0], [9.5, 9.0]])
    y = np.array([0, 1, 0, 0])
    assert in_links(Index(X), y).tolist() == [True, True, False, False]
    assert in_links(Index(sp.csr_array(X)), y).tolist() == [True, True, False, False]


def test_only_the_ends_in_the_classes_named_are_removed() -> None:
    X, y = np.array([[0.0], [1.0], [1.1], [5.0], [5.1]]), np.array(["a", "a", "b", "a", "a"])
    assert removed(TomekLinks(), X, y).tolist() == [False, True, False, False, False]
    both = removed(TomekLinks(sampling_strategy="all"), X[:4], np.array(["a", "a", "b", "b"]))
    assert both.tolist() == [False, True, True, False]


def test_tomek_searches_at_most_twice_for_each_row_outside_the_largest_class(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.RandomState(0)
    y = np.repeat([0, 1], [970, 30])
    asked = []
    nearest = Index.nearest_others
    monkeypatch.setattr(
        Index, "nearest_others", lambda self, rows, k: asked.append(rows) or nearest(self, rows, k)
    )
    TomekLinks().fit(rng.randn(1000, 2), y)
    searched = np.unique(np.concatenate(asked))
    assert len(searched) <= 2 * 30


def test_a_class_that_loses_all_rows_is_named() -> None:
    X, y = np.array([[0.0], [1.0], [1.1], [5.0]]), np.array([0, 0, 1, 0])
    with pytest.warns(VanishingClassWarning, match="Class 1 loses all of its 1 rows"):
        X_new, y_new = TomekLinks(sampling_strategy="all").fit_resample(X, y)
    assert y_new.tolist() == [0, 0]
    assert len(X_new) == 2


def test_edited_neighbours_with_a_users_object_use_its_metric_and_count() -> None:
    rng = np.random.RandomState(0)
    X, y = rng.randn(80, 3) * [1, 10, 1], rng.randint(0, 2, size=80)
    distances = np.abs(X[:, None] - X).sum(axis=2)
    np.fill_diagonal(distances, np.inf)
    nearest = np.argsort(distances, axis=1)[:, :4]
    mine = NearestNeighbors(n_neighbors=4, metric="manhattan")
    sampler = EditedNearestNeighbours(sampling_strategy="all", n_neighbors=mine)
    np.testing.assert_array_equal(removed(sampler, X, y), (y[nearest] != y[:, None]).any(axis=1))


def test_a_table_smaller_than_k_is_told() -> None:
    with pytest.raises(TooFewRowsError, match="n_neighbors=3 rows; the table has 3. Pass n_neigh"):
        EditedNearestNeighbours().fit_resample(np.eye(3), [0, 0, 1])


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ParameterError, match="kind_sel"):
        EditedNearestNeighbours(kind_sel="some").fit_resample(np.eye(5), [0, 0, 0, 1, 1])


def test_random_under_sampling_keeps_input_order_and_other_classes_whole() -> None:
    y = np.array(list("aabababaca"))
    rows = (
        RandomUnderSampler(sampling_strategy={"a": 3}, random_state=0)
        .fit(np.arange(10.0).reshape(-1, 1), y)
        .sample_indices_
    )
    assert (np.diff(rows) > 0).all()
    assert "".join(sorted(y[rows])) == "aaabbbc"


def test_random_under_sampling_to_nothing_warns() -> None:
    with pytest.warns(VanishingClassWarning, match="Class 0 loses"):
        RandomUnderSampler(sampling_strategy={0: 0}).fit_resample(np.eye(4), [0, 0, 1, 1])


def test_rows_kept_are_drawn_with_the_same_chance() -> None:
    y = np.repeat([0, 1], [20, 5])
    X = np.zeros((25, 1))
    kept = np.zeros(25)
    for seed in range(600):
        kept[RandomUnderSampler(random_state=seed).fit(X, y).sample_indices_] += 1
    assert (kept[20:] == 600).all()
    assert abs(kept[:20] - 150).max() < 5 * np.sqrt(600 * 0.25 * 0.75)


# Mixtures and gaps


def a_mixture(seed: int) -> tuple[np.ndarray, list[int]]:
    """Numbers, then two columns of categories, with gaps; coarse, so that distances tie."""
    draws = np.random.RandomState(seed)
    values = np.column_stack(
        [draws.randint(0, 4, size=(60, 2)) * 0.5, draws.randint(0, 3, size=(60, 2))]
    ).astype(float)
    values[draws.uniform(size=values.shape) < 0.15] = np.nan
    return values, draws.randint(0, 3, 60).tolist()


def as_rows(values: np.ndarray) -> list[list[Any]]:
    return [
        [None if np.isnan(v) else (v if j < 2 else f"c{v:g}") for j, v in enumerate(row)]
        for row in values.tolist()
    ]


@pytest.mark.filterwarnings("ignore::poise.core.errors.VanishingClassWarning")
@pytest.mark.parametrize("seed", range(6))
def test_links_of_mixtures_are_the_oracles(seed: int) -> None:
    values, labels = a_mixture(seed)
    mismatch = measure_of(values, 2).mismatch
    expected = oracle.in_tomek_links(values, labels, n_nominal=2, mismatch=mismatch)
    sampler = TomekLinks(sampling_strategy="all").fit(as_rows(values), labels)
    np.testing.assert_array_equal(sampler.sample_indices_, np.flatnonzero(~expected))


@pytest.mark.filterwarnings("ignore::poise.core.errors.VanishingClassWarning")
@pytest.mark.parametrize("kind", ["all", "mode"])
@pytest.mark.parametrize("seed", range(6))
def test_what_is_edited_of_mixtures_is_the_oracles(seed: int, kind: str) -> None:
    values, labels = a_mixture(seed)
    mismatch = measure_of(values, 2).mismatch
    expected = oracle.edited_out(values, labels, 3, kind, n_nominal=2, mismatch=mismatch)
    enn = EditedNearestNeighbours(kind_sel=kind, sampling_strategy="all")
    sampler = enn.fit(as_rows(values), labels)
    np.testing.assert_array_equal(sampler.sample_indices_, np.flatnonzero(~expected))
