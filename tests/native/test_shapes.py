"""A caller's slip is an error that names the array, and never a read or write out of bounds."""

from __future__ import annotations

import numpy as np
import pytest

from poise import native
from poise.native import _kernel

X = np.arange(30.0).reshape(10, 3)
INDEX = _kernel.Index(X, 1)


def test_queries_have_the_columns_of_the_table() -> None:
    tree = native.Tree(X, 1)
    says = "queries has 2 columns and needs the 3 of the rows that are searched"
    with pytest.raises(ValueError, match=says):
        tree.nearest(X[:, :2], 1)
    with pytest.raises(ValueError, match=says):
        tree.count_within(X[:, :2], np.ones(10), 1)


def test_one_row_is_excluded_for_each_query() -> None:
    tree, excluded = native.Tree(X, 1), np.arange(9)
    says = "excluded has 9 entries and needs one for each of the 10 queries"
    with pytest.raises(ValueError, match=says):
        tree.nearest(X, 1, excluded)
    with pytest.raises(ValueError, match=says):
        tree.count_within(X, np.ones(10), 1, excluded)


@pytest.mark.parametrize(
    ("rows", "distances", "says"),
    [
        ((9, 2), (9, 2), r"rows has the shape \(9, 2\) and needs \(10, 2\)"),
        ((10, 2), (9, 2), r"distances has the shape \(9, 2\) and needs \(10, 2\)"),
        ((10, 2), (10, 1), r"distances has the shape \(10, 1\) and needs \(10, 2\)"),
    ],
)
def test_rows_and_distances_hold_the_answer_to_each_query(rows, distances, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        INDEX.nearest(X, None, None, np.empty(rows, dtype=np.int64), np.empty(distances), 1, 1)


def test_a_search_looks_at_one_leaf_at_least() -> None:
    rows, distances = np.empty((10, 2), dtype=np.int64), np.empty((10, 2))
    for leaves in (0, -1, -(2**63)):
        with pytest.raises(ValueError, match="is not a number of leaves: it must be 1 or more"):
            INDEX.nearest(X, None, None, rows, distances, leaves, 1)


def test_a_mismatch_costs_a_finite_distance() -> None:
    for cost in (np.inf, np.nan, -1.0):
        with pytest.raises(ValueError, match="is not a distance: it must be finite, 0 or more"):
            native.Tree(X, 1, n_nominal=1, mismatch=cost)


@pytest.mark.parametrize("strided", ["rows", "distances"])
def test_answers_are_never_written_into_a_copy(strided: str) -> None:
    out = {"rows": np.empty((10, 2), dtype=np.int64), "distances": np.empty((10, 2))}
    out[strided] = np.asfortranarray(out[strided])
    with pytest.raises(TypeError):
        INDEX.nearest(X, None, None, out["rows"], out["distances"], 1, 1)


def test_each_query_has_a_radius_and_a_count() -> None:
    with pytest.raises(ValueError, match="radii has 9 entries and needs one for each of the 10"):
        native.Tree(X, 1).count_within(X, np.ones(9), 1)
    with pytest.raises(ValueError, match="radii has 9 entries and needs one for each of the 10"):
        native.Tree(X, 1).nearest(X, 1, radii=np.ones(9))
    with pytest.raises(ValueError, match="counts has 9 entries and needs one for each of the 10"):
        INDEX.count_within(X, None, np.ones(10), 1, np.empty(9, dtype=np.int64), 1)


def test_the_kth_distance_has_a_number_and_a_place_for_each_query() -> None:
    distances = np.empty(10)
    with pytest.raises(ValueError, match="k=0 is not a number of neighbours"):
        INDEX.kth(X, 0, None, None, distances, 1, 1)
    with pytest.raises(ValueError, match="distances has 9 entries and needs one for each"):
        INDEX.kth(X, 1, None, None, np.empty(9), 1, 1)
    with pytest.raises(ValueError, match="most_leaves=0"):
        INDEX.kth(X, 1, None, None, distances, 0, 1)
    INDEX.kth(X, 1 << 62, None, None, distances, 1, 1)
    assert np.isnan(distances).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("lengths", "shape", "says"),
    [
        ((5, 4, 5, 5), (5, 3), "partners has 4 entries and needs one for each of the 5 seeds"),
        ((5, 5, 4, 5), (5, 3), "gaps has 4 entries and needs one for each of the 5 seeds"),
        ((5, 5, 5, 4), (5, 3), "reaches has 4 entries and needs one for each of the 5 seeds"),
        ((5, 5, 5, 5), (6, 3), r"out has the shape \(6, 3\) and needs \(5, 3\)"),
        ((5, 5, 5, 5), (5, 4), r"out has the shape \(5, 4\) and needs \(5, 3\)"),
    ],
)
def test_each_new_row_has_a_seed_a_partner_a_gap_and_a_place(dtype, lengths, shape, says) -> None:
    seeds, partners = (np.zeros(n, dtype=np.int64) for n in lengths[:2])
    gaps, reaches = (np.zeros(n) for n in lengths[2:])
    with pytest.raises(ValueError, match=says):
        native.blend(X.astype(dtype), seeds, partners, gaps, reaches, np.empty(shape, dtype), 1)


def test_a_table_without_rows_is_refused() -> None:
    with pytest.raises(ValueError, match="values has no rows and needs at least one"):
        native.Tree(X[:0], 1)


@pytest.mark.parametrize("n_nominal", [-1, 4])
def test_nominal_columns_are_columns_of_the_table(n_nominal: int) -> None:
    says = f"n_nominal={n_nominal} is not a number of columns of values, which has 3"
    with pytest.raises(ValueError, match=says):
        native.Tree(X, 1, n_nominal=n_nominal)


def test_no_neighbours_can_be_asked_for() -> None:
    rows, distances = native.Tree(X, 1).nearest(X, 0)
    assert rows.shape == distances.shape == (10, 0)


def test_no_queries_have_no_answers() -> None:
    tree = native.Tree(X, 1)
    assert tree.nearest(X[:0], 3)[0].shape == (0, 3)
    assert tree.count_within(X[:0], np.empty(0), 3).shape == (0,)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("far", [-1, 10, 2**62, -(2**63)])
@pytest.mark.parametrize("place", [0, 2999])
def test_seeds_and_partners_are_rows_of_the_table(dtype, far: int, place: int) -> None:
    near, gaps = np.zeros(3000, dtype=np.int64), np.zeros(3000)
    wrong = near.copy()
    wrong[place] = far
    for name, rows in (("seeds", (wrong, near)), ("partners", (near, wrong))):
        with pytest.raises(ValueError, match=rf"{name} has row numbers outside 0\.\.9"):
            native.blend(X.astype(dtype), *rows, gaps, None, np.empty((3000, 3), dtype), 2)


def test_no_rows_can_be_blended_of_an_empty_table() -> None:
    none, gaps, out = np.zeros(0, dtype=np.int64), np.zeros(0), np.empty((0, 3))
    native.blend(X[:0], none, none, gaps, None, out, 1)
    with pytest.raises(ValueError, match="seeds has row numbers outside"):
        native.blend(
            X[:0],
            np.zeros(1, np.int64),
            np.zeros(1, np.int64),
            np.zeros(1),
            None,
            np.empty((1, 3)),
            1,
        )


def test_a_table_without_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="values has no columns and needs at least one"):
        native.Tree(X[:, :0], 1)


@pytest.mark.parametrize("mismatch", [-1.0, np.nan])
def test_the_cost_of_a_mismatch_is_a_distance(mismatch: float) -> None:
    with pytest.raises(ValueError, match=f"mismatch={mismatch:f} is not a distance"):
        native.Tree(X, 1, n_nominal=1, mismatch=mismatch)


def test_values_are_missing_only_where_they_may_be() -> None:
    table = np.where(X == 4, np.nan, X)
    with pytest.raises(ValueError, match=r"values has missing values \(NaN\)"):
        native.Tree(table, 1)
    whole, partial = native.Tree(X, 1), native.Tree(table, 1, is_partial=True)
    for search in (
        lambda tree: tree.nearest(table, 2),
        lambda tree: tree.count_within(table, np.ones(10), 3),
    ):
        search(partial)
        with pytest.raises(ValueError, match=r"queries has missing values \(NaN\)"):
            search(whole)


@pytest.mark.parametrize("far", [-1, 10, 2**62, -(2**63)])
def test_rows_that_are_picked_are_rows_of_the_table(far: int) -> None:
    tree, wrong = native.Tree(X, 1), np.array([0, 3, far])
    with pytest.raises(
        ValueError, match=r"picked has row numbers outside 0\.\.9, the rows of values"
    ):
        native.Tree(X, 1, picked=wrong)
    says = r"picked has row numbers outside 0\.\.9, the rows of queries"
    with pytest.raises(ValueError, match=says):
        tree.kth_near(X, 1, picked=wrong)
    with pytest.raises(ValueError, match=says):
        tree.count_within(X, np.ones(3), 1, picked=wrong)


def test_what_belongs_to_queries_has_an_entry_for_each_that_is_picked() -> None:
    tree, two = native.Tree(X, 1), np.array([3, 3])
    with pytest.raises(ValueError, match="radii has 10 entries and needs one for each of the 2"):
        tree.kth_within(X, 1, np.ones(10), picked=two)
    with pytest.raises(ValueError, match="excluded has 10 entries and needs one for each of the 2"):
        tree.count_within(X, np.ones(2), 1, np.arange(10), picked=two)
    with pytest.raises(
        ValueError, match="distances has 10 entries and needs one for each of the 2"
    ):
        INDEX.kth(X, 1, None, None, np.empty(10), 1, 1, two)
    with pytest.raises(ValueError, match="counts has 10 entries and needs one for each of the 2"):
        INDEX.count_within(X, None, np.ones(2), 1, np.empty(10, dtype=np.int64), 1, two)
    with pytest.raises(ValueError, match="picked has no rows and needs at least one"):
        native.Tree(X, 1, picked=two[:0])


def test_only_rows_that_are_picked_must_be_known() -> None:
    table, known = np.where(X == 4, np.nan, X), np.array([0, 2, 9])
    tree = native.Tree(table, 1, picked=known)
    assert tree.count_within(table, np.full(3, 1e4), 9, picked=known).tolist() == [3, 3, 3]
    for call in (
        lambda: native.Tree(table, 1, picked=np.arange(3)),
        lambda: tree.kth_near(table, 1, picked=np.arange(3)),
    ):
        with pytest.raises(ValueError, match=r"has missing values \(NaN\)"):
            call()


SPARSE = np.array([0, 2, 2, 3]), np.array([0, 4, 1]), np.array([1.0, 2.0, 3.0])
SPARSE_INDEX = _kernel.SparseIndex(*SPARSE, 5)


def changed(place: int, part: list[float]) -> list[np.ndarray]:
    """Return the arrays of three sparse rows, of which one is replaced."""
    return [np.array(part, a.dtype) if i == place else a for i, a in enumerate(SPARSE)]


@pytest.mark.parametrize(
    ("place", "part", "says"),
    [
        (0, [], "no starts of rows"),
        (0, [0, 2, 2], "starts of rows that do not ascend from 0 to 3"),
        (0, [1, 2, 2, 3], "starts of rows that do not ascend from 0 to 3"),
        (0, [0, 2, 2, 4], "starts of rows that do not ascend from 0 to 3"),
        (0, [0, 4, 2, 3], "starts of rows that do not ascend from 0 to 3"),
        (0, [0, -(2**63), 2**62, 3], "starts of rows that do not ascend from 0 to 3"),
        (1, [0, 5, 1], "columns that do not ascend in each row, from 0 to 4 at most"),
        (1, [0, 2**62, 1], "columns that do not ascend in each row, from 0 to 4 at most"),
        (1, [-1, 4, 1], "columns that do not ascend in each row, from 0 to 4 at most"),
        (1, [4, 0, 1], "columns that do not ascend in each row, from 0 to 4 at most"),
        (1, [3, 3, 1], "columns that do not ascend in each row, from 0 to 4 at most"),
        (2, [1.0, np.nan, 3.0], r"values that are missing \(NaN\) or infinite"),
        (2, [1.0, 2.0, -np.inf], r"values that are missing \(NaN\) or infinite"),
        (2, [1.0, 2.0], "values has 2 entries and needs one for each of the 3 columns"),
    ],
)
def test_entries_of_sparse_rows_are_within_the_table(place: int, part, says: str) -> None:
    with pytest.raises(ValueError, match=f"rows (has )?{says}"):
        _kernel.SparseIndex(*changed(place, part), 5)
    if len(part) != 3 or place:
        n = max(len(part) - 1, 0) if place == 0 else 3
        out = np.empty((n, 1), np.int64), np.empty((n, 1))
        with pytest.raises(ValueError, match=f"queries (has |starts has )?({says}|0 entries)"):
            SPARSE_INDEX.nearest(*changed(place, part), None, *out, 1)


def test_sparse_rows_are_at_least_one_and_have_columns() -> None:
    with pytest.raises(ValueError, match="rows has no rows and needs at least one"):
        _kernel.SparseIndex(np.zeros(1, np.int64), np.zeros(0, np.int64), np.zeros(0), 5)
    with pytest.raises(ValueError, match="n_columns=0 is not a number of columns"):
        _kernel.SparseIndex(*SPARSE, 0)


def test_sparse_queries_have_the_columns_of_the_table_and_a_place_for_the_answer() -> None:
    out = np.empty((3, 1), np.int64), np.empty((3, 1))
    with pytest.raises(ValueError, match="starts has 4 entries and needs one for each of the 3"):
        SPARSE_INDEX.nearest(*SPARSE, None, out[0][:2], out[1][:2], 1)
    with pytest.raises(ValueError, match=r"distances has the shape \(2, 1\) and needs \(3, 1\)"):
        SPARSE_INDEX.nearest(*SPARSE, None, out[0], out[1][:2], 1)
    with pytest.raises(ValueError, match="excluded has 2 entries and needs one for each of the 3"):
        SPARSE_INDEX.nearest(*SPARSE, np.zeros(2, np.int64), *out, 1)
    with pytest.raises(TypeError):
        SPARSE_INDEX.nearest(*SPARSE, None, out[0], out[1].astype(np.float32), 1)
    SPARSE_INDEX.nearest(*SPARSE, np.array([-5, 2**62, 2]), *out, 1)
    assert out[0].tolist() == [[0], [1], [1]]


def blended(entries, seeds, partners, n_places: int, n_starts: int = 3) -> None:
    gaps, out = np.zeros(2), np.empty(n_starts, np.int64)
    columns, values = np.empty(n_places, np.int64), np.empty(n_places)
    _kernel.blend_sparse(
        *entries, 5, np.array(seeds), np.array(partners), gaps, None, out, columns, values
    )


@pytest.mark.parametrize(
    ("seeds", "partners", "n_places", "n_starts", "says"),
    [
        ([0, 3], [0, 1], 5, 3, r"seeds has row numbers outside 0\.\.2"),
        ([0, 1], [0, -1], 5, 3, r"partners has row numbers outside 0\.\.2"),
        ([0, 1], [0], 5, 3, "partners has 1 entries and needs one for each of the 2 seeds"),
        ([0, 1, 2], [0, 1, 2], 5, 4, "gaps has 2 entries and needs one for each of the 3 seeds"),
        ([0, 1], [0, 1], 4, 2, "out_starts has 2 entries and needs one for each of the 3"),
        ([0, 1], [0, 1], 3, 3, "out_columns has 3 entries and needs one for each of the 4"),
    ],
)
def test_new_sparse_rows_have_parents_and_places(seeds, partners, n_places, n_starts, says) -> None:
    with pytest.raises(ValueError, match=says):
        blended(SPARSE, seeds, partners, n_places, n_starts)


def test_entries_of_sparse_rows_that_are_blended_are_within_the_table() -> None:
    for place, part in ((0, [0, 2, 2, 4]), (1, [0, 5, 1]), (2, [1.0])):
        with pytest.raises(ValueError, match="rows (has|values has)"):
            blended(changed(place, part), [0, 1], [0, 1], 4)
