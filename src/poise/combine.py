"""Over-sampling, then cleaning: SMOTE + Tomek links and SMOTE + edited nearest neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from poise.core import parameters
from poise.core.allocation import Counts
from poise.core.errors import UnsupportedTypeError
from poise.core.kinds import Declared
from poise.core.plan import Plan
from poise.core.problem import Problem
from poise.core.resampler import Cleaner, OverSampler, Resampler, random_stream
from poise.over_sampling import SMOTE
from poise.under_sampling import EditedNearestNeighbours, TomekLinks

__all__ = ["SMOTEENN", "SMOTETomek"]


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
    categorical_features : "auto", or list of names or positions, or mask, default="auto"
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
        parameters.RANDOM
        | parameters.N_JOBS
        | parameters.SPACE
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
        first = _checked(self.smote, OverSampler, "smote") or _smote_of(self)
        second = _checked(self.tomek, Cleaner, "tomek") or TomekLinks(
            sampling_strategy="all", neighbor_space=self.neighbor_space
        )
        return over_then_clean(problem, rng, first, second)


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
    categorical_features : "auto", or list of names or positions, or mask, default="auto"
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
        parameters.RANDOM
        | parameters.N_JOBS
        | parameters.SPACE
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
        first = _checked(self.smote, OverSampler, "smote") or _smote_of(self)
        second = _checked(self.enn, Cleaner, "enn") or EditedNearestNeighbours(
            sampling_strategy="all", neighbor_space=self.neighbor_space
        )
        return over_then_clean(problem, rng, first, second)


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


def over_then_clean(
    problem: Problem, rng: np.random.RandomState, first: OverSampler, second: Cleaner
) -> tuple[Plan, Counts]:
    """Return the plan of an over-sampler and then a cleaning method, as one."""
    for step in (first, second):
        step.check_parameters()
    rng = rng if first.random_state is None else random_stream(first.random_state)
    met_first = problem.for_method(type(first).__name__, first.neighbor_space)
    grown, added = first._plan(met_first, rng)
    met_second = met_first.after(grown).for_method(type(second).__name__, second.neighbor_space)
    cleaned, _ = second._plan(met_second, rng)
    return grown.then(cleaned), added
