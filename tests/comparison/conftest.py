"""One small table, compared once for all tests of the package."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.datasets import make_classification
from threadpoolctl import threadpool_limits

from poise import compare
from poise.comparison import Comparison
from poise.comparison.approaches import read_approaches
from poise.comparison.estimators import read_estimators
from poise.comparison.folds import make_folds
from poise.comparison.run import Runs, run
from poise.decisions import CostMatrix
from poise.study.event_table import read_event_table

mpl.use("Agg")


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> Iterator[None]:
    """Boosted trees on a few hundred rows wait for each other when several threads share a busy core."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="session")
def X() -> NDArray[np.float64]:  # noqa: N802  # as everywhere
    return _table()[0]


@pytest.fixture(scope="session")
def y() -> NDArray[np.int64]:
    return _table()[1]


def _table() -> tuple[Any, Any]:
    table: tuple[Any, Any] = make_classification(
        400, n_features=5, weights=[0.85], class_sep=0.7, random_state=0
    )
    return table


@pytest.fixture(scope="session")
def quick() -> dict[str, Any]:
    """Arguments of a comparison that takes little time."""
    return {
        "approaches": ["class-weights", "smote", "random-under"],
        "estimators": ["logistic"],
        "n_repeats": 1,
        "n_jobs": 1,
        "progress": False,
    }


@pytest.fixture(scope="session")
def result(X: Any, y: Any, quick: dict[str, Any]) -> Comparison:
    """Two repeats, with costs: every metric has values."""
    costs = CostMatrix.of_two(false_positive=1, false_negative=5)
    return compare(X, y, **quick | {"n_repeats": 2}, costs=costs)


@pytest.fixture(scope="session")
def single(X: Any, y: Any, quick: dict[str, Any]) -> Comparison:
    """One repeat, without costs."""
    return compare(X, y, **quick)


@pytest.fixture(scope="session")
def with_ratios(X: Any, y: Any, quick: dict[str, Any]) -> Comparison:
    return compare(X, y, **quick | {"ratios": [0.25, 0.5]})


@pytest.fixture(scope="session")
def runs(X: Any, y: Any) -> Runs:
    """Scores of three folds, twice: logistic regression with three approaches."""
    rows = read_event_table(X, y)
    return run(
        rows,
        make_folds(rows, 3, 2, None, None, 0),
        read_approaches(["class-weights", "smote"]),
        read_estimators(["logistic"], rows),
        n_jobs=1,
        report=None,
        time_budget=None,
        resume=None,
    )


@pytest.fixture(scope="session")
def escaped() -> Comparison:
    """Default approaches and estimators, on labels and names that are HTML."""
    X, y = make_classification(500, n_features=4, weights=[0.85], random_state=0)
    table = pd.DataFrame(X, columns=["a", "b", "<c>", "d"])
    labels = np.where(y == 1, "<script>alert(1)</script>", "fine")
    return compare(table, labels, cv=3, n_repeats=1, n_jobs=1, progress=False)


@pytest.fixture(scope="session")
def page(escaped: Comparison) -> str:
    return escaped.to_html()
