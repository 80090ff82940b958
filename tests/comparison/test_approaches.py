"""Approaches are read from names, samplers, and dictionaries of both."""

from __future__ import annotations

from typing import Any

import imblearn.over_sampling
import pytest

import poise
from poise import compare
from poise.comparison.approaches import DEFAULT_APPROACHES, part_of, read_approaches
from poise.core.errors import InputError, UnknownNameError, UnsupportedTypeError


def test_shares_that_cannot_be_are_refused(X: Any, y: Any, quick: dict[str, Any]) -> None:
    for ratios, words in ((2, "must be a list"), ([1.5], "holds 1.5; a share"), (["x"], "must be")):
        with pytest.raises(InputError, match=words):
            compare(X, y, **quick | {"ratios": ratios})
    for name in ("smote@two", "smote@", "smote@2"):
        with pytest.raises(InputError, match=f"'{name}': the share must be a number from 0 to 1"):
            compare(X, y, **quick | {"approaches": [name]})
    foreign = {"approaches": [imblearn.over_sampling.SMOTE()], "ratios": [0.5]}
    with pytest.raises(
        UnsupportedTypeError, match=r"SMOTE is not a sampler of Poise.*Leave out ratios"
    ):
        compare(X, y, **quick | foreign)


def test_the_unchanged_rows_come_first_and_defaults_are_known() -> None:
    assert [approach.name for approach in read_approaches(None)] == list(DEFAULT_APPROACHES)
    assert [approach.name for approach in read_approaches(["smote"])] == ["as-is", "smote"]


def test_two_samplers_of_a_class_get_different_names() -> None:
    found = read_approaches([poise.SMOTE(), poise.SMOTE(k_neighbors=3), "smote"])
    assert [approach.name for approach in found] == ["as-is", "SMOTE", "SMOTE (2)", "smote"]


def test_shares_know_their_parent_and_class_weights_have_none() -> None:
    found = {one.name: one for one in read_approaches(["class-weights", "smote"], [0.5, 1])}
    assert list(found) == ["as-is", "class-weights", "smote@0.5", "smote"]
    assert (found["smote@0.5"].parent, found["smote@0.5"].share) == ("smote", 0.5)
    assert found["smote"].parent is None
    assert found["class-weights"].class_scheme == "balanced"


def test_reweighted_approaches_name_their_scheme() -> None:
    found = read_approaches(["reweighted", "reweighted-sqrt"])
    assert [one.scheme for one in found] == [None, "balanced", "sqrt"]
    assert all(one.sampler is None and one.class_scheme is None for one in found)
    with pytest.raises(UnknownNameError, match="'reweighted-sqr'.*Did you mean 'reweighted-sqrt'"):
        read_approaches(["reweighted-sqr"])


def test_distances_are_in_standard_units_for_names_and_untouched_for_objects() -> None:
    by_name, as_object = read_approaches(["smote", poise.SMOTE()])[1:]
    assert by_name.sampler.neighbor_space == "standard"
    assert as_object.sampler.neighbor_space == "raw"


def test_a_share_of_a_share_is_a_share_of_its_own_parent() -> None:
    (_, half) = read_approaches(["smote@0.5"])
    assert half.parent == "smote"
    assert part_of(half, 0.5).name == "smote@0.5@0.5"


def test_every_approach_is_read_again_from_what_it_gives() -> None:
    names = [
        *("as-is", "class-weights", "class-weights-sqrt", "class-weights-capped", "reweighted"),
        *("reweighted-effective", "balanced-bagging", "tuned-smote", "smote", "smote@0.5"),
    ]
    for approach in read_approaches(names):
        again = read_approaches({"again": approach.given})[-1]
        for part in ("class_scheme", "scheme", "is_bagged"):
            assert getattr(again, part) == getattr(approach, part)
        assert repr(again.sampler) == repr(approach.sampler)
        assert repr(again.candidates) == repr(approach.candidates)
