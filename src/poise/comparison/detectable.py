"""The smallest differences that the folds can detect, known before any model is fitted."""

from __future__ import annotations

from functools import lru_cache

from poise.comparison.metrics import METRICS
from poise.study.statistics import Design, smallest_difference

_N_DRAWS = 200


def smallest_differences(design: Design) -> dict[str, float]:
    """Return the smallest difference that the folds can detect, for each simulated metric.

    Parameters
    ----------
    design : Design

    Returns
    -------
    dict of metric to float
        See `poise.core.statistics.smallest_difference`.
    """
    return dict(_simulated(design))


@lru_cache(maxsize=128)
def _simulated(design: Design) -> tuple[tuple[str, float], ...]:
    """Return what `smallest_differences` returns; a design is simulated once per process."""
    return tuple(
        (metric.name, smallest_difference(design, metric.value, n_draws=_N_DRAWS))
        for metric in METRICS.values()
        if metric.is_simulated
    )
