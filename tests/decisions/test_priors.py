"""Prior correction is Bayes' rule: the identities of the literature, and bad input."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit
from scipy.stats import norm
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression

from poise.core.errors import InputError, UnknownNameError
from poise.decisions import class_prior, estimate_prior, shift_prior

SHARES = st.floats(0.001, 0.999)
THREE = st.lists(st.floats(0.01, 1), min_size=3, max_size=3).map(lambda s: np.array(s) / sum(s))


@given(SHARES, SHARES, SHARES)
def test_log_odds_move_by_a_constant(p: float, trained: float, deployed: float) -> None:
    moved = logit(shift_prior([p], trained, deployed)[0]) - logit(p)
    assert moved == pytest.approx(logit(deployed) - logit(trained), abs=1e-8)


@given(SHARES, SHARES, SHARES)
def test_it_is_elkans_second_theorem(p: float, b: float, new: float) -> None:
    expected = new * (p - p * b) / (b - p * b + new * p - b * new)
    assert shift_prior([p], b, new)[0] == pytest.approx(expected, rel=1e-9)


@given(SHARES, st.floats(0.001, 1))
def test_it_is_dal_pozzolos_for_under_sampling(p_sampled: float, beta: float) -> None:
    # A share beta of the common class is kept: of shares (1 - q, q) come ((1 - q) beta, q).
    q = 0.02
    trained = q / (q + beta * (1 - q))
    expected = beta * p_sampled / (beta * p_sampled - p_sampled + 1)
    assert shift_prior([p_sampled], trained, q)[0] == pytest.approx(expected, rel=1e-9)


def test_one_half_after_balancing_becomes_the_prevalence() -> None:
    # Dal Pozzolo et al. 2015: a balanced model's threshold of .5 is tau = N+ / N.
    assert shift_prior([0.5], 0.5, 0.03)[0] == pytest.approx(0.03)


@given(THREE, THREE, THREE, THREE)
def test_shifts_can_be_inverted_and_composed(p: Any, a: Any, b: Any, c: Any) -> None:
    there = shift_prior([p], a, b)
    np.testing.assert_allclose(shift_prior(there, b, a)[0], p, rtol=1e-8)
    np.testing.assert_allclose(shift_prior(there, b, c), shift_prior([p], a, c), rtol=1e-8)
    assert there.sum() == pytest.approx(1)


@given(THREE, THREE, THREE)
def test_odds_of_each_two_classes_move_by_their_shares(p: Any, a: Any, b: Any) -> None:
    moved = shift_prior([p], a, b)[0]
    for i, j in ((0, 1), (1, 2)):
        expected = (p[i] / p[j]) * (b[i] / a[i]) / (b[j] / a[j])
        assert moved[i] / moved[j] == pytest.approx(expected, rel=1e-8)


def test_a_single_column_is_the_second_of_two_classes() -> None:
    p = np.array([0.1, 0.5, 0.9])
    both = shift_prior(np.column_stack([1 - p, p]), [0.5, 0.5], [0.9, 0.1])
    np.testing.assert_allclose(shift_prior(p, 0.5, 0.1), both[:, 1])
    assert shift_prior([0.0, 1.0], 0.5, 0.1).tolist() == [0.0, 1.0]


def test_shares_may_be_dictionaries() -> None:
    p = [[0.2, 0.8]]
    by_name = shift_prior(p, {"no": 0.5, "yes": 0.5}, {"yes": 0.1, "no": 0.9})
    np.testing.assert_allclose(by_name, shift_prior(p, 0.5, 0.1))
    turned = shift_prior(p, {"no": 0.5, "yes": 0.5}, {"yes": 0.1, "no": 0.9}, classes=["yes", "no"])
    np.testing.assert_allclose(turned, shift_prior(p, 0.5, 0.9))


def test_a_class_that_no_longer_occurs_has_probability_0() -> None:
    assert shift_prior([[0.2, 0.3, 0.5]], [1 / 3] * 3, [0.5, 0.5, 0])[0].round(3).tolist() == [
        0.4,
        0.6,
        0.0,
    ]


def test_class_priors_include_weights() -> None:
    y = ["a"] * 6 + ["b"] * 2
    assert class_prior(y, class_weight={"a": 1, "b": 3}) == {"a": 0.5, "b": 0.5}
    assert class_prior(y, sample_weight=[1] * 6 + [9] * 2)["b"] == 0.75
    both = class_prior(y, class_weight={"b": 3}, sample_weight=[1] * 6 + [2] * 2)
    assert both["b"] == pytest.approx(2 / 3)


def test_shares_may_be_what_value_counts_gives() -> None:
    y = pd.Series(["ok"] * 9 + ["fraud"])
    counted = y.value_counts(normalize=True)  # the frequent one first
    found = shift_prior([[0.5, 0.5]], {"ok": 0.5, "fraud": 0.5}, counted)
    assert found[0].round(9).tolist() == [0.1, 0.9]


def test_balanced_weights_make_weighted_shares_equal() -> None:
    rng = np.random.RandomState(0)
    y = (rng.uniform(size=400) < 0.2).astype(int)
    X, w = rng.randn(400, 2) + y[:, None], np.where(y == 1, 3.0, 1.0)
    assert class_prior(y, sample_weight=w, class_weight="balanced") == {0: 0.5, 1: 0.5}
    model = LogisticRegression(C=np.inf, class_weight="balanced").fit(X, y, sample_weight=w)
    seen = np.where(y == 1, 1 / w[y == 1].sum(), 1 / w[y == 0].sum()) * w
    assert np.average(model.predict_proba(X)[:, 1], weights=seen) == pytest.approx(0.5, abs=1e-3)


# The unknown prior


def draw(seed: int, share: float, n: int) -> np.ndarray:
    """Return right probabilities, for half of the rows being events, where a share of them are."""
    rng = np.random.RandomState(seed)
    z = np.where(rng.uniform(size=n) < share, 1, -1) + rng.randn(n)
    return expit(2 * z)


def test_intervals_cover_the_share_in_95_percent_of_draws_also_near_0() -> None:
    for share in (0.3, 0.02):
        found = [estimate_prior(draw(seed, share, 400), 0.5) for seed in range(200)]
        inside = np.mean([e.low[1] <= share <= e.high[1] for e in found])
        assert 0.9 <= inside <= 0.99
        assert np.mean([e.prior[1] for e in found]) == pytest.approx(share, abs=0.01)


def test_the_estimate_is_the_most_likely_share() -> None:
    p = draw(0, 0.2, 500)
    shares = np.linspace(0.001, 0.999, 999)
    likely = [np.log(2 * p * s + 2 * (1 - p) * (1 - s)).sum() for s in shares]
    found = estimate_prior(p, 0.5)
    assert found.prior[1] == pytest.approx(shares[int(np.argmax(likely))], abs=0.001)
    assert found.prior.sum() == pytest.approx(1)
    least = max(likely) - 1.92
    inside = shares[np.array(likely) >= least]
    assert (found.low[1], found.high[1]) == pytest.approx((inside[0], inside[-1]), abs=0.002)


def test_three_classes_are_estimated_at_once() -> None:
    rng = np.random.RandomState(0)
    true, centres = np.array([0.8, 0.15, 0.05]), np.array([[0, 0], [2, 0], [0, 2.0]])
    inside = np.zeros(3)
    for _ in range(40):
        x = centres[rng.choice(3, size=300, p=true)] + rng.randn(300, 2)
        density = np.exp(-((x[:, None] - centres) ** 2).sum(axis=2) / 2)
        found = estimate_prior(density / density.sum(axis=1, keepdims=True), [1 / 3] * 3)
        inside += (found.low <= true) & (true <= found.high)
    assert (inside >= 34).all()


def test_a_class_that_may_be_absent_widens_the_interval_of_a_similar_class() -> None:
    centres = np.array([[0, 0], [1.5, 0], [1.7, 0.3]])
    rng = np.random.RandomState(0)
    x = centres[rng.choice(3, size=150, p=[0.5, 0.5, 0])] + rng.randn(150, 2)
    density = np.exp(-((x[:, None] - centres) ** 2).sum(axis=2) / 2)
    p = density / density.sum(axis=1, keepdims=True)
    found = estimate_prior(p, [1 / 3] * 3)
    grid = np.linspace(0, 1, 101)
    likely = np.full(101, -np.inf)
    for i, share in enumerate(grid):
        for other in grid * (1 - share):
            prior = np.array([1 - share - other, share, other]).clip(1e-12)
            likely[i] = max(likely[i], np.log(p @ prior).sum())
    inside = grid[likely >= likely.max() - 1.92]
    assert (found.low[1], found.high[1]) == pytest.approx((inside[0], inside[-1]), abs=0.015)


def test_without_events_the_interval_starts_at_0() -> None:
    found = estimate_prior(draw(0, 0.0, 500), 0.5)
    assert found.low[1] == 0
    assert 0.005 < found.high[1] < 0.05


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: shift_prior([0.5, 1.2], 0.5, 0.1), InputError, "row 1 has 1.2"),
        (lambda: shift_prior([np.nan], 0.5, 0.1), InputError, "row 0 has nan"),
        (lambda: shift_prior([[0.5, 0.4]], 0.5, 0.1), InputError, "row 0 adds up to 0.9"),
        (lambda: shift_prior([0.5], [0.5, 0.6], 0.1), InputError, "adds up to 1.1. Divide counts"),
        (lambda: shift_prior([0.5], 0.5, 1.1), InputError, "deployed=1.1 must hold shares from 0"),
        (lambda: shift_prior([0.5], [0.2, 0.3, 0.5], 0.1), InputError, "each of the 2 classes, or"),
        (lambda: shift_prior([[0.2, 0.3, 0.5]], 0.1, 0.1), InputError, "each of the 3 classes."),
        (
            lambda: shift_prior([[0.5, 0.5]], {"no": 0.5, "yes": 0.5}, {"no": 0.9, "yess": 0.1}),
            UnknownNameError,
            "deployed names class 'yess'; the classes are 'no', 'yes'. Did you mean 'yes'?",
        ),
        (
            lambda: shift_prior([[0.5, 0.5]], {"no": 0.5, "yes": 0.5}, {"no": 1.0}),
            InputError,
            "must have a share for class 'yes'",
        ),
        (lambda: shift_prior([0.5], 0.5, 0.1, classes=["a"]), InputError, "classes has 1 labels"),
        (
            lambda: shift_prior([[0.5, 0.5]], {"a": 0.5, 1: 0.5}, 0.1),
            InputError,
            "cannot be sorted",
        ),
        (lambda: shift_prior([0.5], 0.0, 0.1), InputError, "trained is 0 for class 1"),
        (
            lambda: shift_prior([0.5, 1.0], 0.5, 0.0),
            InputError,
            "Row 1 has all its probability on classes",
        ),
        (lambda: shift_prior(0.5, 0.5, 0.1), InputError, "proba has shape ()"),
        (lambda: shift_prior([[1.0]], 0.5, 0.1), InputError, "proba has shape (1, 1)"),
        (lambda: estimate_prior([0.5], 0.5, confidence=95), InputError, "confidence=95"),
        (lambda: estimate_prior([0.5], 0.5, confidence=0), InputError, "confidence=0"),
        (lambda: estimate_prior([0.5], 0.5, confidence=1), InputError, "confidence=1"),
        (lambda: shift_prior([0.5], [300, 100], 0.1), InputError, "Divide counts by their sum"),
        (lambda: class_prior(["a", "b"], sample_weight=[1, -1]), InputError, "0 or more"),
        (lambda: class_prior(["a", "b"], sample_weight=[1]), InputError, "sample_weight"),
        (lambda: class_prior(["a", "b"], class_weight="even"), InputError, "class_weight='even'"),
        (lambda: estimate_prior([0.5], 0.0), InputError, "trained is 0 for class 1"),
    ],
)
def test_invalid_shares_and_probabilities_raise_an_error(call: Any, error: Any, words: str) -> None:
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value)


def test_a_class_that_was_not_trained_on_stays_impossible() -> None:
    moved = shift_prior([[0.3, 0.7, 0.0]], [0.5, 0.5, 0.0], [0.25, 0.75, 0.0])
    np.testing.assert_allclose(moved, [[0.125, 0.875, 0.0]])


def test_shares_with_labelled_rows_are_those_of_the_means() -> None:
    """Class means .2 and .8 of the event's probability; new rows with the mean .5 are half of each."""
    proba_true = np.array([0.1, 0.3] * 4 + [0.7, 0.9] * 3)
    y_true = np.repeat(["no", "yes"], [8, 6])
    found = estimate_prior([0.4, 0.6, 0.5, 0.5], y_true=y_true, proba_true=proba_true)
    np.testing.assert_allclose(found.prior, [0.5, 0.5])
    assert (found.low < 0.5).all()
    assert (found.high > 0.5).all()
    assert found.low[0] == pytest.approx(1 - found.high[1])
    first = estimate_prior(  # the same, with labels whose rarest sorts first
        [0.4, 0.6, 0.5, 0.5], y_true=np.repeat(["no", "late"], [8, 6]), proba_true=proba_true
    )
    np.testing.assert_allclose(np.array(first[:3]), np.array(found[:3]))


def test_fieller_ends_are_where_the_difference_is_z_errors() -> None:
    rng = np.random.RandomState(0)
    proba_true, y_true = rng.beta(2, 5, 60), np.repeat([0, 1], [40, 20])
    proba_true[40:] = rng.beta(5, 2, 20)
    proba = rng.beta(3, 4, 200)
    found = estimate_prior(proba, y_true=y_true, proba_true=proba_true, confidence=0.9)
    a, b = proba_true[:40], proba_true[40:]
    for end in (found.low[1], found.high[1]):
        off = proba.mean() - (1 - end) * a.mean() - end * b.mean()
        variance = (
            proba.var(ddof=1) / 200
            + (1 - end) ** 2 * a.var(ddof=1) / 40
            + end**2 * b.var(ddof=1) / 20
        )
        assert off**2 / variance == pytest.approx(norm.ppf(0.95) ** 2)


def test_three_shares_are_found_and_their_intervals_hold_them() -> None:
    X, y = make_classification(
        9000, n_classes=3, n_informative=4, weights=[0.5, 0.3], random_state=0
    )
    model = LogisticRegression().fit(X[:1000], y[:1000])
    new = np.concatenate(
        [np.flatnonzero(y[2000:] == code)[:n] + 2000 for code, n in enumerate((300, 300, 900))]
    )
    found = estimate_prior(
        model.predict_proba(X[new]),
        y_true=y[1000:2000],
        proba_true=model.predict_proba(X[1000:2000]),
    )
    assert found.prior.sum() == pytest.approx(1)
    np.testing.assert_allclose(found.prior, [0.2, 0.2, 0.6], atol=0.06)
    assert (found.low < [0.2, 0.2, 0.6]).all()
    assert (found.high > [0.2, 0.2, 0.6]).all()


def test_classes_with_equal_means_tell_nothing() -> None:
    for p in ([0.4, 0.6, 0.4, 0.6, 0.5], [0.3] * 5):
        found = estimate_prior([0.5, 0.4], y_true=[0] * 5 + [1] * 5, proba_true=p * 2)
        assert (found.low.tolist(), found.high.tolist()) == ([0.0, 0.0], [1.0, 1.0])
        assert found.prior.tolist() == [0.5, 0.5]
    alike = np.tile([0.5, 0.3, 0.2], (30, 1))
    three = estimate_prior(alike, y_true=np.arange(30) % 3, proba_true=alike)
    assert (three.low.tolist(), three.high.tolist()) == ([0.0] * 3, [1.0] * 3)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "Pass either y_true and proba_true"),
        ({"trained": 0.5, "y_true": [0, 1], "proba_true": [0.1, 0.9]}, "Pass either"),
        ({"y_true": [0, 1]}, "Pass either"),
        ({"y_true": [0] * 5 + [1] * 4, "proba_true": [0.1] * 9}, "Class 1 has 4 rows in y_true"),
        ({"y_true": [0, 1] * 5, "proba_true": [[0.1, 0.9]] * 10}, "must both be a single column"),
        (
            {"y_true": [0, 1] * 5, "proba_true": [0.1] * 10, "pos_label": 7},
            "pos_label=7 is not among",
        ),
        ({"y_true": [0, 0, 1, 1], "proba_true": [0.1, 0.2, 0.9]}, "proba_true"),
        ({"y_true": [0, 1, 2] * 2, "proba_true": [0.5] * 6}, "pass the same number of each"),
        ({"y_true": [0, 1] * 2, "proba_true": [0.5] * 4, "classes": [0, 2]}, "classes has 0, 2"),
    ],
)
def test_labelled_rows_that_do_not_fit_raise(given: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        estimate_prior([0.2, 0.3], **given)


def test_a_single_column_and_shares_by_label_need_the_event() -> None:
    even, rare = {"bad": 0.5, "good": 0.5}, {"bad": 0.1, "good": 0.9}
    expected = shift_prior([0.5, 0.8], 0.5, 0.1)
    np.testing.assert_allclose(shift_prior([0.5, 0.8], even, rare, pos_label="bad"), expected)
    by_classes = shift_prior([0.5, 0.8], even, rare, classes=["good", "bad"])
    np.testing.assert_allclose(by_classes, expected)
    with pytest.raises(
        InputError, match="do not tell which of 'bad', 'good' it is. Pass pos_label="
    ):
        shift_prior([0.5, 0.8], even, rare)
    both = shift_prior([0.5, 0.8], even, rare, classes=["bad", "good"], pos_label="bad")
    np.testing.assert_allclose(both, expected)
    for before, after, event in (
        ([0.5, 0.5], [0.1, 0.9], "bad"),
        (0.5, 0.1, "z"),
        (even, rare, "z"),
    ):
        with pytest.raises(InputError, match="pos_label="):
            shift_prior([0.5], before, after, pos_label=event)


def test_shares_and_weights_at_the_ends_of_floats_give_right_shares() -> None:
    assert shift_prior([0.5], 1e-320, 0.5)[0] == pytest.approx(1)
    assert class_prior([0, 1], sample_weight=[1.7e308, 1.7e308]) == {0: 0.5, 1: 0.5}
    assert class_prior([0, 1], class_weight={0: 1e308, 1: 1e308}) == {0: 0.5, 1: 0.5}


def test_balanced_weights_are_those_of_the_classes_that_have_any_weight() -> None:
    labels = ["a", "b", "c"]
    found = class_prior(labels, sample_weight=[0.25, 0.75, 0.0], class_weight="balanced")
    assert found == {"a": 0.5, "b": 0.5, "c": 0.0}


def test_a_class_that_was_not_trained_on_has_no_estimated_share() -> None:
    p = draw(0, 0.2, 100)
    three = np.column_stack([1 - p, p, np.zeros(100)])
    two, found = estimate_prior(p, 0.5), estimate_prior(three, [0.5, 0.5, 0.0])
    np.testing.assert_allclose(found.prior, [*two.prior, 0.0])


def test_no_labels_have_no_prior() -> None:
    with pytest.raises(InputError, match="y is empty"):
        class_prior([])
