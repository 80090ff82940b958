"""What the package knows of other tables: complete, plausible, and interpolated between numbers of events."""

from __future__ import annotations

import numpy as np
import pytest

from poise.comparison.metrics import METRICS
from poise.study import reference
from poise.study.effect_prior import Prior
from poise.study.reference import FAMILIES, prior_of, smallest_difference


def test_every_prior_is_of_a_known_estimator_and_metric() -> None:
    for name, of_sizes in reference.reference()["priors"].items():
        estimator, _, value = name.split(" | ")
        assert estimator in FAMILIES.values()
        assert value.split(" ")[0] in METRICS
        for n_events, location, scale, typical_error, n_origins in of_sizes:
            assert n_events >= 10
            assert abs(location) < 100
            assert 0.03 <= scale <= 50
            assert typical_error >= 0.1
            assert n_origins > 5


def test_priors_are_interpolated_in_the_logarithm_of_the_events(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sizes = [[40, -1.0, 0.5, 1.0, 90], [160, 1.0, 2.0, 0.25, 70]]
    stored = {"priors": {"logistic | smote | roc_auc": sizes}}
    monkeypatch.setattr(reference, "reference", lambda: stored)
    of_smote = ("logistic", "smote", "roc_auc")
    assert prior_of(*of_smote, 80, 0.5)[0] == pytest.approx((0.0, 1.0))
    assert prior_of(*of_smote, 3, 1.0) == (pytest.approx((-1.0, 0.5)), 90)
    assert prior_of(*of_smote, 10**6, 0.25) == (pytest.approx((1.0, 2.0)), 70)
    assert prior_of("", "smote", "roc_auc", 80, 0.5) == (Prior(), 0)
    # On a table with twice the error, gains are larger as well.
    assert prior_of(*of_smote, 80, 1.0)[0] == pytest.approx((0.0, 2**0.75))
    assert prior_of(*of_smote, 80, np.inf)[0].scale == pytest.approx(10**0.75)
    assert prior_of(*of_smote, 80, 0.0)[0].scale == pytest.approx(0.2**0.75)


def test_what_folds_find_falls_with_the_root_of_the_events() -> None:
    few, many = (smallest_difference("logistic", "roc_auc", n) for n in (50, 5000))
    assert few is not None
    assert many is not None
    assert few / many == pytest.approx(10)
    assert smallest_difference("logistic", "partial_auc", 50) is None
    of_any = smallest_difference("", "roc_auc", 50)
    known = [smallest_difference(name, "roc_auc", 50) for name in set(FAMILIES.values())]
    assert of_any == np.max([value for value in known if value is not None])
