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

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from poise.big.methods.clean import CLEANERS, removed_by
from poise.big.methods.over import LOOKS_AROUND, OWN_CLASS, Grown, grown_by
from poise.big.methods.session import Work, is_among
from poise.big.methods.under import cuts, rates_of
from poise.big.request import ROW, Job
from poise.big.scans.output import Keep, Layout, Made, MadeRows
from poise.big.scans.scan import held
from poise.combine import SMOTEENN, SMOTETomek
from poise.core import allocation
from poise.core.errors import InputError, UnsupportedTypeError
from poise.core.labels import Labels
from poise.core.recipes import Ids
from poise.core.resampler import (
    Cleaner,
    OverSampler,
    Resampler,
    warn_of_vanishing,
)
from poise.over_sampling import SMOTE, SMOTENC
from poise.under_sampling import RandomUnderSampler

COMBINED = (SMOTETomek, SMOTEENN)
KNOWN = (RandomUnderSampler, *OWN_CLASS, *LOOKS_AROUND, *CLEANERS, *COMBINED)


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
    for parameter, usual in (("within_groups", False), ("shrinkage", None), ("replacement", False)):
        if getattr(sampler, parameter, usual) != usual:
            raise UnsupportedTypeError(
                f"{name}({parameter}={getattr(sampler, parameter)!r}) is not known to poise.big. Leave it out, or "
                "use poise.resample in memory."
            )
    _refuse_other_searches(sampler)
    if isinstance(sampler, COMBINED):
        _refuse_other_steps(sampler)


def _refuse_other_searches(sampler: Resampler) -> None:
    """Raise for a space or a neighbour object that would need all rows at once."""
    name, space = type(sampler).__name__, getattr(sampler, "neighbor_space", "raw")
    if not isinstance(space, str) or space not in ("raw", "standard"):
        raise UnsupportedTypeError(
            f"{name}(neighbor_space={space!r}) would have to hold all rows at once. Pass 'raw' or 'standard', or "
            "transform the columns in the source."
        )
    if isinstance(sampler, SMOTE | SMOTENC):
        return
    for parameter in ("k_neighbors", "m_neighbors", "n_neighbors"):
        asked = getattr(sampler, parameter, 1)
        if not isinstance(asked, int | np.integer):
            raise UnsupportedTypeError(
                f"{name}({parameter}={asked!r}) looks at all rows, which a neighbour object of your own "
                "cannot do here. Pass a number."
            )


def _refuse_other_steps(sampler: SMOTETomek | SMOTEENN) -> None:
    """Raise for steps that cannot be streamed together."""
    name = type(sampler).__name__
    for step in sampler._steps():
        _refuse_unknown(step)
        if type(step) not in (*OWN_CLASS, *CLEANERS):
            raise UnsupportedTypeError(
                f"{name} with {step!r} is not known to poise.big; its steps can be RandomOverSampler, SMOTE, "
                "SMOTENC, TomekLinks and EditedNearestNeighbours. Do the two steps one after the other."
            )
        if getattr(step, "neighbor_space", sampler.neighbor_space) != sampler.neighbor_space:
            raise UnsupportedTypeError(
                f"{step!r} searches in another space than {name}(neighbor_space={sampler.neighbor_space!r}). Give both "
                "the same."
            )


def decide(work: Work) -> Decision:
    """Return what becomes of the rows."""
    sampler = work.job.sampler
    if isinstance(sampler, RandomUnderSampler):
        return _drawn_once(work, sampler)
    if isinstance(sampler, COMBINED):
        first = work.job.order == "clean-then-oversample"
        return _cleaned_first(work, sampler) if first else _cleaned_last(work, sampler)
    labels = work.counted.labels
    if isinstance(sampler, CLEANERS):
        return _decision(work, removed_by(work, sampler, labels, streamed_class(labels)), None)
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
        first = _first_id(work, sum(growth.n_rows for growth in growths))
        made = Made(layout, work.declared, rows, work.counted.values, growths, first)
    return Decision(keep, made, labels.counts, after)


def _first_id(work: Work, n_new: int) -> int:
    """Return the number of the first new row, or raise where there is no room for so many."""
    largest, name = work.counted.largest_id, work.job.id
    kind = None if name is None else work.job.schema.field(name).type
    if kind is not None and pa.types.is_integer(kind):
        most = min(np.iinfo(kind.to_pandas_dtype()).max, 2**63 - 1)
        if largest + n_new > most:
            raise InputError(
                f"Column {name!r} holds {kind} up to {largest}, which leaves no room for {n_new:,} new ids. Cast "
                "it to a wider type, or use text."
            )
    return largest + 1


def lost_by_class(work: Work, removed: pa.Table) -> Ids:
    """Return how many of some rows are of each class."""
    return np.bincount(work.codes_of(removed), minlength=len(work.counted.labels.classes))


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
        most[cut] = cuts(work, cut, after[cut])
    warn_of_vanishing(labels, after)
    return Decision(replace(keep, most=most, is_empty=is_empty), None, labels.counts, after)


def first_cleaner(sampler: SMOTETomek | SMOTEENN) -> Cleaner:
    """Return what cleans the table before rows are made: the smallest class is left whole.

    The cleaning step of a combined method is for balanced classes, and cleans all of them; before
    they are balanced it would take most of the smallest. A cleaner of the user's own is taken as it is.
    """
    own = sampler.tomek if isinstance(sampler, SMOTETomek) else sampler.enn
    cleaner = sampler._steps()[1]
    return cleaner if own is not None else cleaner.set_params(sampling_strategy="auto")


def _cleaned_first(work: Work, sampler: SMOTETomek | SMOTEENN) -> Decision:
    labels = work.counted.labels
    removed = removed_by(work, first_cleaner(sampler), labels, streamed_class(labels))
    left = _counts_with(labels, -lost_by_class(work, removed))
    return _decision(work, removed, grown_by(work, sampler._steps()[0], left, removed))


def _cleaned_last(work: Work, sampler: SMOTETomek | SMOTEENN) -> Decision:
    """Make all new rows, and clean them with the rows there were."""
    over, cleaner = sampler._steps()
    labels = work.counted.labels
    _refuse_decimals(work)
    grown_rows = grown_by(work, over, labels)
    added = grown_rows.counts(len(labels.classes))
    whole = _decision(work, None, grown_rows)
    if not isinstance(whole.made, Made) or not whole.made.n_rows:
        return _decision(work, removed_by(work, cleaner, labels, streamed_class(labels)), None)
    made = pa.Table.from_batches(list(whole.made.batches()))
    rows = _with_keys(work, made)
    streamed = streamed_class(labels, added)
    removed = removed_by(work, cleaner, _counts_with(labels, added), streamed, rows)
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


def streamed_class(labels: Labels, added: Ids | None = None) -> int:
    """Return the class whose rows are not held: the largest of those that do not grow.

    Raises
    ------
    InputError
        Where every class grows.
    """
    counts = labels.counts if added is None else np.where(added > 0, -1, labels.counts)
    if counts.max() < 0:
        raise InputError(
            "Every class grows, so that all rows would have to be held. Leave one out."
        )
    return int(counts.argmax())


def _refuse_decimals(work: Work) -> None:
    """Raise for decimals, whose made values are searched before they are rounded."""
    job = work.job
    decimals = [
        f.name for f in job.schema if f.name in job.features and pa.types.is_decimal(f.type)
    ]
    if decimals:
        raise UnsupportedTypeError(
            f"{job.method} searches what it has made, and column {decimals[0]!r} holds decimals, which are rounded "
            "only when they are put out. Cast it to double, or pass order='clean-then-oversample'."
        )


def _counts_with(labels: Labels, more: Ids) -> Labels:
    return Labels(labels.codes, labels.classes, labels.counts + more)


def _with_keys(work: Work, made: pa.Table) -> pa.Table:
    """Return made rows as rows of the source are held."""
    if work.job.id is None:
        numbers = work.counted.n_rows + np.arange(made.num_rows)
        made = made.append_column(ROW, pa.array(numbers))
    held_rows = [held(batch) for batch in made.select(work.job.columns).to_batches()]
    return pa.Table.from_batches(held_rows).cast(work.row_schema)
