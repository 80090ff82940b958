"""Recipes: how to make a group of new rows from rows with smaller ids.

==========  ================================================  ==========================
recipe      new row                                           used by
==========  ================================================  ==========================
`Copy`      the source row                                    random over-sampling
`Segment`   seed + gap * reach * (partner - seed)             the SMOTE family
`Vote`      a segment; the neighbours vote on categories      SMOTE-NC, SMOTE-N
`Mean`      a weighted sum of rows; the weights add up to 1   centroids, Gaussian methods
`Jitter`    source + scale * standard normal noise            the smoothed bootstrap
==========  ================================================  ==========================

Here "seed" is the seed row, the row that a new row starts from, and "partner" is the neighbour row
that it is blended with. A recipe holds ids, gaps and generator states, never values. `make` computes
numbers from the cells of the input rows. Categories and flags are copied from one row, the donor
(`donors`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, fields
from typing import Any, ClassVar, NamedTuple

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from poise import native
from poise.core.errors import InputError
from poise.core.plan.values import (
    Array,
    Cells,
    blend,
    rows_at,
    to_dtype,
    whole_difference,
    whole_moved,
)
from poise.core.saved import PickledWithVersion
from poise.core.threads import usable_threads

Ids = NDArray[np.intp]
_LARGEST = float(np.finfo(np.float64).max)
_UNIT = 2.0**-64  # no mutant: any small power of two
# Noise is drawn for this many rows at a time, to limit memory.
_NOISE_ROWS = 1 << 14


class Source(NamedTuple):
    """Cells of all rows that a recipe may refer to, and an optional array for the result.

    Attributes
    ----------
    cells : Cells
    columns : ndarray of intp
        Positions of these columns in the table.
    out : ndarray of shape (m, d), or None
        Array to write dense values into; they are also returned.
    """

    cells: Cells
    columns: Ids
    out: Array | None = None


@dataclass(frozen=True, eq=False)
class Recipe(PickledWithVersion, ABC):
    """Base of recipes: how to make a group of new rows from rows with smaller ids.

    Examples
    --------
    >>> from poise import SMOTE
    >>> X, y = [[0.0], [1.0], [2.0], [5.0], [6.0]], [0, 0, 0, 1, 1]
    >>> [recipe] = SMOTE(k_neighbors=1, random_state=0).fit(X, y).plan_.made
    >>> type(recipe).__name__, len(recipe), recipe.seeds.tolist()
    ('Segment', 1, [3])
    """

    origin: ClassVar[str]

    def __post_init__(self) -> None:
        """Store read-only views of the arrays as intp or float64; the arrays of the caller stay writable."""
        for part in fields(self):
            value = getattr(self, part.name)
            if isinstance(value, np.ndarray):
                dtype = {"i": np.intp, "u": np.intp, "f": np.float64}.get(value.dtype.kind)
                view = np.asarray(value, dtype=dtype).view()
                view.setflags(write=False)
                object.__setattr__(self, part.name, view)

    def __len__(self) -> int:
        return len(self.seeds)

    @property
    @abstractmethod
    def seeds(self) -> Ids:
        """The seed row of each made row: the row that it starts from."""

    @property
    def parents(self) -> tuple[Ids, ...]:
        """Ids that each made row depends on, as arrays of shape (m,); the seed rows come first."""
        return (self.seeds,)

    @property
    def inputs(self) -> tuple[Ids, ...]:
        """Ids of the rows whose numbers are needed to compute the made rows."""
        return self.parents

    @abstractmethod
    def check(self, n_ids: int) -> None:
        """Raise InputError unless the arrays fit each other and all ids are below `n_ids`."""

    @abstractmethod
    def moved(self, ids: Ids) -> Recipe:
        """Return the recipe with every id i replaced by ids[i]."""

    @abstractmethod
    def make(self, sources: Sequence[Source]) -> list[Cells]:
        """Return the made values for each source."""

    def donors(self, donor_of: Ids, codes: NDArray[np.int32], *, is_voted: bool) -> Ids:  # noqa: ARG002  # used by subclasses
        """Return the donor of each made row in each column: the input row whose value it takes.

        Parameters
        ----------
        donor_of : ndarray of shape (n_ids, q), intp
            Donors of all rows with smaller ids.
        codes : ndarray of shape (n_rows, q), int32
            Category of each input row in each column; -1 if it is missing.
        is_voted : bool
            Whether voters decide, if the recipe has any.

        Returns
        -------
        ndarray of shape (m, q), intp
        """
        return donor_of[self.seeds]


@dataclass(frozen=True, eq=False)
class Copy(Recipe):
    """New rows that repeat a source row.

    Examples
    --------
    >>> import numpy as np
    >>> from poise.base import Copy, Plan
    >>> twice = Copy(np.array([1, 1]))
    >>> Plan(2, (twice,)).apply([10.0, 20.0])
    [10.0, 20.0, 20.0, 20.0]
    """

    source: Ids
    origin: ClassVar[str] = "copied"

    @property
    def seeds(self) -> Ids:
        return self.source

    def check(self, n_ids: int) -> None:
        check_ids(self.source, n_ids)

    def moved(self, ids: Ids) -> Copy:
        return Copy(ids[self.source])

    def make(self, sources: Sequence[Source]) -> list[Cells]:
        return [_put(source.cells.take(self.source), source.out) for source in sources]


@dataclass(frozen=True, eq=False)
class Segment(Recipe):
    """New rows on a segment: seed + gap * reach * (partner - seed).

    Attributes
    ----------
    seed : ndarray of shape (m,), intp
        The seed row, where the segment starts.
    partner : ndarray of shape (m,), intp
        The neighbour row, where the segment ends.
    gap : ndarray of shape (m,), float64
        Position on the segment: 0 is the seed row, 1 the partner. A negative gap extrapolates
        beyond the seed row.
    reach : ndarray of shape (m,), float64, or None
        The part of the segment that the gap refers to; None means 1. Borderline-SMOTE-2 uses at
        most half of a segment to a partner of another class.

    Examples
    --------
    >>> import numpy as np
    >>> from poise.base import Plan, Segment
    >>> quarter = Segment(seed=np.array([0]), partner=np.array([1]), gap=np.array([0.25]))
    >>> Plan(2, (quarter,)).apply([10.0, 20.0])
    [10.0, 20.0, 12.5]
    """

    seed: Ids
    partner: Ids
    gap: NDArray[np.float64]
    reach: NDArray[np.float64] | None = None
    origin: ClassVar[str] = "blended"

    @property
    def parents(self) -> tuple[Ids, ...]:
        return (self.seed, self.partner)

    @property
    def effective_gap(self) -> NDArray[np.float64]:
        """Position on the full segment: gap times reach."""
        return self.gap if self.reach is None else self.gap * self.reach

    @property
    def seeds(self) -> Ids:
        return self.seed

    def check(self, n_ids: int) -> None:
        check_ids(self.seed, n_ids)
        check_ids(self.partner, n_ids)
        reach = self.gap if self.reach is None else self.reach
        _check_numbers("gap", self.gap)
        _check_numbers("reach", reach)
        check_equal_lengths([self.seed, self.partner, self.gap, reach])

    def moved(self, ids: Ids) -> Segment:
        return Segment(ids[self.seed], ids[self.partner], self.gap, self.reach)

    def make(self, sources: Sequence[Source]) -> list[Cells]:
        return [self._blended(source.cells, source.out) for source in sources]

    def _blended(self, cells: Cells, out: Any) -> Cells:
        values, missing = cells
        if missing is None and is_fused(values):
            made = np.empty((len(self), values.shape[1]), values.dtype) if out is None else out
            native.blend(
                values, self.seed, self.partner, self.gap, self.reach, made, usable_threads()
            )
            return Cells(made)
        if missing is None and is_fused_sparse(values):
            ends = self.seed, self.partner
            return _put(Cells(native.blend_sparse(values, *ends, self.gap, self.reach)), out)
        seed, partner = rows_at(values, self.seed), rows_at(values, self.partner)
        if missing is None:
            return _put(Cells(blend_any(seed, partner, self.gap, self.reach)), out)
        partner = np.where(rows_at(missing, self.partner), seed, partner)
        made = blend(seed, partner, self.gap, self.reach)
        return _put(Cells(made, rows_at(missing, self.seed)), out)

    def donors(self, donor_of: Ids, codes: NDArray[np.int32], *, is_voted: bool) -> Ids:  # noqa: ARG002  # a segment has no voters
        own, other = donor_of[self.seed], donor_of[self.partner]
        columns = np.arange(codes.shape[1])
        is_known = codes[own, columns] >= 0
        # The partner gives all categories or none. If a value that the seed row has is missing in
        # the partner, mixing the two rows could make a combination that no row has.
        is_incomplete = (is_known & (codes[other, columns] < 0)).any(axis=1)
        gives = (self.effective_gap >= 0.5) & ~is_incomplete
        return np.where(gives[:, np.newaxis] & is_known, other, own)


@dataclass(frozen=True, eq=False)
class Vote(Recipe):
    """New rows on segments, whose categories are elected by the neighbours of the seed row.

    Attributes
    ----------
    segment : Segment
    voters : ndarray of shape (n_ballots, k), intp
        The rows that vote, nearest first; one line per distinct seed row.
    ballot : ndarray of shape (m,), intp
        Which line of `voters` decides on each new row.

    Examples
    --------
    The number comes from the segment; the colour from the two rows that vote.

    >>> import numpy as np
    >>> import pandas as pd
    >>> from poise.base import Plan, Segment, Vote
    >>> near = Segment(seed=np.array([0]), partner=np.array([1]), gap=np.array([0.25]))
    >>> plan = Plan(3, (Vote(near, voters=np.array([[1, 2]]), ballot=np.array([0])),))
    >>> plan.apply(pd.DataFrame({"size": [10.0, 20.0, 30.0], "colour": ["red", "blue", "blue"]}))
       size colour
    0  10.0    red
    1  20.0   blue
    2  30.0   blue
    3  12.5   blue
    """

    segment: Segment
    voters: Ids
    ballot: Ids
    origin: ClassVar[str] = "blended"

    @property
    def parents(self) -> tuple[Ids, ...]:
        return (*self.segment.parents, *self.voters[self.ballot].T)

    @property
    def seeds(self) -> Ids:
        return self.segment.seed

    def check(self, n_ids: int) -> None:
        if not isinstance(self.segment, Segment):
            raise InputError(
                f"the segment of a Vote is a {type(self.segment).__name__}; pass a Segment"
            )
        self.segment.check(n_ids)
        check_ids(self.voters, n_ids, n_dimensions=2)
        if not self.voters.shape[1]:
            raise InputError("a Vote has no voters; pass at least one for each seed row")
        check_ids(self.ballot, len(self.voters))
        check_equal_lengths([self.segment.seed, self.ballot])

    def moved(self, ids: Ids) -> Vote:
        return Vote(self.segment.moved(ids), ids[self.voters], self.ballot)

    @property
    def inputs(self) -> tuple[Ids, ...]:
        return self.segment.inputs

    def make(self, sources: Sequence[Source]) -> list[Cells]:
        return self.segment.make(sources)

    def donors(self, donor_of: Ids, codes: NDArray[np.int32], *, is_voted: bool) -> Ids:
        if not is_voted:
            return self.segment.donors(donor_of, codes, is_voted=is_voted)
        donors = donor_of[self.segment.seed]
        for column in range(codes.shape[1]):
            voters = donor_of[self.voters, column]
            elected, has_winner = winners(codes[voters, column])
            winner = voters[np.arange(len(voters)), elected]
            is_known = codes[donors[:, column], column] >= 0
            is_elected = is_known & has_winner[self.ballot]
            donors[is_elected, column] = winner[self.ballot[is_elected]]
        return donors


@dataclass(frozen=True, eq=False)
class Mean(Recipe):
    """New rows that are weighted means of rows; the weights may be negative.

    Attributes
    ----------
    seed : ndarray of shape (m,), intp
        The seed row, whose categories, flags and missing values the new row has. If a value is
        missing in another row, the value of the seed row is used for it.
    starts : ndarray of shape (m + 1,), intp
        Where the terms of each new row begin in `rows` and `weights`.
    rows : ndarray of shape (n_terms,), intp
    weights : ndarray of shape (n_terms,), float64
        The weights of each new row add up to 1.

    Examples
    --------
    >>> import numpy as np
    >>> from poise.base import Mean, Plan
    >>> rows, weights = np.array([0, 1, 2]), np.array([0.5, 0.25, 0.25])
    >>> mean = Mean(seed=np.array([0]), starts=np.array([0, 3]), rows=rows, weights=weights)
    >>> Plan(3, (mean,)).apply([10.0, 20.0, 40.0])
    [10.0, 20.0, 40.0, 20.0]
    """

    seed: Ids
    starts: Ids
    rows: Ids
    weights: NDArray[np.float64]
    origin: ClassVar[str] = "averaged"

    @property
    def seeds(self) -> Ids:
        return self.seed

    @property
    def inputs(self) -> tuple[Ids, ...]:
        return (self.seed, self.rows)

    def check(self, n_ids: int) -> None:
        check_ids(self.seed, n_ids)
        check_ids(self.rows, n_ids)
        _check_numbers("weight", self.weights)
        check_equal_lengths([self.rows, self.weights])
        check_ids(self.starts, len(self.rows) + 1)
        check_equal_lengths([self.seed, self.starts[1:]])
        # scipy trusts these, and would read outside of the arrays.
        ends = [*self.starts[:1], *self.starts[-1:]]
        if ends != [0, len(self.rows)] or (np.diff(self.starts) < 1).any():
            raise InputError(
                "the starts of a Mean must rise from 0 to the number of its terms, "
                f"{len(self.rows)}, with one start per new row and the end of the last one"
            )

    def moved(self, ids: Ids) -> Mean:
        return Mean(ids[self.seed], self.starts, ids[self.rows], self.weights)

    def make(self, sources: Sequence[Source]) -> list[Cells]:
        return [_put(self._summed(source.cells), source.out) for source in sources]

    def _summed(self, cells: Cells) -> Cells:
        values, missing = cells
        shape = len(self), values.shape[0]
        weights = sp.csr_array((self.weights, self.rows, self.starts), shape=shape)
        if sp.issparse(values):
            return Cells(_rounded_like_dense(weights @ values.astype(np.float64), values))
        is_missing = (
            np.isnan(values) if values.dtype.kind == "f" else np.zeros(values.shape, dtype=bool)
        )
        is_missing = is_missing if missing is None else is_missing | missing
        is_whole = values.dtype.kind in "iu"
        # Relative to a value that occurs, so that large time ticks lose no precision.
        start = values[0]  # no mutant: any value that occurs
        numbers = whole_difference(values, start) if is_whole else values.astype(np.float64)
        known = np.where(is_missing, 0.0, numbers)
        total = self._total(weights, known, is_missing)
        if not np.isfinite(total).all() and np.isfinite(known).all():
            # Sums that overflow are formed in a larger unit; of a mean beyond floats, the largest is taken.
            parts = self._total(weights, known * _UNIT, is_missing)
            safe = parts.clip(-_LARGEST * _UNIT, _LARGEST * _UNIT) / _UNIT
            total = np.where(np.isfinite(total), total, safe)
        made = (
            whole_moved(start, np.nan_to_num(total)) if is_whole else to_dtype(total, values.dtype)
        )
        return Cells(made, None if missing is None else rows_at(missing, self.seed))

    def _total(
        self, weights: Any, known: NDArray[np.float64], is_missing: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        with np.errstate(over="ignore", invalid="ignore"):
            total: NDArray[np.float64] = weights @ known
        if not is_missing.any():
            return total
        total += (weights @ is_missing.astype(np.float64)) * known[self.seed]
        return np.where(is_missing[self.seed], np.nan, total)


def check_ids(ids: Any, n_ids: int, *, n_dimensions: int = 1) -> None:
    """Raise InputError unless this is an array of whole numbers of at least 0 and below `n_ids`."""
    _check_array("row numbers", ids, "iu", n_dimensions)
    if ids.size and not (ids.min() >= 0 and ids.max() < n_ids):
        raise InputError(
            f"the plan has row numbers outside 0..{n_ids - 1}; only these rows exist. Count rows from 0."
        )


def _check_numbers(name: str, numbers: Any) -> None:
    _check_array(f"{name}s", numbers, "fiu")
    if not np.isfinite(numbers).all():
        raise InputError(f"A {name} of new rows is not a finite number.")


def _check_array(name: str, array: Any, kinds: str, n_dimensions: int = 1) -> None:
    """Raise InputError unless this is an array of numbers of these kinds of dtype."""
    is_array = isinstance(array, np.ndarray) and array.ndim == n_dimensions
    # An empty array is one of floats unless its dtype is stated.
    if is_array and (array.dtype.kind in kinds or (array.dtype.kind == "f" and not array.size)):
        return
    shape, dtype = getattr(array, "shape", None), getattr(array, "dtype", None)
    found = f"{array!r:.60}" if shape is None else f"of shape {shape} and dtype {dtype}"
    numbers = "numbers" if "f" in kinds else "whole numbers"
    raise InputError(
        f"the {name} of a recipe are {found}; pass an array of {numbers} with {n_dimensions} "
        f"dimension{'s' if n_dimensions > 1 else ''}"
    )


def check_equal_lengths(arrays: Sequence[Any]) -> None:
    """Raise InputError unless all arrays have one entry per made row."""
    if len({len(array) for array in arrays}) > 1:
        raise InputError(
            "the arrays of a recipe have different lengths; pass one entry per new row"
        )


def dependence_matrix(recipe: Recipe, n_ids: int) -> sp.csr_array:
    """Return a sparse matrix of shape (m, n_ids): how often each made row refers to each id."""
    if isinstance(recipe, Mean):
        starts, rows = recipe.starts, recipe.rows
    else:
        parents = np.column_stack(recipe.parents)
        starts, rows = np.arange(len(parents) + 1) * parents.shape[1], parents.ravel()
    ones = np.ones(len(rows), dtype=np.int32)
    return sp.csr_array((ones, rows, starts), shape=(len(recipe), n_ids))


def winners(votes: NDArray[np.int32]) -> tuple[Ids, NDArray[np.bool_]]:
    """Return for each ballot the position of the nearest voter with the most frequent vote.

    Parameters
    ----------
    votes : ndarray of shape (n, k), int32
        Nearest voter first; -1 means an abstention.

    Returns
    -------
    elected : ndarray of shape (n,), intp
    has_winner : ndarray of shape (n,), bool
        False if all voters abstain.

    Examples
    --------
    >>> winners(np.array([[1, 2, 2], [2, 1, -1], [-1, -1, -1]], dtype=np.int32))[0].tolist()
    [1, 0, 0]
    """
    support = np.zeros(votes.shape, dtype=np.intp)
    for voter in range(votes.shape[1]):
        support += votes == votes[:, [voter]]
    support[votes < 0] = -1
    return support.argmax(axis=1), np.asarray((votes >= 0).any(axis=1))


@dataclass(frozen=True, eq=False)
class Jitter(Recipe):
    """New rows around a source row: source + scale * standard normal noise.

    Attributes
    ----------
    source : ndarray of shape (m,), intp
    scale : ndarray of shape (d,), float64
        Standard deviation of the noise in each column, in the unit of the column.
    generator : numpy.random.RandomState
        State of the generator just before the noise is drawn, row by row; the noise itself is not
        stored.

    Examples
    --------
    >>> import numpy as np
    >>> from poise import FunctionSampler
    >>> from poise.base import Jitter, Plan
    >>> noise = Jitter(np.array([1]), scale=np.array([0.5]), generator=np.random.RandomState(0))
    >>> sampler = FunctionSampler(lambda X, y: Plan(2, (noise,)))
    >>> X_new, y_new = sampler.fit_resample(np.array([[1.0], [2.0]]), [0, 1])
    >>> X_new.round(2).tolist()
    [[1.0], [2.0], [2.88]]
    """

    source: Ids
    scale: Array
    generator: np.random.RandomState
    origin: ClassVar[str] = "jittered"

    @property
    def seeds(self) -> Ids:
        return self.source

    def check(self, n_ids: int) -> None:
        check_ids(self.source, n_ids)
        _check_array("scales", self.scale, "fiu")
        if not isinstance(self.generator, np.random.RandomState):
            raise InputError(
                f"the generator of a Jitter is a {type(self.generator).__name__}; pass a RandomState"
            )

    def moved(self, ids: Ids) -> Jitter:
        return Jitter(ids[self.source], self.scale, self.generator)

    def make(self, sources: Sequence[Source]) -> list[Cells]:
        columns = [source.columns for source in sources]
        blocks = [rows_at(source.cells.values, self.source) for source in sources]
        if len(blocks) == 1 and sp.issparse(blocks[0]):
            return [Cells(sp.csr_array(self._scattered([blocks[0].toarray()], columns)[0]))]
        made = self._scattered(blocks, columns)
        return [_put(Cells(new), source.out) for new, source in zip(made, sources, strict=True)]

    def _scattered(self, blocks: list[Array], columns: list[Ids]) -> list[Array]:
        n_columns = 1 + max(
            (int(of_table.max()) for of_table in columns if len(of_table)), default=-1
        )
        if n_columns > len(self.scale):
            raise InputError(
                f"the plan adds noise to {len(self.scale)} columns; the table has at least {n_columns}. Apply "
                "it to the table that it was made for."
            )
        out = [np.empty_like(block) for block in blocks]
        for rows, noise in noise_blocks(deepcopy(self.generator), len(self), len(self.scale)):
            for block, made, of_table in zip(blocks, out, columns, strict=True):
                shift = noise[:, of_table] * self.scale[of_table]
                with np.errstate(over="ignore"):
                    moved = block[rows] + shift
                made[rows] = to_dtype(moved.clip(-_LARGEST, _LARGEST), block.dtype)
        return out


def _rounded_like_dense(made: Any, values: Any) -> sp.csr_array:
    """Return sparse means in the dtype of the values; a half is rounded as in `Mean` of an array."""
    new = sp.csr_array(made)
    if values.dtype.kind in "iu":
        start = values[[0]].toarray().ravel()[new.indices]
        new.data = whole_moved(start, new.data - start)
        new.eliminate_zeros()
    return new.astype(values.dtype, copy=False)


def is_fused(block: Any) -> bool:
    """Return whether the native kernel can blend rows of this block."""
    is_array = isinstance(block, np.ndarray) and block.dtype in (np.float32, np.float64)
    return is_array and block.dtype.isnative and block.flags.c_contiguous


def is_fused_sparse(block: Any) -> bool:
    """Return whether the native kernel can blend sparse rows of this block."""
    return sp.issparse(block) and block.dtype in (np.float32, np.float64)


def _put(cells: Cells, out: Any) -> Cells:
    if out is None:
        return cells
    out[:] = cells.values
    return Cells(out, cells.missing)


def noise_blocks(
    rng: np.random.RandomState, n_rows: int, n_columns: int
) -> Iterator[tuple[slice, NDArray[np.float64]]]:
    """Yield (rows, standard normal noise) in blocks; together they equal a single draw."""
    for start in range(0, n_rows, _NOISE_ROWS):
        stop = min(start + _NOISE_ROWS, n_rows)
        yield slice(start, stop), rng.randn(stop - start, n_columns)


def blend_any(
    seed: Any, partner: Any, gap: NDArray[np.float64], reach: NDArray[np.float64] | None
) -> Any:
    """Blend dense or sparse rows; see `poise.core.plan.values.blend`."""
    if not sp.issparse(seed):
        return blend(seed, partner, gap, reach)
    # A blend of two zeros is zero, so only cells that one of the two rows stores are blended.
    either = sp.csr_array(abs(seed.astype(np.float64)) + abs(partner.astype(np.float64)))
    rows = np.repeat(np.arange(len(gap)), np.diff(either.indptr))
    cells = rows, either.indices
    values = blend(
        _cells(seed, cells),
        _cells(partner, cells),
        gap[rows],
        None if reach is None else reach[rows],
    )
    new = sp.csr_array((values, either.indices, either.indptr), shape=either.shape)
    new.eliminate_zeros()
    return new


def _cells(matrix: Any, cells: tuple[Ids, Ids]) -> Array:
    if not len(cells[0]):
        return np.zeros(0, dtype=matrix.dtype)  # scipy returns a sparse object for an empty index
    return np.asarray(matrix[cells]).ravel()
