"""Metrics of imbalanced problems, and one of one's own."""

from collections.abc import Sequence
from typing import Any, assert_type

import numpy as np
from numpy.typing import ArrayLike

from poise.metrics import (
    CalibrationFit,
    ScoreParts,
    brier_score_parts,
    calibration_fit,
    expected_calibration_error,
    geometric_mean_score,
    make_index_balanced_accuracy,
    net_benefit,
    precision_at_k,
)

y: Sequence[int] = [0, 0, 0, 1, 0, 1, 1, 0]
p = np.array([0.1, 0.3, 0.2, 0.7, 0.6, 0.4, 0.9, 0.1])

assert_type(precision_at_k(y, p, k=3), float)
assert_type(net_benefit(y, p, threshold=0.5), float)
assert_type(expected_calibration_error(y, p, n_bins=2, strategy="uniform"), float)
assert_type(brier_score_parts(y, p), ScoreParts)
assert_type(brier_score_parts(y, p).score, float)
assert_type(calibration_fit(y, p), CalibrationFit)
assert 0 < geometric_mean_score(y, p > 0.5, average="macro") < 1


@make_index_balanced_accuracy(alpha=0.2, squared=False)
def share_found(y_true: ArrayLike, y_pred: ArrayLike) -> float:
    """Return the share of events that are found."""
    true, predicted = np.asarray(y_true), np.asarray(y_pred)
    return float(predicted[true == 1].mean())


assert_type(share_found(y, y_pred=(p > 0.5).astype(int)), Any)
assert share_found.__name__ == "share_found"
