"""A method under a condition is there if the condition holds, and only then."""

from __future__ import annotations

import pytest

from poise.core.sampling.available import available_if


class Reader:
    def __init__(self, *, is_open: bool) -> None:
        self.is_open = is_open

    @available_if(lambda reader: reader.is_open)
    def read(self, n: int) -> str:
        """Return n letters."""
        return "a" * n


def test_a_method_is_there_if_its_condition_holds() -> None:
    assert Reader(is_open=True).read(3) == "aaa"
    assert Reader.read.__doc__ == "Return n letters."


def test_a_method_is_missing_otherwise() -> None:
    reader = Reader(is_open=False)
    assert not hasattr(reader, "read")
    with pytest.raises(AttributeError, match="'Reader' has no attribute 'read'"):
        reader.read(3)
