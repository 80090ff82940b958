"""What --explain prints: how each column is read, and what would be done."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from poise.core.files.formats import FileTable
from poise.core.sampling.allocation import rows_to_add, rows_to_keep
from poise.core.sampling.resampler import OverSampler, Resampler, UnderSampler
from poise.core.tables.declared import Declared
from poise.core.tables.labels import encode
from poise.core.tables.read import read_table, read_target

_IN_NEW_ROWS = {
    "continuous": "blended",
    "integer": "blended and rounded",
    "bool": "that of the nearer parent",
    "ordered": "rank blended and rounded",
    "time": "blended and rounded",
    "categorical": "that of the nearer parent",
}


_IN_CARRIED = {
    "seed": "that of the seed row",
    "missing": "missing",
    "new": "a new value",
    "negative": "a number below zero",
}


def explained(
    read: FileTable,
    features: Any,
    kinds: dict[Any, str] | None,
    carried: Mapping[str, Any] = MappingProxyType({}),
) -> list[dict[str, str]]:
    """Return for each column how it was read, its kind, and what new rows get there.

    Parameters
    ----------
    read : FileTable
    features : pyarrow.Table
        The columns that are explained.
    kinds : dict or None
        Kinds that are declared or inferred.
    carried : mapping of name to what new rows get
        Columns that are neither searched nor blended.
    """
    table = read_table(features, Declared(carried=carried))
    kind_of = {int(p): block.kind for block in table.blocks for p in block.positions}
    as_read = (
        {column.name: column.described() for column in read.csv.columns}
        if read.csv is not None
        else {field.name: str(field.type) for field in read.table.schema}
    )
    names = table.names or ()
    declared = Declared(kinds=kinds).by_position(names, len(names))
    rows = []
    for position, name in enumerate(names):
        row = {"column": name, "read as": as_read[name]}
        if name in carried:
            how = carried[name]
            new = _IN_CARRIED.get(how, f"a value from {how} on")
            rows.append({**row, "kind": "carried", "in new rows": new})
        else:
            kind = declared.get(position, kind_of[position])
            rows.append({**row, "kind": kind, "in new rows": _IN_NEW_ROWS[kind]})
    return rows


def as_table(rows: list[dict[str, str]]) -> list[str]:
    """Return rows with the same keys as lines of text, aligned, below a header."""
    whole = [dict(zip(rows[0], rows[0], strict=True)), *rows]
    widths = [max(len(row[name]) for row in whole) for name in rows[0]]
    return [
        "  ".join(
            cell.ljust(width) for cell, width in zip(row.values(), widths, strict=True)
        ).rstrip()
        for row in whole
    ]


def planned(sampler: Resampler, y: Any) -> list[str]:
    """Return what a sampler would do with each class, as far as it is known before the search."""
    labels = encode(read_target(y))
    counts = [f"{sampler!r} on {len(labels.codes):,} rows:"]
    if isinstance(sampler, OverSampler):
        amounts, words = rows_to_add(sampler.sampling_strategy, labels), "{n:,} new rows"
    elif isinstance(sampler, UnderSampler):
        amounts, words = rows_to_keep(sampler.sampling_strategy, labels), "{n:,} are kept"
    else:
        return [
            *counts,
            *(
                f"  class {label}: {count:,} rows"
                for label, count in labels.counts_by_label().items()
            ),
            "  Which rows are removed is known only after the search for neighbours.",
        ]
    for code, (label, count) in enumerate(labels.counts_by_label().items()):
        change = words.format(n=amounts[code]) if code in amounts else "unchanged"
        counts.append(f"  class {label}: {count:,} rows, {change}")
    return counts
