"""Hashes of values, estimators and functions that are the same in every process."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Iterator, Mapping, Sequence
from functools import singledispatch
from types import CodeType, FunctionType, MethodType
from typing import Any

import joblib
import numpy as np

_PLAIN = (type(None), bool, int, float, complex, str, bytes, np.generic, np.dtype)


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
