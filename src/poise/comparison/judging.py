"""From scores to a result: every metric of every arm in every fold, and what is shown beside them."""

from __future__ import annotations

from poise.comparison.described import described
from poise.comparison.gains import gains_of
from poise.comparison.inputs import Inputs
from poise.comparison.result import Comparison
from poise.comparison.run import Runs
from poise.comparison.status_and_curves import pictures_of, status_of


def judge(inputs: Inputs, runs: Runs) -> Comparison:
    """Return the result of a run."""
    gains = gains_of(runs, inputs.settings, inputs.groups)
    n_folds, seconds = len(runs.folds), round(runs.seconds, 1)
    return Comparison(
        facts=inputs.facts | {"n_folds": n_folds, "seconds": seconds},
        values=gains.by_fold,
        by_repeat=gains.by_repeat,
        gains=gains.gains,
        described=described(runs, inputs.settings, inputs.kinds),
        status=status_of(runs),
        pictures=pictures_of(runs, inputs.approaches, inputs.random_state)
        | {"diagnosis": inputs.findings},
    )
