"""Calibrators: probabilities of 0 and 1, sums of 1, and one entry per event and stage."""

from __future__ import annotations

import numpy as np
import pytest

from poise.decisions._recalibration import (
    Residual,
    calibration_fits,
    fitted_calibrators,
)
from poise_inference import recalibrated

CODES = np.arange(200) % 2
P = np.clip(0.2 + 0.5 * CODES + np.random.RandomState(0).normal(0, 0.25, 200), 0, 1)
TWO = np.column_stack([1 - P, P])
ONES = np.ones(200)


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_probabilities_of_exactly_0_and_1_are_recalibrated(method: str) -> None:
    assert {0.0, 1.0} <= set(P.tolist())
    calibrators = fitted_calibrators(method, TWO, CODES, ONES, (1,))
    found = recalibrated(np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]]), calibrators, (1,))
    turned = recalibrated(np.array([[0.0, 1.0]]), calibrators, (0,))  # the event comes first
    np.testing.assert_allclose(turned, found[:1, ::-1])
    assert np.isfinite(found).all()
    assert (np.diff(found[:, 1]) >= 0).all()
    np.testing.assert_allclose(found.sum(axis=1), 1)


def test_rows_that_every_isotonic_calibrator_rules_out_get_equal_probabilities() -> None:
    three = np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]] * 10)
    calibrators = fitted_calibrators("isotonic", three, np.arange(30) % 3, np.ones(30), (0, 1, 2))
    rows = np.array([[0.1, 0.1, 0.1], [0.1, 0.8, 0.1], [0.8, 0.8, 0.1], [0.1, 0.1, 0.45]])
    found = recalibrated(rows, calibrators, (0, 1, 2))
    np.testing.assert_allclose(found, [[1 / 3] * 3, [0, 1, 0], [0.5, 0.5, 0], [0, 0, 1]])


def test_a_residual_has_one_entry_per_event_and_stage() -> None:
    fits = calibration_fits(TWO, CODES, ONES, (1,))
    both = Residual(("yes",), fits, fits, 200).to_dict()
    assert both["event"].tolist() == ["yes", "yes"]
    assert both["stage"].tolist() == ["shifted", "recalibrated"]
    assert Residual(("yes",), fits, None, 200).to_dict()["stage"].tolist() == ["shifted"]
