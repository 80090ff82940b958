"""Errors have a public home."""

from __future__ import annotations

import pytest

import poise.core.errors
from poise import exceptions


def test_every_error_and_warning_is_public() -> None:
    known = {
        name
        for name, value in vars(poise.core.errors).items()
        if isinstance(value, type) and issubclass(value, Exception)
    }
    assert known == set(exceptions.__all__) - {"raise_isinstance_error"}


def test_a_wrong_type_is_named() -> None:
    with pytest.raises(ValueError, match=r"svm is a str, and must be an instance of .*int"):
        exceptions.raise_isinstance_error("svm", (int, float), "x")
