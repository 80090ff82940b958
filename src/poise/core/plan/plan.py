"""The plan: which rows stay, and how each new row is blended from old ones.

Ids 0..n-1 are the input rows, ids from n on are made rows, numbered through the recipes in
turn. A recipe may refer to earlier made rows, also to ones that are not output. A plan holds
row numbers and gaps, never values, and knows nothing of containers, files or clusters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from poise.core.errors import FileError
from poise.core.plan.recipes import (
    Columns,
    Copy,
    Ids,
    Jitter,
    Recipe,
    Segment,
    Vote,
    links,
    refuse_ids_outside,
)
from poise.core.plan.storage import load_parts, save_parts
from poise.core.plan.values import Array, Cells, stacked_cells


class Lineage(NamedTuple):
    """Where every output row came from, in rows of the original input.

    Attributes
    ----------
    origin : ndarray of str
        "kept", "copied", "blended", "averaged" or "jittered".
    seed : ndarray of intp
        The input row that the output row descends from first.
    partner : ndarray of intp
        The other end of a blended row's segment; -1 unless blended.
    gap : ndarray of float64
        Position between seed (0) and partner (1); NaN unless blended.
    """

    origin: NDArray[np.str_]
    seed: Ids
    partner: Ids
    gap: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Plan:
    """Which rows stay, and how each new row is made.

    Parameters
    ----------
    n_rows : int
        Rows of the input.
    made : tuple of recipes
        How the rows with ids from `n_rows` on are made.
    order : array-like of int, optional
        Ids of the output rows. By default every input row, then every made row.

    Examples
    --------
    >>> import numpy as np
    >>> from poise.core.plan.plan import Plan
    >>> from poise.core.plan.recipes import Segment
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

    def __post_init__(self) -> None:
        n_ids = self.n_rows + self.n_made
        order = np.arange(n_ids) if self.order is None else np.array(self.order, dtype=np.intp)
        order.setflags(write=False)
        object.__setattr__(self, "made", tuple(recipe for recipe in self.made if len(recipe)))
        object.__setattr__(self, "order", order)
        refuse_ids_outside(order, n_ids)
        for start, recipe in zip(self._starts(), self.made, strict=False):
            recipe.check(start)

    @classmethod
    def taking(cls, n_rows: int, rows: ArrayLike) -> Plan:
        """Return the plan that outputs these input rows: each once, in input order, then the repeats.

        Examples
        --------
        >>> Plan.taking(4, [3, 1, 3]).lineage().origin.tolist()
        ['kept', 'kept', 'copied']
        """
        rows = np.asarray(rows, dtype=np.intp)
        refuse_ids_outside(rows, n_rows)
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
    def adding(cls, n_rows: int, grown: Sequence[Recipe | Plan]) -> Plan:
        """Return the plan that keeps all input rows and adds what recipes or plans of them make.

        Examples
        --------
        >>> hidden = Plan(2, (Copy(np.array([0, 1])),), [3])
        >>> plan = Plan.adding(2, [hidden, Copy(np.array([0]))])
        >>> plan.n_made, plan.lineage().seed.tolist()
        (3, [0, 1, 1, 0])
        """
        made: list[Recipe] = []
        order, n_ids = [np.arange(n_rows)], n_rows
        for new in grown:
            if isinstance(new, Plan):
                ids = np.concatenate([np.arange(n_rows), n_ids + np.arange(new.n_made)])
                made += [recipe.moved(ids) for recipe in new.made]
                order.append(ids[new.order])
                n_ids += new.n_made
            else:
                made.append(new)
                order.append(n_ids + np.arange(len(new)))
                n_ids += len(new)
        return cls(n_rows, tuple(made), np.concatenate(order))

    def __len__(self) -> int:
        return len(self.order)

    def __repr__(self) -> str:
        kept = int(np.count_nonzero(~self.is_new))
        return f"<Plan: {self.n_rows} rows in, {kept} kept, {len(self) - kept} new>"

    @property
    def n_made(self) -> int:
        """Rows that the recipes make, output or not."""
        return sum(len(recipe) for recipe in self.made)

    @property
    def has_voters(self) -> bool:
        """Whether neighbours vote on the categories of some made rows."""
        return any(isinstance(recipe, Vote) for recipe in self.made)

    @property
    def appends_all(self) -> bool:
        """Whether all input rows and then all made rows are put out, in their order."""
        n_ids = self.n_rows + self.n_made
        is_whole = len(self.order) == n_ids and n_ids > 0
        return is_whole and self.order[0] == 0 and bool((np.diff(self.order) == 1).all())

    @property
    def is_new(self) -> NDArray[np.bool_]:
        """Boolean per output row: not one of the input rows."""
        return self.order >= self.n_rows

    @property
    def source(self) -> Ids:
        """Input row that each output row descends from first (itself when kept)."""
        return self._roots()[self.order] if self.made else self.order

    @property
    def made_source(self) -> Ids:
        """Input row that each made row descends from first, in the order of their ids."""
        return self._roots()[self.n_rows :]

    @property
    def only_originals(self) -> bool:
        """Whether every output row has the values of an input row."""
        if all(isinstance(recipe, Copy) for recipe in self.made):
            return True
        return bool((self._value_ids() < self.n_rows).all())

    def _starts(self) -> list[int]:
        lengths = [len(recipe) for recipe in self.made]
        return (self.n_rows + np.cumsum([0, *lengths])).tolist()

    def _roots(self) -> Ids:
        roots = np.arange(self.n_rows + self.n_made)
        for start, recipe in zip(self._starts(), self.made, strict=False):
            roots[start : start + len(recipe)] = roots[recipe.seeds]
        return roots

    def _value_ids(self) -> Ids:
        """Return for each output row the id that holds its values: copies resolved."""
        if not any(isinstance(recipe, Copy) for recipe in self.made):
            return self.order
        ids = np.arange(self.n_rows + self.n_made)
        for start, recipe in zip(self._starts(), self.made, strict=False):
            if isinstance(recipe, Copy):
                ids[start : start + len(recipe)] = ids[recipe.source]
        return ids[self.order]

    def lineage(self) -> Lineage:
        """Return where every output row came from.

        Returns
        -------
        Lineage
            Arrays `origin`, `seed`, `partner` (-1 unless blended) and `gap` (NaN unless
            blended), in the order of the output. A row blended from rows that were made
            themselves names the input rows these descend from first; `parents()` has all.
        """
        n_ids = self.n_rows + self.n_made
        roots = self._roots()
        origin = np.full(n_ids, "kept", dtype="<U8")
        partner = np.full(n_ids, -1, dtype=np.intp)
        gap = np.full(n_ids, np.nan)
        for start, recipe in zip(self._starts(), self.made, strict=False):
            rows = slice(start, start + len(recipe))
            origin[rows] = recipe.origin
            segment = recipe.segment if isinstance(recipe, Vote) else recipe
            if isinstance(segment, Segment):
                partner[rows] = roots[segment.partner]
                gap[rows] = segment.whole_gap
        out = self.order
        return Lineage(origin[out], roots[out], partner[out], gap[out])

    def parents(self) -> sp.csr_array:
        """Return the boolean matrix of what each output row depends on.

        Returns
        -------
        scipy.sparse.csr_array of shape (n_output, n_rows), bool
        """
        known = sp.identity(self.n_rows, dtype=np.int32, format="csr")
        for recipe in self.made:
            rows = links(recipe, known.shape[0]) @ known
            known = sp.vstack([known, rows], format="csr")
        return sp.csr_array(known[self.order], dtype=bool)

    def descendants(self, rows: ArrayLike) -> Ids:
        """Return the positions of the output rows that depend on any of these input rows.

        Examples
        --------
        >>> Plan.taking(3, [0, 2, 2]).descendants([2])
        array([1, 2])
        """
        asked = np.asarray(rows)
        asked = np.flatnonzero(asked) if asked.dtype == bool else asked.astype(np.intp)
        refuse_ids_outside(asked, self.n_rows)
        depends = np.zeros(self.n_rows + self.n_made, dtype=bool)
        depends[asked] = True
        for start, recipe in zip(self._starts(), self.made, strict=False):
            reached = links(recipe, start) @ depends[:start].astype(np.int32)
            depends[start : start + len(recipe)] = reached > 0
        return np.flatnonzero(depends[self.order])

    def then(self, second: Plan) -> Plan:
        """Return the plan that does this one first and `second` on its output."""
        if second.n_rows != len(self):
            raise ValueError(
                f"the second plan is for {second.n_rows} rows; this one puts out {len(self)}"
            )
        made_later = self.n_rows + self.n_made + np.arange(second.n_made)
        ids = np.concatenate([self.order, made_later])
        moved = tuple(recipe.moved(ids) for recipe in second.made)
        return Plan(self.n_rows, self.made + moved, ids[second.order])

    def evaluate(
        self,
        blocks: Sequence[Cells],
        columns: Columns | None = None,
        out: Sequence[Array | None] | None = None,
    ) -> list[Cells]:
        """Return the values of every made row, in the order of their ids.

        Parameters
        ----------
        blocks : sequence of Cells, with values of shape (n_rows, d), or one csr_array
            The values of the input rows: computed columns of one dtype each.
        columns : sequence of ndarray of intp, optional
            Which columns of the table each block holds; by default all, in turn.
        out : sequence of ndarray of shape (n_made, d) or None, optional
            Where to write; by default new arrays are made. For dense cells without `missing`.

        Returns
        -------
        list of Cells with `n_made` rows
        """
        if columns is None:
            ends = np.cumsum([cells.values.shape[1] for cells in blocks])
            columns = np.split(np.arange(ends[-1]), ends[:-1])
        places = [None] * len(blocks) if out is None else list(out)
        made: list[list[Cells]] = [[] for _ in blocks]

        def holding(*ids: Ids) -> list[Cells]:
            if all(not len(part) or part.max() < self.n_rows for part in ids):
                return list(blocks)
            return [stacked_cells([cells, *new]) for cells, new in zip(blocks, made, strict=True)]

        for start, recipe in zip(self._starts(), self.made, strict=False):
            rows = slice(start - self.n_rows, start - self.n_rows + len(recipe))
            parts = [None if whole is None else whole[rows] for whole in places]
            for new, cells in zip(made, recipe.make(holding, columns, parts), strict=True):
                new.append(cells)
        return [
            stacked_cells(new or [cells.take(slice(0))]) if at is None else Cells(at)
            for new, cells, at in zip(made, blocks, places, strict=True)
        ]

    def donors(self, codes: NDArray[np.int32], *, is_voted: bool) -> Ids:
        """Return the input row whose value each made row takes, column by column.

        Parameters
        ----------
        codes : ndarray of shape (n_rows, q), int32
            Category of each input row in each column, -1 where it is missing.
        is_voted : bool
            Whether voters decide where a recipe has them; else the nearer parent.

        Returns
        -------
        ndarray of shape (n_made, q), intp
        """
        n_ids, n_columns = self.n_rows + self.n_made, codes.shape[1]
        taken_by = np.repeat(np.arange(n_ids)[:, np.newaxis], n_columns, axis=1)
        for start, recipe in zip(self._starts(), self.made, strict=False):
            new = recipe.donors(taken_by, codes, is_voted=is_voted)
            taken_by[start : start + len(recipe)] = new
        return taken_by[self.n_rows :]

    def latest(self, times: NDArray[Any]) -> Ids:
        """Return for every id the input row of the latest time among all that it depends on.

        Parameters
        ----------
        times : ndarray of shape (n_rows,)
        """
        latest = np.arange(self.n_rows + self.n_made)
        for start, recipe in zip(self._starts(), self.made, strict=False):
            linked = links(recipe, start)
            roots = latest[linked.indices]
            of_row = np.repeat(np.arange(len(recipe)), np.diff(linked.indptr))
            in_time = np.lexsort((times[roots], of_row))
            latest[start : start + len(recipe)] = roots[in_time[linked.indptr[1:] - 1]]
        return latest

    def in_order_of(self, times: NDArray[Any]) -> Plan:
        """Return the plan with its output in the order of time, kept rows before new ones.

        A made row is dated at the latest row that it depends on.

        Parameters
        ----------
        times : ndarray of shape (n_rows,)
            Numbers; the smallest comes first.
        """
        when = times[self.latest(times)[self.order]]
        return Plan(self.n_rows, self.made, self.order[np.lexsort((self.is_new, when))])

    def apply(self, values: Any, how: Literal["blend", "seed", "missing"] = "blend") -> Any:
        """Return anything that has an entry an input row, for the output rows.

        Parameters
        ----------
        values : ndarray, list, column or frame with `n_rows` entries
        how : {"blend", "seed", "missing"}
            "blend" makes new values as the recipes say, each column by its kind, but for noise,
            whose scale is that of the table's own columns: jittered rows take their source's
            value. "seed" takes the seed's value everywhere, "missing" none for new rows.

        Returns
        -------
        Of the kind and dtypes of `values`; "missing" gives pandas columns a dtype that has gaps.

        Raises
        ------
        InputError
            For another number of entries, or "missing" for an array that cannot hold it.

        Examples
        --------
        >>> Plan(2, (Segment(np.array([0]), np.array([1]), np.array([0.5])),)).apply([1, 4])
        [1, 4, 2]
        """
        # The one place where a plan needs the door to containers, which stands on plans.
        from poise.core.tables.read import applied  # noqa: PLC0415

        return applied(values, self, how)

    def without_noise(self) -> Plan:
        """Return the plan with copies instead of jittered rows."""
        quiet = (Copy(r.source) if isinstance(r, Jitter) else r for r in self.made)
        return Plan(self.n_rows, tuple(quiet), self.order)

    def save(self, path: str | Path) -> None:
        """Write the plan to a file: row numbers, gaps and generator states, no values.

        Parameters
        ----------
        path : str or Path
            Usually ending in ``.npz``. Written aside and renamed.

        Raises
        ------
        FileError
            Where the file cannot be written.
        """
        save_parts(path, self.n_rows, self.made, self.order)

    @classmethod
    def load(cls, path: str | Path) -> Plan:
        """Read a plan that `save` wrote.

        Raises
        ------
        FileError
            Where there is no such file, or it holds no plan.

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
        except (ValueError, TypeError) as error:
            raise FileError(f"{str(path)!r} holds no plan: {error}.") from error

    def split(self) -> tuple[Ids, Ids, Ids | None]:
        """Return what a container needs: rows to take, made rows to append, and the order.

        Returns
        -------
        taken : ndarray of intp
            Input rows whose values are put out as they are.
        made : ndarray of intp
            Made rows to append, counted from 0 as `evaluate` returns them.
        order : ndarray of intp or None
            Where each output row is in taken-then-made; None when it is that order already.
        """
        ids = self._value_ids()
        is_made = ids >= self.n_rows
        order = np.empty(len(ids), dtype=np.intp)
        order[~is_made] = np.arange(len(ids) - is_made.sum())
        order[is_made] = np.arange(len(ids) - is_made.sum(), len(ids))
        in_order = bool((order == np.arange(len(order))).all())
        return ids[~is_made], ids[is_made] - self.n_rows, None if in_order else order
