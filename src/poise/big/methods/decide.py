"""Decide which rows stay and which new rows are made, from the few rows that this depends on.

Each sampler's plan for all rows depends on a small part of the table. That part is found by scans, and
the in-memory sampler makes the plan on it:

======================  ================================================================
over-sampling           the classes that grow; for samplers that look at other classes,
                        also their rows among the nearest neighbours
Tomek links             all classes but the largest, the rows nearest to theirs, and rows
                        that are even nearer to these
edited neighbours       all classes but the largest, and its rows that may be outvoted
random under-sampling   none: a hash of each row's id, and a cutoff for each class
======================  ================================================================
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from poise.big.methods.clean import class_to_stream, cleaning_of
from poise.big.methods.over import NewRows, OverSampling
from poise.big.methods.session import Session
from poise.big.methods.under import UnderSampling
from poise.big.request import ROW
from poise.big.scans.arrow import is_among, joinable
from poise.big.scans.output import KeepRows, MadeInMemory, MadeInPieces, layout_of
from poise.core.errors import InputError, UnsupportedTypeError
from poise.core.plan.recipes import Ids
from poise.core.sampling.resampler import Cleaner, OverSampler, warn_of_vanishing
from poise.under_sampling import RandomUnderSampler


@dataclass(frozen=True, eq=False)
class Decision:
    """Which rows stay, and which are made.

    Attributes
    ----------
    keep : KeepRows
    made : MadeInPieces, MadeInMemory or None
    before, after : ndarray of shape (n_classes,), intp
        Rows of each class in the source and in the result.
    rates : ndarray of shape (n_classes,), float64, or None
        Probability that a row of each class stays.
    n_made : int
        Number of new rows.
    """

    keep: KeepRows
    made: MadeInPieces | MadeInMemory | None
    before: Ids
    after: Ids
    rates: NDArray[np.float64] | None = None
    n_made: int = 0


def decide(session: Session) -> Decision:
    """Return which rows stay, and which are made."""
    steps, labels = session.steps, session.counts.labels
    if steps.under is not None:
        return _undersampled(session, steps.under)
    if steps.over is None:
        return _without_rows(session, _removed(session, steps.cleaner))
    if steps.cleaner is None:
        return _with_new_rows(session, OverSampling(session, steps.over, labels).new_rows())
    combined = _cleaned_first if steps.cleans_first else _cleaned_last
    return combined(session, steps.over, steps.cleaner)


def _removed(session: Session, cleaner: Cleaner | None) -> pa.Table | None:
    """Return the rows that a cleaner removes from the source."""
    if cleaner is None:
        return None
    labels = session.counts.labels
    return cleaning_of(session, cleaner, labels, class_to_stream(labels)).rows_to_remove()


def _without_rows(session: Session, removed: pa.Table | None) -> Decision:
    """Keep the rows of the source that are not removed."""
    labels, keep = (
        session.counts.labels,
        KeepRows(layout_of(session.request), session.counts.values),
    )
    if removed is None:
        return Decision(keep, None, labels.counts, labels.counts.copy())
    after = labels.counts - _counts_of(session, removed)
    warn_of_vanishing(labels, after)
    keep = replace(keep, removed=removed[session.request.key].combine_chunks())
    return Decision(keep, None, labels.counts, after)


def _with_new_rows(
    session: Session, new_rows: NewRows, removed: pa.Table | None = None
) -> Decision:
    """Keep the rows of the source that are not removed, and add new rows."""
    n_made = int(new_rows.counts.sum())
    first = _first_numbers(session, n_made)
    decision = _without_rows(session, removed)
    made = MadeInPieces(
        decision.keep.layout,
        session.declared,
        new_rows.rows,
        session.counts.values,
        new_rows.growths,
        first,
    )
    after = decision.after + new_rows.counts
    return replace(decision, made=made, after=after, n_made=n_made)


def _first_numbers(session: Session, n_new: int) -> dict[str, int]:
    """Return the number of the first new row in each numbered column, or raise if its type is too narrow."""
    largest = session.counts.largest
    for name in largest:
        kind = session.request.schema.field(name).type
        if not pa.types.is_integer(kind):
            continue
        limit = min(np.iinfo(kind.to_pandas_dtype()).max, 2**63 - 1)
        if largest[name] + n_new > limit:
            what = "ids" if name == session.request.id else "labels of the index"
            # Larger numbers are counted as the largest of 64 bits with a sign.
            is_more = largest[name] == 2**63 - 1
            known = f"of {largest[name]} or more" if is_more else f"up to {largest[name]}"
            way = (
                "Cast it to text" if limit == 2**63 - 1 else "Cast it to a wider type, or use text"
            )
            raise InputError(
                f"Column {name!r} holds {kind} {known}, which leaves no room for {n_new:,} new {what}. {way}."
            )
    return {name: number + 1 for name, number in largest.items()}


def _counts_of(session: Session, rows: pa.Table) -> Ids:
    """Return the number of rows of each class."""
    return np.bincount(session.codes_of(rows), minlength=len(session.counts.labels.classes))


def _undersampled(session: Session, sampler: RandomUnderSampler) -> Decision:
    """Keep the rows of each class with the smallest hashes, or those below a rate."""
    labels, part = session.counts.labels, UnderSampling(session, sampler)
    keep = KeepRows(layout_of(session.request), session.counts.values, cutoffs=part.cutoffs())
    if part.rates is not None:
        keep = replace(keep, weights=1 / part.rates)
    else:
        warn_of_vanishing(labels, part.n_kept)
    return Decision(keep, None, labels.counts, part.n_kept, part.rates)


def _cleaned_first(session: Session, over: OverSampler, cleaner: Cleaner) -> Decision:
    """Clean the rows of the source, and make new rows from those that are left."""
    labels = session.counts.labels
    removed = cleaning_of(session, cleaner, labels, class_to_stream(labels)).rows_to_remove()
    left = labels.with_counts(labels.counts - _counts_of(session, removed))
    return _with_new_rows(session, OverSampling(session, over, left, removed).new_rows(), removed)


def _cleaned_last(session: Session, over: OverSampler, cleaner: Cleaner) -> Decision:
    """Make all new rows, and clean them together with the rows of the source."""
    labels = session.counts.labels
    _require_no_decimals(session)
    new_rows = OverSampling(session, over, labels).new_rows()
    balanced = _with_new_rows(session, new_rows)
    if balanced.made is None or not new_rows.counts.any():
        return _without_rows(session, _removed(session, cleaner))
    made = pa.Table.from_batches(list(balanced.made.batches()))
    rows, key = _with_keys(session, made), session.request.key
    streamed = class_to_stream(labels, new_rows.counts > 0)
    grown = labels.with_counts(labels.counts + new_rows.counts)
    removed = cleaning_of(session, cleaner, grown, streamed, rows).rows_to_remove()
    after = balanced.after - _counts_of(session, removed)
    warn_of_vanishing(labels, after)
    of_source = removed.filter(pa.array(~is_among(removed, rows, key)))
    kept = made.filter(pa.array(~is_among(rows, removed, key)))
    keep = replace(balanced.keep, removed=of_source[key].combine_chunks())
    return replace(balanced, keep=keep, made=MadeInMemory(kept), after=after, n_made=kept.num_rows)


def _require_no_decimals(session: Session) -> None:
    """Raise for decimals: new values would be searched before they are rounded."""
    request = session.request
    decimals = [
        name for name in request.features if pa.types.is_decimal(request.schema.field(name).type)
    ]
    if decimals:
        raise UnsupportedTypeError(
            f"{request.method} searches the new rows, and column {decimals[0]!r} holds decimals, which are rounded "
            "only when they are written. Cast it to double, or pass order='clean-then-oversample'."
        )


def _with_keys(session: Session, made: pa.Table) -> pa.Table:
    """Return new rows with the columns of rows in memory."""
    if session.request.id is None:
        numbers = session.counts.n_rows + np.arange(made.num_rows)
        made = made.append_column(ROW, pa.array(numbers))
    batches = made.select(session.row_schema.names).to_batches()
    return pa.Table.from_batches(list(map(joinable, batches))).cast(session.row_schema)
