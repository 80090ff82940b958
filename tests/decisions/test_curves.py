"""Curves of probabilities and thresholds: their numbers, frames and plots."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import binomtest
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    f1_score,
    matthews_corrcoef,
    precision_score,
    recall_score,
)

from poise.core.errors import InputError
from poise.decisions import CostMatrix, cost_curve, reliability_curve, threshold_curve

mpl.use("Agg")

rng = np.random.RandomState(0)
Z = rng.randn(400) - 1
P = expit(Z)
Y = (rng.uniform(size=400) < P).astype(int)


def test_the_intervals_of_a_reliability_curve_are_those_of_wilson() -> None:
    curve = reliability_curve(Y, P, n_bins=5)
    assert curve.weight.tolist() == [80] * 5
    order = np.argsort(P)
    for i in range(5):
        rows = order[80 * i : 80 * (i + 1)]
        assert curve.predicted[i] == pytest.approx(P[rows].mean())
        assert curve.observed[i] == Y[rows].mean()
        interval = binomtest(int(Y[rows].sum()), 80).proportion_ci(0.95, "wilson")
        assert (curve.low[i], curve.high[i]) == pytest.approx((interval.low, interval.high))


def test_a_weight_counts_like_repeated_rows() -> None:
    weights = rng.randint(1, 4, 400)
    curve = reliability_curve(Y, P, n_bins=4, strategy="uniform", sample_weight=weights)
    many = reliability_curve(
        np.repeat(Y, weights), np.repeat(P, weights), n_bins=4, strategy="uniform"
    )
    np.testing.assert_allclose(curve.observed, many.observed)
    assert (
        curve.high - curve.low > many.high - many.low
    ).all()  # repeated rows narrow the interval, weights do not


def test_the_cost_curve_is_the_lowest_of_all_thresholds() -> None:
    found = cost_curve(Y, P, n_points=11)
    curve = threshold_curve(Y, P)
    for balance, cost, threshold in zip(found.balance, found.cost, found.threshold, strict=True):
        missed, false = curve.fn / Y.sum(), curve.fp / (1 - Y).sum()
        assert cost == pytest.approx((missed * balance + false * (1 - balance)).min())
        alert = threshold <= P
        own = (~alert & (Y == 1)).sum() / Y.sum() * balance
        own += (alert & (Y == 0)).sum() / (1 - Y).sum() * (1 - balance)
        assert own == pytest.approx(cost)
    assert (found.cost <= found.trivial + 1e-12).all()


def test_curves_have_frames_and_plots() -> None:
    costs = CostMatrix.of_two(false_positive=1, false_negative=5)
    curves = [
        (reliability_curve(Y, P), "Reliability (400 rows in 10 bins)"),
        (threshold_curve(Y, P), "Effect of the threshold"),
        (threshold_curve(Y, P, costs=costs), "Effect of the threshold"),
        (cost_curve(Y, P), "Cost curve"),
    ]
    for curve, title in curves:
        assert len(curve.frame("polars")) == len(next(iter(curve.to_dict().values())))
        axes = curve.plot()
        assert axes.get_title() == title
        assert axes.get_xlabel()
        is_cost = curve is curves[2][0]
        assert axes.get_ylabel()
        assert (axes.get_ylabel() == "mean cost per row") == is_cost
        mpl.pyplot.close(axes.figure)
    with pytest.raises(InputError, match="not a matplotlib Axes"):
        curves[0][0].plot("here")


def test_invalid_curves_raise_an_error() -> None:
    with pytest.raises(InputError, match="rows of both classes"):
        cost_curve([1, 1], [0.5, 0.6])
    with pytest.raises(InputError, match="confidence=95"):
        reliability_curve(Y, P, confidence=95)
    with pytest.raises(InputError, match="are thus of 0, 1, 2; y has the labels 0, 1"):
        threshold_curve(Y, P, costs=CostMatrix(1 - np.eye(3)))


def test_the_ends_of_a_cost_curve_are_those_of_the_trivial_decisions() -> None:
    curve = cost_curve(Y, P, n_points=11)
    assert (curve.cost <= curve.trivial + 1e-12).all()
    assert curve.cost[[0, -1]].tolist() == [0.0, 0.0]
    assert curve.trivial.tolist() == pytest.approx([min(b, 1 - b) for b in np.linspace(0, 1, 11)])


def test_the_last_threshold_alerts_on_all_rows_and_the_first_on_none() -> None:
    curve = threshold_curve(Y, P)
    assert curve.threshold[-1] == 0.0
    assert (curve.tp[0], curve.fp[0]) == (0.0, 0.0)
    assert (curve.fn[-1], curve.tn[-1]) == (0.0, 0.0)
    assert curve.threshold[0] > P.max()


@pytest.mark.parametrize("confidence", [0, 1, 1.5, -0.1])
def test_a_confidence_that_is_not_between_0_and_1_raises(confidence: float) -> None:
    with pytest.raises(InputError, match="must be between 0 and 1"):
        reliability_curve(Y, P, confidence=confidence)


def _specificity(y: np.ndarray, decided: np.ndarray) -> float:
    return float(recall_score(1 - y, 1 - decided))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("precision", precision_score),
        ("recall", recall_score),
        ("specificity", _specificity),
        ("accuracy", accuracy_score),
        ("balanced_accuracy", balanced_accuracy_score),
        ("f1", f1_score),
        ("mcc", matthews_corrcoef),
        ("alerts", lambda y, decided: decided.mean()),
        ("g_mean", lambda y, decided: np.sqrt(recall_score(y, decided) * _specificity(y, decided))),
        ("youden", lambda y, decided: recall_score(y, decided) + _specificity(y, decided) - 1),
    ],
)
def test_metrics_of_a_threshold_curve_are_those_of_its_decisions(name: str, expected: Any) -> None:
    curve = threshold_curve(Y, P)
    for i in (20, 150, 390):
        decided = (curve.threshold[i] <= P).astype(int)
        assert curve.metric(name)[i] == pytest.approx(expected(Y, decided))


def test_a_cost_curve_is_that_of_the_best_threshold() -> None:
    curve = cost_curve([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9], n_points=5)
    assert curve.cost.tolist() == [0.0, 0.125, 0.25, 0.125, 0.0]
    many = cost_curve([0, 0, 0, 1], [0.1, 0.1, 0.6, 0.3], n_points=5)
    assert many.cost.tolist() == pytest.approx([0, 0.25, 1 / 6, 1 / 12, 0])


def test_curves_say_their_event_and_not_their_numbers() -> None:
    names = np.array(["good", "bad"])[Y]
    for curve, end in (
        (reliability_curve(names, P), "10 bins"),
        (threshold_curve(names, P), "thresholds"),
        (cost_curve(names, P), "101 balances"),
    ):
        assert curve.pos_label == "bad"
        assert "of the event 'bad'" in repr(curve)
        assert repr(curve).endswith(f"{end}>")
        assert "pos_label" not in curve.to_dict()
