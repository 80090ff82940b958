"""Quantities that several checks of `poise.diagnose` share, computed once per table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.stats import norm, rankdata
from sklearn.model_selection import StratifiedKFold

from poise.core.neighbors.equal_rows import equal_groups
from poise.core.neighbors.index import Index
from poise.core.neighbors.searchers import Neighbors
from poise.core.plan.recipes import Ids
from poise.core.sampling.seeds import fresh, seeded
from poise.core.threads import limited_for
from poise.study.event_table import EventTable, Floats
from poise.study.minority_kinds import KINDS, N_AROUND, kinds_among
from poise.study.models import KnownColumns, boosting, logistic, weighing_classes
from poise.study.statistics import N_FOLDS

_MOST_LEARNT = 20_000  # largest number of rows that classifiers are fitted on
_N_MADE = 1000  # rows that SMOTE would make, of which their nearest rows are looked at
APART = 0.95  # AUC above which the classes are well separated


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
    known_scores : dict of str to ndarray, or None
        Held-out scores of all rows by the name of the classifier, if they are known from elsewhere.
    """

    rows: EventTable
    random_seed: int = 0
    known_scores: Mapping[str, Floats] | None = None

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
        if self.rows.is_sparse:
            return _equal_sparse_rows(self.rows.numbers)
        return equal_groups(self.rows.numbers)

    @cached_property
    def is_contradictory(self) -> NDArray[np.bool_]:
        """Whether each row equals a row of another class."""
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
        if rows.n_rows <= _MOST_LEARNT or self.known_scores is not None:
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
        if self.known_scores is not None:
            return dict(self.known_scores)
        return {name: self.held_out(model) for name, model in self.models.items()}

    @cached_property
    def models(self) -> dict[str, Any]:
        """The classifiers that measure how well the event can be separated."""
        return models_for(self.learnt)

    def held_out(self, model: Any, share: float = 1.0) -> Floats:
        """Return out-of-fold probabilities of the event, from a share of the training rows of each class."""
        rows = self.learnt
        folds = StratifiedKFold(N_FOLDS, shuffle=True, random_state=self.random_seed)
        X = matrix_of(rows)
        found = np.empty(rows.n_rows)
        with limited_for(rows.n_rows):
            for train, test in folds.split(X, rows.is_event):
                kept = train if share == 1 else self._some(train, share)
                fitted = seeded(fresh(model), self.random_seed).fit(X[kept], rows.is_event[kept])
                found[test] = fitted.predict_proba(X[test])[:, 1]
        return found

    def _some(self, train: Ids, share: float) -> Ids:
        """Return a random share of the training rows of each class."""
        rng = np.random.RandomState(self.random_seed)
        parts = [train[self.learnt.is_event[train] == one] for one in (False, True)]
        kept = [rng.permutation(part)[: max(round(share * len(part)), 1)] for part in parts]
        return np.sort(np.concatenate(kept))

    @cached_property
    def separation(self) -> Separation:
        """How well the better of the two classifiers separates the event."""
        found = [
            Separation(*auc_with_interval(self.learnt.is_event, scores), name)
            for name, scores in self.scores.items()
        ]
        return max(found, key=lambda one: one.auc)

    @property
    def is_apart(self) -> bool:
        """Whether the classes are well separated: nothing is left to gain."""
        return self.can_be_learnt and self.separation.low >= APART

    @cached_property
    def weighted_gain(self) -> tuple[float, float, float]:
        """Gain in AUC of the better classifier from class weights, with its 95 % interval."""
        better = self.separation.estimator
        weighted = self.held_out(weighing_classes(self.models[better]))
        return auc_gain(self.learnt.is_event, self.scores[better], weighted)

    @cached_property
    def growth(self) -> tuple[float, float, float]:
        """Gain in AUC of the better classifier from twice as many training rows, with its 95 % interval."""
        better = self.separation.estimator
        of_half = self.held_out(self.models[better], share=0.5)
        return auc_gain(self.learnt.is_event, of_half, self.scores[better])

    @cached_property
    def among_others(self) -> float:
        """Share of the rows that SMOTE makes in standard units which are nearest to a row of another class."""
        rng = np.random.RandomState(self.random_seed)
        near = self.partners.rows
        seed = rng.randint(self.n_events, size=_N_MADE)
        partner = near[seed, rng.randint(near.shape[1], size=_N_MADE)]
        is_there = partner >= 0
        seed, partner = seed[is_there], partner[is_there]
        if not len(seed):
            return float("nan")
        values, n_numbers = self.rows.standard[self.events], self.rows.n_numbers
        made = values[seed].copy()
        gap = rng.uniform(size=(len(seed), 1))
        step = values[partner][:, :n_numbers] - values[seed][:, :n_numbers]
        made[:, :n_numbers] += gap * np.nan_to_num(step)
        nearest = self.rows.standard_index.nearest(made, 1).rows[:, 0]
        return float(np.mean(~self.rows.is_event[nearest[nearest >= 0]]))

    @cached_property
    def behind(self) -> float | None:
        """How much lower the rare and outlying rows of the event are ranked than the others, in shares of other rows.

        None if all or none of the rows of the event are such, or classifiers are fitted on a sample.
        """
        if not self.can_be_learnt or self.learnt is not self.rows:
            return None
        scores = self.scores[self.separation.estimator]
        is_lone = self.kinds >= KINDS.index("rare")
        if is_lone.all() or not is_lone.any():
            return None
        others = np.sort(scores[~self.rows.is_event])
        below = np.searchsorted(others, scores[self.events]) / len(others)
        return float(below[~is_lone].mean() - below[is_lone].mean())


def models_for(rows: EventTable) -> dict[str, Any]:
    """Return the classifiers that measure how well classes can be separated, by name."""
    found = {"logistic": logistic(rows, sparse=True)}
    return found if rows.is_sparse else {**found, "boosting": boosting(rows)}


def matrix_of(rows: EventTable) -> Any:
    """Return the numbers of a table as classifiers take them."""
    return rows.numbers if rows.is_sparse else KnownColumns().fit_transform(rows.numbers)


def _equal_sparse_rows(numbers: Any) -> Ids:
    """Return a group number for each row of a csr_array; rows with equal values have the same number."""
    whole = sp.csr_array(numbers)
    whole.eliminate_zeros()
    whole.sort_indices()
    known: dict[tuple[bytes, bytes], int] = {}
    groups = [
        known.setdefault((whole.indices[a:b].tobytes(), whole.data[a:b].tobytes()), len(known))
        for a, b in pairwise(whole.indptr)
    ]
    return np.array(groups, dtype=np.intp)


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
       doi:10.2307/2531595
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
