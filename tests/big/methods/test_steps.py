"""Samplers that can be streamed, and errors for those that cannot."""

from __future__ import annotations

from typing import Any

import pytest
from big_tables import (
    TABLE,
)

from poise import (
    ADASYN,
    SMOTE,
    CondensedNearestNeighbour,
    EditedNearestNeighbours,
    RandomUnderSampler,
    SMOTETomek,
    TomekLinks,
    big,
)
from poise.big.methods.steps import read_steps
from poise.big.request import Request, read_request
from poise.core.errors import (
    InputError,
    UnsupportedTypeError,
)


def test_samplers_that_cannot_be_streamed_say_what_can() -> None:
    from sklearn.neighbors import NearestNeighbors

    with pytest.raises(
        UnsupportedTypeError, match="cannot be done exactly.*Supported are: RandomOver"
    ):
        big.resample(TABLE, CondensedNearestNeighbour(), target="y")
    with pytest.raises(UnsupportedTypeError, match=r"neighbor_space='robust'.*'raw' or 'standard'"):
        big.resample(TABLE, SMOTE(neighbor_space="robust"), target="y")
    with pytest.raises(UnsupportedTypeError, match="replacement=True"):
        big.resample(TABLE, RandomUnderSampler(replacement=True), target="y")
    with pytest.raises(UnsupportedTypeError, match="searches all rows"):
        big.resample(TABLE, ADASYN(n_neighbors=NearestNeighbors()), target="y")
    with pytest.raises(UnsupportedTypeError, match="is not a sampler of Poise"):
        big.resample(TABLE, SMOTE, target="y")
    with pytest.raises(InputError, match="is a function of y, but y is not in memory"):
        big.resample(TABLE, SMOTE(sampling_strategy=lambda y: {1: 9}), target="y")
    with pytest.raises(UnsupportedTypeError, match="with ADASYN"):
        big.resample(TABLE, SMOTETomek(smote=ADASYN()), target="y")


def test_steps_that_search_elsewhere_are_refused() -> None:

    sampler = SMOTETomek(tomek=TomekLinks(neighbor_space="standard"))
    with pytest.raises(UnsupportedTypeError, match="searches in another space"):
        big.resample(TABLE, sampler, target="y", id="id")


def request(sampler: Any, order: str = "oversample-then-clean") -> Request:
    options: Any = {"id": "id", "memory": "2GB", "rate": None, "extra": ()}
    return read_request(TABLE.schema, sampler, target="y", order=order, **options)


def test_samplers_have_one_step_or_two() -> None:
    smote, enn = SMOTE(random_state=0), EditedNearestNeighbours()
    assert read_steps(request(smote)).over is smote
    assert read_steps(request(enn)).cleaner is enn
    both = read_steps(request(SMOTETomek(smote=smote)))
    assert both.over == smote
    assert not both.cleans_first


def test_the_smallest_class_is_spared_if_cleaning_is_first() -> None:
    last = read_steps(request(SMOTETomek(), "oversample-then-clean")).cleaner
    first = read_steps(request(SMOTETomek(), "clean-then-oversample")).cleaner
    own = TomekLinks(sampling_strategy="all")
    given = read_steps(request(SMOTETomek(tomek=own), "clean-then-oversample")).cleaner
    strategies = [step.sampling_strategy for step in (last, first, given) if step is not None]
    assert strategies == ["all", "auto", "all"]
