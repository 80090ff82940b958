"""EventTable: a table as numbers and category codes, with its column kinds and its event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from poise.core.errors import InputError, UnsupportedTypeError, listed
from poise.core.neighbors.index import Index
from poise.core.neighbors.moments import moments_of, scale_of
from poise.core.plan.constraints import Constraint
from poise.core.plan.plan import Plan
from poise.core.plan.recipes import Ids
from poise.core.sampling.allocation import check_several_classes
from poise.core.tables.blocks import searched
from poise.core.tables.columns import column_label
from poise.core.tables.convert import as_numbers
from poise.core.tables.declared import AS_READ, Declared
from poise.core.tables.kinds import Kind
from poise.core.tables.labels import Labels, encode
from poise.core.tables.read import (
    array_of_rows,
    check_not_swapped,
    check_same_length,
    length,
    read_table,
    read_target,
)
from poise.core.tables.rows import is_list_of_texts, n_dimensions, read_embedding
from poise.core.tables.table import Table

Floats = NDArray[np.float64]
# For each column kind: the kind to declare to a sampler that gets the column as numbers.
_KIND_AS_NUMBERS = {
    "integer": "integer",
    "bool": "bool",
    "ordered": "integer",
    "categorical": "categorical",
}


@dataclass(frozen=True, eq=False)
class EventTable:
    """A table with its event (the class of interest, usually the rarest) and its column kinds.

    Attributes
    ----------
    given : object
        The table that the user passed.
    numbers : ndarray or csr_array of shape (n_rows, n_columns), float64
        Numbers, then category codes; NaN if missing.
    kinds : dict of int to str
        Kinds of the columns of `numbers` that are not continuous.
    names : list of str
        Names of the columns of `numbers` for messages.
    is_event : ndarray of shape (n_rows,), bool
    event, other : label
        Label of the event, and of the other class; `other` is None if there are more than two classes.
    several : tuple of labels
        The classes, sorted, if each of them is a class of its own; empty if an event is compared with the rest.
    codes : ndarray of shape (n_rows,), or None
        With several classes, the place of each row's class in `several`.
    time_columns : tuple of int
        Columns of `numbers` that hold days since the first time.
    declared : Declared
        The column kinds that the user declared.
    columns : tuple
        Name, or else position, of each column of `numbers` in the table that the user passed.
    read_as : tuple of Kind
        The kind that each of them was read as.
    constraints : tuple of Constraint
        Rules that new rows keep, about columns of the table that the user passed.
    groups : ndarray of shape (n_rows,), or None
        The group of each row, for samplers that stay within groups.
    weights : ndarray of shape (n_rows,), or None
        The weight of each row in fits and metrics.
    is_embedded : bool
        Whether `numbers` are an embedding of rows without columns, such as images or texts.
    """

    given: Any
    numbers: Any
    kinds: Mapping[int, str]
    names: list[str]
    is_event: NDArray[np.bool_]
    event: Any
    other: Any
    several: tuple[Any, ...] = ()
    codes: NDArray[np.intp] | None = None
    time_columns: tuple[int, ...] = ()
    declared: Declared = AS_READ
    columns: tuple[Any, ...] = ()
    read_as: tuple[Kind, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    groups: NDArray[np.intp] | None = None
    weights: Floats | None = None
    is_embedded: bool = False

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.is_event)

    @property
    def is_sparse(self) -> bool:
        """Whether the table is a sparse matrix."""
        return sp.issparse(self.numbers)

    @property
    def n_events(self) -> int:
        """Number of event rows."""
        return int(self.is_event.sum())

    @property
    def categorical(self) -> list[int]:
        """Columns of `numbers` that are category codes."""
        return [column for column, kind in self.kinds.items() if kind == "categorical"]

    @property
    def n_numbers(self) -> int:
        """Number of columns of `numbers` that are not category codes; they come first."""
        return self.numbers.shape[1] - len(self.categorical)

    @cached_property
    def units(self) -> Floats:
        """Standard deviation of each column of `numbers`; 1 for category codes and constant columns."""
        units = np.ones(self.numbers.shape[1])
        units[: self.n_numbers] = scale_of(moments_of(self.numbers[:, : self.n_numbers]))
        return units

    @cached_property
    def standard(self) -> Floats:
        """Rows in standard units: each number divided by the standard deviation of its column."""
        return np.asarray(self.numbers / self.units)

    @cached_property
    def standard_index(self) -> Index:
        """Index of all rows in standard units, to search neighbours in."""
        return Index(self.standard, len(self.categorical))

    def index_of(self, rows: Ids) -> Index:
        """Return an index of some rows, with the distance measure of all rows."""
        measure = self.standard_index.measure
        return Index(self.standard[rows], len(self.categorical), measure_of_all=measure)

    def __getstate__(self) -> dict[str, Any]:
        # Cached arrays and indexes are not pickled; another process computes them again.
        return {name: self.__dict__[name] for name in self.__dataclass_fields__}

    @property
    def classes(self) -> tuple[Any, ...]:
        """What classifiers are fitted with: several classes, or two with the event last; of more, whether it is the event."""
        if self.several:
            return self.several
        return (False, True) if self.other is None else (self.other, self.event)

    @property
    def truth(self) -> NDArray[Any]:
        """Whether each row is an event; with several classes, the place of its class."""
        return self.is_event if self.codes is None else self.codes

    @property
    def of_event(self) -> EventTable:
        """The same table with its rarest class against all others."""
        return self if self.codes is None else replace(self, several=(), codes=None)

    def scores_of_event(self, scores: Floats) -> Floats:
        """Return the scores of the event: all of them, or of several classes the column of the rarest one."""
        return scores if not self.several else scores[:, self.several.index(self.event)]

    def weights_of(self, rows: Ids) -> Floats | None:
        """Return the weights of some rows; None if rows have none."""
        return None if self.weights is None else self.weights[rows]

    def share_of_events(self, rows: Ids) -> float:
        """Return the share of events among some rows, by weight."""
        return float(np.average(self.is_event[rows], weights=self.weights_of(rows)))

    def prior_of(self, rows: Ids) -> float | tuple[float, ...]:
        """Return the share of events among some rows, by weight; with several classes, the share of each."""
        if self.codes is None:
            return self.share_of_events(rows)
        weights = self.weights_of(rows)
        totals = np.bincount(self.codes[rows], weights, len(self.several))
        return tuple((totals / totals.sum()).tolist())

    @property
    def labels(self) -> NDArray[Any]:
        """The class of each row; see `classes`."""
        return np.array(self.classes)[self.truth.astype(np.intp)]

    def take(self, rows: Ids, *, as_given: bool) -> Any:
        """Return some rows of `numbers`, or of the table that the user passed if `as_given` and it is not sparse."""
        if not as_given or self.is_sparse:
            return self.numbers[rows]
        return Plan.taking(self.n_rows, rows).apply(self.given)


def read_event_table(
    X: Any,
    y: Any,
    pos_label: Any = None,
    column_kinds: Any = None,
    *,
    embedding: Any = None,
    or_rest: bool = False,
    or_several: bool = False,
    or_sparse: bool = False,
    or_embedded: bool = False,
) -> EventTable:
    """Read a table and its event, by default the rarest class.

    Parameters
    ----------
    X : array-like or frame of shape (n_rows, n_columns)
    y : array-like of shape (n_rows,)
    pos_label : label, optional
        Label of the event; by default the rarest class, and of two equal classes the later label.
    column_kinds : dict or Declared, optional
        Kinds of columns by name or position.
    embedding : array-like of shape (n_rows, d), optional
        Numbers for rows of any kind, which are then only `given`.
    or_rest : bool
        Whether more than two classes are allowed; all classes but the event then count as one.
    or_several : bool
        Whether more than two classes are allowed; each of them is then a class of its own.
    or_sparse : bool
        Whether a sparse matrix is allowed; its `numbers` are a csr_array.
    or_embedded : bool
        Whether arrays with more than two dimensions are allowed; their `numbers` are all values of a row.

    Raises
    ------
    InputError
        If y does not have two classes (with `or_rest` or `or_several`, two or more), or not the label `pos_label`.
    UnsupportedTypeError
        If X is a sparse matrix and `or_sparse` is False.
    """
    check_not_swapped(X, y)
    if embedding is None and or_embedded and is_list_of_texts(X):
        raise InputError(
            "X holds one text for each row, and no columns. Pass embedding=E, a row of numbers for each text, and a pipeline that "
            "takes texts; or the counts of words as X, such as TfidfVectorizer().fit_transform(X)."
        )
    if embedding is None and or_embedded and n_dimensions(X) > 2:
        embedding = flat(X)
    if embedding is not None:
        if column_kinds:
            raise InputError(
                "column_kinds= is about columns, and an embedding has none. Leave it out."
            )
        read_embedding(embedding, length(X))
        found = read_event_table(
            as_numbers(embedding),
            y,
            pos_label,
            or_rest=or_rest,
            or_several=or_several,
            or_sparse=or_sparse,
        )
        return replace(
            found, given=array_of_rows(X) if isinstance(X, list | tuple) else X, is_embedded=True
        )
    if sp.issparse(X) and not or_sparse:
        raise UnsupportedTypeError(
            "X is a sparse matrix, which is not supported here. Pass X.toarray(), or fewer columns."
        )
    declared = (
        column_kinds if isinstance(column_kinds, Declared) else Declared("auto", column_kinds)
    )
    table = read_table(X, declared)
    known = encode(read_target(y))
    check_same_length("y", len(known.codes), table.n_rows)
    code = _code_of_event(known, pos_label, or_rest=or_rest or or_several)
    of_y = _fields_of_y(known, code, is_several=or_several and len(known.classes) > 2)
    if sp.issparse(X):
        return _sparse_table(X, of_y)
    numbers, kind_of = numbers_in(table)
    # A column without any value carries no information; treat it as constant.
    numbers[:, np.isnan(numbers).all(axis=0)] = 0.0
    kinds = {
        place: _KIND_AS_NUMBERS[kind]
        for place, kind in enumerate(kind_of.values())
        if kind in _KIND_AS_NUMBERS
    }
    return EventTable(
        given=array_of_rows(X) if isinstance(X, list | tuple) else X,
        numbers=numbers,
        kinds=kinds,
        names=[column_label(position, table.names) for position in kind_of],
        **of_y,
        time_columns=tuple(place for place, kind in enumerate(kind_of.values()) if kind == "time"),
        declared=declared,
        columns=tuple(p if table.names is None else table.names[p] for p in kind_of),
        read_as=tuple(kind_of.values()),
    )


def flat(X: Any) -> Floats:
    """Return all values of each row of an array as one row of numbers, or raise InputError."""
    try:
        values = np.asarray(X)
        is_number = values.dtype.kind in "fiub"
    except (TypeError, ValueError):  # rows of different shapes
        is_number = False
    if not is_number or not values.size:
        raise InputError(
            f"X has {n_dimensions(X)} dimensions and is not an array of real numbers with a value in each row. Pass embedding=E, a row "
            "of numbers for each row of X."
        )
    rows = values.reshape(len(values), -1).astype(np.float64)
    bad = np.flatnonzero(~np.isfinite(rows).all(axis=1))
    if len(bad):
        raise InputError(
            f"{len(bad)} rows of X have values that are not finite, the first row {bad[0]}, so no neighbours can be searched. Fill "
            "or drop them, or pass embedding=E, a row of numbers for each row of X."
        )
    return rows


def _fields_of_y(known: Labels, code: int, *, is_several: bool) -> dict[str, Any]:
    """Return what a table says about its classes, with the code of the event."""
    found = {
        "is_event": known.codes == code,
        "event": known.classes[code],
        "other": known.classes[1 - code] if len(known.classes) == 2 else None,
    }
    if is_several:
        found |= {"several": tuple(known.classes), "codes": known.codes.astype(np.intp)}
    return found


def _sparse_table(X: Any, of_y: dict[str, Any]) -> EventTable:
    """Return a sparse matrix of numbers as a table."""
    numbers = sp.csr_array(X, dtype=np.float64)
    n_columns = numbers.shape[1]
    return EventTable(
        given=X.tocsr(),
        numbers=numbers,
        kinds={},
        names=[column_label(position, None) for position in range(n_columns)],
        **of_y,
        columns=tuple(range(n_columns)),
        read_as=("continuous",) * n_columns,
    )


def numbers_in(table: Table) -> tuple[Floats, dict[int, Kind]]:
    """Return the numbers of a table, then its category codes, and the kind of each by its position in the table."""
    kind_of = {int(p): block.kind for block in table.blocks for p in block.positions}
    order = sorted(kind_of, key=lambda position: (kind_of[position] == "categorical", position))
    values, _ = searched(table.blocks)
    return np.array(values, dtype=np.float64), {position: kind_of[position] for position in order}


def _code_of_event(known: Labels, pos_label: Any, *, or_rest: bool) -> int:
    """Return the code of the event, and raise for classes that cannot be compared."""
    if len(known.classes) < 2:
        check_several_classes(known)
    if len(known.classes) > 2 and not or_rest:
        if pos_label is not None:
            raise InputError(
                f"y has {len(known.classes)} classes, {listed(known.classes)}, and two are needed here. Pass y == {pos_label!r}."
            )
        raise InputError(
            f"y has {len(known.classes)} classes, {listed(known.classes)}; one event is compared with all other rows. "
            "Pass y == label; poise.compare takes pos_label= as well, and its command --event."
        )
    return known.event_code(pos_label)
