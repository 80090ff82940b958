"""Mixed tables with missing values, and what a cleaner removes, shared by the tests of cleaners."""

from __future__ import annotations

from typing import Any

import numpy as np

from poise.core.sampling.resampler import Cleaner


def removed(sampler: Cleaner, X: np.ndarray, y: np.ndarray) -> np.ndarray:
    gone = np.ones(len(y), dtype=bool)
    gone[sampler.fit(X, y).sample_indices_] = False
    return gone


def a_mixture(seed: int) -> tuple[np.ndarray, list[int]]:
    """Numbers and two columns of categories, with missing values; coarse, so that distances tie."""
    draws = np.random.RandomState(seed)
    values = np.column_stack(
        [draws.randint(0, 4, size=(60, 2)) * 0.5, draws.randint(0, 3, size=(60, 2))]
    ).astype(float)
    values[draws.uniform(size=values.shape) < 0.15] = np.nan
    return values, draws.randint(0, 3, 60).tolist()


def as_rows(values: np.ndarray) -> list[list[Any]]:
    return [
        [None if np.isnan(v) else (v if j < 2 else f"c{v:g}") for j, v in enumerate(row)]
        for row in values.tolist()
    ]
