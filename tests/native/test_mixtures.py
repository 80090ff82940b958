"""Numbers, categories and missing values together: the oracle's answers, to the last bit."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poise import native
from poise.testing import oracle

rng = np.random.RandomState(1)
every_path = pytest.mark.parametrize("path", native.paths())
Make = Callable[..., native.Tree]


def mixture(n_rows: int, n_numbers: int, n_nominal: int, share_missing: float) -> np.ndarray:
    numbers = rng.randn(n_rows, n_numbers) * 3 + 100
    categories = rng.geometric(0.4, size=(n_rows, n_nominal)).astype(float)
    values = np.column_stack([numbers, categories])
    values[rng.uniform(size=values.shape) < share_missing] = np.nan
    return values


# values, nominal columns, cost of a mismatch
TABLES = {
    "numbers and categories": (mixture(200, 4, 3, 0.0), 3, 1.7),
    "categories alone": (mixture(200, 0, 5, 0.0), 5, 1.0),
    "many of both": (mixture(150, 20, 25, 0.0), 25, 4.0),
    "costs nothing": (mixture(100, 3, 2, 0.0), 2, 0.0),
    "costs much": (mixture(150, 3, 2, 0.0), 2, 1e8),
    "numbers with missing values": (mixture(200, 6, 0, 0.2), 0, 0.0),
    "many numbers with missing values": (mixture(150, 40, 0, 0.3), 0, 0.0),
    "both with missing values": (mixture(200, 5, 4, 0.2), 4, 2.5),
    "mostly missing": (mixture(150, 3, 2, 0.8), 2, 1.0),
    "categories with missing values": (mixture(200, 0, 4, 0.3), 4, 1.0),
    "tiny numbers": (np.column_stack([rng.randn(100, 2) * 1e-160, rng.randint(0, 2, 100)]), 1, 1.0),
    "huge numbers": (np.column_stack([rng.randn(100, 2) * 1e150, rng.randint(0, 2, 100)]), 1, 1.0),
    "nothing known": (np.full((70, 3), np.nan), 1, 1.0),
    "a leaf and one": (mixture(65, 2, 2, 0.1), 2, 1.0),
    # Categories are compared by their number modulo 254, and at most 254 columns are counted.
    "many categories": (np.column_stack([rng.randn(300), rng.randint(0, 600, (300, 2))]), 2, 1.0),
    "categories with one code": (rng.choice([3.0, 257.0, 511.0, 2.0**52], (150, 3)), 3, 1.0),
    "more categories than are counted": (mixture(90, 1, 300, 0.1), 300, 1.0),
    "few rows differ": (np.where(rng.rand(400, 70) < 0.03, 1.0, 0.0), 70, 1.0),
    "halves that know nothing of each other": (
        np.where(np.arange(200)[:, None] % 2, [[1.0, np.nan, 2.0]], [[np.nan, 5.0, np.nan]]),
        2,
        1.0,
    ),
}


@pytest.fixture
def tree(path: str, monkeypatch: pytest.MonkeyPatch) -> Make:
    monkeypatch.setenv("POISE_NATIVE_PATH", path)
    return lambda X, n_nominal, mismatch, threads=2: native.Tree(
        X,
        threads,
        n_nominal=n_nominal,
        mismatch=mismatch,
        is_partial=bool(np.isnan(X).any()),
    )


def ordered(name: str, row: int) -> list[tuple[float, int]]:
    X, n_nominal, mismatch = TABLES[name]
    return oracle.others_by_distance(X, row, n_nominal=n_nominal, mismatch=mismatch)


@every_path
@pytest.mark.parametrize("name", TABLES)
def test_nearest_others_are_the_oracles(tree: Make, name: str) -> None:
    X, n_nominal, mismatch = TABLES[name]
    every = [ordered(name, row) for row in range(len(X))]
    for k in (1, 6, 40):
        rows, distances = tree(X, n_nominal, mismatch).nearest(X, k, np.arange(len(X)))
        for row, known in enumerate(every):
            expected = [*known[:k], *[(math.inf, -1)] * (k - len(known))]
            assert list(zip(distances[row].tolist(), rows[row].tolist(), strict=True)) == expected


@every_path
@pytest.mark.parametrize("name", TABLES)
def test_the_nearest_within_a_radius_are_those_of_all(tree: Make, name: str) -> None:
    X, n_nominal, mismatch = TABLES[name]
    every = [ordered(name, row) for row in range(len(X))]
    radii = np.array([known[3][0] if len(known) > 3 else 1.0 for known in every])
    rows, distances = tree(X, n_nominal, mismatch).nearest(X, 6, np.arange(len(X)), radii)
    for row, known in enumerate(every):
        within = [found for found in known if found[0] <= radii[row]][:6]
        expected = [*within, *[(math.inf, -1)] * (6 - len(within))]
        assert list(zip(distances[row].tolist(), rows[row].tolist(), strict=True)) == expected


@every_path
@pytest.mark.parametrize("name", TABLES)
def test_near_rows_are_no_nearer_than_the_nearest(tree: Make, name: str) -> None:
    X, n_nominal, mismatch = TABLES[name]
    built, own = tree(X, n_nominal, mismatch), np.arange(len(X))
    nearest = built.nearest(X, 3, own)[1][:, -1]
    for row, near in enumerate(built.kth_near(X, 3, own)):
        known = [distance for distance, _ in ordered(name, row)]
        assert np.isnan(near) or (near >= nearest[row] and near in known)


@every_path
@pytest.mark.parametrize(
    "name", ["numbers and categories", "both with missing values", "mostly missing"]
)
def test_counts_are_of_rows_strictly_within_the_radius(tree: Make, name: str) -> None:
    X, n_nominal, mismatch = TABLES[name]
    every = [[d for d, _ in ordered(name, row)] for row in range(len(X))]
    radii = np.array([known[len(known) // 5] if known else 1.0 for known in every])
    counts = tree(X, n_nominal, mismatch).count_within(X, radii, 10, np.arange(len(X)))
    within = [sum(d < radius for d in known) for known, radius in zip(every, radii, strict=True)]
    assert counts.tolist() == np.minimum(within, 10).tolist()


@every_path
def test_points_far_outside_are_answered_too(tree: Make) -> None:
    X, n_nominal, mismatch = TABLES["both with missing values"]
    points = X[:30].copy()
    points[:, 0] = 1e30
    points[::3, 1] = np.nan
    rows, _ = tree(X, n_nominal, mismatch).nearest(points, 3)
    for row, point in enumerate(points):
        whole = np.concatenate([X, point[np.newaxis]])
        known = oracle.others_by_distance(whole, len(X), n_nominal=n_nominal, mismatch=mismatch)
        assert rows[row].tolist() == [other for _, other in known[:3]]


@every_path
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_small_mixture(path: str, data: st.DataObject) -> None:
    n_rows = data.draw(st.integers(2, 80))
    n_numbers, n_nominal = data.draw(st.sampled_from([(1, 1), (2, 0), (0, 2), (9, 3), (17, 17)]))
    cells = st.sampled_from([0.0, 1.0, 2.0, 1.5, -3.0, 1e-3, 1e6, math.nan])
    n_cells = n_rows * (n_numbers + n_nominal)
    seed = data.draw(st.integers(0, 10_000))
    choices = data.draw(st.lists(cells, min_size=2, max_size=6))
    values = np.random.RandomState(seed).choice(choices, size=n_cells).reshape(n_rows, -1)
    mismatch = data.draw(st.sampled_from([0.0, 1.0, 0.3]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POISE_NATIVE_PATH", path)
        built = native.Tree(values, 1, n_nominal=n_nominal, mismatch=mismatch, is_partial=True)
        rows, distances = built.nearest(values, 3, np.arange(n_rows))
    for row in range(n_rows):
        known = oracle.others_by_distance(values, row, n_nominal=n_nominal, mismatch=mismatch)
        expected = [*known[:3], *[(math.inf, -1)] * (3 - len(known))]
        assert list(zip(distances[row].tolist(), rows[row].tolist(), strict=True)) == expected


@pytest.mark.parametrize("n_columns", [2, 20])
def test_a_radius_and_a_few_leaves_in_tables_of_numbers(n_columns: int) -> None:
    X = rng.randn(2000, n_columns)
    built, own = native.Tree(X, 2), np.arange(2000)
    rows, distances = built.nearest(X, 5, own)
    radii = distances[:, 2] * rng.choice([0.5, 1.0, 1.5], 2000)
    found, within = built.nearest(X, 5, own, radii)
    is_within = distances <= radii[:, np.newaxis]
    np.testing.assert_array_equal(found, np.where(is_within, rows, -1))
    np.testing.assert_array_equal(within, np.where(is_within, distances, np.inf))
    for k in (1, 3, 5):
        expected = np.where(is_within, distances, np.nan)[:, k - 1]
        np.testing.assert_array_equal(built.kth_within(X, k, radii, own), expected)
    near = built.kth_near(X, 5, own)
    assert (near >= distances[:, -1]).all()
    assert np.median(near / distances[:, -1]) < 2


PICKED = {name: TABLES[name] for name in ("many of both", "both with missing values")} | {
    "numbers": (rng.randn(200, 5), 0, 0.0),
    "many numbers": (rng.randn(200, 12), 0, 0.0),
}


@every_path
@pytest.mark.parametrize("name", PICKED)
def test_rows_that_are_picked_answer_as_their_copies(
    name: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POISE_NATIVE_PATH", path)
    X, n_nominal, mismatch = PICKED[name]
    about = {"n_nominal": n_nominal, "mismatch": mismatch, "is_partial": bool(np.isnan(X).any())}
    same = np.testing.assert_array_equal
    for rows in (np.arange(1, len(X), 2), rng.permutation(len(X))[:130], np.array([7])):
        copied, picked = native.Tree(X[rows], 2, **about), native.Tree(X, 2, picked=rows, **about)
        same(picked.nearest(X, 1), copied.nearest(X, 1))
        some = rng.randint(0, len(X), 90)  # some of them twice
        own, radii = rng.randint(-1, len(rows), 90), rng.rand(90) * 20
        for asked, of_these in ((X[some], None), (X, some)):
            found = picked.kth_near(asked, 1, own, picked=of_these)
            same(found, copied.kth_near(X[some], 1, own))
            found = picked.kth_within(asked, 2, radii, own, picked=of_these)
            same(found, copied.kth_within(X[some], 2, radii, own))
            counts = picked.count_within(asked, radii, 3, own, picked=of_these)
            same(counts, copied.count_within(X[some], radii, 3, own))


def test_threads_do_not_change_the_answer() -> None:
    X = mixture(3000, 6, 6, 0.1)
    answers = [
        native.Tree(X, n, n_nominal=6, mismatch=2.0, is_partial=True).nearest(
            X, 5, np.arange(len(X))
        )
        for n in (1, 2, 3)
    ]
    for rows, distances in answers[1:]:
        np.testing.assert_array_equal(rows, answers[0][0])
        np.testing.assert_array_equal(distances, answers[0][1])
