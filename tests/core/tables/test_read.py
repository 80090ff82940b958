"""What comes in goes out as the same kind; what cannot be used is refused with the way out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp

from poise import SMOTE, RandomOverSampler, RandomUnderSampler, SMOTETomek, TomekLinks
from poise.core.errors import InputError, MissingDependencyError, UnsupportedTypeError
from poise.core.tables.convert import frame_from_columns

rng = np.random.RandomState(0)
X = rng.randn(40, 3)
y = np.repeat([0, 1], [30, 10])
FRAME = pd.DataFrame(X, columns=["a", "b", "c"])


def refused(X: Any, y: Any = y, sampler: Any = None) -> str:
    with pytest.raises((InputError, UnsupportedTypeError)) as error:
        (sampler or SMOTE()).fit_resample(X, y)
    return str(error.value)


def with_values(value: Any, rows: list[int], column: str = "b") -> pd.DataFrame:
    frame = FRAME.copy()
    frame.loc[rows, column] = value
    return frame


# The index


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (pd.RangeIndex(40), [40, 41]),
        (pd.Index(list(range(100, 140)), name="id"), [140, 141]),
        (pd.Index([f"p{i}" for i in range(40)], name="id"), ["new-0", "new-1"]),
        (pd.Index([f"new-{i}" for i in range(40)]), ["new-40", "new-41"]),
    ],
)
def test_new_rows_get_labels_of_their_own(index: pd.Index, expected: list[Any]) -> None:
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
def test_any_other_index_repeats_the_seeds_label(index: pd.Index) -> None:
    sampler = SMOTE(random_state=0)
    X_new, _ = sampler.fit_resample(FRAME.set_axis(index), y)
    assert X_new.index.equals(index.take(sampler.plan_.source))


def test_rows_that_stay_keep_their_labels() -> None:
    sampler = RandomUnderSampler(random_state=0)
    index = pd.Index([f"p{i}" for i in range(40)])
    X_new, _ = sampler.fit_resample(FRAME.set_axis(index), y)
    assert X_new.index.equals(index[sampler.sample_indices_])


def test_copies_are_new_rows_too() -> None:
    X_new, _ = RandomOverSampler(random_state=0).fit_resample(FRAME, y)
    assert X_new.index.is_unique


# Dtypes, names, containers


def test_a_frame_of_many_dtypes_keeps_them_all() -> None:
    frame = pd.DataFrame(
        {
            "small": pd.array(rng.randint(0, 100, 40), dtype="int8"),
            "half": X[:, 0].astype("float32"),
            "nullable": pd.array(rng.randint(0, 9, 40), dtype="Int16"),
            "arrow": pd.array(X[:, 1], dtype="double[pyarrow]"),
            "flag": pd.array(rng.rand(40) < 0.5, dtype="boolean"),
        }
    )
    frame.attrs["source"] = "a test"
    X_new, _ = SMOTE(random_state=0).fit_resample(frame, y)
    assert X_new.dtypes.equals(frame.dtypes)
    assert X_new.attrs == {"source": "a test"}


def test_arrow_fields_keep_their_metadata_and_chunks_are_read() -> None:
    fields = [pa.field("a", pa.float32(), metadata={"unit": "kg"}), pa.field("b", pa.int16())]
    whole = pa.table([X[:, 0].astype("f4"), rng.randint(0, 9, 40).astype("i2")], pa.schema(fields))
    chunked = pa.concat_tables([whole.slice(0, 15), whole.slice(15)])
    X_new, _ = SMOTE(random_state=0).fit_resample(chunked, y)
    assert X_new.schema.equals(whole.schema, check_metadata=True)
    assert X_new.num_rows == 60


def test_polars_keeps_its_schema() -> None:
    frame = pl.DataFrame(
        {"a": X[:, 0], "b": rng.randint(0, 9, 40)}, schema={"a": pl.Float32, "b": pl.UInt8}
    )
    X_new, y_new = SMOTETomek(random_state=0).fit_resample(frame, pl.Series("kind", y, pl.Int8))
    assert X_new.schema == frame.schema
    assert (y_new.name, y_new.dtype) == ("kind", pl.Int8)


def test_names_that_are_no_text_are_kept() -> None:
    frame = FRAME.set_axis([0, ("b", 1), "c"], axis=1)
    sampler = SMOTE(random_state=0)
    X_new, _ = sampler.fit_resample(frame, y)
    assert list(X_new.columns) == list(frame.columns)
    assert not hasattr(sampler, "feature_names_in_")


@pytest.mark.parametrize(
    "target",
    [y.reshape(-1, 1), np.eye(2, dtype=int)[y], np.eye(2, dtype=bool)[y], pd.DataFrame({"t": y})],
    ids=["column", "one-hot", "one-hot bool", "frame"],
)
def test_a_target_of_columns_comes_back_so(target: Any) -> None:
    X_new, y_new = SMOTE(random_state=0).fit_resample(X, target)
    assert type(y_new) is type(target)
    assert y_new.shape == (60, *target.shape[1:])
    expected = SMOTE(random_state=0).fit_resample(X, y)
    np.testing.assert_array_equal(X_new, expected[0])


def test_a_sparse_one_hot_target_comes_back_so() -> None:
    target = sp.csr_array(np.eye(2, dtype=int)[y])
    y_new = SMOTE(random_state=0).fit_resample(X, target)[1]
    assert sp.issparse(y_new)
    assert y_new.shape == (60, 2)


def test_a_categorical_target_keeps_its_categories() -> None:
    target = pd.Series(np.array(["no", "yes"])[y], dtype=pd.CategoricalDtype(["yes", "no", "?"]))
    y_new = SMOTE(random_state=0).fit_resample(FRAME, target)[1]
    assert y_new.dtype == target.dtype


def test_an_arrow_array_comes_back_as_one() -> None:
    assert isinstance(SMOTE().fit_resample(X, pa.array(y))[1], pa.Array)


def test_tuples_are_tables_too() -> None:
    X_new, y_new = SMOTE(random_state=0).fit_resample(tuple(map(tuple, X)), tuple(y))
    assert len(X_new) == len(y_new) == 60


def test_lists_of_text_keep_their_items() -> None:
    rows = [[1, "a", None]] * 3 + [[2, "b", 0.5]]
    X_new, _ = RandomOverSampler(random_state=0).fit_resample(rows, [0, 0, 0, 1])
    assert X_new[3:] == [[2, "b", 0.5]] * 3


def test_an_unsorted_sparse_matrix_is_left_as_it_is() -> None:
    matrix = sp.csr_matrix(
        (np.array([2.0, 1.0] * 40), np.array([1, 0] * 40), np.arange(0, 81, 2)), shape=(40, 3)
    )
    indices = matrix.indices.copy()
    SMOTE(random_state=0).fit_resample(matrix, y)
    np.testing.assert_array_equal(matrix.indices, indices)


def test_rows_of_a_list_that_stay_are_the_users_and_new_ones_have_their_types() -> None:
    rows = [[2**53 + 1 + i, 0.5 * i, i % 2 == 0] for i in range(40)]
    sampler = SMOTE(random_state=0)
    X_new, _ = sampler.fit_resample(rows, y)
    assert all(new is old for new, old in zip(X_new, rows, strict=False))
    assert [type(cell) for cell in X_new[-1]] == [int, float, bool]
    cells = np.array(rows, dtype=object)
    assert SMOTE(random_state=0).fit_resample(cells, y)[0].tolist() == X_new


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (pd.Index(np.arange(88, 128, dtype="i1")), list(range(128, 130))),
        (pd.Index(np.arange(2**63 - 40, 2**63, dtype="i8")), None),
    ],
)
def test_labels_that_do_not_fit_get_a_wider_type_or_the_seeds(index, expected) -> None:
    sampler = SMOTE(sampling_strategy={1: 12}, random_state=0)
    X_new, _ = sampler.fit_resample(FRAME.set_axis(index), y)
    new = X_new.index[40:].tolist()
    assert new == (expected or index.take(sampler.plan_.source[40:]).tolist())


def test_a_subclass_of_a_frame_comes_back() -> None:
    class Mine(pd.DataFrame):
        @property
        def _constructor(self) -> type:
            return Mine

    assert isinstance(SMOTE(random_state=0).fit_resample(Mine(FRAME), y)[0], Mine)


@pytest.mark.parametrize(
    "target",
    [pd.Index(y), pd.Categorical(y), pd.array(y, dtype="Int64")],
    ids=["index", "categorical", "array"],
)
def test_pandas_arrays_come_back_as_they_were(target: Any) -> None:
    y_new = SMOTE(random_state=0).fit_resample(FRAME, target)[1]
    assert type(y_new) is type(target)
    assert y_new.dtype == target.dtype


# Refusals


NOISE = RandomOverSampler(shrinkage=1)  # which computes with every value


@pytest.mark.parametrize("kind", ["numpy", "pandas", "polars", "pyarrow", "sparse"])
def test_missing_values_are_told_by_column_and_number(kind: str) -> None:
    frame = with_values(np.nan, [3, 5])
    table = {
        "numpy": frame.to_numpy(),
        "pandas": frame,
        "polars": pl.from_pandas(frame),
        "pyarrow": pa.Table.from_pandas(frame),
        "sparse": sp.csr_array(frame.to_numpy()),
    }[kind]
    words = refused(table, sampler=NOISE)
    assert "RandomOverSampler needs every value" in words
    assert ("column 'b'" in words) or ("column 1" in words)
    assert "2 rows" in words
    assert "SimpleImputer" in words
    assert "RandomOverSampler" in words


def test_infinite_values_are_told_by_column_and_number() -> None:
    words = refused(with_values(np.inf, [3]), sampler=TomekLinks())
    assert "TomekLinks needs finite values; infinity is in column 'b' (1 row)" in words


def test_many_columns_with_gaps_are_counted_and_not_all_listed() -> None:
    assert "and 4 more columns" in refused(np.full((40, 9), np.nan), sampler=NOISE)


def test_all_columns_of_text_are_named_at_once() -> None:
    words = refused(FRAME.assign(job="clerk", town="Rome"), sampler=NOISE)
    assert "column 'job' holds text or categories" in words
    assert "and so do column 'town'" in words


def test_times_are_told_with_the_way_out() -> None:
    words = refused(FRAME.assign(day=pd.Timestamp("2026")), sampler=NOISE)
    assert words.startswith("RandomOverSampler needs numbers; column 'day' holds times")
    assert "OneHotEncoder" in words


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (X[:, 0], "Expected 2D array, got 1D array"),
        (X.reshape(40, 3, 1), r"X.reshape\(len\(X\), -1\)"),
        (X[:0], "empty: found array with 0 sample"),
        (X[:, :0], "0 feature"),
        ([], "X is empty"),
        (FRAME.iloc[:0], "X is empty"),
        (X.astype(complex), "Complex data not supported"),
        ([[1, 2], [1]], "different lengths"),
        (FRAME.set_axis(["a", "b", "a"], axis=1), "more than one column of the name 'a'"),
        (pa.table([X[:, 0]] * 2, names=["a", "a"]), "more than one column of the name 'a'"),
        (pl.LazyFrame({"a": [1]}), r"LazyFrame of polars.*Pass X.collect\(\)"),
        (pl.Series("a", [1.0]), r"X.to_frame\(\)"),
        (FRAME["a"], r"X.to_frame\(\)"),
        (np.ma.masked_array(X), r"filled\(numpy.nan\)"),
        (X.astype("i8").astype("M8[M]"), "of which no whole number makes a day"),
        (np.asmatrix(X), "np.matrix is not supported"),
        (np.zeros(40, dtype=[("a", "f8")]), "structured array"),
        (np.array(3.0), "Expected 2D array, got 0D"),
        (pa.RecordBatch.from_pydict({"a": X[:, 0]}), "Table.from_batches"),
        ("churn.csv", "X is a str, which is no table"),
        (None, "X is a NoneType"),
        (X[:39], "X has 39 rows and y has 40"),
    ],
)
def test_what_is_no_table_is_refused(table: Any, words: str) -> None:
    with pytest.raises((InputError, UnsupportedTypeError), match=words):
        SMOTE().fit_resample(table, y)


@pytest.mark.parametrize("name", ["sample_weight", "groups"])
def test_carried_arrays_of_another_length_are_refused(name: str) -> None:
    with pytest.raises(InputError, match=f"{name} has 3"):
        SMOTE().fit_resample(X, y, **{name: [1, 2, 3]})


@pytest.mark.parametrize("weights", [["a"] * 40, 2.0, np.array(1.0)])
def test_weights_that_are_no_numbers_are_refused(weights: Any) -> None:
    with pytest.raises((InputError, UnsupportedTypeError)):
        SMOTE().fit_resample(X, y, sample_weight=weights)


def test_a_lazy_target_and_a_masked_one_are_refused() -> None:
    assert "Collect it" in refused(X, pl.LazyFrame({"y": y}))
    assert "masked" in refused(X, np.ma.masked_array(y))
    assert "y is a int" in refused(X, 3)
    assert "one label a row" in refused(X, np.array(3))


def test_an_unknown_library_is_told() -> None:
    with pytest.raises(InputError, match="Did you mean 'polars'"):
        frame_from_columns({"a": X[:, 0]}, "polar")


def test_without_any_library_the_way_out_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("poise.core.tables.convert.BACKENDS", ("nolibrary",))
    with pytest.raises(MissingDependencyError, match="to_dict"):
        frame_from_columns({"a": X[:, 0]})


def test_a_failed_fit_changes_nothing() -> None:
    frame = with_values(np.inf, [3])
    before = frame.copy()
    refused(frame)
    pd.testing.assert_frame_equal(frame, before)
