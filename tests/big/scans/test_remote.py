"""Kernels on another machine read rows in the driver's types, and report errors and the rows that they read."""

from __future__ import annotations

import pickle
from collections.abc import Iterator

import pyarrow as pa
import pytest

from poise.big.scans.classes import RowsOfClasses
from poise.big.scans.remote import Converted, Reported, without_reports
from poise.big.scans.scan import Batches
from poise.core.errors import DoesNotFitError, InputError, TooFewRowsError

ROWS = pa.schema([("id", pa.int64()), ("x", pa.int16()), ("y", pa.string())])
FOUND = pa.schema([("y", pa.string()), ("x", pa.int16())])
TABLE = pa.table({"id": range(8), "x": range(8), "y": ["no"] * 6 + ["yes"] * 2})
MESSAGE = "The rows do not fit: 2 GB.\nPass more memory. " + "x" * 5000


def rare_rows(batches: Batches) -> Batches:
    yield from RowsOfClasses("y", pa.array(["yes"]))(batches)


class Failing:
    """A kernel that raises an error after its first batch."""

    def __init__(self, error: type[Exception]) -> None:
        self.error = error

    def __call__(self, batches: Batches) -> Batches:
        yield next(batches)
        raise self.error(MESSAGE)


def reporting(kernel: object) -> Reported:
    return Reported(kernel, ROWS, ("y", "x"), ("id", "y"), FOUND)


def reported(kernel: object, *tables: pa.Table) -> pa.Table:
    """Return what a kernel and its reports yield when each table is on a machine of its own."""
    remote = pickle.dumps(reporting(kernel))
    found = [batch for table in tables for batch in pickle.loads(remote)(batches_of(table))]
    return pa.Table.from_batches(found)


def batches_of(table: pa.Table) -> Iterator[pa.RecordBatch]:
    return iter(table.to_batches(max_chunksize=3))


def test_rows_have_the_types_of_the_driver_and_may_be_missing() -> None:
    strict = pa.schema([pa.field(each.name, each.type, nullable=False) for each in TABLE.schema])
    batches = batches_of(TABLE.cast(strict).rename_columns(["c0", "c1", "c2"]))
    found = list(Converted(rare_rows, ROWS)(batches))
    assert [batch.schema for batch in found] == [ROWS]
    assert found[0].to_pydict() == {"id": [6, 7], "x": [6, 7], "y": ["yes", "yes"]}


def test_values_that_the_type_of_the_driver_cannot_hold_are_named() -> None:
    wide = TABLE.set_column(1, "x", pa.array([2**15] * 8))
    with pytest.raises(
        InputError, match=r"'x' is int16 in the schema .* and int64 in its rows.*32768.*Cast it"
    ):
        list(Converted(rare_rows, ROWS)(batches_of(wide)))


def test_the_number_of_the_rows_does_not_depend_on_machines_and_order() -> None:
    mixed = TABLE.take(pa.array([7, 0, 3, 5, 1, 2, 6, 4]))
    found = [
        without_reports(reported(rare_rows, *tables))
        for tables in ((TABLE,), (TABLE.slice(5), TABLE.slice(0, 5), TABLE.slice(0, 0)), (mixed,))
    ]
    assert len({number for _, number in found}) == 1
    assert {table.num_rows for table, _ in found} == {2}
    assert found[0][0].schema == FOUND


@pytest.mark.parametrize("order", [[1, 2, 3, 4, 5, 6, 7, 0], [0, 1, 2, 3, 4, 7, 6, 5]], ids=str)
def test_the_number_changes_if_ids_belong_to_other_labels(order: list[int]) -> None:
    other = TABLE.set_column(0, "id", pa.array(order))
    first, second = (without_reports(reported(rare_rows, table))[1] for table in (TABLE, other))
    assert first != second


def test_missing_ids_are_left_to_the_kernel() -> None:
    ids = pa.array([None, *range(7)])
    numbers = [
        without_reports(reported(rare_rows, TABLE.set_column(0, "id", column)))[1]
        for column in (ids, TABLE["id"])
    ]
    assert numbers[0] != numbers[1]


@pytest.mark.parametrize("error", [InputError, DoesNotFitError, TooFewRowsError])
def test_errors_arrive_whole_and_of_their_class(error: type[Exception]) -> None:
    rest = batches_of(TABLE)
    found = pa.Table.from_batches(list(reporting(Failing(error))(rest)))
    assert next(rest, None) is None  # the engine waits until its rows are read
    with pytest.raises(error) as raised:
        without_reports(found)
    assert type(raised.value) is error
    assert str(raised.value) == MESSAGE


def test_an_error_of_your_own_arrives_as_the_one_that_it_inherits_from() -> None:
    class OwnError(TooFewRowsError):
        pass

    with pytest.raises(TooFewRowsError, match="Pass more memory"):
        without_reports(
            pa.Table.from_batches(list(reporting(Failing(OwnError))(batches_of(TABLE))))
        )
