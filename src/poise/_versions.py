"""Versions of Poise and of the packages that it uses, for reports of faults."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

import sklearn

PACKAGES = (
    "poise",
    "narwhals",
    "pandas",
    "polars",
    "pyarrow",
    "pyspark",
    "pyspark-client",
    "matplotlib",
)


def show_versions() -> None:
    """Print the versions of Poise, of the packages that it uses, and of Python and scikit-learn.

    Examples
    --------
    >>> from poise import show_versions
    >>> show_versions()  # doctest: +ELLIPSIS
    <BLANKLINE>
    Poise and tables:
             poise: ...
    """
    print("\nPoise and tables:")  # noqa: T201  # printing is what it does
    for name in PACKAGES:
        print(f"{name:>14}: {_version(name)}")  # noqa: T201  # as above
    sklearn.show_versions()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
