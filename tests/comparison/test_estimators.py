"""Estimators are read from names, classifiers, and dictionaries of both."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from poise.comparison.estimators import read_estimators
from poise.comparison.fitting import encoders_of
from poise.comparison.folds import Fold
from poise.core.errors import UnknownNameError, UnsupportedTypeError
from poise.study.event_table import EventTable, read_event_table


@pytest.fixture
def rows(X: Any, y: Any) -> EventTable:
    table = pd.DataFrame(X, columns=list("abcde")).assign(town=np.tile(["Rome", None], 200))
    return read_event_table(table.mask(table == table["a"].max()), y)


@pytest.mark.parametrize("name", ["logistic", "boosting", "tree", "k-nn"])
def test_every_name_fits_missing_values_and_categories(name: str, rows: EventTable) -> None:
    (estimator,) = read_estimators(name, rows)
    fold = Fold(0, 0, np.arange(300), np.arange(300, 400), 0)
    encoders = encoders_of(rows, fold.train, [estimator])
    assert set(encoders) == {estimator.form} - {"numbers"}
    train, test = (rows.numbers[part] for part in (fold.train, fold.test))
    for fitted in encoders.values():
        train, test = fitted.transform(train), fitted.transform(test)
    p = estimator.model.fit(train, rows.is_event[fold.train]).predict_proba(test)
    assert (estimator.name, estimator.as_given) == (name, False)
    assert np.isfinite(p).all()


def test_a_pipeline_is_fitted_on_the_table_as_it_was_passed(rows: EventTable) -> None:
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    mine, encoded = read_estimators({"mine": pipeline, "plain": LogisticRegression()}, rows)
    assert mine.as_given
    assert mine.model is pipeline
    assert not encoded.as_given


def test_what_is_not_a_classifier_is_refused(rows: EventTable) -> None:
    with pytest.raises(
        UnsupportedTypeError, match="is not a scikit-learn classifier. Pass an inst"
    ):
        read_estimators([LogisticRegression], rows)
    with pytest.raises(UnknownNameError, match="Did you mean 'logistic'"):
        read_estimators(["logistik"], rows)
