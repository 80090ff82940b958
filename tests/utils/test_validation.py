"""Targets, strategies and neighbour objects are checked as imbalanced-learn documents it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

from poise.core.errors import InputError, MethodError, UnsupportedTypeError
from poise.utils import check_neighbors_object, check_sampling_strategy, check_target_type
from poise.utils._validation import ArraysTransformer, labels_of

y = np.array(["a"] * 6 + ["b"] * 3 + ["c"] * 2)


@pytest.mark.parametrize(
    ("strategy", "kind", "expected"),
    [
        ("auto", "over-sampling", {"b": 3, "c": 4}),
        ("minority", "over-sampling", {"c": 4}),
        ({"c": 9}, "over-sampling", {"c": 7}),
        ("auto", "under-sampling", {"a": 2, "b": 2}),
        ({"a": 4}, "under-sampling", {"a": 4}),
        ("auto", "clean-sampling", {"a": 2, "b": 2}),
        (["c"], "clean-sampling", {"c": 2}),
        ("auto", "bypass", "auto"),
        (0.3, "ensemble", 0.3),
    ],
)
def test_a_strategy_is_a_number_of_rows_by_label(strategy: Any, kind: str, expected: Any) -> None:
    assert check_sampling_strategy(strategy, y, kind) == expected


def test_a_function_gets_the_labels_and_what_is_passed_beside_them() -> None:
    def to(labels: Any, n_rows: int = 8) -> dict[str, int]:
        return {str(labels[-1]): n_rows}

    assert check_sampling_strategy(to, y, "over-sampling") == {"c": 6}
    assert check_sampling_strategy(to, y, "over-sampling", n_rows=5) == {"c": 3}
    with pytest.raises(InputError, match="sampling_type='over'"):
        check_sampling_strategy("auto", y, "over")


def test_targets_become_one_label_per_row() -> None:
    assert check_target_type(y[:, None]).tolist() == y.tolist()
    one_hot = np.eye(3, dtype=int)[[2, 0, 1]]
    for cells in (one_hot, sp.csr_matrix(one_hot), pd.DataFrame(one_hot)):
        labels, is_one_hot = check_target_type(cells, indicate_one_vs_all=True)
        assert (labels.tolist(), is_one_hot) == ([2, 0, 1], True)
    assert check_target_type([0, 1], indicate_one_vs_all=True)[1] is False
    with pytest.raises(InputError, match="Row 1 of y has several labels"):
        check_target_type([[1, 0, 0], [1, 1, 0]])


def test_neighbour_objects_are_cloned_and_numbers_become_one() -> None:
    own = KNeighborsClassifier(n_neighbors=3)
    found = check_neighbors_object("k_neighbors", own, additional_neighbor=1)
    assert found is not own
    assert found.n_neighbors == 3
    searched = check_neighbors_object("k_neighbors", np.int64(5), additional_neighbor=1)
    assert isinstance(searched, NearestNeighbors)
    assert searched.n_neighbors == 6
    for wrong in ("5", True, LogisticRegression()):
        with pytest.raises(UnsupportedTypeError, match="k_neighbors=.*does not find neighbours"):
            check_neighbors_object("k_neighbors", wrong)


def test_arrays_go_back_into_containers() -> None:
    frame, target = pd.DataFrame({"v": [1.5, 2.5]}), pd.Series(["x", "y"], name="kind")
    X_new, y_new = ArraysTransformer(frame, target).transform(
        np.array([[9.0], [8.0], [7.0]]), np.array(["y", "y", "x"])
    )
    assert X_new["v"].tolist() == [9.0, 8.0, 7.0]
    assert y_new.tolist() == ["y", "y", "x"]
    one_hot = np.eye(2, dtype=int)
    X_new, y_new = ArraysTransformer(frame, one_hot).transform(
        sp.csr_matrix([[4.0]]), np.array([[0, 1]])
    )
    assert X_new["v"].tolist() == [4.0]
    assert y_new.tolist() == [[0, 1]]
    with pytest.raises(MethodError, match="labels 'z'"):
        ArraysTransformer(frame, target).transform(np.ones((1, 1)), np.array(["z"]))


@pytest.mark.parametrize("dtype", ["i1", "i4", "u2", "f4", "?", "O", "U1"])
def test_an_array_of_labels_keeps_its_dtype(dtype: str) -> None:
    own = np.array([0, 1, 1]).astype(dtype)
    returned = own[[2, 0]].astype("i8") if own.dtype.kind in "biuf" else own[[2, 0]]
    _, y_new = ArraysTransformer(np.ones((3, 1)), own).transform(np.ones((2, 1)), returned)
    assert y_new.dtype == own.dtype
    assert y_new.tolist() == own[[2, 0]].tolist()


def test_new_labels_of_an_array_are_returned_in_a_dtype_that_holds_them() -> None:
    own = np.array([0, 1], dtype="i1")
    _, y_new = ArraysTransformer(np.ones((2, 1)), own).transform(np.ones((1, 1)), np.array([300]))
    assert y_new.tolist() == [300]


@pytest.mark.parametrize("y", [np.array([["a", "b"]] * 3), np.zeros((3, 0)), np.zeros((3, 2, 2))])
def test_labels_are_one_per_row_or_one_hot(y: Any) -> None:
    with pytest.raises(InputError, match="Pass one label per row"):
        labels_of(y)


def test_new_labels_that_are_no_numbers_stay_as_they_are() -> None:
    X, y = np.eye(2), np.array([0, 1])
    labels = ArraysTransformer(X, y).transform(X, np.array([0, "y"], dtype=object))[1]
    assert labels.tolist() == [0, "y"]


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_frame_in_place_of_a_list_of_rows_becomes_one(library: str) -> None:
    frame = pytest.importorskip(library).DataFrame({"a": [1, 2], "b": [3, 4]})
    assert ArraysTransformer([[1, 3], [2, 4]], [0, 1]).transform(frame, [0, 1])[0] == [
        [1, 3],
        [2, 4],
    ]
