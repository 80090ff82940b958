"""Errors and warnings of Poise, and a function that raises for a wrong type.

Every error that Poise raises on purpose is a `PoiseError`, and also one of Python's own kinds, such as
ValueError or TypeError.
"""

from typing import Any, NoReturn

from poise.core.errors import (
    CannotTellWarning,
    DiskError,
    DoesNotFitError,
    EstimatorError,
    EventWarning,
    FewRowsWarning,
    FileError,
    IdentifierWarning,
    InputError,
    LockedError,
    MethodError,
    MissingDependencyError,
    MovedSharesWarning,
    NothingToDoWarning,
    NumbersAsTextWarning,
    OneHotWarning,
    ParameterError,
    PoiseError,
    PoiseWarning,
    TooFewRowsError,
    UnknownNameError,
    UnsupportedTypeError,
    VanishingClassWarning,
    WholeNumbersWarning,
    WiderTypeWarning,
)

__all__ = [
    "CannotTellWarning",
    "DiskError",
    "DoesNotFitError",
    "EstimatorError",
    "EventWarning",
    "FewRowsWarning",
    "FileError",
    "IdentifierWarning",
    "InputError",
    "LockedError",
    "MethodError",
    "MissingDependencyError",
    "MovedSharesWarning",
    "NothingToDoWarning",
    "NumbersAsTextWarning",
    "OneHotWarning",
    "ParameterError",
    "PoiseError",
    "PoiseWarning",
    "TooFewRowsError",
    "UnknownNameError",
    "UnsupportedTypeError",
    "VanishingClassWarning",
    "WholeNumbersWarning",
    "WiderTypeWarning",
    "raise_isinstance_error",
]


def raise_isinstance_error(variable_name: str, possible_type: Any, variable: Any) -> NoReturn:
    """Raise InputError that says which types a variable may have, and which it has.

    Parameters
    ----------
    variable_name : str
    possible_type : type or tuple of types
    variable : object

    Raises
    ------
    InputError
        Always.

    Examples
    --------
    >>> from poise.exceptions import raise_isinstance_error
    >>> raise_isinstance_error("k_neighbors", int, "five")
    Traceback (most recent call last):
    poise.core.errors.InputError: k_neighbors is a str, and must be an instance of <class 'int'>.
    """
    raise InputError(
        f"{variable_name} is a {type(variable).__name__}, and must be an instance of {possible_type}."
    )
