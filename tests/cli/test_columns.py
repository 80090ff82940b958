"""--carry, --id and --extra: columns that are carried along, and columns that are added."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from poise.cli._commands import run

N, N_RARE = 40, 10
rng = np.random.RandomState(0)
FRAME = pd.DataFrame(
    {
        "customer": [f"{i:05d}" for i in range(N)],
        "row": np.arange(N) + 1,
        "a": rng.rand(N).round(2),
        "name": [f"n{i}" for i in range(N)],
        "b": rng.rand(N).round(2),
        "y": ["no"] * (N - N_RARE) + ["yes"] * N_RARE,
    }
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    FRAME.to_csv("in.csv", index=False)
    return tmp_path


def resampled(*words: str, out: str = "out.csv") -> pd.DataFrame:
    """Run the command on in.csv, and return what it wrote, as text."""
    assert run(["resample", "in.csv", "-t", "y", "-q", "-o", out, *words]) == 0
    return pd.read_csv(out, dtype=str, keep_default_na=False)


def test_carried_columns_are_no_features_and_new_rows_get_what_was_asked_for(here: Path) -> None:
    found = resampled("--carry", "customer", "--carry", "row=negative", "--carry", "name=missing")
    pd.read_csv("in.csv").drop(columns=["customer", "row", "name"]).to_csv("few.csv", index=False)
    assert run(["resample", "few.csv", "-t", "y", "-q", "-o", "few_out.csv"]) == 0
    few = pd.read_csv("few_out.csv", dtype=str)
    assert found[["a", "b", "y"]].equals(few)
    new = found.iloc[N:]
    assert set(new["customer"]) <= set(FRAME["customer"])
    assert new["row"].tolist() == [str(-i) for i in range(1, len(new) + 1)]
    assert set(new["name"]) == {""}


def test_an_id_is_missing_in_new_rows_which_are_marked(here: Path) -> None:
    found = resampled("--id", "row", "--carry", "customer", "--carry", "name")
    assert found["row"].tolist() == [*map(str, FRAME["row"]), *[""] * (len(found) - N)]
    assert found["_new"].tolist() == ["false"] * N + ["true"] * (len(found) - N)
    assert "_new" not in resampled(
        "--id", "row", "--extra", "none", "--carry", "customer", "--carry", "name"
    )
    from_start = resampled(
        "--id", "row", "--carry", "row=500", "--carry", "customer", "--carry", "name"
    )
    assert from_start["row"].iloc[N:].tolist() == [str(500 + i) for i in range(len(found) - N)]


def test_copies_of_rows_have_the_new_value_and_not_the_cell_of_their_seed_row(here: Path) -> None:
    found = resampled(
        "-m", "random-over", "--id", "row", "--carry", "name=0", "--carry", "customer"
    )
    new = found.iloc[N:]
    assert set(new["row"]) == {""}
    assert new["name"].tolist() == [f"new-{i}" for i in range(len(new))]


def test_lineage_is_added_by_id(here: Path) -> None:
    words = ["--id", "row", "--carry", "customer", "--carry", "name", "--lineage", "l.csv"]
    for name in ("origin", "seed", "partner", "gap", "is_new"):
        words += ["--extra", name]
    found, lineage = resampled(*words), pd.read_csv("l.csv", dtype={"gap": str})
    assert found["_origin"].tolist() == lineage["origin"].tolist()
    assert set(found["_seed"].iloc[:N]) == set(found["_gap"].iloc[:N]) == {""}
    new, of_new = found.iloc[N:], lineage.iloc[N:]
    assert new["_seed"].astype(int).tolist() == (of_new["seed"] + 1).tolist()
    assert new["_partner"].astype(int).tolist() == (of_new["partner"] + 1).tolist()
    assert new["_gap"].astype(float).tolist() == of_new["gap"].astype(float).tolist()
    assert found.columns[-5:].tolist() == ["_new", "_origin", "_seed", "_partner", "_gap"]


def test_structs_and_bytes_of_a_parquet_file_are_carried_with_a_note(here: Path, capsys) -> None:
    rows = pa.Table.from_pandas(FRAME, preserve_index=False)
    rows = rows.append_column("s", [[{"u": i} for i in range(N)]])
    rows = rows.append_column("raw", [pa.array([bytes([i]) for i in range(N)])])
    pq.write_table(rows, "in.parquet")
    words = [
        "resample",
        "in.parquet",
        "-t",
        "y",
        "--carry",
        "customer",
        "--carry",
        "name",
        "--carry",
        "row",
    ]
    assert run([*words, "-o", "out.parquet", "--extra", "seed"]) == 0
    assert "'s', 'raw' cannot be searched or blended" in capsys.readouterr().err
    out = pq.read_table("out.parquet")
    seeds = out["_seed"].to_pylist()[N:]
    assert [entry["u"] for entry in out["s"].to_pylist()[N:]] == seeds
    assert out["raw"].to_pylist()[N:] == [bytes([seed]) for seed in seeds]


def test_explain_says_what_is_carried(here: Path, capsys) -> None:
    words = ["resample", "in.csv", "-t", "y", "--id", "row", "--carry", "name=7", "--explain", "-q"]
    assert run([*words, "--json"]) == 0
    columns = json.loads(capsys.readouterr().out)["columns"]
    assert [(c["column"], c["in new rows"]) for c in columns if c["kind"] == "carried"] == [
        ("row", "a new value"),
        ("name", "a value from 7 on"),
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--carry nam", "--carry 'nam' is not a column.*Did you mean 'name'"),
        ("--carry name=mising", "After '=', pass 'seed'.*Did you mean 'missing'"),
        ("--carry name --carry name=new", "--carry names column 'name' twice"),
        ("--carry y", "--target and --carry are both 'y'"),
        ("--carry name --drop name", "--drop and --carry are both 'name'"),
        ("--carry name --groups name", "--groups and --carry are both 'name'"),
        ("--id rwo", "--id 'rwo' is not a column.*Did you mean 'row'"),
        ("--id y", "--id and --target are both 'y'"),
        ("--extra none --extra seed", "--extra none adds no column"),
        ("--id row --carry row=seed", "gives new rows the ids of their seed rows"),
        ("--extra sed", "--extra 'sed' is not known.*Did you mean 'seed'"),
        ("--carry row=5", "values from 5 on, and rows have values up to 40"),
    ],
)
def test_wrong_options_are_refused_with_the_way_out(
    here: Path, capsys, words: str, message: str
) -> None:
    assert run(["resample", "in.csv", "-t", "y", "-q", "-o", "out.csv", *words.split()]) == 2
    error = capsys.readouterr().err
    assert re.search(message, error), error
    assert not Path("out.csv").exists()


def test_a_column_with_the_name_of_an_added_one_is_refused(here: Path, capsys) -> None:
    FRAME.assign(_new=1).to_csv("in.csv", index=False)
    assert run(["resample", "in.csv", "-t", "y", "-q", "--id", "row", "-o", "out.csv"]) == 2
    assert "already has a column '_new', which the result adds" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["diagnose", "in.csv", "--groups", "customer", "--time", "name"],
        ["compare", "in.csv", "--drop", "name", "--drop", "customer"],
        ["check-split", "in.csv", "in.csv", "--groups", "customer", "--time", "name"],
    ],
)
def test_other_commands_leave_out_columns_that_are_not_features(
    words: list[str], here: Path, capsys
) -> None:
    assert run([*words, "-t", "y", "--id", "row", "--explain", "-q"]) == 0
    out = capsys.readouterr().out
    shown = {line.split()[0] for line in out.splitlines() if line.strip()}
    assert {"a", "b"} <= shown
    assert not shown & {"row", "customer", "name"}
    assert run([*words, "-t", "y", "--id", "row", "--drop", "row"]) == 2
    assert "--drop and --id are both 'row'" in capsys.readouterr().err


def test_ids_that_repeat_or_are_missing_are_refused(here: Path, capsys) -> None:
    words = [
        "resample",
        "in.csv",
        "-t",
        "y",
        "-q",
        "-o",
        "out.csv",
        "--id",
        "row",
        "--carry",
        "name",
    ]
    for ids, message in (
        (np.repeat(np.arange(N // 2), 2), "20 of its values are in several rows: 0, 1, 2"),
        (np.r_[np.nan, np.arange(N - 1)], "is missing in 1 of them"),
    ):
        FRAME.assign(row=ids).to_csv("in.csv", index=False)
        assert run([*words, "--carry", "customer"]) == 2
        assert message in capsys.readouterr().err


def test_an_id_that_is_the_index_of_pandas_is_named(here: Path, capsys) -> None:
    FRAME.assign(row=FRAME["row"][::-1].to_numpy() ** 2).set_index("row").to_parquet("in.parquet")
    assert run(["resample", "in.parquet", "-t", "y", "--id", "row", "-o", "out.parquet"]) == 2
    assert "--id 'row' is the index of a pandas frame" in capsys.readouterr().err
