"""The methods on rows that are never all at hand: the part of them on which a method decides the same.

Each finds a small part of the table on which the in-memory method makes the plan that it would make
on all of it, and has it make that plan.

======================  ================================================================
over-sampling           the classes that grow; where foes are looked at, also the rows of
                        other classes among their nearest
Tomek links             all classes but the largest, the rows nearest to theirs, and for
                        each of these a witness that is nearer still
edited neighbours       all classes but the largest; of the largest, those rows that its
                        own rows do not save
random under-sampling   none: a random number of each row's id, and where to cut
======================  ================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from poise.big._emit import Keep, Layout, Made, MadeRows
from poise.big._job import ROW, Job
from poise.big._kernels import Keys, Recount, Scan, Suspects
from poise.big._pieces import Growth, grown
from poise.big._work import Counted, Work
from poise.combine import SMOTEENN, SMOTETomek
from poise.core import allocation
from poise.core.errors import InputError, UnsupportedTypeError
from poise.core.labels import Labels
from poise.core.neighbors import Index, Measure, count_of
from poise.core.problem import Problem, warn_of_whole_numbers
from poise.core.recipes import Ids
from poise.core.resampler import (
    Cleaner,
    OverSampler,
    Resampler,
    random_stream,
    warn_of_vanishing,
)
from poise.core.segments import Copies
from poise.over_sampling import ADASYN, SMOTE, SMOTENC, BorderlineSMOTE, RandomOverSampler
from poise.under_sampling import EditedNearestNeighbours, RandomUnderSampler, TomekLinks

OWN_CLASS = (RandomOverSampler, SMOTE, SMOTENC)
LOOKS_AROUND = (BorderlineSMOTE, ADASYN)
CLEANERS = (TomekLinks, EditedNearestNeighbours)
COMBINED = (SMOTETomek, SMOTEENN)
KNOWN = (RandomUnderSampler, *OWN_CLASS, *LOOKS_AROUND, *CLEANERS, *COMBINED)

_DEVIATIONS = 6  # of the number of rows below a random number, around what is expected


@dataclass(frozen=True, eq=False)
class Decision:
    """What becomes of the rows.

    Attributes
    ----------
    keep : Keep
    made : Made or None
    before, after : ndarray of shape (n_classes,), intp
        Rows of each class.
    rates : ndarray of shape (n_classes,), float64, or None
        The chance that a row of each class had to stay.
    """

    keep: Keep
    made: Made | MadeRows | None
    before: Ids
    after: Ids
    rates: NDArray[np.float64] | None = None


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


def refuse_unknown(job: Job) -> None:
    """Raise for a sampler, or a parameter of one, that cannot be streamed exactly."""
    _refuse_unknown(job.sampler)
    if job.rate is not None and not isinstance(job.sampler, RandomUnderSampler):
        raise InputError(
            f"rate={job.rate!r} says how many rows stay at random, which {job.method} does not ask. Leave it "
            "out, or pass RandomUnderSampler()."
        )


def _refuse_unknown(sampler: Resampler) -> None:
    name = type(sampler).__name__
    if type(sampler) not in KNOWN:
        known = ", ".join(kind.__name__ for kind in KNOWN)
        raise UnsupportedTypeError(
            f"{name} cannot be done exactly on rows that are not all in memory. These can: {known}. Take a "
            "part with RandomUnderSampler first, and use poise.resample on it."
        )
    for parameter, usual, why in (
        ("within_groups", False, "Leave it out"),
        ("shrinkage", None, "Leave it out"),
        ("replacement", False, "Leave it out"),
    ):
        if getattr(sampler, parameter, usual) != usual:
            raise UnsupportedTypeError(
                f"{name}({parameter}={getattr(sampler, parameter)!r}) is not known to poise.big. {why}, or "
                "use poise.resample in memory."
            )
    space = getattr(sampler, "neighbor_space", "raw")
    if not isinstance(space, str) or space not in ("raw", "standard"):
        raise UnsupportedTypeError(
            f"{name}(neighbor_space={space!r}) would have to hold all rows at once. Pass 'raw' or 'standard', or "
            "transform the columns in the source."
        )
    if not isinstance(sampler, SMOTE | SMOTENC):
        for parameter in ("k_neighbors", "m_neighbors", "n_neighbors"):
            asked = getattr(sampler, parameter, 1)
            if not isinstance(asked, int | np.integer):
                raise UnsupportedTypeError(
                    f"{name}({parameter}={asked!r}) looks at all rows, which a neighbour object of your own "
                    "cannot do here. Pass a number."
                )
    for step in sampler._steps() if isinstance(sampler, COMBINED) else ():
        _refuse_unknown(step)
        if type(step) not in (*OWN_CLASS, *CLEANERS):
            raise UnsupportedTypeError(
                f"{name} with {step!r} is not known to poise.big; its steps can be RandomOverSampler, SMOTE, "
                "SMOTENC, TomekLinks and EditedNearestNeighbours. Do the two steps one after the other."
            )


def decide(work: Work) -> Decision:
    """Return what becomes of the rows."""
    sampler = work.job.sampler
    if isinstance(sampler, RandomUnderSampler):
        return _drawn_once(work, sampler)
    if isinstance(sampler, COMBINED):
        return _combined(work, sampler)
    labels = work.counted.labels
    if isinstance(sampler, CLEANERS):
        return _decision(work, removed_by(work, sampler, labels), None)
    assert isinstance(sampler, OverSampler)  # noqa: S101  # as KNOWN has it
    return _decision(work, None, grown_by(work, sampler, labels))


def _layout(work: Work) -> Layout:
    job = work.job
    return Layout(job.schema, job.target, job.key, job.id, job.extra, job.rate is not None)


def _decision(work: Work, removed: pa.Table | None, grown_rows: Grown | None) -> Decision:
    labels, layout = work.counted.labels, _layout(work)
    after, made = labels.counts.copy(), None
    keep = Keep(layout, work.counted.values)
    if removed is not None:
        after -= lost_by_class(work, removed)
        warn_of_vanishing(labels, after)
        keep = replace(keep, removed=removed[work.job.key].combine_chunks())
    if grown_rows is not None:
        after += grown_rows.counts(len(after))
        rows, growths = grown_rows
        first = 1 + work.counted.largest_id
        made = Made(layout, work.declared, rows, work.counted.values, growths, first)
    return Decision(keep, made, labels.counts, after)


def lost_by_class(work: Work, removed: pa.Table) -> Ids:
    """Return how many of some rows are of each class."""
    return np.bincount(work.codes_of(removed), minlength=len(work.counted.labels.classes))


# ------------------------------------------------------------------------------------- over-sampling


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
    shipped = _without(work, work.rows_of(growing), removed)
    problem, rows = _problem_of_growth(work, sampler, shipped, growing)
    rng, growths = _stream(work, sampler), []
    for code in growing:
        ways = sampler._ways(problem, code)
        if ways is not None:
            growths.append(grown(code, ways, to_add[code], rng))
    if any(not isinstance(growth.ways, Copies) for growth in growths):
        warn_of_whole_numbers(problem.table)
    return Grown(rows, tuple(growths))


def _stream(work: Work, sampler: OverSampler) -> np.random.RandomState:
    is_step = sampler.random_state is not None and work.job.method != type(sampler).__name__
    return random_stream(sampler.random_state) if is_step else work.job.rng()


def _without(work: Work, rows: pa.Table, removed: pa.Table | None) -> pa.Table:
    if removed is None:
        return rows
    return rows.filter(pa.array(~is_among(rows, removed, work.job.key)))


def is_among(rows: pa.Table, others: pa.Table, key: str) -> NDArray[np.bool_]:
    """Tell which rows have the key of one of some others."""
    found = pc.is_in(rows[key], value_set=others[key].combine_chunks())
    return np.asarray(found.to_numpy(), dtype=bool)


def _problem_of_growth(
    work: Work, sampler: OverSampler, shipped: pa.Table, growing: list[int]
) -> tuple[Problem, pa.Table]:
    """Return the problem on which a class grows as among all rows, and its rows."""
    if not isinstance(sampler, LOOKS_AROUND):
        # Neighbours are of the class; of other rows, only where times begin matters.
        searches = not isinstance(sampler, RandomOverSampler)
        needs_anchors = searches and (work.has_times or work.job.space != "raw")
        rows = work.joined(shipped, work.anchors) if needs_anchors else shipped
        return work.problem(sampler, rows), rows
    rows, mismatch = work.joined(shipped, work.anchors), work.mismatch()
    problem = work.problem(sampler, rows, mismatch)
    queries = np.flatnonzero(np.isin(problem.labels.codes, growing))
    k = max(
        count_of(getattr(sampler, name))
        for name in ("k_neighbors", "m_neighbors", "n_neighbors")
        if hasattr(sampler, name)
    )
    others = [code for code in range(len(work.counted.labels.classes)) if code not in growing]
    found = work.near(
        rows,
        queries,
        others,
        problem.index.measure,
        k=k,
        with_ties=False,
        radii=kth_distances(problem.index, queries, k),
    )
    rows = work.joined(rows, found)
    return work.problem(sampler, rows, mismatch), rows


def kth_distances(index: Index, rows: Ids, k: int) -> NDArray[np.float64]:
    """Return the distance of the k-th nearest other of rows of an index; infinity where there are fewer."""
    if index.n_rows - 1 < k:
        return np.full(len(rows), np.inf)
    return np.ascontiguousarray(index.nearest_others(rows, k).distances[:, -1])


# ------------------------------------------------------------------------------------------ cleaning


def removed_by(
    work: Work, sampler: Cleaner, labels: Labels, added: pa.Table | None = None
) -> pa.Table:
    """Return the rows that a cleaning method removes.

    Parameters
    ----------
    work : Work
    sampler : Cleaner
    labels : Labels
        The classes' counts with the rows added.
    added : pyarrow.Table, optional
        Rows that are there beside the source's, none of them of its largest class.
    """
    codes = allocation.classes_to_clean(sampler.sampling_strategy, labels)
    largest = int(work.counted.labels.counts.argmax())
    cleaning = _Cleaning(work, sampler, codes, largest, added)
    if isinstance(sampler, TomekLinks):
        return cleaning.in_links()
    return cleaning.outvoted()


class _Cleaning:
    """A cleaning method at work; all classes but the largest are shipped."""

    def __init__(
        self, work: Work, sampler: Any, codes: list[int], largest: int, added: pa.Table | None
    ) -> None:
        self.work, self.sampler, self.codes, self.largest = work, sampler, codes, largest
        others = [code for code in range(len(work.counted.labels.classes)) if code != largest]
        own = work.rows_of(others) if added is None else work.joined(work.rows_of(others), added)
        self.shipped = work.joined(own, work.anchors)
        self.mismatch = work.mismatch(added)

    def problem(self, rows: pa.Table) -> Problem:
        return self.work.problem(self.sampler, rows, self.mismatch)

    def near(self, rows: pa.Table, queries: Ids, measure: Measure, **asked: Any) -> pa.Table:
        return self.work.near(rows, queries, [self.largest], measure, **asked)

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
        ends = np.flatnonzero(problem.labels.codes != self.largest)
        reach = kth_distances(problem.index, ends, 1)
        measure = problem.index.measure
        found = self.near(self.shipped, ends, measure, k=1, with_ties=True, radii=reach)
        rows = self.work.joined(self.shipped, found)

        problem = self.problem(rows)
        ends = np.flatnonzero(problem.labels.codes == self.largest)
        nearest = kth_distances(problem.index, ends, 1)
        nearer = np.where(nearest > 0, np.nextafter(nearest, -np.inf), -1.0)
        witnesses = self.near(
            rows, ends, measure, k=1, with_ties=False, radii=nearer, are_among=True
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
        if self.largest in self.codes:
            lost.append(self._lost_of_largest(problem, k))
        return self.work.joined(*lost)

    def _lost_of_shipped(self, problem: Problem, k: int) -> pa.Table:
        """Return the shipped rows that are outvoted, by neighbours of their own and of the largest class."""
        codes = [code for code in self.codes if code != self.largest]
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
            radii=kth_distances(problem.index, judged, k),
            are_among=are_among,
        )
        whole = self.work.joined(rows, found)
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
        foes = np.flatnonzero(problem.labels.codes != self.largest)
        n_shipped = self.shipped.num_rows
        kernel = Suspects(
            work.reader(self.shipped),
            measure,
            work.job.target,
            work.job.key,
            work.counted.of([self.largest]),
            foes,
            rank,
            wanted,
            is_rule,
            room.block_rows(n_shipped),
            room.left_for_rows(n_shipped),
        )
        suspects = work.joined(work._scan("looking for rows that may be outvoted", kernel))
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
        keys = suspects[work.job.key].combine_chunks()
        recount = Recount(
            work.reader(suspects),
            kernel.measure,
            work.job.target,
            work.job.key,
            kernel.labels,
            keys,
            kernel.reach(points, values),
            kernel.wanted,
            work.room.block_rows(self.shipped.num_rows + suspects.num_rows),
        )
        columns = tuple(work.job.columns)
        found = work.engine.run(Scan("counting who saves them", recount, columns, recount.found))
        nearer = np.zeros(suspects.num_rows, dtype=np.int64)
        np.add.at(nearer, found["suspect"].to_numpy(), found["nearer"].to_numpy())
        return suspects.filter(pa.array(nearer < kernel.wanted))


# ------------------------------------------------------------------------------ random under-sampling


def _drawn_once(work: Work, sampler: RandomUnderSampler) -> Decision:
    """Keep the rows of each class with the smallest random numbers, or those below a rate."""
    job, labels, counted = work.job, work.counted.labels, work.counted
    n_classes = len(labels.classes)
    is_empty = np.zeros(n_classes, dtype=bool)
    most = np.full(n_classes, 2**64 - 1, dtype=np.uint64)
    keep = Keep(_layout(work), counted.values, None, most, is_empty, job.seed)
    if job.rate is not None:
        rates = rates_of(job.rate, counted, sampler)
        for code, rate in enumerate(rates.tolist()):
            most[code] = min(max(int(rate * 2.0**64) - 1, 0), 2**64 - 1)
        keep = replace(keep, most=most, weights=1 / rates)
        expected = np.rint(labels.counts * rates).astype(np.intp)  # known when they are written
        return Decision(keep, None, labels.counts, expected, rates)
    to_keep = allocation.rows_to_keep(sampler.sampling_strategy, labels)
    after = labels.counts.copy()
    cut = []
    for code, n_rows in to_keep.items():
        after[code], is_empty[code] = n_rows, n_rows == 0
        if 0 < n_rows < labels.counts[code]:
            cut.append(code)
    if cut:
        most[cut] = _cuts(work, cut, after[cut])
    warn_of_vanishing(labels, after)
    return Decision(replace(keep, most=most, is_empty=is_empty), None, labels.counts, after)


def _cuts(work: Work, codes: list[int], wanted: Ids) -> NDArray[np.uint64]:
    """Return the `wanted`-th smallest random number of the rows of each class."""
    job, width = work.job, float(_DEVIATIONS)
    have = work.counted.labels.counts[codes]
    while True:
        bounds = np.array(
            [_band(k, n, width) for k, n in zip(wanted.tolist(), have.tolist(), strict=True)],
            dtype=np.uint64,
        )
        kernel = Keys(job.target, job.key, work.counted.of(codes), bounds, job.seed)
        columns = (job.key, job.target)
        found = work.engine.run(Scan("drawing the rows that stay", kernel, columns, kernel.found))
        cuts = [_cut(found, i, int(k)) for i, k in enumerate(wanted.tolist())]
        if all(cut is not None for cut in cuts):
            return np.array(cuts, dtype=np.uint64)
        width *= 16  # once in a billion runs


def _band(wanted: int, have: int, width: float) -> tuple[int, int]:
    """Return the random numbers between which the one of the last row to stay is expected."""
    share, spread = wanted / have, width * (wanted + width) ** 0.5 / have
    ends = (share - spread) * 2.0**64, (share + spread) * 2.0**64
    return tuple(
        int(min(max(end, 0.0), 2.0**64 - 2048)) if i == 0 else min(max(int(end), 0), 2**64 - 1)
        for i, end in enumerate(ends)
    )  # type: ignore[return-value]


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
        if not isinstance(value, Real) or isinstance(value, bool) or not 0 < float(value) <= 1:
            raise InputError(
                f"rate={value!r} is the chance that a row stays; it must be above 0 and at most 1."
            )
        rates[code] = float(value)
    return rates


# ----------------------------------------------------------------------------------- combined methods


def first_cleaner(sampler: SMOTETomek | SMOTEENN) -> Cleaner:
    """Return what cleans the table before rows are made: the smallest class is left whole.

    The cleaning step of a combined method is for balanced classes, and cleans all of them; before
    they are balanced it would take most of the smallest. A cleaner of the user's own is taken as it is.
    """
    own = sampler.tomek if isinstance(sampler, SMOTETomek) else sampler.enn
    cleaner = sampler._steps()[1]
    return cleaner if own is not None else cleaner.set_params(sampling_strategy="auto")


def _combined(work: Work, sampler: SMOTETomek | SMOTEENN) -> Decision:
    over, cleaner = sampler._steps()
    labels = work.counted.labels
    if work.job.order == "clean-then-oversample":
        removed = removed_by(work, first_cleaner(sampler), labels)
        left = _counts_with(labels, -lost_by_class(work, removed))
        return _decision(work, removed, grown_by(work, over, left, removed))
    grown_rows = grown_by(work, over, labels)
    added = grown_rows.counts(len(labels.classes))
    if added[labels.counts.argmax()]:
        raise InputError(
            f"{work.job.method} would add rows to the largest class, of which all rows would have to be held. "
            "Leave that class out of sampling_strategy."
        )
    whole = _decision(work, None, grown_rows)
    if not isinstance(whole.made, Made) or not whole.made.n_rows:
        return _decision(work, removed_by(work, cleaner, labels), None)
    made = pa.Table.from_batches(list(whole.made.batches()))
    rows = _with_keys(work, made)
    removed = removed_by(work, cleaner, _counts_with(labels, added), rows)
    is_made = is_among(removed, rows, work.job.key)
    stays = pa.array(~is_among(rows, removed, work.job.key))
    after = whole.after - lost_by_class(work, removed)
    warn_of_vanishing(labels, after)
    gone = removed.filter(pa.array(~is_made))[work.job.key].combine_chunks()
    return replace(
        whole,
        keep=replace(whole.keep, removed=gone),
        made=MadeRows(made.filter(stays)),
        after=after,
    )


def _counts_with(labels: Labels, more: Ids) -> Labels:
    return Labels(labels.codes, labels.classes, labels.counts + more)


def _with_keys(work: Work, made: pa.Table) -> pa.Table:
    """Return made rows as rows of the source are held."""
    if work.job.id is None:
        numbers = work.counted.n_rows + np.arange(made.num_rows)
        made = made.append_column(ROW, pa.array(numbers))
    return made.select(work.job.columns).cast(work.row_schema)
