"""compare: everything inside the folds, the same for any number of jobs, and clear errors."""

from __future__ import annotations

import inspect
import json
from typing import Any

import imblearn.over_sampling
import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
import sklearn
from same_values import assert_same_values
from sklearn.compose import make_column_transformer
from sklearn.ensemble import VotingClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    f1_score,
    log_loss,
    roc_auc_score,
)
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    RepeatedStratifiedKFold,
    StratifiedKFold,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, MaxAbsScaler, StandardScaler
from sklearn.svm import LinearSVC

import poise
from poise import compare
from poise.comparison import Comparison, pages
from poise.comparison.folds import make_folds
from poise.comparison.metrics import Key
from poise.constraints import Sum
from poise.core.errors import (
    FileError,
    InputError,
    PoiseError,
    TooFewRowsError,
    UnknownNameError,
    UnsupportedTypeError,
)
from poise.decisions import TunedThreshold
from poise.study.event_table import read_event_table


def test_values_are_those_of_a_plain_loop_over_the_folds(
    X: Any, y: Any, result: Comparison
) -> None:
    rows = read_event_table(X, y)
    scores, at_half, tuned = [], [], []
    folds = [fold for fold in make_folds(rows, 5, 2, None, None, 0) if fold.repeat == 0]
    given = {}
    for fold in folds:
        sampler = poise.SMOTE(neighbor_space="standard", random_state=fold.random_seed)
        scaler = StandardScaler().fit(X[fold.train])
        X_new, y_new = sampler.fit_resample(X[fold.train], y[fold.train])
        model = LogisticRegression(max_iter=1000).fit(scaler.transform(X_new), y_new)
        given[fold.number] = model.predict_proba(scaler.transform(X[fold.test]))[:, 1]
    for fold in folds:
        p, events = given[fold.number], y[fold.test]
        scores.append(roc_auc_score(events, p))
        at_half.append(f1_score(events, p >= 0.5))
        others = [other for other in folds if other.number != fold.number]
        threshold = TunedThreshold("f1").threshold(
            np.concatenate([y[other.test] for other in others]),
            np.concatenate([given[other.number] for other in others]),
        )
        tuned.append(f1_score(events, p >= threshold))
    for expected, parts in (
        (scores, (None, None, "roc_auc")),
        (at_half, ("as trained", "0.5", "f1")),
        (tuned, (None, "tuned", "f1")),
    ):
        found = result.values[Key("logistic", "smote", *parts)][:5]
        np.testing.assert_allclose(found, expected, atol=1e-9)


def test_a_model_that_is_never_precise_enough_finds_nothing(quick: dict[str, Any]) -> None:
    rng = np.random.RandomState(0)
    noise, y = rng.randn(300, 3), (np.arange(300) < 30).astype(int)
    found = compare(noise, y, **quick | {"approaches": ["smote"]}, precision=0.9)
    for approach in ("as-is", "smote"):
        assert found.mean(Key("logistic", approach, None, "tuned", "recall_at_precision")) < 0.1


def test_noise_shows_no_skill_where_resampling_before_splitting_would_show_much(
    quick: dict[str, Any],
) -> None:
    rng = np.random.RandomState(0)
    noise, y = rng.randn(300, 6), (np.arange(300) < 45).astype(int)
    found = compare(
        noise,
        y,
        approaches=["smote", "random-over"],
        estimators=["k-nn"],
        **{key: quick[key] for key in ("n_jobs", "progress")},
    )
    for estimate in found.intervals("roc_auc").values():
        assert estimate.low < 0.5 < estimate.high
        assert estimate.mean < 0.6
    leaky_X, leaky_y = poise.SMOTE(random_state=0).fit_resample(noise, y)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    leaky = [
        roc_auc_score(
            leaky_y[test],
            KNeighborsClassifier()
            .fit(leaky_X[train], leaky_y[train])
            .predict_proba(leaky_X[test])[:, 1],
        )
        for train, test in folds.split(leaky_X, leaky_y)
    ]
    assert np.mean(leaky) > 0.85


def test_the_result_is_the_same_for_any_number_of_jobs(
    X: Any, y: Any, quick: dict[str, Any], single: Comparison
) -> None:
    assert_same_values(single, compare(X, y, **quick | {"n_jobs": 2}))


POLARS = pytest.param(
    pl.from_pandas,
    id="polars",
    marks=pytest.mark.skipif(
        sklearn.__version__.startswith(("1.7", "1.8")),
        reason="scikit-learn before 1.9 selects no columns of polars frames by name, as the estimator here does",
    ),
)


@pytest.mark.parametrize("frame", [pytest.param(pd.DataFrame, id="pandas"), POLARS])
def test_mixed_tables_are_compared_as_they_are(X: Any, y: Any, frame: Any) -> None:
    rng = np.random.RandomState(0)
    table = pd.DataFrame(X, columns=list("abcde"))
    table["a"] = table["a"].mask(rng.uniform(size=400) < 0.1)
    table["town"] = rng.choice(["Rome", "Oslo", None], 400)
    table["flag"] = rng.uniform(size=400) < 0.3
    table["day"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.randint(0, 99, 400), "D")
    by_name = make_pipeline(make_column_transformer((StandardScaler(), ["b", "c"])), GaussianNB())
    found = compare(
        frame(table),
        np.where(y == 1, "churned", "stayed"),
        approaches=["smote", "smote-enn", imblearn.over_sampling.SMOTE()],
        estimators={"logistic": "logistic", "boosting": "boosting", "mine": by_name},
        n_repeats=1,
        cv=2,
        n_jobs=1,
        progress=False,
    )
    assert found.facts["event"] == "churned"
    failed = {arm for arm, notes in found.status.items() if any("failed" in n for n in notes)}
    assert failed == {(name, "SMOTE") for name in ("logistic", "boosting", "mine")}
    assert "takes only numbers without missing values" in found.status["logistic", "SMOTE"][0]


def test_a_splitter_may_come_from_scikit_learn(X: Any, y: Any, quick: dict[str, Any]) -> None:
    given = quick | {"n_repeats": None}
    found = compare(
        X, y, **given, cv=RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=0)
    )
    assert found.facts["n_folds"] == 6
    pairs = list(StratifiedKFold(3).split(X, y))
    assert_same_values(
        compare(X, y, **given, cv=pairs), compare(X, y, **given, cv=StratifiedKFold(3))
    )


def test_names_carry_a_share_and_as_is_is_always_there(
    X: Any, y: Any, quick: dict[str, Any]
) -> None:
    found = compare(X, y, **quick | {"approaches": ["smote@0.5", "smote"]})
    assert found.approaches == ["as-is", "smote@0.5", "smote"]
    assert repr(found).startswith("<Comparison: event 1, 3 setups, 5 of 5 folds; ")


def test_a_column_without_a_value_stops_no_arm(X: Any, y: Any, quick: dict[str, Any]) -> None:
    table = np.c_[X, np.full(400, np.nan)]
    found = compare(table, y, **quick | {"estimators": ["boosting", "logistic"], "cv": 2})
    assert not any("failed" in note for notes in found.status.values() for note in notes)


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"y": np.zeros(400)}, InputError, "more than 1 class; all 400 rows are 0.0"),
        (
            {"y": np.arange(400) // 4},
            TooFewRowsError,
            "at least 5 rows of each class; there are 4. Pass fewer folds, pos_label= to compare one class",
        ),
        (
            {"y": np.arange(400) % 3, "costs": (1, 9)},
            InputError,
            "y has 3 classes, 0, 1, 2. Pass CostMatrix",
        ),
        (
            {"y": np.arange(400) % 3, "primary_metric": "recall_at_precision"},
            InputError,
            "'recall_at_precision' is a metric of an event against the rest. Name the event",
        ),
        (
            {"y": np.arange(400) < 5},
            TooFewRowsError,
            "train on 4 rows of True and 316 others, and test",
        ),
        (
            {"X": sp.csr_array(np.eye(400, 5)), "estimators": ["boosting"]},
            UnsupportedTypeError,
            "'boosting' does not take a sparse matrix",
        ),
        ({"cv": [(np.arange(300), np.arange(300, 400))]}, TooFewRowsError, "There is one fold."),
        (
            {"approaches": {"as-is": poise.SMOTE()}},
            InputError,
            "is the name of the unchanged rows",
        ),
        ({"approaches": ["smot"]}, UnknownNameError, "Did you mean 'smote'?"),
        ({"approaches": [LogisticRegression()]}, UnsupportedTypeError, "a classifier goes into"),
        ({"approaches": ["smote@lots"]}, InputError, "must be a number from 0 to 1"),
        ({"approaches": []}, InputError, "approaches is empty"),
        ({"estimators": ["svm"]}, UnknownNameError, "There is no estimator 'svm'"),
        (
            {"estimators": [StandardScaler()]},
            UnsupportedTypeError,
            "is not a scikit-learn classifier",
        ),
        ({"cv": 1}, InputError, "cv=1 is too few. Pass 2 or more"),
        ({"cv": StratifiedKFold(3), "n_repeats": 3}, InputError, "a splitter sets its own repeats"),
        ({"groups": np.zeros(400), "time": np.arange(400)}, InputError, "at least 5 groups"),
        ({"costs": 5}, InputError, "must be a CostMatrix, such as"),
        ({"costs": ("a", 1)}, InputError, "must be two numbers"),
        ({"precision": 2}, InputError, "precision=2"),
        ({"pos_label": "x"}, InputError, "pos_label='x'"),
        ({"random_state": -1}, InputError, "random_state=-1"),
        ({"time_budget": 0}, InputError, "time_budget=0"),
        ({"groups": [1, 2]}, InputError, "groups"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_a_reason(
    X: Any, y: Any, quick: dict[str, Any], given: dict[str, Any], error: Any, words: str
) -> None:
    arguments = {"X": X, "y": y} | quick | given
    if "cv" in given and "n_repeats" not in given:
        arguments["n_repeats"] = None
    with pytest.raises(error) as caught:
        compare(arguments.pop("X"), arguments.pop("y"), **arguments)
    assert words in str(caught.value)


class Counted(GaussianNB):  # type: ignore[misc]
    """Counts how often it is fitted."""

    n_fits = 0

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        Counted.n_fits += 1
        return super().fit(X, y, sample_weight)


HALF = np.arange(400) % 2 == 0
# For each parameter, values that cannot be used.
BAD: dict[str, list[Any]] = {
    "X": [None, "x", 5, {}, np.zeros(400), np.full((400, 2), np.inf), np.zeros((0, 2))],
    "y": [None, "y", 5, np.zeros(3), np.zeros((400, 3)), np.full(400, np.nan), [{}] * 400],
    "embedding": [
        "E",
        5,
        {},
        np.zeros(400),
        np.zeros((3, 2)),
        np.full((400, 2), np.nan),
        GaussianNB(),
    ],
    "target": ["t", 5, ["a"], np.zeros(400)],
    "approaches": [5, [], [None], [5], {"a": None}, ["x"], b"smote", poise.SMOTE, {"as-is": 5}],
    "estimators": [5, [], [None], [5], {"a": None}, ["x"], GaussianNB, [StandardScaler()]],
    "ratios": [0.5, "1", [2], [-1], [None], [float("nan")], ["a"], 5],
    "cv": [
        *(2.5, "a", None, True, 0, 1, -1, 1000, 200, StratifiedKFold, b"5", object(), {}),
        *([], [5], [(1, 2, 3)], [(HALF, ~HALF)] * 2, [(np.arange(60), np.array([500]))] * 2),
        *([(np.arange(400), np.arange(400))] * 2, [(np.arange(60), np.array([-1]))] * 2),
        *([(np.arange(60) + 0.5, np.arange(60, 90))] * 2, ["ab", "cd"], GroupKFold(2)),
    ],
    "n_repeats": [1.5, "1", True, 0, -1, [2], float("nan"), np.float64(2)],
    "groups": [
        *("a", 5, [1, 2], [1] * 400, [None, "a"] * 200, [1, "a"] * 200, [[1, 2]] * 400),
        *(np.full(400, np.nan), [{}] * 400, np.arange(400) % 4),
    ],
    "time": ["day", 5, ["a"] * 400, [None] * 400, np.full(400, np.nan), [1, 2], [[1, 2]] * 400],
    "sample_weight": ["a", 5, [1], [-1] * 400, [np.nan] * 400, [0] * 400],
    "costs": [5, "15", (1, 2, 3), ("a", 1), (None, 1), (1, np.nan), (0, 0), {"a": 1}],
    "precision": [None, "a", True, 0, -1, 1.1, float("nan"), [0.5], 1j],
    "primary_metric": ["auc", 5, True, [], "fit_seconds", "cost"],
    "equivalence_margin": ["f1", 5, {"f1": 0}, {"f1": -1}, {"f1": None}, {"f2": 0.1}, [0.1]],
    "effect_prior": ["none", None, True, 5, ["flat"]],
    "pos_label": ["x", 5, [1], {}, np.array([0, 1]), pd.Series([0, 1]), float("nan")],
    "column_kinds": ["a", 5, [1], {0: 5}, {"a": "integer"}, {9: "integer"}, {0: "int"}],
    "carry_columns": ["a", 5, [9], ["a"], [0, 1, 2, 3, 4], {0: "seed"}, [None]],
    "constraints": [5, "a", [5], [Sum("a", ["b"])], [Sum(9, [0])], [Sum(0, [1])], Sum(0, [1])],
    "random_state": [None, "a", -1, 1.5, True, 1 << 40, np.random.RandomState(0)],
    "n_jobs": [0, "a", 1.5, True, 1 << 70, [1], float("nan")],
    "progress": ["a", 5, [], 0.5],
    "time_budget": ["a", 0, -1, float("nan"), True, [1], 1j],
    "resume": [5, "", "\0", [], "none/r", b"r", object()],
}
# Errors that need another parameter with it.
WITH = {
    "target": {"y": None},
    "cv": {"n_repeats": None},
    "groups": {"cv": 5},
}


def test_every_parameter_has_bad_values() -> None:
    assert set(BAD) == set(inspect.signature(compare).parameters)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_value_of_any_parameter_is_an_error_before_anything_is_fitted(
    X: Any, y: Any, name: str
) -> None:
    usual = {"X": X, "y": y, "approaches": ["random-over"], "estimators": [Counted()], "cv": 2}
    usual |= {"n_repeats": 1, "n_jobs": 1, "progress": False} | WITH.get(name, {})
    Counted.n_fits = 0
    for bad in BAD[name]:
        with pytest.raises(PoiseError) as caught:
            compare(**usual | {name: bad})
        assert isinstance(caught.value, ValueError | TypeError | FileError)
        assert len(str(caught.value).split()) >= 8, bad
    assert Counted.n_fits == 0


def test_numbers_of_numpy_are_numbers(X: Any, y: Any, quick: dict[str, Any]) -> None:
    whole, number = np.int64, np.float32
    given = {"cv": whole(2), "n_repeats": whole(1), "n_jobs": whole(1), "random_state": whole(0)}
    given |= {"precision": number(0.5), "time_budget": number(100), "costs": np.array([1, 5])}
    found = compare(X, y, **quick | {"approaches": ["as-is"]} | given)
    assert found.facts["n_folds"] == 2
    json.loads(found.to_json())


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_labels_may_be_a_column_of_the_table(
    X: Any, y: Any, quick: dict[str, Any], frame: Any
) -> None:
    columns = {name: X[:, j] for j, name in enumerate("abcde")}
    given = quick | {"cv": 2, "approaches": ["smote"]}
    found = compare(frame(columns | {"label": y}), target="label", **given)
    assert_same_values(found, compare(frame(columns), y, **given))
    with pytest.raises(InputError, match="Pass the labels once"):
        compare(frame(columns | {"label": y}), y, target="label", **given)


@pytest.mark.parametrize("table", [np.asarray, np.ndarray.tolist, pd.DataFrame, pl.DataFrame])
def test_a_swapped_table_and_its_labels_are_named(X: Any, y: Any, table: Any) -> None:
    column = {pd.DataFrame: pd.Series, pl.DataFrame: pl.Series}.get(table, table)
    with pytest.raises(InputError, match=r"y looks like the table \(it has 5 columns\)"):
        compare(column(y), table(X))


def test_one_of_several_classes_is_compared_with_the_rest(X: Any, quick: dict[str, Any]) -> None:
    rng = np.random.RandomState(0)
    y = np.where(
        X[:, 0] + rng.randn(len(X)) > 1.2, "bad", np.where(rng.rand(len(X)) < 0.5, "fair", "good")
    )
    several = compare(X, y, **quick, pos_label="bad", costs=(1, 5))
    two = compare(X, y == "bad", **quick, costs=(1, 5))
    assert_same_values(several, two)
    assert several.facts["event"] == "bad"
    model = several.unfitted("smote", "logistic").fit(X, y == "bad")
    assert set(model.predict(X)) == {False, True}
    with pytest.raises(UnknownNameError, match="which is fitted with y == label"):
        several.recommended().fit(X, y)


def test_a_metric_that_no_estimator_can_serve_is_refused_before_any_fit(
    X: Any, y: Any, quick: dict[str, Any]
) -> None:
    given = quick | {"estimators": {"svc": LinearSVC()}, "progress": pytest.fail}
    words = "log loss, needs probabilities, and 'svc' has no predict_proba. Wrap it"
    with pytest.raises(InputError, match=words):
        compare(X, y, **given, primary_metric="log_loss")
    with pytest.raises(InputError, match="macro F1, needs probabilities"):
        compare(X, np.arange(400) % 3, **given, primary_metric="f1")
    two = given | {"estimators": {"svc": LinearSVC(), "bayes": GaussianNB()}, "progress": False}
    found = compare(X, y, **two, primary_metric="log_loss")
    assert isinstance(found.recommended().estimator.estimator, GaussianNB)


class Broken(poise.SMOTE):
    def make_plan(self, problem: Any, rng: Any) -> Any:
        raise ValueError("boom")


def test_a_sampler_that_raises_anything_is_a_status(X: Any, y: Any, quick: dict[str, Any]) -> None:
    given = quick | {"approaches": {"bad": Broken(), "smote": "smote"}}
    found = compare(X, y, **given)
    assert "ValueError: boom" in found.status["logistic", "bad"][0]
    assert any(d.key.approach == "smote" for d in found.differences)


def test_a_search_around_a_pipeline_gets_the_table_as_it_was_passed(
    X: Any, y: Any, quick: dict[str, Any]
) -> None:
    table = pd.DataFrame(X, columns=list("abcde"))
    by_name = make_column_transformer((StandardScaler(), ["a", "b"]))
    pipeline = make_pipeline(by_name, LogisticRegression())
    search = GridSearchCV(pipeline, {"logisticregression__C": [0.1, 1]}, cv=2)
    given = quick | {"approaches": ["smote"]}
    found = compare(table, y, **given | {"estimators": {"search": search}})
    assert not any(found.status.values())
    assert "LogisticRegression(C=1.0" in found.facts["estimators"]["search"]


def test_an_estimator_that_ranks_no_rows_is_refused_before_any_fit(
    X: Any, y: Any, quick: dict[str, Any]
) -> None:
    hard = VotingClassifier([("a", LogisticRegression())])
    with pytest.raises(UnsupportedTypeError, match="it ranks no rows"):
        compare(X, y, **quick | {"estimators": {"hard": hard}})


def test_rows_of_the_time_that_is_tested_are_not_trained_on(
    X: Any, y: Any, quick: dict[str, Any]
) -> None:
    days = np.arange(400) // 37
    rows = read_event_table(X, y)
    folds = make_folds(rows, 3, None, None, days, 0)
    assert all(days[fold.train].max() < days[fold.test].min() for fold in folds)
    for given, words in ((np.zeros(400), "1 different value,"), (days > 5, "2 different values")):
        with pytest.raises(InputError, match=f"time has {words}"):
            compare(X, y, **quick | {"time": given, "n_repeats": None})


def test_samplers_carry_columns_by_name_and_identifiers_are_named(
    X: Any, y: Any, quick: dict[str, Any]
) -> None:
    table = pd.DataFrame(X, columns=list("abcde")).assign(id=np.arange(400))
    sampler = poise.SMOTE(carry_columns=["id"], random_state=0)
    found = compare(table, y, **quick | {"approaches": {"smote": sampler}})
    assert not found.status["logistic", "smote"]
    assert "'id' looks like identifiers of rows" in found.advice[-1]
    without = compare(table, y, **quick | {"approaches": ["smote"], "carry_columns": ["id"]})
    assert not without.facts["warnings"]
    assert ("left out", "id") in pages._run_rows(without)


def test_weights_may_be_a_column(X: Any, y: Any, quick: dict[str, Any]) -> None:
    weights = np.where(y == 1, 2.0, 1.0)
    table = pd.DataFrame(X, columns=list("abcde"))
    given = quick | {"approaches": ["smote"]}
    named = compare(table.assign(w=weights), y, **given, sample_weight="w")
    assert_same_values(named, compare(table, y, **given, sample_weight=weights))


def flattened(images: Any) -> Any:
    return images.reshape(len(images), -1)


def test_arrays_of_more_dimensions_go_through_pipelines(
    X: Any, y: Any, quick: dict[str, Any]
) -> None:
    table = np.c_[X, X[:, :1]].reshape(400, 2, 3)
    image = make_pipeline(FunctionTransformer(flattened), GaussianNB())
    given = quick | {"approaches": ["smote", "smote-enn", "random-under"]}
    found = compare(table, y, **given | {"estimators": {"image": image, "flat": GaussianNB()}})
    assert not any(found.status.values())
    assert found.facts["columns"] == {"embedding": ["6 numbers"]}
    flat = compare(flattened(table), y, **given | {"estimators": {"flat": GaussianNB()}})
    for key, values in flat.values.items():
        if key.metric != "fit_seconds":
            np.testing.assert_array_equal(found.values[key], values)
    for estimator in ("image", "flat"):
        model = found.unfitted("smote", estimator).fit(table, y)
        assert ((model.predict_proba(table)[:, 1] > 0.5) == (y == 1)).mean() > 0.8
    for bad, words in (
        ([[["a"]], [["b"]]] * 200, "not an array of real numbers"),
        (table + 1j, "not an array of real numbers"),
        (np.where(table > 2, np.nan, table), "rows of X have values that are not finite"),
    ):
        with pytest.raises(InputError, match=words):
            compare(bad, y, **given)
    with pytest.raises(InputError, match="columns are left out of tables, and X has none"):
        compare(table, y, **given, carry_columns=[0])
    with pytest.raises(InputError, match="column_kinds= is about columns"):
        compare(table, y, **given, column_kinds={0: "integer"})


def test_texts_are_compared_with_an_embedding(quick: dict[str, Any]) -> None:
    rng = np.random.RandomState(0)
    y = (np.arange(200) % 5 == 0).astype(int)
    words = np.where(y[:, None] == 1, "bad fee late", "good paid early")
    texts = [f"{rng.choice(row.item().split())} {rng.choice(list('xyz'))}" for row in words]
    E = rng.randn(200, 3) + y[:, None]
    pipeline = make_pipeline(CountVectorizer(token_pattern="[a-z]+"), LogisticRegression())
    given = quick | {"approaches": ["smote"], "estimators": {"text": pipeline, "E": GaussianNB()}}
    found = compare(texts, y, **given, embedding=E)
    assert not any(found.status.values())
    assert found.mean(Key("text", "smote", None, None, "roc_auc")) > 0.95
    assert found.mean(Key("E", "smote", None, None, "roc_auc")) < 0.95
    model = found.unfitted("smote", "text").fit(texts, y, embedding=E)
    assert model.predict(["late fee", "paid early"]).tolist() == [1, 0]
    unchanged = found.unfitted("as-is", "text").fit(texts, y)
    assert unchanged.predict(["late fee", "paid early"]).tolist() == [1, 0]
    on_numbers = found.unfitted("smote", "E").fit(E, y)
    assert on_numbers.predict(E).shape == (200,)
    with pytest.raises(
        InputError, match="is not a pipeline, so it is fitted on the embedding alone"
    ):
        found.unfitted("smote", "E").fit(texts, y, embedding=E)
    with pytest.raises(InputError, match="X holds one text for each row.*Pass embedding="):
        compare(texts, y, **given)


def test_identifiers_groups_and_times_by_name_never_reach_a_model(
    X: Any, y: Any, quick: dict[str, Any]
) -> None:
    table = pd.DataFrame(X, columns=list("abcde"))
    beside = table.assign(id=np.arange(400), customer=np.arange(400) // 4, day=np.arange(400.0))
    plain = compare(table, y, **quick)
    carried = compare(beside, y, **quick, carry_columns=["id", "customer", "day"])
    assert_same_values(carried, plain)
    grouped = compare(
        beside.drop(columns="day"), y, **quick, carry_columns=["id"], groups="customer"
    )
    expected = compare(table, y, **quick, groups=np.arange(400) // 4)
    assert_same_values(grouped, expected)
    timed = compare(beside, y, **quick, carry_columns=["id", "customer"], time="day")
    assert_same_values(timed, compare(table, y, **quick, time=np.arange(400)))
    model = grouped.unfitted("smote", "logistic")
    model.fit(beside.drop(columns="day"), y, groups=beside["customer"])
    np.testing.assert_array_equal(model.predict(table), model.predict(beside.drop(columns="day")))
    with pytest.raises(InputError, match="groups='customer' names a column, and X is a ndarray"):
        compare(X, y, **quick, groups="customer")
    with pytest.raises(UnknownNameError, match="no column 'custmer' for groups=.*'customer'"):
        compare(beside, y, **quick, groups="custmer")


def test_constraints_and_groups_are_passed_on_to_the_samplers(X: Any, y: Any) -> None:
    """A rule over names holds in rows made of the numbers of the table, whose categories come last."""
    table = pd.DataFrame({"town": np.tile(["Rome", "Oslo"], 200), "a": X[:, 0], "b": X[:, 1]})
    table["total"] = table["a"] + table["b"]
    seen = []

    class Checks(poise.SMOTE):
        __module__ = "poise.tests"

        def fit_resample(self, X: Any, y: Any, **given: Any) -> Any:
            X_new, y_new = super().fit_resample(X, y, **given)
            seen.append((np.abs(X_new[:, 0] + X_new[:, 1] - X_new[:, 2]).max(), set(given)))
            return X_new, y_new

    for own, given in (
        (Checks(within_groups=True), [Sum("total", ["a", "b"])]),
        (Checks(constraints=[Sum("total", ["a", "b"])], within_groups=True), None),
    ):
        seen.clear()
        result = compare(
            table,
            y,
            approaches={"mine": own},
            estimators=["logistic"],
            constraints=given,
            groups=np.arange(400) // 100,
            cv=2,
            n_repeats=1,
            n_jobs=1,
            progress=False,
        )
        assert result.status["logistic", "mine"] == []
        assert len(seen) >= 2
        assert all(error < 1e-9 and names == {"groups"} for error, names in seen)
    with pytest.raises(InputError, match="is broken by 400 rows"):
        compare(table.assign(total=0.0), y, constraints=[Sum("total", ["a", "b"])])
    with pytest.raises(UnknownNameError, match="totl"):
        compare(table, y, constraints=[Sum("totl", ["a", "b"])])


def test_weights_of_one_change_nothing_and_others_are_those_of_scikit_learn(
    X: Any, y: Any, quick: dict[str, Any]
) -> None:
    assert_same_values(compare(X, y, **quick, sample_weight=np.ones(400)), compare(X, y, **quick))
    weights = np.random.RandomState(0).uniform(0, 3, 400) * np.where(y == 1, 1, 4)
    result = compare(X, y, **quick | {"approaches": ["as-is"]}, sample_weight=weights, costs=(1, 5))
    folds = make_folds(read_event_table(X, y), 5, 1, None, None, 0)
    values: dict[str, list[float]] = {}
    for fold in folds:
        train, test = fold.train, fold.test
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
        w = weights[train]
        p = model.fit(X[train], y[train], logisticregression__sample_weight=w).predict_proba(
            X[test]
        )
        w, events, p = weights[test], y[test], p[:, 1]
        for name, value in (
            ("roc_auc", roc_auc_score(events, p, sample_weight=w)),
            ("average_precision", average_precision_score(events, p, sample_weight=w)),
            ("brier", brier_score_loss(events, p, sample_weight=w)),
            ("log_loss", log_loss(events, p, sample_weight=w)),
            ("f1", f1_score(events, p >= 0.5, sample_weight=w)),
            ("cost", np.average(np.where(events == 1, 5 * (p < 0.5), p >= 0.5), weights=w)),
        ):
            values.setdefault(name, []).append(value)
    for name, expected in values.items():
        prior = None if name in ("roc_auc", "average_precision") else "as trained"
        threshold = "0.5" if name in ("f1", "cost") else None
        found = result.values[Key("logistic", "as-is", prior, threshold, name)]
        np.testing.assert_allclose(found, expected, atol=1e-6, err_msg=name)
    assert result.facts["share"] == pytest.approx(np.average(y, weights=weights))
    model = result.unfitted("as-is", "logistic").fit(X, y, sample_weight=weights)
    assert model.predict_proba(X)[:, 1].mean() < 0.7 * y.mean()
    with pytest.raises(InputError, match="sample_weight is 0 for all rows of 1"):
        compare(X, y, **quick, sample_weight=np.where(y == 1, 0, 1))


def test_sparse_tables_are_compared_as_they_are(y: Any) -> None:
    rng = np.random.RandomState(0)
    counts = rng.poisson(0.1 + 0.4 * np.outer(y, np.arange(60) < 5))
    text = sp.csr_array(counts.astype(float))
    result = compare(
        text,
        y,
        approaches=["class-weights", "random-under", "smote", "smote-tomek", "tuned-smote"],
        cv=3,
        n_repeats=1,
        n_jobs=1,
        progress=False,
    )
    assert result.estimators == ["logistic"]
    assert all(notes == [] for notes in result.status.values())
    fold = make_folds(read_event_table(counts, y), 3, 1, None, None, 0)[0]
    model = make_pipeline(MaxAbsScaler(), LogisticRegression(max_iter=1000))
    p = model.fit(text[fold.train], y[fold.train]).predict_proba(text[fold.test])[:, 1]
    found = result.values[Key("logistic", "as-is", None, None, "roc_auc")][0]
    assert found == pytest.approx(roc_auc_score(y[fold.test], p))
    columns = [name for name, weight in result.pictures["features"] if weight > 0][:5]
    assert set(columns) == {f"column {j}" for j in range(5)}
    page = result.to_html()
    assert "columns with the largest weights" in page
    assert "60 columns" in page
    deployed = result.unfitted("smote", "logistic").fit(text, y)
    assert deployed.predict_proba(text)[y == 1, 1].mean() > 0.3
    assert poise.diagnose(text, y)["class-overlap"].status in ("issue", "tip", "passed")
