"""Rows whose events follow a logistic model, shared by the tests of decisions."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import expit


def logistic_table(n: int, seed: int = 0, share: float = 0.1) -> tuple[Any, Any]:
    """Return rows whose events follow a logistic model, with this share of events."""
    rng = np.random.RandomState(seed)
    X = rng.randn(n, 4)
    z = X @ [1.0, 0.5, 0.5, 0.0]
    intercept = {0.1: -2.75, 0.01: -5.5}[share]
    return X, (rng.uniform(size=n) < expit(z + intercept)).astype(int)
