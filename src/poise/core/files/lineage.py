"""Columns that say where the rows of a result come from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from poise.core.files.arrow import arrow

NEW, ORIGIN, SEED, PARTNER, GAP = "_new", "_origin", "_seed", "_partner", "_gap"
LINEAGE = (NEW, ORIGIN, SEED, PARTNER, GAP)


def lineage_columns(lineage: Iterable[Any], is_new: Any, keys: Any) -> dict[str, Any]:
    """Return the columns of lineage of the output rows of a plan, by name.

    Parameters
    ----------
    lineage : Lineage
        Of the plan.
    is_new : ndarray of shape (n_output,), bool
    keys : pyarrow.Array or ChunkedArray
        The id, or the number, of each input row.

    Returns
    -------
    dict of str to pyarrow.Array
        Seed, partner and gap are missing where they do not apply: a kept row has none of them.
    """
    array = arrow().array
    origin, seed, partner, gap = lineage
    return {
        NEW: array(is_new),
        ORIGIN: array(origin),
        SEED: keys.take(array(seed, mask=~is_new)),
        PARTNER: keys.take(array(partner, mask=partner < 0)),
        GAP: array(gap, from_pandas=True),
    }
