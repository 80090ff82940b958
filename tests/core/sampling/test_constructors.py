"""A misspelt parameter of a constructor is named with the nearest one."""

from __future__ import annotations

import inspect

import pytest
from sklearn.base import clone

from poise import SMOTE, RandomUnderSampler
from poise.core.errors import ParameterError


def test_a_misspelt_parameter_is_named_with_the_nearest_one() -> None:
    with pytest.raises(
        ParameterError, match="SMOTE has no parameter 'k_neighbours'. Did you mean 'k_neighbors'"
    ):
        SMOTE(k_neighbours=3)
    with pytest.raises(
        TypeError,
        match="Its parameters are random_state, sampling_strategy|sampling_strategy, random",
    ):
        RandomUnderSampler(zzz=3)
    assert list(inspect.signature(SMOTE.__init__).parameters)[1:] != []
    assert clone(SMOTE(k_neighbors=3)).k_neighbors == 3
