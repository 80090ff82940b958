"""The result of a comparison: data; judged and told after, and drawn apart."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poise.comparison.advice import advice_of
from poise.comparison.approaches import AS_IS
from poise.comparison.metrics import (
    AS_TRAINED,
    DECISION,
    DESCRIBED,
    HALF,
    METRICS,
    NO_PRIOR,
    NO_THRESHOLD,
    PROBABILITY,
    TUNED,
    Key,
    Metric,
    known_metric,
)
from poise.core.errors import FileError
from poise.core.files import written
from poise.core.frames import frame_from_columns
from poise.core.statistics import Estimate, corrected_t, holm, verdict

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Difference:
    """An arm against the baseline, in one metric.

    Attributes
    ----------
    key : Key
    value, baseline : float
        Means over the folds.
    estimate : Estimate
        Of the difference, more being better.
    adjusted_p : float
        Holm's, over all comparisons in the metric.
    verdict : str
    """

    key: Key
    value: float
    baseline: float
    estimate: Estimate
    adjusted_p: float
    verdict: str


@dataclass(frozen=True, eq=False)
class Comparison:
    """What approaches to imbalance give on one table, fold by fold.

    Attributes
    ----------
    facts : dict
        Of the table and the run: rows, events, folds, seconds, versions, seed.
    values : dict of Key to ndarray of shape (n_folds,)
        Each metric of each arm; NaN where an arm gave none.
    described : dict of Key to ndarray
        What is told without a test, over all rows of a repeat: calibration in the large and slope, how
        much probabilities differ between refits ("instability"), and the recall of safe, borderline,
        rare and outlying events.
    status : dict of (estimator, approach) to list of str
        What went wrong, or was warned of; empty where all went well.
    curves : dict
        Points of precision-recall, reliability and threshold curves, by arm; what is drawn of the table;
        and what `poise.diagnose` found in it.
    smallest : dict of metric to float
        The smallest difference that these folds would find, as told before they were run.
    """

    facts: dict[str, Any]
    values: dict[Key, Floats]
    described: dict[Key, Floats]
    status: dict[tuple[str, str], list[str]]
    curves: dict[str, Any] = field(repr=False)
    smallest: dict[str, float]

    # Judging

    @property
    def ratio(self) -> float:
        """Rows tested on over rows trained on, in a fold."""
        return float(self.facts["ratio"])

    @cached_property
    def differences(self) -> list[Difference]:
        """Every arm against the baseline of its estimator: as it is, the threshold tuned."""
        found: list[Difference] = []
        for name, metric in METRICS.items():
            keys = [key for key in self.values if key.metric == name]
            pairs = [(key, self.baseline_of(key)) for key in keys]
            pairs = [(key, base) for key, base in pairs if base in self.values and key != base]
            if metric.family == "effort" or not pairs:
                continue
            estimates = [
                corrected_t(
                    metric.sign * (self.values[key] - self.values[base]),
                    self.ratio,
                    step=self.step_of(metric),
                )
                for key, base in pairs
            ]
            adjusted = holm(np.array([estimate.p_value for estimate in estimates]))
            for (key, base), estimate, p in zip(pairs, estimates, adjusted, strict=True):
                told = verdict(estimate, float(p), self.width_of(metric))
                value, at_base = (float(np.nanmean(self.values[k])) for k in (key, base))
                found.append(Difference(key, value, at_base, estimate, float(p), told))
        return found

    def baseline_of(self, key: Key) -> Key:
        """Return what a value is compared with."""
        family = METRICS[key.metric].family
        prior = AS_TRAINED if family == PROBABILITY else NO_PRIOR
        return Key(
            key.learner, AS_IS, prior, TUNED if family == DECISION else NO_THRESHOLD, key.metric
        )

    def width_of(self, metric: Metric) -> float:
        """Return up to which size a difference in a metric does not matter here."""
        prevalence = self.facts["n_events"] / self.facts["n_rows"]
        whole = {
            "brier": prevalence * (1 - prevalence),
            "log_loss": -prevalence * np.log(prevalence) - (1 - prevalence) * np.log1p(-prevalence),
            "cost": self.facts.get("trivial_cost") or 1.0,
        }
        return float(metric.width * whole.get(metric.name, 1.0))

    def step_of(self, metric: Metric) -> float:
        """Return what a single event moves a metric by in a fold; 0 where it moves smoothly."""
        if metric.family != DECISION:
            return 0.0
        if metric.name == "cost":
            return float(self.facts["cost_step"] or 0.0)
        return float(1 / max(self.facts["events_a_fold"], 1))

    def gain(self, learner: str, approach: str, metric: str = "f1") -> dict[str, float]:
        """Return where an approach's gain at the default threshold comes from.

        Parameters
        ----------
        learner, approach : str
        metric : str, default="f1"
            Of decisions.

        Returns
        -------
        dict
            "moved threshold" + "ranking" + "misfit of 0.5" = "gain": what a tuned threshold alone
            gives, what the approach adds to it, and what it loses at 0.5.
        """
        f = {
            (name, threshold): float(
                np.nanmean(self.values[Key(learner, name, prior, threshold, metric)])
            )
            for name in (AS_IS, approach)
            for prior, threshold in ((AS_TRAINED, HALF), (NO_PRIOR, TUNED))
        }
        return {
            "moved threshold": f[AS_IS, TUNED] - f[AS_IS, HALF],
            "ranking": f[approach, TUNED] - f[AS_IS, TUNED],
            "misfit of 0.5": f[approach, HALF] - f[approach, TUNED],
            "gain": f[approach, HALF] - f[AS_IS, HALF],
        }

    def by_ratio(
        self, metric: str = "average_precision"
    ) -> list[tuple[str, str, float, float, float, float]]:
        """Return what more or less of an approach gives; there where `ratios` were compared.

        Parameters
        ----------
        metric : str, default="average_precision"
            Decisions are those at the tuned threshold, probabilities as trained.

        Returns
        -------
        list of (estimator, approach, share, gain, low, high)
            The gain on the table as it is, more being better, with its interval; at share 0 nothing.
        """
        known_metric(metric)
        shares = self.facts.get("shares", {})
        wholes = {whole for whole, _ in shares.values()}
        points = dict(shares) | {name: (name, 1.0) for name in self.approaches if name in wholes}
        found = {
            (d.key.learner, *points[d.key.approach]): (
                d.estimate.mean,
                d.estimate.low,
                d.estimate.high,
            )
            for d in self.differences
            if d.key.metric == metric
            and d.key.approach in points
            and d.key.prior == self.baseline_of(d.key).prior
            and d.key.threshold == self.baseline_of(d.key).threshold
        }
        found |= {(learner, whole, 0.0): (0.0, 0.0, 0.0) for learner, whole, _ in found}
        return [(*key, *found[key]) for key in sorted(found)]

    @cached_property
    def advice(self) -> list[str]:
        """What to do, in sentences: the first one alone is enough."""
        return advice_of(self)

    def summary(self) -> str:
        """Return the advice with its reasons, as text."""
        return "\n".join(self.advice)

    # Frames

    def to_dict(self) -> dict[str, NDArray[Any]]:
        """Return every value as columns: estimator, approach, prior, threshold, metric, fold, value."""
        keys = list(self.values)
        n_folds = len(next(iter(self.values.values()))) if keys else 0
        names = ("estimator", "approach", "prior", "threshold", "metric")
        columns: dict[str, NDArray[Any]] = {
            name: np.repeat(np.array([key[i] for key in keys], dtype=str), n_folds)
            for i, name in enumerate(names)
        }
        columns["fold"] = np.tile(np.arange(n_folds), len(keys))
        columns["value"] = np.concatenate([np.empty(0), *self.values.values()])
        return columns

    def frame(self, backend: str | None = None) -> Any:
        """Return every value of every fold as a frame of a library that is installed."""
        return frame_from_columns(self.to_dict(), backend)

    def verdict_columns(self) -> dict[str, NDArray[Any]]:
        """Return the differences as columns."""
        found = self.differences
        return {
            "estimator": np.array([d.key.learner for d in found], dtype=str),
            "approach": np.array([d.key.approach for d in found], dtype=str),
            "prior": np.array([d.key.prior for d in found], dtype=str),
            "threshold": np.array([d.key.threshold for d in found], dtype=str),
            "metric": np.array([d.key.metric for d in found], dtype=str),
            "value": np.array([d.value for d in found]),
            "baseline": np.array([d.baseline for d in found]),
            "gain": np.array([d.estimate.mean for d in found]),
            "low": np.array([d.estimate.low for d in found]),
            "high": np.array([d.estimate.high for d in found]),
            "p_holm": np.array([d.adjusted_p for d in found]),
            "verdict": np.array([d.verdict for d in found], dtype=str),
        }

    def verdicts(self, backend: str | None = None) -> Any:
        """Return each arm against the baseline: the difference, its interval, and the verdict.

        "gain" is the difference turned so that more is better.
        """
        return frame_from_columns(self.verdict_columns(), backend)

    def intervals(self, metric: str = "roc_auc") -> dict[tuple[str, str], Estimate]:
        """Return the mean of a metric with an interval that holds for all arms together.

        Parameters
        ----------
        metric : str, default="roc_auc"

        Returns
        -------
        dict of (estimator, approach) to Estimate
        """
        known_metric(metric)
        keys = [k for k in self.values if k.metric == metric and k.prior != "corrected"]
        keys = [k for k in keys if k.threshold in (NO_THRESHOLD, TUNED)]
        confidence = 1 - 0.05 / max(len(keys), 1)
        return {
            (k.learner, k.approach): corrected_t(self.values[k], self.ratio, confidence)
            for k in keys
        }

    # Pictures and pages

    def plot(self, kind: str = "forest", metric: str | None = None, axes: Any = None) -> Any:
        """Draw a picture.

        Parameters
        ----------
        kind : {"forest", "gain", "ratio", "pr", "reliability", "threshold"}, default="forest"
            Differences with intervals; where the gain comes from; and of the first estimator: the gain
            against the share that is done of an approach (where `ratios` were compared), precision
            against recall, the reliability of probabilities, F1 against the threshold.
        metric : str, optional
            Of the first three; by default "average_precision", and "f1" for the gain.
        axes : matplotlib.axes.Axes, optional

        Returns
        -------
        matplotlib.axes.Axes
        """
        from poise.comparison.pages import drawn  # noqa: PLC0415  # pictures load when asked for

        return drawn(self, kind, metric, axes)

    def to_html(self, path: str | Path | None = None) -> str:
        """Return the report as one page that needs nothing else; written to a file where asked.

        Parameters
        ----------
        path : str or Path, optional
            Written aside and renamed.

        Raises
        ------
        MissingDependencyError
            Where jinja2 or matplotlib is not installed.
        """
        from poise.comparison.pages import page_of  # noqa: PLC0415  # as above

        return written(page_of(self), path)

    def to_markdown(self, path: str | Path | None = None) -> str:
        """Return advice and verdicts as Markdown; written to a file where asked."""
        from poise.comparison.pages import markdown_of  # noqa: PLC0415  # as above

        return written(markdown_of(self), path)

    def to_json(self, path: str | Path | None = None) -> str:
        """Return everything as JSON, for `Comparison.from_json`; written to a file where asked."""
        whole = {
            "facts": self.facts,
            "values": [[*key, _finite(values)] for key, values in self.values.items()],
            "described": [[*key, _finite(values)] for key, values in self.described.items()],
            "status": [[*arm, notes] for arm, notes in self.status.items()],
            "curves": self.curves,
            "smallest": self.smallest,
        }
        return written(json.dumps(whole, allow_nan=False), path)

    @classmethod
    def from_json(cls, path: str | Path) -> Comparison:
        """Read what `to_json` wrote.

        Raises
        ------
        FileError
            Where there is no such file, or it holds no comparison.
        """
        try:
            whole = json.loads(Path(path).read_text(encoding="utf-8"))
            values, described = (
                {Key(*key): np.array(numbers, dtype=float) for *key, numbers in whole[part]}
                for part in ("values", "described")
            )
            status = {(learner, approach): notes for learner, approach, notes in whole["status"]}
            return cls(
                whole["facts"], values, described, status, whole["curves"], whole["smallest"]
            )
        except OSError as error:
            raise FileError(f"{str(path)!r} cannot be read: {error.strerror}.") from error
        except (ValueError, KeyError, TypeError) as error:
            raise FileError(f"{str(path)!r} holds no comparison.") from error

    def __repr__(self) -> str:
        done, planned = self.facts["n_folds"], self.facts["n_planned"]
        n_arms = len(self.status)
        return f"<Comparison: {n_arms} arms, {done} of {planned} folds; {self.advice[0]}>"

    def _repr_html_(self) -> str:
        from poise.comparison.pages import short_html_of  # noqa: PLC0415  # as above

        return short_html_of(self)

    @property
    def learners(self) -> list[str]:
        """Names of the estimators."""
        return list(dict.fromkeys(learner for learner, _ in self.status))

    @property
    def approaches(self) -> list[str]:
        """Names of the approaches, as-is first."""
        return list(dict.fromkeys(approach for _, approach in self.status))

    def mean(self, key: Sequence[str]) -> float:
        """Return the mean over folds of a value; NaN where there is none."""
        parts: Mapping[Key, Floats] = self.described if key[-1] in DESCRIBED else self.values
        values = parts.get(Key(*key), np.full(1, np.nan))
        known = values[np.isfinite(values)]
        return float(known.mean()) if len(known) else float("nan")


def _finite(values: Floats) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]
