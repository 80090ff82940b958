"""From the scores of a run to values by fold and by repeat, and to the gain of every arm with what its error needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from poise.comparison.approaches import AS_IS
from poise.comparison.metrics import METRICS, Key, Metric, Ranking
from poise.comparison.run import Runs
from poise.comparison.scored_fold import DecisionSettings, ScoredFold, scored_fold
from poise.study.event_table import Floats
from poise.study.gains import Gain, variance_of_rows
from poise.study.influence import Influence

Parts = tuple[str | None, str | None, str]  # prior, threshold, metric


@dataclass(frozen=True, eq=False)
class Arm:
    """The outcomes of one arm: what each metric is computed from, fold by fold.

    Attributes
    ----------
    estimator, approach : str
    outcomes : dict of (prior, threshold, metric) to dict of int to object
        By the place of the fold; folds in which the arm failed are left out.
    values : dict of (prior, threshold, metric) to ndarray of shape (n_folds,)
        NaN in folds without a value.
    """

    estimator: str
    approach: str
    outcomes: dict[Parts, dict[int, Any]] = field(default_factory=dict)
    values: dict[Parts, Floats] = field(default_factory=dict)


class Repeats(NamedTuple):
    """A metric of one arm over the rows of each repeat.

    Attributes
    ----------
    values : ndarray of shape (n_repeats,)
    weights : ndarray of shape (n_repeats,)
        Shares of tested rows.
    of_row : ndarray of shape (n_rows,)
        The influence of each row of the table on the mean of the values.
    """

    values: Floats
    weights: Floats
    of_row: Floats


class Gains(NamedTuple):
    """What a comparison keeps of the scores.

    Attributes
    ----------
    by_fold : dict of Key to ndarray of shape (n_folds,)
        NaN in folds without a value.
    by_repeat : dict of Key to ndarray of shape (n_repeats,)
        Each metric over the rows of a repeat.
    gains : dict of Key to Gain
        Each value against that of its baseline.
    """

    by_fold: dict[Key, Floats]
    by_repeat: dict[Key, Floats]
    gains: dict[Key, Gain]


def gains_of(
    runs: Runs, settings: DecisionSettings, groups: NDArray[np.intp] | None = None
) -> Gains:
    """Return values and gains of every arm in every metric.

    Parameters
    ----------
    runs : Runs
    settings : DecisionSettings
    groups : ndarray of shape (n_rows,), optional
        The number of each row's group.
    """
    found = Gains({}, {}, {})
    for estimator in dict.fromkeys(estimator for estimator, _ in runs.arms):
        approaches = [approach for name, approach in runs.arms if name == estimator]
        arms = {approach: arm_of(runs, estimator, approach, settings) for approach in approaches}
        base = arms.get(AS_IS, Arm(estimator, AS_IS))
        for arm in arms.values():
            _add(found, runs, settings, groups, arm, base)
    return found


def arm_of(runs: Runs, estimator: str, approach: str, settings: DecisionSettings) -> Arm:
    """Return the outcomes and the values of one arm in every fold."""
    arm = Arm(estimator, approach)
    for place, fold in enumerate(runs.folds):
        scored = scored_fold(runs, estimator, approach, fold, settings)
        if scored is None:
            continue
        for metric, parts, outcome in _outcomes_of(scored):
            arm.outcomes.setdefault(parts, {})[place] = outcome
            values = arm.values.setdefault(parts, np.full(len(runs.folds), np.nan))
            values[place] = metric.value_of(scored, outcome)
    return arm


def _outcomes_of(scored: ScoredFold) -> Iterator[tuple[Metric, Parts, Any]]:
    for metric in METRICS.values():
        for prior, threshold, outcome in metric.outcomes(scored):
            yield metric, (prior, threshold, metric.name), outcome


def _add(
    found: Gains,
    runs: Runs,
    settings: DecisionSettings,
    groups: NDArray[np.intp] | None,
    arm: Arm,
    base: Arm,
) -> None:
    """Add what is known of one arm."""
    for parts, outcomes in arm.outcomes.items():
        metric, key = METRICS[parts[-1]], Key(arm.estimator, arm.approach, *parts)
        found.by_fold[key] = arm.values[parts]
        if metric.influence is None:
            continue
        own = over_repeats(runs, metric, outcomes, list(outcomes), settings)
        found.by_repeat[key] = own.values
        of_base = (*metric.baseline, metric.name)
        if of_base not in base.outcomes or (arm is base and parts == of_base):
            continue
        gain = _gain(runs, settings, groups, metric, (arm, parts), (base, of_base))
        if gain is not None:
            found.gains[key] = gain


def _gain(
    runs: Runs,
    settings: DecisionSettings,
    groups: NDArray[np.intp] | None,
    metric: Metric,
    one: tuple[Arm, Parts],
    other: tuple[Arm, Parts],
) -> Gain | None:
    """Return the gain of one value over another in the folds that have both; None if no fold has."""
    (arm, parts), (base, of_base) = one, other
    outcomes, of_others = arm.outcomes[parts], base.outcomes[of_base]
    places = [place for place in outcomes if place in of_others]
    if not places:
        return None
    new, old = (
        over_repeats(runs, metric, part, places, settings) for part in (outcomes, of_others)
    )
    rows = np.unique(np.concatenate([runs.folds[place].test for place in places]))
    variance, freedom = variance_of_rows(
        (new.of_row - old.of_row)[rows],
        runs.rows.is_event[rows],
        None if groups is None else groups[rows],
    )
    return Gain(
        by_repeat=metric.sign * (new.values - old.values),
        weights=new.weights,
        by_fold=metric.sign * (arm.values[parts] - base.values[of_base]),
        row_variance=variance,
        freedom=freedom,
        likeness=_correlation(new.of_row[rows], old.of_row[rows]),
    )


def _correlation(one: Floats, other: Floats) -> float:
    """Return the correlation of influences, which have the mean 0; 1 if neither varies."""
    product = float(np.sqrt((one @ one) * (other @ other)))
    return float(one @ other) / product if product > 0 else float(one @ one == other @ other)


def over_repeats(
    runs: Runs,
    metric: Metric,
    outcomes: dict[int, Any],
    places: Sequence[int],
    settings: DecisionSettings,
) -> Repeats:
    """Return a metric over the rows of each repeat, with the influence of each row on the mean."""
    repeats = sorted({runs.folds[place].repeat for place in places})
    values, sizes, changes = [], [], []
    for repeat in repeats:
        of_repeat = [place for place in places if runs.folds[place].repeat == repeat]
        tested = [runs.folds[place].test for place in of_repeat]
        if isinstance(metric, Ranking) and metric.is_mean_of_folds:
            groups = [[place] for place in of_repeat]
        else:
            groups = [of_repeat]
        found = [_over(runs, metric, outcomes, group, settings) for group in groups]
        values.append(float(np.mean([one.value for one in found])))
        of_row = np.concatenate([one.of_row for one in found]) / len(groups)
        rows = np.concatenate(tested)
        changes.append(np.bincount(rows, of_row, runs.rows.n_rows))
        sizes.append(len(rows))
    weights = np.array(sizes) / sum(sizes)
    return Repeats(np.array(values), weights, weights @ np.array(changes))


def _over(
    runs: Runs,
    metric: Metric,
    outcomes: dict[int, Any],
    places: Sequence[int],
    settings: DecisionSettings,
) -> Influence:
    """Return a metric over the rows of some folds together."""
    is_event = np.concatenate([runs.rows.is_event[runs.folds[place].test] for place in places])
    outcome = np.concatenate([outcomes[place] for place in places])
    return metric.influence_of(is_event, outcome, settings)
