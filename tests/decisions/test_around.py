"""Classifiers around another one check its labels, names and parameters in one way."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression, RidgeClassifier

from poise import SMOTE
from poise.core.errors import InputError, UnsupportedTypeError
from poise.decisions import ResampledClassifier
from poise.decisions._around import (
    check_fit_parameters,
    check_has_probabilities,
    copy_names,
    plain_labels,
    with_event,
)


@pytest.mark.parametrize(
    "y", [["a", "b"], [1, 2], [True, False], pd.Series(["a", "b"], dtype="string")]
)
def test_text_numbers_and_booleans_are_plain_labels(y: Any) -> None:
    assert plain_labels(y).of_rows.tolist() == list(y)


def test_dates_are_not() -> None:
    with pytest.raises(InputError, match="of the type date.* Pass text, whole numbers or booleans"):
        plain_labels(np.array(["2026-01-01", "2026-01-02"], dtype="M8[D]"))


def test_only_an_event_that_is_not_set_is_set() -> None:
    model = ResampledClassifier(
        SMOTE(), ResampledClassifier(None, LogisticRegression(), pos_label=3)
    )
    assert with_event(model, 7).pos_label == 7
    assert model.estimator.pos_label == 3


def test_classifiers_without_probabilities_and_unknown_parameters_raise() -> None:
    with pytest.raises(UnsupportedTypeError, match="has no predict_proba, and they count. Wrap it"):
        check_has_probabilities(RidgeClassifier(), "they count")
    check_fit_parameters(LogisticRegression(), {"sample_weight": None})
    with pytest.raises(InputError, match="LogisticRegression does not take 'colour'"):
        check_fit_parameters(LogisticRegression(), {"colour": 1})


def test_names_are_those_of_the_last_fit() -> None:
    frame, y = pd.DataFrame({"a": [0.0, 1.0], "b": [1.0, 0.0]}), [0, 1]
    model = SimpleNamespace(estimator_=LogisticRegression().fit(frame, y))
    copy_names(model, frame)
    assert (model.n_features_in_, model.feature_names_in_.tolist()) == (2, ["a", "b"])
    model.estimator_ = LogisticRegression().fit(frame.to_numpy(), y)
    copy_names(model, frame.to_numpy())
    assert not hasattr(model, "feature_names_in_")
