"""Safe-level SMOTE places new rows near the safer parent."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def test_the_first_row_can_be_a_partner() -> None:
    X = np.array([[0.0], [0.1], [9.0], [9.2], [9.4], [9.6], [9.8]])
    y = np.array([1, 1, 0, 0, 0, 0, 0])
    plan = SafeLevelSMOTE(k_neighbors=1, random_state=0).fit(X, y).plan_
    lineage = plan.lineage()
    assert {0, 1} == set(lineage.partner[plan.is_new].tolist())
