"""The number of neighbours is a number, or that of a neighbour object."""

from __future__ import annotations

from typing import Any

import pytest
from sklearn.neighbors import NearestNeighbors

from poise.core.errors import InputError
from poise.core.neighbors.parameter import count_of


@pytest.mark.parametrize("count", [0, None, 2.5])
def test_a_neighbour_object_needs_n_neighbors_of_1_or_more(count: Any) -> None:
    with pytest.raises(InputError, match="n_neighbors is 1 or more"):
        count_of(NearestNeighbors(n_neighbors=count))


def test_a_number_and_an_object_of_one_neighbour_give_one() -> None:
    assert count_of(1) == count_of(NearestNeighbors(n_neighbors=1)) == 1
