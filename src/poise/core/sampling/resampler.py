"""Base classes of samplers: read the table, make a plan, apply the plan.

The base classes do what all methods share: validation, containers, counts, the loop over classes,
the random state and the output. A subclass adds one function of arrays.

====================  =================================================
`OverSampler`         a subclass returns a recipe for new rows of a class
`UnderSampler`        a subclass returns the rows of a class to keep
`Cleaner`             a subclass returns a mask of rows to remove
====================  =================================================
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar, Literal, Self, TypeAlias, overload

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, OneToOneFeatureMixin
from sklearn.utils import Tags
from sklearn.utils.metadata_routing import MetadataRequest

from poise.core.errors import (
    DoesNotFitError,
    InputError,
    MethodError,
    NothingToDoWarning,
    PoiseError,
    VanishingClassWarning,
    listed,
    warn,
)
from poise.core.memory import memory_of_machine
from poise.core.neighbors.parameter import count_of
from poise.core.plan.constraints import Constraint, Rules
from poise.core.plan.making import as_copies, in_order_of, shuffled
from poise.core.plan.plan import Plan
from poise.core.plan.recipes import Copy, Ids, Jitter, Recipe, Segment
from poise.core.plan.values import Array
from poise.core.sampling.allocation import Counts, classes_to_clean, rows_to_add, rows_to_keep
from poise.core.sampling.checks import (
    LEAST_BYTES,
    MissingMethod,
    check_private_methods,
    raise_does_not_fit,
    raise_wrong_plan,
)
from poise.core.sampling.draws import (
    Copies,
    SeedNeighborPairs,
    checked_pairs,
    draw,
    segment_of,
)
from poise.core.sampling.few_rows import is_copied, warn_of_few_rows
from poise.core.sampling.parameters import (
    BALANCE,
    BOOLEAN,
    CARRIED,
    CONSTRAINTS,
    KINDS,
    N_JOBS,
    RANDOM_STATE,
    SPACE,
    check_parameters,
    fitted,
    parameter,
    sampler,
)
from poise.core.sampling.problem import Problem
from poise.core.sampling.returned import (
    checked_growth,
    checked_keeper,
    checked_kept,
    checked_removal,
)
from poise.core.sampling.rules import Rule
from poise.core.sampling.seeds import random_stream
from poise.core.sampling.space import read_space
from poise.core.sampling.whole_numbers import warn_of_whole_numbers
from poise.core.saved import PickledWithVersion
from poise.core.tables.aligned import (
    align_all,
    check_not_masked,
    resampled,
    times_of,
)
from poise.core.tables.constraints import (
    check_constraints,
    one_hot_copied_in,
    one_hot_in,
    read_rules,
    warn_of_one_hot,
)
from poise.core.tables.convert import have_one_index
from poise.core.tables.declared import Declared
from poise.core.tables.labels import Labels, encode_cells, encode_groups
from poise.core.tables.read import (
    check_not_swapped,
    check_same_length,
    is_name,
    length,
    read_labels,
    read_table,
    read_target,
    text_names,
)
from poise.core.tables.rows import (
    AnyRows,
    check_rows_of,
    is_list_of_texts,
    n_dimensions,
    raise_not_columns,
    read_embedding,
    read_rows,
)
from poise.core.tables.suspicious import warn_of_numbers_as_text
from poise.core.tables.table import Table
from poise.core.threads import thread_limit
from poise.core.types import (
    Balance,
    CarriedColumns,
    CategoricalFeatures,
    CleaningStrategy,
    Column,
    ColumnKinds,
    Constraints,
    FewRows,
    FrameT,
    LabelsT,
    NumberT,
    OverStrategy,
    RowsOf,
    Seed,
    SpaceName,
    Transformer,
    UnderStrategy,
)

Mask = NDArray[np.bool_]
Needs: TypeAlias = Literal["rows", "values", "numbers"]
LooksAt: TypeAlias = Literal["own class", "all rows", "neighbours of neighbours"]
_NONE: Any = None
_AUTO: Any = "auto"
_RAW: Any = "raw"
_RAISE: Any = "raise"
_CLASS: Any = "class"

# Private methods of imbalanced-learn that its subclasses override, and what has their place here.
_HOOKS_OF_OTHERS = {
    "_fit_resample": "make_plan (or subclass poise.base.BaseSampler, which calls _fit_resample on arrays)",
    "_make_samples": "gaps or grow",
    "_generate_samples": "gaps or grow",
    "_generate_sample": "keeper",
    "_in_danger_noise": "pairs",
    "_find_cluster_sparsity": "pairs",
    "_selection_dist_based": "keeper",
    "_validate_estimator": "check_parameters",
    "_validate_column_types": "the parameter column_kinds",
    "_check_X_y": "fit_resample",
}


@sampler
class Resampler(PickledWithVersion, OneToOneFeatureMixin, BaseEstimator, ABC):  # type: ignore[misc]  # scikit-learn has no type hints
    """Base of all samplers.

    Attributes
    ----------
    sampling_strategy_ : dict
        Number of rows by label: added (over-sampling), or kept (under-sampling and cleaning).
    plan_ : Plan
        Which rows are kept, and how each new row is made.
    sample_indices_ : ndarray of intp
        Input row of each output row; only set if no new values are made.
    aligned_ : dict of str to array-like
        The arrays passed beside X and y (such as `sample_weight`), with one entry per output row.
    n_features_in_ : int
    feature_names_in_ : ndarray of str
        Only set if all column names of the table are strings.

    Examples
    --------
    >>> import numpy as np
    >>> from poise.base import Plan, Resampler
    >>> class EverySecond(Resampler):
    ...     '''Keep every second row.'''
    ...     needs = "rows"
    ...     def make_plan(self, problem, rng):
    ...         kept = np.arange(0, problem.n_rows, 2)
    ...         counts = np.bincount(problem.labels.codes[kept]).tolist()
    ...         return Plan.taking(problem.n_rows, kept), dict(enumerate(counts))
    >>> EverySecond().fit_resample([[1], [2], [3], [4]], ["a", "a", "b", "b"])
    ([[1], [3]], ['a', 'b'])
    """

    # What the method reads: "rows" (only row numbers and labels), "values" (columns of any kind), or
    # "numbers" (only columns of numbers without missing values; other tables raise InputError).
    needs: ClassVar[Needs] = "values"
    # Why a row that it removes is removed, for audits.
    why_removed: ClassVar[str] = "left out by the method"

    sampling_strategy: Any = parameter(default="auto")
    carry_columns: CarriedColumns | None = parameter(default=None, allowed=CARRIED)

    plan_: Plan = fitted()
    sampling_strategy_: dict[Any, int] = fitted()
    sample_indices_: Ids = fitted()
    aligned_: dict[str, Any] = fitted()
    n_features_in_: int = fitted()
    feature_names_in_: NDArray[Any] = fitted()

    transform: ClassVar[Any] = MissingMethod()
    fit_transform: ClassVar[Any] = MissingMethod()
    fit_sample: ClassVar[Any] = MissingMethod()  # as fit_resample was called long ago

    # Fitted attributes that hold rows of the table, which no pickle of a pipeline should.
    holds_rows: ClassVar[frozenset[str]] = frozenset()

    @property
    def balances_groups(self) -> bool:
        """Whether the sampler can balance cells of class and group: it never treats another group as an enemy."""
        return self.needs == "rows"

    # Defaults of parameters that a sampler may declare; without annotations, so not parameters here.
    balance = _CLASS
    random_state = _NONE
    shuffle = False
    n_jobs = _NONE
    categorical_features = _AUTO
    column_kinds = _NONE
    constraints = _NONE
    neighbor_space = _RAW
    within_groups = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        check_private_methods(cls, _HOOKS_OF_OTHERS)

    # Metadata requests default to False: the pipeline resamples row-aligned metadata itself.
    __metadata_request__fit: ClassVar[dict[str, bool]] = {
        "sample_weight": False,
        "groups": False,
        "time": False,
        "embedding": False,
        "rows": False,
    }

    def fit(
        self,
        X: Any,
        y: Any,
        *,
        sample_weight: Column | None = None,
        groups: Column | None = None,
        time: Any = None,
        embedding: Any = None,
        rows: RowsOf | None = None,
    ) -> Self:
        """Make the plan without building the resampled table.

        Parameters
        ----------
        X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
            The table.
        y : array-like of shape (n_rows,), (n_rows, 1), or one-hot (n_rows, n_classes)
            The label of each row.
        sample_weight, groups, time, embedding, rows : optional
            See `fit_resample`. Request them with `set_fit_request` for routing through a pipeline.

        Returns
        -------
        self
        """
        self.check_parameters()
        have_one_index(X, y)  # raises for the same index in different orders
        with thread_limit(self.n_jobs):
            self._read_and_plan(
                X,
                y,
                rows,
                sample_weight=sample_weight,
                groups=groups,
                time=time,
                embedding=embedding,
            )
        return self

    @overload
    def fit_resample(
        self,
        X: FrameT,
        y: LabelsT,
        *,
        sample_weight: Column | None = None,
        groups: Column | None = None,
        time: Any = None,
        embedding: Any = None,
        rows: RowsOf | None = None,
    ) -> tuple[FrameT, LabelsT]: ...
    @overload
    def fit_resample(
        self,
        X: NDArray[NumberT],
        y: LabelsT,
        *,
        sample_weight: Column | None = None,
        groups: Column | None = None,
        time: Any = None,
        embedding: Any = None,
        rows: RowsOf | None = None,
    ) -> tuple[NDArray[NumberT], LabelsT]: ...
    # An array of objects that are numbers becomes one of floats, and some sparse formats become CSR.
    @overload
    def fit_resample(
        self,
        X: Any,
        y: LabelsT,
        *,
        sample_weight: Column | None = None,
        groups: Column | None = None,
        time: Any = None,
        embedding: Any = None,
        rows: RowsOf | None = None,
    ) -> tuple[Any, LabelsT]: ...
    def fit_resample(
        self,
        X: Any,
        y: Any,
        *,
        sample_weight: Column | None = None,
        groups: Column | None = None,
        time: Any = None,
        embedding: Any = None,
        rows: RowsOf | None = None,
    ) -> tuple[Any, Any]:
        """Resample a table.

        Parameters
        ----------
        X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
            The table. It is never changed.
        y : array-like of shape (n_rows,), (n_rows, 1), or one-hot (n_rows, n_classes)
            The label of each row.
        sample_weight, groups : array-like of shape (n_rows,), optional
            Resampled like the rows, into `aligned_`. Weights are blended; a new row has the group of
            its seed row (the row that it starts from).
        time : column name, or array-like of shape (n_rows,), optional
            When each row was recorded, as dates or numbers. A new row has the latest time of the
            rows that it depends on, and the output is sorted by time.
        embedding : array-like, sparse matrix or frame of shape (n_rows, d), optional
            Numbers that describe the rows, such as the last layer but one of a network. Neighbours are
            searched in it, and X may then be anything with one entry per row: images, sequences, texts.
            Resampled like the rows, into `aligned_`.
        rows : {"copy", "blend"}, optional
            With `embedding`: whether a new row copies the row of X that is nearest in the embedding, of the two
            that it lies between, or blends them. By default "blend" for frames, sparse matrices and arrays of
            two dimensions, and "copy" for lists and everything else.

        Returns
        -------
        X_resampled, y_resampled
            In the same container, with the same names and dtypes as X and y: kept rows in input
            order, then new rows; sorted by time if `time` is given, in random order with ``shuffle=True``. The index of a pandas object
            survives if X and y have the same one; otherwise rows are numbered 0, 1, 2, ...

        Raises
        ------
        InputError
            If values, labels or parameters cannot be used.
        TooFewRowsError
            If a class has too few rows for the requested neighbours or counts.
        UnsupportedTypeError
            If X or y is an object of an unsupported type.
        """
        self.check_parameters()
        with thread_limit(self.n_jobs):
            table, plan = self._read_and_plan(
                X,
                y,
                rows,
                sample_weight=sample_weight,
                groups=groups,
                time=time,
                embedding=embedding,
            )
            try:
                return resampled(table, X, y, plan)
            except MemoryError as error:
                raise DoesNotFitError(
                    f"The {len(plan)} rows that {type(self).__name__} returns do not fit into memory ({error}). Ask for "
                    f"fewer in sampling_strategy={self.sampling_strategy!r:.200}, or write them to files with poise.big."
                ) from error

    def _fit_resample(self, X: Any, y: Any) -> tuple[Any, Any]:
        # Packages that are built on imbalanced-learn call this method of their parts.
        return self.fit_resample(X, y)

    def _read_and_plan(
        self, X: Any, y: Any, rows: RowsOf | None = None, **aligned: Any
    ) -> tuple[Table, Plan]:
        # Another thread may fit this object on another table: what is fitted is set last and not read.
        given = {name: values for name, values in aligned.items() if values is not None}
        self._check_beside(given, rows)
        table = self._read(X, y, given)
        y_labels = read_labels(y)
        check_same_length("y", len(y_labels.codes), table.n_rows)
        times = _times_beside(given, table)
        rules = read_rules(self.rules_of_new_rows, table, X)
        problem = self._problem(table, y_labels, rules, given)
        if problem.space is not None and problem.space.n_categorical and "embedding" not in given:
            warn_of_numbers_as_text(X, self.declared)
        rng = random_stream(self.random_state)
        plan, amounts = checked_plan(self.make_plan(problem, rng), problem)
        if "embedding" in given:
            is_list = isinstance(X, list | tuple) or isinstance(table, AnyRows)
            makes_copies = rows == "copy" or (rows is None and is_list)
            plan = as_copies(plan) if makes_copies else plan.without_noise()
        self._warn_of_columns(plan, table, X, rules)
        plan = plan if rules is None else plan.keeping(rules)
        plan = shuffled(plan, rng) if self.shuffle else plan
        plan = plan if times is None else in_order_of(plan, times)
        aligned = align_all(given, X, y, plan) if given else {}
        self._set_fitted(table.n_columns, text_names(table), problem, plan, amounts, aligned)
        return table, plan

    def _check_beside(self, given: dict[str, Any], rows: RowsOf | None) -> None:
        """Check what was passed beside X and y as far as possible without X."""
        if self.shuffle and "time" in given:
            raise InputError(
                "shuffle=True puts the output rows into random order, and time= sorts them by time. Leave one of them out."
            )
        for name, values in given.items():
            check_not_masked(name, values)
        check_rows_of(rows, given.get("embedding"), self.declared)

    def _read(self, X: Any, y: Any, given: dict[str, Any]) -> Table:
        time, n_axes = given.get("time"), n_dimensions(X)
        try:
            if "embedding" in given or (self.needs == "rows" and n_axes > 2):
                return read_rows(X, self.declared, time, self.constraints)
            if n_axes > 2 or is_list_of_texts(X):
                raise_not_columns(X)
            return read_table(X, self.declared, time)
        except PoiseError:
            check_not_swapped(X, y)
            raise

    def _problem(
        self, table: Table, labels: Labels, rules: Rules | None, given: dict[str, Any]
    ) -> Problem:
        searched, own_rules = table, rules
        if "embedding" in given:  # the rules are about the columns of X
            searched, own_rules = read_embedding(given["embedding"], table.n_rows), None
        space = None
        if self.needs != "rows":
            space = read_space(searched, type(self).__name__, self.neighbor_space)
            space = replace(space, rules=own_rules)
        groups = self._groups_to_stay_in(given.get("groups"))
        classes = None
        if self.balance == "class-group":
            classes, labels = labels, self._cells(labels, given.get("groups"))
        problem = Problem(labels, space, type(self).__name__, groups, classes)
        if self.needs == "numbers":
            problem.numbers  # noqa: B018  # raises for other columns, even if no class grows
        return problem

    def _warn_of_columns(self, plan: Plan, table: Table, X: Any, rules: Rules | None) -> None:
        """Warn about columns whose new values may be none that such a column has."""
        made = {type(recipe) for recipe in plan.made}
        if made <= {Copy} or isinstance(table, AnyRows):
            return
        one_hot = one_hot_in(table.blocks, rules)
        warn_of_one_hot(one_hot, table.names)
        copied = one_hot_copied_in(table.blocks, X, rules, votes=plan.has_voters)
        warn_of_one_hot(copied, table.names, are_copied=True)
        if makes_rows(self) and not made <= {Copy, Jitter}:
            warn_of_whole_numbers(table.blocks, table.names, rules, one_hot)

    @property
    def declared(self) -> Declared:
        """What the user declared: the kinds of columns, and those that are carried."""
        return Declared(self.categorical_features, self.column_kinds, self.carry_columns)

    @property
    def rules_of_new_rows(self) -> tuple[Constraint, ...]:
        """The constraints that the user passed."""
        return check_constraints(self.constraints)

    def _groups_to_stay_in(self, groups: Any) -> Ids | None:
        if not self.within_groups:
            return None
        if groups is None:
            raise InputError(
                "within_groups=True needs groups: pass groups= with a group for each row (in a command, --groups COLUMN). In GridSearchCV and "
                "cross_validate, groups reach the sampler with sklearn.set_config(enable_metadata_routing=True)."
            )
        return encode_groups(read_target(groups))

    def _cells(self, labels: Labels, groups: Any) -> Labels:
        """Return the cells of class and group of each row."""
        if not self.balances_groups:
            raise InputError(
                f"{type(self).__name__} cannot balance cells of class and group (balance='class-group'), because it "
                "would treat other groups of a class as other classes. Use RandomOverSampler, RandomUnderSampler, SMOTE, SMOTENC "
                "or SMOTEN; docs/methods.md lists all that can."
            )
        if groups is None:
            raise InputError(
                "balance='class-group' needs groups: pass groups= with a group for each row (in a command, --groups COLUMN)."
            )
        return encode_cells(labels, read_target(groups))

    def check_parameters(self) -> None:
        """Raise ParameterError if a parameter has the wrong type or is out of range."""
        check_parameters(self)

    @abstractmethod
    def make_plan(self, problem: Problem, rng: np.random.RandomState) -> tuple[Plan, Counts]:
        """Return the plan, and the number of rows added or kept by class code."""

    def extra_attributes(self, problem: Problem, amounts: Counts) -> dict[str, Any]:  # noqa: ARG002  # for subclasses
        """Return the fitted attributes beside the plan, by name.

        By default those that the method wrote into `problem.found`.

        Parameters
        ----------
        problem : Problem
            After `make_plan`.
        amounts : dict
            Number of rows added or kept by class code.
        """
        return problem.found

    def _set_fitted(
        self,
        n_columns: int,
        names: Any,
        problem: Problem,
        plan: Plan,
        amounts: Counts,
        aligned: dict[str, Any],
    ) -> None:
        found, classes = self.extra_attributes(problem, amounts), problem.labels.classes
        if not isinstance(found, dict):
            raise MethodError(
                f"{problem.method_name}.extra_attributes returned a {type(found).__name__}. Return a dictionary from "
                "name to value."
            )
        fitted = {
            "plan_": plan,
            "sampling_strategy_": {classes[code]: n for code, n in amounts.items()},
            "aligned_": aligned,
            "n_features_in_": n_columns,
            **found,
        }
        if names is not None:
            fitted["feature_names_in_"] = names
        if plan.only_originals:
            source = plan.source
            # A copy: users may shuffle it, and the plan must not change.
            fitted["sample_indices_"] = source.copy() if source is plan.order else source
        of_earlier = self.__dict__.get("_fitted_names", ())  # an earlier fit may have found more
        self.__dict__.update(fitted, _fitted_names=tuple(fitted))
        for name in set(of_earlier) - set(fitted):
            self.__dict__.pop(name, None)

    def get_metadata_routing(self) -> MetadataRequest:
        """Return the metadata requests, as scikit-learn defines them.

        A sampler with ``within_groups=True`` or ``balance="class-group"`` requests `groups`.

        Returns
        -------
        MetadataRequest
        """
        requests = super().get_metadata_routing()
        uses_groups = self.within_groups or self.balance == "class-group"
        if uses_groups and not requests.fit.requests.get("groups"):
            requests.fit.add_request(param="groups", alias=True)
        return requests

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__().items()
        return {name: value for name, value in state if name not in self.holds_rows}

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.one_d_labels = False
        tags.input_tags.sparse = True
        tags.input_tags.three_d_array = self.needs == "rows"
        takes_any = self.needs != "numbers"
        tags.input_tags.string = tags.input_tags.categorical = takes_any
        tags.input_tags.allow_nan = takes_any
        return tags


@sampler
class OverSampler(Resampler):
    """Base of methods that add rows to classes.

    A subclass defines `grow`. The properties `partners` and `gap_range` declare what its new rows may
    be; `poise.testing.check_resampler` checks them.

    Examples
    --------
    >>> from poise.base import Copy, OverSampler
    >>> class RepeatFirst(OverSampler):
    ...     '''Repeat the first row of a class.'''
    ...     needs = "rows"
    ...     def grow(self, problem, code, n_rows, rng):
    ...         return Copy(problem.labels.members(code)[:1].repeat(n_rows))
    >>> RepeatFirst().fit_resample([[1], [2], [3], [4]], [0, 0, 0, 1])
    ([[1], [2], [3], [4], [4], [4]], [0, 0, 0, 1, 1, 1])
    """

    sampling_strategy: OverStrategy = parameter(default="auto")
    balance: Balance = parameter(default="class", allowed=BALANCE)
    random_state: Seed = parameter(default=None, allowed=RANDOM_STATE)
    shuffle: bool = parameter(default=False, allowed=BOOLEAN)
    constraints: Constraints | None = parameter(default=None, allowed=CONSTRAINTS)

    # Rows that the new rows of a class depend on: "own class" (rows of the class only), "all rows"
    # (the nearest rows of all classes), or "neighbours of neighbours" (the nearest rows of these, too);
    # None if `poise.big` cannot find these rows in passes.
    looks_at: ClassVar[LooksAt | None] = None

    # What is done with a class that has as many rows as `few_rows_parameter` says, or fewer; with one row,
    # if this names no parameter. A sampler with on_few_rows declares it as a parameter.
    on_few_rows = _RAISE
    few_rows_parameter: ClassVar[str | None] = None

    @property
    def balances_groups(self) -> bool:
        """Whether the sampler can balance cells of class and group.

        By default if it states that it looks at its own class only. A subclass that tells enemies by
        `problem.is_enemy` sets the class attribute ``balances_groups = True``.
        """
        return self.needs == "rows" or self.looks_at == "own class"

    @property
    def n_searched(self) -> int:
        """Largest number of neighbours that are searched for a row."""
        names = [name for name in self.get_params(deep=False) if name.endswith("neighbors")]
        return max((count_of(getattr(self, name)) for name in names), default=1)

    def source(self, problem: Problem, code: int) -> SeedNeighborPairs | Copies | None:
        """Return what the new rows of a class are drawn from; None if the class cannot grow.

        Only for methods that state `looks_at`: `poise.big` draws their rows in pieces.
        """
        raise NotImplementedError(
            f"{type(self).__name__} states looks_at={self.looks_at!r}, but not what its new rows are drawn "
            "from. Define source(problem, code), or subclass poise.base.SmoteFamily and define pairs."
        )

    @property
    def partners(self) -> Literal["own class", "any class"]:
        """Classes of the partners, the neighbour rows that new rows are blended with.

        By default "own class". A subclass whose partners may be rows of another class sets the class
        attribute ``partners = "any class"``.
        """
        return "own class"

    @property
    def gap_range(self) -> tuple[float, float]:
        """Smallest and largest gap: positions on the segment from seed row (0) to partner (1).

        By default (0.0, 1.0). A subclass that extrapolates sets the class attribute, for example
        ``gap_range = (-0.5, 1.0)``.
        """
        return 0.0, 1.0

    def make_plan(self, problem: Problem, rng: np.random.RandomState) -> tuple[Plan, Counts]:
        to_add = rows_to_add(self.sampling_strategy, problem.labels)
        return self._plan_adding(problem, to_add, rng), to_add

    def _fit_resample(self, X: Any, y: Any) -> tuple[Any, Any]:
        # As in Resampler; they set sampling_strategy_ before, and y may have one class only.
        table, y_labels = read_table(X, self.declared), read_labels(y)
        to_add = {y_labels.code_of(label): n for label, n in self.sampling_strategy_.items()}
        space = read_space(table, units=self.neighbor_space) if self.needs != "rows" else None
        problem = Problem(y_labels, space, type(self).__name__)
        plan = self._plan_adding(problem, to_add, random_stream(self.random_state))
        plan = plan.keeping(read_rules(self.rules_of_new_rows, table, X))
        return resampled(table, X, y, plan)

    def _plan_adding(self, problem: Problem, to_add: Counts, rng: np.random.RandomState) -> Plan:
        n_new = sum(to_add.values())
        if n_new * LEAST_BYTES > memory_of_machine():
            raise_does_not_fit(problem.method_name, n_new, self.sampling_strategy)
        if self.looks_at == "own class":
            problem = replace(problem, own_class_only=True)
        new_parts = [
            checked_growth(self._grown(problem, code, n, rng), problem, code, n)
            for code, n in to_add.items()
            if n
        ]
        self.warn_of_few_rows(problem)
        return Plan.adding(problem.n_rows, [new for new in new_parts if new is not None])

    def _grown(
        self, problem: Problem, code: int, n_rows: int, rng: np.random.RandomState
    ) -> Recipe | Plan | None:
        copies = self.copies_of_few(problem, code)
        return (
            self.grow(problem, code, n_rows, rng) if copies is None else draw(copies, n_rows, rng)
        )

    @property
    def _most_few(self) -> int:
        """Largest number of rows with which a class has few."""
        name = self.few_rows_parameter
        return 1 if name is None else count_of(getattr(self, name))

    def copies_of_few(self, problem: Problem, code: int) -> Copies | None:
        """Return the rows of a class if they are copied, because they are few and `on_few_rows` says so."""
        few_rows: FewRows = self.on_few_rows
        is_few = is_copied(problem, code, self._most_few, few_rows)
        return Copies(problem.labels.members(code)) if is_few else None

    def warn_of_few_rows(self, problem: Problem) -> None:
        """Warn about the classes with few rows that have grown, if there are any."""
        name = self.few_rows_parameter
        needed = "two rows" if name is None else f"more than {name}={self._most_few} rows"
        warn_of_few_rows(problem, needed, self.on_few_rows)

    @abstractmethod
    def grow(
        self, problem: Problem, code: int, n_rows: int, rng: np.random.RandomState
    ) -> Recipe | Plan | None:
        """Return a recipe for `n_rows` new rows of a class; None if the class cannot grow.

        All rows of a recipe are in the output. If some rows are only intermediate steps, return a
        plan of the input rows whose `order` lists only the new rows for the output.

        Parameters
        ----------
        problem : Problem
        code : int
            Code of the class; `problem.labels.members(code)` are its rows.
        n_rows : int
            Number of new rows, at least 1.
        rng : RandomState
            The random state of the fit; use no other source of random numbers.
        """


@sampler
class MixedOverSampler(OverSampler):
    """Base of over-samplers that search neighbours among columns of every kind."""

    categorical_features: CategoricalFeatures = parameter(default="auto")
    column_kinds: ColumnKinds | None = parameter(default=None, allowed=KINDS)
    neighbor_space: SpaceName | Transformer = parameter(default="raw", allowed=SPACE)
    within_groups: bool = parameter(default=False, allowed=BOOLEAN)
    n_jobs: int | None = parameter(default=None, allowed=N_JOBS)


@sampler
class SmoteFamily(MixedOverSampler):
    """Base of methods that put new rows between seed rows and their neighbours.

    A subclass defines `pairs`. Its new rows are the same in memory, streamed and on Spark.

    Examples
    --------
    >>> from poise.base import SeedNeighborPairs, SmoteFamily, in_class
    >>> class Halfway(SmoteFamily):
    ...     '''Put new rows halfway between a row and its nearest neighbour.'''
    ...     def pairs(self, problem, code):
    ...         return SeedNeighborPairs(problem.labels.members(code), in_class(problem, code, 1), k=1)
    ...     def gaps(self, uniforms):
    ...         return 0 * uniforms + 0.5
    >>> Halfway().fit_resample([[1.0], [2.0], [3.0], [5.0], [7.0]], [0, 0, 0, 1, 1])
    ([[1.0], [2.0], [3.0], [5.0], [7.0], [6.0]], [0, 0, 0, 1, 1, 1])
    """

    looks_at: ClassVar[LooksAt | None] = "own class"
    # Whose categories a new row has: "donor" (its nearer parent's) or "vote" (its neighbours').
    nominal = "donor"

    @abstractmethod
    def pairs(self, problem: Problem, code: int) -> SeedNeighborPairs | None:
        """Return the seed rows of a class and their neighbours; None if the class cannot grow.

        Parameters
        ----------
        problem : Problem
        code : int
            Code of the class; `problem.labels.members(code)` are its rows.
        """

    def gaps(self, uniforms: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the gap of each new row: its position between the seed row (0) and the partner (1).

        Override it to draw gaps from another distribution, as its inverse distribution function.
        Do not draw random numbers here: pieces and partitions must give the same rows.

        Parameters
        ----------
        uniforms : ndarray of shape (m,), float64
            Numbers drawn uniformly from [0, 1).

        Returns
        -------
        ndarray of shape (m,), float64
        """
        return uniforms

    def source(self, problem: Problem, code: int) -> SeedNeighborPairs | None:
        """Return the pairs as they are drawn from, with the votes and gaps of the method."""
        pairs = checked_pairs(self.pairs(problem, code), problem, code)
        if pairs is None:
            return None
        has_own_gaps = type(self).gaps is not SmoteFamily.gaps
        gaps_of = self.gaps if has_own_gaps else None
        return replace(pairs, is_voted=self.nominal == "vote", gaps_of=gaps_of)

    def grow(
        self, problem: Problem, code: int, n_rows: int, rng: np.random.RandomState
    ) -> Recipe | None:
        source = self.source(problem, code)
        if source is None:
            return None
        made = draw(source, n_rows, rng)
        if problem.groups is not None:
            warn_of_rows_alone(problem, code, segment_of(made))
        return made


@sampler
class UnderSampler(Resampler):
    """Base of methods that keep a given number of rows of a class.

    Examples
    --------
    >>> from poise.base import UnderSampler
    >>> class KeepLast(UnderSampler):
    ...     '''Keep the last rows of a class.'''
    ...     needs = "rows"
    ...     def keeper(self, problem, rng):
    ...         return lambda code, n_rows: problem.labels.members(code)[-n_rows:]
    >>> KeepLast().fit_resample([[1], [2], [3], [4]], [0, 0, 0, 1])
    ([[3], [4]], [0, 1])
    """

    sampling_strategy: UnderStrategy = parameter(default="auto")

    def make_plan(self, problem: Problem, rng: np.random.RandomState) -> tuple[Plan, Counts]:
        to_keep = rows_to_keep(self.sampling_strategy, problem.labels)
        keep = checked_keeper(self.keeper(problem, rng), problem)

        def kept(code: int, n_rows: int) -> Ids:
            return checked_kept(keep(code, n_rows), problem, code, n_rows)

        return plan_of_kept(problem.labels, to_keep, kept), to_keep

    @abstractmethod
    def keeper(self, problem: Problem, rng: np.random.RandomState) -> Callable[[int, int], Ids]:
        """Return a function from a class code and a number of rows to the rows of the class to keep."""


@sampler
class Cleaner(Resampler):
    """Base of methods that remove the rows that a rule finds.

    Examples
    --------
    >>> import numpy as np
    >>> from poise.base import Cleaner
    >>> class DropNegative(Cleaner):
    ...     '''Remove rows whose first number is negative.'''
    ...     def remove(self, problem, codes, rng):
    ...         return (problem.values[:, 0] < 0) & np.isin(problem.labels.codes, codes)
    >>> DropNegative().fit_resample([[1.0], [-2.0], [3.0], [-4.0]], [0, 0, 0, 1])
    ([[1.0], [3.0], [-4.0]], [0, 0, 1])
    """

    sampling_strategy: CleaningStrategy = parameter(default="auto")
    column_kinds: ColumnKinds | None = parameter(default=None, allowed=KINDS)
    neighbor_space: SpaceName | Transformer = parameter(default="raw", allowed=SPACE)
    n_jobs: int | None = parameter(default=None, allowed=N_JOBS)

    @property
    def rule(self) -> Rule | None:
        """Rule by which rows are removed, so that they can be found in passes; None if there is none.

        `poise.big` streams a cleaner that has a rule.
        """
        return None

    def make_plan(self, problem: Problem, rng: np.random.RandomState) -> tuple[Plan, Counts]:
        codes = classes_to_clean(self.sampling_strategy, problem.labels)
        kept = np.flatnonzero(~checked_removal(self.remove(problem, codes, rng), problem, codes))
        counts = np.bincount(problem.labels.codes[kept], minlength=len(problem.labels.classes))
        warn_of_vanishing(problem.labels, counts)
        return Plan.taking(problem.n_rows, kept), {code: int(counts[code]) for code in codes}

    @abstractmethod
    def remove(self, problem: Problem, codes: list[int], rng: np.random.RandomState) -> Mask:
        """Return a mask of shape (n_rows,) of the rows to remove, all in the classes `codes`."""


def _times_beside(given: dict[str, Any], table: Table) -> Array | None:
    """Return the time of each row, and leave in `given` only arrays, which must have one entry per row."""
    is_column = is_name(given.get("time"), table)
    if is_column:
        del given["time"]
    for name, values in given.items():
        if name != "embedding":  # `read_embedding` checks it
            check_same_length(name, length(values), table.n_rows)
    if is_column:
        return table.times
    return times_of(given["time"]) if "time" in given else None


def plan_of_kept(y_labels: Labels, to_keep: Counts, keep: Callable[[int, int], Ids]) -> Plan:
    """Return a plan that keeps a given number of rows of some classes and all rows of the others.

    Parameters
    ----------
    y_labels : Labels
    to_keep : dict
        Number of rows to keep by class code.
    keep : callable
        Function from a class code and a number of rows to the rows to keep.
    """
    kept = [
        keep(code, to_keep[code]) if code in to_keep else y_labels.members(code)
        for code in range(len(y_labels.classes))
    ]
    warn_of_vanishing(y_labels, np.array([len(rows) for rows in kept]))
    return Plan.taking(len(y_labels.codes), np.concatenate(kept))


def mask_of(rows: Ids, n_rows: int) -> Mask:
    """Return a mask of shape (n_rows,) that is True for these rows."""
    mask = np.zeros(n_rows, dtype=bool)
    mask[rows] = True
    return mask


def drawn_once(members: Ids, n_rows: int, rng: np.random.RandomState) -> Ids:
    """Return `n_rows` random rows of a class, drawn without replacement."""
    return members[rng.permutation(len(members))[:n_rows]]


def checked_plan(made: Any, problem: Problem) -> tuple[Plan, Counts]:
    """Return what `make_plan` returned, if it is a plan for the table and a number of rows by class code."""
    if not isinstance(made, tuple) or len(made) != 2:
        raise MethodError(
            f"{problem.method_name}.make_plan returned a {type(made).__name__}. Return a Plan and the number of rows "
            "by class code, as a pair."
        )
    plan, amounts = made
    if not isinstance(plan, Plan) or plan.n_rows != problem.n_rows:
        raise_wrong_plan(problem.method_name, plan, problem.n_rows)
    codes = range(len(problem.labels.classes))
    if not isinstance(amounts, dict) or any(code not in codes for code in amounts):
        raise MethodError(
            f"{problem.method_name}.make_plan returned {amounts!r:.200} beside the plan. Return a dictionary from "
            f"class code, 0 to {codes.stop - 1}, to number of rows."
        )
    return plan, amounts


def warn_of_rows_alone(problem: Problem, code: int, made: Segment) -> None:
    """Warn if new rows are copies, because their seed rows are alone in their groups."""
    n_alone = int((made.seed == made.partner).sum())
    if n_alone:
        warn(
            f"{n_alone} of {len(made)} new rows of class {problem.labels.classes[code]!r} are copies: their seed "
            "rows are the only ones of the class in their group. Use larger groups, or within_groups=False.",
            NothingToDoWarning,
        )


def makes_rows(sampler: Resampler) -> bool:
    """Return whether a sampler can add rows."""
    return not isinstance(sampler, UnderSampler | Cleaner)


def warn_of_vanishing(y_labels: Labels, counts: Ids) -> None:
    """Warn once about the classes that lose all of their rows."""
    gone = [
        y_labels.classes[code] for code in np.flatnonzero((counts == 0) & (y_labels.counts > 0))
    ]
    if not gone:
        return
    n_rows = int(y_labels.counts[(counts == 0)].sum())
    is_one = len(gone) == 1
    warn(
        f"Class{'' if is_one else 'es'} {listed(gone)} lose{'s' if is_one else ''} all of "
        f"{'its' if is_one else 'their'} {n_rows} rows. Leave {'it' if is_one else 'them'} out of "
        "sampling_strategy to keep them.",
        VanishingClassWarning,
    )
