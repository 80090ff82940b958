"""Real rows are reconstructed from the rows made from them, where lines meet, and never from noise."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_classification

import poise
from poise import diagnose_resampled
from poise.diagnosis._recoverable import recovered_rows

RNG = np.random.RandomState(0)
REAL = RNG.normal(size=(40, 6))
X, Y = np.vstack([REAL, RNG.normal(size=(400, 6)) + 1]), np.repeat([1, 0], [40, 400])


def recovered(made: np.ndarray) -> tuple[np.ndarray, float]:
    found = recovered_rows(REAL, made)
    assert found is not None
    return found


def test_rows_of_smote_alone_reveal_most_real_rows() -> None:
    made = poise.SMOTE(random_state=0).fit_resample(X, Y)[0][440:]
    is_recovered, precision = recovered(made)
    assert is_recovered.mean() > 0.7
    assert precision > 0.95


def test_few_rows_show_no_lines() -> None:
    made = poise.SMOTE(sampling_strategy=0.11, random_state=0).fit_resample(X, Y)[0][440:]
    is_recovered, precision = recovered(made)
    assert not is_recovered.any()
    assert np.isnan(precision)


def test_two_lines_that_meet_reveal_one_row() -> None:
    seed, ends = REAL[0], REAL[1:3]
    gaps = np.array([0.2, 0.5, 0.9])[:, None]
    noise = RNG.normal(size=(20, 6))
    made = np.vstack([seed + gaps * (end - seed) for end in ends] + [noise])
    is_recovered, precision = recovered(made)
    assert np.flatnonzero(is_recovered).tolist() == [0]
    assert precision == 1.0


def test_noise_shows_no_lines() -> None:
    assert not recovered(RNG.normal(size=(200, 6)))[0].any()


@pytest.mark.parametrize("made", [REAL[:0], REAL[:, :2], np.ones((50, 6))])
def test_lines_need_three_independent_columns(made: np.ndarray) -> None:
    assert recovered_rows(REAL[:, : made.shape[1]], made) is None


def test_the_finding_names_the_rows_and_what_to_share_instead() -> None:
    points, y = make_classification(400, n_features=6, weights=[0.9], random_state=0)
    found = diagnose_resampled(poise.SMOTE(), points, y)["recoverable-rows"]
    assert (found.code, found.status) == ("R07", "tip")
    assert found.evidence["recoverable"] >= 0.7 * y.sum()
    rows = found.evidence["rows"]
    assert len(rows) == found.evidence["recoverable"]
    assert set(rows) <= set(np.flatnonzero(y).tolist())
    assert (
        f"(rows {', '.join(map(str, rows[:5]))} and {len(rows) - 5} more; 0 as copies"
        in found.message
    )
    assert "Share counts, a plan without the data, or coarser categories" in found.advice
    assert diagnose_resampled(poise.ROSE(), points, y)["R07"].status == "passed"


def test_missing_values_hide_few_rows_and_constant_columns_reveal_none() -> None:
    points, y = make_classification(400, n_features=6, weights=[0.9], random_state=0)
    points[::20, 0] = np.nan
    found = diagnose_resampled(poise.SMOTE(), points, y)["R07"]
    assert found.status == "tip"
    constant = np.column_stack([np.ones((400, 2)), np.where(y == 1, 2.0, np.arange(400))])
    found = diagnose_resampled(poise.RandomOverSampler(), constant, y)["R07"]
    assert found.status == "not applicable"


def test_two_numeric_columns_are_no_all_clear_and_copies_of_categories_are_revealed() -> None:
    points, y = X[:, :2], Y
    assert diagnose_resampled(poise.SMOTE(), points, y)["R07"].status == "not applicable"
    names = pd.DataFrame({"town": RNG.randint(9, size=440), "job": RNG.randint(9, size=440)})
    found = diagnose_resampled(poise.RandomOverSampler(), names.astype(str), y)["R07"]
    assert found.status == "tip"
    assert found.evidence["copied"] == found.evidence["recoverable"] > 30
