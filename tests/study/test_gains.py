"""The error of a gain: from rows and repeats, from folds, and from both."""

import numpy as np
import pytest
from scipy.stats import t

from poise.study.gains import Gain, Variance, measured, variance_of_rows
from poise.study.statistics import Measured, measured_by_folds


def gain(
    by_repeat, *, weights=None, by_fold=(0.1, 0.3), row_variance=0.04, freedom=20.0, likeness=0.9
):
    n = len(by_repeat)
    weights = np.full(n, 1 / n) if weights is None else np.array(weights)
    return Gain(np.array(by_repeat), weights, np.array(by_fold), row_variance, freedom, likeness)


def test_the_variance_of_two_means_is_that_of_welch():
    """For means of two classes, variance and degrees of freedom are those of the normal theory."""
    rng = np.random.default_rng(0)
    is_event = np.arange(60) < 20
    values = rng.standard_normal(60)
    change = np.where(is_event, (values - values[is_event].mean()) / 20, -values / 40)
    found = variance_of_rows(change, is_event)
    expected = values[is_event].var() / 20 + values[~is_event].var() / 40
    assert found.variance == pytest.approx(expected)
    parts = []
    for side, n in ((is_event, 20), (~is_event, 40)):
        squares = ((values[side] - values[side].mean()) / n) ** 2
        parts.append((squares**2).sum() - squares.sum() ** 2 / n)
    assert found.freedom == pytest.approx(2 * expected**2 / sum(parts))


def test_influences_of_a_group_are_added_before_they_are_squared():
    is_event = np.array([True, True, False, False])
    change = np.array([0.1, -0.1, 0.2, -0.2])
    found = variance_of_rows(change, is_event, np.array([7, 3, 7, 3]))
    assert found.variance == pytest.approx(2 * 0.3**2 * 2)
    assert found.freedom == 1
    few = np.repeat([3.0, 0.1], [1, 60])
    of_unequal = variance_of_rows(few - few.mean(), np.arange(61) % 2 == 0, np.arange(61))
    assert 1 <= of_unequal.freedom < 4  # one group carries nearly all
    alone = variance_of_rows(change, is_event, np.arange(4))
    assert alone.variance == pytest.approx(variance_of_rows(change, is_event).variance * 4 / 3)


def test_the_users_influences_are_not_changed():
    change = np.array([0.3, 0.1, 0.2])
    variance_of_rows(change, np.array([True, True, False]))
    assert change.tolist() == [0.3, 0.1, 0.2]


def test_the_error_adds_rows_and_repeats():
    found = measured(gain([0.1, 0.2, 0.3]), ratio=0.25)
    rows, repeats = 1.25 * 0.04, 0.01 / 3
    assert found.mean == pytest.approx(0.2)
    assert found.error == pytest.approx(np.sqrt(rows + repeats))
    assert found.freedom == pytest.approx((rows + repeats) ** 2 / (rows**2 / 20 + repeats**2 / 2))
    assert found.basis == "rows"
    pooled = measured(gain([0.1, 0.3]), ratio=0.25, between=Variance(0.5, 7.0))
    assert pooled.error == pytest.approx(np.sqrt(rows + 0.5 / 2))
    assert pooled.freedom == pytest.approx((rows + 0.25) ** 2 / (rows**2 / 20 + 0.25**2 / 7))


def test_an_incomplete_repeat_has_a_smaller_weight_and_tells_nothing_of_repeats():
    one = gain([0.1, 0.3, 0.9], weights=[0.4, 0.4, 0.2])
    assert one.mean == pytest.approx(0.34)
    assert one.between_repeats == pytest.approx(0.02)
    assert measured(one, 0.25).error == pytest.approx(np.sqrt(1.25 * 0.04 + 0.02 / 2))


def test_the_error_is_at_least_that_of_folds_where_asked_or_with_one_repeat():
    noisy = gain([0.2], by_fold=[-1.0, 1.4])
    by_folds = measured_by_folds(noisy.by_fold, 0.25)
    assert measured(noisy, 0.25) == by_folds._replace(mean=0.2)
    assert measured(gain([0.2], by_fold=[0.2, 0.2]), 0.25).basis == "rows"
    twice = gain([0.2, 0.2], by_fold=[-1.0, 1.4])
    assert measured(twice, 0.25).basis == "rows"
    assert measured(twice, 0.25, with_folds=True).basis == "folds"
    assert np.isinf(measured(gain([0.2], by_fold=[0.2, np.nan]), 0.25).error)


@pytest.mark.parametrize("likeness", [0.49, -1.0, float("nan")])
def test_the_variance_of_folds_is_added_between_unlike_models(likeness):
    rows, repeats = 1.25 * 0.04, 0.01 / 3
    unlike = gain([0.1, 0.2, 0.3], by_fold=[-1.0, 0.4, 0.8], likeness=likeness)
    folds = measured_by_folds(unlike.by_fold, 0.25)
    found = measured(unlike, 0.25)
    variances = np.array([rows, repeats, folds.error**2])
    assert (found.mean, found.basis) == (pytest.approx(0.2), "both")
    assert found.error == pytest.approx(np.sqrt(variances.sum()))
    assert found.freedom == pytest.approx(variances.sum() ** 2 / (variances**2 / [20, 2, 2]).sum())
    assert measured(unlike, 0.25, with_folds=True) == found
    unknown = gain([0.2], by_fold=[0.2, np.nan], likeness=likeness)
    assert np.isinf(measured(unknown, 0.25).error)
    same = gain([0.0, 0.0], by_fold=[0.0, 0.0], row_variance=0.0, likeness=likeness)
    assert (measured(same, 0.25).error, measured(same, 0.25).freedom) == (0, 20)


def test_intervals_and_chances_are_those_of_t():
    found = Measured(0.2, 0.1, 7.0, "rows")
    estimate = found.estimate(0.9)
    assert estimate.high == pytest.approx(0.2 + t.ppf(0.95, 7) * 0.1)
    assert estimate.p_value == pytest.approx(2 * t.sf(2, 7))
    assert found.chance_above(0.1) == pytest.approx(t.cdf(1, 7))
    same = Measured(0.0, 0.0, 7.0, "rows")
    assert same.estimate() == (0, 0, 0, 1)
    assert (same.chance_above(0.01), same.chance_above(-0.01)) == (0, 1)
