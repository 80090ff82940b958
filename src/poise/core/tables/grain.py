"""Times of new rows in the grain of their parents: whole days stay whole days."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from poise.core.plan.plan import Plan
from poise.core.plan.recipes import dependence_matrix

Ticks = NDArray[np.int64]
_PER_DAY = (1, 24, 1_440, 86_400)  # days, hours, minutes, seconds: each divides the one before


def steps_of(ticks_per_day: float) -> list[int]:
    """Return the ticks in a day, an hour, a minute and a second, as far as these are several ticks.

    Examples
    --------
    >>> steps_of(86_400_000.0), steps_of(1.0)
    ([86400000, 3600000, 60000, 1000], [])
    """
    steps = [ticks_per_day / per_day for per_day in _PER_DAY]
    return [int(step) for step in steps if step > 1 and step == int(step)]


def in_grain(plan: Plan, made: Ticks, ticks: Ticks, ticks_per_day: float) -> Ticks:
    """Round the times of made rows to the coarsest unit that separates all of their parents.

    If the parents of a row are whole days apart, its time is whole days from that of its seed row; else
    the same with hours, minutes and seconds. A column of whole days, in whatever time zone, so keeps
    them. Only the parents of a row count, so that pieces and partitions give the same rows.

    Parameters
    ----------
    plan : Plan
    made : ndarray of shape (n_made,), int64
        Times of the made rows, rounded to ticks.
    ticks : ndarray of shape (n_rows,), int64
        Times of the input rows.
    ticks_per_day : float

    Returns
    -------
    ndarray of shape (n_made,), int64
    """
    steps = steps_of(ticks_per_day)
    if not steps:
        return made
    roots = np.concatenate([np.arange(plan.n_rows), plan.made_source])
    step = np.full(len(roots), steps[0], dtype=np.int64)
    for rows, recipe in plan.runs():
        parents = dependence_matrix(recipe, rows.start)
        seeds = np.repeat(roots[rows], np.diff(parents.indptr))
        apart = _step_between(ticks[roots[parents.indices]] - ticks[seeds], steps)
        apart = np.minimum(apart, step[parents.indices])  # parents that are made themselves
        step[rows] = np.minimum.reduceat(apart, parents.indptr[:-1])
    start = ticks[plan.made_source]
    return start + _rounded(made - start, step[plan.n_rows :])


def _step_between(differences: Ticks, steps: list[int]) -> Ticks:
    """Return the largest step that divides each difference; 1 if none does."""
    largest = np.where(differences == 0, steps[0], 1)
    divided = np.flatnonzero(differences)
    for step in reversed(steps):  # what a step does not divide, none that is larger divides
        divided = divided[differences[divided] % step == 0]
        largest[divided] = step
    return largest


def _rounded(differences: Ticks, step: Ticks) -> Ticks:
    """Return differences rounded to multiples of a step, half to even."""
    below, rest = np.divmod(differences, step)
    is_up = (2 * rest > step) | ((2 * rest == step) & (below % 2 == 1))
    return (below + is_up) * step
