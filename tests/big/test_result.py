"""The result of a run: class shares, pickling, rows that are read again."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from big_tables import (
    assert_same_rows,
    numbers,
)

from poise import (
    RandomUnderSampler,
    TomekLinks,
    big,
)


def test_a_result_in_a_folder_can_be_pickled(source: Path, tmp_path: Path) -> None:

    result = big.resample(
        str(source), TomekLinks(), target="y", id="id", extra=(), out=tmp_path / "out"
    )
    again = pickle.loads(pickle.dumps(result))
    assert_same_rows(again.reader().read_all(), pq.read_table(result.out))


def test_class_shares_correct_the_probabilities() -> None:
    from poise.decisions import shift_prior

    table = numbers(10_000)
    result = big.resample(table, RandomUnderSampler(random_state=0), target="y", id="id", extra=())
    shifted = shift_prior(
        np.array([[0.5, 0.5]]), result.prior_after, result.prior_before, classes=[0, 1]
    )
    assert shifted[0, 1] == pytest.approx(result.prior_before[1])
