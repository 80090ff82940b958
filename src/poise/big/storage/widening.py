"""Files whose columns differ in type, or are missing in some: one schema that holds all their values."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyarrow as pa

from poise.core.errors import InputError, WiderTypeWarning, warn

_INTEGERS = (pa.int8(), pa.int16(), pa.int32(), pa.int64())
_UNSIGNED = (pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64())
_FLOATS = (pa.float16(), pa.float32(), pa.float64())
_DIGITS = {pa.float16(): 11, pa.float32(): 24, pa.float64(): 53}  # bits of a fraction
_UNITS = ("s", "ms", "us", "ns")
_MOST_DIGITS = 38  # of a decimal of 128 bits


def common_schema(files: Sequence[tuple[str, pa.Schema]]) -> pa.Schema:
    """Return a schema that holds the values of all files without loss, and warn if files differ.

    Columns have the order of the first file; those that it lacks come last.

    Parameters
    ----------
    files : sequence of path and schema

    Raises
    ------
    InputError
        If a column has types that no type holds without loss, such as text and numbers.

    Warns
    -----
    WiderTypeWarning
        Once, about all columns.

    Examples
    --------
    >>> import warnings
    >>> one, two = pa.schema([("x", pa.int32())]), pa.schema([("x", pa.int64())])
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     common_schema([("a.parquet", one), ("b.parquet", two)])
    x: int64
    """
    path, schema = files[0]
    fields = {field.name: field for field in schema}
    where = dict.fromkeys(fields, path)
    notes: dict[str, str] = {}
    for path, schema in files[1:]:
        for field in schema:
            if field.name not in fields:
                fields[field.name] = field.with_nullable(True)  # noqa: FBT003  # of pyarrow
                where[field.name] = path
                notes[field.name] = f"{field.name!r} is missing in {files[0][0]!r}"
                continue
            known = fields[field.name]
            wide = common_type(known.type, field.type)
            if wide is None:
                raise InputError(
                    f"Column {field.name!r} is {field.type} in {path!r} and {known.type} in {where[field.name]!r}, and no "
                    "type holds both without loss. Write all files with the same type."
                )
            if field.type != known.type:
                notes[field.name] = (
                    f"{field.name!r} is {known.type} and {field.type}, read as {wide}"
                )
            fields[field.name] = known.with_type(wide).with_nullable(
                known.nullable or field.nullable
            )
        for name in fields.keys() - set(schema.names):
            fields[name] = fields[name].with_nullable(True)  # noqa: FBT003  # of pyarrow
            notes.setdefault(name, f"{name!r} is missing in {path!r}")
    if notes:
        warn(
            f"The files differ in {len(notes)} column{'s' * (len(notes) != 1)}: {'; '.join(notes.values())}. Values are "
            "kept, and missing columns are missing values.",
            WiderTypeWarning,
        )
    return pa.schema(list(fields.values()), metadata=files[0][1].metadata)


def common_type(one: pa.DataType, two: pa.DataType) -> pa.DataType | None:
    """Return the narrowest type that holds all values of two types without loss; None if there is none.

    Examples
    --------
    >>> common_type(pa.int8(), pa.uint16()), common_type(pa.string(), pa.int64())
    (DataType(int32), None)
    """
    if pa.types.is_null(one) or pa.types.is_null(two):
        return two if pa.types.is_null(one) else one
    if one != two:
        one, two = _values(one), _values(two)
    if one == two:
        return one
    found = [common for is_kind, common in _FAMILIES if is_kind(one) and is_kind(two)]
    return found[0](one, two) if found else None


def _values(kind: pa.DataType) -> pa.DataType:
    """Return the type of the values of unordered categories."""
    is_plain = pa.types.is_dictionary(kind) and not kind.ordered
    return kind.value_type if is_plain else kind


def _is_text(kind: pa.DataType) -> bool:
    return kind in (pa.string(), pa.large_string(), pa.string_view())


def _is_bytes(kind: pa.DataType) -> bool:
    return kind in (pa.binary(), pa.large_binary(), pa.binary_view())


def _common_timestamp(one: pa.DataType, two: pa.DataType) -> pa.DataType | None:
    unit = max(one.unit, two.unit, key=_UNITS.index)
    return pa.timestamp(unit, one.tz) if one.tz == two.tz else None


def _common_decimal(one: pa.DataType, two: pa.DataType) -> pa.DataType | None:
    whole = max(one.precision - one.scale, two.precision - two.scale)
    scale = max(one.scale, two.scale)
    return pa.decimal128(whole + scale, scale) if whole + scale <= _MOST_DIGITS else None


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind))


def _common_number(one: pa.DataType, two: pa.DataType) -> pa.DataType | None:
    if one in _FLOATS and two in _FLOATS:
        return max(one, two, key=_FLOATS.index)
    if one in _FLOATS or two in _FLOATS:
        number, whole = (one, two) if one in _FLOATS else (two, one)
        wider = _FLOATS[_FLOATS.index(number) :]
        return next((kind for kind in wider if _bits(whole) <= _DIGITS[kind]), None)
    if one in _UNSIGNED and two in _UNSIGNED:
        return max(one, two, key=_UNSIGNED.index)
    bits = max(_bits(one), _bits(two))
    return next((kind for kind in _INTEGERS if bits <= _bits(kind)), None)


def _bits(kind: pa.DataType) -> int:
    """Return the number of bits that hold the size of each whole number of a type."""
    return int(kind.bit_width) - (kind in _INTEGERS)


_FAMILIES: tuple[tuple[Callable[..., bool], Callable[..., pa.DataType | None]], ...] = (
    (_is_text, lambda *_: pa.large_string()),
    (_is_bytes, lambda *_: pa.large_binary()),
    (pa.types.is_timestamp, _common_timestamp),
    (pa.types.is_decimal, _common_decimal),
    (_is_number, _common_number),
)
