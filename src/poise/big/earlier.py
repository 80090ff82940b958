"""The rows of a finished result that a run adds to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from poise.core.plan.recipes import Ids


@dataclass(frozen=True)
class EarlierRows:
    """How many rows a finished result has, by class, and how its new rows were numbered.

    Attributes
    ----------
    read : dict of str to int
        Rows of each class in the parts of the source that were read. Classes are known by their text.
    kept, made : dict of str to int
        Rows of each class in the result: those of the source, and new ones.
    numbers : dict of str to two ints
        For each column in which new rows are numbered: the number of the first, and the step.
    """

    read: Mapping[str, int] = field(default_factory=dict)
    kept: Mapping[str, int] = field(default_factory=dict)
    made: Mapping[str, int] = field(default_factory=dict)
    numbers: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def n_kept(self) -> int:
        return sum(self.kept.values())

    @property
    def n_made(self) -> int:
        return sum(self.made.values())

    def read_as_table(self, found: pa.Schema) -> pa.Table:
        """Return the rows that were read as what a scan that counts classes has found."""
        labels = pa.array(list(self.read), pa.string()).cast(found.field("label").type)
        unseen = {
            "smallest": 0,
            "largest": -1,
            "missing": 0,
        }  # no new rows are numbered after these
        columns = {
            name: [unseen[name.partition("_")[0]]] * len(labels)
            for name in found.names
            if name not in ("label", "rows")
        }
        columns |= {"label": labels, "rows": list(self.read.values())}
        return pa.table(columns, schema=found)


NO_ROWS = EarlierRows()


def by_class(rows: Mapping[str, int], classes: Sequence[Any]) -> Ids:
    """Return numbers of rows in the order of some classes; zero for those that are not among them.

    Examples
    --------
    >>> by_class({"True": 3, "False": 40}, [False, True]).tolist()
    [40, 3]
    """
    return np.array([rows.get(str(label), 0) for label in classes], dtype=np.intp)
