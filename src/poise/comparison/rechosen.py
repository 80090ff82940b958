"""Recall at a given precision in samples of the rows, with the threshold chosen again in each of them.

Other thresholds are at an optimum, where a small error of the threshold changes next to nothing. This one is where
the precision just suffices, and its error is the same in every fold, because folds share most of the rows that it
is chosen on. So the spread between folds does not show it, and neither do influences at a fixed threshold.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from poise.comparison.run import Runs
from poise.comparison.scored_fold import other_folds
from poise.study.event_table import Floats

Weights = NDArray[np.float32]
_DRAWS, _FEWEST_DRAWS = 100, 50
_CELLS = 4_000_000  # rows times draws


def drawn_weights(
    is_event: NDArray[np.bool_], groups: NDArray[np.intp] | None, random_seed: int
) -> Weights:
    """Return how often each row is in each sample of as many rows of both classes, or of as many groups.

    Returns
    -------
    ndarray of shape (n_rows, n_draws), float32
        100 draws, fewer above 40,000 rows, at least 50.
    """
    n = len(is_event)
    n_draws = int(np.clip(_CELLS // n, _FEWEST_DRAWS, _DRAWS))
    rng = np.random.RandomState(random_seed)
    weights = np.empty((n, n_draws), dtype=np.float32)
    if groups is not None:
        _, numbers = np.unique(groups, return_inverse=True)
        n_groups = int(numbers.max()) + 1
        for draw in range(n_draws):
            drawn = rng.randint(n_groups, size=n_groups)
            weights[:, draw] = np.bincount(drawn, minlength=n_groups)[numbers]
        return weights
    for side in (is_event, ~is_event):
        m = int(side.sum())
        for draw in range(n_draws):
            weights[side, draw] = np.bincount(rng.randint(m, size=m), minlength=m)
    return weights


def recall_in_draws(
    runs: Runs,
    arm: tuple[str, str],
    places: Sequence[int],
    precision: float,
    weights: Weights,
    *,
    is_ordered: bool,
) -> Floats:
    """Return the recall at a precision in each draw, averaged over repeats.

    Parameters
    ----------
    runs : Runs
    arm : (estimator, approach)
    places : sequence of int
        Which folds count.
    precision : float
        The lowest share of alerts that must be events.
    weights : ndarray of shape (n_rows, n_draws)
    is_ordered : bool
        Whether thresholds are chosen on earlier folds only.

    Returns
    -------
    ndarray of shape (n_draws,)
        NaN in draws without an event among the test rows.
    """
    is_event = runs.rows.is_event
    found, events = (defaultdict[int, Floats](lambda: np.zeros(weights.shape[1])) for _ in range(2))
    sizes = defaultdict[int, int](int)
    for place in places:
        fold = runs.folds[place]
        rows, scores = other_folds(runs, *arm, fold, is_ordered=is_ordered)
        limit = thresholds_in_draws(is_event[rows], scores, precision, weights[rows])
        tested = fold.test[is_event[fold.test]]
        own = runs.results[*arm, fold.number].scores[is_event[fold.test]]
        found[fold.repeat] += (weights[tested] * (own[:, None] >= limit)).sum(axis=0)
        events[fold.repeat] += weights[tested].sum(axis=0)
        sizes[fold.repeat] += len(fold.test)
    with np.errstate(invalid="ignore"):
        shares = np.array([found[repeat] / events[repeat] for repeat in sizes])
    return np.asarray(np.array(list(sizes.values())) / sum(sizes.values()) @ shares)


def thresholds_in_draws(
    is_event: NDArray[np.bool_], scores: Floats, precision: float, weights: Weights
) -> Floats:
    """Return the threshold of each draw: the one with the highest recall among those with at least the precision.

    It lies below the last event that can be an alert, half way to the next score. It is infinite if there is none,
    and below all scores if every row may be an alert.

    Parameters
    ----------
    is_event : ndarray of shape (n,), bool
    scores : ndarray of shape (n,)
    precision : float
    weights : ndarray of shape (n, n_draws)

    Examples
    --------
    >>> y, scores = np.array([True, False, True]), np.array([0.9, 0.6, 0.5])
    >>> weights = np.array([[1, 1], [1, 2], [1, 1]], dtype=np.float32)
    >>> thresholds_in_draws(y, scores, 0.6, weights).tolist()
    [-inf, 0.75]
    """
    if not is_event.any():
        return np.full(weights.shape[1], np.inf)
    order = np.argsort(-scores, kind="stable")
    y, ordered = is_event[order], scores[order]
    ends = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)  # of rows with one score
    next_score = np.append(ordered[ends[:-1] + 1], -np.inf)
    has_event = np.diff(np.append(0, np.cumsum(y)[ends])) > 0
    ends, next_score = ends[has_event], next_score[has_event]
    starts = np.append(0, ends[:-1] + 1)
    part = weights[order[: ends[-1] + 1]]
    alerts = np.add.reduceat(part, starts).cumsum(axis=0)
    found = np.add.reduceat(part * y[: len(part), None], starts)
    enough = (found.cumsum(axis=0) >= precision * alerts) & (found > 0)
    last = len(ends) - 1 - enough[::-1].argmax(axis=0)
    middle = (ordered[ends] + next_score) / 2
    return np.where(enough.any(axis=0), middle[last], np.inf)
