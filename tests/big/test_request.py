"""Arguments of a run, checked against the schema of the source."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from big_tables import (
    TABLE,
)

from poise import (
    SMOTE,
    SMOTETomek,
    TomekLinks,
    big,
)
from poise.big.request import Request, read_request
from poise.core.errors import (
    InputError,
    UnknownNameError,
)


def test_unknown_columns_are_named() -> None:
    with pytest.raises(
        UnknownNameError, match="no column 'Y', which target names.*Did you mean 'y'"
    ):
        big.resample(TABLE, "smote", target="Y")
    with pytest.raises(UnknownNameError, match="no column 'ID', which id names"):
        big.resample(TABLE, "smote", target="y", id="ID")
    with pytest.raises(InputError, match="holds double; a column that identifies rows"):
        big.resample(TABLE, "smote", target="y", id="x0")
    with pytest.raises(InputError, match="id='y' is the target"):
        big.resample(TABLE, "smote", target="y", id="y")
    missing_name = TABLE.set_column(0, "id", pa.array([None, *range(699)]))
    with pytest.raises(InputError, match="identifies rows, and is missing in 1 of them"):
        big.resample(missing_name, "smote", target="y", id="id")


X20, Y20 = np.random.RandomState(0).rand(20), [0] * 14 + [1] * 6


def test_lists_cannot_be_labels() -> None:
    table = pa.table({"x": X20, "y": [[label] for label in Y20]})
    with pytest.raises(InputError, match="which cannot be labels"):
        big.resample(table, "smote", target="y")


def request(sampler: Any = None, **options: Any) -> Request:
    arguments = {"target": "y", "id": "id", "memory": "2GB", "rate": None, "extra": ()} | options
    arguments = {"order": "oversample-then-clean"} | arguments
    return read_request(TABLE.schema, sampler or SMOTE(random_state=3), **arguments)


def test_settings_hold_what_the_result_depends_on() -> None:
    settings = request(extra="_new", rate={0: np.float64(0.5)}).settings
    assert settings["method"] == "SMOTE"
    assert settings["parameters"]["k_neighbors"] == 5
    assert (settings["seed"], settings["order"], settings["extra"]) == (3, None, ["_new"])
    assert settings["rate"] == {"0": 0.5}
    assert request(SMOTETomek()).settings["order"] == "oversample-then-clean"
    assert request(TomekLinks()).settings["seed"] is None


def test_rows_are_identified_by_id_or_number() -> None:
    assert (request().key, request(id=None).key) == ("id", "__poise_row")
    assert request().features == ("x0", "x1", "x2", "x3")
    assert request(id=None).features == ("id", "x0", "x1", "x2", "x3")


def test_a_seed_of_none_is_drawn_once_and_can_be_set_again() -> None:
    first = request(SMOTE())
    again = request(SMOTE()).with_seed(first.seed)
    assert again.settings == first.settings
    assert again.stream.randint(1 << 30) == first.stream.randint(1 << 30)


def test_names_that_the_result_needs_are_free() -> None:
    schema = TABLE.schema.append(pa.field("_new", pa.bool_()))
    options: Any = {"id": "id", "memory": "2GB", "rate": None, "order": "oversample-then-clean"}
    assert read_request(schema, SMOTE(), target="y", extra=(), **options).features[-1] == "_new"
    with pytest.raises(InputError, match="already has a column '_new'.*Rename it"):
        read_request(schema, SMOTE(), target="y", extra=("_new",), **options)
    twice = pa.schema([*TABLE.schema, pa.field("x0", pa.int8())])
    with pytest.raises(InputError, match="more than one column named 'x0'"):
        read_request(twice, SMOTE(), target="y", extra=(), **options)


@pytest.mark.parametrize(
    ("drop", "message"),
    [
        (5, "drop=5 must be a tuple of names"),
        (("x33",), r"no column 'x33', which drop names.*Did you mean 'x3'"),
        ("y", "drop names column 'y', which is the target. Leave it out"),
        (["id"], "drop names column 'id', which is the id. Leave it out"),
        (
            ("x0", "x1", "x2", "x3"),
            "There is no column besides 'y', 'id', 'x0', 'x1', 'x2' and 1 m",
        ),
        ((["x0"],), "no column .'x0'., which drop names"),
    ],
)
def test_columns_that_cannot_be_dropped_are_named(drop: Any, message: str) -> None:
    for call in (big.resample, big.explain):
        with pytest.raises(InputError, match=message):
            call(TABLE, "smote", target="y", id="id", drop=drop)


def test_dropped_columns_are_no_features_and_belong_to_the_settings() -> None:
    asked = request(drop=["x1", "x0", "x1"])
    assert asked.features == ("x2", "x3")
    assert asked.schema.names == ["id", "x2", "x3", "y"]
    assert asked.settings["drop"] == ["x1", "x0"]


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"{", b"[" * 100_000, b'{"index_columns": 3}', b'{"index_columns": [3]}']
)
def test_metadata_that_is_not_of_pandas_names_no_index(text: bytes) -> None:
    table = TABLE.replace_schema_metadata({"pandas": text})
    options: Any = {"id": "id", "memory": "2GB", "rate": None, "order": "oversample-then-clean"}
    asked = read_request(table.schema, SMOTE(), target="y", extra=(), **options)
    assert asked.index == ()
