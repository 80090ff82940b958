"""Several samplers in sequence, as one: SMOTE then Tomek links, SMOTE then ENN, or any chain."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Any, ClassVar, Literal

import numpy as np
from sklearn.base import clone

from poise.core.errors import (
    InputError,
    ParameterError,
    UnknownNameError,
    UnsupportedTypeError,
    listed,
    nearest_name,
)
from poise.core.plan.constraints import Constraint
from poise.core.plan.plan import Plan
from poise.core.plan.recipes import Ids
from poise.core.sampling.allocation import Counts
from poise.core.sampling.checks import check_sampler, raise_wrong_plan
from poise.core.sampling.parameters import (
    BOOLEAN,
    CONSTRAINTS,
    KINDS,
    N_JOBS,
    RANDOM_STATE,
    SPACE,
    fitted,
    parameter,
    sampler,
)
from poise.core.sampling.problem import Problem
from poise.core.sampling.resampler import Cleaner, OverSampler, Resampler
from poise.core.sampling.seeds import random_stream
from poise.core.tables.declared import Declared
from poise.core.types import (
    CategoricalFeatures,
    Column,
    ColumnKinds,
    Constraints,
    OverStrategy,
    RowsOf,
    Sampler,
    Seed,
    SpaceName,
    Transformer,
)
from poise.over_sampling import SMOTE
from poise.under_sampling import EditedNearestNeighbours, TomekLinks

__all__ = ["SMOTEENN", "Chain", "SMOTETomek"]


@sampler
class OverThenClean(Resampler):
    """Base of samplers that over-sample and then clean the result, as one plan."""

    sampling_strategy: OverStrategy = parameter(default="auto")
    random_state: Seed = parameter(default=None, allowed=RANDOM_STATE)
    shuffle: bool = parameter(default=False, allowed=BOOLEAN)
    smote: OverSampler | None = parameter(default=None)
    categorical_features: CategoricalFeatures = parameter(default="auto")
    column_kinds: ColumnKinds | None = parameter(default=None, allowed=KINDS)
    constraints: Constraints | None = parameter(default=None, allowed=CONSTRAINTS)
    neighbor_space: SpaceName | Transformer = parameter(default="raw", allowed=SPACE)
    n_jobs: int | None = parameter(default=None, allowed=N_JOBS)

    # Names of the fitted attributes that hold copies of the two steps.
    step_names: ClassVar[tuple[str, str]]

    @property
    @abstractmethod
    def given_cleaner(self) -> Cleaner | None:
        """The cleaning method that the user passed, if any."""

    @abstractmethod
    def default_cleaner(self) -> Cleaner:
        """Return the cleaning method for users who pass none."""

    def cleaner(self) -> Cleaner:
        """Return the cleaning method: the one given, or the default."""
        return self.given_cleaner or self.default_cleaner()

    def over_sampler(self) -> OverSampler:
        """Return the over-sampler: the one given, or SMOTE."""
        given: OverSampler | None = _checked(self.smote, OverSampler, "smote")
        return given or SMOTE(
            sampling_strategy=self.sampling_strategy,
            neighbor_space=self.neighbor_space,
            n_jobs=self.n_jobs,
        )

    @property
    def declared(self) -> Declared:
        """Column kinds that the user declared; those of the steps take precedence."""
        own = Declared(self.categorical_features, self.column_kinds, self.carry_columns)
        return declared_by([self.smote, self.cleaner()], own)

    @property
    def rules_of_new_rows(self) -> tuple[Constraint, ...]:
        """The constraints that the user passed, here or to the over-sampler."""
        return tuple(dict.fromkeys([*super().rules_of_new_rows, *rules_of([self.smote])]))

    @property
    def within_groups(self) -> bool:  # type: ignore[override]  # that of the over-sampler
        """Whether the partner must belong to the group of the seed row."""
        return bool(getattr(self.smote, "within_groups", False))

    def make_plan(self, problem: Problem, rng: np.random.RandomState) -> tuple[Plan, Counts]:
        """Return the plan of both steps, and the number of rows added by class code."""
        steps = self.over_sampler(), self.cleaner()
        plan, (added, kept), removed = plan_of_steps(problem, rng, steps)
        problem.found["step_removed_"] = removed
        labels = problem.labels.classes
        for name, step, amounts in zip(self.step_names, steps, (added, kept), strict=True):
            part = problem.found[name] = clone(step)
            part.sampling_strategy_ = {labels[code]: n for code, n in amounts.items()}
        return plan, added


@sampler
class SMOTETomek(OverThenClean):
    """Over-sample with SMOTE, then remove the Tomek links from the result.

    Parameters
    ----------
    sampling_strategy : str, float, dict or callable, default="auto"
        Which classes grow, and to how many rows; see `poise.over_sampling.SMOTE`.
    random_state : int, RandomState or None, default=None
        Random seed; with None, each call draws differently.
    shuffle : bool, default=False
        Whether the output rows come in random order; the order is drawn last, so the rows are the same.
    smote : OverSampler, optional
        The over-sampler, with parameters of its own; by default SMOTE with `sampling_strategy`,
        `random_state`, `neighbor_space` and `n_jobs` as passed here.
    tomek : Cleaner, optional
        The cleaning method; by default ``TomekLinks(sampling_strategy="all")``, which removes
        both rows of each link.
    categorical_features : "auto", "all", list of names or positions, or mask, default="auto"
        Columns to treat as categories, whatever their dtype; see `poise.over_sampling.SMOTE`.
    column_kinds : dict or None, default=None
        Column kinds, by column name or position. Kinds that a given step declares take
        precedence.
    carry_columns : list of columns, dict of column to what new rows get, or None, default=None
        Columns, by name or position, that are neither searched nor blended, such as identifiers and
        names. New rows get "seed" (the value of their seed row; also for a list), "missing",
        "negative" (numbers below zero), "new" (missing if the column can hold that, otherwise
        negative), or, for a whole number, numbers from it on.
    constraints : list of rules, or None, default=None
        What new rows keep: `Sum`, `LessEqual`, `OneHot` and `Between` of `poise.constraints`. Rows of X
        that break a rule raise an error; a new row that breaks one gets the total of its parts, or
        these columns from one parent.
    neighbor_space : {"raw", "standard", "robust"} or transformer, default="raw"
        How columns are scaled before distances are computed; see
        `poise.over_sampling.SMOTE`.
    n_jobs : int or None, default=None
        Number of threads; None uses every core that the process may use.

    Attributes
    ----------
    plan_ : Plan
        Both steps as one plan, whose row numbers are those of the input; see `plan_.lineage()`.
    sampling_strategy_ : dict
        Number of rows added to each class before cleaning, by label.
    smote_, tomek_ : samplers
        Copies of the two steps, with their `sampling_strategy_`.
    step_removed_ : tuple of ndarray of intp
        Input rows that each step removed.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Column names of X, if it has names that are all strings.

    Raises
    ------
    TooFewRowsError
        If a class to be enlarged has `k_neighbors` rows or fewer.

    Notes
    -----
    A link consists of one row of each of two classes, so classes that SMOTE has balanced stay
    balanced, except for ties. Cost: that of SMOTE, and that of `TomekLinks` on the enlarged table.

    References
    ----------
    .. [1] Batista, G., Prati, R. C. and Monard, M. C. (2004). A study of the behavior of several
       methods for balancing machine learning training data. SIGKDD Explorations 6, 20-29.
       doi:10.1145/1007730.1007735

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise.combine import SMOTETomek
    >>> X, y = make_classification(weights=[0.9], random_state=0)
    >>> sampler = SMOTETomek(random_state=0)
    >>> X_new, y_new = sampler.fit_resample(X, y)
    >>> sorted(set(sampler.plan_.lineage().origin.tolist()))
    ['blended', 'kept']
    """

    tomek: Cleaner | None = parameter(default=None)

    smote_: OverSampler = fitted()
    tomek_: Cleaner = fitted()
    step_removed_: tuple[Ids, ...] = fitted()
    step_names: ClassVar[tuple[str, str]] = ("smote_", "tomek_")

    @property
    def given_cleaner(self) -> Cleaner | None:
        """The cleaning method that the user passed, if any."""
        given: Cleaner | None = _checked(self.tomek, Cleaner, "tomek")
        return given

    def default_cleaner(self) -> Cleaner:
        """Return TomekLinks that clean all classes."""
        return TomekLinks(
            sampling_strategy="all", neighbor_space=self.neighbor_space, n_jobs=self.n_jobs
        )


@sampler
class SMOTEENN(OverThenClean):
    """Over-sample with SMOTE, then remove rows whose nearest neighbours are of other classes.

    Parameters
    ----------
    sampling_strategy : str, float, dict or callable, default="auto"
        Which classes grow, and to how many rows; see `poise.over_sampling.SMOTE`.
    random_state : int, RandomState or None, default=None
        Random seed; with None, each call draws differently.
    shuffle : bool, default=False
        Whether the output rows come in random order; the order is drawn last, so the rows are the same.
    smote : OverSampler, optional
        The over-sampler, with parameters of its own; by default SMOTE with `sampling_strategy`,
        `random_state`, `neighbor_space` and `n_jobs` as passed here.
    enn : Cleaner, optional
        The cleaning method; by default ``EditedNearestNeighbours(sampling_strategy="all")``.
    categorical_features : "auto", "all", list of names or positions, or mask, default="auto"
        Columns to treat as categories, whatever their dtype; see `poise.over_sampling.SMOTE`.
    column_kinds : dict or None, default=None
        Column kinds, by column name or position. Kinds that a given step declares take
        precedence.
    carry_columns : list of columns, dict of column to what new rows get, or None, default=None
        Columns, by name or position, that are neither searched nor blended, such as identifiers and
        names. New rows get "seed" (the value of their seed row; also for a list), "missing",
        "negative" (numbers below zero), "new" (missing if the column can hold that, otherwise
        negative), or, for a whole number, numbers from it on.
    constraints : list of rules, or None, default=None
        What new rows keep: `Sum`, `LessEqual`, `OneHot` and `Between` of `poise.constraints`. Rows of X
        that break a rule raise an error; a new row that breaks one gets the total of its parts, or
        these columns from one parent.
    neighbor_space : {"raw", "standard", "robust"} or transformer, default="raw"
        How columns are scaled before distances are computed; see
        `poise.over_sampling.SMOTE`.
    n_jobs : int or None, default=None
        Number of threads; None uses every core that the process may use.

    Attributes
    ----------
    plan_ : Plan
        Both steps as one plan, whose row numbers are those of the input; see `plan_.lineage()`.
    sampling_strategy_ : dict
        Number of rows added to each class before cleaning, by label.
    smote_, enn_ : samplers
        Copies of the two steps, with their `sampling_strategy_`.
    step_removed_ : tuple of ndarray of intp
        Input rows that each step removed.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Column names of X, if it has names that are all strings.

    Raises
    ------
    TooFewRowsError
        If a class to be enlarged has `k_neighbors` rows or fewer.

    Notes
    -----
    Far more rows are removed than by `SMOTETomek`. If the classes overlap, the class that was larger
    can end up smaller. Cost: that of SMOTE, and that of `EditedNearestNeighbours` on the enlarged
    table.

    References
    ----------
    .. [1] Batista, G., Prati, R. C. and Monard, M. C. (2004). A study of the behavior of several
       methods for balancing machine learning training data. SIGKDD Explorations 6, 20-29.
       doi:10.1145/1007730.1007735

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise.combine import SMOTEENN
    >>> X, y = make_classification(weights=[0.9], random_state=0)
    >>> sampler = SMOTEENN(random_state=0)
    >>> X_new, y_new = sampler.fit_resample(X, y)
    >>> sampler.sampling_strategy_
    {1: 82}
    """

    enn: Cleaner | None = parameter(default=None)

    smote_: OverSampler = fitted()
    enn_: Cleaner = fitted()
    step_removed_: tuple[Ids, ...] = fitted()
    step_names: ClassVar[tuple[str, str]] = ("smote_", "enn_")

    @property
    def given_cleaner(self) -> Cleaner | None:
        """The cleaning method that the user passed, if any."""
        given: Cleaner | None = _checked(self.enn, Cleaner, "enn")
        return given

    def default_cleaner(self) -> Cleaner:
        """Return EditedNearestNeighbours that clean all classes."""
        return EditedNearestNeighbours(
            sampling_strategy="all", neighbor_space=self.neighbor_space, n_jobs=self.n_jobs
        )


def rules_of(steps: Sequence[Any]) -> tuple[Constraint, ...]:
    """Return the constraints of several samplers, each once."""
    known = [step for step in steps if isinstance(step, Resampler)]
    return tuple(dict.fromkeys(rule for step in known for rule in step.rules_of_new_rows))


def declared_by(steps: Sequence[Any], own: Declared) -> Declared:
    """Return the declared column kinds; earlier steps take precedence over later ones.

    Parameters
    ----------
    steps : sequence of samplers
    own : Declared
        Kinds that the combined sampler itself declares; every step takes precedence over them.
    """
    for step in reversed([step for step in steps if isinstance(step, Resampler)]):
        own = step.declared.over(own)
    return own


def _checked(step: Any, kind: type[Any], name: str) -> Any:
    if step is not None and not isinstance(step, kind):
        wanted = "an over-sampler" if issubclass(kind, OverSampler) else "a cleaning method"
        raise UnsupportedTypeError(
            f"{name}={step!r} must be {wanted} of Poise, because the two steps become one plan. "
            "Pass one, or put both samplers into a pipeline."
        )
    return step


def plan_of_steps(
    problem: Problem, rng: np.random.RandomState, steps: Sequence[Resampler]
) -> tuple[Plan, list[Counts], tuple[Ids, ...]]:
    """Return one plan for several samplers in sequence, and the counts per class and the removed rows of each step.

    Steps without a random seed of their own draw from `rng`.
    """
    plans: list[Plan] = []
    counts_of_steps = []
    for step in steps:
        problem = problem.after(plans[-1]) if plans else problem
        step.check_parameters()
        if step.balance != "class":
            raise InputError(
                f"{type(step).__name__}(balance={step.balance!r}) is one of several steps, which all see the classes of y. "
                "Make it a step of poise.pipeline.make_pipeline instead."
            )
        if step.shuffle:
            raise InputError(
                f"{type(step).__name__}(shuffle=True) is one of several steps, and only the output of all of them can be "
                "shuffled. Pass shuffle=True to the combined sampler instead."
            )
        own = rng if step.random_state is None else random_stream(step.random_state)
        problem = problem.for_method(type(step).__name__, step.neighbor_space)
        plan, counts = step.make_plan(problem, own)
        if not isinstance(plan, Plan) or plan.n_rows != problem.n_rows:
            raise_wrong_plan(problem.method_name, plan, problem.n_rows)
        plans.append(plan)
        counts_of_steps.append(counts)
    return reduce(Plan.then, plans), counts_of_steps, tuple(_removed_by(plans))


def _removed_by(plans: Sequence[Plan]) -> Iterator[Ids]:
    """Yield the rows of the first plan's input that each plan removes, when each works on the output of the one before."""
    row_of = np.arange(
        plans[0].n_rows
    )  # of each row of a plan's input; -1 if an earlier one made it
    for plan in plans:
        is_removed = np.ones(plan.n_rows, dtype=bool)
        is_removed[plan.order[~plan.is_new]] = False
        gone = row_of[is_removed]
        yield gone[gone >= 0]
        row_of = np.where(plan.is_new, -1, row_of[np.minimum(plan.order, plan.n_rows - 1)])


class Chain(Resampler):
    """Several samplers in sequence, used as one sampler.

    Parameters
    ----------
    *samplers : samplers
        Over- and under-samplers of Poise in any order; their plans are joined into one. If there
        are samplers of other packages among them (anything with `fit_resample`), the table is
        resampled step by step, and there is no `plan_`.
    random_state : int, RandomState or None, default=None
        Random seed of the steps that have none of their own; they share one random generator.
    shuffle : bool, default=False
        Whether the output rows come in random order; the order is drawn last, so the rows are the same.
    n_jobs : int or None, default=None
        Number of threads; None uses every core that the process may use.

    Attributes
    ----------
    plan_ : Plan
        All steps as one plan, whose row numbers are those of the input; see `plan_.lineage()`.
    sampling_strategy_ : dict
        Number of output rows of each class, by label.
    step_removed_ : tuple of ndarray of intp
        Input rows that each step removed.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Column names of X, if it has names that are all strings.

    Notes
    -----
    Cost: the sum of the costs of the steps. Each step works on the output of the step before it.

    References
    ----------
    .. [1] Batista, G., Prati, R. C. and Monard, M. C. (2004). A study of the behavior of several
       methods for balancing machine learning training data. SIGKDD Explorations 6, 20-29.
       doi:10.1145/1007730.1007735

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise import SMOTE, RandomUnderSampler
    >>> from poise.combine import Chain
    >>> X, y = make_classification(weights=[0.9], random_state=0)
    >>> chain = Chain(SMOTE(sampling_strategy=0.5), RandomUnderSampler(), random_state=0)
    >>> X_new, y_new = chain.fit_resample(X, y)
    >>> chain.sampling_strategy_
    {0: 45, 1: 45}
    """

    sampling_strategy: Any = "auto"

    def __init__(
        self,
        *samplers: Sampler,
        random_state: Seed = None,
        shuffle: bool = False,
        n_jobs: int | None = None,
    ) -> None:
        self.samplers: tuple[Any, ...] = samplers
        self.random_state = random_state
        self.shuffle = shuffle
        self.n_jobs = n_jobs

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
        """Resample a table with all steps in turn.

        Parameters
        ----------
        X, y, sample_weight, groups, time, embedding, rows
            As in `fit_resample` of `poise.over_sampling.SMOTE`. If there are samplers of other
            packages among the steps, only X and y can be passed.

        Returns
        -------
        X_resampled, y_resampled
            Of the same kinds as X and y.
        """
        if all(isinstance(step, Resampler) for step in self._checked_steps()):
            return super().fit_resample(
                X,
                y,
                sample_weight=sample_weight,
                groups=groups,
                time=time,
                embedding=embedding,
                rows=rows,
            )
        if self.shuffle:
            raise InputError(
                "shuffle=True needs samplers of Poise; there are samplers of other packages among the steps. Shuffle the "
                "output with sklearn.utils.shuffle."
            )
        if any(given is not None for given in (sample_weight, groups, time, embedding, rows)):
            raise InputError(
                "Samplers of other packages do not record which input rows their output comes from, so "
                "sample_weight, groups, time and embedding cannot be resampled. Pass only X and y, or use "
                "samplers of Poise."
            )
        self.__dict__.pop("plan_", None)
        for step in map(clone, self._checked_steps()):
            X, y = step.fit_resample(X, y)
            if hasattr(step, "sample_weight_"):
                raise UnsupportedTypeError(
                    f"{type(step).__name__} computes sample weights, which a chain cannot return. Pass "
                    f"the chain to it instead: {type(step).__name__}(Chain(...))."
                )
        return X, y

    @property
    def rules_of_new_rows(self) -> tuple[Constraint, ...]:
        """The constraints of all steps: every new row keeps all of them."""
        return rules_of(self.samplers)

    def make_plan(self, problem: Problem, rng: np.random.RandomState) -> tuple[Plan, Counts]:
        """Return the plan of all steps, and the number of output rows by class code."""
        foreign = [step for step in self._checked_steps() if not isinstance(step, Resampler)]
        if foreign:
            raise UnsupportedTypeError(
                f"{foreign[0]!r} is a sampler of another package and has no plan. Call fit_resample."
            )
        plan, _, problem.found["step_removed_"] = plan_of_steps(problem, rng, self.samplers)
        counts = np.bincount(
            problem.labels.codes[plan.source], minlength=len(problem.labels.classes)
        )
        return plan, dict(enumerate(counts.tolist()))

    def _checked_steps(self) -> tuple[Any, ...]:
        if not isinstance(self.shuffle, bool | np.bool_):
            raise ParameterError(
                f"The 'shuffle' parameter of Chain must be True or False; got {self.shuffle!r}."
            )
        for step in self.samplers:
            check_sampler("", step)
        if not self.samplers:
            raise InputError(
                "A chain needs samplers; this one is empty. Pass some: Chain(SMOTE(), TomekLinks())."
            )
        return self.samplers

    @property
    def needs(self) -> Literal["rows", "values"]:  # type: ignore[override]  # follows the steps
        """What the steps read of the table."""
        every = {getattr(step, "needs", "values") for step in self.samplers}
        return "rows" if every == {"rows"} else "values"

    @property
    def declared(self) -> Declared:
        """Column kinds that the steps declare; earlier steps take precedence."""
        return declared_by(self.samplers, Declared())

    @property
    def within_groups(self) -> bool:  # type: ignore[override]  # the steps'
        """Whether some step draws partners only within the group of the seed row."""
        return any(getattr(step, "within_groups", False) for step in self.samplers)

    # scikit-learn finds parameters by name, so the steps (of any number) get the names step_0, ...

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: FBT001, FBT002  # as scikit-learn
        """Return the parameters; those of samplers are ``step_0``, ``step_0__k_neighbors``, ...

        Parameters
        ----------
        deep : bool, default=True
            Whether to include the parameters of the samplers.

        Returns
        -------
        dict of str to parameter
        """
        steps = {f"step_{i}": step for i, step in enumerate(self.samplers)}
        own = {"random_state": self.random_state, "shuffle": self.shuffle, "n_jobs": self.n_jobs}
        found = own | steps
        if deep:
            for name, step in steps.items():
                inner = step.get_params() if hasattr(step, "get_params") else {}
                found |= {f"{name}__{key}": value for key, value in inner.items()}
        return found

    def set_params(self, **parameters: Any) -> Chain:
        """Set parameters, by the names that `get_params` returns.

        Parameters
        ----------
        **parameters
            New values, by name.

        Returns
        -------
        self

        Raises
        ------
        UnknownNameError
            If there is no parameter of this name.
        """
        steps = {f"step_{i}": step for i, step in enumerate(self.samplers)}
        for key, value in parameters.items():
            name, separator, rest = key.partition("__")
            if separator and name in steps:
                steps[name].set_params(**{rest: value})
            elif name in steps:
                steps[name] = value
            elif name in ("random_state", "shuffle", "n_jobs"):
                setattr(self, name, value)
            else:
                known = list(self.get_params())
                raise UnknownNameError(
                    f"Chain has no parameter {key!r}; it has {listed(known)}.{nearest_name(key, known)}"
                )
        self.samplers = tuple(steps.values())
        return self

    def __sklearn_clone__(self) -> Chain:
        steps = [clone(step, safe=False) for step in self.samplers]
        return Chain(
            *steps, random_state=self.random_state, shuffle=self.shuffle, n_jobs=self.n_jobs
        )

    def __repr__(self, **_: Any) -> str:
        arguments = [repr(step) for step in self.samplers]
        arguments += [
            f"{k}={v!r}"
            for k, v in (
                ("random_state", self.random_state),
                ("shuffle", self.shuffle or None),
                ("n_jobs", self.n_jobs),
            )
            if v is not None
        ]
        return f"Chain({', '.join(arguments)})"
