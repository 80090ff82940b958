"""Error and warning classes, and helpers for their messages.

::

    PoiseError
    ├── InputError(ValueError)              a value that cannot be used
    │   ├── TooFewRowsError                 a class has too few rows
    │   ├── UnknownNameError                unknown method, column or parameter
    │   └── ParameterError                  a sampler's parameter is invalid
    ├── UnsupportedTypeError(TypeError)     an object of an unsupported type
    │   └── EstimatorError(RuntimeError)    an estimator lacks what a method needs of it
    ├── MissingDependencyError(ImportError) an optional package is not installed
    ├── MethodError(TypeError)              a method of your own returned something wrong
    ├── DoesNotFitError(MemoryError)        more memory or disk is needed than there is
    └── FileError(OSError)                  a file cannot be read or written
        ├── DiskError                       the disk is full, or fails
        └── LockedError                     another run is writing the same result

    PoiseWarning(UserWarning)
    ├── NothingToDoWarning                  the method found nothing to do
    ├── FewRowsWarning                      a class has too few rows for the neighbours asked for
    ├── VanishingClassWarning               a class loses all of its rows
    ├── EventWarning                        the class of interest may not be the one that was meant
    ├── MovedSharesWarning                  probabilities are those of other class shares than needed
    ├── WholeNumbersWarning                 float columns of whole numbers get fractions
    ├── NumbersAsTextWarning                numbers are held as text, and become categories
    ├── OneHotWarning                       columns look one-hot encoded, and get other values
    ├── IdentifierWarning                   a column names or numbers the rows
    ├── WiderTypeWarning                    files of one table have columns of different types
    └── CannotTellWarning                   these data cannot answer the question

Every message gives the value, the reason and what to do instead.
"""

from __future__ import annotations

import difflib
import sys
import warnings
from collections.abc import Iterable


class PoiseError(Exception):
    """Base of every error that Poise raises on purpose."""


class InputError(PoiseError, ValueError):
    """A table, a target or a parameter has a value that cannot be used."""


class TooFewRowsError(InputError):
    """A class has too few rows for the requested neighbours or counts."""


class UnknownNameError(InputError):
    """No method, column or parameter has this name."""


class ParameterError(InputError, TypeError):
    """A parameter of a sampler has the wrong type or is out of range."""


class UnsupportedTypeError(PoiseError, TypeError):
    """Poise does not support objects of this type."""


class EstimatorError(UnsupportedTypeError, RuntimeError):
    """An estimator that was passed lacks what a method needs of it, such as `support_` after fitting."""


class MissingDependencyError(PoiseError, ImportError):
    """An optional package is required and is not installed."""


class DoesNotFitError(PoiseError, MemoryError):
    """The exact result needs more memory than the limit, or more space than the disk has."""


class MethodError(PoiseError, TypeError):
    """A method of your own returned something that is not a plan, or not what was asked for."""


class FileError(PoiseError, OSError):
    """A file cannot be read or written."""


class DiskError(FileError):
    """A file cannot be written because the disk is full or fails."""


class LockedError(FileError):
    """Another run is writing the same result."""


class PoiseWarning(UserWarning):
    """Base of every warning that Poise issues."""


class NothingToDoWarning(PoiseWarning):
    """The method found nothing to do for a class, or for the whole table."""


class FewRowsWarning(PoiseWarning):
    """A class has too few rows for the neighbours asked for, and grows from fewer neighbours or by copies."""


class VanishingClassWarning(PoiseWarning):
    """A class loses all of its rows."""


class EventWarning(PoiseWarning):
    """The class of interest may not be the one that was meant."""


class MovedSharesWarning(PoiseWarning):
    """Probabilities are those of other class shares than the decision needs."""


class WholeNumbersWarning(PoiseWarning):
    """Float columns hold only whole numbers, and new rows will have fractions in them."""


class NumbersAsTextWarning(PoiseWarning):
    """A column of text holds numbers, and its values are treated as categories."""


class OneHotWarning(PoiseWarning):
    """Columns look one-hot encoded, and new rows will have other values in them."""


class IdentifierWarning(PoiseWarning):
    """A column names or numbers the rows, and new rows get values that identify nothing."""


class WiderTypeWarning(PoiseWarning):
    """Files of one table have columns of different types, or lack some."""


class CannotTellWarning(PoiseWarning):
    """These data cannot answer the question."""


def warn(message: str, category: type[Warning]) -> None:
    """Issue a warning at the line of the caller outside Poise."""
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("poise."):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


def nearest_name(name: object, known: Iterable[object]) -> str:
    """Return the text `` Did you mean 'x'?`` for the most similar name, or an empty string.

    Examples
    --------
    >>> nearest_name("smot", ["smote", "tomek-links"])
    " Did you mean 'smote'?"
    """
    by_text = {str(item).lower(): item for item in known}
    text = str(name).lower()
    close = difflib.get_close_matches(text, by_text, n=1, cutoff=0.6)
    close = close or [other for other in by_text if text and other.startswith(text)]
    return f" Did you mean {by_text[close[0]]!r}?" if close else ""


def listed(names: Iterable[object], limit: int | None = 5) -> str:
    """Return names as text: at most `limit` of them (None: all), then the number of the others.

    Examples
    --------
    >>> listed(["a", "b"])
    "'a', 'b'"
    >>> listed(range(7), limit=2)
    '0, 1 and 5 more'
    """
    items = [repr(name) for name in names]
    more = 0 if limit is None else len(items) - limit
    shown = ", ".join(items[:limit])
    return f"{shown} and {more:,} more" if more > 0 else shown
