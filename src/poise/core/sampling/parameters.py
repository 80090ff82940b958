"""Parameters of samplers: declared once, with what they may be and how an error says it.

A sampler is a keyword-only dataclass whose fields are `parameter(default=..., allowed=...)`. Parameters that
several samplers share stand in the bases below; a sampler declares only those of its own::

    @sampler
    class SMOTE(SmoteFamily):
        k_neighbors: KNeighbors = parameter(default=5, allowed=NEIGHBORS)
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from numbers import Integral, Real
from typing import Any, Literal, TypeVar, cast, dataclass_transform

import numpy as np

from poise.core.errors import ParameterError
from poise.core.numbers import is_number
from poise.core.sampling.constructors import names_parameters
from poise.core.types import Balance, FewRows, Nominal, choices

_Class = TypeVar("_Class", bound=type)
_Function = TypeVar("_Function", bound=Callable[..., Any])


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
    # The same in the terms of scikit-learn's common tests: types, None, names.
    kinds: tuple[Any, ...] = ()

    def __or__(self, other: Allowed) -> Allowed:
        kinds = (*self.kinds, *other.kinds) if self.kinds and other.kinds else ()
        return Allowed(
            (*self.words, *other.words),
            lambda value: self.accepts(value) or other.accepts(value),
            kinds,
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
        (Integral,),
    )


def real(low: float, high: float, closed: str = "both") -> Allowed:
    """Allow finite numbers between two ends; `closed` is "both", "left", "right" or "neither"."""
    starts, ends = closed in ("both", "left"), closed in ("both", "right")

    def accepts(value: Any) -> bool:
        if not is_number(value):
            return False
        above = float(value) >= low if starts else float(value) > low
        return above and (float(value) <= high if ends else float(value) < high)

    span = f"{'[' if starts else '('}{low}, {high}{']' if ends else ')'}"
    return Allowed((f"a float in the range {span}",), accepts, (Real,))


def one_of(*options: Any) -> Allowed:
    """Allow a few values."""
    return Allowed(
        tuple(repr(option) for option in options),
        lambda value: any(type(value) is type(o) and value == o for o in options),
        tuple(dict.fromkeys(None if option is None else type(option) for option in options)),
    )


def having(*methods: str) -> Allowed:
    """Allow instances, not classes, that have some methods."""
    return Allowed(
        (f"an object implementing {' and '.join(map(repr, methods))}",),
        lambda value: (
            not isinstance(value, type)
            and all(callable(getattr(value, name, None)) for name in methods)
        ),
    )


def instance_of(kind: type, words: str) -> Allowed:
    """Allow instances of a type."""
    return Allowed((words,), lambda value: isinstance(value, kind), (kind,))


# What is checked where it is used, against the table: a strategy, column names.
ANYTHING = Allowed(("anything",), lambda _: True)
NONE = Allowed(("None",), lambda value: value is None, (None,))
BOOLEAN = Allowed(("a bool",), lambda value: isinstance(value, bool | np.bool_), ("boolean",))
ARRAY_LIKE = Allowed(
    ("an array-like",),
    lambda value: (
        hasattr(value, "__len__") or hasattr(value, "shape") or hasattr(value, "__array__")
    ),
    ("array-like",),
)
RANDOM_STATE = (
    integer(0, 2**32 - 1)
    | instance_of(np.random.RandomState, "an instance of 'numpy.random.RandomState'")
    | NONE
)
COUNT = integer(1)
NEIGHBORS = COUNT | having("fit", "kneighbors")
N_JOBS = instance_of(Integral, "an int") | NONE
# Where joblib starts processes: more than the operating system can number overflow there.
N_PROCESSES = integer(1, 1 << 15) | integer(-(1 << 15), -1) | NONE
KINDS = (
    instance_of(Mapping, "a dict of column to kind, as poise.infer_column_kinds(X) returns") | NONE
)
CARRIED = (
    instance_of(
        Mapping, "a dict of column to 'seed', 'missing', 'new', 'negative' or a first number"
    )
    | instance_of(list, "a list of columns")
    | instance_of(tuple, "a tuple of columns")
    | NONE
)
BALANCE = one_of(*choices(Balance))
FEW_ROWS = one_of(*choices(FewRows))
CONSTRAINTS = (
    instance_of(list, "a list of rules of poise.constraints")
    | instance_of(tuple, "a tuple of them")
    | NONE
)
NOMINAL = one_of(*choices(Nominal))
SPACE = instance_of(str, "a str") | having("fit", "transform")


# Where shared parameters stand in a signature; those of a method are between the two.
_FIRST = ("sampling_strategy", "balance", "random_state", "shuffle", "smote")
_LAST = (
    "categorical_features",
    "column_kinds",
    "carry_columns",
    "constraints",
    "nominal",
    "neighbor_space",
    "within_groups",
    "n_jobs",
)
_PLACES = {name: place for place, name in enumerate(_FIRST)} | {
    name: len(_FIRST) + 1 + place for place, name in enumerate(_LAST)
}


def parameter(*, default: Any, allowed: Allowed = ANYTHING, kw_only: bool = True) -> Any:
    """Declare a parameter: its default, and what it may be.

    Parameters
    ----------
    default : object
    allowed : Allowed
    kw_only : bool, default=True
        Whether it must be passed by its name.

    Examples
    --------
    >>> from poise.base import UnderSampler, parameter, sampler
    >>> @sampler
    ... class KeepFrom(UnderSampler):
    ...     '''Keep the rows of a class from a position on.'''
    ...     start: int = parameter(default=0)
    ...     def keeper(self, problem, rng):
    ...         return lambda code, n_rows: problem.labels.members(code)[self.start :][:n_rows]
    >>> KeepFrom(start=1).fit_resample([[1], [2], [3], [4]], [0, 0, 0, 1])
    ([[2], [4]], [0, 1])
    """
    return field(default=default, kw_only=kw_only, metadata={"allowed": allowed})


def fitted(*, init: Literal[False] = False) -> Any:
    """Declare an attribute that a fit sets, for editors and type checkers.

    It is not a parameter, and the object does not have it before a fit.

    Parameters
    ----------
    init : False
        Tells type checkers that the constructor does not take it.

    Examples
    --------
    >>> from poise.base import UnderSampler, fitted, sampler
    >>> @sampler
    ... class KeepFirst(UnderSampler):
    ...     '''Keep the first rows of a class.'''
    ...     n_rare_: int = fitted()
    ...     def keeper(self, problem, rng):
    ...         problem.found["n_rare_"] = int(problem.labels.counts.min())
    ...         return lambda code, n_rows: problem.labels.members(code)[:n_rows]
    >>> KeepFirst().fit([[1], [2], [3], [4]], [0, 0, 0, 1]).n_rare_
    1
    """
    return field(init=init)


@dataclass_transform(kw_only_default=True, field_specifiers=(parameter, fitted))  # no mutant: types
def sampler(cls: _Class) -> _Class:
    """Give a class the constructor of its parameters; shared ones come first or last.

    Examples
    --------
    >>> from poise.base import Copy, OverSampler, parameter, sampler
    >>> @sampler
    ... class RepeatOne(OverSampler):
    ...     '''Repeat one row of a class.'''
    ...     position: int = parameter(default=0)
    ...     def grow(self, problem, code, n_rows, rng):
    ...         return Copy(problem.labels.members(code)[[self.position] * n_rows])
    >>> RepeatOne(position=-1, random_state=0)
    RepeatOne(position=-1, random_state=0)
    """
    made: Any = names_parameters(dataclass(eq=False, repr=False)(cls))
    # What a fit sets is for type checkers alone: the fields of a sampler are its parameters.
    for name in [item.name for item in fields(made) if not item.init]:
        del made.__dataclass_fields__[name]
    signature = inspect.signature(made.__init__)
    _, *rest = signature.parameters.values()

    def place(item: inspect.Parameter) -> tuple[bool, int]:
        is_keyword = item.kind is inspect.Parameter.KEYWORD_ONLY
        return is_keyword, _PLACES.get(item.name, len(_FIRST))

    made.__signature__ = signature.replace(parameters=sorted(rest, key=place))
    return cls


def checked(**allowed: Allowed) -> Callable[[_Function], _Function]:
    """Return a decorator that checks the parameters of a function before it is called.

    Examples
    --------
    >>> @checked(share=real(0, 1))
    ... def half(share):
    ...     return share / 2
    >>> half(3)
    Traceback (most recent call last):
    poise.core.errors.ParameterError: The 'share' parameter of half must be a float in the range [0, 1]. Got 3 instead.
    """

    def decorate(function: _Function) -> _Function:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def call(*arguments: Any, **named: Any) -> Any:
            given = signature.bind(*arguments, **named).arguments
            for name, values in allowed.items():
                if name in given and not values.accepts(given[name]):
                    raise ParameterError(_not_allowed(name, function.__name__, values, given[name]))
            return function(*arguments, **named)

        # Where scikit-learn's common tests of functions look for what a parameter may be.
        known = {name: list(values.kinds) or "no_validation" for name, values in allowed.items()}
        call._skl_parameter_constraints = known  # type: ignore[attr-defined]  # noqa: SLF001  # set, not read
        return cast("_Function", call)

    return decorate


def check_parameters(estimator: Any) -> None:
    """Raise ParameterError for the first parameter of a sampler whose value is not allowed."""
    declared = fields(estimator) if is_dataclass(estimator) else ()
    check_allowed(
        estimator,
        {item.name: item.metadata.get("allowed", ANYTHING) for item in declared},
    )


def check_allowed(estimator: Any, allowed: Mapping[str, Allowed]) -> None:
    """Raise ParameterError for the first parameter of an estimator whose value is not allowed."""
    for name, values in allowed.items():
        given = getattr(estimator, name)
        if not values.accepts(given):
            raise ParameterError(_not_allowed(name, type(estimator).__name__, values, given))


def _not_allowed(name: str, owner: str, values: Allowed, given: Any) -> str:
    return f"The {name!r} parameter of {owner} must be {values}. Got {given!r} instead."
