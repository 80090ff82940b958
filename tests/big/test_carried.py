"""Columns that are carried along, ids of new rows and lineage: streamed, the same as in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pytest
from big_tables import numbers, small_blocks
from sklearn.base import clone

from poise import ADASYN, SMOTE, BorderlineSMOTE, RandomOverSampler, SMOTETomek, TomekLinks, big
from poise.core.errors import InputError, UnknownNameError

N = 600
rng = np.random.RandomState(3)
TABLE = (
    numbers(N, minority=0.1)
    .append_column("name", pa.array([f"n{i}" for i in rng.permutation(N)]))
    .append_column("serial", pa.array(rng.permutation(N) + 1))
    .append_column("when", pa.array(rng.permutation(N).astype("datetime64[s]")))
    .append_column("s", pa.array([{"u": i, "v": [i, i]} for i in range(N)]))
)
CARRIED = {"id": "negative", "name": 5, "serial": "missing", "s": "seed"}
SAMPLERS = [
    RandomOverSampler(random_state=0),
    SMOTE(random_state=0),
    BorderlineSMOTE(random_state=0, neighbor_space="standard"),
    ADASYN(random_state=0),
    SMOTETomek(random_state=0),
    TomekLinks(),
]


def in_memory(sampler: Any, table: pa.Table, **fit: Any) -> tuple[pa.Table, Any]:
    """Return the result on the rows in the order of their ids, and its plan."""
    ordered = table.sort_by("id")
    fitted = clone(sampler)
    X, y = fitted.fit_resample(ordered.drop_columns(["y"]), ordered["y"], **fit)
    return X.append_column("y", pa.chunked_array([y.to_pylist()])), fitted.plan_


def rows(table: pa.Table, names: list[str]) -> list[str]:
    """Return the rows as text, in a fixed order."""
    return sorted(repr(list(row.values())) for row in table.select(names).to_pylist())


@pytest.mark.parametrize("sampler", SAMPLERS, ids=repr)
def test_a_streamed_run_carries_columns_as_in_memory(sampler: Any, monkeypatch: Any) -> None:
    small_blocks(monkeypatch, 50, piece_rows=31)
    expected, _ = in_memory(clone(sampler).set_params(carry_columns=CARRIED), TABLE)
    found = big.resample(TABLE, sampler, target="y", id="id", carry_columns=CARRIED, extra=())
    found = found.reader().read_all()
    assert rows(found, TABLE.column_names) == rows(expected, TABLE.column_names)


def test_the_columns_that_a_sampler_carries_are_carried() -> None:
    sampler, table = SMOTE(random_state=0, carry_columns=CARRIED), TABLE.sort_by("id")
    found = big.resample(table, sampler, target="y").reader().read_all()
    assert rows(found, TABLE.column_names) == rows(in_memory(sampler, table)[0], TABLE.column_names)


def test_an_id_is_short_for_a_carried_column_and_new_rows_are_marked() -> None:
    one = big.resample(TABLE, SMOTE(random_state=0), target="y", id="id").reader().read_all()
    two = big.resample(
        TABLE,
        SMOTE(random_state=0),
        target="y",
        id="id",
        carry_columns={"id": "new"},
        extra=["_new"],
    )
    assert one.equals(two.reader().read_all())
    assert pc.is_null(one["id"]).to_pylist() == one["_new"].to_pylist()
    assert one.filter(pc.invert(one["_new"])).num_rows == N


def test_ids_of_new_rows_meet_no_id_of_tomorrow() -> None:
    for how in ("negative", 10**9):
        result = big.resample(
            TABLE, SMOTETomek(random_state=0), target="y", id="id", carry_columns={"id": how}
        )
        out = result.reader().read_all()
        new, known = (
            set(out.filter(mask)["id"].to_pylist())
            for mask in (out["_new"], pc.invert(out["_new"]))
        )
        assert len(new) == pc.sum(out["_new"]).as_py()
        assert not new & {*known, *range(max(known) + 10**6)}


def test_folders_structs_and_lists_are_carried_from_the_seed_row(tmp_path: Path) -> None:
    table = TABLE.append_column("day", pa.array([f"2024-01-0{1 + i % 3}" for i in range(N)]))
    ds.write_dataset(
        table, tmp_path / "in", format="parquet", partitioning=["day"], partitioning_flavor="hive"
    )
    result = big.resample(
        tmp_path / "in",
        SMOTE(random_state=0),
        target="y",
        id="id",
        extra=("_new", "_seed"),
        drop=("name",),
    )
    found = result.reader().read_all()
    of = {row["id"]: row for row in table.to_pylist()}
    new = found.filter(found["_new"]).to_pylist()
    assert new
    for row in new:
        assert (row["day"], row["s"]) == tuple(of[row["_seed"]][name] for name in ("day", "s"))
    assert result.manifest["carry_columns"] == {"day": "seed", "s": "seed", "id": "new"}


def test_groups_and_times_are_those_of_memory() -> None:
    options = {"carry_columns": {"name": "missing", "s": "seed"}}
    found = big.resample(
        TABLE, SMOTE(random_state=0), target="y", id="id", groups="serial", time="when", **options
    )
    out = found.reader().read_all()
    carried = {"id": "missing", "name": "missing", "s": "seed", "serial": "seed"}
    expected, _ = in_memory(SMOTE(random_state=0, carry_columns=carried), TABLE, time="when")
    assert rows(out, TABLE.column_names) == rows(expected, TABLE.column_names)


@pytest.mark.parametrize("sampler", SAMPLERS[:-1], ids=repr)
def test_the_lineage_of_a_streamed_run_is_that_of_memory(sampler: Any, monkeypatch: Any) -> None:
    small_blocks(monkeypatch, 50, piece_rows=31)
    extra = ("_new", "_origin", "_seed", "_partner", "_gap")
    carried = dict.fromkeys(("name", "serial", "when", "s"), "seed")
    found = big.resample(TABLE, sampler, target="y", id="id", extra=extra, carry_columns=carried)
    out = found.reader().read_all()
    own = clone(sampler).set_params(carry_columns={**carried, "id": "missing"})
    ids = TABLE.sort_by("id")["id"].to_pylist()
    _, plan = in_memory(own, TABLE)
    lineage = plan.lineage()
    expected = [
        (
            True,
            str(origin),
            ids[seed],
            None if partner < 0 else ids[partner],
            None if np.isnan(gap) else gap,
        )
        for origin, seed, partner, gap in zip(*(part.tolist() for part in lineage), strict=True)
        if origin != "kept"
    ]
    new = out.filter(out["_new"]).select(extra).to_pylist()
    assert sorted(map(repr, (tuple(row.values()) for row in new))) == sorted(map(repr, expected))
    kept = out.filter(pc.invert(out["_new"]))
    assert set(kept["_origin"].to_pylist()) == {"kept"}
    assert (
        kept["_gap"].null_count
        == kept["_partner"].null_count
        == kept["_seed"].null_count
        == kept.num_rows
    )


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        (
            {"carry_columns": ["nam"]},
            UnknownNameError,
            "column 'nam' that X does not.*Did you mean 'name'",
        ),
        (
            {"carry_columns": ["y"]},
            InputError,
            "carry_columns names column 'y', which is the target",
        ),
        ({"carry_columns": ["when"], "time": "when"}, InputError, "'when', which is the time"),
        (
            {"carry_columns": {"name": "negative"}},
            InputError,
            "'name' negative values, and it holds string",
        ),
        ({"carry_columns": {"x0": 7}}, InputError, "'x0' new values, and it holds double"),
        ({"carry_columns": {"serial": 7}}, InputError, "from 7 on, and rows have values up to 600"),
        (
            {"carry_columns": ["id"]},
            InputError,
            "'id' identifies rows, and carry_columns gives new rows",
        ),
        ({"groups": "id"}, InputError, "groups='id' is also id"),
        ({"time": "y"}, InputError, "time='y' is also target"),
        ({"groups": "grp"}, UnknownNameError, "no column 'grp', which groups names"),
        ({"extra": ("gap",)}, UnknownNameError, "extra='gap' is not known.*Did you mean '_gap'"),
    ],
)
def test_what_cannot_be_carried_is_refused(
    options: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        big.resample(TABLE, SMOTE(random_state=0), target="y", id="id", **options)
