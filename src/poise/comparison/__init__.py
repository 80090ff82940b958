"""Approaches to class imbalance compared on the user's own table, inside the folds, with verdicts.

The modules in the order to read. `entry` holds `compare`, which reads (`inputs`: `approaches` with
`ratios`, `estimators`, `folds`, `facts`), runs (`run`, with `fitting`; `store` keeps folds in a file, for one
`signature`) and judges (`judging`: `scored_fold`, `scores`,
`metrics`, `gains` with `rechosen`, `described`, `status_and_curves`). The result is built in layers:
`verdicts`, then `advice`, then `pictures` and `pages`, then `result` (`stored` checks what
is read again; `deployed` makes a classifier of a setup).
"""

from poise.comparison.deployed import ComparedClassifier
from poise.comparison.entry import compare
from poise.comparison.result import Comparison
from poise.comparison.verdicts import Difference

__all__ = ["ComparedClassifier", "Comparison", "Difference", "compare"]
