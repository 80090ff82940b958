"""What can go wrong, as one small tree.

::

    PoiseError
    ├── InputError(ValueError)              a value that cannot be used as it is
    │   ├── TooFewRowsError                 a class is too small for what was asked
    │   ├── UnknownNameError                no such method, column or parameter
    │   └── ParameterError                  a sampler's parameter is out of its range
    ├── UnsupportedTypeError(TypeError)     an object of a kind that cannot be read
    ├── MissingDependencyError(ImportError) an optional package is not installed
    ├── DoesNotFitError(MemoryError)        the work needs more memory than it was given
    └── FileError(OSError)                  a file that cannot be read or written

    PoiseWarning(UserWarning)
    ├── NothingToDoWarning                  the method found no row to work on
    ├── VanishingClassWarning               a class is about to lose all its rows
    ├── WholeNumbersWarning                 floats that are whole numbers will get fractions
    └── CannotTellWarning                   a question that these data cannot answer

Every message names the value, the reason and the way out.
"""

from __future__ import annotations

import difflib
import sys
import warnings
from collections.abc import Iterable

from sklearn.utils._param_validation import InvalidParameterError


class PoiseError(Exception):
    """Base of every error that Poise raises on purpose."""


class InputError(PoiseError, ValueError):
    """A table, a target or a parameter has a value that cannot be used."""


class TooFewRowsError(InputError):
    """A class has too few rows for the neighbours or the counts asked for."""


class UnknownNameError(InputError):
    """A method, column or parameter of that name does not exist."""


class ParameterError(InputError, InvalidParameterError):  # type: ignore[misc]  # untyped base
    """A parameter of a sampler is of the wrong type or out of its range."""


class UnsupportedTypeError(PoiseError, TypeError):
    """An object is of a kind that Poise does not read."""


class MissingDependencyError(PoiseError, ImportError):
    """An optional package is needed for this and is not installed."""


class DoesNotFitError(PoiseError, MemoryError):
    """The work cannot be done exactly in the memory that it was given."""


class FileError(PoiseError, OSError):
    """A file cannot be read or written."""


class PoiseWarning(UserWarning):
    """Base of every warning that Poise gives."""


class NothingToDoWarning(PoiseWarning):
    """The method found nothing to do; what there is has been returned."""


class VanishingClassWarning(PoiseWarning):
    """A class loses all of its rows."""


class WholeNumbersWarning(PoiseWarning):
    """Columns of floats hold whole numbers, and new rows will have fractions there."""


class CannotTellWarning(PoiseWarning):
    """A question that these data cannot answer."""


def warn(message: str, category: type[PoiseWarning]) -> None:
    """Warn at the line of the user's that called into Poise."""
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("poise."):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level - 1)


def nearest_name(name: object, known: Iterable[object]) -> str:
    """Return `` Did you mean 'x'?`` or an empty string.

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


def listed(names: Iterable[object], limit: int = 5) -> str:
    """Return names as text, the first few of them when there are many.

    Examples
    --------
    >>> listed(["a", "b"])
    "'a', 'b'"
    >>> listed(range(7), limit=2)
    '0, 1 and 5 more'
    """
    items = [repr(name) for name in names]
    more = len(items) - limit
    shown = ", ".join(items[:limit])
    return f"{shown} and {more} more" if more > 0 else shown
