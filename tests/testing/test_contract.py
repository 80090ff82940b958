"""Every exported sampler keeps the contract, in every container."""

from __future__ import annotations

import pytest
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier

import poise
from poise._api import METHODS, method_class
from poise.core.sampling.resampler import Resampler
from poise.testing import CONTAINERS, check_resampler

VARIANTS = {
    "RandomOverSampler": [{}, {"shrinkage": 0.5}],
    "RandomUnderSampler": [{}, {"replacement": True}],
    "BorderlineSMOTE": [{"kind": "borderline-1"}, {"kind": "borderline-2"}],
    # A small model, since the contract fits it hundreds of times.
    "InstanceHardnessThreshold": [
        {"estimator": HistGradientBoostingClassifier(max_iter=3), "cv": 2},
    ],
    "EditedNearestNeighbours": [{"kind_sel": "all"}, {"kind_sel": "mode"}],
}


def exported_samplers() -> list[Resampler]:
    found = []
    for module in (poise.over_sampling, poise.under_sampling, poise.combine):
        for name in module.__all__:
            if name == "Chain":  # of any samplers: see tests/test_own.py
                continue
            sampler = getattr(module, name)()
            if isinstance(sampler, Resampler):
                found += [clone(sampler).set_params(**v) for v in VARIANTS.get(name, [{}])]
    return found


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("sampler", exported_samplers(), ids=repr)
def test_every_sampler_keeps_the_contract(sampler: Resampler, container: str) -> None:
    check_resampler(sampler, [container])


def test_every_exported_sampler_has_a_method_name_and_is_at_the_top() -> None:
    classes = {type(sampler) for sampler in exported_samplers()}
    assert classes == {method_class(name) for name in METHODS}
    assert all(getattr(poise, found.__name__) is found for found in classes)
