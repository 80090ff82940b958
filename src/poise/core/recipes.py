"""Recipes: how a run of made rows follows from rows that exist before it.

==========  ================================================  ==========================
recipe      new row                                           used by
==========  ================================================  ==========================
`Copy`      the source row                                    random over-sampling
`Segment`   seed + gap * reach * (partner - seed)             the SMOTE family
`Jitter`    source + scale * standard normal noise            the smoothed bootstrap
==========  ================================================  ==========================

A recipe holds ids, gaps and generator states, never values. It is given blocks that hold its
parents, and hands back the values it made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Protocol

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from poise import native
from poise.core.columns import Array, blend, to_dtype
from poise.core.threads import usable_threads

Ids = NDArray[np.intp]
Holding = Callable[..., list[Any]]  # blocks that hold all rows of the ids given
Columns = Sequence[Ids]  # for each block, the columns of the table that it holds

# Noise is drawn this many rows at a time, so that it never takes more than a block's memory.
_NOISE_ROWS = 1 << 14


class Recipe(Protocol):
    """How a run of made rows follows from rows that exist before it."""

    origin: ClassVar[str]

    def __len__(self) -> int:
        """Return the number of rows made."""
        ...

    @property
    def parents(self) -> tuple[Ids, ...]:
        """Ids that each made row depends on; the first is its seed."""
        ...

    def moved(self, ids: Ids) -> Recipe:
        """Return the recipe with every id i replaced by ids[i]."""
        ...

    def make(self, holding: Holding, columns: Columns, out: list[Any]) -> list[Any]:
        """Return the made values, a block for each block of the table.

        Parameters
        ----------
        holding : callable
            Given arrays of ids, returns blocks of values that have all of these rows.
        columns : sequence of ndarray of intp
        out : list of ndarray or None
            Where dense values are to be written; they are returned too.
        """
        ...


@dataclass(frozen=True, eq=False)
class Copy:
    """Rows that repeat a source row."""

    source: Ids
    origin: ClassVar[str] = "copied"

    def __post_init__(self) -> None:
        _freeze(self)

    def __len__(self) -> int:
        return len(self.source)

    @property
    def parents(self) -> tuple[Ids, ...]:
        return (self.source,)

    def moved(self, ids: Ids) -> Copy:
        return Copy(ids[self.source])

    def make(self, holding: Holding, columns: Columns, out: list[Any]) -> list[Any]:  # noqa: ARG002  # as Recipe
        return [
            _put(block[self.source], at)
            for block, at in zip(holding(self.source), out, strict=True)
        ]


@dataclass(frozen=True, eq=False)
class Segment:
    """Rows on a line: seed + gap * reach * (partner - seed); a reach of None is 1.

    Attributes
    ----------
    seed, partner : ndarray of shape (m,), intp
    gap : ndarray of shape (m,), float64
        Negative gaps extrapolate beyond the seed.
    reach : ndarray of shape (m,), float64, or None
        The part of the way to the partner that the gap spans. Borderline-SMOTE-2 shortens the
        way to partners of another class.
    """

    seed: Ids
    partner: Ids
    gap: NDArray[np.float64]
    reach: NDArray[np.float64] | None = None
    origin: ClassVar[str] = "blended"

    def __post_init__(self) -> None:
        _freeze(self)

    def __len__(self) -> int:
        return len(self.seed)

    @property
    def parents(self) -> tuple[Ids, ...]:
        return (self.seed, self.partner)

    @property
    def whole_gap(self) -> NDArray[np.float64]:
        """Position on the whole way from seed to partner."""
        return self.gap if self.reach is None else self.gap * self.reach

    def moved(self, ids: Ids) -> Segment:
        return Segment(ids[self.seed], ids[self.partner], self.gap, self.reach)

    def make(self, holding: Holding, columns: Columns, out: list[Any]) -> list[Any]:  # noqa: ARG002  # as Recipe
        blocks = holding(self.seed, self.partner)
        return [self._blended(block, at) for block, at in zip(blocks, out, strict=True)]

    def _blended(self, block: Any, out: Any) -> Any:
        if is_fused(block):
            made = np.empty((len(self), block.shape[1]), block.dtype) if out is None else out
            native.blend(
                block, self.seed, self.partner, self.gap, self.reach, made, usable_threads()
            )
            return made
        seed, partner = block[self.seed], block[self.partner]
        return _put(blend_any(seed, partner, self.gap, self.reach), out)


@dataclass(frozen=True, eq=False)
class Jitter:
    """Rows scattered around a source row: source + scale * standard normal noise.

    Attributes
    ----------
    source : ndarray of shape (m,), intp
    scale : ndarray of shape (d,), float64
        Standard deviation of the noise in each column, in the column's unit.
    generator : numpy.random.RandomState
        As it was just before the noise is drawn, row by row; the noise itself is never kept.
    """

    source: Ids
    scale: Array
    generator: np.random.RandomState
    origin: ClassVar[str] = "jittered"

    def __post_init__(self) -> None:
        _freeze(self)

    def __len__(self) -> int:
        return len(self.source)

    @property
    def parents(self) -> tuple[Ids, ...]:
        return (self.source,)

    def moved(self, ids: Ids) -> Jitter:
        return Jitter(ids[self.source], self.scale, self.generator)

    def make(self, holding: Holding, columns: Columns, out: list[Any]) -> list[Any]:
        blocks = [block[self.source] for block in holding(self.source)]
        if len(blocks) == 1 and sp.issparse(blocks[0]):
            return [sp.csr_array(self._scattered([blocks[0].toarray()], columns)[0])]
        made = self._scattered(blocks, columns)
        return [_put(values, at) for values, at in zip(made, out, strict=True)]

    def _scattered(self, blocks: list[Array], columns: Columns) -> list[Array]:
        out = [np.empty_like(block) for block in blocks]
        for rows, noise in noise_blocks(deepcopy(self.generator), len(self), len(self.scale)):
            for block, made, of_table in zip(blocks, out, columns, strict=True):
                shift = noise[:, of_table] * self.scale[of_table]
                made[rows] = to_dtype(block[rows] + shift, block.dtype)
        return out


def is_fused(block: Any) -> bool:
    """Tell whether rows of a block are gathered, blended and written in one native pass."""
    is_array = isinstance(block, np.ndarray) and block.dtype in (np.float32, np.float64)
    return is_array and block.dtype.isnative and block.flags.c_contiguous


def _put(values: Any, out: Any) -> Any:
    if out is None:
        return values
    out[:] = values
    return out


def _freeze(recipe: Any) -> None:
    """Make a recipe's arrays read-only, without touching those that the caller holds."""
    for part in fields(recipe):
        value = getattr(recipe, part.name)
        if isinstance(value, np.ndarray):
            view = value.view()
            view.setflags(write=False)
            object.__setattr__(recipe, part.name, view)


def noise_blocks(
    rng: np.random.RandomState, n_rows: int, n_columns: int
) -> Iterator[tuple[slice, NDArray[np.float64]]]:
    """Yield (rows, standard normal noise) in blocks, as one draw of the whole would give."""
    for start in range(0, n_rows, _NOISE_ROWS):
        stop = min(start + _NOISE_ROWS, n_rows)
        yield slice(start, stop), rng.randn(stop - start, n_columns)


def blend_any(
    seed: Any, partner: Any, gap: NDArray[np.float64], reach: NDArray[np.float64] | None
) -> Any:
    """Blend dense or sparse rows; see `poise.core.columns.blend`."""
    if not sp.issparse(seed):
        return blend(seed, partner, gap, reach)
    # Where both are zero a blend is zero too, so only cells that either stores are blended.
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
    return np.asarray(matrix[cells]).ravel()
