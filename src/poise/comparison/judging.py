"""From scores to a result: every metric of every arm in every fold, and what is shown beside them."""

from __future__ import annotations

from typing import Any

import numpy as np

from poise.comparison.class_metrics import metrics_for
from poise.comparison.described import described
from poise.comparison.gains import gains_of
from poise.comparison.inputs import Inputs
from poise.comparison.metrics import Key
from poise.comparison.result import Comparison
from poise.comparison.run import Runs
from poise.comparison.status_and_curves import pictures_of, status_of
from poise.decisions._curves import COUNT_METRICS
from poise.study.gains import Gain, measured
from poise.study.reference import prior_of


def judge(inputs: Inputs, runs: Runs) -> Comparison:
    """Return the result of a run."""
    gains = gains_of(runs, inputs.settings, inputs.groups)
    tested = np.bincount(
        [fold.repeat for fold in runs.folds], [len(fold.test) for fold in runs.folds]
    )
    n_folds, seconds = len(runs.folds), round(runs.seconds, 1)
    return Comparison(
        facts=inputs.facts
        | {"n_folds": n_folds, "seconds": seconds}
        | {"weights_of_repeats": (tested / tested.sum()).round(12).tolist()},
        values=gains.by_fold,
        by_repeat=gains.by_repeat,
        gains=gains.gains,
        priors={key: _prior(inputs.facts, key, gain) for key, gain in gains.gains.items()},
        described=described(runs, inputs.settings, inputs.kinds),
        status=status_of(runs),
        pictures=pictures_of(
            runs,
            inputs.approaches,
            inputs.random_state,
            _drawn_by_threshold(inputs.facts),
            inputs.settings.costs,
        )
        | {"diagnosis": inputs.findings},
        setups=inputs.setups,
    )


def _drawn_by_threshold(facts: dict[str, Any]) -> str:
    """Return the metric that the advised threshold is tuned for, if its curve can be drawn; see `Verdicts.decides_by`."""
    primary = str(facts["primary_metric"])
    if primary in COUNT_METRICS or primary == "cost":
        return primary
    return "f1" if facts["trivial_cost"] is None else "cost"


def _prior(facts: dict[str, Any], key: Key, gain: Gain) -> tuple[float, float, int]:
    """Return what the reference study knows of such a gain, on tables where it is measured with such an error."""
    family, method = facts["families"][key.estimator], facts["methods"][key.approach]
    if facts["classes"]:
        method = ""  # the tables of the study have two classes
    error = measured(gain, facts["ratio"], with_folds=bool(facts["with_folds"])).error
    unit = metrics_for(facts["classes"])[key.metric].usual_margin(facts)
    (location, scale), n_origins = prior_of(
        family, method, key.value, facts["n_events"], error / unit
    )
    return location, scale, n_origins
