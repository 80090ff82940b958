"""Constraints: rules about the values of one row that new rows keep, and the repair of rows that break one.

A rule is broken only where it can be judged: a rule that touches a missing value counts as kept. Whole
numbers are compared exactly, sums of floats within a tolerance relative to the largest term: 1e-9 for
float64, and 8 times the machine epsilon of a narrower dtype.

Rules that share a column belong together. A new row that breaks one of them is repaired: the totals of
broken sums are computed from their parts; if a rule is still broken, all columns of these rules are
copied from one row, the nearer parent on a segment and the seed row elsewhere. One-hot columns of flags
or categories are not repaired: one row gives them all, as if they were one category.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from poise.core.errors import InputError
from poise.core.numbers import is_number
from poise.core.plan.recipes import Ids, Recipe, Segment, Vote
from poise.core.plan.values import Array, Cells, concat_arrays, to_dtype

Mask = NDArray[np.bool_]
_TOLERANCE = 1e-9


class Constraint(ABC):
    """Base of rules about the values of one row; columns are given by name or position."""

    @property
    @abstractmethod
    def columns(self) -> tuple[Any, ...]:
        """The columns that the rule is about."""

    @abstractmethod
    def at(self, places: Mapping[Any, Any]) -> Constraint:
        """Return the rule with every column c replaced by places[c]."""

    @abstractmethod
    def holds(self, values: Mapping[Any, Array]) -> Mask:
        """Return where the rule holds, for arrays of one entry per row by column."""


@dataclass(frozen=True)
class Sum(Constraint):
    """One column is the sum of others: ``total = parts[0] + parts[1] + ...``.

    Parameters
    ----------
    total : column name or position
    parts : list of column names or positions, at least one

    Examples
    --------
    >>> Sum("total", ["a", "b"])
    Sum(total='total', parts=('a', 'b'))
    """

    total: Any
    parts: Sequence[Any]

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", _checked_columns("Sum", "parts", self.parts, 1))
        _check_differ("Sum", self.columns)

    @property
    def columns(self) -> tuple[Any, ...]:
        return (self.total, *self.parts)

    def at(self, places: Mapping[Any, Any]) -> Sum:
        return Sum(places[self.total], tuple(places[part] for part in self.parts))

    def summed(self, values: Mapping[Any, Array]) -> Array:
        """Return the sums of the parts: int64, right modulo 2**64, or float64."""
        arrays = [values[part] for part in self.parts]
        is_whole = all(array.dtype.kind in "biu" for array in arrays)
        with np.errstate(over="ignore", invalid="ignore"):
            return np.sum([a.astype(np.int64 if is_whole else np.float64) for a in arrays], axis=0)

    def holds(self, values: Mapping[Any, Array]) -> Mask:
        arrays = [values[column] for column in self.columns]
        floats = [array.astype(np.float64) for array in arrays]
        with np.errstate(over="ignore", invalid="ignore"):
            difference = np.abs(floats[0] - np.sum(floats[1:], axis=0))
            largest = np.max(np.abs(floats), axis=0)
            near = np.asarray(difference <= _tolerance(arrays) * largest)
        if any(array.dtype.kind == "f" for array in arrays):
            return near
        # Sums that leave int64 are right modulo 2**64, and far from the total.
        return near & (values[self.total].astype(np.int64) == self.summed(values))


@dataclass(frozen=True)
class LessEqual(Constraint):
    """One column is at most another: ``smaller <= larger``.

    Parameters
    ----------
    smaller, larger : column name or position

    Examples
    --------
    >>> from poise import RandomOverSampler
    >>> from poise.constraints import LessEqual
    >>> X, y = [[1.0, 3.0], [2.0, 4.0], [3.0, 6.0], [5.0, 6.0], [8.0, 8.0]], [0, 0, 0, 1, 1]
    >>> sampler = RandomOverSampler(shrinkage=2, constraints=[LessEqual(0, 1)], random_state=0)
    >>> X_new, y_new = sampler.fit_resample(X, y)
    >>> all(start <= end for start, end in X_new)
    True
    """

    smaller: Any
    larger: Any

    def __post_init__(self) -> None:
        _check_differ("LessEqual", self.columns)

    @property
    def columns(self) -> tuple[Any, ...]:
        return (self.smaller, self.larger)

    def at(self, places: Mapping[Any, Any]) -> LessEqual:
        return LessEqual(places[self.smaller], places[self.larger])

    def holds(self, values: Mapping[Any, Array]) -> Mask:
        return np.asarray(values[self.smaller] <= values[self.larger])


@dataclass(frozen=True, init=False)
class OneHot(Constraint):
    """Exactly one of some columns is 1, and the others are 0; True counts as 1, and False as 0.

    Parameters
    ----------
    columns : list of column names or positions, at least two
        All of numbers, or all of flags or categories.

    Examples
    --------
    >>> from poise import SMOTE
    >>> from poise.constraints import OneHot
    >>> X, y = [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]], [0, 0, 0, 1, 1]
    >>> X_new, y_new = SMOTE(k_neighbors=1, random_state=0).fit_resample(X, y)
    >>> [round(value, 2) for value in X_new[-1]]
    [0.41, 0.59]
    >>> smote = SMOTE(k_neighbors=1, constraints=[OneHot([0, 1])], random_state=0)
    >>> smote.fit_resample(X, y)[0][-1]
    [0.0, 1.0]
    """

    members: tuple[Any, ...]

    def __init__(self, columns: Sequence[Any]) -> None:
        object.__setattr__(self, "members", _checked_columns("OneHot", "columns", columns, 2))
        _check_differ("OneHot", self.members)

    def __repr__(self) -> str:
        return f"OneHot({list(self.members)!r})"

    @property
    def columns(self) -> tuple[Any, ...]:
        return self.members

    def at(self, places: Mapping[Any, Any]) -> OneHot:
        return OneHot([places[column] for column in self.members])

    def holds(self, values: Mapping[Any, Array]) -> Mask:
        n_ones = np.sum([values[column] == 1 for column in self.members], axis=0)
        n_zeros = np.sum([values[column] == 0 for column in self.members], axis=0)
        return np.asarray((n_ones == 1) & (n_zeros == len(self.members) - 1))


@dataclass(frozen=True)
class Between(Constraint):
    """The values of a column lie between two numbers, which are included: ``low <= column <= high``.

    Parameters
    ----------
    column : column name or position
    low, high : number or None
        None means no bound; one of the two must be a number.

    Examples
    --------
    >>> from poise import RandomOverSampler
    >>> from poise.constraints import Between
    >>> X, y = [[0.1], [0.2], [0.3], [0.4], [0.9], [1.0]], [0, 0, 0, 0, 1, 1]
    >>> sampler = RandomOverSampler(shrinkage=2, constraints=[Between(0, 0, 1)], random_state=0)
    >>> X_new, y_new = sampler.fit_resample(X, y)
    >>> max(X_new)
    [1.0]
    """

    column: Any
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        _check_columns("Between", [self.column])
        ends = [end for end in (self.low, self.high) if end is not None]
        is_right = ends and all(is_number(end) for end in ends)
        if not is_right or (len(ends) == 2 and ends[0] > ends[1]):
            raise InputError(
                f"Between({self.column!r}, {self.low!r}, {self.high!r}) allows no value, or all. Pass finite numbers "
                "low <= high, or None for one of them."
            )
        for name in ("low", "high"):
            end = getattr(self, name)
            object.__setattr__(self, name, end.item() if isinstance(end, np.generic) else end)

    @property
    def columns(self) -> tuple[Any, ...]:
        return (self.column,)

    def at(self, places: Mapping[Any, Any]) -> Between:
        return Between(places[self.column], self.low, self.high)

    def holds(self, values: Mapping[Any, Array]) -> Mask:
        found = values[self.column]
        kept = np.ones(len(found), dtype=bool)
        if self.low is not None:
            kept &= found >= self.low
        if self.high is not None:
            kept &= found <= self.high
        return kept


_KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in (Sum, LessEqual, OneHot, Between)}


def described(rule: Constraint) -> dict[str, Any]:
    """Return a rule about positions for JSON."""
    return {"constraint": type(rule).__name__, **asdict(rule)}  # type: ignore[call-overload]  # all are dataclasses


def restored(description: Mapping[str, Any]) -> Constraint:
    """Return the rule that `described` described; KeyError, TypeError or InputError for anything else."""
    given = dict(description)
    kind = _KINDS[given.pop("constraint")]
    rule: Constraint = kind(*given.values())
    if any(type(column) is not int or column < 0 for column in rule.columns):
        raise InputError("the columns of a rule are not positions")
    return rule


def _checked_columns(rule: str, parameter: str, given: Any, least: int) -> tuple[Any, ...]:
    if isinstance(given, str | Mapping) or not isinstance(given, Iterable):
        raise InputError(
            f"{parameter}={given!r:.100} of {rule} is not a list. Pass a list of columns."
        )
    columns = tuple(given)
    if len(columns) < least:
        raise InputError(
            f"{parameter}={list(columns)!r} of {rule} names {len(columns)} columns. Pass at least {least}."
        )
    return columns


def _check_columns(rule: str, columns: Sequence[Any]) -> None:
    for column in columns:
        try:
            hash(column)
        except TypeError:
            raise InputError(
                f"{rule} names a column {column!r:.100}. Pass the name or the position of one column."
            ) from None


def _check_differ(rule: str, columns: Sequence[Any]) -> None:
    _check_columns(rule, columns)
    repeated = [column for place, column in enumerate(columns) if column in columns[:place]]
    if repeated:
        raise InputError(f"{rule} names column {repeated[0]!r} twice. Leave one of them out.")


def _tolerance(arrays: Sequence[Array]) -> float:
    widths = [8 * float(np.finfo(a.dtype).eps) for a in arrays if a.dtype.kind == "f"]
    return max([_TOLERANCE, *widths])


def broken_by(rule: Constraint, values: Mapping[Any, Array], missing: Mapping[Any, Mask]) -> Mask:
    """Return where a rule is broken; a rule that touches a missing value is not."""
    is_missing = np.any([missing[column] for column in rule.columns], axis=0)
    return np.asarray(~(rule.holds(values) | is_missing))


@dataclass(frozen=True)
class Rules:
    """The rules that new rows of a table keep.

    Attributes
    ----------
    rules : tuple of Constraint
        About column positions.
    n_columns : int
        Number of columns of the table.
    """

    rules: tuple[Constraint, ...]
    n_columns: int

    @cached_property
    def together(self) -> tuple[tuple[Constraint, ...], ...]:
        """The rules, grouped so that those that share a column, directly or through others, are together."""
        groups: list[list[Constraint]] = []
        for rule in self.rules:
            linked = [g for g in groups if any(set(rule.columns) & set(r.columns) for r in g)]
            groups = [g for g in groups if g not in linked]
            groups.append([*(r for g in linked for r in g), rule])
        return tuple(map(tuple, groups))

    def within(self, positions: Sequence[int]) -> Rules:
        """Return the rules for a table of some of the columns, which has all columns of the rules."""
        places = {int(position): place for place, position in enumerate(positions)}
        return Rules(tuple(rule.at(places) for rule in self.rules), len(places))

    def repair(
        self,
        recipe: Recipe,
        sources: Sequence[Cells],
        made: Sequence[Cells],
        columns: Sequence[Ids],
    ) -> list[Cells]:
        """Return made cells in which every rule holds; rows that break none are unchanged.

        Parameters
        ----------
        recipe : Recipe
            By which the cells were made.
        sources : sequence of Cells
            The rows that the recipe refers to; in these the rules hold.
        made : sequence of Cells
            Dense values are written into.
        columns : sequence of ndarray of intp
            Positions in the table of the columns of each of the cells.
        """
        known = {int(p): (i, j) for i, ps in enumerate(columns) for j, p in enumerate(ps)}
        cells = list(made)
        for group in self.together:
            positions = sorted({column for rule in group for column in rule.columns})
            if all(position in known for position in positions):
                _repair_group(group, [(p, *known[p]) for p in positions], recipe, sources, cells)
        return cells


def _repair_group(
    group: Sequence[Constraint],
    places: Sequence[tuple[int, int, int]],
    recipe: Recipe,
    sources: Sequence[Cells],
    made: list[Cells],
) -> None:
    """Repair the columns of rules that belong together; places are (position, cells, column in the cells)."""
    new = {p: column_of(made[i], j) for p, i, j in places}
    values = {p: column for p, (column, _) in new.items()}
    missing = {p: is_missing for p, (_, is_missing) in new.items()}
    is_broken = np.any([broken_by(rule, values, missing) for rule in group], axis=0)
    rows = np.flatnonzero(is_broken)
    if not len(rows):
        return
    some = {p: column[rows].copy() for p, column in values.items()}
    gaps = {p: is_missing[rows] for p, is_missing in missing.items()}
    _derive_totals(group, some, gaps)
    is_left = np.any([broken_by(rule, some, gaps) for rule in group], axis=0)
    donors = _donors(recipe, rows[is_left], sources, places)
    for p, i, j in places:
        some[p][is_left] = _entries(sources[i].values, donors, j)
    for i in sorted({i for _, i, _ in places}):
        into = [(j, some[p]) for p, of_cells, j in places if of_cells == i]
        made[i] = _written(made[i], rows, into)


def _derive_totals(
    group: Sequence[Constraint], values: dict[int, Array], missing: dict[int, Mask]
) -> None:
    """Compute the totals of broken sums; a total may be a part of another sum."""
    sums = [rule for rule in group if isinstance(rule, Sum)]
    for rule in sums * len(sums):
        is_broken = broken_by(rule, values, missing)
        total = rule.summed(values)
        dtype = values[rule.total].dtype
        cast = total.astype(dtype) if total.dtype.kind == "i" else to_dtype(total, dtype)
        values[rule.total] = np.where(is_broken, cast, values[rule.total])


def _donors(
    recipe: Recipe, rows: Ids, sources: Sequence[Cells], places: Sequence[tuple[int, int, int]]
) -> Ids:
    """Return the row whose values each made row gets: its nearer parent, or its seed row.

    A partner gives its values only if neither it nor the seed row lacks one, so that values are
    missing exactly where those of the seed row are.
    """
    seeds = recipe.seeds[rows]
    segment = recipe.segment if isinstance(recipe, Vote) else recipe
    if not isinstance(segment, Segment):
        return seeds
    partners = segment.partner[rows]
    gives = segment.effective_gap[rows] >= 0.5
    for _, i, j in places:
        for donors in (seeds, partners):
            gives &= ~column_of(sources[i].take(donors), j)[1]
    return np.where(gives, partners, seeds)


def column_of(cells: Cells, place: int) -> tuple[Array, Mask]:
    """Return a column of cells as an array, and where it is missing."""
    values = _entries(cells.values, slice(None), place)
    is_missing = np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), dtype=bool)
    return values, is_missing if cells.missing is None else is_missing | cells.missing[:, place]


def _entries(values: Any, rows: Any, place: int) -> Array:
    if sp.issparse(values):
        return np.asarray(values[:, [place]].tocsr()[rows].toarray().ravel())
    return np.asarray(values[rows, place])


def _written(cells: Cells, rows: Ids, columns: Sequence[tuple[int, Array]]) -> Cells:
    """Return cells with the values of some rows replaced in some columns."""
    if not sp.issparse(cells.values):
        for place, values in columns:
            cells.values[rows, place] = values
        return cells
    old = sp.csr_array(cells.values)
    is_row, is_column = np.zeros(old.shape[0], dtype=bool), np.zeros(old.shape[1], dtype=bool)
    is_row[rows] = True
    is_column[[place for place, _ in columns]] = True
    entries = np.where(
        np.repeat(is_row, np.diff(old.indptr)) & is_column[old.indices], 0, old.data
    ).astype(old.dtype)
    kept = sp.csr_array((entries, old.indices, old.indptr), shape=old.shape)
    data = concat_arrays([values for _, values in columns])
    at = np.tile(rows, len(columns)), np.repeat([place for place, _ in columns], len(rows))
    out = sp.csr_array(kept + sp.csr_array((data, at), shape=old.shape))  # 0 + new is exact
    out.eliminate_zeros()
    return Cells(out.astype(old.dtype, copy=False))
