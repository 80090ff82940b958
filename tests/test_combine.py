"""SMOTE and a cleaning method become one plan, whose row numbers are those of the input."""

from __future__ import annotations

import pickle
from typing import Any

import imblearn.over_sampling
import imblearn.under_sampling
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

from poise import make_pipeline
from poise.combine import SMOTEENN, Chain, SMOTETomek
from poise.core.errors import (
    InputError,
    ParameterError,
    TooFewRowsError,
    UnknownNameError,
    UnsupportedTypeError,
)
from poise.over_sampling import SMOTE, SVMSMOTE, BorderlineSMOTE, RandomOverSampler
from poise.testing import check_resampler
from poise.under_sampling import EditedNearestNeighbours, RandomUnderSampler, TomekLinks

WIDE, TARGET = make_classification(n_samples=300, weights=[0.85], n_features=6, random_state=1)

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
def test_the_combined_sampler_equals_its_two_steps(combined, cleaner) -> None:
    grown = SMOTE(random_state=1).fit_resample(X, y)
    expected = cleaner.fit_resample(*grown)
    found = combined.fit_resample(X, y)
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_array_equal(found[1], expected[1])


def test_rows_are_cleaned_with_the_values_of_the_output() -> None:
    # New rows of whole numbers are rounded before Tomek links are searched.
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


def test_given_steps_are_used_and_stay_unfitted() -> None:
    smote, enn = BorderlineSMOTE(random_state=3), EditedNearestNeighbours(n_neighbors=5)
    combined = SMOTEENN(smote=smote, enn=enn, random_state=9)
    grown = BorderlineSMOTE(random_state=3).fit_resample(X, y)
    expected = EditedNearestNeighbours(n_neighbors=5).fit_resample(*grown)[0]
    np.testing.assert_array_equal(combined.fit_resample(X, y)[0], expected)
    assert not hasattr(smote, "plan_")
    assert not hasattr(enn, "plan_")


def test_a_step_without_a_random_state_uses_that_of_the_combined_sampler() -> None:
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
def test_steps_of_another_kind_raise(combined, words: str) -> None:
    with pytest.raises(UnsupportedTypeError, match=words):
        combined.fit_resample(X, y)


def test_parameters_of_the_steps_are_checked() -> None:
    with pytest.raises(ParameterError, match="k_neighbors"):
        SMOTETomek(smote=SMOTE(k_neighbors=0)).fit_resample(X, y)


def test_too_few_rows_raise_the_error_of_smote() -> None:
    with pytest.raises(TooFewRowsError, match="class 1 has 3. Pass k_neighbors=2 or less"):
        SMOTEENN().fit_resample(X[:93], y[:93])


def chain() -> Chain:
    return Chain(SMOTE(sampling_strategy=0.5), TomekLinks(), RandomUnderSampler(), random_state=0)


def test_a_chain_equals_its_steps_in_sequence() -> None:
    whole = chain().fit_resample(WIDE, TARGET)
    first, second, third = (clone(step) for step in chain().samplers)
    rng = np.random.RandomState(0)
    part = first.set_params(random_state=rng).fit_resample(WIDE, TARGET)
    part = third.set_params(random_state=rng).fit_resample(*second.fit_resample(*part))
    np.testing.assert_array_equal(whole[0], part[0])
    np.testing.assert_array_equal(whole[1], part[1])


def test_the_lineage_of_a_chain_has_row_numbers_of_the_input() -> None:
    sampler = chain()
    X_new, _ = sampler.fit_resample(WIDE, TARGET)
    lineage = sampler.plan_.lineage()
    new = lineage.partner >= 0
    assert new.any()
    seed, partner = WIDE[lineage.seed[new]], WIDE[lineage.partner[new]]
    np.testing.assert_allclose(X_new[new], seed + lineage.gap[new, None] * (partner - seed))


def test_a_chain_of_smote_and_tomek_links_equals_smote_tomek() -> None:
    one = Chain(SMOTE(), TomekLinks(sampling_strategy="all"), random_state=3).fit_resample(
        WIDE, TARGET
    )
    other = SMOTETomek(random_state=3).fit_resample(WIDE, TARGET)
    np.testing.assert_array_equal(one[0], other[0])


def test_later_steps_work_on_the_output_of_earlier_ones() -> None:
    sampler = Chain(EditedNearestNeighbours(), SVMSMOTE(), random_state=0)
    y_new = sampler.fit_resample(WIDE, TARGET)[1]
    assert len(set(np.bincount(y_new))) == 1


@pytest.mark.parametrize(
    "container", ["numpy float64", "mixed pandas", "mixed polars", "csr_array", "lists"]
)
def test_a_chain_keeps_the_contract(container: str) -> None:
    check_resampler(Chain(SMOTE(), TomekLinks()), [container])


def test_a_chain_can_be_cloned_pickled_and_searched() -> None:
    sampler = chain()
    assert repr(sampler).startswith("Chain(SMOTE(sampling_strategy=0.5), TomekLinks(),")
    again = pickle.loads(pickle.dumps(clone(sampler)))  # its own pickle
    assert repr(again) == repr(sampler)
    assert sampler.get_params()["step_0__k_neighbors"] == 5
    assert (
        sampler.set_params(step_0__k_neighbors=3, step_1=TomekLinks(n_jobs=1))
        .samplers[0]
        .k_neighbors
        == 3
    )
    with pytest.raises(UnknownNameError, match="no parameter 'step_9'"):
        sampler.set_params(step_9=1)
    search = GridSearchCV(
        make_pipeline(chain(), LogisticRegression()), {"chain__step_0__k_neighbors": [3, 5]}, cv=3
    )
    assert search.fit(WIDE, TARGET).best_params_["chain__step_0__k_neighbors"] in (3, 5)


def test_a_chain_with_a_sampler_of_another_package_has_no_plan() -> None:
    mixed = Chain(SMOTE(random_state=0), imblearn.under_sampling.RandomUnderSampler(random_state=0))
    X_new, y_new = mixed.fit_resample(WIDE, TARGET)
    assert len(set(np.bincount(y_new))) == 1
    assert len(X_new) == len(y_new)
    assert not hasattr(mixed, "plan_")
    with pytest.raises(InputError, match="groups, time and embedding cannot be resampled"):
        mixed.fit_resample(WIDE, TARGET, groups=np.arange(300))
    with pytest.raises(UnsupportedTypeError, match="another package and has no plan"):
        mixed.fit(WIDE, TARGET)


@pytest.mark.parametrize(
    ("steps", "error", "words"),
    [
        ((), InputError, "needs samplers"),
        ((SMOTE,), UnsupportedTypeError, "Pass an instance"),
        ((SMOTE(), LogisticRegression()), UnsupportedTypeError, "no fit_resample"),
    ],
)
def test_steps_that_are_not_samplers_raise(steps: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        Chain(*steps).fit_resample(WIDE, TARGET)


def test_a_chain_checks_shuffle() -> None:
    with pytest.raises(
        ParameterError, match="'shuffle' parameter of Chain must be True or False; got 'no'"
    ):
        Chain(SMOTE(), shuffle="no").fit(WIDE, TARGET)
