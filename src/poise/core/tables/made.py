"""The values of made rows in each column: computed, or copied from input rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from poise.core.plan.making import donors_of, latest_parents, made_cells
from poise.core.plan.plan import Plan
from poise.core.plan.recipes import Ids
from poise.core.plan.values import Array, Cells
from poise.core.tables.blocks import Block, Matrix, as_floats, is_plain_block, side_by_side
from poise.core.tables.grain import in_grain


class MadeColumn(NamedTuple):
    """The values of made rows in one column.

    Attributes
    ----------
    values : ndarray of shape (m,), or None
        Computed values; None if the values are copied.
    missing : ndarray of shape (m,), bool, or None
        Mask of missing values; None if none is missing.
    donors : ndarray of shape (m,), intp, or None
        Input rows whose values are copied; None if the values are computed.
    """

    values: Array | None = None
    missing: NDArray[np.bool_] | None = None
    donors: Ids | None = None

    def take(self, rows: Ids) -> MadeColumn:
        """Return some of the rows."""
        values, missing, donors = (None if part is None else part[rows] for part in self)
        return MadeColumn(values, missing, donors)  # type: ignore[arg-type]  # taken one by one


def made_columns(blocks: Sequence[Block], plan: Plan) -> dict[int, MadeColumn]:
    """Return the values of made rows in each column, by column position."""
    computed = [block for block in blocks if not block.is_copied_from_donor]
    cells = [block.cells for block in computed]
    columns: dict[int, MadeColumn] = {}
    made = made_cells(plan, cells, [b.positions for b in computed]) if computed else []
    for block, (values, is_missing) in zip(computed, made, strict=True):
        for i, position in enumerate(block.positions.tolist()):
            missing = None if is_missing is None else is_missing[:, i]
            column = values[:, i]
            if block.kind == "ordered":  # stay within the ranks that occur
                column = column.clip(block.cells.values[:, i].min(), block.cells.values[:, i].max())
            if block.kind == "time":
                column = in_grain(plan, column, block.cells.values[:, i], block.ticks_per_day)
            columns[position] = MadeColumn(column, missing)
    for block in blocks:
        if block.is_copied_from_donor:
            columns |= _donors_of(block, plan)
    return columns | _donors_of_one_hot(blocks, plan)


def _donors_of(block: Block, plan: Plan) -> dict[int, MadeColumn]:
    positions = block.positions.tolist()
    if block.times is not None:
        latest = latest_parents(plan, block.times)[plan.n_rows :]
        return {positions[0]: MadeColumn(donors=latest)}
    codes, is_voted = block.codes, block.kind == "categorical"
    if not (is_voted and plan.has_voters) and not (codes < 0).any():  # no mutant: as below
        # Without votes and missing values, all columns are copied from the same rows.
        one = codes[:, :1]  # no mutant: speed alone
        donors = donors_of(plan, one, is_voted=False)[:, 0]
        return {position: MadeColumn(donors=donors) for position in positions}
    if not is_voted:
        columns = [donors_of(plan, codes[:, [i]], is_voted=False) for i in range(len(positions))]
        return {
            position: MadeColumn(donors=donors[:, 0])
            for position, donors in zip(positions, columns, strict=True)
        }
    if plan.has_voters:
        places = np.arange(len(positions))
    else:
        # Columns without missing values are all copied from the same rows: the first column here.
        has_missing = (codes < 0).any(axis=0)
        places = np.where(has_missing, np.cumsum(has_missing), 0)
        complete = np.zeros((len(codes), 1), dtype=np.int32)
        codes = np.column_stack([complete, codes[:, has_missing]])
    donors = np.ascontiguousarray(donors_of(plan, codes, is_voted=True).T)
    return {
        position: MadeColumn(donors=donors[place])
        for position, place in zip(positions, places.tolist(), strict=True)
    }


def _donors_of_one_hot(blocks: Sequence[Block], plan: Plan) -> dict[int, MadeColumn]:
    """Return the donors of one-hot flags and categories: the columns are one category, and come from one row."""
    codes: dict[int, NDArray[np.int32]] = {}
    is_voted: dict[int, bool] = {}
    for block in blocks:
        if block.is_copied_from_donor and block.times is None:
            for i, position in enumerate(block.positions.tolist()):
                codes[position] = block.codes[:, i]
                is_voted[position] = block.kind == "categorical"
    columns: dict[int, MadeColumn] = {}
    for group in plan.one_hot_columns():
        if all(position in codes for position in group):
            own = np.column_stack([codes[position] for position in group])
            joint = np.unique(own, axis=0, return_inverse=True)[1].reshape(-1, 1)
            joint[(own < 0).any(axis=1)] = -1
            votes = any(is_voted[position] for position in group)
            donors = donors_of(plan, joint.astype(np.int32), is_voted=votes)[:, 0]
            columns |= {position: MadeColumn(donors=donors) for position in group}
    return columns


def searched_made(blocks: Sequence[Block], plan: Plan) -> Matrix:
    """Return the made rows for the neighbour search, after the cast to the column dtypes."""
    if is_plain_block(blocks):
        kept = plan.in_columns(blocks[0].positions)
        return as_floats(made_cells(kept, [blocks[0].cells])[0].values)
    columns = made_columns(blocks, plan)
    made = [_stacked_columns(block, columns) for block in blocks]
    return side_by_side(blocks, made)[0]


def _stacked_columns(block: Block, columns: dict[int, MadeColumn]) -> Cells:
    values, missing = [], []
    of_input = block.cells.missing
    for i, position in enumerate(block.positions.tolist()):
        made = columns[position]
        if made.donors is not None:
            values.append(block.cells.values[made.donors, i])
            missing.append(None if of_input is None else of_input[made.donors, i])
        else:
            values.append(made.values)
            missing.append(made.missing)
    stacked = np.column_stack(values)
    if all(column is None for column in missing):
        return Cells(stacked)
    complete = np.zeros(len(stacked), dtype=bool)
    return Cells(stacked, np.column_stack([complete if m is None else m for m in missing]))
