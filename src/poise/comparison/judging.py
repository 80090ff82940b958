"""From scores to a result: every metric of every arm in every fold, and what is shown beside them."""

from __future__ import annotations

import numpy as np

from poise.comparison.described import described
from poise.comparison.inputs import Inputs
from poise.comparison.metrics import METRICS, Key
from poise.comparison.result import Comparison
from poise.comparison.run import Runs
from poise.comparison.scored_fold import DecisionSettings, scored_fold
from poise.comparison.status_and_curves import pictures_of, status_of
from poise.study.event_table import Floats


def judge(inputs: Inputs, runs: Runs, smallest_differences: dict[str, float]) -> Comparison:
    """Return the result of a run."""
    n_folds, seconds = len(runs.folds), round(runs.seconds, 1)
    return Comparison(
        facts=inputs.facts | {"n_folds": n_folds, "seconds": seconds},
        values=values_of(runs, inputs.settings),
        described=described(runs, inputs.settings, inputs.kinds),
        status=status_of(runs),
        pictures=pictures_of(runs, inputs.approaches, inputs.random_state)
        | {"diagnosis": inputs.findings},
        smallest_differences=smallest_differences,
    )


def values_of(runs: Runs, settings: DecisionSettings) -> dict[Key, Floats]:
    """Return the value of each metric of each arm in each fold; NaN in folds without a value.

    Returns
    -------
    dict of Key to ndarray of shape (n_folds,)
    """
    found: dict[Key, Floats] = {}
    for place, fold in enumerate(runs.folds):
        for estimator, approach in runs.arms:
            scored = scored_fold(runs, estimator, approach, fold, settings)
            if scored is None:
                continue
            for metric in METRICS.values():
                for prior, threshold, value in metric.values(scored):
                    key = Key(estimator, approach, prior, threshold, metric.name)
                    found.setdefault(key, np.full(len(runs.folds), np.nan))[place] = value
    return found
