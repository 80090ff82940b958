"""A share of a sampler's changes, such as half of its new rows; smaller shares are parts of larger ones."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from poise.combine import declared_by, plan_of_steps
from poise.core.plan.plan import Plan
from poise.core.plan.recipes import Ids
from poise.core.sampling.allocation import ROUNDING, Counts
from poise.core.sampling.problem import Problem
from poise.core.sampling.resampler import Resampler
from poise.core.tables.declared import Declared


class PartOf(Resampler):
    """A sampler that makes and removes a share of the rows that another sampler makes and removes.

    Parameters
    ----------
    sampler : Resampler
    share : float
        From 0 to 1.
    random_state : int, RandomState or None
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {}
    sampling_strategy: Any = "auto"

    def __init__(self, sampler: Resampler, share: float, random_state: Any = None) -> None:
        self.sampler = sampler
        self.share = share
        self.random_state = random_state

    @property
    def declared(self) -> Declared:
        """The column kinds declared to the sampler."""
        return declared_by([self.sampler], Declared())

    @property
    def within_groups(self) -> bool:  # type: ignore[override]  # the sampler's
        """Whether the sampler blends only rows of one group."""
        return self.sampler.within_groups

    def make_plan(self, problem: Problem, rng: np.random.RandomState) -> tuple[Plan, Counts]:
        """Return a share of the sampler's plan, and the number of rows by class code."""
        plan, (amounts,), _ = plan_of_steps(problem, rng, [self.sampler])
        return thinned(plan, self.share, rng), amounts


def thinned(plan: Plan, share: float, rng: np.random.RandomState) -> Plan:
    """Return the plan that makes a share of a plan's changes.

    The share, rounded down, is taken in random order from the new rows of the output, and from the input
    rows that are removed. With the same random state, the changes of a smaller share are part of those of
    a larger one.

    Parameters
    ----------
    plan : Plan
    share : float
    rng : RandomState

    Returns
    -------
    Plan

    Examples
    --------
    >>> half = thinned(Plan.taking(6, [0, 1]), 0.5, np.random.RandomState(0))
    >>> len(half), {0, 1} <= set(half.order.tolist())
    (4, True)
    """
    is_new = plan.is_new
    removed = np.setdiff1d(np.arange(plan.n_rows), plan.order[~is_new])
    new, gone = (_some_of(ids, share, rng) for ids in (plan.order[is_new], removed))
    kept = np.setdiff1d(np.arange(plan.n_rows), gone)
    return Plan(plan.n_rows, plan.made, np.concatenate([kept, new]), plan.rules)


def _some_of(ids: Ids, share: float, rng: np.random.RandomState) -> Ids:
    drawn = rng.permutation(len(ids))[: int(share * len(ids) + ROUNDING)]
    return ids[np.sort(drawn)]
