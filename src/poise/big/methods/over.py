"""Over-samplers: find the rows that new rows depend on, and plan the new rows from them.

These are the rows of the classes that grow and, for samplers that look at other classes, the rows of
other classes among their nearest neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from poise.big.earlier import by_class
from poise.big.methods.passes import PlannedPass, run_passes
from poise.big.methods.session import Session
from poise.big.scans.arrow import is_among
from poise.big.scans.output import Growth, plan_growth
from poise.big.scans.scan import Purpose
from poise.core.errors import TooFewRowsError
from poise.core.plan.recipes import Ids
from poise.core.sampling.allocation import rows_to_add
from poise.core.sampling.draws import Copies
from poise.core.sampling.problem import Problem
from poise.core.sampling.resampler import OverSampler
from poise.core.sampling.seeds import random_stream
from poise.core.sampling.whole_numbers import warn_of_whole_numbers
from poise.core.tables.labels import Labels

# Searches among the rows of other classes, by what a sampler looks at.
_N_SEARCHES = {"own class": 0, "all rows": 1, "neighbours of neighbours": 2, None: 0}


class NewRows(NamedTuple):
    """The new rows of all classes, before they are drawn.

    Attributes
    ----------
    rows : pyarrow.Table
        The rows that they are made from.
    growths : tuple of Growth
    counts : ndarray of shape (n_classes,), intp
        Number of new rows of each class.
    surplus : dict of label to int
        New rows that an earlier run has made, and that classes do not need any more.
    """

    rows: pa.Table
    growths: tuple[Growth, ...]
    counts: Ids
    surplus: Mapping[Any, int]


@dataclass(eq=False)
class OverSampling:
    """The over-sampling of a run: it finds the rows that new rows depend on.

    Parameters
    ----------
    session : Session
    sampler : OverSampler
    labels : Labels
        With the number of rows per class after the removal.
    removed : pyarrow.Table, optional
        Rows of the source that were removed before.
    """

    session: Session
    sampler: OverSampler
    labels: Labels
    removed: pa.Table | None = None

    def __post_init__(self) -> None:
        needed = rows_to_add(self.sampler.sampling_strategy, self.labels)
        made = by_class(self.session.earlier.made, self.labels.classes).tolist()
        self.to_add: dict[int, int] = {
            code: max(n_rows - made[code], 0) for code, n_rows in needed.items()
        }
        self.surplus: dict[Any, int] = {
            self.labels.classes[code]: n_made - needed.get(code, 0)
            for code, n_made in enumerate(made)
            if n_made > needed.get(code, 0)
        }
        self.growing: list[int] = [code for code, n_rows in self.to_add.items() if n_rows]
        self.rows: pa.Table = self.session.row_schema.empty_table()
        self.mismatch: float | None = None

    @property
    def n_in_memory(self) -> int:
        return int(self.labels.counts[self.growing].sum())

    @property
    def found_per_row(self) -> int:
        return self.sampler.n_searched if self._searches_of_others() else 0

    @property
    def searches(self) -> bool:
        return self.sampler.needs != "rows"

    def passes(self) -> list[PlannedPass]:
        """Return the passes: rows of the growing classes, what depends on all rows, near rows of others."""
        session, others = self.session, self._searches_of_others()
        if not self.growing:
            return []
        passes = session.passes_to_load(self.growing, self._load)
        if self.searches:
            passes += session.passes_over_columns(self._measure if others else None)
        return passes + [PlannedPass(Purpose.FIND_NEAREST, search) for search in others]

    def new_rows(self) -> NewRows:
        """Make the passes, and return the new rows.

        Raises
        ------
        TooFewRowsError
            If a class that grows has no rows left.
        """
        counts = np.zeros(len(self.labels.classes), dtype=np.intp)
        if not self.growing:
            return NewRows(self.rows, (), counts, self.surplus)
        _require_rows(self.labels, self.growing)
        run_passes(self)
        rng, growths, problem = _stream(self.session, self.sampler), [], self._problem()
        for code in self.growing:
            copies = self.sampler.copies_of_few(problem, code)
            source = self.sampler.source(problem, code) if copies is None else copies
            if source is not None:
                piece_rows = self.session.budget.piece_rows
                growths.append(plan_growth(code, source, self.to_add[code], rng, piece_rows))
                counts[code] = self.to_add[code]
        self.sampler.warn_of_few_rows(problem)
        if any(not isinstance(growth.source, Copies) for growth in growths):
            space = problem.known_space
            names = None if isinstance(space.names, range) else space.names
            warn_of_whole_numbers(space.blocks, names, self.session.rules)
        return NewRows(self.rows, tuple(growths), counts, self.surplus)

    def _searches_of_others(self) -> list[Callable[[], None]]:
        """Return the searches among the rows of other classes, in order."""
        searches = [self._find_neighbors, self._find_neighbors_of_neighbors]
        return searches[: _N_SEARCHES[self.sampler.looks_at]]

    def _load(self) -> None:
        session = self.session
        rows = session.rows_of(self.growing)
        if self.removed is not None:
            rows = rows.filter(pa.array(~is_among(rows, self.removed, session.request.key)))
        self.rows = session.joined(rows, session.extreme_rows) if session.needs_ranges else rows

    def _measure(self) -> None:
        self.mismatch = self.session.mismatch()

    def _problem(self) -> Problem:
        """Return a problem in which each class grows as it would among all rows, once all are found."""
        return self.session.problem(self.sampler, self.rows, self.mismatch, self.removed)

    def _find_neighbors(self) -> None:
        problem = self._problem()
        self._add_nearest(problem, np.flatnonzero(np.isin(problem.labels.codes, self.growing)))

    def _find_neighbors_of_neighbors(self) -> None:
        problem = self._problem()
        own = np.flatnonzero(np.isin(problem.labels.codes, self.growing))
        near = np.unique(problem.index.nearest_others(own, self.sampler.n_searched).rows)
        self._add_nearest(problem, np.setdiff1d(near[near >= 0], own))

    def _add_nearest(self, problem: Problem, queries: Ids) -> None:
        """Add the rows of classes that do not grow among the nearest neighbours of some rows."""
        k = self.sampler.n_searched
        codes = range(len(self.session.counts.labels.classes))
        found = self.session.nearest_rows(
            self.rows,
            queries,
            [code for code in codes if code not in self.growing],
            problem.index.measure,
            k=k,
            with_ties=False,
            radii=problem.index.kth_distances(queries, k),
        )
        self.rows = self.session.joined(self.rows, found)


def _require_rows(labels: Labels, growing: list[int]) -> None:
    for code in growing:
        if not labels.counts[code]:
            raise TooFewRowsError(
                f"Class {labels.classes[code]!r} has no rows left after cleaning, so it cannot grow. Clean "
                "only other classes: pass a cleaner whose sampling_strategy omits this one."
            )


def _stream(session: Session, sampler: OverSampler) -> np.random.RandomState:
    is_step = sampler is not session.request.sampler
    if is_step and sampler.random_state is not None:
        return random_stream(sampler.random_state)
    return deepcopy(session.request.stream)
