"""The arguments of a run, checked against the schema of the source before any row is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa

from poise.big.memory import parse_bytes
from poise.combine import OverThenClean
from poise.core.errors import (
    InputError,
    UnknownNameError,
    listed,
    nearest_name,
)
from poise.core.files.arrow import index_columns, nested_columns
from poise.core.files.lineage import LINEAGE, NEW
from poise.core.sampling.resampler import Resampler, makes_rows
from poise.core.sampling.seeds import random_stream
from poise.core.tables.carried import check_new_ids, read_carried
from poise.core.tables.declared import Declared
from poise.core.tables.keys import How
from poise.core.types import Order, choices

ROW = "__poise_row"  # a row's number, used as its key if there is no id column
WEIGHT = "sample_weight"
_Name = TypeVar("_Name", bound=str)

ORDERS = choices(Order)


@dataclass(frozen=True, eq=False)
class Request:
    """The checked arguments of a run.

    Attributes
    ----------
    sampler : Resampler
    method : str
        Name of the sampler's class.
    schema : pyarrow.Schema
        Schema of the source, without the columns that are dropped.
    target : str
    id : str or None
        The column that identifies a row; rows are numbered in its order.
    key : str
        The same, or the name of the column of row numbers if there is no id.
    features : tuple of str
    index : tuple of str
        Columns that are the index of pandas: neither features nor the id.
    carried : dict of str to How
        What new rows get in the columns that are neither searched nor blended: the id and others.
    numbered : tuple of str
        Columns whose smallest and largest numbers are needed: the id first, an index of one column of
        numbers or text, and carried columns in which new rows are numbered.
    stream : RandomState
        The generator of the fit, in its first state; copy it before drawing.
    seed : int
        Random seed of the hashes of ids, and of `stream` if it has one.
    memory : int
        Bytes.
    settings : dict
        What the result depends on besides the rows, as JSON values.
    rate : float or mapping of label to float, or None
    order : str
    extra : tuple of str
    drop : tuple of str
        Columns of the source that are neither features nor in the result.
    time : str or None
        The column with the time of each row.
    """

    sampler: Resampler
    method: str
    schema: pa.Schema
    target: str
    id: str | None
    key: str
    features: tuple[str, ...]
    index: tuple[str, ...]
    carried: dict[str, How]
    numbered: tuple[str, ...]
    stream: np.random.RandomState
    seed: int
    memory: int
    settings: dict[str, Any]
    rate: float | Mapping[Any, float] | None = None
    order: str = ORDERS[0]
    extra: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    time: str | None = None

    @property
    def declared(self) -> Declared:
        """The kinds of the features that the user declared."""
        return replace(self.sampler.declared, carried=None)

    @property
    def as_floats(self) -> frozenset[str]:
        """Features of decimals that passes read as floats, because new rows are searched before they are rounded."""
        if not isinstance(self.sampler, OverThenClean) or self.order != ORDERS[0]:
            return frozenset()
        kinds = {name: self.schema.field(name).type for name in self.features}
        return frozenset(name for name, kind in kinds.items() if pa.types.is_decimal(kind))

    @property
    def missing_in_new_rows(self) -> frozenset[str]:
        """Columns of the source that are missing in new rows."""
        carried = self.carried.items() if makes_rows(self.sampler) else ()
        return frozenset(name for name, how in carried if how in ("missing", "new"))

    def with_seed(self, seed: int) -> Request:
        """Return the request with another random seed."""
        settings = self.settings | {"seed": seed}
        return replace(self, seed=seed, stream=np.random.RandomState(seed), settings=settings)


def read_request(
    schema: pa.Schema,
    sampler: Resampler,
    *,
    target: Any,
    id: Any,  # noqa: A002  # the word that users have for it
    memory: Any,
    rate: Any,
    order: Any,
    extra: Any,
    drop: Any = (),
    carry_columns: Any = None,
    groups: Any = None,
    time: Any = None,
    partition: Sequence[str] = (),
) -> Request:
    """Check the arguments of a run, and return them.

    Parameters
    ----------
    schema : pyarrow.Schema
    sampler : Resampler
        Its own parameters have been checked.
    target, id, memory, rate, order, extra, drop, carry_columns, groups, time
        As in `poise.big.resample`.
    partition : sequence of str
        Columns that are the names of folders of the source: they are carried, unless they have a role.

    Raises
    ------
    InputError, UnknownNameError
    """
    method = type(sampler).__name__
    _check_target(target, schema)
    _check_id(id, target, schema)
    drop = _dropped_columns(drop, target, id, schema)
    schema = without_columns(schema, drop)
    index = tuple(name for name in index_columns(schema) if name not in (target, id))
    _check_role("groups", groups, schema, target=target, id=id)
    _check_role("time", time, schema, target=target, id=id, groups=groups)
    own = sampler.declared.carried if carry_columns is None else carry_columns
    named = read_named(own, schema, target=target, time=time)
    if id in named:
        check_new_ids(id, named[id])
    carried: dict[str, How] = dict.fromkeys((*partition, *nested_columns(schema)), "seed")
    carried |= {groups: "seed"} if groups is not None else {}
    carried |= {id: "new"} if id is not None else {}
    carried |= named
    others = (target, time, *index)
    carried = {
        name: how for name, how in carried.items() if name not in others and name in schema.names
    }
    features = tuple(name for name in schema.names if name not in (target, *index, *carried))
    if not features:
        others = (target, *carried, *index, *drop)
        raise InputError(f"There is no column besides {listed(others)}.")
    numbered: tuple[str, ...] = () if id is None else (id,)
    if len(index) == 1 and _identifies(schema.field(index[0]).type):
        numbered += index
    numbered += tuple(name for name, how in carried.items() if name != id and _needs_ends(how))
    is_combined = isinstance(sampler, OverThenClean)
    order = _known_order(order, method, is_combined=is_combined)
    if extra is None:
        extra = (NEW,) if id is not None and makes_rows(sampler) else ()
    extra = _extra_columns(extra)
    _require_unused([*extra, *([WEIGHT] if rate is not None else []), ROW], schema.names)
    stream, seed = _stream_and_seed(sampler)
    parameters = sampler.get_params(deep=False)
    settings = {
        "method": method,
        "parameters": _as_json(parameters),
        "seed": seed if "random_state" in parameters else None,
        "target": target,
        "id": id,
        "rate": _as_json(rate),
        "order": order if is_combined else None,
        "extra": list(extra),
        "drop": list(drop),
        "carry_columns": carried,
        "time": time,
    }
    return Request(
        sampler,
        method,
        schema,
        target,
        id,
        ROW if id is None else id,
        features,
        index,
        carried,
        numbered,
        stream,
        seed,
        parse_bytes(memory),
        settings,
        rate,
        order,
        extra,
        drop,
        time,
    )


def without_columns(schema: pa.Schema, names: Sequence[str]) -> pa.Schema:
    """Return a schema without some columns."""
    fields = [field for field in schema if field.name not in names]
    return pa.schema(fields, metadata=schema.metadata)


def read_named(given: Any, schema: pa.Schema, *, target: str, time: str | None) -> dict[str, How]:
    """Return what new rows get in the columns that are named as carried, by name.

    Raises
    ------
    UnknownNameError
        If a column does not exist.
    InputError
        If a column has another role, or is to get values that its type cannot hold.
    """
    positions = read_carried(given, schema.names, len(schema.names))
    named = {schema.names[position]: how for position, how in positions.items()}
    for role, column in (("target", target), ("time", time)):
        if column in named:
            raise InputError(
                f"carry_columns names column {column!r}, which is the {role}. Leave it out of carry_columns."
            )
    for name, how in named.items():
        if _needs_ends(how) and not _identifies(schema.field(name).type):
            raise InputError(
                f"carry_columns gives column {name!r} new values, and it holds {schema.field(name).type}. Only whole "
                "numbers and text are numbered; pass 'seed' or 'missing'."
            )
        if how == "negative" and not pa.types.is_signed_integer(schema.field(name).type):
            raise InputError(
                f"carry_columns gives column {name!r} negative values, and it holds {schema.field(name).type}. Pass "
                "'missing', 'seed', or a start such as 0 (new-0, new-1, ... for text)."
            )
    return named


def _needs_ends(how: How) -> bool:
    return how == "negative" or isinstance(how, int)


def _check_role(role: str, name: Any, schema: pa.Schema, **others: Any) -> None:
    if name is None:
        return
    _require_column(role, name, schema.names)
    for other, column in others.items():
        if name == column:
            raise InputError(f"{role}={name!r} is also {other}. Name another column.")


def _check_target(target: Any, schema: pa.Schema) -> None:
    _check_names(schema.names)
    _require_column("target", target, schema.names)
    if pa.types.is_nested(schema.field(target).type):
        raise InputError(
            f"Column {target!r} holds {schema.field(target).type}, which cannot be labels. Name a column with "
            "one string, number or boolean per row."
        )


def _check_id(name: Any, target: str, schema: pa.Schema) -> None:
    if name is None:
        return
    _require_column("id", name, schema.names)
    kind = schema.field(name).type
    if not _identifies(kind):
        raise InputError(
            f"id={name!r} holds {kind}; a column that identifies rows holds whole numbers or text."
        )
    if name == target:
        raise InputError(f"id={name!r} is the target. Name a column that identifies a row.")


def _identifies(kind: pa.DataType) -> bool:
    """Return whether values of a type can identify rows: whole numbers or text."""
    return bool(
        pa.types.is_integer(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind)
    )


def _dropped_columns(
    drop: Any, target: str, id_name: str | None, schema: pa.Schema
) -> tuple[str, ...]:
    names = (drop,) if isinstance(drop, str) else drop
    if not isinstance(names, tuple | list):
        raise InputError(f"drop={drop!r} must be a tuple of names of columns.")
    for name in names:
        _require_column("drop", name, schema.names)
        if name in (target, id_name):
            what = "target" if name == target else "id"
            raise InputError(
                f"drop names column {name!r}, which is the {what}. Leave it out of drop, or choose another {what}."
            )
    return tuple(dict.fromkeys(names))


def _stream_and_seed(sampler: Resampler) -> tuple[np.random.RandomState, int]:
    """Return the generator of a fit, and a random seed that can be written down."""
    state = sampler.random_state
    if isinstance(state, int | np.integer) and 0 <= state < 1 << 32:
        return np.random.RandomState(state), int(state)
    stream = random_stream(state)
    seed = int(deepcopy(stream).randint(0, 1 << 32, dtype=np.int64))
    return (np.random.RandomState(seed) if state is None else deepcopy(stream)), seed


def _known_order(order: Any, method: str, *, is_combined: bool) -> str:
    known = known_name("order", order, ORDERS)
    if known != ORDERS[0] and not is_combined:
        raise InputError(
            f"order={order!r} is for samplers that over-sample and then clean, such as SMOTETomek; {method} has one step. Omit order."
        )
    return known


def known_name(parameter: str, value: _Name, known: Sequence[str]) -> _Name:
    """Return a value that must be one of some names.

    Raises
    ------
    UnknownNameError
    """
    if value not in known:
        raise UnknownNameError(
            f"{parameter}={value!r} is not known; it can be {listed(known)}.{nearest_name(value, known)}"
        )
    return value


def _extra_columns(extra: Any) -> tuple[str, ...]:
    names = (extra,) if isinstance(extra, str) else extra
    if not isinstance(names, tuple | list):
        raise InputError(f"extra={extra!r} must be a tuple of names, of {listed(LINEAGE)}.")
    return tuple(dict.fromkeys(known_name("extra", name, LINEAGE) for name in names))


def _require_column(parameter: str, name: Any, names: Sequence[str]) -> None:
    if name not in names:
        raise UnknownNameError(
            f"There is no column {name!r}, which {parameter} names; there are {listed(names, 12)}."
            f"{nearest_name(name, names)}"
        )


def _check_names(names: Sequence[str]) -> None:
    repeated = sorted({name for name in names if list(names).count(name) > 1})
    if repeated:
        raise InputError(f"There is more than one column named {listed(repeated)}. Rename one.")


def _require_unused(wanted: Sequence[str], names: Sequence[str]) -> None:
    used = [name for name in wanted if name in names]
    if used:
        raise InputError(
            f"The source already has a column {used[0]!r}, and the result needs that name. Rename it, or "
            f"leave it out: drop={(used[0],)!r}."
        )


def _as_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(item) for item in value]
    if isinstance(value, np.random.RandomState):  # described by its next numbers
        return f"RandomState that draws {deepcopy(value).randint(0, 1 << 32, size=4, dtype=np.int64).tolist()}"
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, np.generic):
        return value.item()
    return repr(value)
