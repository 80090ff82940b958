"""Safe-level SMOTE places new rows near the safer parent."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
