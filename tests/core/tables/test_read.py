"""The output has the container of the input; unusable input raises with an alternative."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import scipy
import scipy.sparse as sp
from packaging.version import Version
from three_columns import error_of

from poise import SMOTE, FunctionSampler, RandomOverSampler, RandomUnderSampler, SMOTETomek
from poise.core.errors import InputError, UnsupportedTypeError
from poise.core.tables.labels import encode
from poise.core.tables.read import read_labels, read_table, read_target
from poise.datasets import make_imbalance

rng = np.random.RandomState(0)
X = rng.randn(40, 3)
y = np.repeat([0, 1], [30, 10])
FRAME = pd.DataFrame(X, columns=["a", "b", "c"])


def test_kept_rows_keep_their_index_labels() -> None:
    sampler = RandomUnderSampler(random_state=0)
    index = pd.Index([f"p{i}" for i in range(40)])
    X_new, y_new = sampler.fit_resample(FRAME.set_axis(index), pd.Series(y, index))
    assert X_new.index.equals(y_new.index)
    assert X_new.index.equals(index[sampler.sample_indices_])


def test_copies_get_new_index_labels() -> None:
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


def test_names_that_are_not_text_are_kept() -> None:
    frame = FRAME.set_axis([0, ("b", 1), "c"], axis=1)
    sampler = SMOTE(random_state=0)
    X_new, _ = sampler.fit_resample(frame, y)
    assert list(X_new.columns) == list(frame.columns)
    assert not hasattr(sampler, "feature_names_in_")


@pytest.mark.parametrize(
    "target",
    [np.eye(2, dtype=int)[y], np.eye(2, dtype=bool)[y], pd.DataFrame({"t": y})],
    ids=["one-hot", "one-hot bool", "frame"],
)
def test_a_target_of_several_columns_keeps_its_shape_and_type(target: Any) -> None:
    X_new, y_new = SMOTE(random_state=0).fit_resample(X, target)
    assert type(y_new) is type(target)
    assert y_new.shape == (60, *target.shape[1:])
    expected = SMOTE(random_state=0).fit_resample(X, y)
    np.testing.assert_array_equal(X_new, expected[0])


def test_an_array_with_one_column_of_labels_becomes_one_dimensional() -> None:
    assert SMOTE(random_state=0).fit_resample(X, y.reshape(-1, 1))[1].shape == (60,)
    assert FunctionSampler(func=lambda X, y: [0, 3]).fit_resample(X, y[:, None])[1].shape == (2,)
    assert make_imbalance(X, y[:, None], sampling_strategy={0: 5})[1].ndim == 1


def test_a_sparse_one_hot_target_stays_sparse() -> None:
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


def test_kept_rows_of_a_list_are_the_same_objects_and_new_ones_have_their_types() -> None:
    rows = [[2**53 + 1 + i, 0.5 * i, i % 2 == 0] for i in range(40)]
    sampler = SMOTE(random_state=0)
    X_new, _ = sampler.fit_resample(rows, y)
    assert all(new is old for new, old in zip(X_new, rows, strict=False))
    assert [type(cell) for cell in X_new[-1]] == [int, float, bool]
    cells = np.array(rows, dtype=object)
    assert SMOTE(random_state=0).fit_resample(cells, y)[0].tolist() == X_new


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


# Errors


@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_a_matrix_of_numpy_raises() -> None:
    with pytest.raises(UnsupportedTypeError, match="np.matrix is not supported"):
        SMOTE().fit_resample(np.asmatrix(X), y)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (X[:, 0], "Expected 2D array, got 1D array"),
        (X.reshape(40, 3, 1), r"X.reshape\(X.shape\[0\], -1\)"),
        (sp.coo_array(X[:, 0]), "Expected 2D array, got 1D array"),
        (X[:0], "empty: found array with 0 sample"),
        (X[:, :0], "0 feature"),
        ([], "X is empty"),
        (FRAME.iloc[:0], "X is empty"),
        (X.astype(complex), "Complex data not supported"),
        (
            sp.csr_array(X.astype(complex)),
            "Complex data not supported: X .* imaginary parts as columns",
        ),
        (X.astype(complex).tolist(), "column 0: Complex data not supported"),
        ([[1, 2], [1]], "different lengths"),
        (FRAME.set_axis(["a", "b", "a"], axis=1), "more than one column named 'a'"),
        (pa.table([X[:, 0]] * 2, names=["a", "a"]), "more than one column named 'a'"),
        (pl.LazyFrame({"a": [1]}), r"LazyFrame of polars.*Pass X.collect\(\)"),
        (pl.Series("a", [1.0]), r"X.to_frame\(\)"),
        (FRAME["a"], r"X.to_frame\(\)"),
        (np.ma.masked_array(X), r"filled\(numpy.nan\)"),
        (X.astype("i8").astype("M8[M]"), "no fixed length in days"),
        (np.zeros(40, dtype=[("a", "f8")]), "structured array"),
        (np.array(3.0), "Expected 2D array, got 0D"),
        (pa.RecordBatch.from_pydict({"a": X[:, 0]}), "Table.from_batches"),
        ("churn.csv", "the name of a file and not a table"),
        (None, "X is a NoneType"),
        (X[:39], "X has 39 rows and y has 40"),
    ],
)
def test_an_object_that_is_not_a_table_raises(table: Any, words: str) -> None:
    with pytest.raises((InputError, UnsupportedTypeError), match=words):
        SMOTE().fit_resample(table, y)


@pytest.mark.skipif(Version(scipy.__version__) < Version("1.15"), reason="it has no such arrays")
def test_a_sparse_array_of_three_dimensions_raises() -> None:
    with pytest.raises(InputError, match="Expected 2D array, got 3D array"):
        SMOTE().fit_resample(sp.coo_array(X.reshape(40, 3, 1)), y)


@pytest.mark.parametrize("name", ["sample_weight", "groups"])
def test_weights_and_groups_of_another_length_raise(name: str) -> None:
    with pytest.raises(InputError, match=f"{name} has 3"):
        SMOTE().fit_resample(X, y, **{name: [1, 2, 3]})


@pytest.mark.parametrize("weights", [["a"] * 40, 2.0, np.array(1.0)])
def test_weights_that_are_not_numbers_raise(weights: Any) -> None:
    with pytest.raises((InputError, UnsupportedTypeError)):
        SMOTE().fit_resample(X, y, sample_weight=weights)


def test_a_lazy_and_a_masked_target_raise() -> None:
    assert "Pass y.collect()" in error_of(X, pl.LazyFrame({"y": y}))
    assert "masked" in error_of(X, np.ma.masked_array(y))
    assert "y is a int" in error_of(X, 3)
    assert "to name a column of X, pass target='b'" in error_of(X, "b")
    assert "one label per row" in error_of(X, np.array(3))


def test_a_list_of_single_values_raises_with_what_a_list_can_do() -> None:
    with pytest.raises(InputError, match=r"such as 'a text'.*\[\[value\] for value in X\]"):
        read_table(["a text", "another"])


def test_the_remedy_for_a_table_depends_on_its_dimensions() -> None:
    for shape, words in (
        ((), "a row for each label"),
        ((4,), "Reshape"),
        ((2, 2, 2), "one row each"),
    ):
        with pytest.raises(InputError, match=words):
            read_table(np.zeros(shape))


def test_cells_of_a_list_of_rows_may_be_lists_of_any_length() -> None:
    table = read_table([[[1, 2], [3, 4]], [[1], [2]]])
    assert (table.n_rows, table.n_columns) == (2, 2)
    with pytest.raises(InputError, match=r"different lengths \(1, 2\)"):
        read_table([[1, [2, 3]], [4]])


def test_a_lazy_table_is_computed_by_the_call_of_its_own_library() -> None:
    relation = duckdb.sql("select 1 a")
    with pytest.raises(UnsupportedTypeError, match=r"LazyFrame of duckdb.*Pass X.arrow\(\)"):
        SMOTE().fit_resample(relation, y)
    assert r"Pass y.arrow()" in error_of(X, relation)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (pa.array(["a", "b"] * 20, pa.string_view()), "y holds values of type string_view"),
        (pc.run_end_encode(pa.array(["a", "b"] * 20)), "y holds values of type run_end_encoded"),
        (pd.DataFrame(index=range(40)), "y is a frame without columns"),
    ],
)
def test_a_target_from_which_no_row_can_be_taken_raises(target: Any, words: str) -> None:
    assert words in error_of(X, target)


def test_columns_of_unions_and_of_decimals_of_negative_scale_raise() -> None:
    union = pa.UnionArray.from_dense(
        pa.array([0] * 40, pa.int8()), pa.array(range(40), pa.int32()), [pa.array(range(40))]
    )
    assert "column 'u' holds values of type union" in error_of(pa.table({"u": union}), y)
    decimals = pa.array([Decimal(100 * i) for i in range(40)], pa.decimal128(8, -2))
    assert "column 'd' holds values of type decimal128(8, -2)" in error_of(
        pa.table({"d": decimals}), y
    )


@pytest.mark.parametrize("make", [np.asarray, pd.DataFrame, lambda table: table.tolist()])
def test_a_table_and_labels_that_are_swapped_are_named(make: Any) -> None:
    table, y = np.arange(40.0).reshape(20, 2), np.array([0] * 14 + [1] * 6)
    for labels in (y, pd.Series(y), y.tolist()):
        with pytest.raises(
            InputError, match=r"y looks like the table \(it has 2 columns\).*swapped"
        ):
            SMOTE().fit_resample(labels, make(table))


@pytest.mark.parametrize("name", ["churn.csv", Path("churn.csv")])
def test_the_name_of_a_file_is_not_a_table(name: Any) -> None:
    with pytest.raises(
        UnsupportedTypeError, match=r"Read the file first, .*pandas.read_csv\('churn.csv'\)"
    ):
        SMOTE().fit_resample(name, [0, 1])


TEXTS = ["no", "yes", "", "no", "b a", "no", "Yes"]


@pytest.mark.parametrize(
    "make",
    [
        pd.Series,
        lambda items: pd.Series(items, dtype="string"),
        lambda items: pd.Series(items, dtype=object),
        lambda items: pd.Series(items, dtype="category"),
        lambda items: pd.Series(items, dtype=pd.ArrowDtype(pa.string())),
        pl.Series,
        pa.array,
        lambda items: pa.chunked_array([items[:3], items[3:]]),
        lambda items: pa.chunked_array([items[:3], items[3:]]).cast(pa.large_string()),
        lambda items: pa.chunked_array([items[:3], items[3:]]).dictionary_encode(),
        np.array,
        list,
    ],
)
def test_labels_of_text_are_read_the_same_from_every_column(make: Any) -> None:
    labels = read_labels(make(TEXTS))
    assert labels.classes == ("", "Yes", "b a", "no", "yes")
    assert all(type(label) is str for label in labels.classes)
    assert labels.codes.tolist() == [3, 4, 0, 3, 2, 3, 1]
    assert labels.codes.dtype == np.intp
    slow = encode(read_target(make(TEXTS)))
    assert (slow.classes, slow.codes.tolist()) == (labels.classes, labels.codes.tolist())
    if make not in (np.array, list):
        with pytest.raises(InputError, match="1 missing label, the first in row 2"):
            read_labels(make(["no", "yes", None, "no"]))


def test_labels_of_text_in_every_row_are_an_identifier() -> None:
    with pytest.raises(InputError, match="this looks like an identifier"):
        read_labels(pd.Series([f"row {i}" for i in range(100)]))


def test_random_samplers_read_no_column() -> None:
    frame = pd.DataFrame({"a": np.arange(40) * 1j, "b": [[i] for i in range(40)]})
    for sampler in (RandomUnderSampler(random_state=0), RandomOverSampler(random_state=0)):
        X_new, _ = sampler.fit_resample(frame, y)
        pd.testing.assert_frame_equal(
            X_new.reset_index(drop=True),
            frame.iloc[sampler.sample_indices_].reset_index(drop=True),
        )
    with pytest.raises(InputError, match="Complex"):
        SMOTE(k_neighbors=2).fit_resample(frame[["a"]], y)
