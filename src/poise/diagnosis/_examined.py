"""Quantities that several checks of `poise.diagnose` share, computed once per table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, rankdata
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from poise.core.neighbors.equal_rows import equal_groups
from poise.core.neighbors.index import Index
from poise.core.neighbors.searchers import Neighbors
from poise.core.plan.recipes import Ids
from poise.core.sampling.seeds import seeded
from poise.core.threads import limited_for
from poise.study.event_table import EventTable, Floats
from poise.study.minority_kinds import N_AROUND, kinds_among
from poise.study.models import KnownColumns, boosting, logistic, weighing_classes
from poise.study.statistics import N_FOLDS

_MOST_LEARNT = 20_000  # largest number of rows that classifiers are fitted on


class Separation(NamedTuple):
    """How well held-out scores of an estimator separate the event from other rows.

    Attributes
    ----------
    auc, low, high : float
        Area under the ROC curve, and the ends of DeLong's 95 % interval.
    estimator : str
        "logistic" or "boosting".
    """

    auc: float
    low: float
    high: float
    estimator: str


@dataclass(frozen=True, eq=False)
class Examined:
    """A table and its event, with cached neighbours, scores and repeated rows.

    Attributes
    ----------
    rows : EventTable
    random_seed : int
        Random seed.
    """

    rows: EventTable
    random_seed: int = 0

    @property
    def n_events(self) -> int:
        return self.rows.n_events

    @property
    def n_others(self) -> int:
        return self.rows.n_rows - self.rows.n_events

    @cached_property
    def events(self) -> Ids:
        """Row numbers of the event."""
        return np.flatnonzero(self.rows.is_event)

    @cached_property
    def around(self) -> Neighbors:
        """The nearest other rows of any class, for each row of the event."""
        k = min(N_AROUND, self.rows.n_rows - 1)
        return self.rows.standard_index.nearest_others(self.events, k)

    @cached_property
    def kinds(self) -> Ids:
        """The kind of each row of the event, as a position in KINDS."""
        return kinds_among(self.around.rows, self.rows.is_event)

    @cached_property
    def event_index(self) -> Index:
        """Neighbour index of the rows of the event, with the distance of the whole table."""
        return self.rows.index_of(self.events)

    @cached_property
    def partners(self) -> Neighbors:
        """The nearest other rows of the event, for each row of the event: the partners that SMOTE uses."""
        return self.event_index.nearest_others(
            np.arange(self.n_events), min(N_AROUND, self.n_events - 1)
        )

    @cached_property
    def repeats(self) -> Ids:
        """A group number for each row; rows with equal values have the same number."""
        return equal_groups(self.rows.numbers)

    @cached_property
    def is_contradictory(self) -> NDArray[np.bool_]:
        """Whether each row equals a row of the other class."""
        n_events, n_all = (np.bincount(self.repeats, w) for w in (self.rows.is_event, None))
        return np.asarray((n_events > 0) & (n_events < n_all))[self.repeats]

    @cached_property
    def is_repeated(self) -> NDArray[np.bool_]:
        """Whether each row equals another row of its class."""
        of_both = self.repeats * 2 + self.rows.is_event
        return np.asarray(np.bincount(of_both) > 1)[of_both]

    @cached_property
    def learnt(self) -> EventTable:
        """The rows that classifiers are fitted on: all, or a random sample of each class."""
        rows = self.rows
        if rows.n_rows <= _MOST_LEARNT:
            return rows
        rng = np.random.RandomState(self.random_seed)
        share = _MOST_LEARNT / rows.n_rows
        kept = [
            members[rng.permutation(len(members))[: max(int(len(members) * share), 1000)]]
            for members in (self.events, np.flatnonzero(~rows.is_event))
        ]
        chosen = np.sort(np.concatenate(kept))
        return replace(
            rows, given=None, numbers=rows.numbers[chosen], is_event=rows.is_event[chosen]
        )

    @property
    def can_be_learnt(self) -> bool:
        """Whether each class has enough rows for every fold to train and test on."""
        return min(self.n_events, self.n_others) >= 2 * N_FOLDS

    @cached_property
    def scores(self) -> dict[str, Floats]:
        """Held-out scores of `learnt`, by the name of the classifier."""
        return {name: self.held_out(model) for name, model in self.models.items()}

    @cached_property
    def models(self) -> dict[str, Any]:
        """The classifiers that measure how well the event can be separated."""
        return {"logistic": logistic(self.learnt), "boosting": boosting(self.learnt)}

    def held_out(self, model: Any) -> Floats:
        """Return out-of-fold probabilities of the event."""
        folds = StratifiedKFold(N_FOLDS, shuffle=True, random_state=self.random_seed)
        with limited_for(self.learnt.n_rows):
            found = cross_val_predict(
                seeded(model, self.random_seed),
                KnownColumns().fit_transform(self.learnt.numbers),
                self.learnt.is_event,
                cv=folds,
                method="predict_proba",
            )
        return np.asarray(found[:, 1], dtype=np.float64)

    @cached_property
    def separation(self) -> Separation:
        """How well the better of the two classifiers separates the event."""
        found = [
            Separation(*auc_with_interval(self.learnt.is_event, scores), name)
            for name, scores in self.scores.items()
        ]
        return max(found, key=lambda one: one.auc)

    @cached_property
    def weighted_gain(self) -> tuple[float, float, float]:
        """Gain in AUC of a logistic regression from class weights, with its 95 % interval."""
        plain = self.scores["logistic"]
        weighted = self.held_out(weighing_classes(self.models["logistic"]))
        return auc_gain(self.learnt.is_event, plain, weighted)


def auc_with_interval(is_event: NDArray[np.bool_], scores: Floats) -> tuple[float, float, float]:
    """Return the area under the ROC curve with DeLong's 95 % interval.

    Parameters
    ----------
    is_event : ndarray of shape (n_rows,), bool
    scores : ndarray of shape (n_rows,), float64

    Returns
    -------
    auc, low, high : float

    Examples
    --------
    >>> is_event = np.array([True, True, True, False, False, False])
    >>> auc_with_interval(is_event, np.array([3.0, 2.0, 5.0, 1.0, 4.0, 0.0]))[0].__round__(3)
    0.778
    """
    of_events, of_others = _placements(is_event, scores)
    return _within(float(of_events.mean()), _variance(of_events, of_others), 0.0, 1.0)


def auc_gain(
    is_event: NDArray[np.bool_], first: Floats, second: Floats
) -> tuple[float, float, float]:
    """Return how much the second scores raise the AUC over the first, with DeLong's 95 % interval.

    Parameters
    ----------
    is_event : ndarray of shape (n_rows,), bool
    first, second : ndarray of shape (n_rows,), float64

    Returns
    -------
    gain, low, high : float

    References
    ----------
    .. [1] DeLong, E. R., DeLong, D. M. and Clarke-Pearson, D. L. (1988). Comparing the areas under two
       or more correlated receiver operating characteristic curves. Biometrics 44, 837-845.
    """
    before, after = _placements(is_event, first), _placements(is_event, second)
    of_events, of_others = after[0] - before[0], after[1] - before[1]
    return _within(float(of_events.mean()), _variance(of_events, of_others), -1.0, 1.0)


def _placements(is_event: NDArray[np.bool_], scores: Floats) -> tuple[Floats, Floats]:
    """Return for each row the share of the other class that it is ranked correctly against; ties count half."""
    ranks = rankdata(scores)
    events, others = scores[is_event], scores[~is_event]
    of_events = (ranks[is_event] - rankdata(events)) / len(others)
    of_others = 1 - (ranks[~is_event] - rankdata(others)) / len(events)
    return of_events, of_others


def _variance(of_events: Floats, of_others: Floats) -> float:
    return float(of_events.var(ddof=1) / len(of_events) + of_others.var(ddof=1) / len(of_others))


def _within(
    mean: float, variance: float, lowest: float, highest: float
) -> tuple[float, float, float]:
    half = float(norm.ppf(0.975) * np.sqrt(variance))
    return mean, max(mean - half, lowest), min(mean + half, highest)
