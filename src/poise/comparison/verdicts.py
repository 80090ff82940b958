"""From values to verdicts: each arm against the baseline, in each metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poise.comparison.approaches import AS_IS
from poise.comparison.described import DESCRIBED
from poise.comparison.metrics import HALF, METRICS, TUNED, Key, Metric, known_metric
from poise.comparison.scored_fold import AS_TRAINED
from poise.core.errors import UnknownNameError, listed, nearest_name
from poise.core.saved import PickledWithVersion
from poise.core.tables.convert import frame_from_columns
from poise.core.types import Backend, ComparedMetric, GainVerdict
from poise.study.event_table import Floats
from poise.study.statistics import Estimate, corrected_t, holm, verdict


@dataclass(frozen=True)
class Difference:
    """The difference between an arm and the baseline in one metric.

    Attributes
    ----------
    key : Key
    value, baseline : float
        Means over the folds.
    estimate : Estimate
        The gain: the difference, with the sign changed if lower values are better.
    adjusted_p : float
        Holm's p-value over all comparisons in the metric.
    verdict : {"better", "worse", "practically equal", "undecided"}
    """

    key: Key
    value: float
    baseline: float
    estimate: Estimate
    adjusted_p: float
    verdict: GainVerdict


@dataclass(frozen=True, eq=False)
class Verdicts(PickledWithVersion):
    """The values of a comparison, and what they say about each arm.

    Attributes
    ----------
    facts : dict
        About the table and the run: rows, events, folds, seconds, versions, random state.
    values : dict of Key to ndarray of shape (n_folds,)
        Each metric of each arm; NaN in folds without a value.
    described : dict of Key to ndarray
        What is reported without a test, over all rows of a repeat: calibration in the large and slope, how
        much probabilities differ between refits ("instability"), and the recall of safe, borderline,
        rare and outlying events.
    status : dict of (estimator, approach) to list of str
        Failures and warnings; empty if there were none.
    pictures : dict
        What is drawn: points of precision-recall, reliability and threshold curves, a scatter plot of the
        table, and the findings of `poise.diagnose`.
    smallest_differences : dict of metric to float
        The smallest difference that these folds can detect, computed before anything was fitted.
    """

    facts: dict[str, Any]
    values: dict[Key, Floats]
    described: dict[Key, Floats]
    status: dict[tuple[str, str], list[str]]
    pictures: dict[str, Any] = field(repr=False)
    smallest_differences: dict[str, float]

    @property
    def estimators(self) -> list[str]:
        """Names of the estimators."""
        return list(dict.fromkeys(estimator for estimator, _ in self.status))

    @property
    def approaches(self) -> list[str]:
        """Names of the approaches, as-is first."""
        return list(dict.fromkeys(approach for _, approach in self.status))

    @property
    def ratio(self) -> float:
        """Rows in the test part of a fold divided by rows in its training part."""
        return float(self.facts["ratio"])

    def mean(self, key: Sequence[str | None]) -> float:
        """Return the mean of a value over folds; NaN if there is none."""
        parts: Mapping[Any, Floats] = self.described if key[-1] in DESCRIBED else self.values
        values = parts.get(tuple(key), np.full(1, np.nan))
        known = values[np.isfinite(values)]
        return float(known.mean()) if len(known) else float("nan")

    # Judging

    @cached_property
    def differences(self) -> list[Difference]:
        """Every arm against the baseline of its estimator: the unchanged rows with a tuned threshold."""
        judged = [metric for metric in METRICS.values() if metric.has_verdict]
        return [difference for metric in judged for difference in self._differences_in(metric)]

    def _differences_in(self, metric: Metric) -> list[Difference]:
        """Return the differences in one metric, Holm's correction over all of them."""
        keys = [key for key in self.values if key.metric == metric.name]
        pairs = [(key, self.baseline_of(key)) for key in keys]
        pairs = [(key, base) for key, base in pairs if base in self.values and key != base]
        estimates = [self._estimate(metric, key, base) for key, base in pairs]
        adjusted = holm(np.array([estimate.p_value for estimate in estimates]))
        return [
            Difference(
                key,
                float(np.nanmean(self.values[key])),
                float(np.nanmean(self.values[base])),
                estimate,
                float(p),
                verdict(estimate, float(p), self.width_of(metric)),
            )
            for (key, base), estimate, p in zip(pairs, estimates, adjusted, strict=True)
        ]

    def _estimate(self, metric: Metric, key: Key, base: Key) -> Estimate:
        gains = metric.sign * (self.values[key] - self.values[base])
        return corrected_t(gains, self.ratio)

    def baseline_of(self, key: Key) -> Key:
        """Return the key of the baseline: the same estimator and metric on the unchanged rows."""
        return Key(key.estimator, AS_IS, *METRICS[key.metric].baseline, key.metric)

    def is_fair(self, key: Key) -> bool:
        """Tell whether a value has the prior and the threshold of its baseline, such as tuned against tuned."""
        return (key.prior, key.threshold) == METRICS[key.metric].baseline

    def width_of(self, metric: Metric) -> float:
        """Return how large a difference in a metric may be on this table without mattering."""
        return float(metric.width * metric.unit(self.facts))

    def gain(self, estimator: str, approach: str, metric: str = "f1") -> dict[str, float]:
        """Return where an approach's gain at the default threshold comes from.

        Parameters
        ----------
        estimator, approach : str
        metric : str, default="f1"
            A metric of decisions.

        Returns
        -------
        dict
            "moved threshold" + "ranking" + "misfit of 0.5" = "gain". The first is the gain from tuning the
            threshold without resampling, the second is what the approach adds when both thresholds are
            tuned, and the third is what the approach loses because 0.5 is not its best threshold.

        Raises
        ------
        UnknownNameError
            If there is no such estimator, approach or metric of decisions.
        """
        decisions = {key.metric for key in self.values if key.threshold == HALF}
        _check_known("estimator", estimator, self.estimators)
        _check_known("approach", approach, self.approaches)
        _check_known("metric of decisions", metric, sorted(decisions))
        found = {
            (name, threshold): self.mean(Key(estimator, name, prior, threshold, metric))
            for name in (AS_IS, approach)
            for prior, threshold in ((AS_TRAINED, HALF), (None, TUNED))
        }
        return {
            "moved threshold": found[AS_IS, TUNED] - found[AS_IS, HALF],
            "ranking": found[approach, TUNED] - found[AS_IS, TUNED],
            "misfit of 0.5": found[approach, HALF] - found[approach, TUNED],
            "gain": found[approach, HALF] - found[AS_IS, HALF],
        }

    def by_ratio(
        self, metric: ComparedMetric = "average_precision"
    ) -> list[tuple[str, str, float, float, float, float]]:
        """Return the gain of smaller and larger shares of each approach; empty without `ratios`.

        Parameters
        ----------
        metric : str, default="average_precision"
            Decisions are at the tuned threshold, probabilities as trained.

        Returns
        -------
        list of (estimator, approach, share, gain, low, high)
            The gain over the unchanged rows, with its interval; 0 at share 0.
        """
        known_metric(metric)
        shares = self.facts.get("shares", {})
        parents = {parent for parent, _ in shares.values()}
        points = dict(shares) | {name: (name, 1.0) for name in self.approaches if name in parents}
        found = {
            (d.key.estimator, *points[d.key.approach]): d.estimate[:3]
            for d in self.differences
            if d.key.metric == metric and d.key.approach in points and self.is_fair(d.key)
        }
        found |= {(estimator, parent, 0.0): (0.0, 0.0, 0.0) for estimator, parent, _ in found}
        return [(*key, *found[key]) for key in sorted(found)]

    def intervals(self, metric: ComparedMetric = "roc_auc") -> dict[tuple[str, str], Estimate]:
        """Return the mean of a metric, with intervals that hold for all arms simultaneously.

        Parameters
        ----------
        metric : str, default="roc_auc"
            Decisions are at the tuned threshold, probabilities as trained.

        Returns
        -------
        dict of (estimator, approach) to Estimate
        """
        known_metric(metric)
        keys = [key for key in self.values if key.metric == metric and self.is_fair(key)]
        confidence = 1 - 0.05 / max(len(keys), 1)
        return {
            (key.estimator, key.approach): corrected_t(self.values[key], self.ratio, confidence)
            for key in keys
        }

    # Frames

    def to_dict(self) -> dict[str, NDArray[Any]]:
        """Return every value as columns: estimator, approach, prior, threshold, metric, fold, value.

        Prior and threshold are "" for values that have none.
        """
        keys = list(self.values)
        n_folds = len(next(iter(self.values.values()))) if keys else 0
        columns = {name: np.repeat(column, n_folds) for name, column in _columns_of(keys).items()}
        columns["fold"] = np.tile(np.arange(n_folds), len(keys))
        columns["value"] = np.concatenate([np.empty(0), *self.values.values()])
        return columns

    def frame(self, backend: Backend | None = None) -> Any:
        """Return every value of every fold as a frame of a library that is installed."""
        return frame_from_columns(self.to_dict(), backend)

    def verdict_columns(self) -> dict[str, NDArray[Any]]:
        """Return the differences as columns; see `verdicts`."""
        found = self.differences
        return _columns_of([d.key for d in found]) | {
            "value": np.array([d.value for d in found]),
            "baseline": np.array([d.baseline for d in found]),
            "gain": np.array([d.estimate.mean for d in found]),
            "low": np.array([d.estimate.low for d in found]),
            "high": np.array([d.estimate.high for d in found]),
            "p_holm": np.array([d.adjusted_p for d in found]),
            "verdict": np.array([d.verdict for d in found], dtype=str),
        }

    def verdicts(self, backend: Backend | None = None) -> Any:
        """Return each arm against the baseline: the gain, its interval, and the verdict.

        "gain" is the difference, with the sign changed if lower values are better.
        """
        return frame_from_columns(self.verdict_columns(), backend)


def _columns_of(keys: Sequence[Key]) -> dict[str, NDArray[Any]]:
    """Return the parts of keys as columns of text, "" for None."""
    return {
        name: np.array([getattr(key, name) or "" for key in keys], dtype=str)
        for name in Key._fields
    }


def _check_known(what: str, name: str, known: Sequence[str]) -> None:
    if name not in known:
        raise UnknownNameError(
            f"There is no {what} {name!r} in this comparison; there are {listed(known, limit=None)}."
            f"{nearest_name(name, known)}"
        )
