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

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from poise.big.earlier import EarlierRows, by_class
from poise.big.methods.clean import class_to_stream, cleaning_of
from poise.big.methods.over import NewRows, OverSampling
from poise.big.methods.session import Session
from poise.big.methods.under import UnderSampling
from poise.big.request import ROW
from poise.big.scans.arrow import is_among, joinable, with_floats
from poise.big.scans.output import (
    KeepRows,
    MadeInMemory,
    MadeInPieces,
    NewValues,
    layout_of,
    renumbered,
)
from poise.core.errors import InputError
from poise.core.plan.recipes import Ids
from poise.core.sampling.resampler import Cleaner, OverSampler, warn_of_vanishing
from poise.core.tables.columns import column_label
from poise.core.tables.keys import How, new_numbers, new_texts
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
    numbers : dict of str to NewValues
        How new rows are numbered, from the first row on that was ever made for this result.
    surplus : dict of label to int
        New rows that an earlier run has made, and that classes do not need any more.
    """

    keep: KeepRows
    made: MadeInPieces | MadeInMemory | None
    before: Ids
    after: Ids
    rates: NDArray[np.float64] | None = None
    n_made: int = 0
    numbers: Mapping[str, NewValues] = field(default_factory=dict)
    surplus: Mapping[Any, int] = field(default_factory=dict)


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
    earlier, decision = session.earlier, _without_rows(session, removed)
    n_made = earlier.n_made + int(new_rows.counts.sum())
    numbers = _new_values(session, n_made)
    _require_free_numbers(numbers, earlier)
    made = MadeInPieces(
        decision.keep.layout,
        session.declared,
        new_rows.rows,
        session.counts.values,
        new_rows.growths,
        {name: new.after(earlier.n_made) for name, new in numbers.items()},
        session.rules,
    )
    made_before = by_class(earlier.made, session.counts.labels.classes)
    after = decision.after + made_before + new_rows.counts
    surplus = new_rows.surplus
    return replace(
        decision, made=made, after=after, n_made=n_made, numbers=numbers, surplus=surplus
    )


def _require_free_numbers(numbers: Mapping[str, NewValues], earlier: EarlierRows) -> None:
    """Raise if rows of the source have the numbers of new rows that were made before."""
    for name, (first, _) in earlier.numbers.items():
        if earlier.n_made and name in numbers and numbers[name].first != first:
            raise InputError(
                f"New rows of the result have numbers from {first} on in column {name!r}, and rows of the source that "
                "were added have some of these too. Pass if_exists='replace' (--if-exists replace) to number the new "
                "rows again."
            )


def _new_values(session: Session, n_new: int) -> dict[str, NewValues]:
    """Return what new rows get in the columns that are neither features nor those of their seed rows."""
    request, ends = session.request, session.counts.ends
    carried = {name: how for name, how in request.carried.items() if how != "seed"}
    new = {name: _carried_values(session, name, how, n_new) for name, how in carried.items()}
    for name in request.index:
        if name in ends:
            new[name] = _values_after(session, name, n_new, "labels of the index")
    return new


def _carried_values(session: Session, name: str, how: How, n_new: int) -> NewValues:
    """Return what new rows get in a carried column, or raise if its type cannot hold it."""
    if how in ("missing", "new"):
        return NewValues(None)
    kind, ends = session.request.schema.field(name).type, session.counts.ends[name]
    label = column_label(0, [name])
    if not pa.types.is_integer(kind):
        new_texts(label, ends[1], how, min(n_new, 1))  # raises for a start that rows have
        return NewValues(cast("int", how))
    limits = np.iinfo(kind.to_pandas_dtype())
    made = new_numbers(label, ends, (int(limits.min), min(int(limits.max), 2**63 - 1)), how, n_new)
    return NewValues(int(made[0]) if len(made) else 0, -1 if how == "negative" else 1)


def _values_after(session: Session, name: str, n_new: int, what: str) -> NewValues:
    """Return numbers above the largest of a column, or raise if its type is too narrow."""
    kind, (_, largest) = session.request.schema.field(name).type, session.counts.ends[name]
    if not pa.types.is_integer(kind):
        return NewValues(largest + 1)
    limit = min(np.iinfo(kind.to_pandas_dtype()).max, 2**63 - 1)
    if largest + n_new > limit:
        # Larger numbers are counted as the largest of 64 bits with a sign.
        is_more = largest == 2**63 - 1
        known = f"of {largest} or more" if is_more else f"up to {largest}"
        way = "Cast it to text" if limit == 2**63 - 1 else "Cast it to a wider type, or use text"
        raise InputError(
            f"Column {name!r} holds {kind} {known}, which leaves no room for {n_new:,} new {what}. {way}."
        )
    return NewValues(largest + 1)


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
    new_rows = OverSampling(session, over, labels).new_rows()
    balanced = _with_new_rows(session, new_rows)
    in_pieces = balanced.made
    if not isinstance(in_pieces, MadeInPieces) or not new_rows.counts.any():
        return _without_rows(session, _removed(session, cleaner))
    made = _with_ids(session, in_pieces, new_rows)
    rows, key = _with_keys(session, made), session.request.key
    streamed = class_to_stream(labels, new_rows.counts > 0)
    grown = labels.with_counts(labels.counts + new_rows.counts)
    removed = cleaning_of(session, cleaner, grown, streamed, rows).rows_to_remove()
    after = balanced.after - _counts_of(session, removed)
    warn_of_vanishing(labels, after)
    of_source = removed.filter(pa.array(~is_among(removed, rows, key)))
    kept = made.filter(pa.array(~is_among(rows, removed, key)))
    kept = renumbered(kept, in_pieces.new, balanced.keep.layout.schema)
    keep = replace(balanced.keep, removed=of_source[key].combine_chunks())
    return replace(balanced, keep=keep, made=MadeInMemory(kept), after=after, n_made=kept.num_rows)


def _with_ids(session: Session, made: MadeInPieces, new_rows: NewRows) -> pa.Table:
    """Return all new rows, with ids of their own while they are cleaned, and floats for decimals."""
    own = dict(made.new)
    if session.request.id is not None:
        n_new = int(new_rows.counts.sum())
        own[session.request.id] = _values_after(session, session.request.id, n_new, "ids")
    schema = with_floats(made.layout.schema, session.request.as_floats)
    unrounded = replace(made, new=own, layout=replace(made.layout, schema=schema))
    return pa.Table.from_batches(list(unrounded.batches()))


def _with_keys(session: Session, made: pa.Table) -> pa.Table:
    """Return new rows with the columns of rows in memory."""
    if session.request.id is None:
        numbers = session.counts.n_rows + np.arange(made.num_rows)
        made = made.append_column(ROW, pa.array(numbers))
    batches = made.select(session.row_schema.names).to_batches()
    return pa.Table.from_batches(list(map(joinable, batches))).cast(session.row_schema)
