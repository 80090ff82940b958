"""What decides the results of a comparison, as one hash for each part of it."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Iterator, Mapping, Sequence
from functools import singledispatch
from importlib.metadata import version
from types import CodeType, FunctionType, MethodType
from typing import Any

import joblib
import numpy as np

from poise.comparison.approaches import Approach
from poise.comparison.estimators import Estimator
from poise.comparison.folds import Fold
from poise.core.tables.convert import signature_of
from poise.core.tables.frames import read_frame, series_values
from poise.pipeline import stays_within_groups
from poise.study.event_table import EventTable

_PACKAGES = ("poise", "scikit-learn", "numpy")
_PLAIN = (type(None), bool, int, float, complex, str, bytes, np.generic, np.dtype)


def hashes_of(
    rows: EventTable,
    folds: Sequence[Fold],
    approaches: Sequence[Approach],
    estimators: Sequence[Estimator],
) -> dict[str, str]:
    """Return a hash of each part of a comparison, by the name of the part in messages.

    Costs and the precision for recall are not among them: they are applied to the scores afterwards.
    """
    frame = read_frame(rows.given)
    form = rows.given.dtype if frame is None else str(signature_of(rows.given))
    given = [rows.given] if frame is None else map(series_values, frame.iter_columns())
    parts: dict[str, Any] = {
        "versions of packages": {name: version(name) for name in _PACKAGES},
        "names, dtypes or kinds of columns": (rows.names, rows.kinds, rows.time_columns, form),
        "values of the table": (rows.numbers, list(given)),
        "labels": (rows.event, rows.other, rows.is_event),
        "folds or random state": [(fold.train, fold.test, fold.random_seed) for fold in folds],
    }
    if rows.several:
        parts["labels"] = (rows.several, rows.codes)
    if rows.weights is not None:
        parts["weights of rows"] = rows.weights
    if rows.groups is not None and any(stays_within_groups(one.sampler) for one in approaches):
        parts["groups"] = rows.groups
    if rows.constraints:
        parts["constraints"] = rows.constraints
    parts |= {f"approach {one.name!r}": _parts_of_approach(one) for one in approaches}
    parts |= {f"estimator {one.name!r}": (one.form, one.model) for one in estimators}
    return {name: hash_of(part) for name, part in parts.items()}


def _parts_of_approach(approach: Approach) -> tuple[Any, ...]:
    """Return what decides what an approach does."""
    found = (approach.class_scheme == "balanced", approach.scheme, approach.sampler)
    # Other parts are added only where there are any, so that files of earlier runs can be continued.
    more = (approach.class_scheme, approach.is_bagged, approach.candidates)
    is_usual = more in ((None, False, ()), ("balanced", False, ()))
    return found if is_usual else (*found, *more)


def hash_of(value: Any) -> str:
    """Return a hash of a value that is the same in every process.

    Estimators are hashed by their classes and parameters, functions by their code and what they close
    over, and other objects by their contents.
    """
    digest = hashlib.sha256()
    for text in _texts_of(value, ()):
        digest.update(text)
        digest.update(b"\0")
    return digest.hexdigest()


def _texts_of(value: Any, above: tuple[int, ...]) -> Iterator[bytes]:
    """Yield the bytes that describe a value; `above` are the objects that it is a part of."""
    yield type(value).__qualname__.encode()
    if isinstance(value, _PLAIN):
        yield repr(value).encode()
    elif id(value) in above:
        yield b"itself"
    elif isinstance(value, np.ndarray) and value.dtype != object:
        yield repr((value.dtype, value.shape)).encode()
        yield np.ascontiguousarray(value).tobytes()
    else:
        parts = _parts_of(value)
        yield str(len(parts)).encode()
        for part in parts:
            yield from _texts_of(part, (*above, id(value)))


@singledispatch
def _parts_of(value: Any) -> list[Any]:
    """Return the parts of an object that decide what it does."""
    if hasattr(value, "get_params"):
        return [type(value).__module__, *sorted(value.get_params(deep=False).items(), key=str)]
    try:
        return [joblib.hash(value)]
    except (pickle.PicklingError, TypeError, AttributeError):  # it holds a function or a handle
        return [getattr(value, "__dict__", None)]


@_parts_of.register(type)
def _(value: type) -> list[Any]:
    return [value.__module__, value.__qualname__]


@_parts_of.register(Mapping)
def _(value: Mapping[Any, Any]) -> list[Any]:
    return sorted(map(hash_of, value.items()))  # in whatever order


@_parts_of.register(set)
@_parts_of.register(frozenset)
def _(value: set[Any]) -> list[Any]:
    return sorted(map(hash_of, value))


@_parts_of.register(list)
@_parts_of.register(tuple)
def _(value: Sequence[Any]) -> list[Any]:
    return list(value)


@_parts_of.register(FunctionType)
def _(value: FunctionType) -> list[Any]:
    cells = [cell.cell_contents for cell in value.__closure__ or ()]
    return [value.__code__, value.__defaults__, value.__kwdefaults__, cells]


@_parts_of.register(CodeType)
def _(value: CodeType) -> list[Any]:
    return [value.co_code, value.co_names, value.co_consts]


@_parts_of.register(MethodType)
def _(value: MethodType) -> list[Any]:
    return [value.__func__, value.__self__]
