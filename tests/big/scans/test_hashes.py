"""Hashes of ids: as if drawn at random, whatever the type of the ids."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from scipy import stats

from poise.big.scans.hashes import hashes_of


def test_rows_are_as_if_drawn_at_random() -> None:
    uniform = hashes_of(pa.array(np.arange(200_000)), 0) / 2.0**64
    assert stats.kstest(uniform, "uniform").pvalue > 0.001
    assert abs(np.corrcoef(uniform[1:], uniform[:-1])[0, 1]) < 0.01
    again = hashes_of(pa.array(np.arange(200_000)), 1) / 2.0**64
    assert abs(np.corrcoef(uniform, again)[0, 1]) < 0.01
    texts = hashes_of(pa.array([f"customer-{i}" for i in range(100_000)]), 0) / 2.0**64
    assert stats.kstest(texts, "uniform").pvalue > 0.001


def test_hashes_do_not_depend_on_how_an_id_is_stored() -> None:
    ids = [3, 5, 2**31 - 1]
    as_int = [hashes_of(pa.array(ids, kind), 7).tolist() for kind in (pa.int32(), pa.uint64())]
    assert as_int[0] == as_int[1]
    texts = ["", "a", "a\0", "longer than one word of 64 bits", "ä"]
    plain, large = (hashes_of(pa.array(texts, k), 7) for k in (pa.string(), pa.large_string()))
    assert plain.tolist() == large.tolist()
    assert len(set(plain.tolist())) == len(texts)
    sliced = hashes_of(pa.array(["x", *texts])[1:], 7)
    assert sliced.tolist() == plain.tolist()


def test_hashes_are_those_of_earlier_versions() -> None:
    # A smaller sample must stay a part of a larger one that was drawn last year.
    texts = hashes_of(pa.array(["", "a", "longer than one word of 64 bits", "12345678"]), 7)
    assert texts.tolist() == [
        8409816773569330625,
        1078613853261153285,
        18126117529738424003,
        1796637210582130571,
    ]
    numbers = hashes_of(pa.array([0, -1, 5]), 7)
    assert numbers.tolist() == [8409816773569330625, 15834020829635822120, 6420546101309130790]
