"""The kernel finds and blends sparse rows as the oracle does, to the last bit, on adversarial values."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from poise import native
from poise.core.plan.values import blend

rng = np.random.RandomState(0)
UNIT = 2.0**-24  # float32's largest relative rounding


def sparsely(values: NDArray[np.float64], share: float = 0.2) -> NDArray[np.float64]:
    """Return the values with most of them replaced by zeros."""
    return np.where(rng.random_sample(values.shape) < share, values, 0.0)


def text(n_rows: int, n_columns: int = 300, n_words: int = 12) -> NDArray[np.float64]:
    """Return rows of norm 1, with a few columns that most rows share and many that few do."""
    share = 1 / np.arange(1, n_columns + 1)
    rows = np.zeros((n_rows, n_columns))
    for row in rows:
        words = rng.choice(n_columns, n_words, p=share / share.sum())
        np.add.at(row, words, 1.0)
    rows *= np.log(n_rows / (1 + (rows > 0).sum(axis=0))) + 1.1
    return rows / np.sqrt((rows * rows).sum(axis=1, keepdims=True))


def alike(n_rows: int, apart: float) -> NDArray[np.float64]:
    """Return rows that differ by less than float32 can tell."""
    return sparsely(np.ones((1, 60)), 0.5) * (1 + apart * rng.permutation(n_rows)[:, np.newaxis])


def with_an_outlier(rows: NDArray[np.float64], factor: float) -> NDArray[np.float64]:
    return np.concatenate([rows, rows[:1] * factor])


def rounded_apart(n_of_each: int, n_columns: int) -> NDArray[np.float64]:
    """Return rows of nearly equal values, of which float32 rounds half up and half down."""
    above, below = 0.5 + UNIT / 2 * (1 + 2.0**-20), 0.5 + UNIT / 2 * (1 - 2.0**-20)
    return np.repeat([[above] * n_columns, [below] * n_columns], n_of_each, axis=0)


def some_empty(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return rows * (np.arange(len(rows)) % 3 > 0)[:, np.newaxis]


TABLES = {
    "text": text(300),
    "short texts": text(300, n_words=2),
    "counts": np.rint(sparsely(rng.exponential(2, (250, 40)))),
    "flags": sparsely(np.ones((250, 30))),
    "negative": sparsely(rng.randn(250, 40)),
    "dense": rng.randn(200, 12),
    "one column": sparsely(rng.randn(200, 1), 0.5),
    "one entry": np.eye(150, 40),
    "some rows are empty": some_empty(text(200)),
    "all rows are empty": np.zeros((120, 5)),
    "all the same": np.tile(text(1), (150, 1)),
    "duplicates": text(30)[rng.randint(0, 30, 250)],
    "nearly the same": alike(200, 1e-12),
    "nearly the same in float32": alike(200, 1e-8),
    "rounded apart": rounded_apart(100, 40),
    "tiny": sparsely(rng.randn(150, 20)) * 1e-160,
    "denormal": sparsely(rng.randn(150, 20)) * 1e-310,
    "huge": sparsely(rng.randn(150, 20)) * 1e200,
    "as large as can be": sparsely(np.sign(rng.randn(150, 20))) * 1.7e308,
    "mixed scales": sparsely(rng.randn(200, 20)) * 10.0 ** rng.randint(-30, 30, 20),
    "rows of mixed scales": sparsely(rng.randn(200, 20)) * 10.0 ** rng.randint(-30, 30, (200, 1)),
    "an outlier": with_an_outlier(text(200), 1e9),
    "an outlier far away": with_an_outlier(text(200), 1e300),
    "two rows": text(2),
    "three rows, one empty": np.concatenate([text(2), np.zeros((1, 300))]),
}


def distances_of(X: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared distances, added column by column: the oracle's, for all pairs at once."""
    total = np.zeros((len(points), len(X)))
    with np.errstate(over="ignore", under="ignore"):
        for j in range(X.shape[1]):
            difference = points[:, [j]] - X[:, j]
            total += difference * difference
    return total


def ordered(distances: NDArray[np.float64], excluded: NDArray[np.int64] | None, k: int):
    """The k nearest by (distance, row number), found by sorting everything."""
    distances = distances.copy()
    if excluded is not None:
        chosen = np.flatnonzero(excluded >= 0)
        distances[chosen, excluded[chosen]] = np.nan  # sorted last
    rows = np.broadcast_to(np.arange(distances.shape[1]), distances.shape)
    order = np.lexsort((rows, distances), axis=-1)[:, :k]
    return order, np.take_along_axis(distances, order, axis=1)


def assert_same(found, expected) -> None:
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_array_equal(found[1], expected[1])


@pytest.mark.parametrize("name", TABLES)
def test_nearest_others_are_the_oracles_to_the_last_bit(name: str) -> None:
    X = TABLES[name]
    n, index = len(X), native.SparseIndex(sp.csr_array(X), 2)
    distances, everyone = distances_of(X, X), np.arange(n)
    for k in {min(k, n - 1) for k in (1, 5, 17, n // 9, n // 2 - 1, n // 2 + 1, n)} - {0}:
        assert_same(index.nearest(sp.csr_array(X), k, everyone), ordered(distances, everyone, k))


def test_the_bound_grows_with_the_number_of_entries() -> None:
    # Each square is just too small to change the sum in float32, so all of them are lost.
    n_columns = 2000
    row = np.full((1, n_columns), np.sqrt(0.25 * UNIT * (1 - 2.0**-10)))
    row[:, 0] = 0.5
    others = np.zeros((20, n_columns))
    others[:, 0] = 0.5
    X = sp.csr_array(np.concatenate([others, row, row]))
    rows, distances = native.SparseIndex(X, 1).nearest(X[[20]], 1, np.array([20]))
    assert rows.tolist() == [[21]]
    assert distances.tolist() == [[0.0]]


@pytest.mark.parametrize("name", ["text", "counts", "negative", "denormal", "huge", "one entry"])
def test_points_from_elsewhere_may_be_anywhere(name: str) -> None:
    X = TABLES[name]
    index = native.SparseIndex(sp.csr_array(X), 2)
    scaled = [X[:9] * factor for factor in (1e3, 1e5, 1e7, 1e30, 1e90, -1.0, 1e-3, 1e-30, 0.0)]
    elsewhere = np.roll(X[:40], 1, axis=1)
    points = np.concatenate([X[:20], elsewhere, sparsely(X[:40], 0.5), *scaled]).clip(-1e307, 1e307)
    excluded = rng.randint(-1, len(X), len(points))
    for k in (1, 7, 15):
        expected = ordered(distances_of(X, points), excluded, k)
        assert_same(index.nearest(sp.csr_array(points), k, excluded), expected)
        expected = ordered(distances_of(X, points), None, k)
        assert_same(index.nearest(sp.csr_array(points), k), expected)


def test_columns_that_the_rows_lack_count_in_their_place() -> None:
    # (1e16 + 1) + 1 is 1e16, and 1 + (1 + 1e16) is 1e16 + 2.
    rows = np.zeros((20, 5))
    rows[0, 2], rows[1:, 3] = 1.0, 3e8
    points = np.array([[1e8, 1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0, 1e8]])
    found = native.SparseIndex(sp.csr_array(rows), 1).nearest(sp.csr_array(points), 1)
    assert found[0].tolist() == [[0], [0]]
    assert found[1].tolist() == [[1e16], [1e16 + 2]]


@pytest.mark.parametrize("n_columns", [10**5, 10**9, 2**62])
def test_columns_may_be_many_and_far_apart(n_columns: int) -> None:
    X = sp.csr_array(TABLES["text"])
    places = np.sort(rng.choice(10**5, 300, replace=False)) * (n_columns // 10**5)
    wide = sp.csr_array((X.data, places[X.indices], X.indptr), shape=(300, n_columns))
    everyone = np.arange(300)
    narrow = native.SparseIndex(X, 1).nearest(X, 5, everyone)
    assert_same(native.SparseIndex(wide, 1).nearest(wide, 5, everyone), narrow)


@pytest.mark.parametrize("kind", ["text", "counts", "flags"])
@pytest.mark.parametrize("n_threads", [1, 2, 3, 16])
def test_any_number_of_threads_gives_the_same(n_threads: int, kind: str) -> None:
    X = text(1200, 100)
    X = X if kind == "text" else np.rint(X * 5) if kind == "counts" else np.sign(X)
    everyone = np.arange(len(X))
    found = native.SparseIndex(sp.csr_array(X), n_threads).nearest(sp.csr_array(X), 5, everyone)
    assert_same(found, ordered(distances_of(X, X), everyone, 5))


@pytest.mark.parametrize("n_words", [1, 6])
def test_more_rows_than_are_searched_together(n_words: int) -> None:
    X = text(20_000, 80, n_words)
    X[10_000:10_100] = X[:100]  # neighbours far away, equally near
    asked = np.r_[:40, 8180:8200, 10_000:10_040, 19_990:20_000]
    index = native.SparseIndex(sp.csr_array(X), 2)
    distances = distances_of(X, X[asked])
    for k in (1, 6, 300):
        expected = ordered(distances, asked, k)
        assert_same(index.nearest(sp.csr_array(X[asked]), k, asked), expected)


values = st.one_of(
    st.sampled_from([0.0, 0.0, 0.0, -0.0, 1.0, 2.0, 0.1, 1e-9, 1e8, -3.5, 1e-310, 1e155]),
    st.floats(-10, 10, width=16),
)


@settings(max_examples=150, deadline=None)
@given(
    hnp.arrays(np.float64, st.tuples(st.integers(2, 150), st.integers(1, 20)), elements=values),
    st.integers(1, 20),
)
def test_any_table_has_the_oracles_neighbours(X: NDArray[np.float64], k: int) -> None:
    k, everyone = min(k, len(X) - 1), np.arange(len(X))
    found = native.SparseIndex(sp.csr_array(X), 1).nearest(sp.csr_array(X), k, everyone)
    assert_same(found, ordered(distances_of(X, X), everyone, k))


@pytest.mark.parametrize("seed", range(4))
def test_distances_are_those_of_scipys_differences(seed: int) -> None:
    drawn = np.random.RandomState(seed)
    X = sp.csr_array(sp.random(120, 500, 0.05, random_state=drawn, data_rvs=drawn.standard_normal))
    rows, distances = native.SparseIndex(X, 2).nearest(X, 119, np.arange(120))
    for row, others, found in zip(range(120), rows, distances, strict=True):
        difference = sp.csr_array(X[[row] * 119] - X[others])
        difference.sort_indices()
        difference.data *= difference.data
        np.testing.assert_array_equal(found, difference @ np.ones(500))


def test_entries_may_be_stored_in_any_order_twice_or_as_zeros() -> None:
    X = np.rint(text(100) * 8)
    kept = sp.csr_array(X)
    expected = native.SparseIndex(kept, 1).nearest(kept, 5, np.arange(100))
    coo = kept.tocoo()
    row, column = (np.concatenate([c, c, c[:50]]) for c in (coo.row, coo.col))
    data = np.concatenate([coo.data - 1, np.ones(kept.nnz), np.zeros(50)])
    mixed = rng.permutation(len(data))
    mixed = mixed[np.argsort(row[mixed], kind="stable")]
    starts = np.r_[0, np.cumsum(np.bincount(row, minlength=100))]
    stored = sp.csr_array((data[mixed], column[mixed], starts), shape=X.shape)
    before = stored.data.copy()
    index = native.SparseIndex(stored, 1)
    assert_same(index.nearest(stored, 5, np.arange(100)), expected)
    np.testing.assert_array_equal(stored.data, before)
    zeros = sp.csr_array((np.zeros(30), np.arange(30), np.arange(31)), shape=(30, 30))
    rows, distances = native.SparseIndex(zeros, 1).nearest(zeros, 2, np.arange(30))
    assert (distances == 0).all()
    assert rows[[0, 1, 29]].tolist() == [[1, 2], [0, 2], [0, 1]]


def test_the_rows_given_are_copied_and_may_be_read_only() -> None:
    X = sp.csr_array(TABLES["text"])
    for part in (X.data, X.indices, X.indptr):
        part.setflags(write=False)
    index, expected = native.SparseIndex(X, 1), native.SparseIndex(X, 1).nearest(X, 3)
    asked = X.copy()
    X.data.setflags(write=True)
    X.data[:] = 0.0
    assert_same(index.nearest(asked, 3), expected)


def test_there_may_be_fewer_rows_than_neighbours() -> None:
    X = sp.csr_array(text(3))
    rows, distances = native.SparseIndex(X, 1).nearest(X[[0]], 4, np.array([0]))
    assert rows[0].tolist()[2:] == [-1, -1]
    assert distances[0].tolist()[2:] == [np.inf, np.inf]
    assert native.SparseIndex(X, 1).nearest(X, 0)[0].shape == (3, 0)


@pytest.mark.parametrize("n_threads", [1, 2])
def test_ctrl_c_stops_a_search_within_a_second(n_threads: int) -> None:
    code = (
        "import numpy as np, scipy.sparse as sp, time; from poise import native\n"
        "n, d, m = 100_000, 2_000, 100\n"
        "columns = (np.arange(n)[:, None] * 7 + np.arange(m) * 20) % d\n"
        "X = sp.csr_array((np.random.rand(n * m), columns.ravel(), np.arange(n + 1) * m), (n, d))\n"
        "X.sort_indices()\n"
        f"index = native.SparseIndex(X, {n_threads})\n"
        "print('searching', flush=True)\n"
        "try: index.nearest(X, 5)\n"
        "except KeyboardInterrupt: print('stopped', flush=True)"
    )
    pipes = {"stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", code], **pipes) as process:
        assert process.stdout.readline() == "searching\n"
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        sent = time.perf_counter()
        assert process.stdout.readline() == "stopped\n"
        waited = time.perf_counter() - sent
        process.wait(60)
    # A whole search takes over ten seconds; this bound separates stopped from not stopped.
    assert waited < 5


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("reach", ["whole segments", "parts of them"])
@pytest.mark.parametrize("name", [name for name in TABLES if "two rows" not in name])
def test_new_rows_are_those_of_dense_rows(name: str, dtype, reach: str) -> None:
    with np.errstate(over="ignore"):
        X = np.nan_to_num(TABLES[name].astype(dtype))
    seeds, partners = rng.randint(0, len(X), (2, 400))
    gaps = np.concatenate([np.repeat([0.0, 1.0, 0.5, -0.3, 1.7], 40), rng.random_sample(200)])
    reaches = rng.random_sample(400) if reach == "parts of them" else None
    found = native.blend_sparse(sp.csr_array(X), seeds, partners, gaps, reaches)
    with np.errstate(over="ignore"):
        expected = blend(X[seeds], X[partners], gaps, reaches)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found.toarray(), expected)
    assert (found.data != 0).all()
    assert found.has_canonical_format


def test_no_new_rows_can_be_made() -> None:
    none = np.zeros(0, np.int64)
    made = native.blend_sparse(sp.csr_array(text(3)), none, none, np.zeros(0), None)
    assert made.shape == (0, 300)


def test_a_partner_without_a_value_leaves_the_seeds() -> None:
    X = sp.csr_array(np.array([[1.0, 2.0, 0.0], [3.0, np.nan, np.nan]]))
    made = native.blend_sparse(X, np.array([0]), np.array([1]), np.array([0.5]), None)
    assert made.toarray().tolist() == [[2.0, 2.0, 0.0]]
