"""Frames: pandas, polars and pyarrow, read and built through narwhals and nowhere else."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, TypeAlias, cast

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from poise.core.errors import (
    InputError,
    MissingDependencyError,
    UnknownNameError,
    UnsupportedTypeError,
    listed,
    nearest_name,
)
from poise.core.plan.plan import Plan
from poise.core.plan.recipes import Ids
from poise.core.plan.values import Array
from poise.core.tables.arrays import column_label, dated
from poise.core.tables.blocks import Block, Column, blocks_of, made_columns, times_in
from poise.core.tables.kinds import AS_READ, Declared
from poise.core.tables.series import (
    is_number,
    made_series,
    read_series,
    refuse_untakeable,
    with_nan,
)

Frame: TypeAlias = Any  # narwhals.DataFrame
Series: TypeAlias = Any  # narwhals.Series
BACKENDS = ("pandas", "polars", "pyarrow")


class FrameTable:
    """A frame as a table; the user's frame is never changed.

    Parameters
    ----------
    frame : narwhals.DataFrame
    declared : Declared
    dated : int or None
        Position of a column that dates the rows.
    """

    def __init__(
        self, frame: Frame, declared: Declared = AS_READ, dated: int | None = None
    ) -> None:
        self._frame = frame
        self._declared = declared
        self._dated = dated
        self.names = column_names(frame.to_native())
        self.n_rows, self.n_columns = frame.shape
        for j, column in enumerate(frame.iter_columns()):
            refuse_untakeable(column_label(j, self.names), column)

    @cached_property
    def _series(self) -> list[Any]:
        return list(self._frame.iter_columns())

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        kinds = self._declared.by_position(self.names, self.n_columns)
        columns = [
            read_series(column_label(j, self.names), column, kinds.get(j))
            for j, column in enumerate(self._series)
        ]
        return blocks_of(dated(columns, self._dated, self.times))

    @cached_property
    def times(self) -> Array | None:
        if self._dated is None:
            return None
        return times_in(read_series("time", self._series[self._dated], None))

    def known_numbers(self) -> tuple[list[Any], NDArray[np.float64]]:
        named = zip(self.names, self._series, strict=True)
        known = {name: with_nan(column) for name, column in named if is_number(column)}
        return list(known), np.column_stack([*known.values(), np.empty((self.n_rows, 0))])

    def output(self, plan: Plan) -> Any:
        native = self._frame.to_native()
        if plan.only_originals:
            return take_from_frame(native, plan)
        taken, rows, order = plan.split()
        made = made_columns(self.blocks, plan)
        columns = [made_series(s, made[j].take(rows)) for j, s in enumerate(self._series)]
        if hasattr(native, "iloc"):
            stacked = _with_pandas_rows(native.iloc[taken], columns)
            ordered = stacked if order is None else stacked.iloc[order]
            return _with_index(ordered, native.index, plan)
        kept = self._frame[taken]
        out = nw.concat([kept, _made_frame(kept, columns)])
        return (out if order is None else out[order]).to_native()


def _made_frame(kept: Frame, columns: list[Any]) -> Frame:
    native, library = kept.to_native(), nw.get_native_namespace(kept)
    if kept.implementation.is_pyarrow():
        # Arrow fields also carry nullability and metadata.
        return nw.from_native(library.Table.from_arrays(columns, schema=native.schema))
    named = dict(zip(kept.columns, columns, strict=True))
    return nw.from_native(library.DataFrame(named, schema=native.schema))


def _with_pandas_rows(kept: Any, columns: list[Any]) -> Any:
    pandas = _library(kept)
    made = pandas.DataFrame({j: column.array for j, column in enumerate(columns)})
    made.columns = kept.columns
    out = pandas.concat([kept, made], ignore_index=True)
    out.attrs = dict(kept.attrs)
    return out


def _library(native: Any) -> Any:
    # Asked of narwhals: a subclass of a frame lives in a module of its own.
    return nw.get_native_namespace(nw.from_native(native, allow_series=True))


def column_names(native: Any) -> list[Any]:
    """Return the names of a native frame's columns, repeated ones included."""
    names = native.column_names if hasattr(native, "column_names") else None
    return list(getattr(native, "columns", ()) if names is None else names)


def read_frame(X: Any) -> Frame | None:
    """Return the narwhals frame of a native one, None for anything else.

    Raises
    ------
    UnsupportedTypeError
        For lazy frames and for single columns.
    """
    if hasattr(X, "iloc") or hasattr(X, "column_names"):  # pandas, pyarrow: names may repeat there
        _refuse_repeated(column_names(X))
    frame = nw.from_native(X, pass_through=True, allow_series=True)
    if isinstance(frame, nw.DataFrame):
        return frame
    if isinstance(frame, nw.LazyFrame):
        raise UnsupportedTypeError(
            f"X is a LazyFrame of {frame.implementation.value}, whose rows are not there yet. "
            "Pass X.collect()."
        )
    if isinstance(frame, nw.Series):
        raise UnsupportedTypeError("X is a single column. Pass a frame, such as X.to_frame().")
    return None


def _refuse_repeated(names: list[Any]) -> None:
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise InputError(
            f"X has more than one column of the name {listed(repeated)}. Rename or drop the others; "
            "a column must be known by its name."
        )


def read_column(y: Any) -> Array | None:
    """Return the values of a native column or frame of columns, None for anything else.

    Missing values come as None or NaN.
    """
    column = nw.from_native(_as_chunked(y), pass_through=True, allow_series=True)
    if isinstance(column, nw.LazyFrame):
        raise UnsupportedTypeError("y is a LazyFrame, whose rows are not there yet. Collect it.")
    if isinstance(column, nw.DataFrame):
        return np.column_stack([_series_values(series) for series in column.iter_columns()])
    return _series_values(column) if isinstance(column, nw.Series) else None


def as_frame(values: Any) -> Frame | None:
    """Return a native frame, or a native column as the only one of a frame; else None."""
    if hasattr(values, "columns") or hasattr(values, "column_names"):
        _refuse_repeated(column_names(values))
    known = nw.from_native(_as_chunked(values), pass_through=True, allow_series=True)
    if isinstance(known, nw.Series):
        return known.to_frame()
    return known if isinstance(known, nw.DataFrame) else None


def only_column(frame: Any, like: Any) -> Any:
    """Return the only column of a native frame, of the kind of another."""
    column = next(nw.from_native(frame, eager_only=True).iter_columns()).to_native()
    return column.combine_chunks() if _as_chunked(like) is not like else column


def read_column_alone(native: Any) -> Column | None:
    """Return a native column by its dtype, None for anything else."""
    if _is_pandas_without_rows(native):
        native = importlib.import_module("pandas").Series(native)
    column = nw.from_native(_as_chunked(native), pass_through=True, allow_series=True)
    if isinstance(column, nw.DataFrame) and len(column.columns) == 1:
        column = next(column.iter_columns())
    return read_series("time", column, None) if isinstance(column, nw.Series) else None


def _is_pandas_without_rows(values: Any) -> bool:
    """Tell whether this is an Index or an extension array of pandas, or a list of its times."""
    if isinstance(values, list | tuple | np.ndarray):
        values = values[0] if len(values) and np.ndim(values) == 1 else None
    return type(values).__module__.startswith("pandas") and not hasattr(values, "iloc")


def with_gaps(values: Any, is_gap: NDArray[np.bool_]) -> Any:
    """Return a frame, column or array with some of its rows missing.

    Raises
    ------
    InputError
        For an array whose dtype has no missing value.
    """
    if hasattr(values, "iloc"):
        out = values.copy()
        return out.mask(is_gap) if out.ndim == 1 else out.apply(lambda column: column.mask(is_gap))
    known = nw.from_native(_as_chunked(values), pass_through=True, allow_series=True)
    if isinstance(known, nw.Series):
        return _series_with_gaps(known, is_gap).to_native()
    if isinstance(known, nw.DataFrame):
        columns = [_series_with_gaps(column, is_gap) for column in known.iter_columns()]
        return known.with_columns(*columns).to_native()
    out = np.array(values)
    fill: dict[str, Any] = {"f": np.nan, "c": np.nan, "O": None, "M": "NaT", "m": "NaT"}
    if out.dtype.kind not in fill:
        raise InputError(
            f"An array of {out.dtype} holds no missing value. Convert it to float or object first, "
            "or use how='seed'."
        )
    out[is_gap] = fill[out.dtype.kind]
    return out


def _series_with_gaps(column: Series, is_gap: NDArray[np.bool_]) -> Series:
    library = nw.get_native_namespace(column)
    nothing = nw.new_series(column.name, [None] * len(column), column.dtype, backend=library)
    is_known = nw.new_series("is_known", ~is_gap, nw.Boolean, backend=library)
    return column.zip_with(is_known, nothing)


def _series_values(series: Series) -> Array:
    dtype = series.dtype
    as_items = dtype in (nw.Categorical, nw.Enum, nw.Int128, nw.UInt128) or dtype.is_temporal()
    if as_items or (series.null_count() and not dtype.is_float()):
        values = np.empty(len(series), dtype=object)
        values[:] = series.to_list()
        return values
    return cast("Array", series.to_numpy())


def values_of(native: Any) -> list[Any] | None:
    """Return a native frame or column as plain values, a row each, None for anything else."""
    known = nw.from_native(_as_chunked(native), pass_through=True, allow_series=True)
    if isinstance(known, nw.DataFrame):
        return list(zip(*[column.to_list() for column in known.iter_columns()], strict=True))
    return known.to_list() if isinstance(known, nw.Series) else None


def signature_of(native: Any) -> tuple[Any, ...]:
    """Return what must not change of a native frame or column: library, names and dtypes."""
    if hasattr(native, "iloc"):
        dtypes = native.dtypes
        of_columns = dtypes.to_dict() if hasattr(dtypes, "to_dict") else (native.name, dtypes)
        return type(native), of_columns, native.index.nlevels, native.index.dtype
    named = getattr(native, "name", None)
    return type(native), named, getattr(native, "schema", None) or getattr(native, "type", None)


def _as_chunked(y: Any) -> Any:
    # narwhals reads chunked arrays, not the plain arrays they are made of.
    if type(y).__module__ == "pyarrow.lib" and hasattr(y, "buffers"):
        return importlib.import_module("pyarrow").chunked_array([y])
    return y


def take_from_frame(values: Any, plan: Plan) -> Any:
    """Return each output row's seed from a native frame or column, None for anything else."""
    if hasattr(values, "iloc"):
        return _with_index(values.iloc[plan.source], values.index, plan)
    return take_rows(values, plan.source)


def concat_frames(first: Any, second: Any, names: tuple[str, str]) -> Any:
    """Return two frames as one, the second one's columns by the first one's names; None for other objects."""
    above, below = (read_frame(part) for part in (first, second))
    if above is None and below is None:
        return None
    if above is None or below is None:
        raise UnsupportedTypeError(
            f"{names[0]} is a {type(first).__name__} and {names[1]} a {type(second).__name__}. Pass two frames, "
            "or two arrays."
        )
    if set(above.columns) != set(below.columns):
        lacking = listed(sorted(map(str, set(above.columns) ^ set(below.columns))))
        raise InputError(
            f"{names[0]} and {names[1]} have other columns: {lacking} are in one of them only."
        )
    if above.implementation != below.implementation:
        raise UnsupportedTypeError(
            f"{names[0]} and {names[1]} are frames of other libraries. Pass two of the same one."
        )
    below = below[:, [below.columns.index(c) for c in above.columns]]
    types = list(zip(above.columns, above.schema.values(), below.schema.values(), strict=True))
    mixed = [c for c, a, b in types if a.is_numeric() != b.is_numeric()]
    if mixed:
        raise InputError(
            f"{names[0]} and {names[1]} have columns that are numbers in one of them only: {listed(mixed)}. "
            "Give them one type."
        )
    unlike = [c for c, a, b in types if a != b]
    # Whole numbers in one file and fractions in another are numbers all the same.
    numeric = [c for c, a, b in types if a != b and a.is_numeric() and isinstance(c, str)]
    floats = [nw.col(*numeric).cast(nw.Float64)] if numeric else []
    try:
        both = [part.with_columns(*floats).to_native() for part in (above, below)]
        return nw.concat([nw.from_native(part) for part in both], how="vertical").to_native()
    except Exception as error:
        raise InputError(
            f"{names[0]} and {names[1]} cannot be put one below the other (columns {listed(unlike)} have "
            f"other types): {error}"
        ) from error


def take_rows(values: Any, rows: Ids) -> Any:
    """Return some rows of a native frame or column, None for anything else."""
    if hasattr(values, "iloc"):
        return values.iloc[rows]
    chunked = _as_chunked(values)
    column = nw.from_native(chunked, pass_through=True, allow_series=True)
    if not isinstance(column, nw.DataFrame | nw.Series):
        return None
    taken = column[rows].to_native()
    return taken if chunked is values else taken.combine_chunks()


def _with_index(native: Any, index: Any, plan: Plan) -> Any:
    """Return a pandas object whose new rows have labels of their own where there is a rule."""
    labels, is_new = index.take(plan.source), plan.is_new
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
        labels = _library(native).Index(values, dtype=dtype, name=index.name)
    native.index = labels
    return native


def _new_labels(index: Any, n_new: int) -> Array | None:
    if not n_new or index.nlevels > 1 or index.hasnans:
        return None
    if index.inferred_type == "integer":
        largest = int(index.max())
        # No label is left above the largest integer: then the seed's is repeated.
        has_room = largest + n_new <= np.iinfo(np.int64).max
        return np.arange(n_new) + (largest + 1) if has_room else None
    if index.inferred_type == "string":
        fresh = _fresh_labels(set(index))
        return np.array([next(fresh) for _ in range(n_new)], dtype=object)
    return None


def _fresh_labels(known: set[Any]) -> Iterator[str]:
    number = 0
    while True:
        if f"new-{number}" not in known:
            yield f"new-{number}"
        number += 1


def frame_from_columns(columns: Mapping[str, Array], backend: str | None = None) -> Any:
    """Return columns as a frame of a library that is installed.

    Parameters
    ----------
    columns : mapping of str to ndarray of shape (n,)
    backend : {"pandas", "polars", "pyarrow"}, optional
        By default the first of these that is installed.

    Raises
    ------
    MissingDependencyError
        If the library, or any of the three, is not installed.
    """
    if backend is not None:
        _refuse_unknown(backend)
    for name in BACKENDS if backend is None else (backend,):
        try:
            library = importlib.import_module(name)
        except ImportError:
            continue
        return nw.from_dict(dict(columns), backend=library).to_native()
    raise MissingDependencyError(
        f"{backend or 'None of pandas, polars and pyarrow'} is not installed. Install one "
        "(pip install pandas), or call .to_dict(), which needs none."
    )


def _refuse_unknown(backend: str) -> None:
    if backend not in BACKENDS:
        raise InputError(
            f"backend={backend!r} is not known; it can be {listed(BACKENDS)}."
            f"{nearest_name(backend, BACKENDS)}"
        )


def column_position(frame: Any, name: Any) -> int:
    """Return where a column of a native frame is.

    Raises
    ------
    UnknownNameError
        If there is no such column; the nearest name is told.
    UnsupportedTypeError
        If the table has no named columns.
    """
    if read_frame(frame) is None:
        raise UnsupportedTypeError(
            f"target={name!r} names a column, which a {type(frame).__name__} does not have. Pass X "
            "and y apart, or a pandas, polars or pyarrow frame."
        )
    names = column_names(frame)
    if name not in names:
        raise UnknownNameError(
            f"There is no column {name!r} to be the target; the columns are {listed(names)}."
            f"{nearest_name(name, names)}"
        )
    return names.index(name)


def split_target(frame: Any, target: Any) -> tuple[Any, Any]:
    """Return a frame without its target column, and the column."""
    if hasattr(frame, "iloc"):
        return frame.drop(columns=[target]), frame[target]
    known = nw.from_native(frame, eager_only=True)
    return known.drop(target).to_native(), known[target].to_native()


def whole_frame(
    X: Any, y: Any, name: Any = None, position: int | None = None, backend: str | None = None
) -> Any:
    """Return a table and its labels as one frame.

    Parameters
    ----------
    X : array-like, sparse matrix or frame of shape (n, d)
    y : array-like of shape (n,)
    name : optional
        Of the target column; by default the name of y, or "target".
    position : int, optional
        Of the target column; by default the last.
    backend : {"pandas", "polars", "pyarrow"}, optional
        By default the library of X, or the first that is installed.
    """
    y, name = _named(X, y, name)
    if read_frame(X) is None:
        return frame_from_columns(whole_columns(X, y, name), backend)
    whole = _with_column(X, y, name, len(column_names(X)) if position is None else position)
    return whole if backend is None else _converted(whole, backend)


def whole_columns(X: Any, y: Any, name: Any = None) -> dict[Any, Array]:
    """Return a table and its labels as columns, the target last."""
    y, name = _named(X, y, name)
    return _columns_of(X) | {name: np.asarray(y)}


def _columns_of(X: Any) -> dict[Any, Array]:
    frame = read_frame(X)
    if frame is not None:
        arrays = [column.to_numpy() for column in frame.iter_columns()]
        return dict(zip(column_names(X), arrays, strict=True))
    values = X.toarray() if hasattr(X, "toarray") else np.asarray(X)
    return {f"x{j}": values[:, j] for j in range(values.shape[1])}


def _named(X: Any, y: Any, name: Any) -> tuple[Any, Any]:
    """Return a target as one column, and a name for it that X does not have."""
    y, own_name = _one_column(y)
    name = next((n for n in (name, own_name) if n is not None), "target")
    n_columns = X.shape[1] if hasattr(X, "shape") else len(X[0])
    known = column_names(X) if read_frame(X) is not None else [f"x{j}" for j in range(n_columns)]
    if name in known:
        raise InputError(
            f"X has a column named {name!r} already, which the target would hide. Rename it, or "
            "join X and y under another name."
        )
    return y, name


def _one_column(y: Any) -> tuple[Any, Any]:
    """Return a target as one column, and its name."""
    if getattr(y, "ndim", 1) == 1 and len(getattr(y, "shape", (0,))) == 1:
        return y, getattr(y, "name", None)
    if y.shape[1] != 1:
        raise InputError(
            f"y has {y.shape[1]} columns; a frame takes a target of one. Join X and y yourself."
        )
    if isinstance(y, np.ndarray):
        return y[:, 0], None
    name = column_names(y)[0]
    return y[name], name


def _converted(native: Any, backend: str) -> Any:
    _refuse_unknown(backend)
    if hasattr(native, "iloc") and backend != "pandas":
        native = native.reset_index(drop=True)  # which other libraries would make a column of
    frame = nw.from_native(native, eager_only=True)
    try:
        if backend == "pandas":
            return frame.to_pandas()
        return frame.to_polars() if backend == "polars" else frame.to_arrow()
    except ImportError as error:
        raise MissingDependencyError(f"{backend} or what it needs is missing: {error}.") from error


def _with_column(X: Any, y: Any, name: Any, position: int) -> Any:
    if hasattr(X, "iloc"):
        whole = X.copy(deep=False)
        whole.insert(position, name, y.array if hasattr(y, "array") else np.asarray(y))
        return whole
    frame = nw.from_native(X, eager_only=True)
    order = [*frame.columns[:position], name, *frame.columns[position:]]
    column = nw.from_native(y, series_only=True, pass_through=True)
    if not isinstance(column, nw.Series) or column.implementation is not frame.implementation:
        values = y if isinstance(y, list | np.ndarray) else np.asarray(y)
        column = nw.new_series(name, values, backend=nw.get_native_namespace(frame))
    return frame.with_columns(column.alias(name)).select(order).to_native()
