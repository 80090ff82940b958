"""Samplers share the constraints of their parameters."""

from __future__ import annotations

import inspect
from numbers import Integral, Real
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.neighbors import NearestNeighbors

from poise import SMOTE, BorderlineSMOTE, RandomUnderSampler
from poise.base import parameter, sampler
from poise.core.errors import ParameterError
from poise.core.sampling.parameters import (
    ANYTHING,
    ARRAY_LIKE,
    BOOLEAN,
    COUNT,
    NEIGHBORS,
    NONE,
    RANDOM_STATE,
    checked,
    integer,
    one_of,
    real,
)


@pytest.mark.parametrize("k", [1, 7, NearestNeighbors()])
def test_neighbours_are_a_count_or_an_object_with_kneighbors(k: Any) -> None:
    SMOTE(k_neighbors=k).check_parameters()


@pytest.mark.parametrize(
    "parameters",
    [
        {"k_neighbors": 0},
        {"k_neighbors": 2.5},
        {"k_neighbors": "five"},
        {"n_jobs": 1.5},
        {"column_kinds": "integer"},
        {"neighbor_space": 3},
        {"within_groups": "yes"},
        {"nominal": "majority"},
    ],
)
def test_a_parameter_out_of_range_is_named_with_its_value(parameters: dict[str, Any]) -> None:
    ((name, value),) = parameters.items()
    sampler = SMOTE if name != "nominal" else BorderlineSMOTE
    with pytest.raises(ParameterError, match=f"'{name}' parameter of .*{value}"):
        sampler(**parameters).check_parameters()


def test_the_random_state_of_every_sampler_is_checked() -> None:
    with pytest.raises(ParameterError, match="'random_state' parameter of RandomUnderSampler"):
        RandomUnderSampler(random_state="zero").check_parameters()


def test_a_constraint_words_itself_and_its_ends() -> None:
    assert (
        str(integer(2, 5) | one_of("auto") | NONE) == "an int in the range [2, 5], 'auto' or None"
    )
    assert str(real(0, 1, closed="left")) == "a float in the range [0, 1)"
    ends = {closed: real(0, 1, closed=closed) for closed in ("both", "left", "right", "neither")}
    accepted = {closed: (span.accepts(0), span.accepts(1)) for closed, span in ends.items()}
    assert accepted == {
        "both": (True, True),
        "left": (True, False),
        "right": (False, True),
        "neither": (False, False),
    }
    assert not any(real(0, 1).accepts(value) for value in (np.nan, "x", True))
    assert not real(0, np.inf).accepts(np.inf)
    assert [integer(2, 5).accepts(value) for value in (1, 2, 5, 6)] == [False, True, True, False]
    either = one_of("auto", None)
    assert [either.accepts(value) for value in ("auto", None, "x")] == [True, True, False]
    assert not any(kind.accepts(bool(1)) for kind in (integer(0), one_of(1)))


def test_parameters_of_a_subclass_stand_between_the_shared_ones() -> None:
    @sampler
    class Own(SMOTE):
        reach: float = parameter(default=0.5, allowed=real(0, 1))

    names = list(inspect.signature(Own).parameters)
    assert names[:4] == ["sampling_strategy", "random_state", "k_neighbors", "reach"]
    assert names[-1] == "n_jobs"
    assert clone(Own(reach=0.25)).get_params()["reach"] == 0.25
    with pytest.raises(
        ParameterError, match="'reach' parameter of Own must be a float in the range"
    ):
        Own(reach=2).check_parameters()


def test_a_function_is_checked_before_it_is_called() -> None:
    calls = []

    @checked(share=real(0, 1), names=ARRAY_LIKE | NONE)
    def half(share: float, *others: int, names: Any = None) -> float:
        """Return half a share."""
        calls.append((share, others, names))
        return share / 2

    assert half(0.5, 3, names=["a"]) == 0.25
    assert calls == [(0.5, (3,), ["a"])]
    assert half.__doc__ == "Return half a share."
    assert list(inspect.signature(half).parameters) == ["share", "others", "names"]
    for arguments, named, words in (((2,), {}, "share"), ((0.5,), {"names": 3}, "names")):
        with pytest.raises(ParameterError, match=f"'{words}' parameter of half must be"):
            half(*arguments, **named)
    assert len(calls) == 1
    assert half._skl_parameter_constraints == {"share": [Real], "names": ["array-like", None]}


@pytest.mark.parametrize(
    ("values", "allowed", "refused"),
    [
        (ANYTHING, [None, "x", 3], []),
        (BOOLEAN, [True, np.bool_(0)], [0, None]),
        (COUNT, [1, 2], [0, True, 1.0]),
        (RANDOM_STATE, [0, 2**32 - 1, np.random.RandomState(0), None], [-1, 2**32, 0.5]),
        (ARRAY_LIKE, [[1], np.array(3), pa.array([1])], [3, None]),
    ],
)
def test_shared_constraints_allow_what_they_say(values: Any, allowed: Any, refused: Any) -> None:
    assert all(values.accepts(value) for value in allowed)
    assert not any(values.accepts(value) for value in refused)


def test_kinds_are_known_only_if_those_of_all_parts_are() -> None:
    assert (COUNT | NONE).kinds == (Integral, None)
    assert one_of("auto", None).kinds == (str, None)
    assert NEIGHBORS.kinds == ()
