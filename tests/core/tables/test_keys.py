"""New values of carried columns: numbers below zero, or from a start that no row has."""

from __future__ import annotations

import pytest

from poise.core.errors import InputError
from poise.core.tables.keys import largest_made, new_numbers, new_texts


def test_the_lowest_number_is_the_limit() -> None:
    assert new_numbers("x", (-126, 0), (-128, 127), "negative", 2).tolist() == [-127, -128]
    with pytest.raises(InputError, match="cannot hold 3 numbers below -126"):
        new_numbers("x", (-126, 0), (-128, 127), "negative", 3)
    assert new_numbers("x", (0, 5), (-128, 127), 126, 2).tolist() == [126, 127]
    with pytest.raises(InputError, match="cannot hold 3 numbers from 126 on"):
        new_numbers("x", (0, 5), (-128, 127), 126, 3)


def test_numbers_of_text_are_those_after_new() -> None:
    assert largest_made(["new-3", "new-12", "new-x", "old-99", "new-", "renew-50"]) == 12
    assert largest_made(["a"]) == -1
    assert new_texts("x", 12, 13, 2).tolist() == ["new-13", "new-14"]
    with pytest.raises(InputError, match="values from 12 on, and rows have values up to 12"):
        new_texts("x", 12, 12, 2)
