"""Fill parameter descriptions into docstrings."""

from __future__ import annotations

from typing import Any, TypeVar

_Documented = TypeVar("_Documented")

# Packages of samplers import these two under their private names.
_random_state_docstring = """random_state : int, RandomState or None, default=None
        Random seed; with None, each call draws differently."""

_n_jobs_docstring = """n_jobs : int or None, default=None
        Number of threads or processes; None means 1, except within a joblib context."""


class Substitution:
    """Decorator that fills named parts into the docstring of a function or class.

    Parameters
    ----------
    **parts : str
        The text for each ``{name}`` in the docstring.

    Examples
    --------
    >>> @Substitution(unit="seconds")
    ... def wait():
    ...     '''Wait for some {unit}.'''
    >>> wait.__doc__
    'Wait for some seconds.'
    """

    def __init__(self, *args: str, **parts: str) -> None:
        if args:
            raise TypeError("Substitution takes its texts by name: Substitution(name='text').")
        self.params = parts

    def __call__(self, documented: _Documented) -> _Documented:
        """Return the function or class with the parts filled in."""
        text: Any = documented.__doc__
        if text:  # python -OO removes docstrings
            documented.__doc__ = text.format(**self.params)
        return documented
