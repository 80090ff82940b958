"""The smallest differences that the folds can detect: known before anything is fitted."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, log_loss, roc_auc_score

from poise.comparison import Comparison
from poise.comparison.detectable import smallest_differences
from poise.study.statistics import Design, smallest_difference


def test_the_smallest_differences_are_known_before_anything_is_fitted(
    y: Any, result: Comparison
) -> None:
    assert result.smallest_differences == smallest_differences(
        Design(400, int(y.sum()), 10, 80, 320)
    )


DESIGN = Design(400, 60, 10, 80, 320)


@pytest.mark.parametrize(
    ("name", "score"),
    [
        ("roc_auc", roc_auc_score),
        ("average_precision", average_precision_score),
        ("log_loss", partial(log_loss, labels=[False, True])),
    ],
)
def test_they_are_those_of_scikit_learns_metrics(name: str, score: Any) -> None:
    few = smallest_difference(DESIGN, lambda y, p, *_: float(score(y, p)), n_draws=200)
    assert smallest_differences(DESIGN)[name] == pytest.approx(few, rel=1e-12)


def test_changing_the_answer_changes_no_later_one() -> None:
    smallest_differences(DESIGN).clear()
    assert set(smallest_differences(DESIGN)) == {
        "roc_auc",
        "average_precision",
        "brier",
        "log_loss",
        "f1",
        "mcc",
    }


def test_more_folds_detect_smaller_differences() -> None:
    many = smallest_differences(Design(400, 60, 50, 80, 320))
    assert all(many[name] < value for name, value in smallest_differences(DESIGN).items())
    assert np.isfinite(list(many.values())).all()
