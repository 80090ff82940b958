"""Over-samplers: find the rows that new rows depend on, and plan the new rows from them.

These are the rows of the classes that grow and, for samplers that look at other classes, the rows of
other classes among their nearest neighbours.
"""

from __future__ import annotations

from copy import deepcopy
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from poise.big.methods.session import Session
from poise.big.scans.arrow import is_among
from poise.big.scans.output import Growth, plan_growth
from poise.core.errors import TooFewRowsError
from poise.core.plan.recipes import Ids
from poise.core.sampling.allocation import rows_to_add
from poise.core.sampling.draws import Copies
from poise.core.sampling.problem import Problem
from poise.core.sampling.resampler import OverSampler, random_stream
from poise.core.sampling.whole_numbers import warn_of_whole_numbers
from poise.core.tables.labels import Labels


class NewRows(NamedTuple):
    """The new rows of all classes, before they are drawn.

    Attributes
    ----------
    rows : pyarrow.Table
        The rows that they are made from.
    growths : tuple of Growth
    counts : ndarray of shape (n_classes,), intp
        Number of new rows of each class.
    """

    rows: pa.Table
    growths: tuple[Growth, ...]
    counts: Ids


def oversample(
    session: Session, sampler: OverSampler, labels: Labels, removed: pa.Table | None = None
) -> NewRows:
    """Return the new rows of an over-sampler.

    Parameters
    ----------
    session : Session
    sampler : OverSampler
    labels : Labels
        With the number of rows per class after the removal.
    removed : pyarrow.Table, optional
        Rows of the source that were removed before.

    Raises
    ------
    TooFewRowsError
        If a class that grows has no rows left.
    """
    to_add = rows_to_add(sampler.sampling_strategy, labels)
    growing = [code for code, n_rows in to_add.items() if n_rows]
    counts = np.zeros(len(labels.classes), dtype=np.intp)
    if not growing:
        return NewRows(session.row_schema.empty_table(), (), counts)
    _require_rows(labels, growing)
    own = _without(session.rows_of(growing), removed, session.request.key)
    rng, growths = _stream(session, sampler), []
    problem, rows = _problem(session, sampler, own, growing, removed)
    for code in growing:
        source = sampler.source(problem, code)
        if source is not None:
            growths.append(plan_growth(code, source, to_add[code], rng, session.budget.piece_rows))
            counts[code] = to_add[code]
    if any(not isinstance(growth.source, Copies) for growth in growths):
        warn_of_whole_numbers(problem.known_space)
    return NewRows(rows, tuple(growths), counts)


def _require_rows(labels: Labels, growing: list[int]) -> None:
    for code in growing:
        if not labels.counts[code]:
            raise TooFewRowsError(
                f"Class {labels.classes[code]!r} has no rows left after cleaning, so it cannot grow. Clean "
                "only other classes: pass a cleaner whose sampling_strategy omits this one."
            )


def _without(rows: pa.Table, removed: pa.Table | None, key: str) -> pa.Table:
    return rows if removed is None else rows.filter(pa.array(~is_among(rows, removed, key)))


def _stream(session: Session, sampler: OverSampler) -> np.random.RandomState:
    is_step = sampler is not session.request.sampler
    if is_step and sampler.random_state is not None:
        return random_stream(sampler.random_state)
    return deepcopy(session.request.stream)


def _problem(
    session: Session,
    sampler: OverSampler,
    own: pa.Table,
    growing: list[int],
    removed: pa.Table | None,
) -> tuple[Problem, pa.Table]:
    """Return a problem on which each class grows as it would among all rows, and its rows."""
    if sampler.looks_at == "own class":
        # Neighbours are of the same class; of the other rows only ranges matter.
        searches = sampler.needs != "rows"
        needs_ranges = searches and (session.has_times or session.space != "raw")
        rows = session.joined(own, session.extreme_rows) if needs_ranges else own
        return session.problem(sampler, rows, None, removed), rows
    rows, mismatch = session.joined(own, session.extreme_rows), session.mismatch()
    problem = session.problem(sampler, rows, mismatch)
    k = sampler.n_searched
    others = [code for code in range(len(session.counts.labels.classes)) if code not in growing]
    queries = np.flatnonzero(np.isin(problem.labels.codes, growing))
    for number in range(searches_of(sampler)):
        if number:
            queries = _near_rows_of_others(problem, growing, k)
        found = session.nearest_rows(
            rows,
            queries,
            others,
            problem.index.measure,
            k=k,
            with_ties=False,
            radii=problem.index.kth_distances(queries, k),
        )
        rows = session.with_more_than(k, session.joined(rows, found))
        problem = session.problem(sampler, rows, mismatch)
    return problem, rows


def _near_rows_of_others(problem: Problem, growing: list[int], k: int) -> Ids:
    """Return the rows of other classes among the k nearest rows of the classes that grow."""
    own = np.flatnonzero(np.isin(problem.labels.codes, growing))
    near = np.unique(problem.index.nearest_others(own, k).rows)
    return np.setdiff1d(near[near >= 0], own)


def searches_of(sampler: OverSampler) -> int:
    """Return how many searches among the rows of other classes an over-sampler needs."""
    return {"all rows": 1, "neighbours of neighbours": 2}.get(str(sampler.looks_at), 0)
