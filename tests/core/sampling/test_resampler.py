"""The base classes read a table, make a plan, and apply it."""

from __future__ import annotations

import sys
import threading
import warnings
from typing import Any

import imblearn.over_sampling
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.naive_bayes import GaussianNB
from three_columns import FRAME, X, error_of, with_values, y

from poise import big
from poise._api import METHODS, make_sampler
from poise.combine import Chain, SMOTETomek
from poise.core.errors import (
    DoesNotFitError,
    InputError,
    MethodError,
    ParameterError,
    UnsupportedTypeError,
    VanishingClassWarning,
)
from poise.core.plan.plan import Plan
from poise.core.sampling.resampler import (
    Resampler,
    drawn_once,
    mask_of,
    plan_of_kept,
    warn_of_vanishing,
)
from poise.core.tables.labels import encode
from poise.function_sampler import FunctionSampler
from poise.over_sampling import SMOTE, SVMSMOTE, BorderlineSMOTE, KMeansSMOTE, RandomOverSampler
from poise.under_sampling import InstanceHardnessThreshold, RandomUnderSampler, TomekLinks


def test_a_failed_fit_changes_nothing() -> None:
    frame = with_values(np.inf, [3])
    before = frame.copy()
    error_of(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_the_fitted_attributes_of_an_earlier_fit_are_removed() -> None:
    sampler = SMOTE(random_state=0).fit(FRAME, y)
    assert sampler.feature_names_in_.tolist() == ["a", "b", "c"]
    assert not hasattr(sampler.fit(X, y), "feature_names_in_")


def test_a_plan_of_kept_rows_keeps_all_rows_of_other_classes() -> None:
    plan = plan_of_kept(encode(y), {0: 2}, lambda code, n: np.arange(n))
    assert plan.order.tolist() == [0, 1, *range(30, 40)]


def test_a_class_that_loses_all_rows_is_named_in_a_warning() -> None:
    with pytest.warns(
        VanishingClassWarning, match="Class 1 loses all of its 10 rows. Leave it out"
    ):
        plan_of_kept(encode(y), {1: 0}, lambda code, n: np.arange(n))


def test_many_classes_that_lose_all_rows_are_one_warning() -> None:
    labels = encode(np.repeat([f"class {i}" for i in range(40)], 3))
    with pytest.warns(
        VanishingClassWarning, match="and 34 more lose all of their 117 rows"
    ) as seen:
        plan_of_kept(labels, dict.fromkeys(range(39), 0), lambda code, n: np.arange(n))
    assert len(seen) == 1


def test_a_class_without_rows_loses_none() -> None:
    labels = encode(y).with_counts(np.array([30, 0]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_vanishing(labels, np.array([20, 0]))


def test_no_metadata_is_requested_unless_the_user_asks() -> None:
    requests = SMOTE().get_metadata_routing().fit.requests
    names = {"sample_weight", "groups", "time", "embedding", "rows"}
    assert requests == dict.fromkeys(names, False)


def test_a_mask_is_true_for_its_rows_only() -> None:
    assert mask_of(np.array([2, 0]), 4).tolist() == [True, False, True, False]


def test_rows_drawn_once_have_no_repeats() -> None:
    drawn = drawn_once(np.arange(5, 25), 20, np.random.RandomState(0))
    assert sorted(drawn) == list(range(5, 25))


def test_partners_and_gaps_outside_the_default_are_declared() -> None:
    assert (SMOTE().partners, SMOTE().gap_range) == ("own class", (0.0, 1.0))
    assert BorderlineSMOTE(kind="borderline-1").partners == "own class"
    assert BorderlineSMOTE(kind="borderline-2").partners == "any class"
    assert SVMSMOTE(out_step=0.25).gap_range == (-0.25, 1.0)


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        ((Plan(3), {}), "a plan for 3 rows; the table has 40"),
        ((None, {}), "a NoneType; the table has 40"),
        (Plan(40), "a Plan. Return a Plan and the number of rows by class code, as a pair"),
        ((Plan(40), None), "None beside the plan. Return a dictionary"),
        ((Plan(40), {2: 3}), "{2: 3} beside the plan. Return a dictionary from class code, 0 to 1"),
    ],
)
def test_what_make_plan_returns_is_checked(returned: Any, words: str) -> None:
    with pytest.raises(MethodError, match=f"Own.make_plan returned {words}"):
        own(returned).fit_resample(X, y)


def own(returned: Any, attributes: Any = None) -> Resampler:
    class Own(Resampler):
        """Makes its plan itself."""

        def make_plan(self, problem: Any, rng: Any) -> Any:
            return returned

        def extra_attributes(self, problem: Any, amounts: Any) -> Any:
            return attributes

    return Own()


@pytest.mark.parametrize("returned", [Plan(3), None])
def test_a_plan_of_another_table_is_refused_in_a_chain(returned: Any) -> None:
    first, second = own((returned, {}), {}), SMOTE(random_state=0)
    for chain in (Chain(first, second), Chain(second, first)):
        with pytest.raises(MethodError, match=r"Own.make_plan returned a .*; the table has \d+"):
            chain.fit_resample(X, y)


def test_extra_attributes_are_a_dictionary() -> None:
    with pytest.raises(MethodError, match="Own.extra_attributes returned a list"):
        own((Plan(40), {}), ["found"]).fit_resample(X, y)


def test_attributes_that_an_earlier_fit_found_are_removed() -> None:
    sampler = own((Plan(40), {}), {"found_": 1}).fit(X, y)
    assert sampler.found_ == 1
    sampler.extra_attributes = lambda problem, amounts: {}
    assert not hasattr(sampler.fit(X, y), "found_")


# One object of each kind, which several threads fit on tables of their own.
SHARED: dict[str, Any] = {
    **{name: make_sampler(name, 3) for name in METHODS},
    "chain": Chain(RandomOverSampler(), RandomUnderSampler(), random_state=3),
    "function": FunctionSampler(lambda X, y: np.flatnonzero(y == 0)),
    "kmeans-smote": KMeansSMOTE(kmeans_estimator=1, cluster_balance_threshold=0, random_state=3),
    "instance-hardness-threshold": InstanceHardnessThreshold(GaussianNB(), random_state=3),
}
N_THREADS = 8


# warnings.catch_warnings is not safe in threads: one may see the filters of another.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", SHARED)
def test_one_object_in_several_threads_gives_each_its_own_rows(name: str) -> None:
    sampler = SHARED[name]
    rng = np.random.RandomState(0)
    tables = [
        (rng.normal(size=(n, 2)), (np.arange(n) % 4 == 0).astype(int)) for n in range(40, 120, 10)
    ]
    alone = [clone(sampler).fit_resample(*table) for table in tables]
    found: list[Any] = [None] * N_THREADS
    together = threading.Barrier(N_THREADS)

    def work(i: int) -> None:
        together.wait()
        found[i] = [sampler.fit_resample(*tables[i]) for _ in range(5)]

    threads = [threading.Thread(target=work, args=(i,)) for i in range(N_THREADS)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    for results, (X_alone, y_alone) in zip(found, alone, strict=True):
        for X_new, y_new in results:
            np.testing.assert_array_equal(X_new, X_alone)
            np.testing.assert_array_equal(y_new, y_alone)


@pytest.mark.parametrize("sampler", [SMOTE(), RandomOverSampler(), SMOTETomek()], ids=repr)
def test_new_rows_that_no_memory_could_number_are_refused(sampler: Any) -> None:
    over = "RandomOverSampler" if isinstance(sampler, RandomOverSampler) else "SMOTE"
    request: Any = {1: 10**12}
    with pytest.raises(
        DoesNotFitError, match=f"{over} would make 99.* TB; .* sampling_strategy={request}"
    ):
        sampler.set_params(sampling_strategy=request).fit(X, y)


def test_rows_that_do_not_fit_beside_their_plan_are_refused() -> None:
    table = np.broadcast_to(
        np.zeros((1, 1)), (40, 2**40)
    )  # 8 bytes, of which a row would take 8 TB
    with pytest.raises(DoesNotFitError, match="The 60 rows that RandomOverSampler returns"):
        RandomOverSampler(random_state=0).fit_resample(table, y)


def test_fit_checks_the_parameters_too() -> None:
    with pytest.raises(ParameterError, match="'k_neighbors' parameter"):
        SMOTE(k_neighbors=-1).fit(np.arange(20.0).reshape(-1, 1), np.repeat([0, 1], [15, 5]))


def test_seeds_are_whole_numbers_of_32_bits() -> None:
    X, y = np.arange(20.0).reshape(-1, 1), np.repeat([0, 1], [15, 5])
    assert len(RandomOverSampler(random_state=2**32 - 1).fit_resample(X, y)[0]) == 30
    with pytest.raises(ParameterError, match=r"in the range \[0, 4294967295\]"):
        RandomOverSampler(random_state=2**32).fit(X, y)


def test_shuffled_rows_their_arrays_and_index_are_in_one_order() -> None:
    n_rows = 40
    table = pd.DataFrame({"x": np.arange(n_rows) / 4, "w": np.arange(n_rows) * 1.0 + 0.5})
    label = pd.Series(np.arange(n_rows) % 4 == 0, name="y")
    weight = table["x"].to_numpy()
    outputs = {}
    for shuffle in (False, True):
        sampler = SMOTE(random_state=3, shuffle=shuffle)
        X_new, y_new = sampler.fit_resample(
            table, label, sample_weight=weight, groups=np.arange(n_rows)
        )
        np.testing.assert_allclose(sampler.aligned_["sample_weight"], X_new["x"])
        np.testing.assert_array_equal(sampler.aligned_["groups"], sampler.plan_.lineage().seed)
        assert (X_new.index == y_new.index).all()
        kept = ~sampler.plan_.is_new
        assert (X_new.index[kept] == sampler.plan_.order[kept]).all()
        outputs[shuffle] = X_new.assign(y=y_new)
    assert not outputs[True].index.is_monotonic_increasing
    mixed, plain = (
        outputs[shuffle].sort_values(["x", "w", "y"]).reset_index(drop=True)
        for shuffle in (True, False)
    )
    pd.testing.assert_frame_equal(mixed, plain)


def test_rows_are_not_shuffled_and_sorted_by_time_at_once() -> None:
    table, label = np.arange(12).reshape(6, 2) / 8, [0, 0, 0, 0, 1, 1]
    with pytest.raises(InputError, match=r"shuffle=True .* time= sorts them by time. Leave one"):
        SMOTE(k_neighbors=1, shuffle=True).fit(table, label, time=np.arange(6))


def test_a_chain_shuffles_its_whole_output_and_no_step_does() -> None:
    table, label = np.arange(40).reshape(20, 2) / 8, np.arange(20) % 5 == 0
    chain = Chain(SMOTE(k_neighbors=1), TomekLinks(), random_state=0, shuffle=True)
    assert "shuffle=True" in repr(chain)
    assert clone(chain).get_params()["shuffle"] is True
    mixed = chain.fit(table, label).plan_.lineage()
    plain = chain.set_params(shuffle=False).fit(table, label).plan_.lineage()
    assert mixed.seed.tolist() != plain.seed.tolist()
    assert sorted(mixed.seed) == sorted(plain.seed)
    with pytest.raises(InputError, match=r"SMOTE\(shuffle=True\) is one of several steps"):
        Chain(SMOTE(k_neighbors=1, shuffle=True), TomekLinks()).fit(table, label)
    with pytest.raises(InputError, match=r"shuffle=True needs samplers of Poise"):
        Chain(SMOTE(), imblearn.over_sampling.SMOTE(), shuffle=True).fit_resample(table, label)
    with pytest.raises(
        UnsupportedTypeError, match=r"SMOTE\(shuffle=True\) is not supported by poise"
    ):
        big.resample(pa.table({"x": table[:, 0], "y": label}), SMOTE(shuffle=True), target="y")
