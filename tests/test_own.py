"""Chains, functions as samplers, batches, and samplers of other packages."""

from __future__ import annotations

import doctest
import itertools
import pickle
import sys
import types
from pathlib import Path
from typing import Any

import imblearn.over_sampling
import imblearn.under_sampling
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

from poise import SMOTE, FunctionSampler, RandomUnderSampler, TomekLinks, make_pipeline
from poise.batches import balanced_batches
from poise.combine import Chain, SMOTETomek
from poise.core.errors import InputError, UnknownNameError, UnsupportedTypeError
from poise.core.plan.plan import Plan
from poise.over_sampling import SVMSMOTE
from poise.pipeline import is_sampler
from poise.testing import check_resampler
from poise.under_sampling import EditedNearestNeighbours

X, y = make_classification(n_samples=300, weights=[0.85], n_features=6, random_state=1)


def chain() -> Chain:
    return Chain(SMOTE(sampling_strategy=0.5), TomekLinks(), RandomUnderSampler(), random_state=0)


# Chains


def test_a_chain_is_its_steps_one_after_the_other() -> None:
    whole = chain().fit_resample(X, y)
    first, second, third = (clone(step) for step in chain().samplers)
    rng = np.random.RandomState(0)
    part = first.set_params(random_state=rng).fit_resample(X, y)
    part = third.set_params(random_state=rng).fit_resample(*second.fit_resample(*part))
    np.testing.assert_array_equal(whole[0], part[0])
    np.testing.assert_array_equal(whole[1], part[1])


def test_the_lineage_of_a_chain_is_in_rows_of_the_input() -> None:
    sampler = chain()
    X_new, _ = sampler.fit_resample(X, y)
    lineage = sampler.plan_.lineage()
    new = lineage.partner >= 0
    assert new.any()
    seed, partner = X[lineage.seed[new]], X[lineage.partner[new]]
    np.testing.assert_allclose(X_new[new], seed + lineage.gap[new, None] * (partner - seed))


def test_smote_and_tomek_links_as_a_chain_are_smote_tomek() -> None:
    one = Chain(SMOTE(), TomekLinks(sampling_strategy="all"), random_state=3).fit_resample(X, y)
    other = SMOTETomek(random_state=3).fit_resample(X, y)
    np.testing.assert_array_equal(one[0], other[0])


def test_later_steps_work_on_the_rows_they_are_given() -> None:
    sampler = Chain(EditedNearestNeighbours(), SVMSMOTE(), random_state=0)
    y_new = sampler.fit_resample(X, y)[1]
    assert len(set(np.bincount(y_new))) == 1


@pytest.mark.parametrize(
    "container", ["numpy float64", "mixed pandas", "mixed polars", "csr_array", "lists"]
)
def test_a_chain_keeps_the_contract(container: str) -> None:
    check_resampler(Chain(SMOTE(), TomekLinks()), [container])


def test_a_chain_is_an_estimator_like_others() -> None:
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
    assert search.fit(X, y).best_params_["chain__step_0__k_neighbors"] in (3, 5)


def test_samplers_of_other_packages_take_part_without_a_plan() -> None:
    mixed = Chain(SMOTE(random_state=0), imblearn.under_sampling.RandomUnderSampler(random_state=0))
    X_new, y_new = mixed.fit_resample(X, y)
    assert len(set(np.bincount(y_new))) == 1
    assert len(X_new) == len(y_new)
    assert not hasattr(mixed, "plan_")
    with pytest.raises(InputError, match="nothing can be carried along"):
        mixed.fit_resample(X, y, groups=np.arange(300))
    with pytest.raises(UnsupportedTypeError, match="does not tell where its rows come from"):
        mixed.fit(X, y)


@pytest.mark.parametrize(
    ("steps", "error", "words"),
    [
        ((), InputError, "needs samplers"),
        ((SMOTE,), UnsupportedTypeError, "Pass an instance"),
        ((SMOTE(), LogisticRegression()), UnsupportedTypeError, "no fit_resample"),
    ],
)
def test_what_is_no_chain_is_told(steps: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        Chain(*steps).fit_resample(X, y)


# A method of one's own


def test_the_worked_example_keeps_the_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parents[1] / "docs" / "own_method.md").read_text(encoding="utf-8")
    examples = doctest.DocTestParser().get_examples(page)
    module = types.ModuleType("my_method")
    monkeypatch.setitem(sys.modules, "my_method", module)
    for example in examples[:3]:  # the imports and the class
        exec(example.source, module.__dict__)  # our own page
    for container in ("numpy float64", "mixed pandas", "mixed pyarrow", "csr_array", "lists"):
        check_resampler(module.CloseSMOTE(), [container])


# Functions


@pytest.mark.parametrize(
    "make", [np.asarray, sp.csr_array, pd.DataFrame, lambda rows: rows.tolist()]
)
def test_a_function_of_rows_gives_back_the_users_kind(make: Any) -> None:
    sampler = FunctionSampler(lambda X, y: np.flatnonzero(y == 1))
    X_new, y_new = sampler.fit_resample(make(X), y)
    assert type(X_new) is type(make(X))
    assert (y_new == 1).all()
    assert sampler.sample_indices_.tolist() == np.flatnonzero(y == 1).tolist()


def test_a_function_may_return_a_mask_a_plan_or_the_table() -> None:
    mask = FunctionSampler(lambda X, y: y == 1).fit_resample(X, y)[0]
    plan = FunctionSampler(lambda X, y: Plan.taking(len(y), np.flatnonzero(y == 1)))
    np.testing.assert_array_equal(plan.fit_resample(X, y)[0], mask)
    bare = FunctionSampler(lambda X, y, n: (X[:n], y[:n]), kw_args={"n": 7})
    assert len(bare.fit_resample(X, y)[0]) == 7
    with pytest.raises(AttributeError, match="Let it return row numbers or a Plan"):
        bare.plan_  # noqa: B018  # it raises
    assert FunctionSampler().fit_resample(X, y)[0] is X


def test_a_function_is_a_step_of_a_pipeline_and_a_chain() -> None:
    half = FunctionSampler(lambda X, y: np.arange(0, len(y), 2))
    assert is_sampler(half)
    model = make_pipeline(half, LogisticRegression()).fit(X, y)
    assert len(model.plan_) == 150
    assert len(Chain(half, SMOTE(random_state=0)).fit_resample(X, y)[0]) > 150


@pytest.mark.parametrize(
    ("sampler", "table", "words"),
    [
        (FunctionSampler(lambda X, y: "rows"), X, "it returned str"),
        (FunctionSampler(lambda X, y: [999]), X, "ids outside"),
        (FunctionSampler(accept_sparse=False), sp.csr_array(X), "accept_sparse=False"),
        (FunctionSampler(), X[:5], "X has 5 rows"),
    ],
)
def test_what_a_function_cannot_return_is_told(sampler: Any, table: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        sampler.fit_resample(table, y)


# Batches

LABELS = np.repeat(["a", "b", "c"], [70, 20, 10])


@pytest.mark.parametrize("batch_size", [3, 7, 32])
@pytest.mark.parametrize("epoch", ["largest", "smallest"])
def test_every_batch_has_the_classes_in_equal_parts(batch_size: int, epoch: Any) -> None:
    batches = balanced_batches(LABELS, batch_size, epoch=epoch)
    found = list(batches)
    assert len(found) == len(batches)
    for batch in found:
        assert len(batch) == batch_size
        counts = np.unique(LABELS[batch], return_counts=True)[1]
        assert len(counts) == 3
        assert counts.max() - counts.min() <= 1


def test_an_epoch_goes_through_the_largest_class_or_the_smallest() -> None:
    rows = list(itertools.chain(*balanced_batches(LABELS, 6)))
    assert set(rows) == set(range(100))
    few = list(itertools.chain(*balanced_batches(LABELS, 6, epoch="smallest")))
    assert set(range(90, 100)) <= set(few)
    assert len(few) == 30


def test_epochs_are_drawn_anew_and_are_seeded() -> None:
    batches = balanced_batches(LABELS, 6, random_state=4)
    assert list(batches) == list(balanced_batches(LABELS, 6, random_state=4))
    assert list(batches) != list(batches.of_epoch(1))
    forever = batches.endless()
    first = list(itertools.islice(forever, len(batches)))
    second = list(itertools.islice(forever, len(batches)))
    assert first == list(batches)
    assert second == list(batches.of_epoch(1))


@pytest.mark.parametrize(
    ("given", "words"),
    [({"batch_size": 2}, "no room"), ({"epoch": "all"}, "'largest' or 'smallest'")],
)
def test_batches_that_cannot_be_are_told(given: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        balanced_batches(LABELS, **given)


def test_other_packages_samplers_are_steps_of_a_pipeline() -> None:
    other = imblearn.over_sampling.SMOTE(random_state=0)
    model = make_pipeline(other, LogisticRegression())
    assert model.fit(X, y).predict(X[:3]).shape == (3,)
