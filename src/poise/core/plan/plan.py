"""The plan: which rows are kept, and how each new row is made from existing rows.

Ids 0 to n-1 are the input rows. Ids from n on are the made rows, numbered in the order of the
recipes. A recipe may refer to earlier made rows, including rows that are not in the output. A plan
holds row numbers and gaps, never values, and does not depend on the container of the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from poise.core.errors import DoesNotFitError, FileError, InputError
from poise.core.memory import memory_of_machine
from poise.core.notebook import table_of
from poise.core.plan.constraints import OneHot, Rules
from poise.core.plan.recipes import (
    Copy,
    Ids,
    Jitter,
    Recipe,
    Segment,
    Vote,
    check_ids,
    dependence_matrix,
)
from poise.core.plan.storage import load_parts, save_parts
from poise.core.saved import PickledWithVersion
from poise.core.types import Backend

_BYTES = np.dtype(np.intp).itemsize


class Lineage(NamedTuple):
    """Where each output row comes from, in row numbers of the original input.

    Attributes
    ----------
    origin : ndarray of str
        "kept", "copied", "blended", "averaged" or "jittered".
    seed : ndarray of intp
        The seed row: the input row that the output row starts from.
    partner : ndarray of intp
        The neighbour row that a blended row is blended with; -1 unless blended.
    gap : ndarray of float64
        Position on the segment from the seed row (0) to the partner (1); NaN unless blended.

    Examples
    --------
    >>> from poise import SMOTE
    >>> X, y = [[0.0], [1.0], [2.0], [5.0], [6.0]], [0, 0, 0, 1, 1]
    >>> lineage = SMOTE(k_neighbors=1, random_state=0).fit(X, y).plan_.lineage()
    >>> lineage.origin.tolist()
    ['kept', 'kept', 'kept', 'kept', 'kept', 'blended']
    >>> int(lineage.seed[-1]), int(lineage.partner[-1]), round(float(lineage.gap[-1]), 2)
    (3, 4, 0.59)
    """

    origin: NDArray[np.str_]
    seed: Ids
    partner: Ids
    gap: NDArray[np.float64]

    def frame(self, backend: Backend | None = None) -> Any:
        """Return one row for each output row, as a frame: pandas, polars or pyarrow, if `backend` names one."""
        from poise.core.tables.convert import frame_from_columns  # noqa: PLC0415  # tables stand on plans

        return frame_from_columns(self._asdict(), backend)


@dataclass(frozen=True, eq=False)
class Plan(PickledWithVersion):
    """Which rows are kept, and how each new row is made.

    Parameters
    ----------
    n_rows : int
        Number of input rows.
    made : tuple of recipes
        How to make the rows with ids from `n_rows` on.
    order : array-like of int, optional
        Ids of the output rows, in order. By default all input rows, then all made rows.
    rules : tuple of Rules or None, optional
        What the rows of each recipe keep; by default nothing. See `keeping`.

    Examples
    --------
    >>> import numpy as np
    >>> from poise import Plan
    >>> from poise.base import Segment
    >>> halfway = Segment(np.array([0]), np.array([1]), np.array([0.5]))
    >>> plan = Plan(2, (halfway,))
    >>> plan.apply(np.array([10.0, 20.0]))
    array([10., 20., 15.])
    >>> plan.lineage().origin.tolist()
    ['kept', 'kept', 'blended']
    """

    n_rows: int
    made: tuple[Recipe, ...] = ()
    order: Ids = field(default=None)  # type: ignore[arg-type]  # filled in below
    rules: tuple[Rules | None, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        n_ids = _checked_count(self.n_rows)
        if not isinstance(self.made, tuple | list):
            raise InputError(
                f"made is a {type(self.made).__name__}; pass a tuple of recipes, even of a single one."
            )
        for recipe in self.made:
            if not isinstance(recipe, Recipe):
                raise InputError(
                    f"made holds a {type(recipe).__name__}; pass recipes, such as poise.base.Copy."
                )
            recipe.check(n_ids)
            n_ids = _checked_count(n_ids + len(recipe))
        order = np.arange(n_ids) if self.order is None else _row_numbers(self.order).copy()
        order.setflags(write=False)
        object.__setattr__(self, "n_rows", int(self.n_rows))
        rules = self.rules or (None,) * len(self.made)
        if len(rules) != len(self.made):
            raise InputError(
                f"rules has {len(rules)} entries; pass one per recipe, of which there are {len(self.made)}."
            )
        kept = tuple(own for own, recipe in zip(rules, self.made, strict=True) if len(recipe))
        made = tuple(recipe for ids, recipe in self.runs() if ids.start < ids.stop)
        object.__setattr__(self, "made", made)
        object.__setattr__(self, "rules", kept)
        object.__setattr__(self, "order", order)
        check_ids(order, n_ids)

    @classmethod
    def taking(cls, n_rows: int, rows: ArrayLike) -> Plan:
        """Return a plan whose output is these input rows: each once, in input order, then the repeats.

        Parameters
        ----------
        n_rows : int
            Number of input rows.
        rows : array-like of int, or of bool with one entry per input row
            Row numbers, or a mask of the rows to take.

        Examples
        --------
        >>> Plan.taking(4, [3, 1, 3]).lineage().origin.tolist()
        ['kept', 'kept', 'copied']
        """
        _checked_count(n_rows)
        rows = _row_numbers(rows, n_rows)
        is_kept = np.zeros(n_rows, dtype=bool)
        is_kept[rows] = True
        kept = np.flatnonzero(is_kept)
        if len(kept) == len(rows):
            return cls(n_rows, (), kept)
        ordered = np.sort(rows)
        is_first = np.r_[True, ordered[1:] != ordered[:-1]][: len(ordered)]
        repeats = ordered[~is_first]
        made = n_rows + np.arange(len(repeats))
        return cls(n_rows, (Copy(repeats),), np.concatenate([ordered[is_first], made]))

    @classmethod
    def adding(cls, n_rows: int, new_parts: Sequence[Recipe | Plan]) -> Plan:
        """Return a plan that keeps all input rows and adds the rows that recipes or plans make.

        Examples
        --------
        >>> hidden = Plan(2, (Copy(np.array([0, 1])),), [3])
        >>> plan = Plan.adding(2, [hidden, Copy(np.array([0]))])
        >>> plan.n_made, plan.lineage().seed.tolist()
        (3, [0, 1, 1, 0])
        """
        made: list[Recipe] = []
        order, n_ids = [np.arange(n_rows)], n_rows
        for new in new_parts:
            if isinstance(new, Plan):
                if new.n_rows != n_rows:
                    raise InputError(
                        f"a part is a plan for {new.n_rows} rows; the table has {n_rows}. Make it on the rows of the table."
                    )
                ids = np.concatenate([np.arange(n_rows), n_ids + np.arange(new.n_made)])
                made += [recipe.moved(ids) for recipe in new.made]
                order.append(ids[new.order])
                n_ids += new.n_made
            else:
                new.check(n_ids)
                made.append(new)
                order.append(n_ids + np.arange(len(new)))
                n_ids += len(new)
        return cls(n_rows, tuple(made), np.concatenate(order))

    def __len__(self) -> int:
        return len(self.order)

    def __repr__(self) -> str:
        kept = int(np.count_nonzero(~self.is_new))
        return f"<Plan: {self.n_rows} rows in, {kept} kept, {len(self) - kept} new>"

    def _repr_html_(self) -> str:
        """Return how many output rows came about in each way, for notebooks."""
        kept = self.order[self.order < self.n_rows]
        counts = {"kept": len(kept)}
        for ids, recipe in self.runs():
            n = int(((self.order >= ids.start) & (self.order < ids.stop)).sum())
            counts[recipe.origin] = counts.get(recipe.origin, 0) + n
        counts["removed"] = self.n_rows - len(np.unique(kept))
        sentence = f"Plan: {self.n_rows:,} rows in, {len(self):,} out"
        return table_of(sentence, ["origin", "rows"], counts.items())

    @property
    def n_made(self) -> int:
        """Number of rows that the recipes make, in the output or not."""
        return sum(len(recipe) for recipe in self.made)

    @property
    def has_voters(self) -> bool:
        """Whether neighbours vote on the categories of some made rows."""
        return any(isinstance(recipe, Vote) for recipe in self.made)

    @property
    def appends_all(self) -> bool:
        """Whether the output is all input rows followed by all made rows, in their order."""
        is_whole = len(self.order) == self.n_rows + self.n_made
        return is_whole and bool((np.diff(self.order) == 1).all())

    @property
    def is_new(self) -> NDArray[np.bool_]:
        """Boolean array of shape (n_output,): True for new rows, False for kept rows."""
        return self.order >= self.n_rows

    @property
    def source(self) -> Ids:
        """The seed row of each output row (a kept row is its own seed row)."""
        return self._roots()[self.order] if self.made else self.order

    @property
    def made_source(self) -> Ids:
        """The seed row of each made row, in the order of the ids."""
        return self._roots()[self.n_rows :]

    @property
    def only_originals(self) -> bool:
        """Whether every output row has the values of an input row."""
        if all(isinstance(recipe, Copy) for recipe in self.made):
            return True
        return bool((self.value_ids() < self.n_rows).all())

    def runs(self) -> Iterator[tuple[slice, Recipe]]:
        """Yield each recipe with the ids of the rows that it makes."""
        start = self.n_rows
        for recipe in self.made:
            yield slice(start, start + len(recipe)), recipe
            start += len(recipe)

    def _roots(self) -> Ids:
        roots = np.arange(self.n_rows + self.n_made)
        for rows, recipe in self.runs():
            roots[rows] = roots[recipe.seeds]
        return roots

    def value_ids(self) -> Ids:
        """Return for each output row the id that holds its values; a copy has the id of its source."""
        if not any(isinstance(recipe, Copy) for recipe in self.made):
            return self.order
        ids = np.arange(self.n_rows + self.n_made)
        for rows, recipe in self.runs():
            if isinstance(recipe, Copy):
                ids[rows] = ids[recipe.source]
        return ids[self.order]

    def lineage(self) -> Lineage:
        """Return where each output row comes from.

        Returns
        -------
        Lineage
            Arrays `origin`, `seed` (the seed row), `partner` (-1 unless blended) and `gap` (NaN
            unless blended), in the order of the output. If a row is blended from made rows, `seed`
            and `partner` are the seed rows of these; `parents()` has all input rows.
        """
        n_ids = self.n_rows + self.n_made
        roots = self._roots()
        origin = np.full(n_ids, "kept", dtype="<U8")
        partner = np.full(n_ids, -1, dtype=np.intp)
        gap = np.full(n_ids, np.nan)
        for rows, recipe in self.runs():
            origin[rows] = recipe.origin
            segment = recipe.segment if isinstance(recipe, Vote) else recipe
            if isinstance(segment, Segment):
                partner[rows] = roots[segment.partner]
                gap[rows] = segment.effective_gap
        out = self.order
        return Lineage(origin[out], roots[out], partner[out], gap[out])

    def parents(self) -> sp.csr_array:
        """Return a boolean matrix of the input rows that each output row depends on.

        Returns
        -------
        scipy.sparse.csr_array of shape (n_output, n_rows), bool
        """
        known = sp.identity(self.n_rows, dtype=np.int32, format="csr")
        for recipe in self.made:
            rows = dependence_matrix(recipe, known.shape[0]) @ known
            known = sp.vstack([known, rows], format="csr")
        return sp.csr_array(known[self.order], dtype=bool)

    def descendants(self, rows: ArrayLike) -> Ids:
        """Return the positions of the output rows that depend on any of these input rows.

        Parameters
        ----------
        rows : array-like of int, or of bool with one entry per input row
            Row numbers, or a mask.

        Examples
        --------
        >>> Plan.taking(3, [0, 2, 2]).descendants([2])
        array([1, 2])
        """
        depends = np.zeros(self.n_rows + self.n_made, dtype=bool)
        depends[_row_numbers(rows, self.n_rows)] = True
        for made, recipe in self.runs():
            reached = dependence_matrix(recipe, made.start) @ depends[: made.start].astype(np.int32)
            depends[made] = reached > 0
        return np.flatnonzero(depends[self.order])

    def then(self, second: Plan) -> Plan:
        """Return one plan that has the same effect as this plan followed by `second` on its output.

        Raises
        ------
        InputError
            If `second` is for another number of rows, or not a plan.
        """
        if not isinstance(second, Plan):
            raise InputError(
                f"the second plan is a {type(second).__name__}; pass a Plan, such as sampler.plan_."
            )
        if second.n_rows != len(self):
            raise InputError(
                f"the second plan is for {second.n_rows} rows; the output of this one has {len(self)}. Fit the "
                "second sampler on the output of the first."
            )
        made_later = self.n_rows + self.n_made + np.arange(second.n_made)
        ids = np.concatenate([self.order, made_later])
        moved = tuple(recipe.moved(ids) for recipe in second.made)
        return Plan(self.n_rows, self.made + moved, ids[second.order], self.rules + second.rules)

    def keeping(self, rules: Rules | None) -> Plan:
        """Return the plan with rules that its made rows keep in the table that it was made for.

        New values of other tables, of another number of columns, are not changed.

        Parameters
        ----------
        rules : Rules or None
            None removes all rules.
        """
        return Plan(self.n_rows, self.made, self.order, (rules,) * len(self.made))

    def apply(self, values: Any, how: Literal["blend", "seed", "missing"] = "blend") -> Any:
        """Apply the plan to any array, list, column or frame with one entry per input row.

        Parameters
        ----------
        values : ndarray, list, column or frame with `n_rows` entries
        how : {"blend", "seed", "missing"}
            "blend" computes new values by the recipes, each column by its kind; noise is not
            added, so jittered rows get the value of their source. "seed" repeats the value of the
            seed row. "missing" leaves new rows missing.

        Returns
        -------
        Same container and dtypes as `values`, with one entry per output row. "missing" changes
        pandas dtypes that cannot hold missing values.

        Raises
        ------
        InputError
            If the number of entries is wrong, or an array cannot hold missing values.
        UnsupportedTypeError
            If `values` is a masked array or another object of an unsupported type.

        Examples
        --------
        >>> Plan(2, (Segment(np.array([0]), np.array([1]), np.array([0.5])),)).apply([1, 4])
        [1, 4, 2]
        """
        # Imported here, because poise.core.tables imports plans.
        from poise.core.tables.aligned import applied, check_not_masked  # noqa: PLC0415

        check_not_masked("values", values)
        return applied(values, self, how)

    def in_columns(self, positions: Ids) -> Plan:
        """Return the plan for a table of some of the columns, which has those of the rules."""
        if all(rules is None for rules in self.rules):
            return self
        moved = tuple(rules and rules.within(positions.tolist()) for rules in self.rules)
        return Plan(self.n_rows, self.made, self.order, moved)

    def one_hot_columns(self) -> list[list[int]]:
        """Return the groups of columns that rules keep one-hot; rules that share a column are one group."""
        found = [r for own in self.rules if own for r in own.rules if isinstance(r, OneHot)]
        groups = Rules(tuple(dict.fromkeys(found)), 0).together
        return [sorted({column for rule in group for column in rule.columns}) for group in groups]

    def for_width(self, n_columns: int | None) -> Plan:
        """Return the plan for values with this number of columns: without the rules of other tables."""
        rules = tuple(
            own if own is not None and own.n_columns == n_columns else None for own in self.rules
        )
        return self if rules == self.rules else Plan(self.n_rows, self.made, self.order, rules)

    def without_noise(self) -> Plan:
        """Return the plan with jittered rows replaced by copies of their source."""
        quiet = (Copy(r.source) if isinstance(r, Jitter) else r for r in self.made)
        return Plan(self.n_rows, tuple(quiet), self.order, self.rules)

    def save(self, path: str | Path) -> None:
        """Write the plan to a file: row numbers, gaps and generator states, but no values.

        Parameters
        ----------
        path : str or Path
            Usually ends in ``.npz``. The file is complete or does not exist.

        Raises
        ------
        FileError
            If the file cannot be written.
        """
        save_parts(path, self.n_rows, self.made, self.order, self.rules)

    @classmethod
    def load(cls, path: str | Path) -> Plan:
        """Read a plan that `save` wrote.

        Raises
        ------
        FileError
            If the file does not exist or does not hold a plan.

        Examples
        --------
        >>> import tempfile, os
        >>> plan = Plan.taking(3, [0, 2, 2])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     plan.save(os.path.join(folder, "plan.npz"))
        ...     Plan.load(os.path.join(folder, "plan.npz"))
        <Plan: 3 rows in, 2 kept, 1 new>
        """
        parts = load_parts(path)
        try:
            return cls(*parts)
        except (InputError, DoesNotFitError) as error:
            raise FileError(
                f"{str(path)!r} does not hold a valid plan: {str(error).rstrip('.')}. Write plans with Plan.save."
            ) from error


def _checked_count(n_rows: Any) -> int:
    """Return a number of rows.

    Raises
    ------
    InputError
        If it is not a whole number of 0 or more.
    DoesNotFitError
        If the memory of this machine could not hold their numbers.
    """
    if not isinstance(n_rows, int | np.integer) or isinstance(n_rows, bool) or n_rows < 0:
        raise InputError(f"n_rows={n_rows!r:.60} must be a whole number of 0 or more.")
    if n_rows * _BYTES > memory_of_machine():
        raise DoesNotFitError(
            f"A plan for n_rows={n_rows} rows does not fit: their row numbers alone have more bytes than the memory "
            "of this machine."
        )
    return int(n_rows)


def _row_numbers(rows: ArrayLike, n_rows: int | None = None) -> Ids:
    """Return row numbers as an array; if `n_rows` is given, they exist, and a mask gives those that it marks."""
    try:
        found = np.asarray(rows)
    except ValueError:  # lists of different lengths
        found = np.empty((0, 0))
    if n_rows is not None and found.dtype == bool and found.ndim == 1 and len(found):
        if len(found) != n_rows:
            raise InputError(
                f"the mask has {len(found)} entries; the plan is for {n_rows} rows. Pass one entry per row, or "
                "row numbers."
            )
        return np.flatnonzero(found)
    if found.ndim != 1 or (len(found) and found.dtype.kind not in "iu"):
        raise InputError(
            f"rows must be whole numbers; these are an array of shape {found.shape} and dtype {found.dtype}. Pass "
            "one row number per entry, counted from 0."
        )
    ids = found.astype(np.intp, copy=False)
    if n_rows is not None:
        check_ids(ids, n_rows)
    return ids
