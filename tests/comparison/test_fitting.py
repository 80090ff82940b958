"""One arm is fitted on training rows; what cannot be fitted says why."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.class_weight import compute_sample_weight

from poise import SMOTE
from poise.comparison import ComparedClassifier
from poise.comparison.approaches import read_approaches
from poise.comparison.estimators import read_estimators
from poise.comparison.fitting import (
    Fitted,
    NotApplicableError,
    Parts,
    encoders_of,
    fit_arm,
    fitted,
    in_form,
    resampled,
    rows_for,
    settled,
)
from poise.comparison.folds import make_folds
from poise.core.errors import EstimatorError, TooFewRowsError
from poise.study.event_table import read_event_table
from poise.weights import sample_weights


def test_an_encoder_is_fitted_on_the_training_part_as_it_is(X: Any, y: Any) -> None:
    rows = read_event_table(X, y)
    fold = make_folds(rows, 5, 1, None, None, 0)[0]
    estimators = read_estimators(["logistic", "k-nn"], rows)
    found = encoders_of(rows, fold.train, estimators)
    scaled = found["encoded"].transform(rows.numbers[fold.train])
    assert scaled.mean(axis=0) == pytest.approx(np.zeros(X.shape[1]), abs=1e-12)
    assert scaled.std(axis=0) == pytest.approx(np.ones(X.shape[1]))


def test_rows_are_encoded_after_resampling_as_before_it(X: Any, y: Any) -> None:
    rows = read_event_table(X, y)
    every = np.arange(rows.n_rows)
    (approach,) = read_approaches({"mine": SMOTE()})[1:]
    estimators = read_estimators(["k-nn", "boosting"], rows)
    encoders = encoders_of(rows, every, estimators)
    plain = resampled(rows, every, approach, as_given=False, random_seed=3)
    expected = SMOTE(random_state=3).fit_resample(X, y)
    np.testing.assert_array_equal(plain.X, expected[0])
    part = in_form(plain, "encoded", encoders)
    np.testing.assert_array_equal(part.X, encoders["encoded"].transform(plain.X))
    np.testing.assert_array_equal(part.encoded(X), encoders["encoded"].transform(X))
    np.testing.assert_array_equal(plain.encoded(X), X)
    assert part.seconds > plain.seconds > 0
    np.testing.assert_array_equal(in_form(plain, "numbers", encoders).X, plain.X)
    model = fitted(part, approach, estimators[0], rows.classes, 3)
    assert model.trained_prior == pytest.approx(0.5)
    scores, is_probability = model.scores_of(part.encoded(X))
    assert is_probability
    assert scores[y == 1].mean() > scores[y == 0].mean()


@pytest.mark.parametrize(
    ("approach", "lacks"), [("class-weights", "class_weight"), ("reweighted", "sample_weight")]
)
def test_weights_need_an_estimator_that_takes_them(
    X: Any, y: Any, approach: str, lacks: str
) -> None:
    rows = read_event_table(X, y)
    weighing = read_approaches([approach])[-1]
    (estimator,) = read_estimators({"plain": KNeighborsClassifier()}, rows)
    part = resampled(rows, np.arange(rows.n_rows), weighing, as_given=False, random_seed=0)
    with pytest.raises(NotApplicableError, match=lacks):
        fitted(part, weighing, estimator, rows.classes, 0)


def test_probabilities_outside_of_0_to_1_are_refused(X: Any, y: Any) -> None:
    class Doubled(GaussianNB):  # type: ignore[misc]
        def predict_proba(self, X: Any) -> Any:
            return 2 * super().predict_proba(X)

    with pytest.raises(EstimatorError, match="not from 0 to 1"):
        Fitted(Doubled().fit(X, y), (0, 1), 0.2, 0.0, ()).scores_of(X)


def test_class_weights_are_passed_as_weights_of_rows_where_there_is_no_parameter(
    X: Any, y: Any
) -> None:
    rows = read_event_table(X, y)
    weighing = read_approaches(["class-weights"])[-1]
    (estimator,) = read_estimators({"bayes": GaussianNB()}, rows)
    part = resampled(rows, np.arange(rows.n_rows), weighing, as_given=False, random_seed=0)
    found = fitted(part, weighing, estimator, rows.classes, 0)
    weights = compute_sample_weight("balanced", y)
    expected = GaussianNB().fit(X, y, sample_weight=weights).predict_proba(X)
    np.testing.assert_allclose(found.model.predict_proba(X), expected)
    assert found.trained_prior == 0.5


class Stops(GaussianNB):  # type: ignore[misc]
    def __init__(self, early_stopping_rounds: Any = None) -> None:
        super().__init__()
        self.early_stopping_rounds = early_stopping_rounds

    def fit(self, X: Any, y: Any, eval_set: Any = None) -> Any:
        self.watched_ = eval_set
        return super().fit(X, y)


def test_rows_are_held_out_in_pipelines_and_searches_as_well(X: Any, y: Any) -> None:
    pipeline = make_pipeline(StandardScaler(), Stops(5))
    given = {
        "pipeline": pipeline,
        "search": GridSearchCV(Stops(5), {"early_stopping_rounds": [5, 6]}, cv=2),
        "both": GridSearchCV(pipeline, {"stops__early_stopping_rounds": [5]}, cv=2),
    }
    rows = read_event_table(X, y)
    every, approach = np.arange(rows.n_rows), read_approaches(["smote"])[-1]
    for estimator in read_estimators(given, rows):
        parts = Parts(rows, encoders_of(rows, every, [estimator]), 0)
        part, found = fit_arm(parts, every, approach, estimator)
        best = getattr(found.model, "best_estimator_", found.model)
        last = best.steps[-1][1] if hasattr(best, "steps") else best
        ((X_watched, _),) = last.watched_
        assert len(X_watched) == 40
        if hasattr(best, "steps"):  # in the units that the last step was fitted in
            assert abs(np.mean(X_watched)) < 0.5
            first = StandardScaler().fit(part.X)
            _, stop = rows_for(rows, every, estimator, 0)
            np.testing.assert_allclose(X_watched, first.transform(X[stop]))


def test_rows_are_held_out_for_early_stopping_alone(X: Any, y: Any) -> None:
    rows = read_event_table(X, y)
    every = np.arange(rows.n_rows)
    plain, stops = read_estimators({"plain": Stops(), "stops": Stops(5)}, rows)
    assert [len(part) for part in rows_for(rows, every, plain, 0)] == [400, 0]
    fit, stop = rows_for(rows, every, stops, 0)
    assert (len(fit), len(stop)) == (360, 40)
    assert sorted([*fit, *stop]) == every.tolist()
    assert y[stop].sum() == round(y.sum() / 10)
    approach = read_approaches({"mine": SMOTE()})[-1]
    part = resampled(rows, fit, approach, as_given=False, random_seed=0)
    found = fitted(part, approach, stops, rows.classes, 0, (X[stop], y[stop]))
    ((X_watched, y_watched),) = found.model.watched_
    assert (len(X_watched), y_watched.tolist()) == (40, y[stop].tolist())


def test_schemes_of_class_weights_move_the_share_that_is_trained_on(X: Any, y: Any) -> None:
    rows = read_event_table(X, y)
    (estimator,) = read_estimators({"plain": LogisticRegression()}, rows)
    weighing = read_approaches(["class-weights-sqrt"])[-1]
    part = resampled(rows, np.arange(rows.n_rows), weighing, as_given=False, random_seed=0)
    found = fitted(part, weighing, estimator, rows.classes, 0)
    weights = sample_weights(y, "sqrt")
    expected = LogisticRegression().fit(X, y, sample_weight=weights)
    np.testing.assert_allclose(found.model.coef_, expected.coef_, rtol=1e-6)
    assert found.trained_prior == pytest.approx(np.average(y, weights=weights))


def test_members_of_balanced_bagging_see_as_many_events_as_others(X: Any, y: Any) -> None:
    rows = read_event_table(X, y)
    (estimator,) = read_estimators({"plain": LogisticRegression()}, rows)
    bagging = read_approaches(["balanced-bagging"])[-1]
    part = resampled(rows, np.arange(rows.n_rows), bagging, as_given=False, random_seed=0)
    found = fitted(part, bagging, estimator, rows.classes, 0)
    assert type(found.model).__name__ == "BalancedBaggingClassifier"
    assert (found.model.n_estimators, found.trained_prior) == (10, 0.5)
    assert found.scores_of(X)[0].mean() > 2 * y.mean()


def test_the_best_candidate_is_chosen_by_average_precision_in_the_training_rows(
    X: Any, y: Any
) -> None:
    class Reverses(SMOTE):
        """Its new rows lie where the others are."""

        __module__ = "poise.tests"

        def fit_resample(self, X: Any, y: Any, **given: Any) -> Any:
            X_new, y_new = super().fit_resample(X, y, **given)
            X_new[len(X) :] = -3 * X_new[len(X) :]
            return X_new, y_new

    rows = read_event_table(X, y)
    every = np.arange(rows.n_rows)
    (estimator,) = read_estimators(["logistic"], rows)
    parts = Parts(rows, encoders_of(rows, every, [estimator]), 0)
    tuned = read_approaches(["tuned-smote"])[-1]
    assert len(tuned.candidates) == 6
    bad, good, fails = Reverses(), SMOTE(), SMOTE(k_neighbors=500)
    for tried in ((bad, good, fails), (fails, good, bad)):
        found = settled(parts, every, replace(tuned, candidates=tried), estimator)
        assert found.sampler is good
        assert found.candidates == ()
    with pytest.raises(TooFewRowsError):
        settled(parts, every, replace(tuned, candidates=(fails, fails)), estimator)
    plain = read_approaches(["smote"])[-1]
    assert settled(parts, every, plain, estimator) is plain


def test_unfitted_forests_are_weighted(X: Any, y: Any) -> None:
    """They have a length, which is that of the members that they do not have yet."""
    rows = read_event_table(X, y)
    weighing = read_approaches(["class-weights"])[-1]
    (estimator,) = read_estimators({"forest": RandomForestClassifier(5)}, rows)
    part = resampled(rows, np.arange(rows.n_rows), weighing, as_given=False, random_seed=0)
    assert fitted(part, weighing, estimator, rows.classes, 0).model.class_weight == "balanced"


@pytest.mark.parametrize(
    ("approach", "model"),
    [
        ("class-weights", LogisticRegression()),
        ("class-weights", DecisionTreeClassifier(max_depth=3)),
        ("class-weights-sqrt", DecisionTreeClassifier(max_depth=3)),
        ("balanced-bagging", LogisticRegression()),  # trees average probabilities, whose means move
    ],
)
def test_the_prior_of_weighted_rows_is_known(X: Any, y: Any, approach: str, model: Any) -> None:
    weights = np.where(y == 1, 12.0, 1.0)
    found = ComparedClassifier(approach, model).fit(X, y, sample_weight=weights)
    mean = np.average(found.predict_proba(X)[:, 1], weights=weights)
    assert mean == pytest.approx(np.average(y, weights=weights), abs=0.03)


def test_a_sampler_runs_once_for_all_estimators_and_fails_for_each(X: Any, y: Any) -> None:
    class Counts(SMOTE):
        __module__ = "poise.tests"
        n_calls = 0

        def fit_resample(self, X: Any, y: Any, **given: Any) -> Any:
            Counts.n_calls += 1
            return super().fit_resample(X, y, **given)

    rows = read_event_table(X, y)
    every = np.arange(rows.n_rows)
    estimators = read_estimators(["logistic", "boosting", "k-nn", "tree"], rows)
    for sampler, fails in ((Counts(), False), (Counts(k_neighbors=300), True)):
        Counts.n_calls = 0
        parts = Parts(rows, encoders_of(rows, every, estimators), 0)
        approach = read_approaches({"mine": sampler})[-1]
        for estimator in estimators:
            if not fails:
                fit_arm(parts, every, approach, estimator)
                continue
            with pytest.raises(TooFewRowsError):
                fit_arm(parts, every, approach, estimator)
        assert Counts.n_calls == 1
