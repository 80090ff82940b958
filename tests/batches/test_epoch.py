"""An epoch is the same wherever it begins and however many processes share it, and its counts are exact."""

from __future__ import annotations

import itertools
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise.batches import _epoch
from poise.batches._epoch import DrawnClasses, Epochs, ExactClasses, Members, Passes


def draw(number: int) -> np.random.Generator:
    return np.random.default_rng(number)


def epochs(n: int = 300, **changes: Any) -> Epochs:
    codes = np.random.default_rng(1).integers(0, 3, n)
    counts = np.bincount(codes, minlength=3)
    usual = {
        "members": Members.of(codes, counts),
        "parts": [5, 3, 2],
        "batch_size": 7,
        "n_batches": 90,
        "is_exact": True,
        "n_processes": 1,
        "process": 0,
        "random_state": 0,
    }
    return Epochs(**usual | changes)


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_epoch, "_BLOCK", 40)  # 64 rows for each of three classes count as well
    monkeypatch.setattr(_epoch, "_READ", 17)


def test_members_are_the_rows_of_each_class(small_blocks: None) -> None:
    codes = np.random.default_rng(0).integers(0, 5, 1000)
    codes[codes == 3] = 4
    members = Members.of(codes, np.bincount(codes, minlength=5))
    assert members.rows.dtype == np.int32
    for code in range(5):
        assert members.of_class(code).tolist() == np.flatnonzero(codes == code).tolist()


@pytest.mark.parametrize("n_together", [1, 4])
def test_each_pass_has_every_row_once_in_another_order(n_together: int) -> None:
    rows = np.arange(100, 130)
    passes = Passes(rows, n_together, None, draw)
    taken = np.concatenate([passes.take(start, start + 13) for start in range(0, 390, 13)])
    each = taken.reshape(-1, 30)
    assert (np.sort(each, axis=1) == rows).all()
    assert len({tuple(order) for order in each.tolist()}) == 13
    assert passes.take(25, 200).tolist() == taken[25:200].tolist()  # forwards and backwards


def test_a_few_rows_of_a_large_class_are_drawn_without_repeats() -> None:
    rows = np.arange(100_000, dtype=np.int32)
    passes = Passes(rows, 1, 100_500, draw)
    assert sorted(passes.take(0, 100_000).tolist()) == rows.tolist()
    few = passes.take(100_000, 100_500)
    assert few.dtype == np.int32
    assert len(np.unique(few)) == 500
    assert 40_000 < few.mean() < 60_000


@given(
    st.lists(st.integers(1, 50), min_size=1, max_size=6),
    st.integers(1, 40),
    st.integers(1, 60),
    st.integers(0, 5),
)
def test_counts_are_rounded_from_the_shares_in_every_batch_and_in_the_epoch(
    parts: list[int], batch_size: int, n_batches: int, seed: int
) -> None:
    classes = ExactClasses(parts, batch_size, n_batches, draw(seed))
    counts = classes.counts(0, n_batches)
    exact = batch_size * np.array(parts) / sum(parts)
    assert (counts.sum(axis=1) == batch_size).all()
    assert (np.abs(counts - exact) < 1).all()
    assert classes.totals == counts.sum(axis=0).tolist()
    rests = n_batches * exact - counts.sum(axis=0)
    assert (np.abs(rests) < 1).all()
    # Largest remainders: who is rounded down has no larger remainder than who is rounded up.
    down, up = rests[rests > 1e-9], 1 + rests[rests < -1e-9]
    if len(down) and len(up):
        assert down.max() <= up.min() + 1e-9
    codes = classes.codes(0, n_batches).reshape(n_batches, batch_size)
    of_codes = [np.bincount(batch, minlength=len(parts)) for batch in codes]
    assert np.array_equal(of_codes, counts)


def test_equal_remainders_are_rounded_up_for_other_classes_in_other_epochs() -> None:
    totals = {tuple(ExactClasses([1, 1, 1], 4, 1, draw(seed)).totals) for seed in range(40)}
    assert totals == set(itertools.permutations([2, 1, 1]))


@pytest.mark.parametrize(
    ("parts", "batch_size"), [([1, 1], 7), ([97, 2, 1], 32), ([5, 4, 3, 1], 10)]
)
def test_additional_rows_are_spread_over_the_epoch(parts: list[int], batch_size: int) -> None:
    n = 10_000
    counts = ExactClasses(parts, batch_size, n, draw(0)).counts(0, n)
    exact = np.outer(np.arange(1, n + 1), batch_size * np.array(parts) / sum(parts))
    assert np.abs(np.cumsum(counts, axis=0) - exact).max() < 4


def test_drawn_classes_are_found_alike_for_few_and_for_many() -> None:
    shares = np.arange(1, 21) / 210
    codes = DrawnClasses(shares, 50, draw).codes(0, 400)
    uniforms = draw(0).random(20_000)
    assert np.array_equal(codes, np.searchsorted(np.cumsum(shares)[:-1], uniforms, side="right"))
    few = DrawnClasses(shares[-3:] / shares[-3:].sum(), 50, draw)
    bounds = np.cumsum(shares[-3:] / shares[-3:].sum())[:-1]
    assert np.array_equal(few.codes(0, 400), np.searchsorted(bounds, uniforms, side="right"))


def test_drawn_classes_have_their_shares_on_average() -> None:
    classes = DrawnClasses(np.array([0.7, 0.2, 0.1]), 20, draw)
    codes = classes.codes(0, 2000)
    shares = np.bincount(codes, minlength=3) / len(codes)
    assert np.abs(shares - [0.7, 0.2, 0.1]).max() < 4 * np.sqrt(0.21 / 40_000)
    per_batch = (codes.reshape(2000, 20) == 0).sum(axis=1)
    assert abs(per_batch.var() - 20 * 0.21) < 0.8  # the binomial variance; sd of the estimate 0.13


@pytest.mark.parametrize("is_exact", [True, False])
def test_processes_share_the_rows_of_one_process_with_larger_batches(
    is_exact: Any, small_blocks: None
) -> None:
    whole = epochs(batch_size=12, is_exact=is_exact)
    expected = np.concatenate(list(whole.tables(3)))
    parts = [
        np.concatenate(
            list(epochs(batch_size=4, is_exact=is_exact, n_processes=3, process=i).tables(3))
        )
        for i in range(3)
    ]
    assert [part.shape for part in parts] == [(90, 4)] * 3
    together = np.concatenate(parts, axis=1)
    assert np.array_equal(np.sort(together, axis=1), np.sort(expected, axis=1))


def test_in_each_process_the_counts_are_rounded_from_the_shares() -> None:
    for process in range(4):
        loader = epochs(n_processes=4, process=process)
        codes = np.empty(300, dtype=int)
        for code in range(3):
            codes[loader.members.of_class(code)] = code
        counts = np.stack(
            [
                (codes[np.concatenate(list(loader.tables(0)))] == code).sum(axis=1)
                for code in range(3)
            ]
        )
        assert (np.abs(counts.T - [3.5, 2.1, 1.4]) < 1).all()
        assert (np.abs(counts.mean(axis=1) - [3.5, 2.1, 1.4]) < 0.1).all()  # no process is favoured


@pytest.mark.parametrize("is_exact", [True, False])
def test_an_epoch_can_begin_at_any_batch(is_exact: Any, small_blocks: None) -> None:
    loader = epochs(is_exact=is_exact, n_processes=2, process=1)
    every = np.concatenate(list(loader.tables(5)))
    for first in range(91):
        rest = list(loader.tables(5, first))
        assert [row for table in rest for row in table.tolist()] == every[first:].tolist()


@pytest.mark.parametrize("is_exact", [True, False])
def test_the_classes_of_a_batch_are_in_random_order(is_exact: Any) -> None:
    loader = epochs(parts=[1, 1, 1], batch_size=6, is_exact=is_exact)
    table = np.concatenate(list(loader.tables(0)))
    first = epochs().members.of_class(0)
    shares = np.isin(table, first).mean(axis=0)
    assert (np.abs(shares - 1 / 3) < 4 * np.sqrt(2 / 9 / 90)).all()


def test_every_key_has_a_generator_of_its_own() -> None:
    make = partial(Epochs._generator, epochs())
    keys = [
        (0, 1),
        (1, 1),
        (0, 2, 0, 0),
        (0, 2, 0, 1),
        (0, 2, 1, 0),
        (0, 3, 0),
        (0, 4, 0, 0),
        (0, 4, 0, 1),
    ]
    assert len({int(make(*key).integers(1 << 62)) for key in keys}) == len(keys)
