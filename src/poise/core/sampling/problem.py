"""Problem: the input of a method, with labels, rows in the neighbour space, and groups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from poise.core.errors import MethodError, TooFewRowsError
from poise.core.neighbors.index import Index
from poise.core.neighbors.measure import measure_of
from poise.core.plan.plan import Plan
from poise.core.plan.recipes import Ids
from poise.core.plan.values import rows_at
from poise.core.sampling.checks import check_complete, raise_not_numeric
from poise.core.sampling.space import Space
from poise.core.tables.blocks import Matrix
from poise.core.tables.labels import Labels
from poise.core.types import NeighborEstimator

_NUMBERS = ("continuous", "integer", "bool")
_NAME_OF_KIND = {
    "categorical": "text or categories",
    "ordered": "ordered categories",
    "time": "times",
}


@dataclass(frozen=True, eq=False)
class Problem:
    """The input of a method.

    Attributes
    ----------
    labels : Labels
    space : Space or None
        The values of the table; None for a method with ``needs = "rows"``.
    method_name : str
        Name of the method for messages.
    groups : ndarray of shape (n_rows,), intp, or None
        Group of each row if partners must be in the same group, otherwise None.
    classes : Labels or None
        The classes, if `labels` are cells of class and group; otherwise None.
    done : Plan or None
        The plan of earlier methods; this problem is about its output. None for the input table.
    own_class_only : bool
        Whether the method states that it looks at rows of the growing class only.
    cache : dict
        Results that `cached` stores.
    found : dict
        What the method finds beside its plan, by name: its fitted attributes.

    Examples
    --------
    >>> import numpy as np
    >>> from poise.base import Cleaner
    >>> class DropNextToEnemy(Cleaner):
    ...     '''Remove rows whose nearest row is of another class.'''
    ...     def remove(self, problem, codes, rng):
    ...         nearest, _ = problem.index.nearest_others(np.arange(problem.n_rows), 1)
    ...         own = problem.labels.codes
    ...         return np.isin(own, codes) & (own[nearest[:, 0]] != own)
    >>> DropNextToEnemy().fit_resample([[1.0], [2.0], [8.0], [9.0]], [0, 0, 0, 1])
    ([[1.0], [2.0], [9.0]], [0, 0, 1])
    """

    labels: Labels
    space: Space | None = None
    method_name: str = "This method"
    groups: Ids | None = None
    classes: Labels | None = None
    done: Plan | None = None
    own_class_only: bool = False
    cache: dict[str, Any] = field(default_factory=dict, repr=False)
    found: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.labels.codes)

    @property
    def known_space(self) -> Space:
        """The space; TypeError for a method that declares that it reads no values."""
        if self.space is None:
            raise MethodError(
                f"{self.method_name} reads values but declares needs = 'rows'. Set needs = 'values', or "
                "needs = 'numbers' if it can use only complete columns of numbers."
            )
        return self.space

    @property
    def class_labels(self) -> Labels:
        """The labels of the classes, also where `labels` are cells of class and group."""
        return self.labels if self.classes is None else self.classes

    def is_enemy(self, code: int) -> NDArray[np.bool_]:
        """Return a mask of the rows of other classes than that of `code`, whatever their group."""
        codes = self.class_labels.codes
        own = code if self.classes is None else codes[self.labels.members(code)[0]]
        return codes != own

    @property
    def is_sparse(self) -> bool:
        """Whether the table is a sparse matrix."""
        return bool(sp.issparse(self.known_space.raw))

    @property
    def n_categorical(self) -> int:
        """Number of columns of category codes in `values`, which come last."""
        return self.known_space.n_categorical

    @cached_property
    def _raw(self) -> Matrix:
        """Values of all rows in the units of the table: numbers, then category codes."""
        return self.known_space.rows_after(self.done)

    @cached_property
    def values(self) -> Matrix:
        """Values of all rows in the neighbour space: numbers, then category codes; NaN if missing."""
        return self.known_space.moved(self._raw, self.method_name)

    @cached_property
    def index(self) -> Index:
        """Index of all rows, to search neighbours in."""
        if self.own_class_only:
            raise MethodError(
                f"{self.method_name} states looks_at = 'own class' but searches among all rows. Set "
                "looks_at = 'all rows', or search with in_class(problem, code, k)."
            )
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
        """Return an index of some rows, to search neighbours in.

        Parameters
        ----------
        rows : ndarray of intp, or None
            The rows; None for all.
        estimator : NeighborEstimator, optional
            The user's neighbour object; by default exact search.
        as_all : bool
            Whether to use the distance measure of all rows instead of that of these rows.
        """
        if rows is None and (estimator is None or self.own_class_only):
            return self.index
        values = self.values if rows is None else rows_at(self.values, rows)
        measure = self.index.measure if as_all and rows is not None else None
        return Index(values, self.known_space.n_categorical, estimator, measure)

    def cached(self, what: str, make: Callable[[], Any]) -> Any:
        """Return the result of `make`, which is computed once for all classes under this name."""
        if what not in self.cache:
            self.cache[what] = make()
        return self.cache[what]

    def after(self, plan: Plan) -> Problem:
        """Return the problem of a second method, which runs on the output of a plan."""
        done = plan if self.done is None else self.done.then(plan)
        groups = None if self.groups is None else self.groups[plan.source]
        labels = self.labels.take(plan.source)
        classes = None if self.classes is None else self.classes.take(plan.source)
        return replace(self, labels=labels, groups=groups, classes=classes, done=done, cache={})

    def for_method(self, method_name: str, units: Any) -> Problem:
        """Return the problem for one step of a chain of methods, with its neighbour space."""
        space = self.space
        if space is not None and units is not space.units:
            space = space.in_units(units)
        if space is self.space and method_name == self.method_name:
            return self
        return replace(self, method_name=method_name, space=space, cache={}, found={})

    @property
    def moderate_numbers(self) -> Matrix:
        """The numbers, for estimators that square them.

        They are multiplied by a power of two if squared differences would overflow or vanish.
        """
        return self.known_space.moderate(self.numbers, self.method_name)

    @cached_property
    def numbers(self) -> Matrix:
        """Values of all rows in the units of the table: complete columns of numbers only.

        Raises
        ------
        InputError
            If a column does not hold numbers, or a value is missing.
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
            raise_not_numeric(self.method_name, space.labels[first], _NAME_OF_KIND[kind], also)
        check_complete(self.method_name, self._raw, space.labels_as_searched)
        return self._raw


def check_more_rows_than(problem: Problem, code: int, parameter: str, k: int, instead: str) -> None:
    """Raise TooFewRowsError unless a class has more than k rows."""
    count, label = int(problem.labels.counts[code]), problem.labels.classes[code]
    if count > k:
        return
    most = f"{count - 1} or less" if count > 2 else "1"
    smaller = f"Pass {parameter}={most}, or use" if count > 1 else "Use"
    raise TooFewRowsError(
        f"{problem.method_name} needs more than {parameter}={k} rows in every class it grows; class "
        f"{label!r} has {count}. {smaller} {instead}; or pass on_few_rows={'fewer-neighbors' if count > 1 else 'copy'!r}."
    )
