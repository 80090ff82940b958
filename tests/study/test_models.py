"""Estimators are built for the columns of a table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.neighbors import KNeighborsClassifier

from poise import SMOTE
from poise.core.errors import UnsupportedTypeError
from poise.study.event_table import read_event_table
from poise.study.models import (
    KnownColumns,
    boosting,
    logistic,
    prepared_sampler,
    weighing_classes,
)

rng = np.random.RandomState(0)
FRAME = pd.DataFrame({"a": rng.randn(40), "town": rng.choice(["x", "y", None], 40), "n": range(40)})
ROWS = read_event_table(FRAME, np.repeat([0, 1], [30, 10]))


class Foreign(SMOTE):
    """A sampler of another package."""


def test_a_logistic_regression_takes_missing_values_and_categories() -> None:
    model = logistic(ROWS).fit(ROWS.numbers, ROWS.is_event)
    assert model.predict_proba(ROWS.numbers).shape == (40, 2)


def test_numbers_without_any_value_are_kept_and_missing_ones_marked() -> None:
    rows = read_event_table(FRAME[["a", "n"]], np.repeat([0, 1], [30, 10]))
    numbers = rows.numbers.copy()
    numbers[3, 0] = numbers[:, 1] = np.nan
    assert logistic(rows).named_steps["encode"].fit_transform(numbers).shape == (40, 4)


def test_boosting_has_the_categorical_columns_declared() -> None:
    assert boosting(ROWS).categorical_features == [2]


def test_columns_with_fewer_than_20_known_values_become_zero() -> None:
    values = np.full((40, 2), np.nan)
    values[:19, 0] = values[:20, 1] = 7.0
    known = KnownColumns().fit(values)
    filled = known.transform(values)
    assert (filled[:, 0] == 0).all()
    assert known.transform(np.ones((3, 2))).tolist() == [[0, 1]] * 3
    np.testing.assert_array_equal(filled[:, 1], values[:, 1])


def test_balanced_class_weights_are_set_inside_a_pipeline() -> None:
    assert weighing_classes(logistic(ROWS)).get_params()["model__class_weight"] == "balanced"
    assert weighing_classes(KNeighborsClassifier()) is None


def test_a_sampler_of_numbers_gets_the_column_kinds() -> None:
    sampler = prepared_sampler(SMOTE(), ROWS, as_given=False, random_seed=4)
    assert sampler.column_kinds == {0: "continuous", 1: "integer", 2: "categorical"}
    assert sampler.random_state == 4
    assert prepared_sampler(SMOTE(), ROWS, as_given=True, random_seed=4).column_kinds is None


def test_a_sampler_of_another_package_gets_no_categories() -> None:
    with pytest.raises(UnsupportedTypeError, match="Foreign is not a sampler of Poise"):
        prepared_sampler(Foreign(), ROWS, as_given=False, random_seed=4)


def test_a_sampler_of_another_package_gets_complete_numbers_alone() -> None:
    y = np.repeat([0, 1], [30, 10])
    for column, is_plain in (("n", True), ("whole", False), ("gaps", False)):
        table = FRAME.assign(whole=FRAME["town"].fillna("z"), gaps=FRAME["a"].mask(FRAME["n"] == 3))
        rows = read_event_table(table[["a", column]], y)
        if is_plain:
            assert isinstance(
                prepared_sampler(Foreign(), rows, as_given=False, random_seed=4), Foreign
            )
        else:
            with pytest.raises(UnsupportedTypeError, match="takes only numbers without missing"):
                prepared_sampler(Foreign(), rows, as_given=False, random_seed=4)
