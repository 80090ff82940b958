"""Which rows stay and which are made: new ids, and values that cannot be searched."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from big_tables import assert_same_rows, in_memory, numbers, resampled

from poise import (
    SMOTE,
    SMOTETomek,
    TomekLinks,
    big,
)
from poise.big.request import ORDERS
from poise.core.errors import InputError

X20, Y20 = np.random.RandomState(0).rand(20), [0] * 14 + [1] * 6


def test_ids_without_room_for_new_ones_are_refused_before_the_work() -> None:
    for ids, how, words in (
        (
            pa.array(range(108, 128), pa.int8()),
            "id",
            "int8 up to 127, which leaves no room for 8 new ids",
        ),
        (
            pa.array([-125, *range(1, 20)], pa.int8()),
            "negative",
            "cannot hold 8 numbers below -125",
        ),
        (pa.array(range(20), pa.int8()), 121, "cannot hold 8 numbers from 121 on"),
        (
            pa.array([2**63 + i for i in range(20)], pa.uint64()),
            "id",
            "uint64 of 9223372036854775807 or more, which leaves no room for 8 new ids. Cast it to text",
        ),
    ):
        table = pa.table({"id": ids, "x": X20, "y": Y20})
        # New rows have ids of their own while they are cleaned.
        sampler = SMOTETomek(random_state=0) if how == "id" else SMOTE(random_state=0)
        carried = None if how == "id" else {"id": how}
        with pytest.raises(InputError, match=words):
            big.resample(table, sampler, target="y", id="id", carry_columns=carried)
        assert big.resample(table, SMOTE(random_state=0), target="y", id="id").reader().read_all()
        assert big.resample(table, TomekLinks(), target="y", id="id").reader().read_all().num_rows


@pytest.mark.parametrize("order", ORDERS)
def test_new_decimals_are_searched_before_they_are_rounded(order: str) -> None:
    table = numbers(500, minority=0.2)
    cents = pa.array([Decimal(round(10 * x)).scaleb(-1) for x in table["x0"].to_pylist()])
    table = table.set_column(1, "x0", cents)
    sampler = SMOTETomek(random_state=0)
    found = resampled(table, sampler, order=order)
    assert found.schema.field("x0").type == cents.type
    if order == ORDERS[0]:
        assert_same_rows(found, in_memory(sampler, table, "y", "id"))
