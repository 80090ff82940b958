"""Write a resampled table: kept rows with the cells that were read, new rows beside them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np

from poise.core.files.arrow import arrow
from poise.core.files.csv_numbers import cast_or_none
from poise.core.files.csv_writing import check_csv_types
from poise.core.files.formats import (
    FileTable,
    format_of,
    write_cells,
    write_table,
)
from poise.core.plan.plan import Plan
from poise.core.tables.frames import labels_of_new_rows


def check_out(read: FileTable, out: Path) -> None:
    """Raise InputError if the format of the output cannot hold the columns; call this before the work."""
    if format_of(out) == "csv" and read.csv is None:
        check_csv_types(read.whole)


def write_result(
    read: FileTable, made: Any, plan: Plan, out: Path, new_in: Collection[str] = ()
) -> None:
    """Write the output rows of a plan to a file.

    Parameters
    ----------
    read : FileTable
        The input.
    made : pyarrow.Table
        The output rows, with the columns of `read.table` and others.
    plan : Plan
    new_in : collection of str
        Columns in which copies of input rows have values of their own.
    out : Path
        Its ending gives the format. From CSV to CSV, the dialect is kept, and every cell that has the value
        of an input row is written as it was read.
    """
    if read.csv is None or format_of(out) != "csv":
        write_table(_with_index(read, made, plan), out)
        return
    ids = plan.value_ids()
    rows = np.where(ids < plan.n_rows, ids, plan.source)
    cells = {}
    for column in read.csv.columns:
        is_read = ~plan.is_new if column.name in new_in else ids < plan.n_rows
        texts = column.texts.take(arrow().array(rows))
        if not is_read.all():
            new = made[column.name].filter(arrow().array(~is_read))
            written = column.cells(new, arrow().array(rows[~is_read]))
            texts = _replaced(texts, ~is_read, written)
        cells[column.name] = texts
    for name in made.column_names:
        if name not in cells:
            cells[name] = made[name].cast(arrow().string()).fill_null("")
    write_cells(cells, out, read.csv.dialect.for_file(out))


def _replaced(texts: Any, is_new: Any, written: Any) -> Any:
    """Return cells with those of new rows replaced."""
    whole, parts = (
        one.combine_chunks() if hasattr(one, "chunks") else one for one in (texts, written)
    )
    return arrow("compute").replace_with_mask(whole, arrow().array(is_new), parts.cast(whole.type))


def _with_index(read: FileTable, made: Any, plan: Plan) -> Any:
    """Return the output rows with the columns of the index of a pandas frame: new labels for new rows."""
    if not read.index:
        return made
    seeds = arrow().array(plan.source)
    for name in read.index:
        column = read.whole[name]
        labels = column.take(seeds)
        new = None
        is_category = arrow().types.is_dictionary(column.type)
        if len(read.index) == 1 and not column.null_count and not is_category:
            new = labels_of_new_rows(column.to_numpy(), int(plan.is_new.sum()))
        if new is not None:
            # A small type of integers may not hold labels above its largest.
            wide = labels.cast(arrow().int64()) if new.dtype.kind == "i" else labels
            labels = _narrowed(_replaced(wide, plan.is_new, arrow().array(new)), column.type)
        made = made.append_column(read.whole.schema.field(name).with_type(labels.type), labels)
    order = [name for name in read.whole.column_names if name in made.column_names]
    order += [name for name in made.column_names if name not in order]
    return made.select(order).replace_schema_metadata(read.whole.schema.metadata)


def _narrowed(labels: Any, kind: Any) -> Any:
    """Return labels in the type that they had, if it holds all of them."""
    found = cast_or_none(labels, kind)
    return labels if found is None else found
