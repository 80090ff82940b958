"""Rows between others, and rows that were changed afterwards: what the tests of forensics share."""

from __future__ import annotations

import numpy as np


def made_from(real: np.ndarray, n: int) -> np.ndarray:
    """Return rows between real rows and one of their five nearest."""
    rng = np.random.RandomState(1)
    away = ((real[:, np.newaxis] - real) ** 2).sum(axis=2)
    seed = rng.randint(len(real), size=n)
    partner = away.argsort(axis=1)[seed, rng.randint(1, 6, size=n)]
    return real[seed] + rng.uniform(size=(n, 1)) * (real[partner] - real[seed])


REAL = np.random.RandomState(0).normal(size=(30, 6))
OTHERS = np.random.RandomState(2).normal(size=(120, 6)) + 5


def changed(values: np.ndarray, columns: list[int]) -> np.ndarray:
    values = values.copy()
    values[:, columns] = np.exp(values[:, columns] / 2)
    return values
