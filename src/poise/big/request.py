"""What is asked for: a sampler, the columns and their parts, the seed, and the room there is."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any

import numpy as np
import pyarrow as pa
from sklearn.base import clone

from poise.core.errors import (
    InputError,
    UnknownNameError,
    UnsupportedTypeError,
    listed,
    nearest_name,
)
from poise.core.resampler import Resampler, random_stream

ROW = "__poise_row"  # a row's number, where no column identifies it
NEW, SEED, WEIGHT = "_new", "_seed", "sample_weight"
EXTRA = (NEW, SEED)
_COMBINED = ("SMOTETomek", "SMOTEENN")
ORDERS = ("oversample-then-clean", "clean-then-oversample")
_LEAST_MEMORY = 300 * 10**6


@dataclass(frozen=True, eq=False)
class Job:
    """A request, checked as far as it can be without reading.

    Attributes
    ----------
    sampler : Resampler
    schema : pyarrow.Schema
        Of the source.
    target : str
    id : str or None
        The column that identifies a row, and by whose order rows are numbered.
    stream : RandomState
        Of the fit, at its start.
    seed : int
        Of hashes, and of the stream where it has one.
    memory : int
        Bytes.
    rate : float or mapping of label to float, or None
    order : str
    extra : tuple of str
    """

    sampler: Resampler
    schema: pa.Schema
    target: str
    id: str | None
    stream: np.random.RandomState
    seed: int
    memory: int
    rate: float | Mapping[Any, float] | None = None
    order: str = ORDERS[0]
    extra: tuple[str, ...] = ()

    @property
    def method(self) -> str:
        return type(self.sampler).__name__

    @property
    def key(self) -> str:
        """The column that tells rows apart in every pass."""
        return ROW if self.id is None else self.id

    @property
    def features(self) -> list[str]:
        return [name for name in self.schema.names if name not in (self.target, self.id)]

    @property
    def columns(self) -> list[str]:
        """All that tells a row and what it is: key, target, features."""
        return [self.key, self.target, *self.features]

    @property
    def space(self) -> str:
        """Where neighbours are searched."""
        return str(getattr(self.sampler, "neighbor_space", "raw"))

    @property
    def draws(self) -> bool:
        """Whether the method draws at random."""
        return "random_state" in self.sampler.get_params(deep=False)

    def rng(self) -> np.random.RandomState:
        """Return the stream of the fit, from its start."""
        return deepcopy(self.stream)

    def seeded(self, seed: int) -> Job:
        """Return the request with another seed."""
        return replace(self, seed=seed, stream=np.random.RandomState(seed))

    def told(self) -> dict[str, Any]:
        """Return what the result depends on beside the rows, as plain values."""
        parameters = self.sampler.get_params(deep=False)
        return {
            "method": self.method,
            "parameters": {name: _plain(value) for name, value in parameters.items()},
            "seed": self.seed if self.draws else None,
            "target": self.target,
            "id": self.id,
            "rate": _plain(self.rate),
            "order": self.order if self.method in _COMBINED else None,
            "extra": list(self.extra),
        }


def read_job(
    schema: pa.Schema,
    sampler: Any,
    *,
    target: Any,
    id: Any,  # noqa: A002  # the word that users have for it
    memory: Any,
    rate: Any,
    order: Any,
    extra: Any,
) -> Job:
    """Return a request, or raise for what cannot be asked.

    Raises
    ------
    InputError, UnsupportedTypeError, ParameterError
    """
    if isinstance(sampler, type) or not isinstance(sampler, Resampler):
        raise UnsupportedTypeError(
            f"sampler={sampler!r} is no sampler of Poise. Pass one, such as SMOTE(random_state=0), or "
            "the name of a method that `poise methods` lists."
        )
    sampler = clone(sampler)
    sampler.check_parameters()
    _refuse_repeated(schema.names)
    _refuse_unknown("target", target, schema.names)
    if pa.types.is_nested(schema.field(target).type):
        raise InputError(
            f"Column {target!r} holds {schema.field(target).type}, which cannot be labels. Name a column with "
            "one string, number or boolean a row."
        )
    if id is not None:
        _refuse_unknown("id", id, schema.names)
        _refuse_no_id(id, schema.field(id).type)
        if id == target:
            raise InputError(f"id={id!r} is the target. Name a column that identifies a row.")
    job = Job(
        sampler,
        schema,
        target,
        id,
        *_stream_of(sampler),
        bytes_of(memory),
        rate,
        _one_of("order", order, ORDERS),
        _extras(extra),
    )
    if order != ORDERS[0] and job.method not in _COMBINED:
        raise InputError(
            f"order={order!r} is for {listed(_COMBINED)}; {job.method} has one step. Leave it out."
        )
    if not job.features:
        raise InputError(f"There is no column beside {listed([target, id] if id else [target])}.")
    _refuse_taken([*job.extra, *([WEIGHT] if rate is not None else []), ROW], schema.names)
    return job


def bytes_of(memory: Any) -> int:
    """Return an amount of memory in bytes.

    Examples
    --------
    >>> bytes_of("600MB"), bytes_of(2_000_000_000)
    (600000000, 2000000000)
    """
    amount = -1.0
    if isinstance(memory, Real) and not isinstance(memory, bool):
        amount = float(memory)
    elif isinstance(memory, str):
        found = re.fullmatch(r"\s*(\d+\.?\d*)\s*([KMGT]?)(I?)B?\s*", memory.upper())
        if found:
            power = " KMGT".index(found[2] or " ")
            amount = float(found[1]) * (1024 if found[3] else 1000) ** power
    if not 0 <= amount < math.inf:
        raise InputError(f"memory={memory!r} is no amount of memory, such as '2GB' or '600MB'.")
    if amount < _LEAST_MEMORY:
        raise InputError(
            f"memory={memory!r} is less than Python, numpy and Arrow need by themselves. Pass "
            "'300MB' or more."
        )
    return int(amount)


def _stream_of(sampler: Resampler) -> tuple[np.random.RandomState, int]:
    """Return the stream of a fit, and a seed that can be written down."""
    state = sampler.random_state
    if isinstance(state, int | np.integer) and 0 <= state < 1 << 32:
        return np.random.RandomState(state), int(state)
    stream = random_stream(state)
    seed = int(deepcopy(stream).randint(0, 1 << 32, dtype=np.int64))
    return (np.random.RandomState(seed) if state is None else deepcopy(stream)), seed


def _one_of(name: str, value: Any, known: Sequence[str]) -> str:
    if value not in known:
        raise UnknownNameError(
            f"{name}={value!r} is not known; it can be {listed(known)}.{nearest_name(value, known)}"
        )
    return str(value)


def _extras(extra: Any) -> tuple[str, ...]:
    names = (extra,) if isinstance(extra, str) else extra
    if not isinstance(names, tuple | list):
        raise InputError(f"extra={extra!r} must be a tuple of names, of {listed(EXTRA)}.")
    return tuple(dict.fromkeys(_one_of("extra", name, EXTRA) for name in names))


def _refuse_unknown(role: str, name: Any, names: Sequence[str]) -> None:
    if name not in names:
        raise UnknownNameError(
            f"There is no column {name!r}, which {role} names; there are {listed(names, 12)}."
            f"{nearest_name(name, names)}"
        )


def _refuse_repeated(names: Sequence[str]) -> None:
    repeated = sorted({name for name in names if list(names).count(name) > 1})
    if repeated:
        raise InputError(
            f"There is more than one column of the name {listed(repeated)}. Rename one."
        )


def _refuse_taken(wanted: Sequence[str], names: Sequence[str]) -> None:
    taken = [name for name in wanted if name in names]
    if taken:
        raise InputError(
            f"The source has a column {taken[0]!r} already, which the result would need. Rename it."
        )


def _refuse_no_id(name: str, kind: pa.DataType) -> None:
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    if not is_text and not pa.types.is_integer(kind):
        raise InputError(
            f"id={name!r} holds {kind}; a column that identifies rows holds whole numbers or text."
        )


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.random.RandomState):  # by what it will draw
        return f"RandomState that draws {deepcopy(value).randint(0, 1 << 32, size=4, dtype=np.int64).tolist()}"
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, np.generic):
        return value.item()
    return repr(value)
