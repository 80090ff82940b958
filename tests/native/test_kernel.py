"""The kernel gives the oracle's answers on every instruction path, on adversarial values."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from poise import native

PATHS = native.paths()
every_path = pytest.mark.parametrize("path", PATHS)

rng = np.random.RandomState(0)
far = np.concatenate([rng.randn(150, 12) * 1e-6, 1 + rng.randn(150, 12) * 1e-6])
TABLES = {
    "plain": rng.randn(300, 3),
    "one column": rng.randn(200, 1),
    "nine columns": rng.randn(300, 9),
    "many columns": rng.randn(200, 70),
    "whole numbers": rng.randint(0, 3, size=(300, 5)).astype(float),
    "flags": rng.randint(0, 2, size=(300, 10)).astype(float),
    "all the same": np.ones((200, 2)),
    "all the same, many columns": np.full((150, 20), 0.1),
    "a constant column": np.column_stack([rng.randn(200), np.full(200, 7.0)]),
    "far from zero": 1e8 + rng.randn(200, 3),
    "far from zero, many columns": 1e8 + rng.randn(200, 30),
    "tight clusters far apart": far,
    "tiny": rng.randn(150, 3) * 1e-160,
    "denormal": rng.randn(150, 2) * 1e-310,
    "huge": rng.randn(150, 2) * 1e200,
    "as large as can be": np.array([[-1.7e308, 0.0], [1.7e308, 1.0], [0.0, 2.0], [1.0, 3.0]]),
    "mixed scales": rng.randn(200, 4) * [1e-8, 1.0, 1e8, 1e-300],
    "negative zero": np.array([[0.0], [-0.0], [1.0], [-1.0], [0.0]]),
    "two rows": rng.randn(2, 3),
    "a leaf and one": rng.randn(65, 3),
    "two leaves": rng.randn(128, 10),
}


@pytest.fixture
def tree(path: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("POISE_NATIVE_PATH", path)
    return lambda X: native.Tree(X, 2)


def distances_of(X: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Squared distances, added column by column: the oracle's, for all pairs at once."""
    total = np.zeros((len(points), len(X)))
    with np.errstate(over="ignore", under="ignore"):
        for j in range(X.shape[1]):
            difference = points[:, [j]] - X[:, j]
            total += difference * difference
    return total


def ordered(X: np.ndarray, points: np.ndarray, excluded: np.ndarray | None, k: int):
    """The k nearest by (distance, row number), found by sorting everything."""
    distances = distances_of(X, points)
    if excluded is not None:
        distances[np.arange(len(points)), excluded] = np.nan  # sorted last
    rows = np.broadcast_to(np.arange(len(X)), distances.shape)
    order = np.lexsort((rows, distances), axis=-1)[:, :k]
    return order, np.take_along_axis(distances, order, axis=1)


@every_path
@pytest.mark.parametrize("name", TABLES)
def test_nearest_others_are_the_oracles_to_the_last_bit(tree, name: str) -> None:
    X, everyone = TABLES[name], np.arange(len(TABLES[name]))
    for k in {min(k, len(X) - 1) for k in (1, 5, 17, 40, len(X))}:
        expected = ordered(X, X, everyone, k)
        found = tree(X).nearest(X, k, everyone)
        np.testing.assert_array_equal(found[0], expected[0])
        np.testing.assert_array_equal(found[1], expected[1])


# Tables in which a tree keeps no leaves apart: pairs of leaves are compared for the rows of both.
UNSTRUCTURED = {
    "nine columns": rng.randn(700, 9),
    "hundred columns": rng.randn(321, 100),
    "many ties": rng.randint(0, 2, size=(600, 24)).astype(float),
    "every row twice": np.repeat(rng.randn(200, 40), 2, axis=0),
    "far from zero": 1e8 + rng.randn(500, 30),
    "rows of many sizes": rng.randn(400, 70) * 10.0 ** rng.randint(-8, 8, size=(400, 1)),
    "tiny": rng.randn(400, 12) * 1e-160,
    "huge": rng.randn(400, 12) * 1e153,
}


@every_path
@pytest.mark.parametrize("n_threads", [1, 2, 3])
@pytest.mark.parametrize("name", UNSTRUCTURED)
def test_all_pairs_of_an_unstructured_table(
    path: str, n_threads: int, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POISE_NATIVE_PATH", path)
    X, everyone = UNSTRUCTURED[name], np.arange(len(UNSTRUCTURED[name]))
    for k in (1, 5, 40):
        expected = ordered(X, X, everyone, k)
        found = native.Tree(X, n_threads).nearest(X, k, everyone)
        np.testing.assert_array_equal(found[0], expected[0])
        np.testing.assert_array_equal(found[1], expected[1])


@every_path
@pytest.mark.parametrize("name", ["plain", "whole numbers", "many columns", "denormal", "huge"])
def test_points_from_elsewhere_may_be_anywhere(tree, name: str) -> None:
    X = TABLES[name]
    scale = np.abs(X).max()
    points = np.concatenate([X[:20], X[:20] + scale, X[:5] * 1e3, X[:5] * 1e30, -X[:5] * 1e90])
    points = np.clip(points, -1e300, 1e300)
    expected = ordered(X, points, None, 7)
    found = tree(X).nearest(points, 7)
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_array_equal(found[1], expected[1])


@every_path
@pytest.mark.parametrize("name", TABLES)
def test_counts_are_of_rows_strictly_within_the_radius(tree, name: str) -> None:
    X, everyone = TABLES[name], np.arange(len(TABLES[name]))
    distances = distances_of(X, X)
    np.fill_diagonal(distances, np.nan)
    radii = np.nanquantile(distances, 0.1, axis=1, method="lower")  # distances that occur
    within = (distances < radii[:, None]).sum(axis=1)
    for stop in (1, 3, len(X)):
        counts = tree(X).count_within(X, radii, stop, everyone)
        np.testing.assert_array_equal(counts, np.minimum(within, stop))


@every_path
def test_counts_take_radii_of_zero_and_infinity(tree) -> None:
    X = TABLES["plain"]
    assert (tree(X).count_within(X, np.zeros(300), 5) == 0).all()
    assert (tree(X).count_within(X, np.full(300, np.inf), 1000) == 300).all()


values = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, 2.0, 0.1, 1e-9, 1e8, -3.5, 1e-310, 1e155]),
    st.floats(-10, 10, width=16),
)


@settings(max_examples=80, deadline=None)
@given(
    hnp.arrays(np.float64, st.tuples(st.integers(2, 150), st.integers(1, 20)), elements=values),
    st.integers(1, 149),
    st.sampled_from(PATHS),
)
def test_any_table_has_the_oracles_neighbours(X: np.ndarray, k: int, path: str) -> None:
    k, everyone = min(k, len(X) - 1), np.arange(len(X))
    os.environ["POISE_NATIVE_PATH"] = path
    try:
        found = native.Tree(X, 1).nearest(X, k, everyone)
    finally:
        del os.environ["POISE_NATIVE_PATH"]
    expected = ordered(X, X, everyone, k)
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_array_equal(found[1], expected[1])


def test_the_baseline_is_always_there_and_unknown_paths_are_refused(monkeypatch) -> None:
    assert PATHS[0] == "baseline"
    monkeypatch.setenv("POISE_NATIVE_PATH", "sse9")
    with pytest.raises(ValueError, match="cannot run the instruction path 'sse9'"):
        native.Tree(TABLES["plain"], 1)


@pytest.mark.parametrize("n_threads", [1, 2, 3, 16])
@pytest.mark.parametrize("kind", ["plain", "whole numbers"])
def test_any_number_of_threads_gives_the_same(n_threads: int, kind: str) -> None:
    X = np.random.RandomState(1).randn(20_000, 4)
    X = np.rint(X * 3) if kind == "whole numbers" else X
    everyone = np.arange(len(X))
    one = native.Tree(X, 1).nearest(X, 5, everyone)
    many = native.Tree(X, n_threads).nearest(X, 5, everyone)
    np.testing.assert_array_equal(one[0], many[0])
    np.testing.assert_array_equal(one[1], many[1])


def test_many_calls_at_once_do_not_disturb_each_other() -> None:
    tables = [np.random.RandomState(seed).randn(3000, 6) for seed in range(8)]
    expected = [native.Tree(X, 1).nearest(X, 4) for X in tables]
    shared = native.Tree(tables[0], 2)
    with ThreadPoolExecutor(8) as pool:
        for _ in range(3):
            found = list(pool.map(lambda X: native.Tree(X, 3).nearest(X, 4), tables))
            again = list(pool.map(lambda _: shared.nearest(tables[0], 4), range(8)))
            for one, other in zip(found, expected, strict=True):
                np.testing.assert_array_equal(one[0], other[0])
            for one in again:
                np.testing.assert_array_equal(one[0], expected[0][0])


def test_read_only_and_strided_arrays_are_taken() -> None:
    X = np.asfortranarray(TABLES["plain"])
    X.setflags(write=False)
    found = native.Tree(X, 1).nearest(X[::2], 3)
    np.testing.assert_array_equal(found[0], ordered(X, X[::2], None, 3)[0])


def test_the_rows_given_are_copied() -> None:
    X = TABLES["plain"].copy()
    index = native.Tree(X, 1)
    X[:] = 0.0
    found = index.nearest(TABLES["plain"], 1)
    assert (found[1] == 0.0).all()


def test_joblib_workers_give_the_same() -> None:
    X = TABLES["many columns"]

    def search(_: int) -> np.ndarray:
        return native.Tree(X, 2).nearest(X, 3)[0]

    found = joblib.Parallel(n_jobs=2)(joblib.delayed(search)(i) for i in range(4))
    for rows in found:
        np.testing.assert_array_equal(rows, search(0))


def _search_in_child(queue) -> None:
    X = np.random.RandomState(0).randn(5000, 5)
    queue.put(native.Tree(X, 2).nearest(X, 3)[0])


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_child_can_search_after_its_parent_has() -> None:
    X = np.random.RandomState(0).randn(5000, 5)
    expected = native.Tree(X, 2).nearest(X, 3)[0]
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=_search_in_child, args=(queue,))
    child.start()
    np.testing.assert_array_equal(queue.get(timeout=60), expected)
    child.join(60)
    assert child.exitcode == 0


@pytest.mark.parametrize("n_threads", [1, 2])
def test_ctrl_c_stops_a_search_within_a_second(n_threads: int) -> None:
    code = (
        "import numpy as np, time; from poise import native\n"
        "X = np.random.RandomState(0).randn(60_000, 300)\n"
        f"tree = native.Tree(X, {n_threads})\n"
        "print('searching', flush=True)\n"
        "try: tree.nearest(X, 5)\n"
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


def test_other_threads_run_while_the_kernel_searches() -> None:
    X = np.random.RandomState(0).randn(20_000, 60)
    tree, ticks, done = native.Tree(X, 1), [0], threading.Event()

    def tick() -> None:
        while not done.is_set():
            ticks[0] += 1
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    tree.nearest(X, 5)
    done.set()
    thread.join()
    assert ticks[0] > 5
