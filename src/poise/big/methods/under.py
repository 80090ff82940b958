"""Random under-sampling by a random number of each row's id, and where to cut."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from poise.big.methods.session import Counted, Work
from poise.big.scans.classes import Keys
from poise.big.scans.scan import Scan, refuse_lost_rows
from poise.core.errors import InputError
from poise.core.labels import Labels
from poise.core.recipes import Ids
from poise.under_sampling import RandomUnderSampler

_LARGEST = 2**64 - 1
_DEVIATIONS = 6  # of the number of rows below a random number, around what is expected


def cuts(work: Work, codes: list[int], wanted: Ids) -> NDArray[np.uint64]:
    """Return the `wanted`-th smallest random number of the rows of each class."""
    job, have = work.job, work.counted.labels.counts[codes]
    for width in (_DEVIATIONS, math.inf):  # the second is needed once in a billion runs
        bands = [_band(k, n, width) for k, n in zip(wanted.tolist(), have.tolist(), strict=True)]
        bounds = np.array(bands, dtype=np.uint64)
        kernel = Keys(job.target, job.key, work.counted.of(codes), bounds, job.seed)
        columns = (job.key, job.target)
        found = work.engine.run(Scan("drawing the rows that stay", kernel, columns, kernel.found))
        cuts = [_cut(found, i, int(k)) for i, k in enumerate(wanted.tolist())]
        if all(cut is not None for cut in cuts):
            break
    else:
        refuse_lost_rows(int(have.sum()), found.num_rows, "The classes that shrink")
    return np.array(cuts, dtype=np.uint64)


def _band(wanted: int, have: int, width: float) -> tuple[int, int]:
    """Return the random numbers between which the one of the last row to stay is expected."""
    if math.isinf(width):
        return 0, _LARGEST
    share, spread = wanted / have, width * (wanted + width) ** 0.5 / have
    low, high = (int((share + side * spread) * 2.0**64) for side in (-1, 1))
    return max(low, 0), min(high, _LARGEST)


def _cut(found: pa.Table, label: int, wanted: int) -> np.uint64 | None:
    is_label = found["label"].to_numpy() == label
    below, numbers = (found[name].to_numpy()[is_label] for name in ("below", "number"))
    keys = np.sort(numbers[below == 0].view(np.uint64))
    place = wanted - int(below.sum()) - 1
    return keys[place] if 0 <= place < len(keys) else None


def rates_of(rate: Any, counted: Counted, sampler: RandomUnderSampler) -> NDArray[np.float64]:
    """Return the chance that a row of each class has to stay.

    Raises
    ------
    InputError
        For rates outside (0, 1], unknown classes, and a sampling_strategy beside them.
    """
    labels = counted.labels
    if sampler.sampling_strategy != "auto":
        raise InputError(
            f"rate={rate!r} and sampling_strategy={sampler.sampling_strategy!r} both say how many rows "
            "stay. Leave one of them out."
        )
    if hasattr(rate, "of_counts"):  # classes named by text, as on the command line
        rate = rate.of_counts(labels.counts_by_label())
    if isinstance(rate, Mapping):
        by_code = {labels.code_of(label): value for label, value in rate.items()}
    else:
        smallest = int(labels.counts.argmin())
        by_code = {c: rate for c in range(len(labels.classes)) if c != smallest}
    rates = np.ones(len(labels.classes))
    for code, value in by_code.items():
        if isinstance(value, str):
            raise InputError(
                f"rate={value!r} is no number. A rate is one, such as 0.01, or one by class."
            )
        if not isinstance(value, Real) or isinstance(value, bool) or not 0 < float(value) <= 1:
            raise InputError(
                f"rate={value!r} is the chance that a row stays; it must be above 0 and at most 1."
            )
        rates[code] = float(value)
    return rates


def refuse_other_shares(labels: Labels, rates: NDArray[np.float64], kept: Ids) -> None:
    """Raise where a rate has kept far more rows, or fewer, than chance can explain."""
    expected = labels.counts * rates
    spread = np.sqrt(expected * (1 - rates))
    for code in np.flatnonzero(np.abs(kept - expected) > _DEVIATIONS * spread + _DEVIATIONS):
        raise InputError(
            f"A rate of {rates[code]:g} kept {kept[code]:,} of {labels.counts[code]:,} rows of class "
            f"{labels.classes[code]!r}, which is no chance: the rows were sampled by their ids before, with the same "
            "seed, or ids repeat. Pass another random_state."
        )
