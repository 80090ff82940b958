"""Verdicts of forensic checks combined_verdict, and the table that they examine."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from poise.core.errors import UnsupportedTypeError
from poise.diagnosis._evidence import (
    CANNOT_TELL,
    CLEAN,
    COPIED,
    TOO_FEW,
    Evidence,
    combined_verdict,
    read_parts,
)


def test_the_most_serious_verdict_wins_and_its_reason_is_first() -> None:
    found = combined_verdict(
        [Evidence(CLEAN, "a"), Evidence(COPIED, "b"), Evidence(CANNOT_TELL, "c")]
    )
    assert found == (COPIED, ["b", "c", "a"])


def test_classes_that_are_all_too_small_cannot_be_judged() -> None:
    assert combined_verdict([Evidence(TOO_FEW, "a"), Evidence(TOO_FEW, "a")]) == (
        CANNOT_TELL,
        ["a"],
    )


def test_columns_that_number_the_rows_are_left_out() -> None:
    X = pd.DataFrame({"number": range(13), "x": np.random.RandomState(0).normal(size=13)})
    assert read_parts(X, [0] * 6 + [1] * 7, "X", "y").numbers.shape == (13, 1)
    assert read_parts(X[:12], [0] * 6 + [1] * 6, "X", "y").numbers.shape == (12, 2)


def test_categories_are_codes_beside_the_numbers() -> None:
    X = pd.DataFrame({"town": list("abab"), "x": [0.5, 1.5, 0.5, 2.0]})
    read = read_parts(X, [0, 0, 1, 1], "X", "y")
    assert (read.numbers.shape, read.whole.shape) == ((4, 1), (4, 2))


def test_a_sparse_matrix_raises_an_error_with_the_way_out() -> None:
    with pytest.raises(
        UnsupportedTypeError, match=r"X_test is a sparse.*X_test\[:, columns\].toarray"
    ):
        read_parts(sp.csr_array(np.eye(3)), [0, 1, 1], "X_test", "y_test")
