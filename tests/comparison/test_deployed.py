"""A setup that is taken from a comparison is what was compared: the same scores, and what was promised on new rows."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.datasets import (
    load_breast_cancer,
    load_digits,
    load_wine,
    make_classification,
    make_moons,
)
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, TimeSeriesSplit
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

import poise
from poise import compare
from poise.comparison import ComparedClassifier, Comparison
from poise.comparison.approaches import DEFAULT_APPROACHES, read_approaches
from poise.comparison.deployed import splitter_for
from poise.comparison.estimators import read_estimators
from poise.comparison.folds import make_folds
from poise.comparison.metrics import Key
from poise.comparison.run import run
from poise.core.errors import InputError, UnknownNameError, UnsupportedTypeError
from poise.decisions import FixedThreshold, LowestCost, RecallAtPrecision, TunedThreshold
from poise.study.event_table import read_event_table
from poise.study.gains import variance_of_rows
from poise.study.influence import of_roc_auc

MORE = ("class-weights-sqrt", "balanced-bagging", "tuned-smote")
PIPELINE = make_pipeline(StandardScaler(), GaussianNB())
ESTIMATORS: dict[str, Any] = {
    "logistic": "logistic",
    "boosting": "boosting",
    "k-nn": "k-nn",
    "bayes": GaussianNB(),
    "pipeline": PIPELINE,
}

N, RNG = 240, np.random.default_rng(0)


def mixed_table(n: int = 240) -> tuple[pd.DataFrame, Any]:
    """Return a table of numbers, whole numbers, categories and missing values."""
    rng = np.random.default_rng(0)
    y = (np.arange(n) % 6 == 0).astype(int)
    table = pd.DataFrame(
        {
            "number": rng.standard_normal(n) + y,
            "whole": rng.integers(0, 30, n),
            "town": rng.choice(["Rome", "Oslo", "Lima"], n),
        }
    )
    return table.mask(rng.random((n, 3)) < 0.05), y


def in_one_fold(X: Any, y: Any, approaches: Any, estimators: Any) -> tuple[Any, Any, Any]:
    rows = read_event_table(X, y, or_several=True)
    fold = make_folds(rows, 3, 1, None, None, 0)[0]
    runs = run(
        rows,
        [fold],
        read_approaches(approaches),
        read_estimators(estimators, rows),
        n_jobs=1,
        report=None,
        time_budget=None,
        resume=None,
    )
    return rows, fold, runs


def compared_and_deployed(X: Any, y: Any, estimators: Any) -> Any:
    """Yield the scores of each arm in a fold, and those of its classifier fitted on the training part."""
    approaches = [*DEFAULT_APPROACHES, "reweighted", "smote@0.5", *MORE]
    rows, fold, runs = in_one_fold(X, y, approaches, estimators)
    train, test = (rows.take(part, as_given=True) for part in (fold.train, fold.test))
    for approach in read_approaches(approaches):
        for estimator, given in estimators.items():
            expected = runs.results[estimator, approach.name, fold.number]
            model = ComparedClassifier(approach.given, given, random_state=fold.random_seed)
            if expected.status.startswith("not applicable"):
                with pytest.raises(InputError, match="not applicable"):
                    model.fit(train, y[fold.train])
                continue
            assert expected.status == ""
            model.fit(train, y[fold.train])
            rows_to_score = test if model._reader is None else model._reader.numbers_of(test)
            if model._encoder is not None:
                rows_to_score = model._encoder.transform(rows_to_score)
            found, _ = model._fitted.scores_of(rows_to_score)
            yield f"{approach.name} {estimator}", expected.scores, found
            share = expected.trained_prior
            shares = share if isinstance(share, tuple) else (1 - share, share)
            assert tuple(model.trained_prior_[label] for label in range(len(shares))) == shares


def test_the_scores_in_a_fold_are_the_same_to_the_last_bit() -> None:
    X, y = make_classification(240, weights=[0.8], random_state=1)
    for name, expected, found in compared_and_deployed(X, y, ESTIMATORS):
        np.testing.assert_array_equal(found, expected, err_msg=name)


def test_the_scores_of_several_classes_are_the_same_to_the_last_bit() -> None:
    X, y = make_classification(
        300, n_informative=4, n_classes=3, weights=[0.6, 0.25], random_state=1
    )
    estimators = {name: ESTIMATORS[name] for name in ("logistic", "boosting", "bayes", "pipeline")}
    for name, expected, found in compared_and_deployed(X, y, estimators):
        assert expected.shape[1] == 3
        np.testing.assert_array_equal(found, expected, err_msg=name)


def test_mixed_tables_give_the_same_scores_but_for_the_order_of_categories() -> None:
    X, y = mixed_table()
    estimators = {name: ESTIMATORS[name] for name in ("logistic", "boosting", "bayes")}
    for name, expected, found in compared_and_deployed(X, y, estimators):
        np.testing.assert_allclose(found, expected, atol=1e-4, err_msg=name)


def tables() -> dict[str, tuple[Any, Any]]:
    """Return ten tables with 8 to 30 % of events."""
    digits, wine, cancer = (
        load(return_X_y=True) for load in (load_digits, load_wine, load_breast_cancer)
    )
    moons = make_moons(900, noise=0.4, random_state=0)
    abalone = poise.datasets.load_abalone()
    frame = abalone.frame("pandas").iloc[:1500]
    target = frame.pop(abalone.target).to_numpy()
    rng = np.random.RandomState(0)
    fewer = np.flatnonzero((cancer[1] == 1) | (rng.rand(len(cancer[1])) < 0.4))
    few = np.flatnonzero((moons[1] == 0) | (rng.rand(900) < 0.2))
    found = {
        "digits": (digits[0], (digits[1] == 8).astype(int)),
        "wine": (wine[0], (wine[1] == 2).astype(int)),
        "cancer": (cancer[0][fewer], 1 - cancer[1][fewer]),
        "moons": (moons[0][few], moons[1][few]),
        "abalone": (frame, target),
        "mixed": mixed_table(600),
    }
    for seed, separation in enumerate((0.4, 0.7, 1.0, 1.5)):
        found[f"made {seed}"] = make_classification(
            700, weights=[0.88], class_sep=separation, random_state=seed
        )
    return found


@pytest.mark.parametrize(("approach", "estimator"), [("smote", "logistic"), ("as-is", "boosting")])
def test_held_out_rows_score_what_the_comparison_promised(approach: str, estimator: str) -> None:
    """Over ten tables, differences are as large as their errors, and do not lean to one side."""
    z, changes = [], []
    for X, y in tables().values():
        rows = read_event_table(X, y)
        fold = make_folds(rows, 2, 1, None, None, 0)[0]
        train, test = (rows.take(part, as_given=True) for part in (fold.train, fold.test))
        result = compare(
            train,
            y[fold.train],
            approaches=[approach],
            estimators=[estimator],
            n_repeats=1,
            n_jobs=1,
            progress=False,
        )
        model = result.unfitted(approach, estimator).fit(train, y[fold.train])
        is_event = y[fold.test] == 1
        p = model.predict_proba(test)[:, list(model.classes_).index(1)]
        reached = of_roc_auc(is_event, p)
        promised = result.mean(Key(estimator, approach, None, None, "roc_auc"))
        error = np.sqrt(2 * variance_of_rows(reached.of_row, is_event).variance)
        z.append((reached.value - promised) / max(error, 0.005))
        assert p.mean() == pytest.approx(is_event.mean(), abs=0.06)  # the prior is corrected
        f1 = result.mean(Key(estimator, approach, None, "tuned", "f1"))
        changes.append(f1_score(is_event, model.predict(test) == 1) - f1)
    assert np.abs(z).max() < 3.5
    assert abs(np.mean(z)) < 3 / np.sqrt(10)
    assert np.abs(changes).max() < 0.2
    assert abs(np.mean(changes)) < 0.06


def test_the_recommended_setup_is_the_one_in_the_advice(single: Comparison) -> None:
    model = single.recommended()
    headline = single.advice[0]
    assert model.estimator.estimator == "logistic"
    if headline.startswith("Leave the rows"):
        assert model.estimator.approach == "as-is"
    else:
        assert type(model.estimator.approach) is poise.SMOTE


def test_an_advised_approach_is_recommended() -> None:
    rng = np.random.RandomState(0)
    X = np.r_[rng.randn(600, 2), rng.randn(60, 2) + 1.2]
    y = np.repeat(["no", "yes"], [600, 60])

    class Doubtful(GaussianNB):  # type: ignore[misc]
        """It learns something only from balanced rows."""

        def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
            self.is_useless_ = (y == "yes").mean() < 0.4
            return super().fit(X, y)

        def predict_proba(self, X: Any) -> Any:
            return np.full((len(X), 2), 0.5) if self.is_useless_ else super().predict_proba(X)

    found = compare(
        X,
        y,
        approaches=["random-over"],
        estimators={"doubtful": Doubtful()},
        n_repeats=1,
        n_jobs=1,
        progress=False,
        effect_prior="flat",
    )
    assert found.advice[0].startswith("Use random-over with doubtful")
    model = found.recommended()
    assert type(model.estimator.approach) is poise.RandomOverSampler
    assert model.fit(X, y).pos_label_ == "yes"


def test_the_threshold_is_tuned_for_the_primary_metric(single: Comparison) -> None:
    def policy(result: Comparison, metric: str | None = None) -> Any:
        return result.unfitted("smote", "logistic", metric=metric).policy

    assert policy(single) == TunedThreshold("f1")
    assert policy(single, "matthews_corrcoef") == TunedThreshold("mcc")
    assert policy(single.judged(primary_metric="balanced_accuracy")).metric == "balanced_accuracy"
    assert policy(single, "recall_at_precision") == RecallAtPrecision(0.5)
    with pytest.raises(InputError, match="needs no threshold"):
        policy(single, "roc_auc")
    with pytest.raises(InputError, match="needs to know what wrong decisions cost"):
        policy(single, "cost")


def test_costs_decide_where_there_are_costs(X: Any, y: Any, quick: dict[str, Any]) -> None:
    result = compare(X, y, **quick, costs=(1, 20))
    model = result.recommended()
    assert isinstance(model.policy, LowestCost)
    assert model.fit(X, y).threshold_ < 0.3
    assert isinstance(result.unfitted("smote", "logistic", metric="f1").policy, TunedThreshold)


def test_names_that_were_not_compared_and_files_are_refused(
    single: Comparison, tmp_path: Path
) -> None:
    with pytest.raises(UnknownNameError, match=r"no approach 'smoot' .* Did you mean 'smote'"):
        single.unfitted("smoot", "logistic")
    with pytest.raises(UnknownNameError, match="no estimator 'forest'"):
        single.unfitted("smote", "forest")
    single.save(tmp_path / "result.json")
    loaded = Comparison.load(tmp_path / "result.json")
    with pytest.raises(InputError, match="read from a file"):
        loaded.recommended()
    again = pickle.loads(pickle.dumps(single))
    assert repr(again.recommended()) == repr(single.recommended())


def test_folds_for_the_threshold_are_like_those_of_the_comparison() -> None:
    assert isinstance(splitter_for(4, None, None, 0), StratifiedKFold)
    grouped = splitter_for(4, np.arange(9), None, 0)
    assert isinstance(grouped, StratifiedGroupKFold)
    assert grouped.n_splits == 4
    assert isinstance(splitter_for(3, None, np.arange(9), 0), TimeSeriesSplit)
    assert splitter_for(StratifiedKFold(7), None, None, 0).n_splits == 5


def test_groups_stay_together_while_the_threshold_is_found(X: Any, y: Any) -> None:
    groups = np.arange(len(y)) // 4
    result = compare(
        X,
        y,
        approaches=["smote"],
        estimators=["logistic"],
        groups=groups,
        n_repeats=1,
        n_jobs=1,
        progress=False,
    )
    model = result.unfitted("smote", "logistic").fit(X, y, groups=groups)
    assert 0 < model.threshold_ < 1


def test_a_fitted_classifier_is_cloned_pickled_and_reads_new_categories() -> None:
    X, y = mixed_table()
    model = ComparedClassifier("smote", "boosting", random_state=3).fit(X, y)
    again = pickle.loads(pickle.dumps(model))
    new = X.iloc[:4].assign(town=["Bonn", "Rome", None, "Lima"])
    np.testing.assert_array_equal(again.predict_proba(new), model.predict_proba(new))
    np.testing.assert_array_equal(clone(model).fit(X, y).predict(X), model.predict(X))
    assert model.feature_names_in_.tolist() == ["number", "whole", "town"]
    assert model.n_features_in_ == 3
    with pytest.raises(InputError, match="in one of them only"):
        model.predict(X.drop(columns="town"))


def test_what_cannot_be_used_alone_is_refused(X: Any, y: Any) -> None:
    with pytest.raises(UnsupportedTypeError, match="has no predict_proba"):
        ComparedClassifier("as-is", LinearSVC()).fit(X, y)
    with pytest.raises(InputError, match="not applicable: the estimator has no class_weight"):
        ComparedClassifier("class-weights", "k-nn").fit(X, y)
    with pytest.raises(UnknownNameError, match="no approach 'smoot'"):
        ComparedClassifier("smoot", LogisticRegression()).fit(X, y)
    with pytest.raises(InputError, match="random_state"):
        ComparedClassifier("smote", "logistic", random_state=-1).fit(X, y)
    other_threshold = FixedThreshold(0.2).classifier(ComparedClassifier("smote", "k-nn"))
    assert other_threshold.fit(X, y).threshold_ == 0.2


def test_the_threshold_of_the_report_is_that_of_the_model(X: Any, y: Any) -> None:
    """Both are of corrected probabilities, also where an approach has moved the share of the event."""
    result = compare(
        X,
        y,
        approaches=["smote", "class-weights"],
        estimators=["logistic"],
        n_repeats=2,
        n_jobs=1,
        progress=False,
    )
    for approach in result.approaches:
        shown = result.mean(Key("logistic", approach, None, "tuned", "threshold_by_f1"))
        model = result.unfitted(approach, "logistic", metric="f1").fit(X, y)
        assert model.threshold_ == pytest.approx(shown, rel=0.5)


def test_estimators_without_probabilities_are_not_deployed(X: Any, y: Any) -> None:
    result = compare(
        X, y, approaches=["smote"], estimators={"svm": LinearSVC()}, n_repeats=1, n_jobs=1
    )
    with pytest.raises(UnsupportedTypeError, match="'svm' has no predict_proba"):
        result.recommended()


def test_samplers_that_stay_within_groups_get_them(X: Any, y: Any) -> None:
    groups = np.arange(len(y)) // 100
    result = compare(
        X,
        y,
        approaches={"within": poise.SMOTE(within_groups=True)},
        estimators=["logistic"],
        groups=np.arange(len(y)) // 20,
        cv=3,
        n_repeats=1,
        n_jobs=1,
        progress=False,
    )
    assert not any("failed" in note for note in result.status["logistic", "within"])
    model = result.unfitted("within", "logistic").estimator
    expected = poise.SMOTE(within_groups=True, random_state=0).fit_resample(X, y, groups=groups)
    found = model.fit(X, y, groups=groups)
    assert found.trained_prior_[1] == pytest.approx(np.mean(expected[1]))


def test_carried_columns_by_position_may_be_missing_in_new_rows() -> None:
    X, y = mixed_table()
    model = ComparedClassifier("as-is", "logistic", carry_columns=[0]).fit(X, y)
    np.testing.assert_array_equal(model.predict(X), model.predict(X.drop(columns="number")))


KINDS = pd.DataFrame(
    {
        "number": RNG.standard_normal(N),
        "whole": RNG.integers(0, 9, N),
        "text": RNG.choice(["b", "nan", "c"], N),
        "flag": RNG.random(N) < 0.5,
        "when": pd.Timestamp("2020-01-01") + pd.to_timedelta(RNG.integers(0, 10**9, N), "s"),
        "for": pd.to_timedelta(RNG.integers(0, 10**9, N), "s"),
        "code": pd.Categorical(RNG.choice([3, 5], N)),
        "rank": pd.Categorical(
            RNG.choice(["low", "high"], N), ["low", "mid", "high"], ordered=True
        ),
        "few": np.where(np.arange(N) < 4, 1.0, np.nan),
        "empty": np.full(N, np.nan),
        "id": np.arange(N),
    }
)
KINDS = KINDS.mask((RNG.random((N, 11)) < 0.1) & (KINDS.columns != "id"))
CONVERSIONS = {
    "pandas": lambda t: t,
    "nullable": lambda t: t.convert_dtypes(),
    "polars": lambda t: pl.from_pandas(t.drop(columns="code")),
    "pyarrow": lambda t: pa.Table.from_pandas(
        t.drop(columns=["rank", "for"]), preserve_index=False
    ),
    "array": lambda t: t[["number", "few", "empty"]].to_numpy(),
    "lists": lambda t: t[["number", "text", "flag"]].to_numpy().tolist(),
    "objects": lambda t: t[["number", "text", "flag"]].to_numpy(),
}


@pytest.mark.parametrize("name", CONVERSIONS)
@pytest.mark.parametrize("estimator", ["logistic", "boosting", "tree"])
def test_exported_models_read_every_kind_of_column_as_they_were_read(
    name: str, estimator: str
) -> None:
    table = KINDS.copy()
    table.loc[0, ["number", "when"]] = (
        None  # what is missing in the first row is not missing everywhere
    )
    X, new = CONVERSIONS[name](table), CONVERSIONS[name](table.iloc[::-3])
    y = np.where((KINDS["number"].fillna(0) + RNG.random(N)) > 1.2, "yes", "no")
    carried = ["id"] if "id" in getattr(X, "columns", getattr(X, "column_names", ())) else None
    model = ComparedClassifier("smote", estimator, carry_columns=carried).fit(X, y)
    plain = model.to_inference()
    np.testing.assert_array_equal(plain.predict_proba(new), model.predict_proba(new))
    assert plain.predict(new).tolist() == model.predict(new).tolist()


def test_exported_models_read_new_categories_and_earlier_times_alike() -> None:
    y = (RNG.random(N) < 0.3).astype(int)
    model = ComparedClassifier("as-is", "boosting").fit(KINDS, y)
    new = KINDS.iloc[:4].assign(
        text=["z", None, "b", "y"],
        when=KINDS["when"].min() - pd.Timedelta(days=2),
        code=pd.Categorical([5, 7, 3, None]),
    )
    expected = model.predict_proba(new)
    np.testing.assert_array_equal(model.to_inference().predict_proba(new), expected)
    np.testing.assert_array_equal(
        model.to_inference().predict_proba(new[new.columns[::-1]]), expected
    )


def test_a_recommended_model_is_exported_with_its_threshold(tmp_path: Path) -> None:
    X, y = mixed_table()
    result = compare(
        X, y, approaches=["as-is", "smote"], estimators=["logistic"], cv=3, n_repeats=1
    )
    model = result.recommended().fit(X, y)
    plain = model.to_inference(tmp_path / "model.joblib")
    assert joblib.load(tmp_path / "model.joblib").predict(X).tolist() == model.predict(X).tolist()
    np.testing.assert_array_equal(plain.predict_proba(X), model.predict_proba(X))


@pytest.mark.parametrize("estimator", ["logistic", "tree", "pipeline"])
def test_sparse_tables_and_pipelines_are_exported(estimator: str) -> None:
    X, y = make_classification(200, 8, weights=[0.8], random_state=0)
    if estimator == "pipeline":
        X = pd.DataFrame(X, columns=list("abcdefgh"))
        given = make_pipeline(StandardScaler(), LogisticRegression())
        model = ComparedClassifier("smote", given, carry_columns=["a"]).fit(X, y)
    else:
        X = sp.csr_array(np.where(np.abs(X) > 1, X, 0))
        model = ComparedClassifier("random-under", estimator).fit(X, y)
    assert_same = np.testing.assert_array_equal
    assert_same(model.to_inference().predict_proba(X), model.predict_proba(X))


@pytest.mark.parametrize("approach", ["reweighted", "balanced-bagging", "tuned-smote"])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_every_kind_of_approach_is_exported(approach: str, n_classes: int) -> None:
    X, y = make_classification(
        300, n_informative=4, n_classes=n_classes, weights=[0.6, 0.25], random_state=1
    )
    y = np.array(["z", "a", "m"])[y]
    model = ComparedClassifier(approach, "logistic").fit(X, y)
    plain = model.to_inference()
    np.testing.assert_array_equal(plain.predict_proba(X), model.predict_proba(X))
    assert plain.predict(X).tolist() == model.predict(X).tolist()


def test_times_that_an_exported_model_cannot_read_are_named() -> None:
    when = pd.date_range("2020", periods=N, tz="Europe/Rome")
    X = pd.DataFrame({"x": RNG.standard_normal(N), "when": when})
    model = ComparedClassifier("as-is", "logistic").fit(X, (RNG.random(N) < 0.3).astype(int))
    with pytest.raises(UnsupportedTypeError, match="'when' holds times with a time zone"):
        model.to_inference()
