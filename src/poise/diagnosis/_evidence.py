"""Evidence and verdicts shared by the forensic checks, and the table that they examine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import scipy.sparse as sp

from poise.core.errors import UnsupportedTypeError
from poise.core.sampling.checks import check_magnitudes
from poise.core.tables.blocks import labels_as_searched, searched
from poise.core.tables.columns import column_label
from poise.core.tables.convert import have_one_index
from poise.core.tables.declared import Declared
from poise.core.tables.labels import Labels, encode
from poise.core.tables.read import check_not_swapped, check_same_length, read_table, read_target
from poise.core.tables.suspicious import counts_rows
from poise.study.event_table import Floats

INTERPOLATED: Final = "interpolated"
COPIED: Final = "copied"
CLEAN: Final = "clean"
CANNOT_TELL: Final = "cannot tell"
LEAK: Final = "leak"
TOO_FEW: Final = "too few"
FEWEST_ROWS = 12  # of a class; smaller classes are not examined
SURE, SUSPICIOUS = 0.15, 0.05  # shares of a class; natural shares reach a tenth
NOT_BEYOND = 1.1  # of the largest class: over-sampling does not make a class larger than that


class Evidence(NamedTuple):
    """The verdict of one forensic check, and its reason."""

    verdict: str
    reason: str


def combined_verdict(evidence: Sequence[Evidence]) -> tuple[str, list[str]]:
    """Return the most serious verdict, and all reasons, those of this verdict first."""
    order = (LEAK, INTERPOLATED, COPIED, CANNOT_TELL, CLEAN, TOO_FEW)
    ranked = sorted(evidence, key=lambda found: order.index(found.verdict))
    gravest = ranked[0].verdict
    return CANNOT_TELL if gravest == TOO_FEW else gravest, list(
        dict.fromkeys(found.reason for found in ranked)
    )


class Read(NamedTuple):
    """A table to examine: numeric columns, all columns with categories as codes, and labels."""

    numbers: Floats
    whole: Floats
    labels: Labels
    names: list[Any]

    @property
    def categories(self) -> Floats:
        """The categorical columns, as codes."""
        return self.whole[:, self.numbers.shape[1] :]


def read_parts(X: Any, y: Any, name: str, name_of_y: str) -> Read:
    """Read a table and its labels for the forensic checks.

    Parameters
    ----------
    X, y : array-like
        The table and its labels.
    name, name_of_y : str
        Their names in error messages.

    Returns
    -------
    Read
        Without columns that only number the rows.
    """
    check_not_swapped(X, y)
    have_one_index(X, y, name_of_y)  # raises for the same index in different orders
    if sp.issparse(X):
        raise UnsupportedTypeError(
            f"{name} is a sparse matrix. Its rows are mostly zeros, so they lie on lines by nature. Pass its "
            f"dense columns, {name}[:, columns].toarray()."
        )
    table = read_table(X, Declared())
    known = encode(read_target(y))
    check_same_length(name_of_y, len(known.codes), table.n_rows)
    whole, n_categorical = searched(table.blocks)
    whole = np.asarray(whole, dtype=np.float64)
    numbers = whole[:, : whole.shape[1] - n_categorical]
    labels = [column_label(position, table.names) for position in range(table.n_columns)]
    check_magnitudes(numbers, labels_as_searched(table.blocks, labels))
    # A column that numbers the rows, such as an index that was saved with them, is not interpolated.
    is_count = [len(numbers) > FEWEST_ROWS and counts_rows(column) for column in numbers.T]
    is_count += [False] * n_categorical
    kept = np.flatnonzero(~np.array(is_count, dtype=bool))
    numeric = kept[kept < numbers.shape[1]]
    names = labels_as_searched(table.blocks, labels)
    return Read(numbers[:, numeric], whole[:, kept], known, [names[j] for j in numeric])
