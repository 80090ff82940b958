"""Searches do no more work than they did: operations are counted, not seconds.

The counts of each table are stored in work.json. Rewrite it after a change that is meant to move them:

    python tests/native/test_work.py
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from poise.native import _kernel, paths

STORED = Path(__file__).with_name("work.json")
COUNTED = ("boxes", "scans", "distances", "bytes")
N_ROWS = 4000
MOST = 1.05


def clusters(n_columns: int, overlap: float) -> np.ndarray:
    """Return rows around twelve centres; with more overlap they are one cloud."""
    draws = np.random.RandomState(n_columns)
    centres = draws.normal(size=(12, n_columns)) / overlap
    return centres[draws.randint(12, size=N_ROWS)] + draws.normal(size=(N_ROWS, n_columns))


def mixed(share_missing: float) -> np.ndarray:
    """Return three numbers and nine categories that depend on a hidden group."""
    draws = np.random.RandomState(9)
    group = draws.randint(20, size=N_ROWS)
    numbers = draws.gamma(1.0, 1.0 + group[:, np.newaxis], size=(N_ROWS, 3))
    own = draws.randint(2, 30, size=(20, 9))
    categories = np.where(
        draws.rand(N_ROWS, 9) < 0.8, own[group], draws.geometric(0.3, (N_ROWS, 9))
    )
    values = np.column_stack([numbers, categories])
    values[draws.rand(*values.shape) < share_missing] = np.nan
    return values


# values, nominal columns
TABLES = {
    "two columns": (clusters(2, 1.0), 0),
    "clusters, 10 columns": (clusters(10, 0.1), 0),
    "clusters, 20 columns": (clusters(20, 0.1), 0),
    "overlapping, 20 columns": (clusters(20, 1.0), 0),
    "isotropic, 50 columns": (clusters(50, 1e9), 0),
    "mixed": (mixed(0.0), 9),
    "mixed, with missing values": (mixed(0.1), 9),
    "categories alone": (mixed(0.0)[:, 3:], 9),
}


def work(name: str, path: str) -> dict[str, dict[str, int]]:
    """Return what three searches of a table did, by search and operation."""
    values, n_nominal = TABLES[name]
    is_partial = bool(np.isnan(values).any())
    index = _kernel.Index(values, 2, n_nominal, 2.0, is_partial, path)
    own, k = np.arange(N_ROWS), 5
    rows, distances = np.empty((N_ROWS, k), np.int64), np.empty((N_ROWS, k))
    every = 1 << 40
    found = {"nearest": index.nearest(values, own, None, rows, distances, every, 2)}
    radii = np.ascontiguousarray(distances[:, 2])
    found["within"] = index.nearest(values, own, radii, rows, distances, every, 2)
    counts = np.empty(N_ROWS, np.int64)
    found["count"] = index.count_within(values, own, radii, k, counts, 2)
    return {what: dict(zip(COUNTED, numbers, strict=True)) for what, numbers in found.items()}


@pytest.mark.parametrize("path", paths())
@pytest.mark.parametrize("name", TABLES)
def test_no_search_does_more_work_than_it_did(name: str, path: str) -> None:
    stored = json.loads(STORED.read_text(encoding="utf-8"))[name]
    for what, counts in work(name, path).items():
        for counted, number in counts.items():
            assert number <= MOST * stored[what][counted], (what, counted)


def test_pairs_of_an_unstructured_table_are_compared_once() -> None:
    values, _ = TABLES["isotropic, 50 columns"]
    index, own = _kernel.Index(values, 1, path=""), np.arange(N_ROWS)
    rows, distances = np.empty((N_ROWS, 3), np.int64), np.empty((N_ROWS, 3))
    by_pairs = index.nearest(values, own, None, rows, distances, 1 << 40, 2)
    by_tree = index.nearest(values, None, None, rows, distances, 1 << 40, 2)
    n_leaves = -(-N_ROWS // 64)
    of_leaf, of_row = 64 * 50 * 4, 50 * 8
    tried = 2 * n_leaves * (64 // 4 + 1)  # by two groups of queries, four at a time, and boxes
    most = (n_leaves * (n_leaves + 1) // 2 + tried) * of_leaf
    assert by_pairs[3] - by_pairs[2] * of_row <= most < by_tree[3] / 10
    assert by_tree[1] > 0.9 * n_leaves * N_ROWS


def test_work_does_not_depend_on_the_number_of_threads() -> None:
    values, n_nominal = TABLES["mixed"]
    index = _kernel.Index(values, 1, n_nominal, 2.0, False, "")  # noqa: FBT003  # of the kernel
    rows, distances = np.empty((N_ROWS, 3), np.int64), np.empty((N_ROWS, 3))
    found = {
        index.nearest(values, None, None, rows, distances, 1 << 40, threads)
        for threads in (1, 2, 3)
    }
    assert len(found) == 1


if __name__ == "__main__":
    STORED.write_text(
        json.dumps({name: work(name, paths()[-1]) for name in TABLES}, indent=1) + "\n",
        encoding="utf-8",
    )
