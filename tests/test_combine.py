"""SMOTE and then cleaning is one plan, in rows of the input."""

from __future__ import annotations

import numpy as np
import pytest

from poise.combine import SMOTEENN, SMOTETomek
from poise.core.errors import ParameterError, TooFewRowsError, UnsupportedTypeError
from poise.over_sampling import SMOTE, BorderlineSMOTE, RandomOverSampler
from poise.under_sampling import EditedNearestNeighbours, RandomUnderSampler, TomekLinks

rng = np.random.RandomState(6)
X = np.concatenate([rng.randn(90, 2), rng.randn(30, 2) + 1])
y = np.repeat([0, 1], [90, 30])


@pytest.mark.parametrize(
    ("combined", "cleaner"),
    [
        (SMOTETomek(random_state=1), TomekLinks(sampling_strategy="all")),
        (SMOTEENN(random_state=1), EditedNearestNeighbours(sampling_strategy="all")),
    ],
)
def test_the_two_steps_as_one_are_the_two_steps(combined, cleaner) -> None:
    grown = SMOTE(random_state=1).fit_resample(X, y)
    expected = cleaner.fit_resample(*grown)
    found = combined.fit_resample(X, y)
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_array_equal(found[1], expected[1])


def test_rows_are_cleaned_as_they_will_be_put_out() -> None:
    # In whole numbers, blended rows are rounded before Tomek links are looked for.
    whole = np.rint(X * 4).astype(np.int64)
    grown = SMOTE(random_state=1).fit_resample(whole, y)
    expected = TomekLinks(sampling_strategy="all").fit_resample(*grown)[0]
    np.testing.assert_array_equal(SMOTETomek(random_state=1).fit_resample(whole, y)[0], expected)


def test_lineage_goes_through_both_steps() -> None:
    lineage = SMOTETomek(random_state=1).fit(X, y).plan_.lineage()
    assert set(lineage.origin) == {"kept", "blended"}
    assert lineage.seed.max() < 120
    assert lineage.partner.max() < 120


def test_the_strategy_is_that_of_the_over_sampler_by_label() -> None:
    assert SMOTEENN(random_state=1).fit(X, y).sampling_strategy_ == {1: 60}


def test_other_steps_can_be_given_and_are_not_fitted_themselves() -> None:
    smote, enn = BorderlineSMOTE(random_state=3), EditedNearestNeighbours(n_neighbors=5)
    combined = SMOTEENN(smote=smote, enn=enn, random_state=9)
    grown = BorderlineSMOTE(random_state=3).fit_resample(X, y)
    expected = EditedNearestNeighbours(n_neighbors=5).fit_resample(*grown)[0]
    np.testing.assert_array_equal(combined.fit_resample(X, y)[0], expected)
    assert not hasattr(smote, "plan_")
    assert not hasattr(enn, "plan_")


def test_a_given_step_without_a_seed_draws_from_the_whole() -> None:
    first = SMOTETomek(smote=RandomOverSampler(), random_state=5).fit(X, y).plan_.source
    again = SMOTETomek(smote=RandomOverSampler(), random_state=5).fit(X, y).plan_.source
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize(
    ("combined", "words"),
    [
        (SMOTETomek(smote=TomekLinks()), "must be an over-sampler"),
        (SMOTEENN(enn=RandomUnderSampler()), "must be a cleaning method"),
        (SMOTETomek(tomek="tomek"), "tomek='tomek' must be a"),
    ],
)
def test_steps_of_another_kind_are_refused(combined, words: str) -> None:
    with pytest.raises(UnsupportedTypeError, match=words):
        combined.fit_resample(X, y)


def test_parameters_of_the_steps_are_checked() -> None:
    with pytest.raises(ParameterError, match="k_neighbors"):
        SMOTETomek(smote=SMOTE(k_neighbors=0)).fit_resample(X, y)


def test_too_few_rows_are_told_as_smote_tells() -> None:
    with pytest.raises(TooFewRowsError, match="class 1 has 3. Pass k_neighbors=2 or less"):
        SMOTEENN().fit_resample(X[:93], y[:93])
