"""The problem that a method is given: labels, rows as they are searched, groups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from poise.core.errors import TooFewRowsError, WholeNumbersWarning, listed, warn
from poise.core.neighbors.index import Index
from poise.core.neighbors.measure import measure_of
from poise.core.neighbors.searchers import NeighborEstimator
from poise.core.plan.plan import Plan
from poise.core.plan.recipes import Ids
from poise.core.sampling.checks import check_complete, raise_not_numeric
from poise.core.sampling.space import Space
from poise.core.tables.blocks import Block, Matrix
from poise.core.tables.labels import Labels

_NUMBERS = ("continuous", "integer", "bool")
_CALLED = {"categorical": "text or categories", "ordered": "ordered categories", "time": "times"}


@dataclass(frozen=True, eq=False)
class Problem:
    """What a method is given.

    Attributes
    ----------
    labels : Labels
    space : Space or None
        The input's values; None for a method that `needs` row numbers only.
    method_name : str
        For messages.
    groups : ndarray of shape (n_rows,), intp, or None
        Group of each row, where partners must be of the same.
    done : Plan or None
        What earlier methods do to the table; this problem is about its output.
    cache : dict
        See `cached`.
    """

    labels: Labels
    space: Space | None = None
    method_name: str = "This method"
    groups: Ids | None = None
    done: Plan | None = None
    cache: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.labels.codes)

    @property
    def known_space(self) -> Space:
        """The input's values, where the method reads them."""
        if self.space is None:
            raise TypeError(
                f"{self.method_name} reads values but states needs = 'rows'. Set needs = 'values', or "
                "'numbers' where it takes nothing else."
            )
        return self.space

    @property
    def is_sparse(self) -> bool:
        """Whether the table is a sparse matrix."""
        return bool(sp.issparse(self.known_space.raw))

    @property
    def n_categorical(self) -> int:
        """How many of the last columns of `values` are codes of categories."""
        return self.known_space.n_categorical

    @cached_property
    def _raw(self) -> Matrix:
        """Values of all rows in the table's own units: numbers, then codes; NaN where missing."""
        return self.known_space.rows_after(self.done)

    @cached_property
    def values(self) -> Matrix:
        """Values of all rows as they are searched: numbers, then codes; NaN where missing."""
        return self.known_space.moved(self._raw, self.method_name)

    @cached_property
    def index(self) -> Index:
        """All rows, to find neighbours in."""
        space, measure = self.known_space, None
        if space.mismatch is not None:
            measure = measure_of(self.values, space.n_categorical, space.mismatch)
        return Index(self.values, space.n_categorical, None, measure)

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
            The user's own neighbour object.
        as_all : bool
            Whether distances are measured as among all rows, and not as these rows suggest.
        """
        if rows is None and estimator is None:
            return self.index
        values = self.values if rows is None else self.values[rows]
        measure = self.index.measure if as_all and rows is not None else None
        return Index(values, self.known_space.n_categorical, estimator, measure)

    def cached(self, what: str, make: Callable[[], Any]) -> Any:
        """Return what a method makes once for all classes."""
        if what not in self.cache:
            self.cache[what] = make()
        return self.cache[what]

    def after(self, plan: Plan) -> Problem:
        """Return the problem that a second method has on a plan's output."""
        done = plan if self.done is None else self.done.then(plan)
        groups = None if self.groups is None else self.groups[plan.source]
        labels = self.labels.take(plan.source)
        return replace(self, labels=labels, groups=groups, done=done, cache={})

    def for_method(self, method_name: str, units: Any) -> Problem:
        """Return the problem as one step of several has it."""
        if method_name == self.method_name and (self.space is None or units is self.space.units):
            return self
        space = None if self.space is None else self.space.in_units(units)
        return replace(self, method_name=method_name, space=space, cache={})

    @cached_property
    def numbers(self) -> Matrix:
        """Values of all rows in their own units, where every column is a number and none is missing.

        Raises
        ------
        InputError
            For other columns and for missing values.
        """
        space = self.known_space
        others = sorted(
            (int(p), block.kind)
            for block in space.blocks
            if block.kind not in _NUMBERS
            for p in block.positions
        )
        if others:
            (first, kind), *more = others
            also = [space.labels[position] for position, _ in more]
            raise_not_numeric(self.method_name, space.labels[first], _CALLED[kind], also)
        check_complete(self.method_name, self._raw, space.labels_as_searched)
        return self._raw


def check_more_rows_than(problem: Problem, code: int, parameter: str, k: int, instead: str) -> None:
    """Raise unless a class has more rows than the neighbours asked for."""
    count, label = int(problem.labels.counts[code]), problem.labels.classes[code]
    if count > k:
        return
    most = f"{count - 1} or less" if count > 2 else "1"
    smaller = f"Pass {parameter}={most}, or use" if count > 1 else "Use"
    raise TooFewRowsError(
        f"{problem.method_name} needs more than {parameter}={k} rows in every class it grows; class "
        f"{label!r} has {count}. {smaller} {instead}."
    )


def warn_of_whole_numbers(space: Space) -> None:
    """Warn of columns of floats that hold whole numbers: new rows will have fractions there."""
    suspects = [
        int(position)
        for block in space.blocks
        if block.kind == "continuous"
        and not block.is_declared
        and not sp.issparse(block.cells.values)
        for position in block.positions[_are_whole(block)]
    ]
    if not suspects:
        return
    named = [space.names[position] for position in sorted(suspects)]
    are_many = len(named) > 1
    warn(
        f"Column{'s' if are_many else ''} {listed(named)} hold{'' if are_many else 's'} whole numbers "
        f"as floats, and stay{'' if are_many else 's'} continuous: new rows get fractions there. "
        f"Pass column_kinds={{{named[0]!r}: 'integer'}} to have them rounded, or 'continuous' if "
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
