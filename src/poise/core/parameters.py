"""What parameters may be, in the words of scikit-learn's validation."""

from __future__ import annotations

from numbers import Integral
from typing import Any

from sklearn.utils._param_validation import HasMethods, Interval

# sampling_strategy is checked where it is read, against the labels.
SHARED: dict[str, Any] = {"sampling_strategy": "no_validation"}
RANDOM: dict[str, Any] = SHARED | {"random_state": ["random_state"]}
N_JOBS: dict[str, Any] = {"n_jobs": [Integral, None]}
NEIGHBORS: list[Any] = [
    Interval(Integral, 1, None, closed="left"),
    HasMethods(["fit", "kneighbors"]),
]
