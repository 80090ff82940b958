"""Safe-level SMOTE places new rows near the safer parent."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from towns import FRAME, Y

from poise.core.errors import NothingToDoWarning
from poise.over_sampling import SafeLevelSMOTE
from poise.over_sampling._safe_level_smote import safe_gaps


@given(st.integers(0, 5), st.integers(0, 5), st.integers(0, 2**31))
def test_safe_gaps_follow_the_five_cases_of_the_paper(
    of_seed: int, of_partner: int, seed: int
) -> None:
    if of_seed == of_partner == 0:
        return
    u = np.random.RandomState(seed).uniform()
    gap = safe_gaps(np.array([of_seed]), np.array([of_partner]), np.random.RandomState(seed))[0]
    if of_partner == 0:
        assert gap == 0
    elif of_seed >= of_partner:
        assert gap == pytest.approx(u * of_partner / of_seed)
    else:
        assert 1 - of_seed / of_partner <= gap <= 1


def test_a_row_of_level_0_grows_toward_a_partner_of_a_higher_level_and_lands_on_it() -> None:
    """The nearest row of the first two is of their class (level 1); that of the third is an enemy (0)."""
    values = np.array([[0.0], [1.0], [3.5], [4.0], [4.2], [4.4], [4.6], [4.8], [5.0], [5.2], [5.4]])
    labels = np.repeat([1, 0], [3, 8])
    sampler = SafeLevelSMOTE(k_neighbors=1, sampling_strategy={1: 33}, random_state=0)
    plan = sampler.fit(values, labels).plan_
    draws = np.random.RandomState(0)
    seed, u = draws.randint(0, 3, size=30), draws.uniform(size=30)
    lineage = plan.lineage()
    assert set(seed.tolist()) == {0, 1, 2}
    assert lineage.seed[11:].tolist() == seed.tolist()
    assert (lineage.partner[11:] == np.array([1, 0, 1])[seed]).all()
    np.testing.assert_allclose(lineage.gap[11:], np.where(seed == 2, 1.0, u))


def test_a_class_whose_nearest_rows_are_all_enemies_stays_and_a_warning_names_the_reason() -> None:
    values = np.array([[0.0], [9.0], [0.1], [0.2], [9.1], [9.2]])
    sampler = SafeLevelSMOTE(k_neighbors=1, random_state=0)
    with pytest.warns(NothingToDoWarning, match="SafeLevelSMOTE adds no rows to class 1: none"):
        assert sampler.fit(values, [1, 1, 0, 0, 0, 0]).plan_.n_made == 0


@pytest.mark.parametrize("nominal", ["donor", "vote"])
def test_neighbours_vote_only_if_the_user_says_so(nominal: str) -> None:
    sampler = SafeLevelSMOTE(nominal=nominal, random_state=0).fit(FRAME, Y)
    assert sampler.plan_.has_voters == (nominal == "vote")


def test_the_first_row_can_be_a_partner() -> None:
    X = np.array([[0.0], [0.1], [9.0], [9.2], [9.4], [9.6], [9.8]])
    y = np.array([1, 1, 0, 0, 0, 0, 0])
    plan = SafeLevelSMOTE(k_neighbors=1, random_state=0).fit(X, y).plan_
    lineage = plan.lineage()
    assert {0, 1} == set(lineage.partner[plan.is_new].tolist())
