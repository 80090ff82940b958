"""make_imbalance keeps the requested number of rows of any table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from poise.core.errors import InputError
from poise.datasets import load_ecoli, load_german, make_imbalance


def test_counts_are_as_requested_and_rows_in_input_order() -> None:
    X, y = load_german().X_y()
    X_part, y_part = make_imbalance(X, y, sampling_strategy={2: 30}, random_state=0)
    assert y_part.value_counts().to_dict() == {1: 700, 2: 30}
    assert X_part.dtypes.equals(X.dtypes)
    assert X_part.index.is_monotonic_increasing


@pytest.mark.parametrize(("ratio", "kept"), [(0.1, 70), (0.29, 203)])
def test_a_ratio_reduces_the_smaller_class(ratio: float, kept: int) -> None:
    X, y = load_german().X_y()
    y_part = make_imbalance(X, y, sampling_strategy=ratio, random_state=0)[1]
    assert (y_part == 2).sum() == kept
    assert (y_part == 1).sum() == 700


def test_a_function_of_the_labels_can_return_the_counts() -> None:
    X, y = load_ecoli().arrays()
    y_part = make_imbalance(X, y, sampling_strategy=lambda y: {"cp": int((y == "im").sum())})[1]
    assert (y_part == "cp").sum() == (y_part == "im").sum() == 77


@pytest.mark.parametrize(
    ("strategy", "words"),
    [
        ({2: 301}, "asks for 301 rows of class 2"),
        (0.9, "asks for 630"),
        (None, "does not say how many"),
        ("auto", "does not say how many"),
    ],
)
def test_more_rows_than_a_class_has_raises(strategy: object, words: str) -> None:
    X, y = load_german().X_y()
    with pytest.raises(InputError, match=words):
        make_imbalance(X, y, sampling_strategy=strategy)  # type: ignore[arg-type]


def test_lengths_are_checked() -> None:
    with pytest.raises(InputError, match="inconsistent"):
        make_imbalance(np.eye(3), [0, 1], sampling_strategy={0: 1})


def test_a_function_gets_what_is_passed_beside_the_labels() -> None:
    def ratio(labels: Any, multiplier: float) -> dict[int, int]:
        return {1: int(multiplier * (labels == 1).sum())}

    X, y = np.zeros((40, 2)), np.repeat([0, 1], 20)
    _, part = make_imbalance(X, y, sampling_strategy=ratio, random_state=0, multiplier=0.5)
    assert np.bincount(part).tolist() == [20, 10]
    with pytest.raises(InputError, match="'multiplier' can only be passed to a function"):
        make_imbalance(X, y, sampling_strategy={1: 5}, multiplier=0.5)
