"""The result of `poise.compare`: values and verdicts, with advice, pictures, pages and a file format."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from poise.comparison.advice import advice_of, keeps_half, recommended_arm
from poise.comparison.approaches import AS_IS
from poise.comparison.metrics import Decision, Key, named_margins, primary
from poise.comparison.pages import markdown_of, page_of, short_html_of
from poise.comparison.pictures import drawn
from poise.comparison.store import DAMAGE
from poise.comparison.stored import check_form, gain_of, plain_gain
from poise.comparison.verdicts import Verdicts
from poise.core.errors import FileError, InputError, MissingDependencyError
from poise.core.files import json_value, written
from poise.core.saved import FORMAT, format_entries, require_format
from poise.core.types import ComparedMetric, EffectPrior, Picture
from poise.decisions import ThresholdClassifier
from poise.study.event_table import Floats
from poise.study.parameters import check_choice


class Comparison(Verdicts):
    """What approaches to class imbalance give on one table, fold by fold; see `poise.compare`.

    Attributes
    ----------
    facts : dict
        About the table and the run: rows, events, folds, seconds, versions, random state.
    values : dict of Key to ndarray of shape (n_folds,)
        Each metric of each arm; NaN in folds without a value.
    by_repeat, gains, priors, described, status, pictures
        See `poise.comparison.verdicts.Verdicts`.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise import compare
    >>> X, y = make_classification(150, weights=[0.85], random_state=0)
    >>> result = compare(X, y, approaches=["smote"], estimators=["logistic"], n_repeats=1, n_jobs=1)
    >>> print(result.summary().splitlines()[0])
    The event is 1: 22 of 150 rows.
    >>> result.recommended().estimator
    ComparedClassifier(approach='as-is', estimator='logistic', pos_label=1)
    """

    @cached_property
    def advice(self) -> list[str]:
        """What to do, in sentences, the most important first."""
        return advice_of(self)

    def summary(self) -> str:
        """Return the event and the advice with its reasons, as text."""
        event, n_events, n_rows = (self.facts[name] for name in ("event", "n_events", "n_rows"))
        first = f"The event is {event}: {n_events:,} of {n_rows:,} rows."
        if self.classes:
            n = len(self.classes)
            first = f"{n} classes; the rarest is {event}: {n_events:,} of {n_rows:,} rows."
        return "\n".join([first, *self.advice])

    def plot(
        self, kind: Picture = "forest", metric: ComparedMetric | None = None, axes: Any = None
    ) -> Any:
        """Draw a picture.

        Parameters
        ----------
        kind : {"forest", "gain", "ratio", "pr", "reliability", "threshold"}, default="forest"
            Differences with intervals; where the gain comes from; and, for the first estimator: the gain
            against the share of an approach's changes (if `ratios` were compared), precision against
            recall, the reliability of probabilities, F1 against the threshold.
        metric : str, optional
            For the first three; by default "average_precision", and "f1" for the gain.
        axes : matplotlib.axes.Axes, optional

        Returns
        -------
        matplotlib.axes.Axes
        """
        return drawn(self, kind, metric, axes)

    def to_html(self, path: str | Path | None = None) -> str:
        """Return the report as one self-contained page; write it to a file if a path is given.

        Parameters
        ----------
        path : str or Path, optional
            Replaced in one step, after the page is complete.

        Raises
        ------
        MissingDependencyError
            If jinja2 or matplotlib is not installed.
        """
        return written(page_of(self), path)

    def to_markdown(self, path: str | Path | None = None) -> str:
        """Return advice and verdicts as Markdown; write them to a file if a path is given."""
        return written(markdown_of(self), path)

    def judged(
        self,
        *,
        primary_metric: str | None = None,
        equivalence_margin: Mapping[str, float] | None = None,
        effect_prior: EffectPrior | None = None,
    ) -> Comparison:
        """Return the same results, judged in another way; nothing is fitted again.

        Parameters
        ----------
        primary_metric, equivalence_margin, effect_prior : optional
            See `poise.compare`. What is left out stays as it is; margins that are not named as well.

        Raises
        ------
        InputError, UnknownNameError
            As `poise.compare`.
        """
        facts = dict(self.facts)
        if primary_metric is not None:
            has_costs = facts["trivial_cost"] is not None
            facts["primary_metric"] = primary(primary_metric, self.metrics, has_costs=has_costs)
        if equivalence_margin is not None:
            facts["margins"] = facts["margins"] | named_margins(equivalence_margin, self.metrics)
        if effect_prior is not None:
            check_choice("effect_prior", effect_prior, EffectPrior)
            facts["effect_prior"] = effect_prior
        found = replace(self, facts=facts)
        if (equivalence_margin, effect_prior) == (None, None) and "differences" in vars(self):
            vars(found)["differences"] = self.differences  # the primary metric changes none of them
        return found

    def unfitted(
        self, approach: str, estimator: str, *, metric: str | None = None
    ) -> ThresholdClassifier:
        """Return a setup as it was compared, not fitted: preparation, sampler, correction of the prior, and threshold.

        Parameters
        ----------
        approach, estimator : str
            Names in this comparison, such as "smote-tomek" and "logistic".
        metric : str, optional
            What the threshold is tuned for; by default the primary metric if it needs a threshold, else "cost" if
            there are costs, else "f1".

        Returns
        -------
        ThresholdClassifier
            Around a `ComparedClassifier`. Its `fit(X, y)` trains on all rows, and finds the threshold on rows that are
            held out in turn; where one of several classes was compared, pass ``y == label``. With `time=`, pass the rows in their order; with `groups=`, pass ``fit(X, y, groups=...)``.

        Raises
        ------
        UnknownNameError
            If an approach, an estimator or a metric has another name.
        InputError
            If the comparison was read from a file, or the metric needs no threshold.
        """
        return self._unfitted(approach, estimator, self._tuned_for(metric))

    def _unfitted(self, approach: str, estimator: str, metric: str | None) -> ThresholdClassifier:
        """Return a setup with a threshold that is tuned for a metric, or with that of 0.5."""
        if self.setups is None:
            raise InputError(
                "This comparison was read from a file, which holds no estimators and samplers. Run poise.compare again, or build the "
                'setup: ComparedClassifier("smote-tomek", "logistic").'
            )
        found: ThresholdClassifier = self.setups.unfitted(approach, estimator, metric)
        return found

    def _tuned_for(self, metric: str | None) -> str:
        """Return the metric that a threshold is tuned for."""
        if metric is None:
            return self.decides_by
        name = primary(metric, self.metrics, has_costs=self.facts["trivial_cost"] is not None)
        if not isinstance(self.metrics[name], Decision):
            raise InputError(
                f"metric={metric!r} needs no threshold. Pass one that does, such as 'f1', or leave it out."
            )
        return name

    def recommended(self) -> ThresholdClassifier:
        """Return the setup that the advice names, not fitted: the table as it is where that is the advice.

        Raises
        ------
        InputError
            If the comparison was read from a file, or nothing has scores; see `unfitted`.
        """
        arm = recommended_arm(self)
        if arm is None:
            raise InputError(
                "No setup has scores, so none is recommended. Look at status for the reasons, and compare others."
            )
        estimator, approach = arm
        if approach == AS_IS and keeps_half(self, estimator):
            return self._unfitted(approach, estimator, None)
        return self.unfitted(approach, estimator)

    def to_json(self, path: str | Path | None = None) -> str:
        """Return everything as JSON, as `save` writes it; write it to a file if a path is given."""
        content = {
            **format_entries("comparison"),
            "facts": self.facts,
            "values": [[*key, json_value(values)] for key, values in self.values.items()],
            "by_repeat": [[*key, json_value(values)] for key, values in self.by_repeat.items()],
            "gains": [[*key, plain_gain(gain)] for key, gain in self.gains.items()],
            "priors": [[*key, list(prior)] for key, prior in self.priors.items()],
            "described": [[*key, json_value(values)] for key, values in self.described.items()],
            "status": [[*arm, notes] for arm, notes in self.status.items()],
            "pictures": self.pictures,
        }
        return written(json.dumps(content, allow_nan=False), path)

    def save(self, path: str | Path) -> None:
        """Write everything that verdicts are computed from to a JSON file, for `Comparison.load`."""
        self.to_json(path)

    @classmethod
    def load(cls, path: str | Path) -> Comparison:
        """Read a file that `save` wrote; the result can be judged again.

        Raises
        ------
        FileError
            If the file does not exist, does not hold a comparison, or is in another format, of
            another version of Poise.
        """
        try:
            content = json.loads(
                Path(path).read_text(encoding="utf-8"), parse_constant=_raise_value_error
            )
            if isinstance(content, dict) and {FORMAT, "values"} & content.keys():
                require_format(content, "comparison", repr(str(path)), "run poise.compare again")
            check_form(content)
            found = cls(
                content["facts"],
                _by_key(content["values"]),
                _by_key(content["by_repeat"]),
                {Key(*key): gain_of(parts) for *key, parts in content["gains"]},
                {Key(*key): tuple(prior) for *key, prior in content["priors"]},
                _by_key(content["described"]),
                {(estimator, approach): notes for estimator, approach, notes in content["status"]},
                content["pictures"],
            )
            markdown_of(found)
        except FileError:
            raise
        except OSError as error:
            raise FileError(f"{str(path)!r} cannot be read: {error.strerror}.") from error
        except DAMAGE as error:
            raise FileError(
                f"{str(path)!r} does not hold a comparison, or is damaged. Pass a file that Comparison.save wrote, or "
                "run poise.compare again."
            ) from error
        return found

    def __repr__(self) -> str:
        done, planned = self.facts["n_folds"], self.facts["n_planned"]
        n_arms = len(self.status)
        what = f"event {self.facts['event']}"
        if self.classes:
            what = f"{len(self.classes)} classes"
        setups = f"{what}, {n_arms} setups, {done} of {planned} folds"
        return f"<Comparison: {setups}; {self.advice[0]}>"

    def _repr_html_(self) -> str | None:
        try:
            return short_html_of(self)
        except MissingDependencyError:
            return None  # a notebook then shows the text


def _raise_value_error(constant: str) -> None:
    """Raise ValueError for NaN and infinity, which `to_json` does not write."""
    raise ValueError(constant)


def _by_key(entries: list[list[Any]]) -> dict[Key, Floats]:
    return {Key(*key): np.array(numbers, dtype=float) for *key, numbers in entries}
