"""Over-sampling rows that are not all at hand.

Held are the rows of the classes that grow and, where a method looks at foes, the rows of other classes
among their nearest: on these a class grows as it would among all rows.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from poise.big.methods.session import Work, is_among
from poise.big.scans.pieces import Growth, grown
from poise.core import allocation
from poise.core.draws import Copies
from poise.core.errors import TooFewRowsError
from poise.core.labels import Labels
from poise.core.neighbors import count_of
from poise.core.problem import Problem, warn_of_whole_numbers
from poise.core.recipes import Ids
from poise.core.resampler import (
    OverSampler,
    random_stream,
)
from poise.over_sampling import ADASYN, SMOTE, SMOTENC, BorderlineSMOTE, RandomOverSampler

OWN_CLASS = (RandomOverSampler, SMOTE, SMOTENC)
LOOKS_AROUND = (BorderlineSMOTE, ADASYN)


class Grown(NamedTuple):
    """New rows of classes, and what they are made of."""

    rows: pa.Table
    growths: tuple[Growth, ...]

    def counts(self, n_classes: int) -> Ids:
        """Return how many rows are added to each class."""
        added = np.zeros(n_classes, dtype=np.intp)
        for growth in self.growths:
            added[growth.code] += growth.n_rows
        return added


def grown_by(
    work: Work, sampler: OverSampler, labels: Labels, removed: pa.Table | None = None
) -> Grown:
    """Return the new rows of an over-sampler.

    Parameters
    ----------
    work : Work
    sampler : OverSampler
    labels : Labels
        The classes' counts without the rows removed.
    removed : pyarrow.Table, optional
        Rows of the source that are no longer there.
    """
    to_add = allocation.rows_to_add(sampler.sampling_strategy, labels)
    growing = [code for code, n_rows in to_add.items() if n_rows]
    if not growing:
        return Grown(work.row_schema.empty_table(), ())
    for code in growing:
        if not labels.counts[code]:
            raise TooFewRowsError(
                f"Class {labels.classes[code]!r} has no row left after it was cleaned, so it cannot grow. Clean "
                "other classes alone: pass a cleaner whose sampling_strategy leaves it out."
            )
    shipped = _without(work, work.rows_of(growing), removed)
    problem, rows = _problem_of_growth(work, sampler, shipped, growing, removed)
    rng, growths = _stream(work, sampler), []
    for code in growing:
        source = sampler._source(problem, code)
        if source is not None:
            growths.append(grown(code, source, to_add[code], rng, work.room.piece_rows))
    if any(not isinstance(growth.source, Copies) for growth in growths):
        warn_of_whole_numbers(problem.table)
    return Grown(rows, tuple(growths))


def most_neighbors(sampler: OverSampler) -> int:
    """Return how many neighbours a method looks at, at most."""
    names = ("k_neighbors", "m_neighbors", "n_neighbors")
    return max(count_of(getattr(sampler, name)) for name in names if hasattr(sampler, name))


def _stream(work: Work, sampler: OverSampler) -> np.random.RandomState:
    is_step = sampler.random_state is not None and work.job.method != type(sampler).__name__
    return random_stream(sampler.random_state) if is_step else work.job.rng()


def _without(work: Work, rows: pa.Table, removed: pa.Table | None) -> pa.Table:
    if removed is None:
        return rows
    return rows.filter(pa.array(~is_among(rows, removed, work.job.key)))


def _problem_of_growth(
    work: Work,
    sampler: OverSampler,
    shipped: pa.Table,
    growing: list[int],
    removed: pa.Table | None,
) -> tuple[Problem, pa.Table]:
    """Return the problem on which a class grows as among all rows, and its rows."""
    if not isinstance(sampler, LOOKS_AROUND):
        # Neighbours are of the class; of other rows, only where times begin matters.
        searches = not isinstance(sampler, RandomOverSampler)
        needs_anchors = searches and (work.has_times or work.job.space != "raw")
        rows = work.joined(shipped, work.anchors) if needs_anchors else shipped
        return work.problem(sampler, rows, None, removed), rows
    rows, mismatch = work.joined(shipped, work.anchors), work.mismatch()
    problem = work.problem(sampler, rows, mismatch)
    queries = np.flatnonzero(np.isin(problem.labels.codes, growing))
    k = most_neighbors(sampler)
    others = [code for code in range(len(work.counted.labels.classes)) if code not in growing]
    found = work.near(
        rows,
        queries,
        others,
        problem.index.measure,
        k=k,
        with_ties=False,
        radii=problem.index.kth_distances(queries, k),
    )
    rows = work.with_more_than(k, work.joined(rows, found))
    return work.problem(sampler, rows, mismatch), rows
