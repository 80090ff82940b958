"""Series: read one column of a frame as arrays, and build new values in its dtype."""

from __future__ import annotations

import importlib
from typing import Any, TypeAlias, cast

import narwhals.stable.v2 as nw
import narwhals.stable.v2.dependencies as nw_dependencies
import numpy as np
from numpy.typing import NDArray

from poise.core.errors import InputError
from poise.core.plan.values import Array
from poise.core.tables.columns import (
    Column,
    codes_of,
    column_of_array,
    is_missing_item,
    ticks_per_day,
)
from poise.core.tables.items import as_items, column_of_items
from poise.core.tables.kinds import Kind
from poise.core.tables.made import MadeColumn

Series: TypeAlias = Any  # narwhals.Series


def is_pandas_like(native: object) -> bool:
    """Return whether an object is a frame or column of pandas, or of a library with its interface.

    Narwhals decides, so the answer is the same as for reading the object; such libraries are modin and
    cuDF.

    Examples
    --------
    >>> is_pandas_like(np.zeros(2))
    False
    """
    return bool(
        nw_dependencies.is_pandas_like_dataframe(native)
        or nw_dependencies.is_pandas_like_series(native)
    )


def is_number(column: Series) -> bool:
    """Return whether the dtype of a column is numeric or boolean (128-bit integers are not read)."""
    dtype = column.dtype
    if dtype in (nw.Int128, nw.UInt128):
        return False
    return bool(dtype.is_integer() or dtype.is_float() or dtype == nw.Boolean)


def is_text(column: Series) -> bool:
    """Return whether the dtype of a column is text, and not categories."""
    return bool(column.dtype == nw.String)


def with_nan(column: Series) -> NDArray[np.float64]:
    """Return a column of numbers as float64; NaN if a value is missing."""
    if column.null_count() and column.dtype == nw.Boolean:
        column = column.cast(nw.Int8)
    native = column.to_native()
    if hasattr(native, "chunks"):  # pyarrow refuses whole numbers that floats round
        return cast("NDArray[np.float64]", native.cast("float64", safe=False).to_numpy())
    return cast("NDArray[np.float64]", column.cast(nw.Float64).to_numpy().astype(np.float64))


def read_series(name: str, series: Series, declared: Kind | None) -> Column:
    """Read a column of a frame as arrays.

    Parameters
    ----------
    name : str
        Name of the column for messages.
    series : narwhals.Series
    declared : Kind, optional
        The kind that the user declared.

    Raises
    ------
    InputError
        If the column holds nested, complex or 128-bit values, or values that do not fit the declared
        kind.
    """
    if series.dtype == nw.Object:
        return column_of_items(name, _items_of(series), declared)
    _check_readable(name, series, declared)
    if declared == "categorical" or _is_categorical(series):
        return Column("categorical", text_codes(name, series))
    if is_ordered(series):
        return Column("ordered", *_ranks(name, series))
    if series.dtype.is_decimal() or _described(series).startswith("decimal"):
        return _read_decimals(series)
    if series.dtype.is_temporal() or series.dtype == nw.Unknown:
        return _read_times(name, series)
    return _read_numbers(name, series, declared)


def _items_of(series: Series) -> Array:
    return _as_object_array(series.to_list())


def _check_readable(name: str, series: Series, declared: Kind | None) -> None:
    dtype = series.dtype
    is_union = _described(series).startswith(("dense_union", "sparse_union"))
    if is_union or dtype.is_nested() or dtype in (nw.Int128, nw.UInt128):
        raise InputError(
            f"{name} holds values of type {'union' if is_union else dtype}, which cannot be searched or blended. Leave it "
            "out, or convert it to columns of numbers or text."
        )
    if declared not in (None, "categorical") and not is_number(series):
        raise InputError(
            f"column_kinds says that {name} is {declared!r}, but it holds values of type {dtype}. "
            "Convert it to numbers first, or leave it out of column_kinds."
        )


def _read_numbers(name: str, series: Series, declared: Kind | None) -> Column:
    missing = series.is_null().to_numpy() if series.null_count() else None
    if series.dtype.is_float():
        # In numpy float columns of pandas, every missing value is NaN.
        is_numpy = isinstance(getattr(series.to_native(), "dtype", None), np.dtype)
        return column_of_array(name, series.to_numpy(), declared, None if is_numpy else missing)
    fill = False if series.dtype == nw.Boolean else 0
    filled = series if missing is None else series.fill_null(fill)
    return column_of_array(name, filled.to_numpy(), declared, missing)


def check_takeable(name: str, series: Series) -> None:
    """Raise InputError for a column type from which pyarrow cannot take rows."""
    described = _described(series)
    if described.startswith("decimal") and ", -" in described:
        raise InputError(
            f"{name} holds values of type {described}, whose scale is below 0. Cast it first, for example to float64."
        )
    if described.startswith(("string_view", "binary_view", "run_end_encoded")):
        raise InputError(
            f"{name} holds values of type {described}, from which pyarrow cannot take rows. Cast it "
            "first, for example to string."
        )


def _read_decimals(series: Series) -> Column:
    missing = series.is_null().to_numpy() if series.null_count() else None
    native = series.to_native()
    is_arrow = _arrow_type(native) is not None
    values = (
        _as_chunked(native).cast("float64", safe=False).to_numpy() if is_arrow else with_nan(series)
    )
    return Column("continuous", values, missing)


def is_ordered(series: Series) -> bool:
    """Return whether a column holds ordered categories."""
    native = series.to_native()
    arrow_type = _arrow_type(native)
    is_dictionary = arrow_type is not None and hasattr(arrow_type, "ordered")
    return bool(arrow_type.ordered) if is_dictionary else series.dtype == nw.Enum


def ordered_categories(frame: Any, name: Any) -> list[Any]:
    """Return the categories of a column of ordered categories of a frame, in their order."""
    found = nw.from_native(frame)[name].cat.get_categories().to_list()
    return list(found)


def _is_categorical(series: Series) -> bool:
    dtype = series.dtype
    if series.null_count() == len(series) and not dtype.is_float():
        return True  # all values are missing, and new values will be
    if dtype in (nw.String, nw.Binary):
        return True
    if dtype == nw.Categorical:
        return not is_ordered(series)
    if dtype != nw.Unknown or _described(series).startswith(("date64", "decimal")):
        return False
    # Periods and intervals are categories; sparse numbers are numbers.
    return bool(series.to_numpy().dtype.kind == "O")


def _described(series: Series) -> str:
    return str(_arrow_type(series.to_native()))


def _arrow_type(native: Any) -> Any:
    """Return the pyarrow type of a column, also in a pandas frame; None for other columns."""
    if is_pandas_like(native):
        return getattr(native.dtype, "pyarrow_dtype", None)
    return native.type if type(native).__module__ == "pyarrow.lib" else None


def _read_times(name: str, series: Series) -> Column:
    if series.dtype == nw.Time:
        return _read_times_of_day(series)
    if _described(series).startswith("date64"):
        return column_of_array(name, _as_chunked(series.to_native()).cast("date32").to_numpy())
    values = series.to_numpy()
    if values.dtype.kind == "O":  # pandas dates with a pyarrow type
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
    return Column("time", ticks, missing, ticks_per_day("", np.dtype(f"m8[{unit}]")))


def _as_chunked(native: Any) -> Any:
    """Return a column with a pyarrow type as a chunked array."""
    arrow = importlib.import_module("pyarrow")
    chunked = arrow.array(native.array) if is_pandas_like(native) else native
    return chunked if hasattr(chunked, "chunks") else arrow.chunked_array([chunked])


def _ranks(name: str, series: Series) -> tuple[Array, NDArray[np.bool_] | None]:
    native = series.to_native()
    if _arrow_type(native) is not None:
        chunks = _as_chunked(native).chunks
        orders = {tuple(chunk.dictionary.to_pylist()) for chunk in chunks}
        if len(orders) > 1:
            raise InputError(
                f"{name} has chunks whose ordered categories differ. Give all chunks one order first, for "
                "example by casting the column to text and back."
            )
        ranks = np.concatenate([_indices(chunk) for chunk in chunks])
    elif is_pandas_like(native):
        ranks = native.cat.codes.to_numpy()
    else:
        ranks = native.to_physical().cast(_polars(native).Int64).fill_null(-1).to_numpy()
    missing = ranks < 0
    return np.where(missing, 0, ranks).astype(np.int64), missing if missing.any() else None


def _indices(dictionary: Any) -> Array:
    """Return the codes of a dictionary array; -1 if missing."""
    return cast(
        "Array", dictionary.indices.cast("int64").fill_null(-1).to_numpy(zero_copy_only=False)
    )


def _polars(native: Any) -> Any:
    return importlib.import_module(type(native).__module__.partition(".")[0])


def text_codes(name: str, series: Series) -> NDArray[np.int32]:
    """Return a code for each text or category of a column: 0 or above, -1 if it is missing."""
    native = series.to_native()
    if series.dtype.is_float():
        return codes_of(series.to_numpy())
    arrow_type = _arrow_type(native)
    if arrow_type is not None and series.dtype != nw.Unknown:
        chunked = _as_chunked(native)
        # Decode first, because chunks may have different, missing or repeated categories.
        plain = (
            chunked.cast(arrow_type.value_type) if hasattr(arrow_type, "value_type") else chunked
        )
        encoded = plain.dictionary_encode().combine_chunks()
        return _indices(encoded).astype(np.int32)
    if is_pandas_like(native):
        try:
            codes = native.factorize()[0]
            return cast("NDArray[np.int32]", codes.astype(np.int32))
        except TypeError:
            pass  # column_of_array below raises with a clear message
    elif series.dtype in (nw.String, nw.Categorical, nw.Enum) and arrow_type is None:
        polars = _polars(native)
        physical = native.cast(polars.String).cast(polars.Categorical).to_physical()
        return codes_of(physical.cast(polars.Float64).to_numpy())
    return column_of_array(name, _items_of(series), "categorical").values.astype(np.int32)


def made_series(like: Series, made: MadeColumn) -> Any:
    """Return made values as a native column of the same dtype as an input column.

    Parameters
    ----------
    like : narwhals.Series
        The input column.
    made : MadeColumn
    """
    if made.donors is not None:
        return like[made.donors].to_native()
    native, values, missing = like.to_native(), cast("Array", made.values), made.missing
    arrow_type = _arrow_type(native)
    if arrow_type is not None:
        column = _made_arrow(native, arrow_type, values, missing)
        if not is_pandas_like(native):
            return column
        pandas = nw.get_native_namespace(like)
        return pandas.Series(pandas.arrays.ArrowExtensionArray(column))
    if is_ordered(like):
        categories = native.cat.categories if is_pandas_like(native) else native.dtype.categories
        values = np.array(categories.to_list(), dtype=object)[values]
    if like.dtype == nw.Object:
        return _made_objects(native, values, missing, _items_of(like))
    if is_pandas_like(native):
        return _made_pandas(nw.get_native_namespace(like), native.dtype, values, missing)
    return _made_polars(_polars(native), native.dtype, values, missing)


def _as_object_array(items: list[Any]) -> Array:
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


def _made_arrow(
    native: Any, arrow_type: Any, values: Array, missing: NDArray[np.bool_] | None
) -> Any:
    arrow = importlib.import_module("pyarrow")
    described = str(arrow_type)
    if described.startswith("dictionary"):
        ranks = arrow.array(values, mask=missing).cast(arrow_type.index_type)
        own = _as_chunked(native).chunk(0).dictionary
        made = arrow.DictionaryArray.from_arrays(ranks, own, ordered=arrow_type.ordered)
        return arrow.chunked_array([made])
    if described.startswith(("date", "time32")):
        values = values.astype(np.int32)
    made = arrow.chunked_array([arrow.array(values, mask=missing)])
    if described.startswith("date64"):
        made = made.cast("date32")
    return made.cast(arrow_type)


def _made_objects(native: Any, values: Any, missing: NDArray[np.bool_] | None, like: Array) -> Any:
    """Return made values as Python objects; a missing value is what marks one in the column."""
    items = _as_object_array(as_items(values, like))
    if missing is not None:
        items[missing] = next(item for item in like.tolist() if is_missing_item(item))
    return type(native)(items, dtype=native.dtype)


def _made_polars(polars: Any, dtype: Any, values: Array, missing: NDArray[np.bool_] | None) -> Any:
    if missing is not None and values.dtype.kind == "f":
        values = np.where(missing, 0, values)  # decimals have no NaN
    items = values.tolist() if values.dtype == object else values  # no mutant: polars reads both
    column = polars.Series(items).cast(dtype)
    if missing is None:
        return column
    return column.zip_with(polars.Series(~missing), column.clear(len(column)))


def _made_pandas(pandas: Any, dtype: Any, values: Array, missing: NDArray[np.bool_] | None) -> Any:
    if dtype.kind in "mM":
        not_a_time = np.iinfo(np.int64).min
        ticks = values if missing is None else np.where(missing, not_a_time, values)
        times = pandas.Series(ticks.view(f"{dtype.kind}8[{_unit_of(dtype)}]"))
        zone = getattr(dtype, "tz", None)
        return times if zone is None else times.dt.tz_localize("UTC").dt.tz_convert(zone)
    column = pandas.Series(values).astype(dtype)
    return column if missing is None else column.mask(missing)


def _unit_of(dtype: Any) -> str:
    return str(getattr(dtype, "unit", None) or np.datetime_data(dtype)[0])
