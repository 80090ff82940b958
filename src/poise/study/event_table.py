"""A table and its event: numbers and codes of categories, what the columns are, and the table as given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from poise.core.errors import InputError, UnsupportedTypeError, listed
from poise.core.neighbors.index import Index
from poise.core.neighbors.moments import moments_of, scale_of
from poise.core.plan.plan import Plan
from poise.core.plan.recipes import Ids
from poise.core.tables.blocks import searched
from poise.core.tables.columns import column_label
from poise.core.tables.kinds import Declared
from poise.core.tables.labels import Labels, encode
from poise.core.tables.read import check_same_length, read_table, read_target

Floats = NDArray[np.float64]
# What a column of numbers that were made of another kind is declared to a sampler as.
_DECLARED = {
    "integer": "integer",
    "bool": "bool",
    "ordered": "integer",
    "categorical": "categorical",
}


@dataclass(frozen=True, eq=False)
class EventTable:
    """A table, its events, and the columns' kinds.

    Attributes
    ----------
    given : object
        The table as it was passed.
    numbers : ndarray of shape (n_rows, n_columns), float64
        Numbers, then codes of categories; NaN where missing.
    kinds : dict of int to str
        What the columns of `numbers` are, where they are not continuous.
    names : list of str
        Of the columns of `numbers`.
    is_event : ndarray of shape (n_rows,), bool
    event, other : label
    time_columns : tuple of int
        Columns of `numbers` that are days since the first one.
    """

    given: Any
    numbers: Floats
    kinds: Mapping[int, str]
    names: list[str]
    is_event: NDArray[np.bool_]
    event: Any
    other: Any
    time_columns: tuple[int, ...] = ()

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.is_event)

    @property
    def n_events(self) -> int:
        """Number of rows of the event."""
        return int(self.is_event.sum())

    @property
    def categorical(self) -> list[int]:
        """Columns of `numbers` that are codes."""
        return [column for column, kind in self.kinds.items() if kind == "categorical"]

    @property
    def n_numbers(self) -> int:
        """Columns of `numbers` that are no codes; they come first."""
        return self.numbers.shape[1] - len(self.categorical)

    @cached_property
    def units(self) -> Floats:
        """Of each column of `numbers`: its standard deviation; 1 for codes, and where nothing varies."""
        units = np.ones(self.numbers.shape[1])
        units[: self.n_numbers] = scale_of(moments_of(self.numbers[:, : self.n_numbers]))
        return units

    @cached_property
    def standard(self) -> Floats:
        """Rows as the default approaches search them: each number in units of its deviation."""
        return np.asarray(self.numbers / self.units)

    @cached_property
    def standard_index(self) -> Index:
        """All rows, to find neighbours in."""
        return Index(self.standard, len(self.categorical))

    def index_of(self, rows: Ids) -> Index:
        """Return some rows to find neighbours in, distances as among all."""
        measure = self.standard_index.measure
        return Index(self.standard[rows], len(self.categorical), measure_of_all=measure)

    def __getstate__(self) -> dict[str, Any]:
        # What is kept for searches is made again in another process.
        return {name: self.__dict__[name] for name in self.__dataclass_fields__}

    @property
    def labels(self) -> NDArray[Any]:
        """The user's label of each row."""
        return np.array([self.other, self.event])[self.is_event.astype(np.intp)]

    def take(self, rows: Ids, *, as_given: bool) -> Any:
        """Return some rows, as numbers or of the table as it was passed."""
        if not as_given:
            return self.numbers[rows]
        return Plan.taking(self.n_rows, rows).apply(self.given)


def read_event_table(
    X: Any, y: Any, pos_label: Any = None, column_kinds: Any = None, *, or_rest: bool = False
) -> EventTable:
    """Return a table and its event, by default the rarest class.

    Parameters
    ----------
    X, y
    pos_label : label, optional
    column_kinds : dict or Declared, optional
    or_rest : bool
        Whether several classes beside the event count as one, the rest.

    Raises
    ------
    InputError
        For other than two classes, and labels that are not there.
    UnsupportedTypeError
        For sparse matrices.
    """
    if sp.issparse(X):
        raise UnsupportedTypeError(
            "X is a sparse matrix, which is not taken here. Pass X.toarray(), or fewer columns."
        )
    declared = (
        column_kinds if isinstance(column_kinds, Declared) else Declared("auto", column_kinds)
    )
    table = read_table(X, declared)
    known = encode(read_target(y))
    check_same_length("y", len(known.codes), table.n_rows)
    code = _code_of_event(known, pos_label, or_rest=or_rest)
    blocks = table.blocks
    values, _ = searched(blocks)
    numbers = np.array(values, dtype=np.float64)
    # No value at all tells as little as one for all rows.
    numbers[:, np.isnan(numbers).all(axis=0)] = 0.0
    kind_of = {int(p): block.kind for block in blocks for p in block.positions}
    order = sorted(kind_of, key=lambda position: (kind_of[position] == "categorical", position))
    kinds = {
        place: _DECLARED[kind_of[position]]
        for place, position in enumerate(order)
        if kind_of[position] in _DECLARED
    }
    return EventTable(
        given=np.asarray(X) if isinstance(X, list | tuple) else X,
        numbers=numbers,
        kinds=kinds,
        names=[column_label(position, table.names) for position in order],
        is_event=known.codes == code,
        event=known.classes[code],
        other=known.classes[1 - code] if len(known.classes) == 2 else None,
        time_columns=tuple(
            place for place, position in enumerate(order) if kind_of[position] == "time"
        ),
    )


def _code_of_event(known: Labels, pos_label: Any, *, or_rest: bool) -> int:
    """Return the code of the event: the label asked for, or the rarest."""
    if len(known.classes) < 2:
        raise InputError(f"y has one class, {known.classes[0]!r}; there is nothing to tell apart.")
    if len(known.classes) > 2 and not or_rest:
        raise InputError(
            f"y has {len(known.classes)} classes, {listed(known.classes)}; a comparison is about one "
            "event against all else. Pass y == label."
        )
    if pos_label is not None and pos_label not in known.classes:
        raise InputError(
            f"pos_label={pos_label!r} is not among the labels {listed(known.classes)}."
        )
    # The rarer class is the event; of two of the same size the later label.
    rarer = len(known.counts) - 1 - int(np.argmin(known.counts[::-1]))
    return rarer if pos_label is None else known.classes.index(pos_label)
