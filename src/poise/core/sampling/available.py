"""Methods that an object has only under a condition, such as `predict` of a pipeline without a predictor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from sklearn.utils import metaestimators

_Method = TypeVar("_Method", bound=Callable[..., Any])


def available_if(check: Callable[[Any], bool]) -> Callable[[_Method], _Method]:
    """Return the decorator `sklearn.utils.metaestimators.available_if`, with the types of the method.

    Parameters
    ----------
    check : callable
        Function from the object to whether it has the method; it may raise an AttributeError instead.

    Examples
    --------
    >>> class Reader:
    ...     is_open = False
    ...     @available_if(lambda self: self.is_open)
    ...     def read(self) -> str:
    ...         return "text"
    >>> hasattr(Reader(), "read")
    False
    """
    return cast("Callable[[_Method], _Method]", metaestimators.available_if(check))
