"""The base of every resampler: read the table -> plan -> apply the plan.

The driver owns what all methods share: validation, containers, counts, the class loop, the one
random stream of a fit, and the output. A method adds a function from arrays to rows.

====================  ===========================================================
`OverSampler`         a subclass says how one class grows: a recipe for new rows
`UnderSampler`        a subclass says which rows of one class are kept
`Cleaner`             a subclass says which rows its rule removes
====================  ===========================================================
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import Tags, check_random_state
from sklearn.utils._param_validation import InvalidParameterError

from poise.core.errors import (
    InputError,
    ParameterError,
    VanishingClassWarning,
    warn,
)
from poise.core.plan.making import in_order_of
from poise.core.plan.plan import Plan
from poise.core.plan.recipes import Copy, Ids, Jitter, Recipe
from poise.core.sampling.allocation import Counts, classes_to_clean, rows_to_add, rows_to_keep
from poise.core.sampling.problem import Problem, warn_of_whole_numbers
from poise.core.sampling.space import read_space
from poise.core.tables.carry import carry, check_not_masked, seeds_of, times_of
from poise.core.tables.kinds import Declared
from poise.core.tables.labels import Labels, encode, encode_groups
from poise.core.tables.read import (
    Table,
    check_same_length,
    is_name,
    length,
    read_table,
    read_target,
)
from poise.core.threads import thread_limit

Mask = NDArray[np.bool_]


class Resampler(BaseEstimator, ABC):  # type: ignore[misc]  # scikit-learn has no type hints
    """Base of all resamplers; see the module for what a subclass adds.

    Attributes
    ----------
    sampling_strategy_ : dict
        By the user's label: rows added (over-sampling), or rows kept of each class that may
        shrink (under-sampling and cleaning).
    plan_ : Plan
        Which rows stay, and how each new row is made.
    sample_indices_ : ndarray of intp
        Input row of each output row; only there when all output rows are originals.
    carried_ : dict
        What was passed to `fit_resample` beside X and y, for the output rows.
    n_features_in_ : int
    feature_names_in_ : ndarray of str
        Only there when the table has column names that are all strings.
    """

    # In scikit-learn's terms; a method of one's own may go without.
    _parameter_constraints: ClassVar[dict[str, Any]] = {}

    # What a method reads: "rows" (numbers and labels of rows only), "values" (of any columns), or
    # "numbers" (complete columns of numbers only).
    needs: ClassVar[Literal["rows", "values", "numbers"]] = "values"

    # Defaults of optional parameters; a sampler declares those it supports.
    sampling_strategy: Any
    random_state: Any = None
    n_jobs: int | None = None
    categorical_features: Any = "auto"
    column_kinds: Any = None
    neighbor_space: Any = "raw"
    within_groups: bool = False

    # Metadata requests default to False: the pipeline resamples row-aligned metadata itself.
    __metadata_request__fit: ClassVar[dict[str, bool]] = {
        "sample_weight": False,
        "groups": False,
        "time": False,
    }

    def fit(
        self, X: Any, y: Any, *, sample_weight: Any = None, groups: Any = None, time: Any = None
    ) -> Self:
        """Make the plan without building the resampled table.

        Parameters
        ----------
        X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
            The table.
        y : array-like of shape (n_rows,), (n_rows, 1), or one-hot (n_rows, n_classes)
            The label of each row.
        sample_weight, groups, time : optional
            See `fit_resample`. Declare them with `set_fit_request` for routing through a pipeline.

        Returns
        -------
        self
        """
        with thread_limit(self.n_jobs):
            self._read_and_plan(X, y, sample_weight=sample_weight, groups=groups, time=time)
        return self

    def fit_resample(
        self, X: Any, y: Any, *, sample_weight: Any = None, groups: Any = None, time: Any = None
    ) -> tuple[Any, Any]:
        """Resample a table.

        Parameters
        ----------
        X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
            The table. It is never changed.
        y : array-like of shape (n_rows,), (n_rows, 1), or one-hot (n_rows, n_classes)
            The label of each row.
        sample_weight, groups : array-like of shape (n_rows,), optional
            Carried along to `carried_`: weights are blended as the rows are, groups are the
            seed's.
        time : column name, or array-like of shape (n_rows,), optional
            When each row was recorded: dates or numbers. A new row is dated at the latest of the
            rows it depends on, and the output is in the order of time.

        Returns
        -------
        X_resampled, y_resampled
            Of the same kinds, names and dtypes as X and y: kept rows in input order, then new
            rows; with `time`, in its order.

        Raises
        ------
        InputError
            For values, labels or parameters that cannot be used.
        TooFewRowsError
            When a class is too small for what was asked.
        UnsupportedTypeError
            For objects of a kind that Poise does not read.
        """
        with thread_limit(self.n_jobs):
            table = self._read_and_plan(X, y, sample_weight=sample_weight, groups=groups, time=time)
            return table.output(self.plan_), seeds_of(y, self.plan_)

    def _read_and_plan(self, X: Any, y: Any, **carried: Any) -> Table:
        self.check_parameters()
        table = read_table(X, self.declared, carried["time"])
        y_labels = encode(read_target(y))
        check_same_length("y", len(y_labels.codes), table.n_rows)
        times = None
        if is_name(carried["time"], table):
            times = table.times
            del carried["time"]
        given = {name: values for name, values in carried.items() if values is not None}
        for name, values in given.items():
            check_not_masked(name, values)
            check_same_length(name, length(values), table.n_rows)
        if "time" in given:
            times = times_of(given["time"])
        method_name, groups = type(self).__name__, self._groups_to_stay_in(given.get("groups"))
        reads = self.needs != "rows"
        space = read_space(table, method_name, self.neighbor_space) if reads else None
        problem = Problem(y_labels, space, method_name, groups)
        if self.needs == "numbers":
            problem.numbers  # noqa: B018  # refuses other columns, also where nothing is to do
        plan, amounts = self._plan(problem, random_stream(self.random_state))
        plan = plan if times is None else in_order_of(plan, times)
        self._remember(table, y_labels, plan, amounts)
        self.carried_ = {name: carry(item, plan, name) for name, item in given.items()}
        return table

    @property
    def declared(self) -> Declared:
        """What the user says of the columns' kinds."""
        return Declared(self.categorical_features, self.column_kinds)

    def _groups_to_stay_in(self, groups: Any) -> Ids | None:
        if not self.within_groups:
            return None
        if groups is None:
            raise InputError(
                "within_groups=True needs groups: pass groups= with a group for each row."
            )
        return encode_groups(read_target(groups))

    def check_parameters(self) -> None:
        """Raise ParameterError for a parameter of the wrong type or out of its range."""
        try:
            self._validate_params()
        except InvalidParameterError as error:
            raise ParameterError(str(error)) from None

    @abstractmethod
    def _plan(self, problem: Problem, rng: np.random.RandomState) -> tuple[Plan, Counts]:
        """Return the plan, and the number of rows added or kept by class."""

    def _remember(self, table: Table, y_labels: Labels, plan: Plan, amounts: Counts) -> None:
        self.plan_ = plan
        self.sampling_strategy_ = {y_labels.classes[code]: n for code, n in amounts.items()}
        self.n_features_in_ = table.n_columns
        for name in ("feature_names_in_", "sample_indices_"):
            self.__dict__.pop(name, None)
        if table.names and all(isinstance(name, str) for name in table.names):
            self.feature_names_in_ = np.array(table.names, dtype=object)
        if plan.only_originals:
            self.sample_indices_ = plan.source

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.one_d_labels = False
        tags.input_tags.sparse = True
        takes_any = self.needs != "numbers"
        tags.input_tags.string = tags.input_tags.categorical = takes_any
        tags.input_tags.allow_nan = takes_any
        return tags


class OverSampler(Resampler):
    """Base of methods that add rows to classes."""

    def _plan(self, problem: Problem, rng: np.random.RandomState) -> tuple[Plan, Counts]:
        to_add = rows_to_add(self.sampling_strategy, problem.labels)
        grown = [self._grow(problem, code, n, rng) for code, n in to_add.items() if n]
        plan = Plan.adding(problem.n_rows, [new for new in grown if new is not None])
        if any(not isinstance(recipe, Copy | Jitter) for recipe in plan.made):
            warn_of_whole_numbers(problem.known_space)
        return plan, to_add

    @abstractmethod
    def _grow(
        self, problem: Problem, code: int, n_rows: int, rng: np.random.RandomState
    ) -> Recipe | Plan | None:
        """Return how `n_rows` new rows of a class are made; None when it cannot grow.

        A recipe's rows are all put out. Where some are only steps on the way, a plan says which
        are: of the input's rows, with the new ones alone in its order.
        """


class UnderSampler(Resampler):
    """Base of methods that keep a given number of rows of a class."""

    def _plan(self, problem: Problem, rng: np.random.RandomState) -> tuple[Plan, Counts]:
        to_keep = rows_to_keep(self.sampling_strategy, problem.labels)
        return plan_of_kept(problem.labels, to_keep, self._keeper(problem, rng)), to_keep

    @abstractmethod
    def _keeper(self, problem: Problem, rng: np.random.RandomState) -> Callable[[int, int], Ids]:
        """Return the function from a class's code and a number to the rows of it that are kept."""


class Cleaner(Resampler):
    """Base of methods that remove the rows that their rule finds."""

    def _plan(self, problem: Problem, rng: np.random.RandomState) -> tuple[Plan, Counts]:
        codes = classes_to_clean(self.sampling_strategy, problem.labels)
        kept = np.flatnonzero(~self._remove(problem, codes, rng))
        counts = np.bincount(problem.labels.codes[kept], minlength=len(problem.labels.classes))
        warn_of_vanishing(problem.labels, counts)
        return Plan.taking(problem.n_rows, kept), {code: int(counts[code]) for code in codes}

    @abstractmethod
    def _remove(self, problem: Problem, codes: list[int], rng: np.random.RandomState) -> Mask:
        """Return a mask of the rows to remove; all are of the classes in `codes`."""


def plan_of_kept(y_labels: Labels, to_keep: Counts, keep: Callable[[int, int], Ids]) -> Plan:
    """Return the plan that keeps so many rows of some classes and all rows of the others.

    Parameters
    ----------
    y_labels : Labels
    to_keep : dict
        Rows to keep by code, in the order of the codes.
    keep : callable
        From a code and a number of rows to the rows kept.
    """
    kept = [
        keep(code, to_keep[code]) if code in to_keep else y_labels.members(code)
        for code in range(len(y_labels.classes))
    ]
    warn_of_vanishing(y_labels, np.array([len(rows) for rows in kept]))
    return Plan.taking(len(y_labels.codes), np.concatenate(kept))


def mask_of(rows: Ids, n_rows: int) -> Mask:
    """Return a mask that is true for these rows."""
    mask = np.zeros(n_rows, dtype=bool)
    mask[rows] = True
    return mask


def drawn_once(members: Ids, n_rows: int, rng: np.random.RandomState) -> Ids:
    """Return so many of a class's rows at random, none more than once."""
    return members[rng.permutation(len(members))[:n_rows]]


def random_stream(random_state: Any) -> np.random.RandomState:
    """Return the one stream of a fit, or raise ParameterError."""
    try:
        return check_random_state(random_state)
    except ValueError as error:
        raise ParameterError(
            f"random_state={random_state!r} is no seed: {error} Pass a whole number from 0 to "
            "2**32 - 1, a numpy.random.RandomState, or None."
        ) from None


def warn_of_vanishing(y_labels: Labels, counts: Ids) -> None:
    """Warn of each class that loses all of its rows."""
    for code in np.flatnonzero((counts == 0) & (y_labels.counts > 0)).tolist():
        warn(
            f"Class {y_labels.classes[code]!r} loses all of its {y_labels.counts[code]} rows. Leave "
            "it out of sampling_strategy to keep them.",
            VanishingClassWarning,
        )
