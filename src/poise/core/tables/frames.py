"""Frames: read and build pandas, polars and pyarrow frames, only here, through narwhals."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from typing import Any, TypeAlias, cast

import narwhals.stable.v2 as nw
import narwhals.stable.v2.dependencies as nw_dependencies
import numpy as np
from numpy.typing import NDArray

from poise.core.errors import (
    InputError,
    UnsupportedTypeError,
    listed,
)
from poise.core.files.arrow import index_columns
from poise.core.plan.making import assembly_of
from poise.core.plan.plan import Plan
from poise.core.plan.recipes import Ids
from poise.core.plan.values import Array
from poise.core.tables.blocks import Block, blocks_of
from poise.core.tables.columns import Column, column_label, time_column, times_in
from poise.core.tables.declared import AS_READ, Declared
from poise.core.tables.items import are_decimals
from poise.core.tables.made import MadeColumn, made_columns
from poise.core.tables.series import (
    check_takeable,
    is_number,
    is_pandas_like,
    is_text,
    made_series,
    read_series,
    text_codes,
    with_nan,
)

Frame: TypeAlias = Any  # narwhals.DataFrame
Series: TypeAlias = Any  # narwhals.Series


class FrameTable:
    """A frame as a table; it never changes the user's frame.

    Parameters
    ----------
    frame : narwhals.DataFrame
    declared : Declared
    time_column : int or None
        Position of the column with the time of each row, if there is one.
    """

    def __init__(
        self, frame: Frame, declared: Declared = AS_READ, time_column: int | None = None
    ) -> None:
        self._frame = frame
        self._declared = declared
        self._time_column = time_column
        self.names: list[Any] = column_names(frame.to_native())
        self.n_rows: int = frame.shape[0]
        self.n_columns: int = frame.shape[1]
        self._series = list(frame.iter_columns())
        for j, column in enumerate(self._series):
            check_takeable(column_label(j, self.names), column)

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        _check_no_index(self._frame.to_native())
        kinds = self._declared.by_position(self.names, self.n_columns)
        columns = [
            read_series(column_label(j, self.names), column, kinds.get(j))
            for j, column in enumerate(self._series)
        ]
        if self._time_column is not None:
            columns = time_column(columns, self._time_column, self.times)
        return blocks_of(columns)

    @cached_property
    def times(self) -> Array | None:
        if self._time_column is None:
            return None
        return times_in(read_series("time", self._series[self._time_column], None))

    @property
    def decimals(self) -> frozenset[int]:
        """Positions of the columns of decimals, whose new values are rounded to their digits."""
        return frozenset(j for j, series in enumerate(self._series) if _holds_decimals(series))

    def known_numbers(self) -> tuple[list[Any], NDArray[np.float64]]:
        named = zip(self.names, self._series, strict=True)
        known = {name: with_nan(column) for name, column in named if is_number(column)}
        return list(known), np.column_stack([*known.values(), np.empty((self.n_rows, 0))])

    def output(self, plan: Plan) -> Any:
        native = self._frame.to_native()
        if plan.only_originals:
            return take_from_frame(native, plan)
        taken, rows, order = assembly_of(plan)
        made = made_columns(self.blocks, plan)
        takes_all = _are_all(rows, plan.n_made)
        columns = [
            made_series(s, made[j] if takes_all else made[j].take(rows))
            for j, s in enumerate(self._series)
        ]
        del made
        keeps_all = _are_all(taken, self.n_rows)  # then they need not be taken
        if is_pandas_like(native):
            stacked = _with_pandas_rows(native if keeps_all else native.iloc[taken], columns)
            ordered = stacked if order is None else stacked.iloc[order]
            return _with_index(ordered, native.index, plan, plan.source)
        kept = self._frame if keeps_all else self._frame[taken]
        out = nw.concat([kept, _made_frame(kept, columns)])
        return (out if order is None else out[order]).to_native()


def _are_all(rows: Ids, n_rows: int) -> bool:
    """Return whether these are all rows, in their order."""
    return len(rows) == n_rows and bool((rows == np.arange(n_rows)).all())


def _holds_decimals(series: Series) -> bool:
    native = series.to_native()
    kind = str(native.dtype if is_pandas_like(native) else series.dtype).lower()
    return "decimal" in kind or (kind == "object" and are_decimals(series.to_numpy()))


def _check_no_index(native: Any) -> None:
    """Raise InputError if a table of pyarrow holds the index of a pandas frame as a column."""
    schema = getattr(native, "schema", None)
    # Asked of the class: the property of a schema parses the metadata, which may be broken.
    found = index_columns(schema) if hasattr(type(schema), "pandas_metadata") else ()
    if found:
        raise InputError(
            f"column {found[0]!r} of the pyarrow table is the index of a pandas frame, which is not a feature. Pass "
            f"X.to_pandas(), or X.drop_columns([{found[0]!r}])."
        )


def _made_frame(kept: Frame, columns: list[Any]) -> Frame:
    native, library = kept.to_native(), nw.get_native_namespace(kept)
    if kept.implementation.is_pyarrow():
        # The schema, because Arrow fields also hold nullability and metadata.
        return nw.from_native(library.Table.from_arrays(columns, schema=native.schema))
    named = dict(zip(kept.columns, columns, strict=True))
    return nw.from_native(library.DataFrame(named, schema=native.schema))


def _with_pandas_rows(kept: Any, columns: list[Any]) -> Any:
    pandas = library_of(kept)
    made = pandas.DataFrame({j: column.array for j, column in enumerate(columns)})
    made.columns = kept.columns
    out = pandas.concat([kept, made], ignore_index=True)  # no mutant: the index is set later
    with suppress(AttributeError):  # modin has attrs without a setter
        out.attrs = dict(kept.attrs)
    return out


def column_at(native: Any, position: int) -> Any:
    """Return the column of a native frame at a position."""
    if is_pandas_like(native):
        return native.iloc[:, position]
    return list(nw.from_native(native, eager_only=True).iter_columns())[position].to_native()


def is_nullable(native: Any, position: int) -> bool:
    """Return whether a column of a native frame may have missing values: fields of pyarrow can exclude them."""
    is_arrow = nw_dependencies.is_pyarrow_table(native)
    return bool(native.schema.field(position).nullable) if is_arrow else True


def frame_with_columns(like: Any, others: Any, columns: dict[int, Any]) -> Any:
    """Return a native frame with more columns, at their positions in a frame of all columns.

    Parameters
    ----------
    like : frame
        Has all columns, with their names, order and types.
    others : frame
        The rows of the result, in the columns that are not added.
    columns : dict of position to column
    """
    names = column_names(like)
    if is_pandas_like(like):
        out = others.copy(deep=False)
        for position in sorted(columns):
            # A column, because pandas would infer the type of an array of objects again.
            out.insert(position, names[position], columns[position].set_axis(out.index))
        return out
    known = nw.from_native(others, eager_only=True)
    parts = {name: known[name].to_native() for name in known.columns}
    parts |= {names[position]: column for position, column in columns.items()}
    ordered = [parts[name] for name in names]
    library = nw.get_native_namespace(known)
    if known.implementation.is_pyarrow():
        return library.Table.from_arrays(ordered, schema=like.schema)
    return library.DataFrame(dict(zip(names, ordered, strict=True)), schema=like.schema)


def frame_of_arrays(like: Frame, values: Array) -> Any:
    """Return a two-dimensional array as a native frame with the column names and dtypes of another."""
    native = like.to_native()
    columns = [
        made_series(series, MadeColumn(np.rint(column) if series.dtype.is_integer() else column))
        for series, column in zip(like.iter_columns(), values.T, strict=True)
    ]
    if is_pandas_like(native):
        return _with_pandas_rows(native.iloc[:0], columns)
    return _made_frame(like, columns).to_native()


def library_of(native: Any) -> Any:
    """Return the module of the library of a native frame or column."""
    # By narwhals, because a subclass of a frame is defined in another module.
    return nw.get_native_namespace(nw.from_native(native, allow_series=True))


def column_names(native: Any) -> list[Any]:
    """Return the column names of a native frame, including repeated names."""
    names = native.column_names if nw_dependencies.is_pyarrow_table(native) else None
    return list(getattr(native, "columns", ()) if names is None else names)


def read_frame(X: Any) -> Frame | None:
    """Return a native frame as a narwhals frame; None for other objects.

    Raises
    ------
    UnsupportedTypeError
        If the object is a lazy frame or a single column.
    InputError
        If two columns have the same name.
    """
    if nw_dependencies.is_into_dataframe(X):  # names of pandas and pyarrow may repeat
        check_unique_names(column_names(X))
    frame = nw.from_native(X, pass_through=True, allow_series=True)
    if isinstance(frame, nw.DataFrame):
        return frame
    if isinstance(frame, nw.LazyFrame):
        raise UnsupportedTypeError(
            f"X is a LazyFrame of {frame.implementation.value}, whose rows are not computed yet. "
            f"Pass X.{_computed_by(frame)}."
        )
    if isinstance(frame, nw.Series):
        raise UnsupportedTypeError("X is a single column. Pass a frame, such as X.to_frame().")
    return None


def check_unique_names(names: list[Any]) -> None:
    """Raise InputError if two columns have the same name."""
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise InputError(
            f"X has more than one column named {listed(repeated)}; column names must be unique. Rename or "
            "drop the others."
        )


def _computed_by(frame: nw.LazyFrame[Any]) -> str:
    """Return the call that computes the rows of a lazy frame, in its own library."""
    calls = {
        "duckdb": "arrow()",
        "ibis": "to_pyarrow()",
        "dask": "compute()",
        "pyspark": "toPandas()",
    }
    return calls.get(str(frame.implementation.value), "collect()")


def read_column(y: Any) -> Array | None:
    """Return the values of a native column or frame; None for other objects.

    Missing values are None or NaN in the result.
    """
    column = nw.from_native(as_chunked(y), pass_through=True, allow_series=True)
    if isinstance(column, nw.LazyFrame):
        raise UnsupportedTypeError(
            f"y is a LazyFrame, whose rows are not computed yet. Pass y.{_computed_by(column)}."
        )
    if isinstance(column, nw.DataFrame):
        if not column.columns:
            raise InputError("y is a frame without columns. Pass one column of labels.")
        for series in column.iter_columns():
            check_takeable("y", series)
        return np.column_stack([series_values(series) for series in column.iter_columns()])
    if not isinstance(column, nw.Series):
        return None
    check_takeable("y", column)
    return series_values(column)


def as_frame(values: Any) -> Frame | None:
    """Return a native frame, or a native column as a frame with one column; None for other objects."""
    if nw_dependencies.is_into_dataframe(values):
        check_unique_names(column_names(values))
    known = nw.from_native(as_chunked(values), pass_through=True, allow_series=True)
    if isinstance(known, nw.Series):
        return known.to_frame()
    return known if isinstance(known, nw.DataFrame) else None


def only_column(frame: Any, like: Any) -> Any:
    """Return the only column of a native frame in the container of `like`."""
    column = next(nw.from_native(frame, eager_only=True).iter_columns()).to_native()
    return column.combine_chunks() if as_chunked(like) is not like else column


def read_column_alone(native: Any) -> Column | None:
    """Read a native column by its dtype; None for other objects."""
    if _is_pandas_without_rows(native):
        native = importlib.import_module("pandas").Series(native)
    column = nw.from_native(as_chunked(native), pass_through=True, allow_series=True)
    if isinstance(column, nw.DataFrame) and len(column.columns) == 1:
        column = next(column.iter_columns())
    return read_series("time", column, None) if isinstance(column, nw.Series) else None


def _is_pandas_without_rows(values: Any) -> bool:
    """Return whether this is a pandas Index or extension array, or a list of pandas times."""
    if isinstance(values, list | tuple | np.ndarray):
        values = values[0] if len(values) and np.ndim(values) == 1 else None
    return type(values).__module__.startswith("pandas") and not is_pandas_like(values)


def read_texts(y: Any) -> tuple[Ids, list[str]] | None:
    """Return a code for each entry of a native column of text, and the text of each code.

    None for other objects, for text with missing values, and for pandas objects, which may be of any type.
    """
    column = nw.from_native(as_chunked(y), pass_through=True, allow_series=True)
    if not isinstance(column, nw.Series) or not is_text(column):
        return None
    is_object = getattr(column.to_native(), "dtype", None) == np.dtype(object)
    if is_object or not len(column) or column.null_count():
        return None
    check_takeable("y", column)
    codes = text_codes("y", column).astype(np.intp)
    first = np.empty(int(codes.max()) + 1, dtype=np.intp)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    return codes, column[first].to_list()


def series_values(series: Series) -> Array:
    """Return the values of a narwhals column; missing values are None or NaN."""
    dtype = series.dtype
    as_items = dtype in (nw.Categorical, nw.Enum, nw.Int128, nw.UInt128) or dtype.is_temporal()
    if as_items or (series.null_count() and not dtype.is_float()):
        values = np.empty(len(series), dtype=object)
        values[:] = series.to_list()
        return values
    return cast("Array", series.to_numpy())


def as_chunked(y: Any) -> Any:
    """Convert a pyarrow array to a chunked array; return other objects unchanged."""
    # narwhals reads only chunked arrays of pyarrow.
    if type(y).__module__ == "pyarrow.lib" and hasattr(y, "buffers"):
        return importlib.import_module("pyarrow").chunked_array([y])
    return y


def take_from_frame(values: Any, plan: Plan) -> Any:
    """Return the seed row of each output row from a native frame or column; None for other objects."""
    source = plan.source
    if is_pandas_like(values):
        return _with_index(values.iloc[source], values.index, plan, source)
    return take_rows(values, source)


def take_rows(values: Any, rows: Ids) -> Any:
    """Return some rows of a native frame or column; None for other objects."""
    if is_pandas_like(values):
        return values.iloc[rows]
    chunked = as_chunked(values)
    column = nw.from_native(chunked, pass_through=True, allow_series=True)
    if not isinstance(column, nw.DataFrame | nw.Series):
        return None
    taken = column[rows].to_native()
    return taken if chunked is values else taken.combine_chunks()


def take_columns_of_frame(values: Any, positions: Ids) -> Any:
    """Return some columns of a native frame; None for other objects."""
    if is_pandas_like(values):
        return values.iloc[:, positions]
    frame = nw.from_native(values, pass_through=True)
    return frame[:, positions.tolist()].to_native() if isinstance(frame, nw.DataFrame) else None


def _with_index(native: Any, index: Any, plan: Plan, source: Ids) -> Any:
    """Set the index of a pandas object: new labels for new rows, or else those of the seed rows."""
    labels, is_new = index.take(source), plan.is_new
    new = _new_labels(index, int(is_new.sum()))
    if new is not None:
        values = labels.to_numpy(copy=True)
        fits = (
            new.dtype.kind == "O"
            or values.dtype.kind == "O"
            or new[-1] <= np.iinfo(values.dtype).max
        )
        values = values if fits else values.astype(np.int64)
        values[is_new] = new
        dtype = index.dtype if fits else None
        labels = library_of(native).Index(values, dtype=dtype, name=index.name)
    native.index = labels
    return native


def _new_labels(index: Any, n_new: int) -> Array | None:
    if index.nlevels > 1 or index.hasnans:
        return None
    if index.inferred_type not in ("integer", "string"):
        return None
    labels = index.to_numpy()
    is_boxed = index.inferred_type == "integer" and labels.dtype == object
    return labels_of_new_rows(labels.astype(np.int64) if is_boxed else labels, n_new)


def labels_of_new_rows(labels: Array, n_new: int) -> Array | None:
    """Return index labels for new rows; None if these have the labels of their seed rows.

    Parameters
    ----------
    labels : ndarray of shape (n_rows,)
        Those of the input, none missing.
    n_new : int

    Returns
    -------
    ndarray of shape (n_new,), or None
        Whole numbers above the largest label, or "new-0", "new-1", ... beside labels of text.
    """
    if n_new and labels.dtype.kind in "iu":
        largest = int(labels.max())
        # No integers are left above the largest label: then the label of the seed row is repeated.
        has_room = largest + n_new <= np.iinfo(np.int64).max
        return np.arange(n_new) + (largest + 1) if has_room else None
    if n_new and all(isinstance(label, str) for label in labels.tolist()):
        fresh = _fresh_labels(set(labels.tolist()))
        return np.array([next(fresh) for _ in range(n_new)], dtype=object)
    return None


def _fresh_labels(known: set[Any]) -> Iterator[str]:
    number = 0
    while True:
        if f"new-{number}" not in known:
            yield f"new-{number}"
        number += 1
