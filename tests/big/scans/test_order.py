"""Numbers by which another order of the rows is noticed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from poise import SMOTE
from poise.big.request import read_request
from poise.big.scans.order import columns_in_order, order_number, rows_number

COLUMNS = {
    "whole": pa.array([3, 1, None, -1, -2, 1]),
    "narrow": pa.array([3, 1, 0, 7, 2, 1], pa.uint8()),
    "float": pa.array([0.5, None, -0.0, np.nan, 2.0, 1.0], pa.float32()),
    "time": pa.array([1, 2, 3, 4, 5, None], pa.timestamp("ms")),
    "day": pa.array([1, 2, 3, 4, 5, None], pa.date32()),
    "text": pa.array(["a", "b", None, "", "c", "c"]),
    "flag": pa.array([True, False, None, True, True, True]),
    "category": pa.array(["u", "v", None, "u", "u", "u"]).dictionary_encode(),
    "decimal": pa.array([Decimal(i) for i in range(5)] + [None], pa.decimal128(20, 2)),
    "nothing": pa.nulls(6, pa.int32()),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_the_number_is_that_of_the_parts_and_of_the_order(name: str) -> None:
    column = COLUMNS[name]
    number = order_number(column, 0)
    for end in range(7):
        parts = order_number(column.slice(0, end), 0) + order_number(column.slice(end), end)
        assert parts % 2**64 == number
    if name != "nothing":
        for other in ([1, 0, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [0, 1, 3, 2, 4, 5]):
            assert order_number(column.take(pa.array(other)), 0) != number


def request(*names: str, id: str | None = None) -> Any:  # noqa: A002
    table = pa.table({**{name: COLUMNS[name] for name in names}, "y": [0, 1] * 3, "key": range(6)})
    options: Any = {"memory": "2GB", "rate": None, "order": "oversample-then-clean", "extra": ()}
    drop = () if id else ("key",)
    return read_request(table.schema, SMOTE(), target="y", id=id, drop=drop, **options)


def test_the_target_and_two_features_are_watched_without_ids() -> None:
    assert columns_in_order(request("float", "text", "day", "whole")) == ("y", "day", "whole")
    assert columns_in_order(request("float", "text")) == ("y", "float")
    assert columns_in_order(request("text", "flag", "category")) == ("y", "text", "flag")
    assert columns_in_order(request("float", id="key")) == ()


@pytest.mark.parametrize("labels", COLUMNS)
@pytest.mark.parametrize("ids", [[3, 1, 4, 15, 9, 2], ["a", "", "longer than 8", "b", "c", "d"]])
def test_the_number_of_rows_is_that_of_the_parts_in_any_order(ids: Any, labels: str) -> None:
    keys, column = pa.array(ids), COLUMNS[labels]
    number, order = rows_number(keys, column), pa.array([5, 0, 2, 1, 4, 3])
    assert rows_number(keys.take(order), column.take(order)) == number
    parts = (rows_number(keys[a:b], column[a:b]) for a, b in ((0, 2), (2, 2), (2, 6)))
    assert sum(parts) % 2**64 == number
    if labels != "nothing":
        assert rows_number(keys, column.take(order)) != number
    assert rows_number(keys[:5], column[:5]) != number
