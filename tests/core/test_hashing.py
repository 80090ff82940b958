"""Hashes are the same in every process, and differ if anything that decides a result does."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

from poise.core.hashing import hash_of


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
        "from poise.core.hashing import hash_of;"
        "print(hash_of([F(lambda x: x + 1), L(C=2), {'a', 'b', 'c'}, np.array(['x', None], dtype=object)]))"
    )
    found = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
        for _ in range(2)
    }
    assert len(found) == 1
