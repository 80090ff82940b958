"""Shares of classes follow from weights or are given, and decimals mean what they say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from poise.batches._shares import parts_of
from poise.core.errors import InputError, UnknownNameError
from poise.core.tables.labels import encode
from poise.weights import class_weights

LABELS = encode(np.repeat(["a", "b", "c"], [70, 20, 10]))


def test_balanced_classes_have_equal_parts() -> None:
    assert parts_of(LABELS, "balanced", None) == [1, 1, 1]


def test_weights_multiply_numbers_of_rows() -> None:
    assert parts_of(LABELS, {"a": 1, "b": 1, "c": 1}, None) == [7, 2, 1]
    assert parts_of(LABELS, {"a": 0.1, "b": 0.3, "c": 1}, None) == [7, 6, 10]
    of_rows = {"a": 100 / 210, "b": 100 / 60, "c": 100 / 30}  # scikit-learn's "balanced"
    parts = np.array(parts_of(LABELS, of_rows, None), dtype=float)
    assert np.allclose(parts / parts.sum(), 1 / 3)


def test_shares_are_taken_as_decimals() -> None:
    assert parts_of(LABELS, "balanced", {"c": 0.1, "a": 0.3, "b": 0.6}) == [3, 6, 1]
    assert parts_of(LABELS, "balanced", {"a": 1 / 3, "b": np.float64(1 / 3), "c": 1 / 3}) == [
        1,
        1,
        1,
    ]


@pytest.mark.parametrize("scheme", ["blanced", None, 3, ["balanced"], float("nan")])
def test_unknown_schemes_raise(scheme: Any) -> None:
    with pytest.raises(InputError, match="'balanced', 'sqrt', 'effective'.*dictionar"):
        parts_of(LABELS, scheme, None)


@pytest.mark.parametrize("scheme", ["balanced", "sqrt", "effective", "capped"])
def test_named_schemes_give_the_shares_of_their_weights(scheme: Any) -> None:
    y = np.repeat(["a", "b", "c"], LABELS.counts)
    weights = class_weights(y, scheme)
    totals = LABELS.counts * list(weights.values())
    parts = np.array(parts_of(LABELS, scheme, None), dtype=float)
    np.testing.assert_allclose(parts / parts.sum(), totals / totals.sum(), rtol=1e-12)
    by_dict = np.array(parts_of(LABELS, weights, None), dtype=float)
    np.testing.assert_allclose(by_dict / by_dict.sum(), totals / totals.sum(), rtol=1e-12)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"a": 1, "b": 1},
            "has no number for the label 'c' of y. Pass one for each of 'a', 'b', 'c'",
        ),
        ({"a": 1, "b": 1, "c": 0}, "has 0 for the label 'c'; it must be a finite number above 0"),
        ({"a": 1, "b": -2, "c": 1}, "has -2 for the label 'b'"),
        ({"a": float("nan"), "b": 1, "c": 1}, "has nan for the label 'a'"),
        ({"a": "1", "b": 1, "c": 1}, "has '1' for the label 'a'"),
        ({"a": True, "b": 1, "c": 1}, "has True for the label 'a'"),
        ({"a": 10**400, "b": 1, "c": 1}, "has 10+ for the label 'a'"),
    ],
)
def test_wrong_weights_and_shares_raise(given: Any, words: str) -> None:
    with pytest.raises(InputError, match="scheme " + words):
        parts_of(LABELS, given, None)
    with pytest.raises(InputError, match="shares " + words):
        parts_of(LABELS, "balanced", given)


def test_unknown_labels_raise_with_the_nearest() -> None:
    labels = encode(np.array(["fraud", "honest"]))
    words = "names 'frad', which is not a label of y; .* Did you mean 'fraud'?"
    with pytest.raises(UnknownNameError, match=words):
        parts_of(labels, {"frad": 1, "honest": 1}, None)


def test_shares_that_do_not_sum_to_1_and_both_at_once_raise() -> None:
    with pytest.raises(InputError, match="shares must sum to 1; .* sums to 1.1. Divide each"):
        parts_of(LABELS, "balanced", {"a": 0.5, "b": 0.4, "c": 0.2})
    with pytest.raises(InputError, match="shares=3 must be a dict with a number for each label"):
        parts_of(LABELS, "balanced", 3)
    with pytest.raises(InputError, match="Both scheme={'a': 1} and shares are given"):
        parts_of(LABELS, {"a": 1}, {"a": 1})
