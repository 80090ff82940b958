"""Schemes of weights: their formulas, by hand and against scikit-learn, and targets of every form."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight

from poise.core.errors import InputError, NothingToDoWarning, ParameterError, UnknownNameError
from poise.decisions import CostMatrix
from poise.weights import class_weights, sample_weights
from poise.weights._schemes import SCHEMES

Y = ["a"] * 6 + ["b"] * 3 + ["c"]
ANY_LABELS = st.lists(st.integers(0, 3), min_size=1, max_size=60)
MULTI = np.array([[1, 0, 1], [1, 1, 0], [0, 0, 0], [1, 0, 0]])


def test_balanced_is_that_of_scikit_learn() -> None:
    expected = compute_class_weight("balanced", classes=np.array(["a", "b", "c"]), y=np.array(Y))
    assert class_weights(Y) == dict(zip("abc", expected.tolist(), strict=True))
    np.testing.assert_array_equal(sample_weights(Y), compute_sample_weight("balanced", Y))


def test_the_other_schemes_are_their_formulas_by_hand() -> None:
    # 6 / sqrt(6) + 3 / sqrt(3) + 1 = 5.1815
    assert class_weights(Y, "sqrt") == pytest.approx(
        {"a": 10 / 5.18154 / 6**0.5, "b": 10 / 5.18154 / 3**0.5, "c": 10 / 5.18154}, rel=1e-5
    )
    # beta = 0.5: effective numbers of rows 63/32, 7/4 and 1
    found = np.array(list(class_weights(Y, "effective", beta=0.5).values()))
    np.testing.assert_allclose(found / found[2], [32 / 63, 4 / 7, 1])
    # at most twice the weight of class a: 1, 2, 2, whose mean over the rows is 1.4
    expected = pytest.approx({"a": 1 / 1.4, "b": 2 / 1.4, "c": 2 / 1.4})
    assert class_weights(Y, "capped", cap=2) == expected


def test_effective_weights_are_those_of_the_paper_but_for_their_sum() -> None:
    y = np.repeat([0, 1, 2], [5000, 500, 50])
    effective = (1 - 0.999 ** np.array([5000, 500, 50])) / (1 - 0.999)
    of_paper = 3 * (1 / effective) / (1 / effective).sum()  # they add up to the number of classes
    found = np.array(list(class_weights(y, "effective").values()))
    np.testing.assert_allclose(3 * found / found.sum(), of_paper)


def test_effective_weights_lie_between_equal_and_balanced_ones() -> None:
    assert class_weights(Y, "effective", beta=0.0) == {"a": 1.0, "b": 1.0, "c": 1.0}
    near = class_weights(Y, "effective", beta=1 - 1e-12)
    assert near == pytest.approx(class_weights(Y), rel=1e-6)


@given(y=ANY_LABELS, scheme=st.sampled_from(SCHEMES))
def test_the_mean_weight_of_the_rows_is_1_and_rarer_classes_weigh_no_less(
    y: list[int], scheme: str
) -> None:
    assert sample_weights(y, scheme).mean() == pytest.approx(1)
    of_class = class_weights(y, scheme)
    by_size = sorted(of_class, key=y.count)
    weights = [of_class[label] for label in by_size]
    assert all(first >= second * (1 - 1e-12) for first, second in itertools.pairwise(weights))


@given(y=ANY_LABELS, scheme=st.sampled_from(SCHEMES))
def test_the_weight_of_a_row_is_that_of_its_class(y: list[int], scheme: str) -> None:
    of_class = class_weights(y, scheme)
    assert sample_weights(y, scheme).tolist() == [of_class[label] for label in y]


@given(y=ANY_LABELS)
def test_balanced_classes_have_the_same_total(y: list[int]) -> None:
    totals = np.bincount(y, sample_weights(y))
    np.testing.assert_allclose(totals[totals > 0], len(y) / len(set(y)))


@given(y=ANY_LABELS, cap=st.floats(1, 50))
def test_no_row_weighs_more_than_the_cap_allows(y: list[int], cap: float) -> None:
    weights = list(class_weights(y, "capped", cap=cap).values())
    assert max(weights) <= min(weights) * cap * (1 + 1e-12)


def test_a_dictionary_is_used_as_given() -> None:
    given = {"c": 7, "a": 1, "b": 0.0}
    assert class_weights(Y, given) == {"a": 1.0, "b": 0.0, "c": 7.0}
    assert sample_weights(Y, given).tolist() == [1.0] * 6 + [0.0] * 3 + [7.0]
    costs = CostMatrix([[0, 1, 1], [2, 0, 2], [5, 5, 0]], classes=["a", "b", "c"])
    assert class_weights(Y, costs.class_weights()) == {"a": 1.0, "b": 2.0, "c": 5.0}


def test_one_hot_targets_have_the_weights_of_their_columns() -> None:
    codes = np.repeat([0, 1, 2], [6, 3, 1])
    one_hot = np.eye(3, dtype=int)[codes]
    assert class_weights(one_hot) == class_weights(codes)
    for form in (one_hot, one_hot.astype(bool), one_hot.tolist(), pd.DataFrame(one_hot)):
        np.testing.assert_array_equal(sample_weights(form), sample_weights(codes))


@pytest.mark.parametrize("form", [np.array, list, pd.Series, pl.Series])
def test_every_column_is_read(form: Any) -> None:
    assert class_weights(form(Y)) == class_weights(Y)
    frame = pd.Series(Y, dtype="category")
    assert class_weights(frame) == class_weights(Y)


def test_multi_label_rows_weigh_the_product_of_their_columns_as_in_scikit_learn() -> None:
    np.testing.assert_allclose(sample_weights(MULTI), compute_sample_weight("balanced", MULTI))
    # Columns with 3, 1 and 1 of 4 ones; sqrt by hand for the first row: 4 / (sqrt(3) + 1) = 1.4641.
    rare, often = 1.4641, 1.4641 / 3**0.5
    assert sample_weights(MULTI, "sqrt")[0] == pytest.approx(often * often * rare, rel=1e-4)
    same = np.array([[1, 1], [1, 0], [1, 1]])
    np.testing.assert_allclose(sample_weights(same), sample_weights(same[:, 1]))


GROUPS = list("xxxxxxxyyy")
TARGET = [1, 1, 0, 0, 0, 0, 0, 1, 1, 0]


def test_groups_are_reweighed_by_the_formula_of_kamiran_and_calders() -> None:
    found = sample_weights(TARGET, groups=GROUPS)
    share = {
        (g, c): sum(a == g and b == c for a, b in zip(GROUPS, TARGET, strict=True)) / 10
        for g in "xy"
        for c in (0, 1)
    }
    expected = [
        GROUPS.count(g) / 10 * TARGET.count(c) / 10 / share[g, c]
        for g, c in zip(GROUPS, TARGET, strict=True)
    ]
    np.testing.assert_allclose(found, expected)
    assert found[0] == pytest.approx(0.7 * 0.4 / 0.2)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=60))
def test_groups_and_classes_are_independent_and_keep_their_shares(pairs: Any) -> None:
    pairs = [*pairs, *((group, label) for group in range(3) for label in range(3))]
    groups, y = map(np.array, zip(*pairs, strict=True))
    weights = sample_weights(y, groups=groups)
    table = np.zeros((3, 3))
    np.add.at(table, (groups, y), weights / len(y))
    shares = np.bincount(groups) / len(y), np.bincount(y) / len(y)
    np.testing.assert_allclose(table, np.outer(*shares))
    assert weights.mean() == pytest.approx(1)
    both = weights * sample_weights(y)
    np.testing.assert_allclose(np.bincount(y, both), len(y) / 3)
    assert both.mean() == pytest.approx(1)


def test_a_group_without_a_class_is_named() -> None:
    with pytest.warns(
        NothingToDoWarning, match="Group 'y' has no row of class 1.*Merge small groups"
    ):
        found = sample_weights([0, 1, 0], groups=["x", "x", "y"])
    assert np.isfinite(found).all()


@pytest.mark.parametrize(
    ("y", "arguments", "words"),
    [
        (Y, {"scheme": "balance"}, "no scheme='balance'.*Did you mean 'balanced'"),
        (Y, {"scheme": None}, "scheme=None must be one of 'balanced'"),
        (Y, {"scheme": {"a": 1, "b": 2}}, "no weight for class 'c' of y; it names 'a', 'b'"),
        (
            Y,
            {"scheme": {"a": 1, "b": 2, "c": 3, "cc": 4}},
            "names class 'cc', and no row has.*Did you mean 'c'.*stratified folds",
        ),
        (Y, {"scheme": {"a": 1, "b": -2, "c": 1}}, "class 'b' the weight -2; it must be"),
        (Y, {"scheme": {"a": 1, "b": np.nan, "c": 1}}, "class 'b' the weight nan"),
        (Y, {"scheme": {"a": 1, "b": "2", "c": 1}}, "class 'b' the weight '2'"),
        (Y, {"scheme": dict.fromkeys("abc", 0)}, "every class the weight 0"),
        ([], {}, "y is empty"),
        ([0, 1, None], {}, "y has 1 missing label"),
        (Y, {"scheme": CostMatrix([[0, 1], [4, 0]])}, r"Pass scheme=costs.class_weights\(\)"),
    ],
)
def test_bad_schemes_and_labels_are_named(y: Any, arguments: Any, words: str) -> None:
    for function in (class_weights, sample_weights):
        with pytest.raises(InputError, match=words):
            function(y, **arguments)


@pytest.mark.parametrize("wrong", [{"beta": 1.0}, {"beta": -0.1}, {"cap": 0.5}, {"cap": "a"}])
def test_numbers_out_of_range_are_named(wrong: Any) -> None:
    (name,) = wrong
    with pytest.raises(ParameterError, match=f"'{name}' parameter of sample_weights must be"):
        sample_weights(Y, **wrong)


def test_several_labels_per_row_have_no_class_weights() -> None:
    with pytest.raises(InputError, match=r"3 columns .* sample_weights\(y\).*library='torch'"):
        class_weights(MULTI)
    with pytest.raises(InputError, match="gives weights by label, but y has several labels"):
        sample_weights(MULTI, {0: 1, 1: 2})
    with pytest.raises(UnknownNameError, match="no scheme='sqr'.*Did you mean 'sqrt'"):
        sample_weights(MULTI, "sqr")
    with pytest.raises(InputError, match="groups= needs one class for each row"):
        sample_weights(MULTI, groups=list("aabb"))


def test_bad_groups_are_named() -> None:
    with pytest.raises(InputError, match="groups has 2 entries and y has 10"):
        sample_weights(Y, groups=[1, 2])
    with pytest.raises(InputError, match="scheme='sqrt' has others. Multiply them"):
        sample_weights(Y, "sqrt", GROUPS)
    with pytest.raises(UnknownNameError, match="no scheme='sqr'"):
        sample_weights(Y, "sqr", GROUPS)
    y, groups = pd.Series(TARGET), pd.Series(GROUPS)
    with pytest.raises(InputError, match="y and groups have the same index in different orders"):
        sample_weights(y, groups=groups[::-1])
    np.testing.assert_array_equal(
        sample_weights(y, groups=groups), sample_weights(TARGET, groups=GROUPS)
    )
