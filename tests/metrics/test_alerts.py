"""Precision at k and net benefit equal their formulas."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from poise import metrics
from poise.core.errors import InputError

rng = np.random.RandomState(0)
Z = rng.randn(500) - 1.5
P = expit(Z)
Y = (rng.uniform(size=500) < expit(0.6 * Z + 0.4)).astype(int)


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 2)), min_size=2, max_size=5).filter(
        lambda rows: len({row[0] for row in rows}) == 2
    ),
    st.data(),
)
def test_precision_at_k_is_the_mean_over_all_orders_of_ties(rows: list[Any], data: Any) -> None:
    k = data.draw(st.integers(1, len(rows)))
    found = [
        np.mean([event for event, _ in sorted(order, key=lambda row: -row[1])[:k]])
        for order in itertools.permutations(rows)
    ]
    y, scores = zip(*rows, strict=True)
    assert metrics.precision_at_k(y, scores, k, pos_label=True) == pytest.approx(np.mean(found))


def test_net_benefit_is_its_formula() -> None:
    alert = P >= 0.2
    expected = (alert & (Y == 1)).mean() - (alert & (Y == 0)).mean() * 0.2 / 0.8
    assert metrics.net_benefit(Y, P, 0.2) == pytest.approx(expected)
    assert metrics.net_benefit(Y, np.zeros(500), 0.2) == 0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: metrics.precision_at_k([0, 1], [0, 1], 3), "k=3 must be a whole number from 1 to"),
        (lambda: metrics.precision_at_k([0, 1], [0, 1], 0.5), "k=0.5"),
        (lambda: metrics.net_benefit([0, 1], [0, 1], 1.0), "threshold=1.0"),
    ],
)
def test_a_k_or_a_threshold_out_of_range_raises(call: Any, words: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert words in str(caught.value)


def test_precision_among_all_rows_is_the_share_of_events() -> None:
    assert metrics.precision_at_k([1, 0, 0, 1], [0.1, 0.2, 0.3, 0.4], 4) == 0.5


def test_a_boolean_is_not_a_valid_k() -> None:
    with pytest.raises(InputError, match="k=True must be a whole number"):
        metrics.precision_at_k([0, 1], [0, 1], k=True)


def test_a_probability_equal_to_the_threshold_is_an_alert() -> None:
    assert metrics.net_benefit([0, 1], [0.1, 0.5], 0.5) == 0.5
    assert metrics.net_benefit([0, 1], [0.1, 0.5], 0.51) == 0.0
