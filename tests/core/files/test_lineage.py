"""Columns of lineage name seeds and partners by their ids, and are missing where they do not apply."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from poise.core.files.lineage import LINEAGE, lineage_columns
from poise.core.plan.plan import Plan
from poise.core.plan.recipes import Copy, Segment


def test_new_rows_have_the_ids_of_their_seed_and_partner_and_kept_rows_none() -> None:
    made = (Segment(np.array([0]), np.array([2]), np.array([0.25])), Copy(np.array([1])))
    plan = Plan(3, made, np.array([2, 3, 4]))
    columns = lineage_columns(plan.lineage(), plan.is_new, pa.array(["a", "b", "c"]))
    assert tuple(columns) == LINEAGE
    assert {name: column.to_pylist() for name, column in columns.items()} == {
        "_new": [False, True, True],
        "_origin": ["kept", "blended", "copied"],
        "_seed": [None, "a", "b"],
        "_partner": [None, "c", None],
        "_gap": [None, 0.25, None],
    }
