"""Shares of a sampler's changes: smaller shares are parts of larger ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

import poise
from poise.comparison.approaches import read_approaches
from poise.comparison.ratios import PartOf, thinned
from poise.core.plan.plan import Plan
from poise.core.sampling.seeds import seeded


@pytest.mark.parametrize("method", ["smote", "random-under", "smote-tomek", "random-over", "rose"])
def test_smaller_shares_are_parts_of_larger_ones(X: Any, y: Any, method: str) -> None:
    arms = read_approaches([method], [0.25, 0.5])[1:]
    rows = [
        {tuple(row) for row in seeded(clone(arm.sampler), 3).fit_resample(X, y)[0]} for arm in arms
    ]
    new = [part - {tuple(row) for row in X} for part in rows]
    gone = [{tuple(row) for row in X} - part for part in rows]
    for quarter, half, full in (new, gone):
        assert quarter <= half <= full
        assert len(quarter) == int(len(full) * 0.25) or method == "random-over"
    plans = [seeded(clone(arm.sampler), 3).fit(X, y).plan_ for arm in arms]
    made = [int(plan.is_new.sum()) for plan in plans]
    assert made[:2] == [int(made[2] * share) for share in (0.25, 0.5)]


@pytest.mark.parametrize("share", [0, 0.5, 1])
def test_a_share_of_removed_rows_is_rounded_down(share: float) -> None:
    plan = thinned(Plan.taking(10, np.arange(5)), share, np.random.RandomState(0))
    assert len(plan) == 10 - int(5 * share)
    assert set(range(5)) <= set(plan.order.tolist())


def test_a_part_keeps_what_its_sampler_declares() -> None:
    part = PartOf(poise.SMOTE(within_groups=True), 0.5)
    assert part.within_groups
    assert clone(part).share == 0.5
