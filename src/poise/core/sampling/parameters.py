"""Parameters of samplers: declared once, with what they may be and how an error says it.

A sampler is a keyword-only dataclass whose fields are `parameter(default=..., allowed=...)`. Parameters that
several samplers share stand in the bases below; a sampler declares only those of its own::

    @sampler
    class SMOTE(SmoteFamily):
        k_neighbors: int | NeighborEstimator = parameter(default=5, allowed=NEIGHBORS)
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from numbers import Integral, Real
from typing import Any, TypeVar, dataclass_transform

import numpy as np

from poise.core.errors import ParameterError

_Class = TypeVar("_Class", bound=type)


@dataclass(frozen=True)
class Allowed:
    """Values that a parameter may have, and the words for them.

    Examples
    --------
    >>> either = integer(1) | one_of("auto")
    >>> either.accepts(3), either.accepts(0), either.accepts("auto")
    (True, False, True)
    >>> str(either)
    "an int in the range [1, inf) or 'auto'"
    """

    words: tuple[str, ...]
    accepts: Callable[[Any], bool]

    def __or__(self, other: Allowed) -> Allowed:
        return Allowed(
            (*self.words, *other.words), lambda value: self.accepts(value) or other.accepts(value)
        )

    def __str__(self) -> str:
        *first, last = self.words
        return f"{', '.join(first)} or {last}" if first else last


def integer(low: int, high: float = np.inf) -> Allowed:
    """Allow whole numbers from `low` to `high`."""
    end = ")" if high == np.inf else "]"
    return Allowed(
        (f"an int in the range [{low}, {high}{end}",),
        lambda value: (
            isinstance(value, Integral)
            and not isinstance(value, bool)
            and low <= int(value) <= high
        ),
    )


def real(low: float, high: float, closed: str = "both") -> Allowed:
    """Allow finite numbers between two ends; `closed` is "both", "left", "right" or "neither"."""
    starts, ends = closed in ("both", "left"), closed in ("both", "right")

    def accepts(value: Any) -> bool:
        if not isinstance(value, Real) or isinstance(value, bool) or not np.isfinite(float(value)):
            return False
        above = float(value) >= low if starts else float(value) > low
        return above and (float(value) <= high if ends else float(value) < high)

    span = f"{'[' if starts else '('}{low}, {high}{']' if ends else ')'}"
    return Allowed((f"a float in the range {span}",), accepts)


def one_of(*options: Any) -> Allowed:
    """Allow a few values."""
    return Allowed(
        tuple(repr(option) for option in options),
        lambda value: any(type(value) is type(o) and value == o for o in options),
    )


def having(*methods: str) -> Allowed:
    """Allow instances that have some methods."""
    return Allowed(
        (f"an object implementing {' and '.join(map(repr, methods))}",),
        lambda value: all(callable(getattr(value, name, None)) for name in methods),
    )


def instance_of(kind: type, words: str) -> Allowed:
    """Allow instances of a type."""
    return Allowed((words,), lambda value: isinstance(value, kind))


# What is checked where it is used, against the table: a strategy, column names.
ANYTHING = Allowed(("anything",), lambda _: True)
NONE = Allowed(("None",), lambda value: value is None)
BOOLEAN = Allowed(("a bool",), lambda value: isinstance(value, bool | np.bool_))
RANDOM_STATE = (
    integer(0, 2**32 - 1)
    | instance_of(np.random.RandomState, "an instance of 'numpy.random.RandomState'")
    | NONE
)
COUNT = integer(1)
NEIGHBORS = COUNT | having("fit", "kneighbors")
N_JOBS = instance_of(Integral, "an int") | NONE
KINDS = instance_of(Mapping, "a dict") | NONE
NOMINAL = one_of("donor", "vote")
SPACE = instance_of(str, "a str") | having("fit", "transform")


# Where shared parameters stand in a signature; those of a method are between the two.
_FIRST = ("sampling_strategy", "random_state", "smote")
_LAST = (
    "categorical_features",
    "column_kinds",
    "nominal",
    "neighbor_space",
    "within_groups",
    "n_jobs",
)
_PLACES = {name: place for place, name in enumerate(_FIRST)} | {
    name: len(_FIRST) + 1 + place for place, name in enumerate(_LAST)
}


def parameter(*, default: Any, allowed: Allowed = ANYTHING, by_position: bool = False) -> Any:
    """Declare a parameter: its default, and what it may be.

    Parameters
    ----------
    default : object
    allowed : Allowed
    by_position : bool, default=False
        Whether it may be passed without its name.
    """
    return field(default=default, kw_only=not by_position, metadata={"allowed": allowed})


@dataclass_transform(kw_only_default=True, field_specifiers=(parameter,))
def sampler(cls: _Class) -> _Class:
    """Give a class the constructor of its parameters; shared ones come first or last."""
    made: Any = dataclass(eq=False, repr=False)(cls)
    signature = inspect.signature(made.__init__)
    _, *rest = signature.parameters.values()

    def place(item: inspect.Parameter) -> tuple[bool, int]:
        is_keyword = item.kind is inspect.Parameter.KEYWORD_ONLY
        return is_keyword, _PLACES.get(item.name, len(_FIRST))

    made.__signature__ = signature.replace(parameters=sorted(rest, key=place))
    return cls


def check_parameters(estimator: Any) -> None:
    """Raise ParameterError for the first parameter of a sampler whose value is not allowed."""
    declared = fields(estimator) if is_dataclass(estimator) else ()
    check_allowed(
        estimator, {item.name: item.metadata.get("allowed", ANYTHING) for item in declared}
    )


def check_allowed(estimator: Any, allowed: Mapping[str, Allowed]) -> None:
    """Raise ParameterError for the first parameter of an estimator whose value is not allowed."""
    for name, values in allowed.items():
        given = getattr(estimator, name)
        if not values.accepts(given):
            raise ParameterError(
                f"The {name!r} parameter of {type(estimator).__name__} must be {values}. Got {given!r} "
                "instead."
            )
