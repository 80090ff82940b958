"""The warning about columns of whole numbers that a dtype of fractions holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from poise.core.errors import WholeNumbersWarning, listed, warn
from poise.core.plan.constraints import OneHot, Rules
from poise.core.tables.blocks import Block


def warn_of_whole_numbers(
    blocks: Sequence[Block],
    names: Sequence[Any] | None,
    rules: Rules | None = None,
    one_hot: Iterable[Iterable[int]] = (),
) -> None:
    """Warn about float columns that hold only whole numbers, where new rows get fractions.

    Only in tables with column names: an array is often what a transformer made, such as a one-hot
    encoder, and its user cannot declare its columns. Columns of a `OneHot` constraint stay whole, and groups of
    columns that are offered one have a warning of their own.

    Parameters
    ----------
    blocks : sequence of Block
    names : sequence or None
        The column names of the table.
    rules : Rules or None
        Rules that its new rows keep.
    one_hot : iterable of groups of column positions
        Those that have the other warning.
    """
    if names is None:
        return
    stay_whole = {
        c for r in (rules.rules if rules else ()) if isinstance(r, OneHot) for c in r.columns
    }
    stay_whole |= {position for group in one_hot for position in group}
    positions = [
        int(position)
        for block in blocks
        if block.kind == "continuous"
        and not block.is_declared
        and not sp.issparse(block.cells.values)
        for position in block.positions[_are_whole(block)]
        if position not in stay_whole
    ]
    if not positions:
        return
    named = [names[position] for position in sorted(positions)]
    are_many = len(named) > 1
    warn(
        f"Column{'s' if are_many else ''} {listed(named)} hold{'' if are_many else 's'} whole numbers "
        f"as floats, and stay{'' if are_many else 's'} continuous: new rows get fractions there. "
        f"Pass column_kinds=poise.infer_column_kinds(X) to have them rounded, or column_kinds={{{named[0]!r}: "
        "'continuous', ...} where fractions are right.",
        WholeNumbersWarning,
    )


def _are_whole(block: Block) -> Any:
    values = block.cells.values
    few = values[:64]  # no mutant: speed alone
    candidates = np.flatnonzero(((few == np.rint(few)) | np.isnan(few)).all(axis=0))
    whole = np.zeros(values.shape[1], dtype=bool)
    for j in candidates.tolist():
        known = values[~np.isnan(values[:, j]), j]
        whole[j] = (known != known[:1]).any() and _all_whole(known)
    return whole


def _all_whole(values: NDArray[np.floating]) -> bool:
    # All floats from 2**53 on are whole numbers, whatever they measure.
    return bool((values == np.rint(values)).all() and (np.abs(values) < 2.0**53).any())
