"""Signatures: everything that decides a result has a hash, the same in every process."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression

import poise
from poise.comparison.approaches import read_approaches
from poise.comparison.estimators import read_estimators
from poise.comparison.folds import make_folds
from poise.comparison.signature import hashes_of
from poise.study.event_table import read_event_table

TABLE = pd.DataFrame(
    {"a": np.arange(60.0) % 7, "b": np.arange(60) % 4, "town": np.tile(["Rome", "Oslo"], 30)}
)
Y = np.repeat(["no", "yes"], [40, 20])


def hashes(X: Any = TABLE, y: Any = Y, **given: Any) -> dict[str, str]:
    usual = {"pos_label": None, "kinds": None, "groups": None, "time": None, "seed": 0}
    usual |= {"approaches": ["smote"], "estimators": ["logistic"]}
    of = usual | given
    rows = read_event_table(X, y, of["pos_label"], of["kinds"])
    folds = make_folds(rows, 2, 1, of["groups"], of["time"], of["seed"])
    return hashes_of(
        rows, folds, read_approaches(of["approaches"]), read_estimators(of["estimators"], rows)
    )


def differing(**given: Any) -> set[str]:
    first, second = hashes(), hashes(**given)
    return {name for name in first | second if first.get(name) != second.get(name)}


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ({"X": TABLE.assign(a=TABLE["a"] + 1)}, "values of the table"),
        ({"X": TABLE.assign(town=np.tile(["Rome", "Pisa"], 30))}, "values of the table"),
        ({"X": TABLE.assign(b=TABLE["b"].astype(float))}, "names, dtypes or kinds of columns"),
        ({"X": TABLE.astype({"b": "int32"})}, "names, dtypes or kinds of columns"),
        ({"X": TABLE.rename(columns={"a": "c"})}, "names, dtypes or kinds of columns"),
        ({"X": pl.from_pandas(TABLE)}, "names, dtypes or kinds of columns"),
        ({"kinds": {"a": "integer"}}, "names, dtypes or kinds of columns"),
        ({"y": np.roll(Y, 1)}, "labels"),
        ({"y": np.where(Y == "yes", "ja", "no")}, "labels"),
        ({"pos_label": "no"}, "labels"),
        ({"seed": 1}, "folds or random state"),
        ({"groups": np.arange(60) // 2}, "folds or random state"),
        ({"time": np.arange(60)}, "folds or random state"),
        ({"approaches": {"smote": poise.SMOTE(k_neighbors=3)}}, "approach 'smote'"),
        ({"approaches": ["smote", "rose"]}, "approach 'rose'"),
        ({"approaches": {"smote": "reweighted"}}, "approach 'smote'"),
        ({"estimators": {"logistic": LogisticRegression(C=2)}}, "estimator 'logistic'"),
    ],
)
def test_whatever_decides_a_result_is_named_if_it_differs(given: dict[str, Any], part: str) -> None:
    assert part in differing(**given)


def test_a_comparison_of_the_same_has_the_same_hashes() -> None:
    assert differing(X=TABLE.copy(), y=Y.copy(), seed=np.int64(0)) == set()


def test_folds_of_other_rows_differ() -> None:
    rows = read_event_table(TABLE, Y)
    folds = make_folds(rows, 2, 1, None, None, 0)
    other = [replace(folds[0], test=folds[0].test[1:]), folds[1]]
    assert hashes_of(rows, folds, [], []) != hashes_of(rows, other, [], [])
