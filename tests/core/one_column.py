"""Small tables of one column, shared by the tests of core."""

from __future__ import annotations

from typing import Any

import numpy as np

from poise.over_sampling import SMOTE

N = 21
Y = np.repeat([0, 1], [14, 7])
NUMBERS = np.random.RandomState(0).randn(N)


def smote(**parameters: Any) -> SMOTE:
    return SMOTE(**({"k_neighbors": 2, "random_state": 0} | parameters))


def segments(values: np.ndarray, **parameters: Any) -> tuple[Any, Any]:
    """New rows of one column, and their lineage."""
    sampler = smote(**parameters)
    X_new, _ = sampler.fit_resample(values.reshape(-1, 1), Y)
    return X_new[N:, 0], [part[N:] for part in sampler.plan_.lineage()[1:]]
