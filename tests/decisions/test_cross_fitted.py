"""Probabilities of labelled and new rows are by the same models."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, RepeatedStratifiedKFold, StratifiedKFold

from poise import SMOTE, make_pipeline
from poise.core.errors import InputError, TooFewRowsError
from poise.decisions import cross_fitted, estimate_prior
from poise.decisions._cross_fitted import shares_by_means

X, Y = make_classification(600, weights=[0.8], random_state=0)


def test_new_rows_get_the_mean_of_the_models_of_the_folds() -> None:
    labels = np.array(["no", "yes"])[Y[:400]]
    found = cross_fitted(LogisticRegression(), X[:400], labels, X[400:], cv=3)
    models = [
        (LogisticRegression().fit(X[train], labels[train]), test)
        for train, test in StratifiedKFold(3).split(X[:400], labels)
    ]
    expected = np.mean([model.predict_proba(X[400:]) for model, _ in models], axis=0)
    np.testing.assert_allclose(found.proba, expected)
    tests = np.concatenate([test for _, test in models])
    assert found.y_true.tolist() == labels[tests].tolist()
    held_out = np.concatenate([model.predict_proba(X[test]) for model, test in models])
    np.testing.assert_allclose(found.proba_true, held_out)


def test_the_share_of_events_is_found_after_smote() -> None:
    """Probabilities after SMOTE are far too high, and the share is found nevertheless."""
    model = make_pipeline(SMOTE(random_state=0), LogisticRegression())
    new = np.r_[np.flatnonzero(Y[300:] == 0), np.flatnonzero(Y[300:] == 1)[:10]] + 300
    found = cross_fitted(model, X[:300], Y[:300], X[new])
    prior = estimate_prior(found.proba, y_true=found.y_true, proba_true=found.proba_true)
    assert found.proba[:, 1].mean() > 1.5 * 10 / len(new)
    assert prior.low[1] < 10 / len(new) < prior.high[1] < 0.2


def test_rows_that_are_held_out_twice_are_refused() -> None:
    repeats = RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=0)
    with pytest.raises(InputError, match="holds out some rows more than once"):
        cross_fitted(LogisticRegression(), X[:300], Y[:300], X[300:], cv=repeats)
    groups = np.arange(300) // 10
    found = cross_fitted(
        LogisticRegression(), X[:300], Y[:300], X[300:], cv=GroupKFold(3), groups=groups
    )
    assert len(found.y_true) == 300


def test_too_few_rows_for_the_folds_raise() -> None:
    with pytest.raises(TooFewRowsError, match="Class True has 3 rows, and cv=5 folds need as many"):
        cross_fitted(LogisticRegression(), X[:40], np.arange(40) > 36, X[40:])


def test_the_shares_of_several_classes_add_up_to_one_before_they_are_clipped() -> None:
    rng = np.random.RandomState(0)
    codes = np.repeat([0, 1, 2], 300)
    proba_true = rng.dirichlet([1, 1, 1], 900) * 0.3 + 0.7 * np.eye(3)[codes]
    of_new = np.repeat([0, 1, 2], [600, 300, 100])
    proba = rng.dirichlet([1, 1, 1], 1000) * 0.3 + 0.7 * np.eye(3)[of_new]
    prior, low, high = shares_by_means(proba, codes, proba_true, 0.95)
    np.testing.assert_allclose(prior, [0.6, 0.3, 0.1], atol=0.02)
    assert ((low < [0.6, 0.3, 0.1]) & (high > [0.6, 0.3, 0.1])).all()
