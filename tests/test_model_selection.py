"""Folds that share hard rows out evenly."""

from __future__ import annotations

from typing import Any

import imblearn.model_selection
import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

from poise.core.errors import InputError, TooFewRowsError, UnknownNameError
from poise.model_selection import InstanceHardnessCV

X, y = make_classification(n_samples=200, weights=[0.9], class_sep=0.7, random_state=2)


@pytest.mark.parametrize("pos_label", [None, 0, 1])
def test_the_folds_equal_those_of_imbalanced_learn(pos_label: Any) -> None:
    given = {"n_splits": 4, "pos_label": pos_label}
    ours = InstanceHardnessCV(LogisticRegression(), **given).split(X, y)
    theirs = imblearn.model_selection.InstanceHardnessCV(LogisticRegression(), **given).split(X, y)
    for (train, test), (other_train, other_test) in zip(ours, theirs, strict=True):
        assert test.tolist() == other_test.tolist()
        assert train.tolist() == other_train.tolist()


def test_every_row_is_tested_once_and_scikit_learn_accepts_the_folds() -> None:
    folds = InstanceHardnessCV(LogisticRegression())
    tested = np.concatenate([test for _, test in folds.split(X, np.array(["no", "yes"])[y])])
    assert sorted(tested.tolist()) == list(range(200))
    assert len(cross_val_score(LogisticRegression(), X, y, cv=folds)) == folds.get_n_splits() == 5


@pytest.mark.parametrize(
    ("target", "given", "error", "words"),
    [
        (np.arange(200) % 3, {}, InputError, "two classes; y has 3"),
        (np.arange(200) < 3, {}, TooFewRowsError, "n_splits=5 rows in every class"),
        (y, {"pos_label": 7}, UnknownNameError, "pos_label=7 is not among the labels"),
    ],
)
def test_impossible_splits_raise(
    target: Any, given: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        list(InstanceHardnessCV(LogisticRegression(), **given).split(X, target))


def test_class_weights_are_by_the_users_labels() -> None:
    names = np.array(["no", "yes"])[y]
    by_name = InstanceHardnessCV(LogisticRegression(class_weight={"no": 1, "yes": 5}), n_splits=4)
    by_code = InstanceHardnessCV(LogisticRegression(class_weight={0: 1, 1: 5}), n_splits=4)
    for named, coded in zip(by_name.split(X, names), by_code.split(X, y), strict=True):
        np.testing.assert_array_equal(named[1], coded[1])


def test_groups_are_ignored_with_a_warning() -> None:
    folds = InstanceHardnessCV(LogisticRegression(), n_splits=3)
    with pytest.warns(UserWarning, match="groups parameter is ignored by InstanceHardnessCV"):
        next(folds.split(X, y, groups=y))
