"""Approaches to class imbalance compared on the user's own table, inside the folds, with verdicts.

The modules in the order to read: `entry` (compare), `setup` (approaches, estimators, folds), `run`,
`metrics` (and what is `described` or `detectable`), then `verdicts`, `advice`, `pages` and `result`.
"""

from poise.comparison.entry import compare
from poise.comparison.result import Comparison
from poise.comparison.verdicts import Difference

__all__ = ["Comparison", "Difference", "compare"]
