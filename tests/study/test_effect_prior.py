"""The posterior is that of Bayes' rule on a grid, and it is calibrated where the prior is true."""

import numpy as np
import pytest
from scipy.stats import norm

from poise.study.effect_prior import (
    SHARES,
    SPREADS,
    Prior,
    fit_prior,
    flat_posterior,
    mixture_after,
    posterior_of,
)
from poise.study.statistics import Measured

GRID = np.linspace(-80, 80, 400_001)


def on_a_grid(x, v, prior):
    """Return the posterior density at each point of the grid, with margin 1."""
    density = sum(
        share * norm.pdf(GRID, prior.location, prior.scale * spread)
        for share, spread in zip(SHARES, SPREADS, strict=True)
    ) * norm.pdf(x, GRID, np.sqrt(v))
    return density / density.sum()


@pytest.mark.parametrize("prior", [Prior(), Prior(-1.0, 0.3), Prior(0.4, 2.0)])
@pytest.mark.parametrize(("x", "error"), [(0.0, 0.5), (2.5, 1.0), (-4.0, 2.0), (30.0, 0.3)])
def test_the_posterior_is_that_of_bayes_rule(x, error, prior):
    margin = 0.02
    found = posterior_of(x * margin, error * margin, margin, prior)
    density = on_a_grid(x, error**2, prior)
    assert found.gain == pytest.approx(density[GRID > 1].sum(), abs=1e-3)
    assert found.loss == pytest.approx(density[GRID < -1].sum(), abs=1e-3)
    assert found.gain + found.equal + found.loss == pytest.approx(1)
    assert found.mean == pytest.approx(margin * (density @ GRID), abs=1e-6)
    assert found.regret_of_staying == pytest.approx(margin * (density @ GRID.clip(0)), abs=1e-5)
    assert found.regret_of_switching == pytest.approx(
        margin * (density @ -GRID.clip(None, 0)), abs=1e-5
    )
    cumulated = density.cumsum()
    for end, p in ((found.low, 0.025), (found.high, 0.975)):
        assert end / margin == pytest.approx(GRID[np.searchsorted(cumulated, p)], abs=2e-3)


def test_without_an_error_the_gain_is_what_was_measured():
    found = posterior_of(0.03, 0.0, 0.02, Prior())
    assert (found.gain, found.mean, found.low) == pytest.approx((1, 0.03, 0.03))
    same = posterior_of(0.0, 0.0, 0.02, Prior(-1, 0.2))
    assert (same.equal, same.mean) == pytest.approx((1, 0))


def test_a_gain_far_from_the_prior_is_believed():
    found = posterior_of(1e6, 1.0, 1.0, Prior(0, 0.1))
    assert found.gain == pytest.approx(1)
    assert np.isfinite(found.mean)


def test_the_margin_does_not_change_what_is_expected():
    at = [
        posterior_of(-0.08, 0.03, margin, Prior(-1, 0.5), unit=0.02)
        for margin in (0.002, 0.02, 0.2)
    ]
    assert at[0][3:] == at[1][3:] == at[2][3:]
    assert at[0].loss > at[1].loss > at[2].loss
    usual = posterior_of(-0.08, 0.03, 0.02, Prior(-1, 0.5))
    assert usual == at[1]


def test_chances_of_many_are_those_of_each():
    gains = np.array([-3.0, 0.0, 0.4, 5.0])
    above, below = mixture_after(gains, 0.8, Prior(0.2, 0.6)).beyond(1.5)
    for gain, over, under in zip(gains, above, below, strict=True):
        one = posterior_of(gain, 0.8, 1.5, Prior(0.2, 0.6), unit=1.0)
        assert (one.gain, one.loss) == pytest.approx((over, under))


def test_identical_decisions_have_no_regret_without_a_prior():
    same = flat_posterior(Measured(0.0, 0.0, 9.0, "rows"), 0.02)
    assert (same.equal, same.regret_of_staying, same.regret_of_switching) == (1, 0, 0)
    unknown = flat_posterior(Measured(0.1, np.inf, 1.0, "folds"), 0.02)
    assert np.isnan(unknown.regret_of_staying)


def drawn(prior, n, rng):
    return prior.location + prior.scale * rng.choice(SPREADS, n, p=SHARES) * rng.standard_normal(n)


def test_probabilities_are_calibrated_where_the_prior_is_true():
    rng = np.random.default_rng(0)
    prior, errors = Prior(0.3, 0.8), rng.uniform(0.3, 3, 3000)
    true = drawn(prior, 3000, rng)
    found = [
        posterior_of(x, e, 1.0, prior)
        for x, e in zip(true + errors * rng.standard_normal(3000), errors, strict=True)
    ]
    p = np.array([one.gain for one in found])
    assert np.mean([one.low <= t <= one.high for one, t in zip(found, true, strict=True)]) == (
        pytest.approx(0.95, abs=0.012)
    )
    for low in np.arange(0, 1, 0.2):
        inside = (p >= low) & (p < low + 0.2)
        error = np.sqrt((p * (1 - p))[inside].sum()) / inside.sum()
        assert (true[inside] > 1).mean() == pytest.approx(p[inside].mean(), abs=3 * error)


def test_the_prior_is_found_again():
    rng = np.random.default_rng(0)
    errors = rng.uniform(0.2, 1, 400)
    true = -1 + drawn(Prior(0.0, 0.5), 400, rng) * (errors / np.median(errors)) ** 0.75
    found = fit_prior(true + errors * rng.standard_normal(400), errors, np.arange(400))
    assert found.prior.location == pytest.approx(-1, abs=0.15)
    assert found.prior.scale == pytest.approx(0.5, rel=0.25)
    assert found.typical_error == np.median(errors)


def test_gains_that_grow_with_errors_have_one_scale():
    rng = np.random.default_rng(1)
    errors = np.exp(rng.normal(0, 1, 600))
    relative = (errors / np.median(errors)) ** 0.75
    true = 0.8 * relative * rng.standard_normal(600)
    found = fit_prior(true + errors * rng.standard_normal(600), errors, np.arange(600))
    of_table = found.of_table(3 * found.typical_error)
    assert of_table.scale == pytest.approx(3**0.75 * found.prior.scale)
    spread = np.sqrt(np.square(SPREADS) @ SHARES) * found.prior.scale
    assert spread == pytest.approx(0.8, rel=0.25)


def test_errors_that_are_overstated_hide_differences_between_tables():
    rng = np.random.default_rng(2)
    gains = 0.5 * rng.standard_normal(300) + 0.5 * rng.standard_normal(300)
    plain, right = (
        fit_prior(gains, np.full(300, 0.7), np.arange(300), overstated=times).prior.scale
        for times in (1.0, 1.4)
    )
    assert plain < right


def test_each_origin_counts_once():
    gains, errors = np.array([-1.0, 0.5, 2.0]), np.full(3, 0.1)
    once = fit_prior(gains, errors, ["a", "b", "c"])
    rows = [0, 1, 1, 1, 1, 1, 2]
    many = fit_prior(gains[rows], errors[rows], np.array(["a", "b", "c"])[rows])
    assert many == once


def test_few_origins_are_drawn_to_no_gain():
    one = fit_prior([3.0], [0.1], ["a"])
    assert one.prior.location == pytest.approx(3 / 11)
