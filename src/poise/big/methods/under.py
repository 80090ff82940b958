"""Random under-sampling by a hash of each row's id: exact counts, or a rate for each class."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from numbers import Real
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from poise.big.methods.passes import PlannedPass, run_passes
from poise.big.methods.session import ClassCounts, Session
from poise.big.scans.arrow import check_row_count
from poise.big.scans.hashes import HashesNearCutoff
from poise.big.scans.output import HashCutoffs
from poise.big.scans.scan import Purpose, Scan
from poise.core.errors import InputError
from poise.core.plan.recipes import Ids
from poise.core.sampling.allocation import rows_to_keep
from poise.core.tables.labels import Labels
from poise.under_sampling import RandomUnderSampler

_LARGEST = 2**64 - 1
_DEVIATIONS = 6  # of the number of rows below a hash, around its expected value


@dataclass(eq=False)
class UnderSampling:
    """The under-sampling of a run: it finds the hashes up to which rows are kept.

    Parameters
    ----------
    session : Session
    sampler : RandomUnderSampler
    """

    session: Session
    sampler: RandomUnderSampler

    n_in_memory: ClassVar[int] = 0
    found_per_row: ClassVar[int] = 0
    searches: ClassVar[bool] = False

    def __post_init__(self) -> None:
        rate = self.session.request.rate
        self.labels: Labels = self.session.counts.labels
        self.rates: NDArray[np.float64] | None = None
        if rate is not None:
            self.rates = rates_of(rate, self.session.counts, self.sampler)
        self.n_kept: Ids = self.labels.counts.copy()
        if self.rates is not None:  # as expected; counted when rows are written
            self.n_kept = np.rint(self.labels.counts * self.rates).astype(np.intp)
        else:
            to_keep = rows_to_keep(self.sampler.sampling_strategy, self.labels)
            self.n_kept[list(to_keep)] = list(to_keep.values())
        is_cut = (self.n_kept > 0) & (self.n_kept < self.labels.counts)
        self.cut: Ids = np.flatnonzero(is_cut) if self.rates is None else np.zeros(0, np.intp)
        self.largest: NDArray[np.uint64] = np.full(len(self.n_kept), _LARGEST, np.uint64)

    def passes(self) -> list[PlannedPass]:
        """Return the passes over the hashes; the second is needed once in a billion runs."""
        if not len(self.cut):
            return []
        return [
            PlannedPass(Purpose.CHOOSE_ROWS, partial(self._find, _DEVIATIONS)),
            PlannedPass(Purpose.CHOOSE_ROWS, partial(self._find, math.inf), is_expected=False),
        ]

    def cutoffs(self) -> HashCutoffs:
        """Make the passes, and return the largest hash that is kept in each class."""
        if self.rates is not None:
            return cutoffs_of_rates(self.rates, self.session.request.seed)
        run_passes(self)
        is_empty = (self.n_kept == 0) & (self.labels.counts > 0)
        return HashCutoffs(self.largest, is_empty, self.session.request.seed)

    def _find(self, width: float) -> None:
        """Find the hash of the last row to keep of each class, unless it is known."""
        if (self.largest[self.cut] < _LARGEST).all():
            return
        request, have = self.session.request, self.labels.counts[self.cut]
        wanted = self.n_kept[self.cut].tolist()
        bands = [_band(k, n, width) for k, n in zip(wanted, have.tolist(), strict=True)]
        bounds, labels = np.array(bands, dtype=np.uint64), self.session.counts.of(self.cut.tolist())
        kernel = HashesNearCutoff(request.target, request.key, labels, bounds, request.seed)
        columns = (request.key, request.target)
        found = self.session.engine.run(Scan(Purpose.CHOOSE_ROWS, kernel, columns, kernel.found))
        cutoffs = [_cutoff(found, i, k) for i, k in enumerate(wanted)]
        if all(cutoff is not None for cutoff in cutoffs):
            self.largest[self.cut] = np.array(cutoffs, dtype=np.uint64)
        elif math.isinf(width):
            check_row_count(int(have.sum()), found.num_rows, "The classes that shrink")


def cutoffs_of_rates(rates: NDArray[np.float64], seed: int) -> HashCutoffs:
    """Return the cutoffs that keep each row of a class with the probability of the class."""
    largest = [min(max(int(rate * 2.0**64) - 1, 0), _LARGEST) for rate in rates.tolist()]
    return HashCutoffs(np.array(largest, np.uint64), np.zeros(len(rates), bool), seed)


def _band(wanted: int, have: int, width: float) -> tuple[int, int]:
    """Return the hashes between which that of the last row to keep is expected."""
    if math.isinf(width):
        return 0, _LARGEST
    share, spread = wanted / have, width * (wanted + width) ** 0.5 / have
    low, high = (int((share + side * spread) * 2.0**64) for side in (-1, 1))
    return max(low, 0), min(high, _LARGEST)


def _cutoff(found: pa.Table, label: int, wanted: int) -> np.uint64 | None:
    is_label = found["label"].to_numpy() == label
    below, numbers = (found[name].to_numpy()[is_label] for name in ("below", "number"))
    hashes = np.sort(numbers[below == 0].view(np.uint64))
    position = wanted - int(below.sum()) - 1
    return hashes[position] if 0 <= position < len(hashes) else None


def rates_of(rate: Any, counts: ClassCounts, sampler: RandomUnderSampler) -> NDArray[np.float64]:
    """Return the probability of each class that a row of it is kept.

    Raises
    ------
    InputError
        For rates outside (0, 1], unknown classes, and a sampling_strategy in addition to a rate.
    """
    labels = counts.labels
    if sampler.sampling_strategy != "auto":
        raise InputError(
            f"rate={rate!r} and sampling_strategy={sampler.sampling_strategy!r} both say how many rows "
            "stay. Pass only one of them."
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
        rates[code] = _checked_rate(value)
    return rates


def _checked_rate(value: Any) -> float:
    if isinstance(value, str):
        raise InputError(
            f"rate={value!r} is not a number. Pass a number such as 0.01, or one for each class."
        )
    if not isinstance(value, Real) or isinstance(value, bool) or not 0 < float(value) <= 1:
        raise InputError(
            f"rate={value!r} is the probability that a row stays; it must be above 0 and at most 1."
        )
    return float(value)


def check_kept_shares(labels: Labels, rates: NDArray[np.float64], kept: Ids) -> None:
    """Raise if far more or fewer rows were kept than chance can explain."""
    expected = labels.counts * rates
    spread = np.sqrt(expected * (1 - rates))
    for code in np.flatnonzero(np.abs(kept - expected) > _DEVIATIONS * spread + _DEVIATIONS):
        raise InputError(
            f"A rate of {rates[code]:g} kept {kept[code]:,} of {labels.counts[code]:,} rows of class "
            f"{labels.classes[code]!r}, which cannot be due to chance: either the rows were already sampled by "
            "their ids with the same seed, or ids repeat. Pass another random_state."
        )
