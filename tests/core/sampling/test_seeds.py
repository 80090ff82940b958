"""Random seeds are checked, and set where the user has set none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import poise
from poise.core.errors import InputError, ParameterError
from poise.core.sampling.seeds import check_seed, fresh, random_stream, reseeded, seeded


@pytest.mark.parametrize("seed", ["zero", -1, 0.5])
def test_an_invalid_random_state_raises(seed: Any) -> None:
    with pytest.raises(ParameterError, match="is not a valid random seed.*Pass a whole number"):
        random_stream(seed)


@pytest.mark.parametrize("seed", [-1, 2**32, True, 1.0, "0", None])
def test_a_random_seed_is_a_whole_number_that_numpy_accepts(seed: Any) -> None:
    check_seed(0)
    check_seed(np.int64(2**32 - 1))
    with pytest.raises(InputError, match="from 0 to"):
        check_seed(seed)


def test_only_random_states_that_are_none_are_set() -> None:
    assert seeded(LogisticRegression(), 5).random_state == 5
    assert seeded(LogisticRegression(random_state=3), 5).random_state == 3


class Changing(LogisticRegression):  # type: ignore[misc]  # scikit-learn has no type hints
    """Changes a parameter in its constructor, as some packages do."""

    def __init__(self, names: Any = None, C: float = 1.0) -> None:
        super().__init__(C=C)
        self.names = list(names or [])


def test_estimators_that_change_their_parameters_are_copied_unfitted() -> None:
    fitted = Changing(["a"], C=0.5).fit([[0.0], [1.0]], [0, 1])
    pipeline = make_pipeline(StandardScaler(), fitted)
    with pytest.raises(RuntimeError):
        clone(pipeline)
    for copy in (fresh(fitted), fresh(pipeline)[-1]):
        assert (copy.names, copy.C) == (["a"], 0.5)
        assert not hasattr(copy, "coef_")
        assert copy.names is not fitted.names


def test_a_new_seed_replaces_every_other_one() -> None:
    chain = poise.Chain(poise.SMOTE(random_state=3), poise.RandomUnderSampler())
    states = [v for k, v in reseeded(chain, 7).get_params().items() if k.endswith("random_state")]
    assert set(states) == {7}
    assert len(states) >= 2
