"""One column of a frame: read as plain arrays, and made values put back into its own dtype."""

from __future__ import annotations

import importlib
from typing import Any, TypeAlias, cast

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from poise.core.blocks import Column, MadeColumn, column_of_array, ticks_a_day
from poise.core.columns import Array, Kind, codes_of
from poise.core.errors import InputError
from poise.core.kinds import refuse_other_values

Series: TypeAlias = Any  # narwhals.Series


def is_number(column: Series) -> bool:
    """Tell whether a column's dtype is one that can be computed with."""
    dtype = column.dtype
    if dtype in (nw.Int128, nw.UInt128):
        return False
    return bool(dtype.is_integer() or dtype.is_float() or dtype == nw.Boolean)


def with_nan(column: Series) -> NDArray[np.float64]:
    """Return a column of numbers as float64, NaN where a value is missing."""
    if column.null_count() and column.dtype == nw.Boolean:
        column = column.cast(nw.Int8)
    return cast("NDArray[np.float64]", column.cast(nw.Float64).to_numpy().astype(np.float64))


def read_series(name: str, series: Series, declared: Kind | None) -> Column:
    """Return a column of a frame as plain arrays.

    Parameters
    ----------
    name : str
        What to call it in messages.
    series : narwhals.Series
    declared : Kind, optional
        What the user says it is.

    Raises
    ------
    InputError
        For columns of lists and the like, of complex or 128-bit numbers, and of values that cannot
        be of the kind declared.
    """
    dtype = series.dtype
    if dtype.is_nested() or dtype in (nw.Int128, nw.UInt128):
        raise InputError(
            f"{name} holds values of type {dtype}, which cannot be searched or blended. Leave it "
            "out, or turn it into plain columns."
        )
    if declared not in (None, "categorical") and not is_number(series):
        refuse_other_values(name, np.empty(0, dtype=object), declared)
    if declared != "categorical" and is_ordered(series):
        return Column("ordered", *_ranks(series))
    if declared == "categorical" or _is_categorical(series):
        return Column("categorical", _codes(name, series))
    if dtype == nw.Time:
        return _read_times_of_day(series)
    if dtype.is_temporal() or dtype == nw.Unknown:
        return _read_times(name, series)
    missing = series.is_null().to_numpy() if series.null_count() else None
    if dtype.is_integer() or dtype == nw.Boolean:
        filled = (
            series if missing is None else series.fill_null(False if dtype == nw.Boolean else 0)
        )
        return column_of_array(name, filled.to_numpy(), declared, missing)
    values = with_nan(series) if dtype.is_decimal() else series.to_numpy()
    # numpy's floats in pandas have no other gap than NaN.
    is_numpy = isinstance(getattr(series.to_native(), "dtype", None), np.dtype)
    return column_of_array(name, values, declared, None if is_numpy else missing)


def is_ordered(series: Series) -> bool:
    """Tell whether a column holds ordered categories."""
    native = series.to_native()
    arrow_type = _arrow_type(native)
    is_dictionary = arrow_type is not None and hasattr(arrow_type, "ordered")
    return bool(arrow_type.ordered) if is_dictionary else series.dtype == nw.Enum


def _is_categorical(series: Series) -> bool:
    dtype = series.dtype
    if dtype in (nw.Categorical, nw.String, nw.Object, nw.Binary):
        return True
    if dtype != nw.Unknown:
        return False
    # Periods, intervals and columns of nothing are taken as they are; sparse numbers are numbers.
    return series.null_count() == len(series) or series.to_numpy().dtype.kind == "O"


def _arrow_type(native: Any) -> Any:
    """Return the type of a column that pyarrow holds, in a pandas frame too; else None."""
    if hasattr(native, "iloc"):
        return getattr(native.dtype, "pyarrow_dtype", None)
    return native.type if type(native).__module__ == "pyarrow.lib" else None


def _read_times(name: str, series: Series) -> Column:
    values = series.to_numpy()
    if values.dtype.kind == "O":  # dates of pandas that pyarrow holds
        missing = series.is_null().to_numpy()
        values[missing] = None
        values = values.astype("datetime64[D]")
    if values.dtype.kind == "c":
        raise InputError(f"{name}: Complex data not supported. Pass real and imaginary parts.")
    return column_of_array(name, values)


def _read_times_of_day(series: Series) -> Column:
    missing = series.is_null().to_numpy() if series.null_count() else None
    arrow_type = _arrow_type(series.to_native())
    unit = "ns" if arrow_type is None else str(arrow_type).partition("[")[2].rstrip("]")
    whole = series.cast(nw.Int32 if unit in ("s", "ms") else nw.Int64)
    ticks = whole.fill_null(0).to_numpy().astype(np.int64)
    return Column("time", ticks, missing, ticks_a_day("", np.dtype(f"m8[{unit}]")))


def _dictionary(native: Any) -> Any:
    """Return a column as one pyarrow array of codes and categories."""
    arrow = importlib.import_module("pyarrow")
    held = arrow.array(native.array) if hasattr(native, "iloc") else native
    chunked = held if hasattr(held, "chunks") else arrow.chunked_array([held])
    return chunked.dictionary_encode().unify_dictionaries().combine_chunks()


def _ranks(series: Series) -> tuple[Array, NDArray[np.bool_] | None]:
    native = series.to_native()
    if _arrow_type(native) is not None:
        ranks = _dictionary(native).indices.fill_null(-1).to_numpy(zero_copy_only=False)
    elif hasattr(native, "iloc"):
        ranks = native.cat.codes.to_numpy()
    else:
        ranks = native.to_physical().cast(_polars(native).Int64).fill_null(-1).to_numpy()
    missing = ranks < 0
    return np.where(missing, 0, ranks).astype(np.int64), missing if missing.any() else None


def _polars(native: Any) -> Any:
    return importlib.import_module(type(native).__module__.partition(".")[0])


def _categories(native: Any) -> list[Any]:
    """Return the categories of an ordered column, by rank."""
    if _arrow_type(native) is not None:
        return cast("list[Any]", _dictionary(native).dictionary.to_pylist())
    categories = native.cat.categories if hasattr(native, "iloc") else native.dtype.categories
    return cast("list[Any]", categories.to_list())


def _codes(name: str, series: Series) -> NDArray[np.int32]:
    native = series.to_native()
    if series.implementation.is_pyarrow():
        indices = _dictionary(native).indices
        return cast("NDArray[np.int32]", indices.fill_null(-1).to_numpy(zero_copy_only=False))
    if hasattr(native, "iloc"):
        try:
            codes = nw.get_native_namespace(series).factorize(native.array)[0]
            return cast("NDArray[np.int32]", codes.astype(np.int32))
        except TypeError:
            pass  # told in our own words below
    elif series.dtype in (nw.String, nw.Categorical, nw.Enum):
        polars = _polars(native)
        physical = native.cast(polars.String).cast(polars.Categorical).to_physical()
        return codes_of(physical.cast(polars.Float64).to_numpy())
    items = np.empty(len(series), dtype=object)
    items[:] = series.to_list()
    return column_of_array(name, items, "categorical").values


def made_series(like: Series, made: MadeColumn) -> Any:
    """Return made values as a native column of the dtype of another.

    Parameters
    ----------
    like : narwhals.Series
        The input's column.
    made : MadeColumn
    """
    if made.donors is not None:
        return like[made.donors].to_native()
    native, values, missing = like.to_native(), cast("Array", made.values), made.missing
    if is_ordered(like):
        values = np.array(_categories(native), dtype=object)[values]
    arrow_type = _arrow_type(native)
    if arrow_type is not None:
        column = _made_arrow(arrow_type, values, missing)
        if not hasattr(native, "iloc"):
            return column
        pandas = nw.get_native_namespace(like)
        return pandas.Series(pandas.arrays.ArrowExtensionArray(column))
    if hasattr(native, "iloc"):
        return _made_pandas(nw.get_native_namespace(like), native.dtype, values, missing)
    return _made_polars(_polars(native), native.dtype, values, missing)


def _made_arrow(arrow_type: Any, values: Array, missing: NDArray[np.bool_] | None) -> Any:
    arrow = importlib.import_module("pyarrow")
    described = str(arrow_type)
    if described.startswith(("date32", "time32")):
        values = values.astype(np.int32)
    if described.startswith("dictionary"):
        return arrow.chunked_array([arrow.array(values, mask=missing, type=arrow_type)])
    return arrow.chunked_array([arrow.array(values, mask=missing)]).cast(arrow_type)


def _made_polars(polars: Any, dtype: Any, values: Array, missing: NDArray[np.bool_] | None) -> Any:
    if missing is not None and values.dtype.kind == "f":
        values = np.where(missing, 0, values)  # decimals know no NaN
    column = polars.Series(values.tolist() if values.dtype == object else values).cast(dtype)
    if missing is None:
        return column
    return column.zip_with(polars.Series(~missing), column.clear(len(column)))


def _made_pandas(pandas: Any, dtype: Any, values: Array, missing: NDArray[np.bool_] | None) -> Any:
    if dtype.kind in "mM":
        gaps = np.iinfo(np.int64).min
        ticks = values if missing is None else np.where(missing, gaps, values)
        times = pandas.Series(ticks.view(f"{dtype.kind}8[{_unit_of(dtype)}]"))
        zone = getattr(dtype, "tz", None)
        return times if zone is None else times.dt.tz_localize("UTC").dt.tz_convert(zone)
    column = pandas.Series(values).astype(dtype)
    return column if missing is None else column.mask(missing)


def _unit_of(dtype: Any) -> str:
    return str(getattr(dtype, "unit", None) or np.datetime_data(dtype)[0])
