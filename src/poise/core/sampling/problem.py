"""The problem that a method is given: labels, and the rows as they are searched."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn import config_context
from sklearn.base import clone
from sklearn.preprocessing import RobustScaler, StandardScaler

from poise.core.errors import InputError, WholeNumbersWarning, listed, warn
from poise.core.neighbors.index import Index
from poise.core.neighbors.measure import Measure, measure_of
from poise.core.neighbors.moments import moments_of, scale_of
from poise.core.neighbors.searchers import NeighborEstimator
from poise.core.plan.making import assembly_of
from poise.core.plan.plan import Plan
from poise.core.plan.recipes import Ids
from poise.core.plan.values import stacked
from poise.core.sampling.checks import refuse_gaps, refuse_infinite, refuse_no_number
from poise.core.tables.blocks import Block, Matrix, searched
from poise.core.tables.columns import column_label
from poise.core.tables.labels import Labels
from poise.core.tables.made import searched_made
from poise.core.tables.read import Table

SPACES = ("raw", "standard", "robust")


class Whole(NamedTuple):
    """What is known of all rows, where only some are at hand.

    Attributes
    ----------
    scale : ndarray of shape (n_numbers,), float64, or None
        What numbers are divided by in the space "standard".
    mismatch : float or None
        What categories that differ cost, where a method searches among all rows.
    """

    scale: NDArray[np.float64] | None = None
    mismatch: float | None = None


class UnitDeviations:
    """The space "standard" of dense rows: each column divided by its deviation, which is exact.

    Parameters
    ----------
    scale : ndarray of shape (n_numbers,), float64, optional
        By default that of the rows that it is fitted on.
    """

    def __init__(self, scale: NDArray[np.float64] | None = None) -> None:
        self._scale = scale

    def fit(self, numbers: Matrix) -> UnitDeviations:
        """Return the space of these rows."""
        return UnitDeviations(scale_of(moments_of(numbers)))

    def transform(self, numbers: Matrix) -> Matrix:
        """Return rows in the space."""
        with np.errstate(over="ignore"):
            return numbers.astype(np.float64) / self._scale


@dataclass(frozen=True, eq=False)
class Problem:
    """What a method is given.

    Attributes
    ----------
    labels : Labels
    table : Table
        Its values are read once, and only by methods that need them.
    asker : str
        Name of the method, for messages.
    space : str or transformer
        Where neighbours are searched: "raw", "standard", "robust", or a transformer of the
        numbers.
    groups : ndarray of shape (n_rows,), intp, or None
        Group of each row, where partners must be of the same.
    done : Plan or None
        What earlier methods do to the table; this problem is about its output.
    whole : Whole or None
        What is known of all rows, where the table is a part of them.
    """

    labels: Labels
    table: Table
    asker: str = "This method"
    space: Any = "raw"
    groups: Ids | None = None
    done: Plan | None = None
    whole: Whole | None = None
    _start: Problem | None = field(default=None, repr=False)
    _memory: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def n_rows(self) -> int:
        return len(self.labels.codes)

    @cached_property
    def _read(self) -> tuple[Matrix, int]:
        """Return the input's rows as they are searched, and how many columns are categories."""
        values, n_categorical = searched(self.table.blocks)
        labels = labels_as_searched(self.table)
        refuse_infinite(self.asker, values, labels)
        if sp.issparse(values):
            refuse_gaps(self.asker, values, labels)
        return values, n_categorical

    @property
    def is_sparse(self) -> bool:
        """Whether the table is a sparse matrix."""
        return bool(sp.issparse(self.table.blocks[0].cells.values))

    @property
    def n_categorical(self) -> int:
        """How many of the last columns of `values` are codes of categories."""
        return (self._start or self)._read[1]

    @cached_property
    def _transformer(self) -> Any:
        if _is_raw(self.space):
            return None
        if self.whole is not None and self.whole.scale is not None:
            return UnitDeviations(self.whole.scale)
        return _fitted(self.space, *self._read)

    def _in_space(self, values: Matrix) -> Matrix:
        start = self._start or self
        if start._transformer is None:
            return values
        n_numbers = values.shape[1] - self.n_categorical
        moved = _transformed(start._transformer, values[:, :n_numbers], self.space)
        columns = [f"column {j} of neighbor_space" for j in range(moved.shape[1])]
        refuse_infinite(self.asker, moved, columns)
        if not self.n_categorical:
            return moved
        dense = moved.toarray() if sp.issparse(moved) else moved
        return np.column_stack([dense, values[:, n_numbers:]])

    @cached_property
    def _raw(self) -> Matrix:
        """Values of all rows in the table's own units: numbers, then codes; NaN where missing."""
        start = self._start or self
        if self.done is None:
            return start._read[0]
        # Made rows are searched as they will be put out: after the cast to the column's dtype.
        taken, made, order = assembly_of(self.done)
        rows = [start._read[0][taken], searched_made(self.table.blocks, self.done)[made]]
        whole = stacked(rows)
        return whole if order is None else whole[order]

    @cached_property
    def values(self) -> Matrix:
        """Values of all rows as they are searched: numbers, then codes; NaN where missing."""
        return self._in_space(self._raw)

    @cached_property
    def index(self) -> Index:
        """All rows, to find neighbours in."""
        return Index(self.values, self.n_categorical, None, self._measure)

    @property
    def _measure(self) -> Measure | None:
        if self.whole is None or self.whole.mismatch is None:
            return None
        return measure_of(self.values, self.n_categorical, self.whole.mismatch)

    def index_of(
        self,
        rows: Ids | None,
        estimator: NeighborEstimator | None = None,
        *,
        as_all: bool = False,
    ) -> Index:
        """Return some rows (None for all) to find neighbours in.

        Parameters
        ----------
        rows : ndarray of intp, or None
        estimator : NeighborEstimator, optional
            The user's own way.
        as_all : bool
            Whether distances are measured as among all rows, and not as these rows suggest.
        """
        if rows is None and estimator is None:
            return self.index
        values = self.values if rows is None else self.values[rows]
        measure = self.index.measure if as_all and rows is not None else None
        return Index(values, self.n_categorical, estimator, measure)

    def remembered(self, what: str, make: Callable[[], Any]) -> Any:
        """Return what a method makes once for all classes."""
        if what not in self._memory:
            self._memory[what] = make()
        return self._memory[what]

    def after(self, plan: Plan) -> Problem:
        """Return the problem that a second method meets on a plan's output."""
        done = plan if self.done is None else self.done.then(plan)
        groups = None if self.groups is None else self.groups[plan.source]
        return replace(
            self,
            labels=self.labels.take(plan.source),
            groups=groups,
            done=done,
            _start=self._start or self,
            _memory={},
        )

    def for_method(self, asker: str, space: Any) -> Problem:
        """Return the problem as one step of several meets it."""
        if asker == self.asker and space is self.space:
            return self
        start = self._start
        if start is not None and space is not self.space:
            start = replace(start, space=space)
        return replace(self, asker=asker, space=space, _start=start, _memory={})

    @cached_property
    def numbers(self) -> Matrix:
        """Values of all rows in their own units, where every column is a number and none is missing.

        Raises
        ------
        InputError
            For other columns and for gaps.
        """
        blocks = [b for b in self.table.blocks if b.kind not in ("continuous", "integer", "bool")]
        others = [(int(p), b.kind) for b in blocks for p in b.positions]
        if others:
            (first, kind), *more = sorted(others)
            also = [column_label(position, self.table.names) for position, _ in more]
            refuse_no_number(self.asker, column_label(first, self.table.names), _TOLD[kind], also)
        refuse_gaps(self.asker, self._raw, labels_as_searched(self.table))
        return self._raw


_TOLD = {"categorical": "text or categories", "ordered": "ordered categories", "time": "times"}


def labels_as_searched(table: Table) -> list[str]:
    """Return what to call the columns of a table, in the order in which they are searched."""
    is_code = {int(p): b.kind == "categorical" for b in table.blocks for p in b.positions}
    order = sorted(is_code, key=lambda position: (is_code[position], position))
    return [column_label(position, table.names) for position in order]


def _is_raw(space: Any) -> bool:
    if isinstance(space, str) and space not in SPACES:
        raise InputError(
            f"neighbor_space={space!r} is not known; it can be {listed(SPACES)} or a transformer "
            "of scikit-learn."
        )
    return isinstance(space, str) and space == "raw"


def _fitted(space: Any, values: Matrix, n_categorical: int) -> Any:
    """Return a transformer fitted on the numbers of all rows."""
    # Where the rows are centred changes no distance, and would fill a sparse matrix.
    numbers = values[:, : values.shape[1] - n_categorical]
    own = {
        "standard": StandardScaler(with_mean=False) if sp.issparse(values) else UnitDeviations(),
        "robust": RobustScaler(with_centering=False),
    }
    if not numbers.shape[1]:
        return None
    if not isinstance(space, str) and (isinstance(space, type) or not hasattr(space, "get_params")):
        raise InputError(
            f"neighbor_space={space!r} must be an instance of a scikit-learn transformer."
        )
    transformer = own[space] if isinstance(space, str) else clone(space)
    with _told_in_our_words(space):
        # Some transformers write into what they are given.
        return transformer.fit(numbers.copy())


def _transformed(transformer: Any, numbers: Matrix, space: Any) -> Matrix:
    with _told_in_our_words(space), config_context(transform_output="default"):
        moved = transformer.transform(numbers.copy())
    is_table = sp.issparse(moved) or (isinstance(moved, np.ndarray) and moved.ndim == 2)
    if not is_table or moved.shape[0] != numbers.shape[0] or moved.dtype.kind not in "fiub":
        raise InputError(
            f"neighbor_space={space!r} must return numbers, with a row for each row that it is given."
        )
    moved = sp.csr_array(moved) if sp.issparse(moved) else moved
    return moved.astype(np.float64, copy=False)


@contextmanager
def _told_in_our_words(space: Any) -> Iterator[None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # of columns that are all missing
            yield
    except (ValueError, TypeError, AttributeError) as error:
        raise InputError(
            f"neighbor_space={space!r} cannot be fitted on the numbers of X: {error}"
        ) from error


def warn_of_whole_numbers(table: Table) -> None:
    """Warn of columns of floats that hold whole numbers: new rows will have fractions there."""
    suspects = [
        int(position)
        for block in table.blocks
        if block.kind == "continuous"
        and not block.is_declared
        and not sp.issparse(block.cells.values)
        for position in block.positions[_are_whole(block)]
    ]
    if not suspects:
        return
    names: Sequence[Any] = table.names if table.names is not None else range(table.n_columns)
    told = [names[position] for position in sorted(suspects)]
    are_many = len(told) > 1
    warn(
        f"Column{'s' if are_many else ''} {listed(told)} hold{'' if are_many else 's'} whole numbers "
        f"as floats, and stay{'' if are_many else 's'} continuous: new rows get fractions there. "
        f"Pass column_kinds={{{told[0]!r}: 'integer'}} to have them rounded, or 'continuous' if "
        "fractions are right.",
        WholeNumbersWarning,
    )


def _are_whole(block: Block) -> Any:
    values = block.cells.values
    few = values[:64]
    candidates = np.flatnonzero(((few == np.rint(few)) | np.isnan(few)).all(axis=0))
    whole = np.zeros(values.shape[1], dtype=bool)
    for j in candidates.tolist():
        known = values[~np.isnan(values[:, j]), j]
        whole[j] = len(known) > 0 and known.min() < known.max() and _all_whole(known)
    return whole


def _all_whole(values: NDArray[np.floating]) -> bool:
    # Floats from 2**53 on are all whole, which says nothing of what they count.
    return bool((values == np.rint(values)).all() and (np.abs(values) < 2.0**53).any())
