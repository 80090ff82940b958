"""Cleaning rows that are not all at hand.

Held are all classes but the largest, the rows nearest to theirs, and for Tomek links a witness that is
nearer still; for edited neighbours the rows of the largest class that its own rows do not save. On these
the in-memory method decides as it would among all rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from poise.big.methods.session import Work, is_among
from poise.big.scans.outvoted import Recount, Suspects
from poise.big.scans.scan import Scan
from poise.core import allocation
from poise.core.labels import Labels
from poise.core.neighbors import Measure, count_of
from poise.core.problem import Problem
from poise.core.recipes import Ids
from poise.core.resampler import Cleaner, refuse_too_small_a_table
from poise.under_sampling import EditedNearestNeighbours, TomekLinks

CLEANERS = (TomekLinks, EditedNearestNeighbours)


def removed_by(
    work: Work, sampler: Cleaner, labels: Labels, streamed: int, added: pa.Table | None = None
) -> pa.Table:
    """Return the rows that a cleaning method removes.

    Parameters
    ----------
    work : Work
    sampler : Cleaner
    labels : Labels
        The classes' counts with the rows added.
    streamed : int
        The class whose rows are not held, as a rule the largest.
    added : pyarrow.Table, optional
        Rows that are there beside the source's, none of them of that class.
    """
    codes = allocation.classes_to_clean(sampler.sampling_strategy, labels)
    n_rows = int(labels.counts.sum())
    if isinstance(sampler, EditedNearestNeighbours):
        k = count_of(sampler.n_neighbors)
        refuse_too_small_a_table(type(sampler).__name__, n_rows, "n_neighbors", k)
    cleaning = _Cleaning(work, sampler, codes, streamed, added)
    if isinstance(sampler, TomekLinks):
        return cleaning.in_links()
    return cleaning.outvoted()


class _Cleaning:
    """A cleaning method at work; all classes but the largest are shipped."""

    def __init__(
        self, work: Work, sampler: Any, codes: list[int], streamed: int, added: pa.Table | None
    ) -> None:
        self.work, self.sampler, self.codes, self.streamed = work, sampler, codes, streamed
        others = [code for code in range(len(work.counted.labels.classes)) if code != streamed]
        own = work.rows_of(others) if added is None else work.joined(work.rows_of(others), added)
        self.shipped = work.joined(own, work.anchors)
        self.mismatch = work.mismatch(added)

    def problem(self, rows: pa.Table) -> Problem:
        return self.work.problem(self.sampler, rows, self.mismatch)

    def near(self, rows: pa.Table, queries: Ids, measure: Measure, **asked: Any) -> pa.Table:
        return self.work.near(rows, queries, [self.streamed], measure, **asked)

    def removed(self, rows: pa.Table, codes: list[int]) -> NDArray[np.bool_]:
        """Return which rows the in-memory method removes of these."""
        if not codes:
            return np.zeros(rows.num_rows, dtype=bool)
        return np.asarray(self.sampler._remove(self.problem(rows), codes, self.work.job.rng()))

    def in_links(self) -> pa.Table:
        """Return the rows in Tomek links.

        A link has an end outside the largest class. The rows that are nearest to such an end may be
        the other one; they are if no row is nearer to them, and one that is nearer is a witness.
        """
        problem = self.problem(self.shipped)
        ends = np.flatnonzero(problem.labels.codes != self.streamed)
        reach = problem.index.kth_distances(ends, 1)
        measure = problem.index.measure
        found = self.near(self.shipped, ends, measure, k=1, with_ties=True, radii=reach)
        rows = self.work.joined(self.shipped, found)

        problem = self.problem(rows)
        ends = np.flatnonzero(problem.labels.codes == self.streamed)
        nearest = problem.index.kth_distances(ends, 1)
        nearer = np.where(nearest > 0, np.nextafter(nearest, -np.inf), -1.0)
        witnesses = self.near(
            rows,
            ends,
            measure,
            k=1,
            with_ties=False,
            radii=nearer,
            are_among=True,
            name="looking for rows nearer still",
        )
        rows = self.work.joined(rows, witnesses)
        if rows.num_rows < 2:
            return rows.slice(0, 0)
        return rows.filter(pa.array(self.removed(rows, self.codes)))

    def outvoted(self) -> pa.Table:
        """Return the rows that their neighbours would not vote for."""
        k = count_of(self.sampler.n_neighbors)
        problem = self.problem(self.shipped)
        lost = [self._lost_of_shipped(problem, k)]
        if self.streamed in self.codes:
            lost.append(self._lost_of_largest(problem, k))
        return self.work.joined(*lost)

    def _lost_of_shipped(self, problem: Problem, k: int) -> pa.Table:
        """Return the shipped rows that are outvoted, by neighbours of their own and of the largest class."""
        codes = [code for code in self.codes if code != self.streamed]
        judged = np.flatnonzero(np.isin(problem.labels.codes, codes))
        return self._judged(self.shipped, judged, problem, k, are_among=False)

    def _judged(
        self, rows: pa.Table, judged: Ids, problem: Problem, k: int, *, are_among: bool
    ) -> pa.Table:
        """Return those of some rows that the in-memory method removes, with all that vote on them at hand."""
        if not len(judged):
            return rows.slice(0, 0)
        found = self.near(
            rows,
            judged,
            problem.index.measure,
            k=k,
            with_ties=True,
            radii=problem.index.kth_distances(judged, k),
            are_among=are_among,
        )
        whole = self.work.with_more_than(k, self.work.joined(rows, found))
        codes = np.unique(problem.labels.codes[judged]).tolist()
        is_asked = is_among(whole, rows.take(pa.array(judged)), self.work.job.key)
        return whole.filter(pa.array(self.removed(whole, codes) & is_asked))

    def _lost_of_largest(self, problem: Problem, k: int) -> pa.Table:
        """Return the rows of the largest class that are outvoted.

        A row can be so only if fewer than `wanted` rows of its class are strictly nearer than its
        `rank`-th nearest foe. With two classes that is the rule itself.
        """
        votes_as_one = self.sampler.kind_sel == "all"
        rank, wanted = (1, k) if votes_as_one else (k // 2 + 1, k - k // 2)
        n_classes, measure = len(self.work.counted.labels.classes), problem.index.measure
        is_rule = votes_as_one or (n_classes == 2 and not measure.is_partial)
        work, room = self.work, self.work.room
        foes = np.flatnonzero(problem.labels.codes != self.streamed)
        n_shipped = self.shipped.num_rows
        kernel = Suspects(
            work.reader(self.shipped),
            measure,
            work.job.target,
            work.job.key,
            work.counted.of([self.streamed]),
            foes,
            rank,
            wanted,
            is_rule,
            room.block_rows(n_shipped),
            room.left_for_rows(n_shipped),
        )
        suspects = work.joined(work._scan("looking for outvoted rows", kernel))
        if not suspects.num_rows:
            return suspects
        lost = self._recounted(kernel, suspects)
        if is_rule or not lost.num_rows:
            return lost
        rows = work.joined(self.shipped, lost)
        problem = self.problem(rows)
        judged = np.flatnonzero(is_among(rows, lost, work.job.key))
        return self._judged(rows, judged, problem, k, are_among=True)

    def _recounted(self, kernel: Suspects, suspects: pa.Table) -> pa.Table:
        """Return the suspects that all rows of their class together do not save."""
        work = self.work
        points, values = kernel.reader.read([suspects])
        recount = Recount(
            kernel.reader,
            suspects,
            kernel.measure,
            work.job.target,
            work.job.key,
            kernel.labels,
            kernel.reach(points, values)[0],
            kernel.wanted,
            work.room.block_rows(self.shipped.num_rows + suspects.num_rows),
        )
        columns = tuple(work.job.columns)
        found = work.engine.run(Scan("counting who saves them", recount, columns, recount.found))
        nearer = np.zeros(suspects.num_rows, dtype=np.int64)
        np.add.at(nearer, found["suspect"].to_numpy(), found["nearer"].to_numpy())
        return suspects.filter(pa.array(nearer < kernel.wanted))
