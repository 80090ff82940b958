"""Constraints of parameters that several samplers share, for scikit-learn's validation."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral
from typing import Any

from sklearn.utils._param_validation import HasMethods, Interval, StrOptions

# sampling_strategy is checked against the labels in allocation.py.
SHARED: dict[str, Any] = {"sampling_strategy": "no_validation"}
RANDOM: dict[str, Any] = SHARED | {"random_state": ["random_state"]}
N_JOBS: dict[str, Any] = {"n_jobs": [Integral, None]}
COUNT: list[Any] = [Interval(Integral, 1, None, closed="left")]
NEIGHBORS: list[Any] = [
    *COUNT,
    HasMethods(["fit", "kneighbors"]),
]
# Names and kinds of columns are checked when the table is read.
KINDS: dict[str, Any] = {
    "categorical_features": "no_validation",
    "column_kinds": [Mapping, None],
}
SPACE: dict[str, Any] = {
    "column_kinds": [Mapping, None],
    "neighbor_space": [str, HasMethods(["fit", "transform"])],
}
MIXED: dict[str, Any] = KINDS | SPACE | {"within_groups": ["boolean"]}
NOMINAL: dict[str, Any] = {"nominal": [StrOptions({"donor", "vote"})]}
