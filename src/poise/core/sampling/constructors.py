"""Constructors that name the nearest parameter where one is misspelt."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from poise.core.errors import ParameterError, nearest_name

# What has these parameters, or does what they do.
_INSTEAD = {
    "balance": " Over-samplers, RandomUnderSampler and ClusterCentroids balance groups.",
    "shuffle": " It draws nothing at random: poise.combine.Chain(sampler, shuffle=True) shuffles its output.",
}

_Class = TypeVar("_Class", bound=type)


def names_parameters(cls: _Class) -> _Class:
    """Give a class a constructor that names the nearest parameter where one is misspelt."""
    constructor: Any = cls.__init__  # type: ignore[misc]  # of the class itself
    _, *names = inspect.signature(constructor).parameters
    known = dict.fromkeys(names)

    @functools.wraps(constructor)
    def construct(self: Any, *values: Any, **named: Any) -> None:
        if not named.keys() <= known.keys():
            check_names(type(self).__name__, named, list(known))
        constructor(self, *values, **named)

    cls.__init__ = construct  # type: ignore[misc]  # as above
    return cls


def check_names(owner: str, given: Iterable[str], known: Sequence[str]) -> None:
    """Raise ParameterError for the first name that is not that of a parameter.

    Examples
    --------
    >>> check_names("SMOTE", ["k_neighbours"], ["k_neighbors", "random_state"])
    Traceback (most recent call last):
    poise.core.errors.ParameterError: SMOTE has no parameter 'k_neighbours'. Did you mean 'k_neighbors'? Its parameters are k_neighbors, random_state.
    """
    for name in given:
        if name not in known:
            raise ParameterError(
                f"{owner} has no parameter {name!r}.{_INSTEAD.get(name, nearest_name(name, known))} Its parameters are "
                f"{', '.join(known)}."
            )
