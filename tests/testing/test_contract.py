"""Every exported sampler obeys the contract in every container."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from own_methods import LNSMOTE, SquaredGapSMOTE, SurroundedRows
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier

import poise
from poise import SMOTE
from poise._methods import METHODS
from poise.base import SeedNeighborPairs, VoteRule, in_class
from poise.core.plan.recipes import Recipe, Segment
from poise.core.sampling.resampler import OverSampler, Resampler
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
            if name == "Chain":  # of any samplers: see tests/test_combine.py
                continue
            sampler = getattr(module, name)()
            if isinstance(sampler, Resampler):
                found += [clone(sampler).set_params(**v) for v in VARIANTS.get(name, [{}])]
    return found


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("sampler", exported_samplers(), ids=repr)
@pytest.mark.filterwarnings("ignore:X is sparse and has columns")
def test_every_sampler_keeps_the_contract(sampler: Resampler, container: str) -> None:
    check_resampler(sampler, [container])


def test_every_exported_sampler_has_a_method_name_and_is_at_the_top() -> None:
    classes = {type(sampler) for sampler in exported_samplers()}
    names = {found.__name__ for found in classes}
    assert names == set(METHODS.values()), (
        "add it to METHODS (_api.py), or to its package's __all__"
    )
    assert names <= set(poise.__all__), "add it to poise/__init__.pyi"
    assert all(getattr(poise, found.__name__) is found for found in classes)


class FromAnyRow(OverSampler):
    """New rows at a fixed gap from members of the class to any row."""

    def __init__(self, gap: float = 0.5, random_state: Any = None) -> None:
        self.gap = gap
        self.random_state = random_state
        self.sampling_strategy = "auto"

    def _rows(self, problem: Any, code: int) -> Any:
        return np.arange(problem.n_rows)

    def grow(self, problem: Any, code: int, n_rows: int, rng: Any) -> Recipe:
        seeds = rng.choice(problem.labels.members(code), n_rows)
        rows = self._rows(problem, code)
        others = (np.searchsorted(rows, seeds) + rng.randint(1, len(rows), n_rows)) % len(rows)
        partners = rows[others]
        return Segment(seeds, partners, np.full(n_rows, self.gap))


class FromDeclaredRow(FromAnyRow):
    partners = "any class"


class FromOwnClass(FromAnyRow):
    def _rows(self, problem: Any, code: int) -> Any:
        return problem.labels.members(code)


class Extrapolating(FromOwnClass):
    gap_range = (-0.5, 1.0)


def test_partners_of_another_class_must_be_declared() -> None:
    with pytest.raises(AssertionError, match="another class.*set partners = 'any class'"):
        check_resampler(FromAnyRow(), ["numpy float64"])
    check_resampler(FromDeclaredRow(), ["numpy float64"])


@pytest.mark.parametrize("gap", [-0.5, 1.25])
def test_a_gap_outside_0_to_1_must_be_declared(gap: float) -> None:
    with pytest.raises(AssertionError, match="a gap is outside gap_range.*set gap_range"):
        check_resampler(FromOwnClass(gap), ["numpy float64"])
    check_resampler(FromOwnClass(1.0), ["numpy float64"])


def test_a_declared_gap_range_is_checked_at_both_ends() -> None:
    check_resampler(Extrapolating(-0.5), ["numpy float64"])
    with pytest.raises(AssertionError, match=r"gap_range = \(-0.5, 1.0\)"):
        check_resampler(Extrapolating(-0.75), ["numpy float64"])


class Wide(SMOTE):
    """Searches one neighbour more than it says."""

    def pairs(self, problem: Any, code: int) -> SeedNeighborPairs:
        k = self.k_neighbors + 1
        return SeedNeighborPairs(problem.labels.members(code), in_class(problem, code, k), k)


def test_a_method_that_searches_more_neighbours_than_it_says_fails() -> None:
    with pytest.raises(AssertionError, match="not among the 5 nearest rows of its seed row"):
        check_resampler(Wide(), ["numpy float64"])


class OwnPartner(FromOwnClass):
    """Blends rows with themselves."""

    def grow(self, problem: Any, code: int, n_rows: int, rng: Any) -> Recipe:
        seeds = rng.choice(problem.labels.members(code), n_rows)
        return Segment(seeds, seeds, np.full(n_rows, 0.5))


class Ranked(SMOTE):
    """Computes gaps from all numbers together."""

    def gaps(self, uniforms: Any) -> Any:
        return (np.argsort(np.argsort(uniforms)) + 0.5) / len(uniforms)


class LooksTooShort(LNSMOTE):
    """Also looks at the neighbours of its neighbours."""

    looks_at = "all rows"


class AnotherRule(SurroundedRows):
    """Removes rows by another rule than it states."""

    @property
    def rule(self) -> VoteRule:
        return VoteRule(3, rank=2, wanted=1, is_exact=True)


@pytest.mark.parametrize(
    ("sampler", "words"),
    [
        (OwnPartner(), "has its seed row as its partner; partners are other rows"),
        (
            Ranked(),
            r"gaps\(\) of some uniform numbers differ.*compute each gap from its own number",
        ),
        (LooksTooShort(), "so looks_at does not describe the method. Correct looks_at"),
        (AnotherRule(), "so rule does not describe the method. Correct rule, or set it to None"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_method_that_is_not_what_it_states_fails(sampler: Any, words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        check_resampler(sampler, ["numpy float64"])


@pytest.mark.parametrize("sampler", [LNSMOTE(), SurroundedRows(), SquaredGapSMOTE()])
def test_methods_of_ones_own_keep_the_contract(sampler: Any) -> None:
    check_resampler(sampler, ["numpy float64", "lists"])
