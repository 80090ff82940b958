"""Cleaners: find the rows on which an in-memory cleaner decides as it would among all rows.

All classes but the largest are in memory; of the largest class, only the rows that matter are found:

- Tomek links: the rows nearest to the other classes, and rows that are even nearer to these.
- Edited nearest neighbours: the rows that other classes may outvote.

A cleaner states its rule as data (`poise.base.MutualRule` or `VoteRule`), from which the scans follow.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from poise.big.methods.session import Session
from poise.big.methods.steps import known_rule
from poise.big.scans.arrow import is_among
from poise.big.scans.outvoted import CountCloserRows, OutvotedCandidates
from poise.big.scans.scan import Purpose, Scan
from poise.core.errors import InputError
from poise.core.plan.recipes import Ids
from poise.core.sampling.allocation import classes_to_clean
from poise.core.sampling.checks import check_larger_table
from poise.core.sampling.problem import Problem
from poise.core.sampling.resampler import Cleaner
from poise.core.sampling.rules import MutualRule, Rule, VoteRule
from poise.core.tables.labels import Labels


def class_to_stream(labels: Labels, is_growing: NDArray[np.bool_] | None = None) -> int:
    """Return the class that does not have to be in memory: the largest one that does not grow.

    Raises
    ------
    InputError
        If every class grows.
    """
    counts = labels.counts if is_growing is None else np.where(is_growing, -1, labels.counts)
    if counts.max() < 0:
        raise InputError(
            "Every class grows, so all rows would have to be in memory. Leave out at least one class."
        )
    return int(counts.argmax())


def purposes_of_scans(rule: Rule, codes: list[int], streamed: int) -> list[str]:
    """Return the purposes of the scans that find rows of the streamed class.

    Parameters
    ----------
    rule : MutualRule or VoteRule
    codes : list of int
        The classes to clean.
    streamed : int
    """
    if isinstance(rule, MutualRule):
        return [Purpose.FIND_NEAREST, Purpose.CHECK_MUTUAL]
    is_any_in_memory = any(code != streamed for code in codes)
    of_streamed = [Purpose.FIND_OUTVOTED, Purpose.CHECK_CANDIDATES]
    return [Purpose.FIND_NEAREST] * is_any_in_memory + of_streamed * (streamed in codes)


def rows_to_remove(
    session: Session, sampler: Cleaner, labels: Labels, streamed: int, added: pa.Table | None = None
) -> pa.Table:
    """Return the rows that a cleaner removes.

    Parameters
    ----------
    session : Session
    sampler : Cleaner
    labels : Labels
        With the number of rows per class, added rows included.
    streamed : int
        The class that is not in memory, usually the largest.
    added : pyarrow.Table, optional
        Rows in addition to those of the source, of other classes than the streamed one.
    """
    codes = classes_to_clean(sampler.sampling_strategy, labels)
    n_rows, rule = int(labels.counts.sum()), known_rule(sampler)
    if isinstance(rule, VoteRule):
        check_larger_table(type(sampler).__name__, n_rows, "n_neighbors", rule.k)
    cleaning = _Cleaning(session, sampler, codes, streamed, added)
    return cleaning.linked() if isinstance(rule, MutualRule) else cleaning.outvoted(rule)


class _Cleaning:
    """A cleaner, with all classes but the streamed one in memory."""

    def __init__(
        self,
        session: Session,
        sampler: Cleaner,
        codes: list[int],
        streamed: int,
        added: pa.Table | None,
    ) -> None:
        self.session, self.sampler = session, sampler
        self.codes, self.streamed = codes, streamed
        others = [c for c in range(len(session.counts.labels.classes)) if c != streamed]
        own = session.rows_of(others)
        own = own if added is None else session.joined(own, added)
        self.in_memory = session.joined(own, session.extreme_rows)
        self.mismatch = session.mismatch(added)

    def problem(self, rows: pa.Table) -> Problem:
        return self.session.problem(self.sampler, rows, self.mismatch)

    def nearest(self, rows: pa.Table, queries: Ids, problem: Problem, **options: Any) -> pa.Table:
        """Return rows of the streamed class that are near other rows."""
        measure = problem.index.measure
        return self.session.nearest_rows(rows, queries, [self.streamed], measure, **options)

    def removed(self, rows: pa.Table, codes: list[int]) -> NDArray[np.bool_]:
        """Return which of the rows the in-memory cleaner removes."""
        if not codes:
            return np.zeros(rows.num_rows, dtype=bool)
        rng = deepcopy(self.session.request.stream)
        return np.asarray(self.sampler.remove(self.problem(rows), codes, rng))

    def linked(self) -> pa.Table:
        """Return the rows in Tomek links.

        At least one row of a link is not of the largest class. Its nearest rows are candidates for the
        other one; a candidate is linked unless a third row is nearer to it, so these are searched too.
        """
        problem = self.problem(self.in_memory)
        ends = np.flatnonzero(problem.labels.codes != self.streamed)
        reach = problem.index.kth_distances(ends, 1)
        found = self.nearest(self.in_memory, ends, problem, k=1, with_ties=True, radii=reach)
        rows = self.session.joined(self.in_memory, found)

        first, problem = problem, self.problem(rows)
        ends = np.flatnonzero(problem.labels.codes == self.streamed)
        nearest = problem.index.kth_distances(ends, 1)
        nearer = np.where(nearest > 0, np.nextafter(nearest, -np.inf), -1.0)
        third = self.nearest(
            rows,
            ends,
            first,
            k=1,
            with_ties=False,
            radii=nearer,
            are_among=True,
            purpose=Purpose.CHECK_MUTUAL,
        )
        rows = self.session.joined(rows, third)
        if rows.num_rows < 2:
            return rows.slice(0, 0)
        return rows.filter(pa.array(self.removed(rows, self.codes)))

    def outvoted(self, rule: VoteRule) -> pa.Table:
        """Return the rows that their nearest neighbours outvote."""
        problem = self.problem(self.in_memory)
        codes = [code for code in self.codes if code != self.streamed]
        judged = np.flatnonzero(np.isin(problem.labels.codes, codes))
        outvoted = [self._judged(self.in_memory, judged, problem, rule.k, are_among=False)]
        if self.streamed in self.codes:
            outvoted.append(self._outvoted_of_streamed(problem, rule))
        return self.session.joined(*outvoted)

    def _judged(
        self, rows: pa.Table, judged: Ids, problem: Problem, k: int, *, are_among: bool
    ) -> pa.Table:
        """Return which of some rows the in-memory cleaner removes, after finding their neighbours."""
        if not len(judged):
            return rows.slice(0, 0)
        found = self.nearest(
            rows,
            judged,
            problem,
            k=k,
            with_ties=True,
            radii=problem.index.kth_distances(judged, k),
            are_among=are_among,
        )
        table = self.session.with_more_than(k, self.session.joined(rows, found))
        codes = np.unique(problem.labels.codes[judged]).tolist()
        is_judged = is_among(table, rows.take(pa.array(judged)), self.session.request.key)
        return table.filter(pa.array(self.removed(table, codes) & is_judged))

    def _outvoted_of_streamed(self, problem: Problem, rule: VoteRule) -> pa.Table:
        """Return the rows of the streamed class that are outvoted."""
        session, measure = self.session, problem.index.measure
        n_classes = len(session.counts.labels.classes)
        is_exact = rule.is_exact or (n_classes == 2 and not measure.is_partial)
        n_in_memory = self.in_memory.num_rows
        kernel = OutvotedCandidates(
            session.reader(self.in_memory),
            measure,
            session.request.target,
            session.request.key,
            session.counts.of([self.streamed]),
            np.flatnonzero(problem.labels.codes != self.streamed),
            rule.rank,
            rule.wanted,
            is_exact,
            session.budget.block_rows(n_in_memory),
            session.budget.bytes_for_found_rows(n_in_memory),
        )
        candidates = session.find_rows(Purpose.FIND_OUTVOTED, kernel)
        if not candidates.num_rows:
            return candidates
        outvoted = self._not_saved(kernel, candidates)
        if is_exact or not outvoted.num_rows:
            return outvoted
        rows = session.joined(self.in_memory, outvoted)
        judged = np.flatnonzero(is_among(rows, outvoted, session.request.key))
        return self._judged(rows, judged, self.problem(rows), rule.k, are_among=True)

    def _not_saved(self, kernel: OutvotedCandidates, candidates: pa.Table) -> pa.Table:
        """Return the candidates with too few near rows of their own class, counted among all rows."""
        session = self.session
        points, values = kernel.reader.read([candidates])
        count = CountCloserRows(
            kernel.reader,
            candidates,
            kernel.measure,
            kernel.target,
            kernel.key,
            kernel.labels,
            kernel.reach(points, values)[0],
            kernel.wanted,
            session.budget.block_rows(self.in_memory.num_rows + candidates.num_rows),
        )
        columns = tuple(session.row_schema.names)
        found = session.engine.run(Scan(Purpose.CHECK_CANDIDATES, count, columns, count.found))
        nearer = np.zeros(candidates.num_rows, dtype=np.int64)
        np.add.at(nearer, found["candidate"].to_numpy(), found["nearer"].to_numpy())
        return candidates.filter(pa.array(nearer < kernel.wanted))
