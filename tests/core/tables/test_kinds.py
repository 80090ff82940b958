"""A column of numbers can have any kind that its values fit."""

from __future__ import annotations

import numpy as np
import pytest
from mixed_table import FRAME, N, Y
from one_column import smote

from poise.core.errors import (
    InputError,
)
from poise.over_sampling import SMOTE

N_FEW = 21
Y_FEW = np.repeat([0, 1], [14, 7])
NUMBERS = np.random.RandomState(0).randn(N_FEW)


@pytest.mark.parametrize("value", [np.inf, -np.inf, 2.0**63, 1e300])
def test_floats_too_large_to_be_whole_numbers_raise(value: float) -> None:
    values = np.where(np.arange(N_FEW) == 3, value, 1.0).reshape(-1, 1)
    with pytest.raises(InputError, match="column 0 is 'integer', but it holds"):
        smote(column_kinds={0: "integer"}).fit_resample(values, Y_FEW)


def test_a_flag_held_as_a_number_keeps_its_rate_when_declared() -> None:
    X = FRAME[["income"]].assign(flag=(FRAME["vip"]).astype(int))
    sampler = SMOTE(column_kinds={"flag": "bool"}, random_state=0)
    X_new, _ = sampler.fit_resample(X, Y)
    lineage = sampler.plan_.lineage()
    nearer = np.where(lineage.gap[N:] < 0.5, lineage.seed[N:], lineage.partner[N:])
    assert X_new["flag"][N:].tolist() == X["flag"].iloc[nearer].tolist()
