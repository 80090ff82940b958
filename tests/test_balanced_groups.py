"""With balance="class-group" the rows of each class in each group are balanced."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import sklearn
from sklearn.linear_model import LogisticRegression

from poise import ADASYN, SMOTE, SMOTENC, BorderlineSMOTE, Proportion, RandomOverSampler, Ratio, big
from poise.combine import Chain
from poise.core.errors import InputError, ParameterError, TooFewRowsError, UnsupportedTypeError
from poise.over_sampling import (
    MGS,
    ROSE,
    SMOTEN,
    SVMSMOTE,
    KMeansSMOTE,
    PolynomFitSMOTE,
    ProWSyn,
    SafeLevelSMOTE,
)
from poise.pipeline import make_pipeline
from poise.under_sampling import ClusterCentroids, NearMiss, RandomUnderSampler, TomekLinks

SIZES = {("no", "a"): 60, ("no", "b"): 30, ("yes", "a"): 20, ("yes", "b"): 9}
PAIRS = [pair for pair, n in SIZES.items() for _ in range(n)]
ORDER = np.random.RandomState(1).permutation(len(PAIRS))
CLASS, GROUP = (np.array([pair[i] for pair in PAIRS])[ORDER] for i in (0, 1))
NUMBERS = np.random.RandomState(2).normal(size=(len(ORDER), 3)) + (CLASS == "yes")[:, np.newaxis]


def cells(sampler: Any, y: Any) -> Counter[Any]:
    return Counter(zip(np.asarray(y).tolist(), sampler.aligned_["groups"].tolist(), strict=True))


@pytest.mark.parametrize(
    "kind",
    [
        RandomOverSampler,
        ROSE,
        SMOTE,
        SMOTENC,
        SMOTEN,
        BorderlineSMOTE,
        ADASYN,
        SafeLevelSMOTE,
        SVMSMOTE,
        MGS,
        ProWSyn,
        PolynomFitSMOTE,
    ],
)
def test_every_cell_grows_to_the_largest_from_rows_of_its_own(kind: Any) -> None:
    sampler = kind(balance="class-group", random_state=0)
    X = np.round(NUMBERS * 2) if kind is SMOTEN else NUMBERS
    _, y_new = sampler.fit_resample(X, CLASS, groups=GROUP)
    assert sampler.sampling_strategy_ == {p: 60 - n for p, n in SIZES.items() if n < 60}
    counts = cells(sampler, y_new)
    grown = [pair for pair, n in SIZES.items() if counts[pair] == 60]
    assert all(counts[pair] in (n, 60) for pair, n in SIZES.items())
    assert len(grown) == 4 or kind is BorderlineSMOTE  # some cells have no row in danger
    parents = sampler.plan_.parents().tocoo()
    of = sampler.plan_.source
    assert (CLASS[parents.col] == CLASS[of][parents.row]).all()
    assert (GROUP[parents.col] == GROUP[of][parents.row]).all()


@pytest.mark.parametrize("kind", [RandomUnderSampler, ClusterCentroids])
def test_every_cell_shrinks_to_the_smallest(kind: Any) -> None:
    sampler = kind(balance="class-group", random_state=0)
    _, y_new = sampler.fit_resample(NUMBERS, CLASS, groups=GROUP)
    assert cells(sampler, y_new) == Counter(dict.fromkeys(SIZES, 9))
    assert sampler.sampling_strategy_ == {pair: 9 for pair, n in SIZES.items() if n > 9}


def test_each_cell_grows_as_it_does_alone() -> None:
    both = SMOTE(balance="class-group", sampling_strategy={("yes", "b"): 30}, random_state=5)
    X_new, _ = both.fit_resample(NUMBERS, CLASS, groups=GROUP)
    is_cell = (CLASS == "yes") & (GROUP == "b")
    alone = np.where(is_cell, "cell", "rest")
    X_alone, _ = SMOTE(sampling_strategy={"cell": 30}, random_state=5).fit_resample(NUMBERS, alone)
    np.testing.assert_array_equal(X_new, X_alone)


def test_other_groups_of_a_class_are_no_enemies() -> None:
    X = np.arange(40.0).reshape(-1, 1) / 8
    y = np.repeat(["no", "yes"], 20)
    groups = np.r_[np.tile(["a", "b"], 10), np.tile(["a", "a", "a", "b"], 5)]
    sampler = ADASYN(
        n_neighbors=2, balance="class-group", sampling_strategy={("yes", "b"): 9}, random_state=0
    )
    with pytest.warns(UserWarning, match="none of its rows has a row of another class"):
        sampler.fit(X, y, groups=groups)
    sampler = SVMSMOTE(balance="class-group", random_state=0)
    sampler.fit(NUMBERS, CLASS, groups=GROUP)
    assert sampler.svm_estimator_.classes_.tolist() == ["no", "yes"]


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        (Ratio(0.5), {("no", "b"): 0, ("yes", "a"): 10, ("yes", "b"): 21}),
        (Ratio({("yes", "b"): 0.2}), {("yes", "b"): 3}),
        (Proportion(0.5), {("no", "b"): 15, ("yes", "a"): 20, ("yes", "b"): 25}),
        ("minority", {("yes", "b"): 51}),
        (lambda y: {("yes", "b"): Counter(y)["yes", "a"]}, {("yes", "b"): 11}),
    ],
)
def test_strategies_are_in_cells(strategy: Any, expected: Any) -> None:
    sampler = RandomOverSampler(sampling_strategy=strategy, balance="class-group", random_state=0)
    assert sampler.fit(NUMBERS, CLASS, groups=GROUP).sampling_strategy_ == expected


def test_absent_cells_stay_absent_and_frames_keep_their_labels() -> None:
    present = ~((CLASS == "yes") & (GROUP == "b"))
    frame = pd.DataFrame(NUMBERS[present], columns=["u", "v", "w"])
    region = pd.Series(pd.Categorical(GROUP[present]))
    sampler = SMOTE(balance="class-group", random_state=0)
    X_new, y_new = sampler.fit_resample(frame, pd.Series(CLASS[present] == "yes"), groups=region)
    assert sampler.sampling_strategy_ == {(False, "b"): 30, (True, "a"): 40}
    assert len(X_new) == 180
    assert y_new.sum() == 60


@pytest.mark.parametrize(
    ("sampler", "words"),
    [
        (SMOTE(balance="class-group", sampling_strategy={"yes": 70}), "no class 'yes'.*'yes', 'b'"),
        (
            SMOTE(balance="class-group", sampling_strategy={("yes", "c"): 70}),
            r"no class \('yes', 'c'\)",
        ),
        (
            KMeansSMOTE(balance="class-group"),
            "KMeansSMOTE cannot balance cells .* RandomOverSampler",
        ),
        (
            BorderlineSMOTE(balance="class-group", kind="borderline-2"),
            "BorderlineSMOTE cannot balance cells of class and group",
        ),
        (Chain(SMOTE(balance="class-group"), TomekLinks()), "one of several steps.*make_pipeline"),
    ],
)
def test_what_cannot_be_done_raises(sampler: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        sampler.fit(NUMBERS, CLASS, groups=GROUP)


def test_wrong_groups_raise() -> None:
    sampler = SMOTE(balance="class-group")
    with pytest.raises(InputError, match="balance='class-group' needs groups: pass groups="):
        sampler.fit(NUMBERS, CLASS)
    some = GROUP.astype(object)
    some[3] = None
    with pytest.raises(InputError, match="groups is missing in 1 rows, the first of them row 3"):
        sampler.fit(NUMBERS, CLASS, groups=some)
    some[3] = 7
    with pytest.raises(InputError, match=r"(?s)groups.*types int, str|cannot be compared"):
        sampler.fit(NUMBERS, CLASS, groups=some)
    with pytest.raises(InputError, match="groups"):
        sampler.fit(NUMBERS, CLASS, groups=GROUP[:5])
    with pytest.raises(ParameterError, match="'class' or 'class-group'. Got 'group'"):
        SMOTE(balance="group").fit(NUMBERS, CLASS)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="no parameter 'balance'. Over-samplers, Random"):
        NearMiss(balance="class-group")  # type: ignore[call-arg]
    with pytest.raises(
        ParameterError, match=r"no parameter 'shuffle'.*Chain\(sampler, shuffle=True"
    ):
        TomekLinks(shuffle=True)  # type: ignore[call-arg]
    with pytest.raises(TooFewRowsError, match=r"class \('yes', 'b'\) has 9"):
        SMOTE(balance="class-group", k_neighbors=9).fit(NUMBERS, CLASS, groups=GROUP)
    table = pa.table({"x": NUMBERS[:, 0], "y": CLASS})
    with pytest.raises(
        UnsupportedTypeError, match=r"balance='class-group'\) is not supported by poise.b"
    ):
        big.resample(table, sampler, target="y")


def test_groups_reach_the_sampler_in_a_pipeline() -> None:
    sampler = SMOTE(balance="class-group", random_state=0)
    model = make_pipeline(sampler, LogisticRegression())
    model.fit(NUMBERS, CLASS, groups=GROUP)
    with sklearn.config_context(enable_metadata_routing=True):
        assert sampler.get_metadata_routing().fit.requests["groups"] is True
        assert not SMOTE().get_metadata_routing().fit.requests["groups"]
