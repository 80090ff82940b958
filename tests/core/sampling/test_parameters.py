"""Samplers share the constraints of their parameters."""

from __future__ import annotations

from typing import Any

import pytest
from sklearn.neighbors import NearestNeighbors

from poise import SMOTE, BorderlineSMOTE, RandomUnderSampler
from poise.core.errors import ParameterError


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
