"""Labels, scores and weights are checked in the same way for every metric of probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.special import expit

from poise import metrics
from poise.core.errors import EventWarning, InputError
from poise.core.tables.labels import encode
from poise.metrics._events import event_of, read_scores

rng = np.random.RandomState(0)
Z = rng.randn(500) - 1.5
P = expit(Z)
Y = (rng.uniform(size=500) < expit(0.6 * Z + 0.4)).astype(int)


def test_a_row_of_weight_0_does_not_count() -> None:
    y, p, w = [0, 0, 1, 1, 0], [0.2, 0.3, 0.4, 0.5, 0.9], [1, 1, 1, 1, 0]
    for metric in (metrics.brier_score_parts, metrics.log_loss_parts, metrics.calibration_fit):
        assert metric(y, p, sample_weight=w, pos_label=1) == metric(y[:4], p[:4])
    assert np.isfinite(
        metrics.log_loss_parts(
            [0, 1, 1], [0.2, 0.4, 0.0], sample_weight=[1, 1, 0], pos_label=1
        ).score
    )


def test_the_event_may_have_any_label() -> None:
    names = np.array(["stays", "churns"])[Y]
    churns = metrics.calibration_fit(names, P, pos_label="churns")
    assert churns == metrics.calibration_fit(Y, P)
    # By default the event is the rarer label, wherever it is in sorted order.
    assert metrics.calibration_fit(names, P) == churns
    assert metrics.calibration_fit(2 * Y - 1, P) == metrics.calibration_fit(Y, P)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: metrics.calibration_fit([0, 1], [0.5, 1.5]), "row 1 is 1.5"),
        (lambda: metrics.calibration_fit([0, 1], [0.5, np.nan]), "finite numbers; that of row 1"),
        (lambda: metrics.calibration_fit([0, 1], [[0.5, 0.5], [0.1, 0.9]]), "proba[:, 1]"),
        (lambda: metrics.calibration_fit([0, 1, 2], [0.5] * 3), "3 classes, 0, 1, 2"),
        (lambda: metrics.calibration_fit(["a", "a"], [0.5] * 2), "one class, 'a'"),
        (lambda: metrics.calibration_fit([0, 1], [0.5]), "have 2 and 1"),
        (lambda: metrics.calibration_fit([0, 1], [0.5] * 2, pos_label=7), "pos_label=7"),
        (lambda: metrics.brier_score_parts([0, 1], [0, 1], sample_weight=[1, -1]), "row 1 is -1"),
        (lambda: metrics.brier_score_parts([0, 1], [0, 1], sample_weight=[0, 0]), "zero for all"),
        (lambda: metrics.precision_at_k([1.0, np.nan], [0, 1], 1), "missing label"),
        (lambda: metrics.precision_at_k([1, None], [0, 1], 1), "missing label"),
        (lambda: metrics.precision_at_k([0, 0], [0, 1], 1, pos_label="yes"), "pos_label='yes'"),
    ],
)
def test_invalid_input_raises(call: Any, words: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("y", "event"),
    [
        ([0, 0, 1], 1),
        ([-1, 1], 1),
        ([0], 1),
        ([1, 1, 2], 2),
        ([1, 2, 2], 1),
        (["bad", "good", "good"], "bad"),
        (["bad", "good"], "good"),
    ],
)
def test_the_default_event_is_the_rarest_label_and_of_two_equal_ones_the_later(
    y: list[Any], event: Any
) -> None:
    assert event_of(encode(np.asarray(y)), None) == event


@pytest.mark.parametrize(("y", "event"), [([0, 1, 1], 0), ([False, True, True], False)])
def test_an_event_that_is_not_1_is_said(y: list[Any], event: Any) -> None:
    with pytest.warns(EventWarning, match=rf"so {event} is the event.* pass pos_label="):
        assert event_of(encode(np.asarray(y)), None) == event
    assert event_of(encode(np.asarray(y)), pos_label=1) == 1


def test_a_pos_label_of_another_type_than_the_only_label_raises() -> None:
    assert event_of(encode(np.asarray([0])), 2) == 2
    with pytest.raises(InputError, match="pos_label='yes' is not among the labels 0"):
        event_of(encode(np.asarray([0])), "yes")


def test_rows_of_weight_0_are_left_out() -> None:
    events = read_scores([0, 1, 1], [3.0, -2.0, 5.0], [1, 0, 2], 1)
    assert events.is_used.tolist() == [True, False, True]
    assert events.scores.tolist() == [3.0, 5.0]
    assert events.is_event.tolist() == [False, True]


def test_scores_must_be_one_column() -> None:
    with pytest.raises(InputError, match=r"scores must have one column; .* shape \(2, 2\)"):
        read_scores([0, 1], np.eye(2), None, None)
