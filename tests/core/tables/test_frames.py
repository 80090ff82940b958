"""Frames of every library keep their index, names and dtypes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from one_column import NUMBERS, Y

import poise
from poise import SMOTE
from poise.core.tables.frames import read_column_alone


def test_an_arrow_frame_of_a_pandas_table_has_no_index_column() -> None:
    frame = pd.DataFrame({"a": NUMBERS, "label": Y})
    result = poise.resample(frame, target="label", k_neighbors=2)
    assert result.frame("pyarrow").column_names == ["a", "label"]


X = np.random.RandomState(0).randn(40, 3)
y = np.repeat([0, 1], [30, 10])
FRAME = pd.DataFrame(X, columns=["a", "b", "c"])


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (pd.RangeIndex(40), [40, 41]),
        (pd.Index(list(range(100, 140)), name="id"), [140, 141]),
        (pd.Index([f"p{i}" for i in range(40)], name="id"), ["new-0", "new-1"]),
        (pd.Index([f"new-{i}" for i in range(40)]), ["new-40", "new-41"]),
    ],
)
def test_new_rows_get_new_index_labels(index: pd.Index, expected: list[Any]) -> None:
    frame, labels = FRAME.set_axis(index), pd.Series(y, index=index)
    sampler = SMOTE(sampling_strategy={1: 12}, random_state=0)
    X_new, y_new = sampler.fit_resample(frame, labels)
    assert X_new.index[:40].equals(index)
    assert X_new.index[40:].tolist() == expected
    assert X_new.index.equals(y_new.index)
    assert X_new.index.name == index.name
    assert X_new.index.dtype == index.dtype


@pytest.mark.parametrize(
    "index",
    [
        pd.date_range("2026", periods=40),
        pd.MultiIndex.from_product([range(20), list("ab")]),
        pd.Index(np.arange(40) / 2),
        pd.CategoricalIndex(["u", "v"] * 20),
    ],
)
def test_any_other_index_repeats_the_label_of_the_seed_row(index: pd.Index) -> None:
    sampler = SMOTE(random_state=0)
    X_new, _ = sampler.fit_resample(FRAME.set_axis(index), pd.Series(y, index))
    assert X_new.index.equals(index.take(sampler.plan_.source))


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (pd.Index(np.arange(88, 128, dtype="i1")), list(range(128, 130))),
        (pd.Index(np.arange(2**63 - 40, 2**63, dtype="i8")), None),
    ],
)
def test_index_labels_get_a_wider_dtype_or_repeat_that_of_the_seed_row(index, expected) -> None:
    sampler = SMOTE(sampling_strategy={1: 12}, random_state=0)
    X_new, _ = sampler.fit_resample(FRAME.set_axis(index), pd.Series(y, index))
    new = X_new.index[40:].tolist()
    assert new == (expected or index.take(sampler.plan_.source[40:]).tolist())


def test_a_frame_whose_attributes_cannot_be_set_is_resampled() -> None:
    class NoSetter(pd.DataFrame):
        def __setattr__(self, name: str, value: Any) -> None:
            if name == "attrs":
                raise AttributeError(name)
            super().__setattr__(name, value)

        @property
        def _constructor(self) -> type:
            return NoSetter

    X_new, _ = SMOTE(random_state=0).fit_resample(NoSetter(FRAME), y)
    assert len(X_new) == 60


def test_a_list_of_pandas_times_is_a_column_also_if_it_has_only_one() -> None:
    column = read_column_alone([pd.Timestamp("2026-01-02")])
    assert column is not None
    assert column.kind == "time"
    assert read_column_alone(pd.DataFrame({"t": [1.5]})).values.tolist() == [1.5]
    assert read_column_alone(pd.DataFrame({"t": [1.5], "u": [2.5]})) is None
    assert read_column_alone([]) is None
    assert read_column_alone(np.zeros((2, 2))) is None
