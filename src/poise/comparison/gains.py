"""From the scores of a run to values by fold and by repeat, and to the gain of every arm with what its error needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from poise.comparison.approaches import AS_IS
from poise.comparison.class_metrics import metrics_for
from poise.comparison.metrics import Decision, Key, Metric, Ranking
from poise.comparison.rechosen import Weights, drawn_weights, recall_in_draws
from poise.comparison.run import Runs
from poise.comparison.scored_fold import DecisionSettings, ScoredFold, scored_fold
from poise.core.plan.recipes import Ids
from poise.study.event_table import Floats
from poise.study.gains import Gain, Variance, variance_of_rows
from poise.study.influence import Influence

_SEED_OF_DRAWS = 0  # the same samples for every arm

Parts = tuple[str | None, str | None, str]  # prior, threshold, metric
_RANKS: Parts = (None, None, "roc_auc")


@dataclass(frozen=True, eq=False)
class Arm:
    """The outcomes of one arm: what each metric is computed from, fold by fold.

    Attributes
    ----------
    estimator, approach : str
    outcomes : dict of (prior, threshold, metric) to dict of int to object
        By the place of the fold; folds in which the arm failed are left out.
    by_fold : dict of (prior, threshold, metric) to ndarray of shape (n_folds,)
        NaN in folds without a value.
    """

    estimator: str
    approach: str
    outcomes: dict[Parts, dict[int, Any]] = field(default_factory=dict)
    by_fold: dict[Parts, Floats] = field(default_factory=dict)


class Repeats(NamedTuple):
    """A metric of one arm over the rows of each repeat.

    Attributes
    ----------
    values : ndarray of shape (n_repeats,)
    weights : ndarray of shape (n_repeats,)
        Shares of tested rows.
    of_row : ndarray of shape (n_rows,)
        The influence of each row of the table on the mean of the values; NaN if it is not known.
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
    scored = _Scored(runs, settings, groups)
    for estimator in dict.fromkeys(estimator for estimator, _ in runs.arms):
        approaches = [approach for name, approach in runs.arms if name == estimator]
        arms = {approach: arm_of(runs, estimator, approach, settings) for approach in approaches}
        base = arms.get(AS_IS, Arm(estimator, AS_IS))
        for arm in arms.values():
            likeness = scored.likeness(arm, base)
            for parts in arm.outcomes:
                _add(found, scored, arm, parts, base, likeness)
        scored.kept.clear()
    return found


def arm_of(runs: Runs, estimator: str, approach: str, settings: DecisionSettings) -> Arm:
    """Return the outcomes of one arm, and its values in every fold."""
    arm = Arm(estimator, approach)
    for place, fold in enumerate(runs.folds):
        scored = scored_fold(runs, estimator, approach, fold, settings)
        if scored is None:
            continue
        for metric, parts, outcome in _outcomes_of(scored, metrics_for(runs.rows.several)):
            arm.outcomes.setdefault(parts, {})[place] = outcome
            values = arm.by_fold.setdefault(parts, np.full(len(runs.folds), np.nan))
            values[place] = metric.value_of(scored, outcome)
    return arm


def _outcomes_of(
    scored: ScoredFold, metrics: Mapping[str, Metric]
) -> Iterator[tuple[Metric, Parts, Any]]:
    for metric in metrics.values():
        for prior, threshold, outcome in metric.outcomes(scored):
            yield metric, (prior, threshold, metric.name), outcome


def _add(found: Gains, scored: _Scored, arm: Arm, parts: Parts, base: Arm, likeness: float) -> None:
    """Add the values of one arm in one metric, and its gain unless it is the baseline."""
    metric, key = scored.metrics[parts[-1]], Key(arm.estimator, arm.approach, *parts)
    found.by_fold[key] = arm.by_fold[parts]
    if not metric.has_verdict:
        return
    places = list(arm.outcomes[parts])
    found.by_repeat[key] = scored.over_repeats(arm, parts, places).values
    of_base = (*metric.baseline, metric.name)
    places = [place for place in places if place in base.outcomes.get(of_base, ())]
    if places and not (arm is base and parts == of_base):
        found.gains[key] = scored.gain((arm, parts), (base, of_base), places, likeness)


@dataclass(frozen=True, eq=False)
class _Scored:
    """What all arms have in common.

    Attributes
    ----------
    runs : Runs
    settings : DecisionSettings
    groups : ndarray of shape (n_rows,) or None
    kept : dict
        What was computed of the baseline of an estimator, which many arms are compared with.
    tested : dict of tuple of int to ndarray of intp
        The rows that are tested, by folds.
    """

    runs: Runs
    settings: DecisionSettings
    groups: NDArray[np.intp] | None
    kept: dict[Any, Any] = field(default_factory=dict)
    tested: dict[tuple[int, ...], Ids] = field(default_factory=dict)

    @cached_property
    def metrics(self) -> Mapping[str, Metric]:
        """The metrics, by name."""
        return metrics_for(self.runs.rows.several)

    @cached_property
    def weights(self) -> Weights:
        """How often each row is in each sample, for metrics whose threshold is chosen again."""
        drawn = drawn_weights(self.runs.rows.is_event, self.groups, _SEED_OF_DRAWS)
        own = self.runs.rows.weights
        return drawn if own is None else drawn * own[:, None].astype(np.float32)

    def likeness(self, arm: Arm, base: Arm) -> float:
        """Return the correlation of the influences of rows on the ROC AUC of two arms; NaN if it has no values."""
        places = [
            place
            for place in arm.outcomes.get(_RANKS, ())
            if place in base.outcomes.get(_RANKS, ())
        ]
        if not places:
            return float("nan")
        new = self.over_repeats(arm, _RANKS, places)
        return _correlation(
            new.of_row, self._of_base(self.over_repeats, base, _RANKS, places).of_row
        )

    def gain(
        self,
        one: tuple[Arm, Parts],
        base: tuple[Arm, Parts],
        places: list[int],
        likeness: float,
    ) -> Gain:
        """Return the gain of a value over that of the baseline in some folds."""
        metric = self.metrics[one[1][-1]]
        new, old = self.over_repeats(*one, places), self._of_base(self.over_repeats, *base, places)
        rows = self._tested(places)
        if isinstance(metric, Decision) and metric.must_reach:
            draws = self._in_draws(*one, places)
            draws = draws - self._of_base(self._in_draws, *base, places)
            known = draws[np.isfinite(draws)]
            variance = Variance(float(known.var(ddof=1)), len(known) - 1.0)
        else:
            variance = variance_of_rows(
                (new.of_row - old.of_row)[rows],
                self.runs.rows.truth[rows],
                None if self.groups is None else self.groups[rows],
            )
        return Gain(
            by_repeat=metric.sign * (new.values - old.values),
            weights=new.weights,
            by_fold=metric.sign * (one[0].by_fold[one[1]] - base[0].by_fold[base[1]]),
            row_variance=variance.variance,
            freedom=variance.freedom,
            likeness=likeness,
        )

    def _tested(self, places: list[int]) -> Ids:
        """Return the rows that are tested in some folds; kept, because most arms have all folds."""
        key = tuple(places)
        if key not in self.tested:
            self.tested[key] = np.unique(np.concatenate([self.runs.folds[one].test for one in key]))
        return self.tested[key]

    def _of_base(self, compute: Any, base: Arm, parts: Parts, places: list[int]) -> Any:
        """Return what a function gives for a baseline, computed once."""
        key = (compute.__name__, parts, tuple(places))
        if key not in self.kept:
            self.kept[key] = compute(base, parts, places)
        return self.kept[key]

    def _in_draws(self, arm: Arm, parts: Parts, places: list[int]) -> Floats:  # noqa: ARG002  # one signature
        """Return the recall at the precision asked for in each sample of the rows."""
        return recall_in_draws(
            self.runs,
            (arm.estimator, arm.approach),
            places,
            self.settings.precision,
            self.weights,
            is_ordered=self.settings.is_ordered,
        )

    def over_repeats(self, arm: Arm, parts: Parts, places: list[int]) -> Repeats:
        """Return a metric over the rows of each repeat, with the influence of each row on the mean."""
        metric, folds = self.metrics[parts[-1]], self.runs.folds
        if metric.influence is None:
            return self._over_folds(arm, parts, places)
        values, sizes, changes = [], [], []
        for repeat in sorted({folds[place].repeat for place in places}):
            of_repeat = [place for place in places if folds[place].repeat == repeat]
            is_mean = isinstance(metric, Ranking) and metric.is_mean_of_folds
            parts_of_mean = [[place] for place in of_repeat] if is_mean else [of_repeat]
            found = [self._over(arm, parts, some) for some in parts_of_mean]
            values.append(float(np.mean([one.value for one in found])))
            of_row = np.concatenate([one.of_row for one in found]) / len(found)
            rows = np.concatenate([folds[place].test for place in of_repeat])
            changes.append(np.bincount(rows, of_row, self.runs.rows.n_rows))
            sizes.append(len(rows))
        weights = np.array(sizes) / sum(sizes)
        return Repeats(np.array(values), weights, weights @ np.array(changes))

    def _over_folds(self, arm: Arm, parts: Parts, places: list[int]) -> Repeats:
        """Return the means over folds of a metric of which no influences are known."""
        folds = [self.runs.folds[place] for place in places]
        repeats = sorted({fold.repeat for fold in folds})
        of_fold = np.array([repeats.index(fold.repeat) for fold in folds])
        sizes = np.bincount(of_fold)
        values = np.bincount(of_fold, arm.by_fold[parts][places]) / sizes
        return Repeats(values, sizes / sizes.sum(), np.full(self.runs.rows.n_rows, np.nan))

    def _over(self, arm: Arm, parts: Parts, places: list[int]) -> Influence:
        """Return a metric over the rows of some folds together."""
        rows = np.concatenate([self.runs.folds[place].test for place in places])
        outcome = np.concatenate([arm.outcomes[parts][place] for place in places])
        truth, weights = self.runs.rows.truth[rows], self.runs.rows.weights_of(rows)
        return self.metrics[parts[-1]].influence_of(truth, outcome, self.settings, weights)


def _correlation(one: Floats, other: Floats) -> float:
    """Return the correlation of influences, which have the mean 0; 1 if neither varies."""
    product = float(np.sqrt((one @ one) * (other @ other)))
    return float(one @ other) / product if product > 0 else float(one @ one == other @ other)
