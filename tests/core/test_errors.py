"""Errors and warnings have documented base classes that users can catch."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from poise import SMOTE
from poise.core import errors
from poise.core.errors import (
    DoesNotFitError,
    FileError,
    InputError,
    MissingDependencyError,
    PoiseError,
    PoiseWarning,
    TooFewRowsError,
    UnsupportedTypeError,
    WholeNumbersWarning,
    listed,
    nearest_name,
)


@pytest.mark.parametrize(
    ("kind", "standard"),
    [
        (InputError, ValueError),
        (TooFewRowsError, ValueError),
        (UnsupportedTypeError, TypeError),
        (MissingDependencyError, ImportError),
        (DoesNotFitError, MemoryError),
        (FileError, OSError),
    ],
)
def test_an_error_is_also_the_standard_error_of_its_kind(kind: type, standard: type) -> None:
    assert issubclass(kind, PoiseError)
    assert issubclass(kind, standard)


def test_every_error_and_warning_is_in_the_tree_of_the_docstring() -> None:
    kinds = [
        name
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, PoiseError | PoiseWarning)
    ]
    assert len(kinds) == 25
    assert all(name in errors.__doc__ for name in kinds)


def test_the_nearest_name_ignores_case_and_accepts_beginnings() -> None:
    assert nearest_name("SMOT", ["smote", "adasyn"]) == " Did you mean 'smote'?"
    assert nearest_name("s", ["standard", "raw"]) == " Did you mean 'standard'?"
    assert nearest_name("xyz", ["standard", "raw"]) == ""
    assert nearest_name("", ["standard"]) == ""


def test_a_long_list_of_names_ends_with_the_number_of_the_others() -> None:
    assert listed([1, 2, 3, 4, 5]) == "1, 2, 3, 4, 5"
    assert listed([1, 2, 3, 4, 5, 6]) == "1, 2, 3, 4, 5 and 1 more"


def test_a_warning_points_at_the_line_of_the_user() -> None:
    X = pd.DataFrame({"count": np.arange(20.0) % 7, "share": np.arange(20.0) / 4})
    y = [0] * 12 + [1] * 8
    with pytest.warns(WholeNumbersWarning) as caught:
        SMOTE(random_state=0).fit_resample(X, y)
    assert caught[0].filename == __file__
