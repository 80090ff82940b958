"""Signatures: everything that decides a result has a hash, the same in every process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

import poise
from poise.comparison.approaches import read_approaches
from poise.comparison.estimators import read_estimators
from poise.comparison.folds import make_folds
from poise.comparison.signature import hash_of, hashes_of
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


def scaled(factor: float) -> Callable[[Any], Any]:
    return lambda values: values * factor


def pipeline(function: Any, weight: float = 1.0) -> Any:
    search = GridSearchCV(LogisticRegression(), {"C": [1.0, 2.0]}, cv=StratifiedKFold(3))
    search.estimator.set_params(class_weight={0: 1.0, 1: weight})
    return make_pipeline(FunctionTransformer(function), OneHotEncoder(), search)


def test_pipelines_of_ones_own_are_compared_by_their_parameters_and_functions() -> None:
    first = hash_of(pipeline(scaled(2.0)))
    assert first == hash_of(pipeline(scaled(2.0)))
    others = [
        pipeline(scaled(3.0)),
        pipeline(lambda values: values + 2.0),
        pipeline(np.log1p),
        pipeline(partial(np.power, 2)),
        pipeline(scaled(2.0), weight=5.0),
        pipeline(scaled(2.0)).set_params(gridsearchcv__cv=StratifiedKFold(4)),
        pipeline(scaled(2.0)).set_params(onehotencoder__dtype=np.float32),
    ]
    assert len({first, *map(hash_of, others)}) == 1 + len(others)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([1, 2], [2, 1]),
        (["ab", "c"], ["a", "bc"]),
        ([[1], 2], [[1, 2]]),
        (1, 1.0),
        ("1", 1),
        (np.zeros(2000), np.r_[np.zeros(1000), 1, np.zeros(999)]),
        (np.array(["a", None], dtype=object), np.array([None, "a"], dtype=object)),
        (np.random.RandomState(0), np.random.RandomState(1)),
        (pd.Series([1, 2]), pd.Series([1, 3])),
        ({"a": 1}, {"a": 2}),
    ],
)
def test_different_values_have_different_hashes(one: Any, other: Any) -> None:
    assert hash_of(one) != hash_of(other)


def test_the_order_of_a_dictionary_or_a_set_does_not_matter() -> None:
    assert hash_of({"a": 1, "b": {2, 3}}) == hash_of({"b": {3, 2}, "a": 1})


def test_what_holds_itself_has_a_hash() -> None:
    endless: list[Any] = [lambda: None]
    endless.append(endless)
    assert hash_of(endless) == hash_of(endless)


def test_hashes_are_the_same_in_another_process() -> None:
    code = (
        "import numpy as np; from sklearn.linear_model import LogisticRegression as L;"
        "from sklearn.preprocessing import FunctionTransformer as F;"
        "from poise.comparison.signature import hash_of;"
        "print(hash_of([F(lambda x: x + 1), L(C=2), {'a', 'b', 'c'}, np.array(['x', None], dtype=object)]))"
    )
    found = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
        for _ in range(2)
    }
    assert len(found) == 1


def test_folds_of_other_rows_differ() -> None:
    rows = read_event_table(TABLE, Y)
    folds = make_folds(rows, 2, 1, None, None, 0)
    other = [replace(folds[0], test=folds[0].test[1:]), folds[1]]
    assert hashes_of(rows, folds, [], []) != hashes_of(rows, other, [], [])
