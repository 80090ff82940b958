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
from sklearn.metrics import roc_auc_score

from poise.study.statistics import (
    Design,
    Estimate,
    corrected_t,
    default_repeats,
    holm,
    smallest_difference,
    verdict,
)

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
    ("estimate", "p", "expected"),
    [
        (Estimate(0.02, 0.01, 0.03, 0), 0.001, "better"),
        (Estimate(-0.02, -0.03, -0.01, 0), 0.001, "worse"),
        (
            Estimate(0.002, 0.001, 0.003, 0),
            0.001,
            "practically equal",
        ),  # significant, but too small to matter
        (Estimate(0.0, -0.004, 0.004, 1), 1.0, "practically equal"),
        (Estimate(0.0, -0.02, 0.02, 1), 1.0, "undecided"),
        (Estimate(0.02, 0.001, 0.039, 0.04), 0.2, "undecided"),
        (Estimate(0.02, -np.inf, np.inf, np.nan), np.nan, "undecided"),
    ],
)
def test_verdicts(estimate: Estimate, p: float, expected: str) -> None:
    assert verdict(estimate, p, width=0.005) == expected


def test_the_smallest_difference_falls_with_the_root_of_the_rows() -> None:
    def area(y: Any, p: Any, *_: Any) -> float:
        return float(roc_auc_score(y, p))

    few = smallest_difference(Design(300, 45, 25, 60, 240), area, n_draws=300)
    many = smallest_difference(Design(3000, 450, 25, 600, 2400), area, n_draws=300)
    assert few / many == pytest.approx(np.sqrt(10), rel=0.15)
    assert 0.1 < few < 0.2


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


def test_the_simulated_probabilities_are_true() -> None:
    found: list[tuple[float, float, float]] = []

    def metric(is_event: Any, p: Any, of_others: Any, p_of_others: Any) -> float:
        found.append((is_event.mean(), p.mean(), roc_auc_score(is_event, p)))
        assert of_others.mean() == pytest.approx(0.2)
        assert len(of_others) == len(p_of_others)
        return float(p[0])

    smallest_difference(Design(20_000, 4000, 5, 4000.0, 16_000.0), metric, auc=0.8, n_draws=40)
    share, mean, auc = np.mean(found, axis=0)
    assert mean == pytest.approx(share, abs=0.01)
    assert auc == pytest.approx(0.8, abs=0.01)


@pytest.mark.parametrize(
    ("design", "n_test", "n_events"),
    [
        (Design(10, 5, 5, 2.0, 8.0), 2, 1),
        (Design(100, 25, 5, 4.4, 95.6), 4, 1),
        (Design(100, 75, 5, 4.0, 96.0), 4, 3),
        (Design(1000, 2, 5, 10.0, 990.0), 10, 1),
        (Design(10, 5, 5, 0.4, 9.6), 2, 1),
    ],
)
def test_models_that_know_nothing_predict_the_share_of_the_events(
    design: Design, n_test: int, n_events: int
) -> None:
    def metric(is_event: Any, p: Any, of_others: Any, p_of_others: Any) -> float:
        assert (len(is_event), is_event.sum()) == (n_test, n_events)
        assert len(of_others) == round(design.n_train)
        assert of_others.sum() == np.ceil(round(design.n_train) * design.n_events / design.n_rows)
        assert [*p, *p_of_others] == pytest.approx([n_events / n_test] * (n_test + len(of_others)))
        return 0.5

    assert smallest_difference(design, metric, auc=0.5, n_draws=2) == 0.0


def test_the_smallest_difference_is_the_error_times_two_quantiles() -> None:
    values = np.random.RandomState(0).normal(size=60)
    given = iter(values)
    found = smallest_difference(
        Design(100, 20, 4, 25.0, 50.0), lambda *_: next(given), power=0.9, alpha=0.1, n_draws=30
    )
    error = np.sqrt((values[::2] - values[1::2]).var(ddof=1) * (1 / 4 + 1 / 2))
    assert found == pytest.approx((t.ppf(0.95, 3) + t.ppf(0.9, 3)) * error)


def test_tables_from_10_000_rows_are_repeated_less() -> None:
    assert [default_repeats(n_rows) for n_rows in (9_999, 10_000)] == [5, 2]


def test_the_p_value_of_independent_values_is_that_of_the_t_test() -> None:
    values = np.array([0.1, -0.2, 0.3, 0.25])
    assert corrected_t(values, 0.0).p_value == pytest.approx(ttest_1samp(values, 0).pvalue)


def test_an_adjusted_p_value_of_alpha_decides_nothing() -> None:
    estimate = Estimate(0.02, 0.01, 0.03, 0.05)
    assert verdict(estimate, 0.05, width=0.005) == "undecided"
    assert verdict(estimate, 0.049, width=0.005) == "better"


def test_the_defaults_of_the_smallest_difference_are_those_of_its_description() -> None:
    design = Design(50, 10, 5, 10.0, 40.0)

    def first(_: Any, p: Any, *__: Any) -> float:
        return float(p[0])

    found = smallest_difference(
        design, first, auc=0.8, power=0.8, alpha=0.05, n_draws=400, random_seed=0
    )
    assert smallest_difference(design, first) == found
