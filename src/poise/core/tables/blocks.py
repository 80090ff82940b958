"""Blocks: columns of one kind and dtype, as they are searched and as new rows are made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from poise.core.errors import InputError
from poise.core.plan.plan import Plan
from poise.core.plan.recipes import Ids
from poise.core.plan.values import Array, Cells, Kind, codes_of
from poise.core.tables.kinds import kind_of_dtype, refuse_other_values

Matrix: TypeAlias = Any  # ndarray of shape (n, d), float64 or float32, or csr_array of float64
TAKEN: frozenset[Kind] = frozenset({"bool", "categorical"})


@dataclass(frozen=True, eq=False)
class Block:
    """Columns of one kind and dtype.

    Attributes
    ----------
    kind : Kind
    positions : ndarray of shape (d,), intp
        Which columns of the table these are.
    cells : Cells
        Numbers in their own dtype; ticks (int64) of times, ranks of ordered categories, codes
        (int32, -1 where missing) of categories. Whole numbers that are held as floats are int64.
    ticks_a_day : float
        Of times.
    is_declared : bool
        Whether the user gave the kind.
    times : ndarray of shape (n,), or None
        Of the column that dates the rows: their times, as numbers. A new row takes the latest value
        among all rows that it depends on.
    """

    kind: Kind
    positions: Ids
    cells: Cells
    ticks_a_day: float = 1.0
    is_declared: bool = False
    times: Array | None = None

    @property
    def is_taken(self) -> bool:
        """Whether every value of a new row is that of an input row."""
        return self.kind in TAKEN or self.times is not None

    def numbers(self, values: Any, missing: NDArray[np.bool_] | None) -> Any:
        """Return values of this block as numbers to search in, NaN where they are missing."""
        if self.kind == "time":
            # In 64 bits without sign, so that dates 300 years apart in nanoseconds do not overflow.
            since = values.view(np.uint64) - np.asarray(self._first_ticks).view(np.uint64)
            values = since / self.ticks_a_day
        if missing is None:
            return values
        return np.where(missing, np.nan, values)

    @property
    def _first_ticks(self) -> Any:
        values, missing = self.cells
        if missing is None:
            return values.min(axis=0)
        known = np.where(missing, np.iinfo(values.dtype).max, values).min(axis=0)
        return np.where(missing.all(axis=0), 0, known).astype(np.int64)

    @property
    def codes(self) -> NDArray[np.int32]:
        """What tells which values are missing, and in categorical columns which are equal."""
        values, missing = self.cells
        if self.kind == "categorical":
            return np.asarray(values)
        return np.zeros(values.shape, np.int32) if missing is None else -missing.astype(np.int32)


class Column(NamedTuple):
    """One column as it is read; see `Block` for the attributes."""

    kind: Kind
    values: Array
    missing: NDArray[np.bool_] | None = None
    ticks_a_day: float = 1.0
    is_declared: bool = False
    times: Array | None = None


def blocks_of(columns: Sequence[Column]) -> tuple[Block, ...]:
    """Return columns in blocks of one kind and dtype."""
    groups: dict[Any, list[int]] = {}
    for position, column in enumerate(columns):
        kind, values, missing, ticks, is_declared, times = column
        alike = kind, values.dtype, missing is None, ticks, is_declared, times is None
        groups.setdefault(alike, []).append(position)
    return tuple(_block_of(columns, positions) for positions in groups.values())


def _block_of(columns: Sequence[Column], positions: list[int]) -> Block:
    first = columns[positions[0]]
    values = np.column_stack([columns[p].values for p in positions])
    gaps = [columns[p].missing for p in positions]
    missing = None if first.missing is None else np.column_stack(gaps)  # type: ignore[arg-type]  # none is None
    cells = Cells(values, missing)
    rest = first.ticks_a_day, first.is_declared, first.times
    return Block(first.kind, np.array(positions), cells, *rest)


def column_of_array(
    name: str, values: Array, declared: Kind | None = None, missing: NDArray[np.bool_] | None = None
) -> Column:
    """Return a numpy array of shape (n,) as a column.

    Parameters
    ----------
    name : str
        What to call it in messages.
    values : ndarray of shape (n,)
    declared : Kind, optional
        What the user says it is.
    missing : ndarray of shape (n,), bool, optional
        Beside what the values say themselves.

    Raises
    ------
    InputError
        Where the values cannot be of the kind declared, or cannot be told apart.
    """
    kind = declared or kind_of_dtype(values.dtype)
    if declared:
        refuse_other_values(name, values, declared)
    if kind == "categorical":
        codes = _codes(name, values).astype(np.int32)  # one dtype, so that all are in one block
        return Column(kind, codes if missing is None else np.where(missing, np.int32(-1), codes))
    if kind == "time":
        is_gap = np.isnat(values)
        ticks = np.where(is_gap, 0, values.astype(np.int64))
        return Column(
            kind, ticks, is_gap if is_gap.any() else None, ticks_a_day(name, values.dtype)
        )
    if kind in ("integer", "bool") and values.dtype.kind == "f":
        is_gap = np.isnan(values) if missing is None else missing | np.isnan(values)
        whole = np.where(is_gap, 0, values).astype(np.int64)
        return Column(kind, whole, is_gap if is_gap.any() else None, is_declared=True)
    return Column(kind, values, missing, is_declared=bool(declared))


def _codes(name: str, values: Array) -> NDArray[np.int32]:
    try:
        return codes_of(values)
    except TypeError:
        raise InputError(
            f"{name} holds values that cannot be compared as categories (lists, arrays or the "
            "like). Leave it out, or give each such value a column of its own."
        ) from None


def ticks_a_day(name: str, dtype: np.dtype[Any]) -> float:
    """Return how many units of a numpy dtype of times make a day."""
    unit, step = np.datetime_data(dtype)
    try:
        return float(np.timedelta64(1, "D") / np.timedelta64(step, unit))  # type: ignore[call-overload]
    except (TypeError, OverflowError):
        raise InputError(
            f"{name} counts time in {dtype}, of which no whole number makes a day. Convert it to "
            "datetime64[D] or datetime64[us]."
        ) from None


def times_in(column: Column) -> Array:
    """Return a column's values as times: numbers, the later the larger.

    Raises
    ------
    InputError
        For missing times, and for what is neither a date nor a number.
    """
    times = column.values
    is_nan = times.dtype.kind == "f" and bool(np.isnan(times).any())
    if column.kind == "categorical" or column.missing is not None or is_nan:
        is_gap = column.kind != "categorical"
        what = "missing values" if is_gap else "values that are neither dates nor numbers"
        raise InputError(
            f"time holds {what}; every row needs a date or a number. Convert the column, or drop "
            "these rows."
        )
    return times


class MadeColumn(NamedTuple):
    """The values of made rows in one column: computed, or those of input rows.

    Attributes
    ----------
    values : ndarray of shape (m,), or None
    missing : ndarray of shape (m,), bool, or None
    donors : ndarray of shape (m,), intp, or None
        Input rows whose values are taken.
    """

    values: Array | None = None
    missing: NDArray[np.bool_] | None = None
    donors: Ids | None = None

    def take(self, rows: Ids) -> MadeColumn:
        """Return some of the rows."""
        values, missing, donors = (None if part is None else part[rows] for part in self)
        return MadeColumn(values, missing, donors)  # type: ignore[arg-type]  # taken one by one


def made_columns(blocks: Sequence[Block], plan: Plan) -> dict[int, MadeColumn]:
    """Return the made rows' values of every column, by its position."""
    computed = [block for block in blocks if not block.is_taken]
    cells = [block.cells for block in computed]
    columns: dict[int, MadeColumn] = {}
    made = plan.evaluate(cells, [b.positions for b in computed]) if computed else []
    for block, (values, missing) in zip(computed, made, strict=True):
        for i, position in enumerate(block.positions.tolist()):
            gaps = None if missing is None else missing[:, i]
            column = values[:, i]
            if block.kind == "ordered":  # no rank is beyond those that occur
                column = column.clip(block.cells.values[:, i].min(), block.cells.values[:, i].max())
            columns[position] = MadeColumn(column, gaps)
    for block in blocks:
        if block.is_taken:
            columns |= _donors_of(block, plan)
    return columns


def _donors_of(block: Block, plan: Plan) -> dict[int, MadeColumn]:
    positions = block.positions.tolist()
    if block.times is not None:
        latest = plan.latest(block.times)[plan.n_rows :]
        return {positions[0]: MadeColumn(donors=latest)}
    codes, is_voted = block.codes, block.kind == "categorical"
    if not (is_voted and plan.has_voters) and not (codes < 0).any():
        # Nothing sets one column apart from another: all are taken from the same rows.
        donors = plan.donors(codes[:, :1], is_voted=False)[:, 0]
        return {position: MadeColumn(donors=donors) for position in positions}
    if is_voted:
        donors = plan.donors(codes, is_voted=True)
    else:
        columns = [plan.donors(codes[:, [i]], is_voted=False) for i in range(len(positions))]
        donors = np.column_stack(columns)
    return {position: MadeColumn(donors=donors[:, i]) for i, position in enumerate(positions)}


def is_plain(blocks: Sequence[Block]) -> bool:
    """Tell whether a table is one block of numbers without gaps, but for NaN among floats."""
    only = blocks[0]
    is_computed = only.kind in ("continuous", "integer") and only.times is None
    return len(blocks) == 1 and is_computed and only.cells.missing is None


def searched(blocks: Sequence[Block]) -> tuple[Matrix, int]:
    """Return all rows as they are searched: numbers, then codes of categories; NaN where missing.

    Returns
    -------
    values : ndarray or csr_array of shape (n, d)
        The numbers in the order of the columns, then the codes.
    n_categorical : int
        How many of the last columns are codes.
    """
    if is_plain(blocks):
        return _as_floats(blocks[0].cells.values), 0
    return _side_by_side(blocks, [block.cells for block in blocks])


def searched_made(blocks: Sequence[Block], plan: Plan) -> Matrix:
    """Return what a plan makes, after the cast to the columns' dtypes, as it is searched."""
    if is_plain(blocks):
        return _as_floats(plan.evaluate([blocks[0].cells])[0].values)
    columns = made_columns(blocks, plan)
    made = [_stacked_columns(block, columns) for block in blocks]
    return _side_by_side(blocks, made)[0]


def _stacked_columns(block: Block, columns: dict[int, MadeColumn]) -> Cells:
    values, gaps = [], []
    for i, position in enumerate(block.positions.tolist()):
        made = columns[position]
        if made.donors is not None:
            values.append(block.cells.values[made.donors, i])
            missing = block.cells.missing
            gaps.append(None if missing is None else missing[made.donors, i])
        else:
            values.append(made.values)
            gaps.append(made.missing)
    if all(gap is None for gap in gaps):
        return Cells(np.column_stack(values))
    known = np.zeros(len(values[0]), dtype=bool)
    return Cells(
        np.column_stack(values), np.column_stack([known if g is None else g for g in gaps])
    )


def _as_floats(values: Any) -> Any:
    if sp.issparse(values):
        return values.astype(np.float64)
    # Single precision stays as it is: a search widens the rows that it needs.
    is_float = values.dtype in (np.float32, np.float64) and values.dtype.isnative
    return values if is_float else values.astype(np.float64)


def _side_by_side(blocks: Sequence[Block], cells: Sequence[Cells]) -> tuple[Matrix, int]:
    numbers: dict[int, Any] = {}
    codes: dict[int, Any] = {}
    for block, (values, missing) in zip(blocks, cells, strict=True):
        if block.kind == "categorical":
            whole, into = np.where(values < 0, np.nan, values), codes
        else:
            whole, into = block.numbers(values, missing), numbers
        into |= {int(p): whole[:, i] for i, p in enumerate(block.positions)}
    n_rows = len(cells[0].values)
    out = np.empty((n_rows, len(numbers) + len(codes)))
    ordered = [numbers[p] for p in sorted(numbers)] + [codes[p] for p in sorted(codes)]
    for place, column in enumerate(ordered):
        out[:, place] = column
    return out, len(codes)
