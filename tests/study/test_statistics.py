"""Tests of differences over overlapping folds raise few false alarms."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t, ttest_1samp

from poise.study.statistics import Measured, corrected_t, default_repeats, flat_verdict, holm

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "evidence.py"


@pytest.fixture(scope="module")
def study() -> Any:
    spec = importlib.util.spec_from_file_location("evidence", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=30), st.floats(0.05, 1))
def test_the_variance_of_the_mean_is_that_of_nadeau_and_bengio(
    values: list[float], ratio: float
) -> None:
    d = np.array(values)
    found = corrected_t(d, ratio)
    error = np.sqrt(d.var(ddof=1) * (1 / len(d) + ratio))
    half = t.ppf(0.975, len(d) - 1) * error
    assert (found.low, found.high) == pytest.approx((d.mean() - half, d.mean() + half), abs=1e-12)
    assert (found.p_value < 0.05) == (found.low > 0 or found.high < 0) or error < 1e-12


def test_folds_without_a_value_do_not_count() -> None:
    with_missing = corrected_t(np.array([0.1, np.nan, 0.3, 0.2]), 0.25)
    assert with_missing == corrected_t(np.array([0.1, 0.3, 0.2]), 0.25)
    one = corrected_t(np.array([0.1, np.nan]), 0.25)
    assert (one.mean, one.low, one.high) == (0.1, -np.inf, np.inf)
    assert np.isnan(one.p_value)
    assert np.isnan(corrected_t(np.array([np.nan]), 0.25).mean)
    assert corrected_t(np.zeros(5), 0.25).p_value == 1


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_rejects_the_same_as_the_step_down_rule(p_values: list[float]) -> None:
    p = np.array(p_values)
    rejected = np.zeros(len(p), dtype=bool)
    for step, place in enumerate(np.argsort(p, kind="stable")):
        if p[place] * (len(p) - step) >= 0.05:
            break
        rejected[place] = True
    assert ((holm(p) < 0.05) == rejected).all()
    with_missing = holm(np.append(p, np.nan))
    np.testing.assert_array_equal(with_missing[:-1], holm(p))


@pytest.mark.parametrize(
    ("mean", "error", "p", "expected"),
    [
        (0.02, 0.004, 0.001, "better"),
        (-0.02, 0.004, 0.001, "worse"),
        (0.002, 0.0001, 0.001, "practically equal"),  # significant, but too small to matter
        (0.0, 0.002, 1.0, "practically equal"),
        (0.0, 0.02, 1.0, "open"),
        (0.02, 0.01, 0.2, "open"),
        (-0.02, 0.01, 0.2, "no gain worth having"),
        (0.02, np.inf, np.nan, "open"),
    ],
)
def test_verdicts_without_a_prior(mean: float, error: float, p: float, expected: str) -> None:
    assert flat_verdict(Measured(mean, error, 1000.0, "rows"), p, margin=0.005) == expected


def test_equal_means_that_both_one_sided_tests_reject() -> None:
    """The interval of 90 % decides, not that of 95 %."""
    margin, error = 0.01, 0.01 / 1.8
    assert flat_verdict(Measured(0.0, error, 1e6, "rows"), 1.0, margin) == "practically equal"
    assert flat_verdict(Measured(0.0, 1.2 * error, 1e6, "rows"), 1.0, margin) == "open"


def test_equal_models_raise_few_alarms_and_many_with_the_usual_tests(study: Any) -> None:
    # benchmarks/evidence.py has 1,000 draws; these are the first 40.
    alarms: dict[str, list[bool]] = {"corrected t": [], "paired t": [], "Wilcoxon": []}
    for random_seed in range(40):
        found = study.tests_of(study.of_groups(random_seed, (1.19, 1.19)), 2)
        for test, hits in alarms.items():
            hits += [p_values[test][0] < 0.05 for p_values in found.values()]
    assert np.mean(alarms["corrected t"]) < 0.13
    assert np.mean(alarms["paired t"]) > 0.25
    assert np.mean(alarms["Wilcoxon"]) > 0.25


def test_tables_from_10_000_rows_are_repeated_less() -> None:
    assert [default_repeats(n_rows) for n_rows in (9_999, 10_000)] == [5, 2]


def test_the_p_value_of_independent_values_is_that_of_the_t_test() -> None:
    values = np.array([0.1, -0.2, 0.3, 0.25])
    assert corrected_t(values, 0.0).p_value == pytest.approx(ttest_1samp(values, 0).pvalue)


def test_an_adjusted_p_value_of_alpha_decides_nothing() -> None:
    found = Measured(0.02, 0.005, 1000.0, "rows")
    assert flat_verdict(found, 0.05, margin=0.005) == "open"
    assert flat_verdict(found, 0.049, margin=0.005) == "better"
