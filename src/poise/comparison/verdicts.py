"""From gains to verdicts: each arm against the baseline, in each metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from poise.comparison.approaches import AS_IS
from poise.comparison.class_metrics import LARGEST, metrics_for
from poise.comparison.metrics import HALF, Decision, Key, Metric, known_metric
from poise.comparison.scored_fold import AS_TRAINED
from poise.core.errors import UnknownNameError, listed, nearest_name
from poise.core.saved import PickledWithVersion
from poise.core.tables.convert import frame_from_columns
from poise.core.types import Backend, ComparedMetric, GainVerdict
from poise.study.effect_prior import Posterior, Prior, flat_posterior, posterior_of
from poise.study.event_table import Floats
from poise.study.gains import Gain, Variance, measured
from poise.study.reference import POWER
from poise.study.statistics import (
    BETTER,
    EQUAL,
    NO_GAIN,
    OPEN,
    WORSE,
    Estimate,
    Measured,
    corrected_t,
    flat_verdict,
    holm,
)

_SURE, _HARDLY = 0.9, 0.05  # probabilities of a verdict, and of a gain that is ruled out


@dataclass(frozen=True)
class Difference:
    """The difference between an arm and the baseline in one metric.

    Attributes
    ----------
    key : Key
    value, baseline : float
        Over all test rows of a repeat, averaged over repeats.
    estimate : Estimate
        The gain (the difference, with the sign changed if lower values are better) with its interval from these
        data alone.
    posterior : Posterior
        The expected gain with the probabilities of what it is: with the effect prior of the comparison.
    adjusted_p : float
        Holm's p-value over the comparisons in the metric at the same kind of threshold.
    verdict : {"better", "worse", "practically equal", "no gain worth having", "open"}

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise import compare
    >>> X, y = make_classification(150, weights=[0.85], random_state=0)
    >>> result = compare(X, y, approaches=["smote"], estimators=["logistic"], n_repeats=1, n_jobs=1)
    >>> difference = result.differences[0]
    >>> difference.key.approach, difference.key.metric, difference.verdict
    ('smote', 'roc_auc', 'practically equal')
    """

    key: Key
    value: float
    baseline: float
    estimate: Estimate
    posterior: Posterior
    adjusted_p: float
    verdict: GainVerdict


class Found(NamedTuple):
    """What a setup finds: shares of the events, and of the alerts that are events.

    Of several classes, the rows of one of them count as events, and decisions for it as alerts.

    Attributes
    ----------
    recall_at_half, precision_at_half : float
        At a threshold of 0.5 of probabilities as trained; of several classes, by the largest probability.
    recall, precision : float
        At the tuned threshold.
    threshold : float
        The tuned threshold, of corrected probabilities.
    """

    recall_at_half: float
    precision_at_half: float
    recall: float
    precision: float
    threshold: float


def verdict_of(found: Posterior) -> GainVerdict:
    """Return the verdict from probabilities: one of 90 %, or less than 5 % for a gain worth having.

    Examples
    --------
    >>> verdict_of(Posterior(0.02, 0.7, 0.28, -0.01, -0.03, 0.01, 0.001, 0.011))
    'no gain worth having'
    """
    if found.gain >= _SURE:
        return BETTER
    if found.loss >= _SURE:
        return WORSE
    if found.equal >= _SURE:
        return EQUAL
    return NO_GAIN if found.gain < _HARDLY else OPEN


def is_settled(gain: Any, loss: Any) -> Any:
    """Tell whether probabilities of a gain and of a loss, or arrays of them, give a verdict; see `verdict_of`."""
    return (np.maximum(gain, loss) >= _SURE) | (gain + loss <= 1 - _SURE) | (gain < _HARDLY)


@dataclass(frozen=True, eq=False)
class Verdicts(PickledWithVersion):
    """The values of a comparison, and what they say about each arm.

    Attributes
    ----------
    facts : dict
        About the table and the run: rows, events, folds, seconds, versions, random state; and how it is judged: the
        margins, the effect prior and the primary metric.
    values : dict of Key to ndarray of shape (n_folds,)
        Each metric of each arm; NaN in folds without a value.
    by_repeat : dict of Key to ndarray of shape (n_repeats,)
        Each metric over all test rows of a repeat.
    gains : dict of Key to Gain
        What every verdict is computed from.
    priors : dict of Key to (float, float, int)
        Location and scale of the prior of each gain, from the reference study of the version that ran the comparison, and
        the number of origins of tables that it was learnt from.
    described : dict of Key to ndarray
        What is reported without a test, over all rows of a repeat: calibration in the large and slope, how
        much probabilities differ between refits ("instability"), recall and precision at 0.5 and at the threshold tuned
        for each metric, these thresholds, and the recall of safe, borderline, rare and outlying events.
    status : dict of (estimator, approach) to list of str
        Failures and warnings; empty if there were none.
    pictures : dict
        What is drawn: points of precision-recall, reliability and threshold curves (of the "threshold_metric"), a
        scatter plot of the table (of a sparse one, the "features" with the largest weights), and the findings of
        `poise.diagnose`.
    setups : object, optional
        What the comparison was called with, for `Comparison.unfitted`; None if it was read from a file.
    """

    facts: dict[str, Any]
    values: dict[Key, Floats]
    by_repeat: dict[Key, Floats]
    gains: dict[Key, Gain]
    priors: dict[Key, tuple[float, float, int]]
    described: dict[Key, Floats]
    status: dict[tuple[str, str], list[str]]
    pictures: dict[str, Any] = field(repr=False)
    setups: Any = field(default=None, repr=False)

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

    @property
    def classes(self) -> list[str]:
        """Labels of several classes, sorted; empty for two."""
        return list(self.facts["classes"])

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """The metrics by name: those of two classes, or of several."""
        return metrics_for(self.classes)

    @property
    def untuned(self) -> str:
        """How decisions are made without tuned thresholds: at 0.5, or of several classes for the largest probability."""
        return LARGEST if self.classes else HALF

    @property
    def primary(self) -> Metric:
        """The metric that the headline decides by."""
        return self.metrics[self.facts["primary_metric"]]

    @property
    def decides_by(self) -> str:
        """The metric that thresholds are tuned for: the primary one if it needs a threshold, else cost or F1."""
        if isinstance(self.primary, Decision):
            return self.primary.name
        return "cost" if self.facts["trivial_cost"] is not None else "f1"

    def found(self, arm: tuple[str, str], label: str | None = None) -> Found:
        """Return what a setup finds untuned, and at the threshold tuned for `decides_by`; NaN where it is not known.

        Parameters
        ----------
        arm : (str, str)
            Estimator and approach.
        label : str, optional
            One of several classes; by default the rarest.
        """
        by, of_class = self.decides_by, ""
        if self.classes:
            of_class = f" of {self.facts['event'] if label is None else label}"

        def value(name: str, prior: str | None, threshold: str | None) -> float:
            return self.mean(Key(*arm, prior, threshold, name + of_class))

        return Found(
            value("recall", AS_TRAINED, self.untuned),
            value("precision", AS_TRAINED, self.untuned),
            *(
                value(f"{what}_by_{by}", *self.metrics[by].baseline)
                for what in ("recall", "precision", "threshold")
            ),
        )

    @property
    def is_flat(self) -> bool:
        """Whether no gain is likelier than another before the data are seen."""
        return bool(self.facts["effect_prior"] == "flat")

    def mean(self, key: Sequence[str | None]) -> float:
        """Return a value over all test rows of a repeat, averaged over repeats; NaN if there is none."""
        every: tuple[Mapping[Any, Floats], ...] = (self.by_repeat, self.described, self.values)
        for parts in every:
            values = np.asarray(parts.get(tuple(key), np.empty(0)))
            is_known = np.isfinite(values)
            if is_known.any():
                return float(np.average(values[is_known], weights=self._weights(values)[is_known]))
        return float("nan")

    def _weights(self, values: Floats) -> Floats:
        """Return the weight of each repeat: of the last one less if its folds were not all run; else all alike."""
        weights = np.array(self.facts["weights_of_repeats"])
        return weights if len(weights) == len(values) else np.ones(len(values))

    # Judging

    @cached_property
    def differences(self) -> list[Difference]:
        """Every arm against the baseline of its estimator: the unchanged rows with a tuned threshold."""
        judged = [metric for metric in self.metrics.values() if metric.has_verdict]
        return [difference for metric in judged for difference in self._differences_in(metric)]

    def _differences_in(self, metric: Metric) -> list[Difference]:
        """Return the differences in one metric; Holm's correction is over those of like with like, and over the rest."""
        keys = [key for key in self.gains if key.metric == metric.name]
        found = {key: self.measured(key) for key in keys}
        adjusted: dict[Key, float] = {}
        for family in (
            [k for k in keys if self.is_fair(k)],
            [k for k in keys if not self.is_fair(k)],
        ):
            p_values = holm(np.array([found[key].estimate().p_value for key in family]))
            adjusted |= dict(zip(family, p_values.tolist(), strict=True))
        return [self._difference(metric, key, found[key], adjusted[key]) for key in keys]

    def _difference(
        self, metric: Metric, key: Key, gain: Measured, adjusted_p: float
    ) -> Difference:
        margin = self.margin_of(metric)
        if self.is_flat:
            posterior, verdict = (
                flat_posterior(gain, margin),
                flat_verdict(gain, adjusted_p, margin),
            )
        else:
            prior, _ = self.prior_of(key)
            unit = self.unit_of(metric)
            posterior = posterior_of(gain.mean, gain.normal_error, margin, prior, unit)
            verdict = verdict_of(posterior)
        base = self.mean(self.baseline_of(key))
        value = base + metric.sign * gain.mean
        return Difference(key, value, base, gain.estimate(), posterior, adjusted_p, verdict)

    def measured(self, key: Key) -> Measured:
        """Return the gain of a value over that of the baseline, with its error."""
        with_folds = bool(self.facts["with_folds"])
        return measured(self.gains[key], self.ratio, self._between(key), with_folds=with_folds)

    def _between(self, key: Key) -> Variance | None:
        """Return the variance between repeats; with two of them the mean over the approaches of an estimator."""
        if self.gains[key].n_whole_repeats != 2:
            return None
        of_others = [
            gain.between_repeats
            for other, gain in self.gains.items()
            if other._replace(approach=key.approach) == key and gain.n_whole_repeats == 2
        ]
        return Variance(float(np.mean(of_others)), float(len(of_others)))

    def prior_of(self, key: Key) -> tuple[Prior, int]:
        """Return the prior of a gain, and from how many origins of tables it was learnt; 0 if the study has none."""
        location, scale, n_origins = self.priors.get(key, (*Prior(), 0))
        return Prior(location, scale), n_origins

    def unit_of(self, metric: Metric) -> float:
        """Return the margin that priors were learnt with: the usual one on this table."""
        return metric.usual_margin(self.facts)

    @cached_property
    def smallest_differences(self) -> dict[str, float]:
        """Difference in each metric that this run would find four times in five, by these data alone.

        1.43 times the half-width of a 95 % interval, the median over approaches at the same kind of threshold.
        """
        found: dict[str, list[float]] = {}
        for key in filter(self.is_fair, self.gains):
            estimate = self.measured(key).estimate()
            found.setdefault(key.metric, []).append(POWER * (estimate.high - estimate.mean))
        return {metric: float(np.median(values)) for metric, values in found.items()}

    def baseline_of(self, key: Key) -> Key:
        """Return the key of the baseline: the same estimator and metric on the unchanged rows."""
        return Key(key.estimator, AS_IS, *self.metrics[key.metric].baseline, key.metric)

    def is_fair(self, key: Key) -> bool:
        """Tell whether a value has the prior and the threshold of its baseline, such as tuned against tuned."""
        return (key.prior, key.threshold) == self.metrics[key.metric].baseline

    def margin_of(self, metric: Metric) -> float:
        """Return how large a difference in a metric may be on this table without mattering."""
        return float(self.facts["margins"][metric.name])

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
        decisions = {key.metric for key in self.values if key.threshold == self.untuned}
        _check_known("estimator", estimator, self.estimators)
        _check_known("approach", approach, self.approaches)
        _check_known("metric of decisions", metric, sorted(decisions))
        found = {
            (name, threshold): self.mean(Key(estimator, name, prior, threshold, metric))
            for name in (AS_IS, approach)
            for prior, threshold in ((AS_TRAINED, self.untuned), self.metrics[metric].baseline)
        }
        untuned = {name: found[name, self.untuned] for name in (AS_IS, approach)}
        tuned = {name: found[name, self.metrics[metric].baseline[1]] for name in (AS_IS, approach)}
        return {
            "moved threshold": tuned[AS_IS] - untuned[AS_IS],
            "ranking": tuned[approach] - tuned[AS_IS],
            f"misfit of {self.untuned}": untuned[approach] - tuned[approach],
            "gain": untuned[approach] - untuned[AS_IS],
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
        known_metric(metric, self.metrics)
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
        known_metric(metric, self.metrics)
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
            "expected_gain": np.array([d.posterior.mean for d in found]),
            "expected_low": np.array([d.posterior.low for d in found]),
            "expected_high": np.array([d.posterior.high for d in found]),
            "p_gain": np.array([d.posterior.gain for d in found]),
            "p_equal": np.array([d.posterior.equal for d in found]),
            "p_loss": np.array([d.posterior.loss for d in found]),
            "regret_of_staying": np.array([d.posterior.regret_of_staying for d in found]),
            "regret_of_switching": np.array([d.posterior.regret_of_switching for d in found]),
            "verdict": np.array([d.verdict for d in found], dtype=str),
        }

    def verdicts(self, backend: Backend | None = None) -> Any:
        """Return each arm against the baseline: the gain, its interval, its probabilities, and the verdict.

        "gain" is the difference, with the sign changed if lower values are better; "low" and "high" are the ends of
        its 95 % interval from these data alone. "expected_gain" and its interval are with the effect prior, "p_gain",
        "p_equal" and "p_loss" the probabilities of a gain worth having, of a difference that does not matter, and of
        a loss.
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
