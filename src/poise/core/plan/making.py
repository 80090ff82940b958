"""Apply a plan: compute the values of made rows, find their donors, and assemble the output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from poise.core.plan.plan import Plan
from poise.core.plan.recipes import Copy, Ids, Source, dependence_matrix
from poise.core.plan.values import Array, Cells, concat_cells


class Assembly(NamedTuple):
    """How to assemble the output of a plan from input rows and made rows.

    Attributes
    ----------
    taken : ndarray of intp
        Input rows whose values are in the output unchanged.
    made : ndarray of intp
        Made rows to append, numbered from 0 as in the result of `made_cells`.
    order : ndarray of intp or None
        Position of each output row in the taken rows followed by the made rows; None if the output
        is already in this order.
    """

    taken: Ids
    made: Ids
    order: Ids | None


def assembly_of(plan: Plan) -> Assembly:
    """Return which input rows to take, which made rows to append, and their order."""
    ids = plan.value_ids()
    is_made = ids >= plan.n_rows
    order = np.empty(len(ids), dtype=np.intp)
    order[~is_made] = np.arange(len(ids) - is_made.sum())
    order[is_made] = np.arange(len(ids) - is_made.sum(), len(ids))
    in_order = bool((order == np.arange(len(order))).all())
    return Assembly(ids[~is_made], ids[is_made] - plan.n_rows, None if in_order else order)


def made_cells(
    plan: Plan,
    blocks: Sequence[Cells],
    columns: Sequence[Ids] | None = None,
    out: Sequence[Array | None] | None = None,
) -> list[Cells]:
    """Return the values of every made row, in the order of their ids.

    Parameters
    ----------
    plan : Plan
    blocks : sequence of Cells, with values of shape (n_rows, d), or one csr_array
        The values of the input rows: computed columns of one dtype each.
    columns : sequence of ndarray of intp, optional
        Which columns of the table each block holds; by default the first ones, as of a single block.
    out : sequence of ndarray of shape (n_made, d) or None, optional
        Arrays to write the values into, for dense cells without `missing`; by default new arrays.

    Returns
    -------
    list of Cells with `n_made` rows
        One per block.
    """
    if columns is None:
        columns = [np.arange(cells.values.shape[1]) for cells in blocks]
    places = [None] * len(blocks) if out is None else list(out)
    made: list[list[Cells]] = [[] for _ in blocks]
    for (ids, recipe), rules in zip(plan.runs(), plan.rules, strict=True):
        inputs = blocks
        if any(len(used) and used.max() >= plan.n_rows for used in recipe.inputs):
            inputs = [concat_cells([cells, *new]) for cells, new in zip(blocks, made, strict=True)]
        rows = slice(ids.start - plan.n_rows, ids.stop - plan.n_rows)
        parts = [None if place is None else place[rows] for place in places]
        values = recipe.make(list(map(Source, inputs, columns, parts)))
        if rules is not None and not isinstance(recipe, Copy):
            values = rules.repair(recipe, inputs, values, columns)
        for new, cells in zip(made, values, strict=True):
            new.append(cells)
    return [
        concat_cells(new or [cells.take(slice(0))]) if place is None else Cells(place)
        for new, cells, place in zip(made, blocks, places, strict=True)
    ]


def donors_of(plan: Plan, codes: NDArray[np.int32], *, is_voted: bool) -> Ids:
    """Return the donor of each made row in each column: the input row whose value it takes.

    Parameters
    ----------
    plan : Plan
    codes : ndarray of shape (n_rows, q), int32
        Category of each input row in each column; -1 if it is missing.
    is_voted : bool
        Whether the voters of a recipe decide, if it has any; otherwise the nearer parent gives the
        value.

    Returns
    -------
    ndarray of shape (n_made, q), intp
    """
    n_ids, n_columns = plan.n_rows + plan.n_made, codes.shape[1]
    donor_of = np.repeat(np.arange(n_ids)[:, np.newaxis], n_columns, axis=1)
    for rows, recipe in plan.runs():
        donor_of[rows] = recipe.donors(donor_of, codes, is_voted=is_voted)
    return donor_of[plan.n_rows :]


def as_copies(plan: Plan) -> Plan:
    """Return the plan with each made row a copy of the input row that it is nearest to: of its nearer parent.

    Examples
    --------
    >>> from poise.core.plan.recipes import Segment
    >>> made = Segment(np.array([0, 0]), np.array([1, 1]), np.array([0.2, 0.7]))
    >>> as_copies(Plan(2, (made,))).lineage().seed.tolist()
    [0, 1, 0, 1]
    """
    one_column = np.zeros((plan.n_rows, 1), dtype=np.int32)
    donors = donors_of(plan, one_column, is_voted=False)[:, 0]
    return Plan(plan.n_rows, (Copy(donors),), plan.order)


def latest_parents(plan: Plan, times: NDArray[Any]) -> Ids:
    """Return for each id the input row with the latest time among all rows that it depends on.

    Parameters
    ----------
    plan : Plan
    times : ndarray of shape (n_rows,)

    Returns
    -------
    ndarray of shape (n_rows + n_made,), intp
    """
    latest = np.arange(plan.n_rows + plan.n_made)
    for rows, recipe in plan.runs():
        linked = dependence_matrix(recipe, rows.start)
        roots = latest[linked.indices]
        of_row = np.repeat(np.arange(len(recipe)), np.diff(linked.indptr))
        by_time = np.lexsort((times[roots], of_row))
        latest[rows] = roots[by_time[linked.indptr[1:] - 1]]
    return latest


def shuffled(plan: Plan, rng: np.random.RandomState) -> Plan:
    """Return the plan with its output in random order.

    Examples
    --------
    >>> shuffled(Plan.taking(4, [0, 2, 2]), np.random.RandomState(3)).lineage().seed.tolist()
    [2, 0, 2]
    """
    return Plan(plan.n_rows, plan.made, plan.order[rng.permutation(len(plan))], plan.rules)


def in_order_of(plan: Plan, times: NDArray[Any]) -> Plan:
    """Return the plan with its output sorted by time; at equal times, kept rows come first.

    A made row has the time of the latest input row that it depends on.

    Parameters
    ----------
    plan : Plan
    times : ndarray of shape (n_rows,)
        Times as numbers; the smallest is the earliest.
    """
    when = times[latest_parents(plan, times)[plan.order]]
    order = plan.order[np.lexsort((plan.is_new, when))]
    return Plan(plan.n_rows, plan.made, order, plan.rules)
