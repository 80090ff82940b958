"""Random under-sampling keeps random rows of a class."""

from __future__ import annotations

import numpy as np
import pytest

from poise.core.errors import VanishingClassWarning
from poise.under_sampling import RandomUnderSampler


def test_random_under_sampling_keeps_the_input_order_and_all_rows_of_other_classes() -> None:
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


def test_every_row_is_kept_with_the_same_probability() -> None:
    y = np.repeat([0, 1], [20, 5])
    X = np.zeros((25, 1))
    kept = np.zeros(25)
    for seed in range(600):
        kept[RandomUnderSampler(random_state=seed).fit(X, y).sample_indices_] += 1
    assert (kept[20:] == 600).all()
    assert abs(kept[:20] - 150).max() < 5 * np.sqrt(600 * 0.25 * 0.75)


def test_rows_that_are_drawn_with_replacement_are_those_of_the_generator() -> None:
    sampler = RandomUnderSampler(sampling_strategy={0: 15}, replacement=True, random_state=0)
    kept = sampler.fit(np.zeros((25, 1)), np.repeat([0, 1], [20, 5])).sample_indices_
    drawn = np.random.RandomState(0).randint(0, 20, size=15)
    assert 0 in drawn
    assert sorted(kept.tolist()) == [*sorted(drawn.tolist()), *range(20, 25)]
