"""Samplers one after the other: SMOTE + Tomek links, SMOTE + edited neighbours, any chain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from sklearn.base import clone

from poise.core.errors import (
    InputError,
    UnknownNameError,
    UnsupportedTypeError,
    listed,
    nearest_name,
)
from poise.core.plan.plan import Plan
from poise.core.sampling.allocation import Counts
from poise.core.sampling.checks import check_sampler
from poise.core.sampling.parameters import N_JOBS, RANDOM, SPACE
from poise.core.sampling.problem import Problem
from poise.core.sampling.resampler import Cleaner, OverSampler, Resampler, random_stream
from poise.core.tables.kinds import Declared
from poise.over_sampling import SMOTE
from poise.under_sampling import EditedNearestNeighbours, TomekLinks

__all__ = ["SMOTEENN", "Chain", "SMOTETomek"]


class SMOTETomek(Resampler):
    """Over-sample with SMOTE, then remove the Tomek links of the result.

    Parameters
    ----------
    sampling_strategy : str, float, dict or callable, default="auto"
        Which classes grow, and to what; see `poise.over_sampling.SMOTE`.
    random_state : int, RandomState or None, default=None
        Seed of the draws; None draws anew each time.
    smote : OverSampler, optional
        The over-sampler, with its own `sampling_strategy` and `random_state`; by default SMOTE
        with those given here.
    tomek : Cleaner, optional
        The cleaning method; by default ``TomekLinks(sampling_strategy="all")``, which takes both
        ends of each link.
    categorical_features : "auto", "all", list of names or positions, or mask, default="auto"
        Columns that are categories whatever their dtype; see `poise.over_sampling.SMOTE`.
    column_kinds : dict or None, default=None
        Kinds of columns by name or position. A given over-sampler's own go before these.
    neighbor_space : {"raw", "standard", "robust"} or transformer, default="raw"
        Where neighbours are searched; see `poise.over_sampling.SMOTE`.
    n_jobs : int or None, default=None
        Threads of the searches; None uses all cores that the process may use.

    Attributes
    ----------
    plan_ : Plan
        Both steps as one plan, in rows of the input; see `plan_.lineage()`.
    sampling_strategy_ : dict
        Rows added by label, before cleaning.
    n_features_in_ : int
    feature_names_in_ : ndarray of str

    Raises
    ------
    TooFewRowsError
        When a class that grows has no more than k rows.

    Notes
    -----
    A link takes a row of each of two classes, so balanced classes stay balanced but for ties. Costs
    what SMOTE costs, and a search of the enlarged table.

    References
    ----------
    .. [1] Batista, G., Prati, R. C. and Monard, M. C. (2004). A study of the behavior of several
       methods for balancing machine learning training data. SIGKDD Explorations 6, 20-29.

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

    _parameter_constraints: ClassVar[dict[str, Any]] = (
        RANDOM
        | N_JOBS
        | SPACE
        | {
            "categorical_features": "no_validation",
            "smote": "no_validation",
            "tomek": "no_validation",
        }
    )

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        random_state: Any = None,
        smote: OverSampler | None = None,
        tomek: Cleaner | None = None,
        categorical_features: Any = "auto",
        column_kinds: Any = None,
        neighbor_space: Any = "raw",
        n_jobs: int | None = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.smote = smote
        self.tomek = tomek
        self.categorical_features = categorical_features
        self.column_kinds = column_kinds
        self.neighbor_space = neighbor_space
        self.n_jobs = n_jobs

    @property
    def declared(self) -> Declared:
        """What the user says of the columns' kinds; the given steps' words go first."""
        return declared_by([self.smote, self.tomek], super().declared)

    @property
    def within_groups(self) -> bool:  # type: ignore[override]  # the over-sampler's
        """Whether partners are of the seed's group."""
        return bool(getattr(self.smote, "within_groups", False))

    def _plan(self, problem: Problem, rng: np.random.RandomState) -> tuple[Plan, Counts]:
        plan, (added, _) = plan_of_steps(problem, rng, self._steps())
        return plan, added

    def _steps(self) -> tuple[OverSampler, Cleaner]:
        """Return the over-sampler and the cleaning method."""
        first = _checked(self.smote, OverSampler, "smote") or _smote_of(self)
        second = _checked(self.tomek, Cleaner, "tomek") or TomekLinks(
            sampling_strategy="all", neighbor_space=self.neighbor_space
        )
        return first, second


class SMOTEENN(Resampler):
    """Over-sample with SMOTE, then remove rows that their nearest neighbours would not vote for.

    Parameters
    ----------
    sampling_strategy : str, float, dict or callable, default="auto"
        Which classes grow, and to what; see `poise.over_sampling.SMOTE`.
    random_state : int, RandomState or None, default=None
        Seed of the draws; None draws anew each time.
    smote : OverSampler, optional
        The over-sampler, with its own `sampling_strategy` and `random_state`; by default SMOTE
        with those given here.
    enn : Cleaner, optional
        The cleaning method; by default ``EditedNearestNeighbours(sampling_strategy="all")``.
    categorical_features : "auto", "all", list of names or positions, or mask, default="auto"
        Columns that are categories whatever their dtype; see `poise.over_sampling.SMOTE`.
    column_kinds : dict or None, default=None
        Kinds of columns by name or position. A given over-sampler's own go before these.
    neighbor_space : {"raw", "standard", "robust"} or transformer, default="raw"
        Where neighbours are searched; see `poise.over_sampling.SMOTE`.
    n_jobs : int or None, default=None
        Threads of the searches; None uses all cores that the process may use.

    Attributes
    ----------
    plan_ : Plan
        Both steps as one plan, in rows of the input; see `plan_.lineage()`.
    sampling_strategy_ : dict
        Rows added by label, before cleaning.
    n_features_in_ : int
    feature_names_in_ : ndarray of str

    Raises
    ------
    TooFewRowsError
        When a class that grows has no more than k rows.

    Notes
    -----
    Removes far more than `SMOTETomek`; where the classes overlap, it can leave the class that
    was the larger as the smaller one. Costs what SMOTE costs, and a search of the enlarged
    table.

    References
    ----------
    .. [1] Batista, G., Prati, R. C. and Monard, M. C. (2004). A study of the behavior of several
       methods for balancing machine learning training data. SIGKDD Explorations 6, 20-29.

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

    _parameter_constraints: ClassVar[dict[str, Any]] = (
        RANDOM
        | N_JOBS
        | SPACE
        | {
            "categorical_features": "no_validation",
            "smote": "no_validation",
            "enn": "no_validation",
        }
    )

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        random_state: Any = None,
        smote: OverSampler | None = None,
        enn: Cleaner | None = None,
        categorical_features: Any = "auto",
        column_kinds: Any = None,
        neighbor_space: Any = "raw",
        n_jobs: int | None = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.smote = smote
        self.enn = enn
        self.categorical_features = categorical_features
        self.column_kinds = column_kinds
        self.neighbor_space = neighbor_space
        self.n_jobs = n_jobs

    @property
    def declared(self) -> Declared:
        """What the user says of the columns' kinds; the given steps' words go first."""
        return declared_by([self.smote, self.enn], super().declared)

    @property
    def within_groups(self) -> bool:  # type: ignore[override]  # the over-sampler's
        """Whether partners are of the seed's group."""
        return bool(getattr(self.smote, "within_groups", False))

    def _plan(self, problem: Problem, rng: np.random.RandomState) -> tuple[Plan, Counts]:
        plan, (added, _) = plan_of_steps(problem, rng, self._steps())
        return plan, added

    def _steps(self) -> tuple[OverSampler, Cleaner]:
        """Return the over-sampler and the cleaning method."""
        first = _checked(self.smote, OverSampler, "smote") or _smote_of(self)
        second = _checked(self.enn, Cleaner, "enn") or EditedNearestNeighbours(
            sampling_strategy="all", neighbor_space=self.neighbor_space
        )
        return first, second


def declared_by(steps: Sequence[Any], own: Declared) -> Declared:
    """Return what is said of the columns' kinds, the first step's words before all others."""
    for step in reversed([step for step in steps if isinstance(step, Resampler)]):
        own = step.declared.over(own)
    return own


def _smote_of(combined: SMOTETomek | SMOTEENN) -> SMOTE:
    return SMOTE(
        sampling_strategy=combined.sampling_strategy,
        neighbor_space=combined.neighbor_space,
        n_jobs=combined.n_jobs,
    )


def _checked(step: Any, kind: type[Any], name: str) -> Any:
    if step is not None and not isinstance(step, kind):
        wanted = "an over-sampler" if issubclass(kind, OverSampler) else "a cleaning method"
        raise UnsupportedTypeError(
            f"{name}={step!r} must be {wanted} of Poise, since the two steps become one plan. "
            "Pass one, or make a pipeline of the two."
        )
    return step


def plan_of_steps(
    problem: Problem, rng: np.random.RandomState, steps: Sequence[Resampler]
) -> tuple[Plan, list[Counts]]:
    """Return the plan of several samplers, one after the other, and what each has done."""
    plan = Plan(problem.n_rows)
    every = []
    for step in steps:
        step.check_parameters()
        own = rng if step.random_state is None else random_stream(step.random_state)
        met = problem.for_method(type(step).__name__, step.neighbor_space)
        done, amounts = step._plan(met, own)
        plan, problem = plan.then(done), met.after(done)
        every.append(amounts)
    return plan, every


class Chain(Resampler):
    """Samplers one after the other, as one.

    Parameters
    ----------
    *samplers : samplers
        Over- and under-samplers of Poise in any order; they become one plan. With samplers of other
        packages among them (anything with `fit_resample`), the steps are done one by one and there
        is no `plan_`.
    random_state : int, RandomState or None, default=None
        Seed of the steps that have none of their own; they share one stream.
    n_jobs : int or None, default=None
        Threads of the searches; None uses all cores that the process may use.

    Attributes
    ----------
    plan_ : Plan
        All steps as one, in rows of the input; see `plan_.lineage()`.
    sampling_strategy_ : dict
        Rows that come out, by label.
    n_features_in_ : int
    feature_names_in_ : ndarray of str

    Notes
    -----
    Costs what its steps cost. Each step searches what the steps before it put out.

    References
    ----------
    .. [1] Batista, G., Prati, R. C. and Monard, M. C. (2004). A study of the behavior of several
       methods for balancing machine learning training data. SIGKDD Explorations 6, 20-29.

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

    def __init__(self, *samplers: Any, random_state: Any = None, n_jobs: int | None = None) -> None:
        self.samplers = samplers
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit_resample(
        self, X: Any, y: Any, *, sample_weight: Any = None, groups: Any = None, time: Any = None
    ) -> tuple[Any, Any]:
        """Resample a table; see `poise.over_sampling.SMOTE`.

        Parameters
        ----------
        X, y, sample_weight, groups, time
            As for every sampler; with samplers of other packages, X and y alone.

        Returns
        -------
        X_resampled, y_resampled
        """
        if all(isinstance(step, Resampler) for step in self._checked_steps()):
            return super().fit_resample(X, y, sample_weight=sample_weight, groups=groups, time=time)
        if any(given is not None for given in (sample_weight, groups, time)):
            raise InputError(
                "Samplers of other packages do not tell where their rows come from, so nothing can be "
                "carried along. Pass X and y alone, or samplers of Poise."
            )
        self.__dict__.pop("plan_", None)
        for step in map(clone, self._checked_steps()):
            X, y = step.fit_resample(X, y)
            if hasattr(step, "sample_weight_"):
                raise UnsupportedTypeError(
                    f"{type(step).__name__} gives weights to rows, which a chain would lose. Put the "
                    f"chain into it: {type(step).__name__}(Chain(...))."
                )
        return X, y

    def _plan(self, problem: Problem, rng: np.random.RandomState) -> tuple[Plan, Counts]:
        foreign = [step for step in self._checked_steps() if not isinstance(step, Resampler)]
        if foreign:
            raise UnsupportedTypeError(
                f"{foreign[0]!r} does not tell where its rows come from, so there is no plan. Call "
                "fit_resample."
            )
        plan, _ = plan_of_steps(problem, rng, self.samplers)
        counts = np.bincount(
            problem.labels.codes[plan.source], minlength=len(problem.labels.classes)
        )
        return plan, dict(enumerate(counts.tolist()))

    def _checked_steps(self) -> tuple[Any, ...]:
        for step in self.samplers:
            check_sampler("", step)
        if not self.samplers:
            raise InputError("A chain needs samplers: Chain(SMOTE(), TomekLinks()).")
        return self.samplers

    @property
    def needs(self) -> Literal["rows", "values"]:  # type: ignore[override]  # follows the steps
        """What the steps read."""
        every = {getattr(step, "needs", "values") for step in self.samplers}
        return "rows" if every == {"rows"} else "values"

    @property
    def declared(self) -> Declared:
        """What the steps say of the columns' kinds, the first one's words before all others."""
        return declared_by(self.samplers, Declared())

    @property
    def within_groups(self) -> bool:  # type: ignore[override]  # the steps'
        """Whether partners of some step are of the seed's group."""
        return any(getattr(step, "within_groups", False) for step in self.samplers)

    # A chain of any number of steps: scikit-learn's parameters are found by name, so they get names.

    @classmethod
    def _get_param_names(cls) -> list[str]:
        return ["n_jobs", "random_state"]

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: FBT001, FBT002  # as scikit-learn
        """Return the parameters, the samplers' as ``step_0``, ``step_0__k_neighbors``, ...

        Parameters
        ----------
        deep : bool, default=True
        """
        steps = {f"step_{i}": step for i, step in enumerate(self.samplers)}
        found = {"random_state": self.random_state, "n_jobs": self.n_jobs} | steps
        if deep:
            for name, step in steps.items():
                inner = step.get_params() if hasattr(step, "get_params") else {}
                found |= {f"{name}__{key}": value for key, value in inner.items()}
        return found

    def set_params(self, **parameters: Any) -> Chain:
        """Set parameters by the names of `get_params`.

        Parameters
        ----------
        **parameters
        """
        steps = {f"step_{i}": step for i, step in enumerate(self.samplers)}
        for key, value in parameters.items():
            name, separator, rest = key.partition("__")
            if separator and name in steps:
                steps[name].set_params(**{rest: value})
            elif name in steps:
                steps[name] = value
            elif name in ("random_state", "n_jobs"):
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
        return Chain(*steps, random_state=self.random_state, n_jobs=self.n_jobs)

    def __repr__(self, **_: Any) -> str:
        words = [repr(step) for step in self.samplers]
        words += [
            f"{k}={v!r}"
            for k, v in (("random_state", self.random_state), ("n_jobs", self.n_jobs))
            if v is not None
        ]
        return f"Chain({', '.join(words)})"
