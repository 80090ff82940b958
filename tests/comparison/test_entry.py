"""compare: everything inside the folds, the same for any number of jobs, and nothing lost on the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import imblearn.over_sampling
import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.model_selection import RepeatedStratifiedKFold, StratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

import poise
from poise import compare
from poise.comparison import Comparison
from poise.comparison.approaches import read_approaches
from poise.comparison.entry import smallest_differences
from poise.comparison.folds import make_folds
from poise.comparison.metrics import Key
from poise.core.errors import (
    FileError,
    InputError,
    TooFewRowsError,
    UnknownNameError,
    UnsupportedTypeError,
)
from poise.core.models import seeded
from poise.core.rows import read_rows
from poise.core.statistics import Design
from poise.decisions import CostMatrix, TunedThreshold

X, Y = make_classification(400, n_features=5, weights=[0.85], class_sep=0.7, random_state=0)
QUICK: dict[str, Any] = {
    "approaches": ["class-weights", "smote", "random-under"],
    "estimators": ["logistic"],
    "n_repeats": 1,
    "n_jobs": 1,
    "progress": False,
}


@pytest.fixture(scope="module")
def result() -> Comparison:
    costs = CostMatrix.of_two(false_positive=1, false_negative=5)
    return compare(X, Y, **QUICK | {"n_repeats": 2}, costs=costs)


def same(a: Comparison, b: Comparison) -> None:
    assert a.values.keys() == b.values.keys()
    for key in a.values:
        if key.metric != "fit_seconds":
            np.testing.assert_array_equal(a.values[key], b.values[key])


def test_values_are_those_of_a_plain_loop_over_the_folds(result: Comparison) -> None:
    rows = read_rows(X, Y)
    scores, at_half, tuned = [], [], []
    folds = [fold for fold in make_folds(rows, 5, 2, None, None, 0) if fold.repeat == 0]
    given = {}
    for fold in folds:
        sampler = poise.SMOTE(neighbor_space="standard", random_state=fold.seed)
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
        given[fold.number] = model.fit(
            *sampler.fit_resample(X[fold.train], Y[fold.train])
        ).predict_proba(X[fold.test])[:, 1]
    for fold in folds:
        p, y = given[fold.number], Y[fold.test]
        scores.append(roc_auc_score(y, p))
        at_half.append(f1_score(y, p >= 0.5))
        others = [other for other in folds if other.number != fold.number]
        threshold = TunedThreshold("f1").threshold(
            np.concatenate([Y[other.test] for other in others]),
            np.concatenate([given[other.number] for other in others]),
        )
        tuned.append(f1_score(y, p >= threshold))
    for expected, parts in (
        (scores, ("", "", "roc_auc")),
        (at_half, ("as trained", "0.5", "f1")),
        (tuned, ("", "tuned", "f1")),
    ):
        found = result.values[Key("logistic", "smote", *parts)][:5]
        np.testing.assert_allclose(found, expected, atol=1e-9)


def test_the_parts_of_a_gain_add_up(result: Comparison) -> None:
    for metric in ("f1", "mcc", "balanced_accuracy", "g_mean"):
        for approach in ("class-weights", "smote", "random-under"):
            parts = result.gain("logistic", approach, metric)
            total = parts.pop("gain")
            assert sum(parts.values()) == pytest.approx(total, abs=1e-12)


def test_correction_moves_probabilities_and_decisions_at_half_alone(result: Comparison) -> None:
    raw = Key("logistic", "smote", "as trained", "", "log_loss")
    assert result.mean(raw._replace(prior="corrected")) < result.mean(raw)
    large = Key("logistic", "smote", "as trained", "", "in_the_large")
    assert result.mean(large) < -1
    assert abs(result.mean(large._replace(prior="corrected"))) < 0.5
    assert not any(key.approach == "as-is" and key.prior == "corrected" for key in result.values)


def test_events_are_told_apart_by_kind_and_fits_by_how_far_they_move(result: Comparison) -> None:
    arm = ("logistic", "as-is")
    kinds = {
        k.metric: v[0] for k, v in result.described.items() if k[:2] == arm and "recall" in k.metric
    }
    assert kinds["recall_safe"] > kinds["recall_outlier"]
    moved = [
        result.mean(Key("logistic", a, "as trained", "", "instability"))
        for a in ("as-is", "random-under")
    ]
    assert 0 < moved[0] < moved[1] < 0.5


def test_everything_is_compared_with_the_rows_as_they_are_and_a_tuned_threshold(
    result: Comparison,
) -> None:
    for d in result.differences:
        base = result.baseline_of(d.key)
        assert base.approach == "as-is"
        values = result.values[d.key] - result.values[base]
        assert d.estimate.low < d.estimate.high or d.key.metric not in ("f1", "mcc")
        sign = -1 if d.key.metric in ("brier", "log_loss", "cost") else 1
        assert d.estimate.mean == pytest.approx(sign * np.nanmean(values))
    tuned = [d.key for d in result.differences if d.key.metric == "cost"]
    assert {key.threshold for key in tuned} == {"0.5", "tuned", "by cost"}


def test_who_is_never_precise_enough_finds_nothing() -> None:
    rng = np.random.RandomState(0)
    noise, y = rng.randn(300, 3), (np.arange(300) < 30).astype(int)
    found = compare(noise, y, **QUICK | {"approaches": ["smote"]}, precision=0.9)
    for approach in ("as-is", "smote"):
        assert found.mean(Key("logistic", approach, "", "tuned", "recall_at_precision")) < 0.1


def test_noise_is_no_skill_where_resampling_before_splitting_would_show_much() -> None:
    rng = np.random.RandomState(0)
    noise, y = rng.randn(300, 6), (np.arange(300) < 45).astype(int)
    found = compare(
        noise,
        y,
        approaches=["smote", "random-over"],
        estimators=["k-nn"],
        **{key: QUICK[key] for key in ("n_jobs", "progress")},
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


def of_values(**arms: list[float]) -> Comparison:
    """Return a comparison of ROC AUC alone, from values by "estimator__approach"."""
    values = {
        Key(*name.replace("as_is", "as-is").split("__"), "", "", "roc_auc"): np.array(folds)
        for name, folds in arms.items()
    }
    facts = {
        "n_rows": 100,
        "n_events": 20,
        "ratio": 0.25,
        "events_a_fold": 4,
        "n_folds": 5,
        "n_planned": 5,
        "warnings": [],
    }
    return Comparison(facts, values, {}, {key[:2]: [] for key in values}, {}, {})


@pytest.mark.parametrize(
    ("arms", "told"),
    [
        (
            {
                "tree__as_is": [0.6, 0.61, 0.62, 0.6, 0.61],
                "tree__smote": [0.7, 0.71, 0.72, 0.7, 0.71],
            },
            "Use smote with tree: ROC AUC goes from 0.608 to 0.708 (gain +0.100",
        ),
        (
            {
                "tree__as_is": [0.6, 0.61, 0.62, 0.6, 0.61],
                "tree__smote": [0.7, 0.71, 0.72, 0.7, 0.71],
                "boosting__as_is": [0.8] * 5,
                "boosting__smote": [0.8] * 5,
            },
            "use boosting and tune its threshold. Approaches help tree (smote takes ROC AUC of tree from",
        ),
        (
            {"tree__as_is": [0.6] * 5, "tree__smote": [0.6, 0.601, 0.599, 0.6, 0.6]},
            "the only other arm is practically equal to it.",
        ),
        (
            {"tree__as_is": [0.6] * 5, "tree__smote": [0.4, 0.9, 0.5, 0.7, 0.6]},
            "No approach is shown to be better, but these data leave",
        ),
        (
            {"tree__as_is": [0.6] * 5, "tree__smote": [0.5, 0.501, 0.502, 0.5, 0.501]},
            "tune the threshold: the only other arm is not better.",
        ),
        ({"tree__as_is": [0.6] * 5}, "Nothing can be compared"),
    ],
)
def test_the_advice_says_what_the_differences_say(arms: dict[str, list[float]], told: str) -> None:
    assert told in of_values(**arms).advice[0]


# Long work


def test_the_result_is_the_same_for_any_number_of_jobs() -> None:
    same(compare(X, Y, **QUICK), compare(X, Y, **QUICK | {"n_jobs": 2}))


def test_an_interrupt_returns_the_folds_that_are_done_and_a_file_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "folds.jsonl"

    def stop_at_two(n_done: int, n_folds: int, seconds: float) -> None:
        if n_done == 2:
            raise KeyboardInterrupt

    part = compare(X, Y, **QUICK | {"progress": stop_at_two}, resume=path)
    assert (part.facts["n_folds"], part.facts["n_planned"]) == (2, 5)
    assert "Only 2 of 5 folds" in part.summary()
    text = path.read_text()
    path.write_text(text + '[["logistic", "sm')  # as a run that is killed leaves it
    seen = []
    whole = compare(X, Y, **QUICK | {"progress": lambda *a: seen.append(a)}, resume=path)
    same(whole, compare(X, Y, **QUICK))
    assert [done for done, _, _ in seen] == [1, 2, 3, 4, 5]
    with pytest.raises(FileError, match="is of another comparison"):
        compare(X, Y, **QUICK, random_state=1, resume=path)


def test_a_time_budget_begins_no_new_fold() -> None:
    found = compare(X, Y, **QUICK, time_budget=1e-9)
    assert found.facts["n_folds"] == 1
    assert len(found.differences) > 0
    assert {d.verdict for d in found.differences} <= {"undecided", "practically equal"}


def test_a_failure_is_a_status_and_the_rest_goes_on() -> None:
    class Fails(GaussianNB):  # type: ignore[misc]
        def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
            if len(y) % 2 == 0:
                raise RuntimeError("out of luck")
            return super().fit(X, y)

    found = compare(
        X,
        Y,
        approaches={"rare": poise.SMOTE(k_neighbors=60), "weights": "class-weights"},
        estimators={"fails": Fails(), "svm": LinearSVC(), "k-nn": "k-nn"},
        n_repeats=1,
        n_jobs=1,
        progress=False,
    )
    status = found.status
    assert "failed in 5 of 5 folds: TooFewRowsError" in status["svm", "rare"][0]
    assert "out of luck" in status["fails", "as-is"][0]
    assert status["k-nn", "weights"][0].startswith("not applicable")
    assert "no probabilities" in status["svm", "as-is"][0]
    assert np.isfinite(found.mean(Key("svm", "weights", "", "tuned", "f1")))
    assert "Failed in some folds" in found.summary()
    assert len(found.to_html()) > 10_000


# Tables and folds


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.from_pandas], ids=["pandas", "polars"])
def test_mixed_tables_go_in_as_they_are(frame: Any) -> None:
    rng = np.random.RandomState(0)
    table = pd.DataFrame(X, columns=list("abcde"))
    table["a"] = table["a"].mask(rng.uniform(size=400) < 0.1)
    table["town"] = rng.choice(["Rome", "Oslo", None], 400)
    table["flag"] = rng.uniform(size=400) < 0.3
    table["day"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.randint(0, 99, 400), "D")
    by_name = make_pipeline(make_column_transformer((StandardScaler(), ["b", "c"])), GaussianNB())
    found = compare(
        frame(table),
        np.where(Y == 1, "churned", "stayed"),
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
    assert "takes numbers without gaps alone" in found.status["logistic", "SMOTE"][0]


def test_groups_stay_whole_and_time_walks_forward() -> None:
    rows = read_rows(X, Y)
    groups = np.repeat(np.arange(100), 4)
    for fold in make_folds(rows, 5, None, groups, None, 0):
        assert not set(groups[fold.train]) & set(groups[fold.test])
    when = np.random.RandomState(0).permutation(400)
    for fold in make_folds(rows, 4, None, None, when, 0):
        assert when[fold.train].max() < when[fold.test].min()
    forward = compare(X, Y, **QUICK, time=when)
    tuned = forward.values[Key("logistic", "as-is", "", "tuned", "f1")]
    assert np.isnan(tuned[0])  # no earlier fold to tune on
    assert np.isfinite(tuned[1:]).all()


def test_a_fold_that_cannot_be_used_is_left_out_and_told() -> None:
    late = Y * 250 + np.random.RandomState(0).permutation(400)  # hardly an event before row 250
    found = compare(X, Y, **QUICK, time=late)
    n_done = found.facts["n_folds"]
    told = [text for text in found.facts["warnings"] if "is left out" in text]
    assert 2 <= n_done < 5
    assert len(told) == 5 - n_done
    assert told[0] in found.summary()


def test_a_splitter_may_come_from_scikit_learn() -> None:
    given = QUICK | {"n_repeats": None}
    found = compare(
        X, Y, **given, cv=RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=0)
    )
    assert found.facts["n_folds"] == 6
    pairs = list(StratifiedKFold(3).split(X, Y))
    same(compare(X, Y, **given, cv=pairs), compare(X, Y, **given, cv=StratifiedKFold(3)))


def test_names_carry_a_share_and_as_is_is_always_there() -> None:
    found = compare(X, Y, **QUICK | {"approaches": ["smote@0.5", "smote"]})
    assert found.approaches == ["as-is", "smote@0.5", "smote"]
    assert repr(found).startswith("<Comparison: 3 arms, 5 of 5 folds; ")


def test_a_column_without_a_value_stops_no_arm() -> None:
    table = np.c_[X, np.full(400, np.nan)]
    found = compare(table, Y, **QUICK | {"estimators": ["boosting", "logistic"], "cv": 2})
    assert not any("failed" in note for notes in found.status.values() for note in notes)


def test_ratios_make_a_curve_from_nothing_to_all() -> None:
    found = compare(
        X,
        Y,
        **QUICK | {"approaches": ["class-weights", "smote", "random-under"], "ratios": [0.25, 0.5]},
    )
    assert found.approaches[2:5] == ["smote@0.25", "smote@0.5", "smote"]
    curve = [point for point in found.by_ratio() if point[1] == "smote"]
    assert [share for _, _, share, *_ in curve] == [0, 0.25, 0.5, 1]
    whole = {d.key: d.estimate.mean for d in found.differences}
    assert curve[-1][3] == whole[Key("logistic", "smote", "", "", "average_precision")]
    losses = [gain for _, name, _, gain, *_ in found.by_ratio("log_loss") if name == "smote"]
    assert losses == sorted(losses, reverse=True)  # the more is made, the worse are probabilities
    assert compare(X, Y, **QUICK).by_ratio() == []


@pytest.mark.parametrize("method", ["smote", "random-under", "smote-tomek", "random-over", "rose"])
def test_smaller_shares_are_parts_of_larger_ones(method: str) -> None:
    arms = read_approaches([method], [0.25, 0.5])[1:]
    rows = [
        {tuple(row) for row in seeded(clone(arm.sampler), 3).fit_resample(X, Y)[0]} for arm in arms
    ]
    new = [part - {tuple(row) for row in X} for part in rows]
    gone = [{tuple(row) for row in X} - part for part in rows]
    for quarter, half, whole in (new, gone):
        assert quarter <= half <= whole
        assert len(quarter) == int(len(whole) * 0.25) or method == "random-over"
    plans = [seeded(clone(arm.sampler), 3).fit(X, Y).plan_ for arm in arms]
    made = [int(plan.is_new.sum()) for plan in plans]
    assert made[:2] == [int(made[2] * share) for share in (0.25, 0.5)]


def test_shares_that_cannot_be_are_refused() -> None:
    for ratios, told in ((2, "must be a list"), ([1.5], "holds 1.5; a share"), (["x"], "must be")):
        with pytest.raises(InputError, match=told):
            compare(X, Y, **QUICK | {"ratios": ratios})
    with pytest.raises(InputError, match="'smote@two': the share is a number from 0 to 1"):
        compare(X, Y, **QUICK | {"approaches": ["smote@two"]})
    foreign = {"approaches": [imblearn.over_sampling.SMOTE()], "ratios": [0.5]}
    with pytest.raises(
        UnsupportedTypeError, match=r"SMOTE is no sampler of Poise's.*Leave ratios out"
    ):
        compare(X, Y, **QUICK | foreign)


def test_what_is_suspicious_is_told() -> None:
    table = pd.DataFrame(X, columns=list("abcde"))
    table["always"] = 1.0
    table["closed"] = np.where(Y == 1, "yes", "no")
    table["amount"] = Y + np.random.RandomState(0).uniform(0, 0.5, 400)
    table["id"] = [f"row {i}" for i in range(400)]
    found = compare(table, Y, **QUICK | {"cv": 2, "approaches": ["as-is"]})
    (told,) = found.facts["warnings"]
    assert told.startswith("column 'amount' and column 'closed' tell the classes apart all alone")
    seen = {finding["name"]: finding["status"] for finding in found.curves["diagnosis"]}
    assert seen["identifier-column"] == seen["near-constant-column"] == "issue"
    assert "class-overlap" not in seen  # the comparison itself tells


def test_it_comes_back_from_json(result: Comparison, tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    result.to_json(path)
    again = Comparison.from_json(path)
    same(again, result)
    assert again.summary() == result.summary()
    assert again.status == result.status
    frame = result.verdicts("pandas")
    assert set(frame["verdict"]) <= {"better", "worse", "practically equal", "undecided"}
    assert len(result.frame("polars")) == 10 * len(result.values)
    path.write_text("{}")
    with pytest.raises(FileError, match="holds no comparison"):
        Comparison.from_json(path)
    with pytest.raises(FileError, match="cannot be read"):
        Comparison.from_json(tmp_path / "none.json")


def test_the_smallest_difference_is_told_before_anything_is_fitted(result: Comparison) -> None:
    assert result.smallest == smallest_differences(Design(400, int(Y.sum()), 10, 80, 320))


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"y": np.zeros(400)}, InputError, "one class"),
        ({"y": np.arange(400) % 3}, InputError, "3 classes, 0, 1, 2"),
        (
            {"y": np.arange(400) < 5},
            TooFewRowsError,
            "train on 4 rows of True and 316 others, and test",
        ),
        ({"X": sp.csr_array(X)}, UnsupportedTypeError, "Pass X.toarray()"),
        ({"cv": [(np.arange(300), np.arange(300, 400))]}, TooFewRowsError, "There is one fold."),
        (
            {"approaches": {"as-is": poise.SMOTE()}},
            InputError,
            "is the name of the rows as they are",
        ),
        ({"approaches": ["smot"]}, UnknownNameError, "Did you mean 'smote'?"),
        ({"approaches": [LogisticRegression()]}, UnsupportedTypeError, "a classifier goes into"),
        ({"approaches": ["smote@lots"]}, InputError, "a number from 0 to 1"),
        ({"approaches": []}, InputError, "approaches is empty"),
        ({"estimators": ["svm"]}, UnknownNameError, "There is no estimator 'svm'"),
        ({"estimators": [StandardScaler()]}, UnsupportedTypeError, "is no classifier"),
        ({"cv": 1}, InputError, "2 folds or more"),
        ({"cv": StratifiedKFold(3), "n_repeats": 3}, InputError, "a splitter repeats by itself"),
        (
            {"groups": np.arange(400), "time": np.arange(400)},
            InputError,
            "groups or time, not both",
        ),
        ({"costs": 5}, InputError, "must be a CostMatrix"),
        ({"precision": 2}, InputError, "precision=2"),
        ({"pos_label": "x"}, InputError, "pos_label='x'"),
        ({"random_state": -1}, InputError, "random_state=-1"),
        ({"time_budget": 0}, InputError, "time_budget=0"),
        ({"groups": [1, 2]}, InputError, "groups"),
    ],
)
def test_what_cannot_be_compared_is_told(given: dict[str, Any], error: Any, words: str) -> None:
    arguments = {"X": X, "y": Y} | QUICK | given
    if "cv" in given and "n_repeats" not in given:
        arguments["n_repeats"] = None
    with pytest.raises(error) as caught:
        compare(arguments.pop("X"), arguments.pop("y"), **arguments)
    assert words in str(caught.value)
