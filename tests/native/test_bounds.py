"""No row is missed because float32 rounded against it: tables that come close to each bound.

The constants are those of src/poise/native/src/bounds.hpp. Without the constant that it is named
after, the kernel misses a row of a table; `kValueRounding` may not even be 2 % smaller.
`kNormRounding` and `kDoubleRoundings` are so far below the others that no table shows them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from poise import native
from poise.testing import oracle

every_path = pytest.mark.parametrize("path", native.paths())
UNIT = 2.0**-24  # kFloatUnit


class Table(NamedTuple):
    rows: NDArray[np.float64]
    points: NDArray[np.float64]
    n_nominal: int = 0
    mismatch: float = 0.0


def with_mirror_image(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return rows whose centre is zero: the kernel then changes no value before rounding it."""
    return np.concatenate([rows, -rows])


# Two nearly equal values: one is rounded up and the other down, so that float32 sees a whole unit.
ABOVE, BELOW = 0.5 + UNIT / 2 * (1 + 2.0**-20), 0.5 + UNIT / 2 * (1 - 2.0**-20)


def values_rounded_apart(n_of_each: int) -> Table:
    rows = np.repeat([[ABOVE], [BELOW]], n_of_each, axis=0)
    return Table(with_mirror_image(rows), np.array([[ABOVE], [BELOW]]))


def values_rounded_apart_in_one_common_column() -> Table:
    """A distance over one column of nine that is known to both is scaled up nine times."""
    rows = np.full((4, 9), np.nan)
    rows[:, 0] = ABOVE, BELOW, -ABOVE, -BELOW
    rows[[0, 2], 1] = 0.0
    rows[[1, 3], 2] = 0.0
    return Table(rows, rows)


def sums_that_are_rounded_up(n_columns: int, n_nominal: int) -> Table:
    """A square of one, and squares that are each just enough to round the sum up by a unit more."""
    row = np.full((1, n_columns), np.sqrt(UNIT * (1 + 2.0**-8)) / 2)
    row[:, 0] = 0.5
    categories = np.zeros((2, n_nominal))
    rows = np.column_stack([with_mirror_image(row), categories])
    return Table(rows, rows, n_nominal, 1.0)


def products_that_are_rounded_up(n_columns: int) -> Table:
    """Products that are each just too small to lower the sum, before the one that cancels it."""
    row = np.full((1, n_columns), np.sqrt(UNIT / 8 * (1 - 2.0**-8)))
    row[:, -1] = 0.5
    rows = with_mirror_image(row)
    return Table(rows, rows)


def exact_squares_that_vanish(n_columns: int) -> Table:
    """Differences whose squares are a little too small for float64."""
    rows = np.repeat(np.arange(3.0)[:, np.newaxis] * 1.5e-162, n_columns, axis=1)
    return Table(rows, rows)


def squares_that_are_rounded_up_from_nothing() -> Table:
    """Squares of half the smallest float32, each rounded up to it; the rows are all the same."""
    return Table(np.zeros((5, 8)), np.full((1, 8), 2.7e-23))


def values_at_the_edge_of_far_outside(n_columns: int) -> Table:
    """Signs alternate, so that products beyond float32 would be infinity minus infinity."""
    rows = with_mirror_image(np.linspace(0.1, 0.5, 40 * n_columns).reshape(40, n_columns))
    rows[:, ::2] *= -1
    scales = np.array([0.5, 0.999, 1.0, 1.001, 2.0, 1e27])
    return Table(rows, np.repeat(scales[:, np.newaxis] * 1e12, n_columns, axis=1))


def points_that_know_one_column(n_columns: int) -> Table:
    """A box is compared with the part of a distance that comes from known columns."""
    rows = np.zeros((200, n_columns))
    rows[:, 0] = np.linspace(-0.5, 0.5, 200)
    rows[0, 1] = np.nan
    points = np.full((20, n_columns), np.nan)
    points[:, 0] = rows[::10, 0]
    return Table(rows, points)


def categories_that_cost(mismatch: float) -> Table:
    numbers = np.linspace(-0.5, 0.5, 80)[:, np.newaxis]
    categories = np.arange(160.0).reshape(80, 2) % [2.0, 3.0]
    rows = np.column_stack([numbers, categories])
    return Table(rows, rows[::5], 2, mismatch)


TABLES = {
    "kValueRounding: rows of one leaf": values_rounded_apart(2),
    "kValueRounding: boxes": values_rounded_apart(64),
    "kValueRounding: one common column": values_rounded_apart_in_one_common_column(),
    "kFloatRoundings: differences": sums_that_are_rounded_up(8, 0),
    "kFloatRoundings: mixtures": sums_that_are_rounded_up(70, 1),
    "kFloatRoundings: products": products_that_are_rounded_up(9),
    "kFloatRoundings: many products": products_that_are_rounded_up(90),
    "kVanishedExactSquare: differences": exact_squares_that_vanish(8),
    "kVanishedExactSquare: products": exact_squares_that_vanish(30),
    "kVanishedValue and kVanishedSquare": squares_that_are_rounded_up_from_nothing(),
    "kFarOutside: differences": values_at_the_edge_of_far_outside(3),
    "kFarOutside: products": values_at_the_edge_of_far_outside(12),
    "QueryBounds::known_share": points_that_know_one_column(9),
    "kLargestMismatch: just below": categories_that_cost(0.9e30),
    "kLargestMismatch: far above": categories_that_cost(1e300),
}


def tree_of(table: Table) -> native.Tree:
    return native.Tree(
        table.rows,
        1,
        n_nominal=table.n_nominal,
        mismatch=table.mismatch,
        is_partial=bool(np.isnan(table.rows).any()),
    )


def others_of(table: Table, point: NDArray[np.float64]) -> list[tuple[float, int]]:
    rows = np.concatenate([table.rows, point[np.newaxis]])
    return oracle.others_by_distance(
        rows, len(table.rows), n_nominal=table.n_nominal, mismatch=table.mismatch
    )


@every_path
@pytest.mark.parametrize("name", TABLES)
def test_a_row_just_within_a_radius_is_counted(
    path: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POISE_NATIVE_PATH", path)
    table = TABLES[name]
    tree = tree_of(table)
    for point in table.points:
        distances = np.array([distance for distance, _ in others_of(table, point)])
        radii = np.nextafter(distances, np.inf)
        counts = tree.count_within(np.tile(point, (len(radii), 1)), radii, len(table.rows))
        np.testing.assert_array_equal(counts, np.searchsorted(distances, radii))


@every_path
@pytest.mark.parametrize("name", TABLES)
def test_a_row_that_float32_sees_farther_is_still_the_nearest(
    path: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POISE_NATIVE_PATH", path)
    table = TABLES[name]
    for k in (1, 2, len(table.rows) // 2):
        rows, distances = tree_of(table).nearest(table.points, k)
        for q, point in enumerate(table.points):
            expected = [*others_of(table, point)[:k], *[(np.inf, -1)] * k][:k]
            assert list(zip(distances[q], rows[q], strict=True)) == expected
