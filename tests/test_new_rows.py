"""On tables that ship with Poise: nothing about kinds or gaps gives a new row away."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_score

from poise import datasets
from poise.over_sampling import SMOTE

LOAD = {
    "german": datasets.load_german,
    "hypothyroid": datasets.load_hypothyroid,
    "thyroid": datasets.load_thyroid,
    "abalone": datasets.load_abalone,
}


@cache
def old_and_new(name: str) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """The class's rows, as many new ones, and the columns of whole numbers."""
    dataset = LOAD[name]()
    X = dataset.frame("pandas")
    y = X.pop(dataset.target)
    numbers = X.select_dtypes("number")
    whole = [column for column in numbers if (numbers[column].dropna() % 1 == 0).all()]
    rare = y.value_counts().idxmin()
    n_rare = int((y == rare).sum())
    sampler = SMOTE(
        sampling_strategy={rare: n_rare + max(n_rare, 300)},
        column_kinds=dict.fromkeys(whole, "integer"),
        neighbor_space="standard",
        random_state=0,
    )
    return X[y == rare], sampler.fit_resample(X, y)[0].iloc[len(X) :], whole


def separable(features: np.ndarray, is_new: np.ndarray) -> float:
    model = HistGradientBoostingClassifier(max_iter=30, random_state=0)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    return float(cross_val_score(model, features, is_new, cv=folds, scoring="roc_auc").mean())


@pytest.mark.parametrize("name", LOAD)
def test_neither_gaps_nor_fractions_give_new_rows_away(name: str) -> None:
    old, new, whole = old_and_new(name)
    both = pd.concat([old, new])
    is_new = np.repeat([0, 1], [len(old), len(new)])
    # The new rows' seeds are a sample of the old ones, which leaves some noise around 0.5.
    assert abs(separable(both.isna().to_numpy(float), is_new) - 0.5) < 0.07
    if whole:
        assert separable((both[whole] % 1 > 0).to_numpy(float), is_new) == pytest.approx(0.5)


@pytest.mark.parametrize("name", LOAD)
def test_categories_appear_together_that_the_class_has(name: str) -> None:
    old, new, _ = old_and_new(name)
    text = [column for column in old if old[column].dtype.kind not in "iufb"]
    known = old[text].astype(object).to_numpy()
    for row in new[text].astype(object).drop_duplicates().to_numpy():
        is_known = ~pd.isna(row)
        assert (known[:, is_known] == row[is_known]).all(axis=1).any()


@pytest.mark.parametrize("name", LOAD)
def test_dtypes_and_bounds_are_kept(name: str) -> None:
    old, new, _ = old_and_new(name)
    assert new.dtypes.equals(old.dtypes)
    numbers = old.select_dtypes("number")
    for column in numbers:
        assert new[column].dropna().between(old[column].min(), old[column].max()).all()
