"""Samplers share the constraints of their parameters."""

from __future__ import annotations

import inspect
from dataclasses import fields
from numbers import Integral, Real
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.neighbors import NearestNeighbors

from poise import (
    METHODS,
    SMOTE,
    BorderlineSMOTE,
    RandomOverSampler,
    RandomUnderSampler,
    make_sampler,
)
from poise.base import Problem, fitted, parameter, sampler
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
    first = ["sampling_strategy", "balance", "random_state", "shuffle"]
    assert names[:7] == [*first, "k_neighbors", "on_few_rows", "reach"]
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


def test_an_attribute_of_a_fit_is_no_parameter_and_not_there_before() -> None:
    @sampler
    class Found(RandomOverSampler):
        """A sampler that finds something."""

        share: float = parameter(default=0.5)
        n_found_: int = fitted()

        def extra_attributes(self, problem: Problem, amounts: dict[int, int]) -> dict[str, Any]:
            return {"n_found_": len(amounts)}

    one = Found(share=0.1)
    assert "n_found_" not in one.get_params()
    assert not hasattr(one, "n_found_")
    assert clone(one.fit([[1.0], [2.0], [3.0]], [0, 0, 1])).get_params() == one.get_params()
    assert one.n_found_ == 1
    with pytest.raises(ParameterError, match="Found has no parameter 'n_found_'"):
        Found(n_found_=1)


@pytest.mark.parametrize("method", METHODS)
def test_every_attribute_that_a_fit_sets_is_declared(method: Any) -> None:
    X, y = make_classification(300, weights=[0.8], random_state=0)
    one = make_sampler(method, random_state=0).fit(X, y)
    declared = {name for kind in type(one).__mro__ for name in inspect.get_annotations(kind)}
    set_by_fit = {name for name in vars(one) if name.endswith("_") and not name.startswith("_")}
    assert set_by_fit <= declared
    assert {item.name for item in fields(one)} <= set(one.get_params(deep=False))
