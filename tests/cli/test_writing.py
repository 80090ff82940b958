"""Every cell of a kept row is written with the text that was read."""

from __future__ import annotations

import csv
import gzip
import io
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poise.cli._commands import run

N = 40
HOSTILE = [
    ("phone", [f"+4912345{i}" for i in range(N)]),
    ("token", [f"0x{31 + i:X}" for i in range(N)]),
    ("code", [f"{i}E5" for i in range(N)]),
    ("zip", [f"{i:05d}" for i in range(N)]),
    ("amount", [f"1234567890123.{4567 + i}" for i in range(N)]),
    ("padded", [f"{i}.50" for i in range(N)]),
    ("whole", [f"{i}.0" for i in range(N)]),
    ("flag", ["True", "FALSE"] * (N // 2)),
    ("when", [f"2020-01-{1 + i % 28:02d}T00:00:00+02:00" for i in range(N)]),
    ("day", [f"{1 + i % 28}.{1 + i % 12}.2024" for i in range(N)]),
    ("gap", ["NA", "1", "", "?"] * (N // 4)),
    ("text", ['say "no"', "a, b", "line\nfeed", " padded "] * (N // 4)),
    ("y", ["no"] * 30 + ["yes"] * 10),
]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write("in.csv", ",")
    return tmp_path


def write(path: str, separator: str, encoding: str = "utf-8") -> None:
    with Path(path).open("w", newline="", encoding=encoding) as file:
        rows = csv.writer(file, delimiter=separator, lineterminator="\n")
        rows.writerow([name for name, _ in HOSTILE])
        rows.writerows(zip(*(cells for _, cells in HOSTILE), strict=True))


def cells(path: str, separator: str = ",", encoding: str = "utf-8") -> list[list[str]]:
    whole = Path(path).read_bytes()
    text = (gzip.decompress(whole) if path.endswith(".gz") else whole).decode(encoding)
    return list(csv.reader(text.splitlines(keepends=True), delimiter=separator))[1:]


@pytest.mark.parametrize("method", ["random-over", "random-under", "smote", "smote-tomek"])
def test_kept_rows_are_written_as_they_were_read(here: Path, method: str) -> None:
    assert run(["resample", "in.csv", "-t", "y", "-m", method, "-o", "out.csv"]) == 0
    before, after = cells("in.csv"), cells("out.csv")
    kept = [row for row in after if row in before]
    n_kept = {"random-over": 60, "random-under": 20, "smote": 40, "smote-tomek": 39}
    assert len(kept) == n_kept[method]
    assert [row for row in kept if kept.count(row) == 1] == [
        row for row in before if kept.count(row) == 1
    ]


def test_new_cells_have_the_notation_of_their_column(here: Path) -> None:
    assert run(["resample", "in.csv", "-t", "y", "-o", "out.csv"]) == 0
    new = pd.DataFrame(cells("out.csv")[N:], columns=[name for name, _ in HOSTILE])
    assert new["when"].str.fullmatch(r"2020-01-\d\dT\d\d:\d\d:\d\d\+02:00").all()
    assert new["day"].str.fullmatch(r"\d\d\.\d\d\.2024").all()
    assert set(new["flag"]) <= {"True", "FALSE"}
    assert set(new["gap"]) <= {"NA", "1"}
    assert new["zip"].isin(dict(HOSTILE)["zip"]).all()


@pytest.mark.parametrize(
    ("source", "separator", "encoding", "out", "written"),
    [
        ("a.csv", ";", "cp1252", "o.csv", ";"),
        ("a.csv", ",", "utf-16", "o.csv", ","),
        ("a.tsv", "\t", "utf-8", "o.tsv", "\t"),
        ("a.csv", ";", "utf-8", "o.tsv", "\t"),
        ("a.tsv", "\t", "utf-8", "o.csv", ","),
        ("a.csv", ";", "utf-8", "o.csv.gz", ";"),
    ],
)
def test_the_dialect_is_kept_unless_the_ending_names_another(
    here: Path, source: str, separator: str, encoding: str, out: str, written: str
) -> None:
    write(source, separator, encoding)
    assert run(["resample", source, "-t", "y", "-m", "random-under", "-o", out]) == 0
    before = cells(source, separator, encoding)
    assert all(row in before for row in cells(out, written, encoding))


def test_the_index_of_a_pandas_frame_gets_new_labels(here: Path) -> None:
    rng = np.random.RandomState(0)
    frame = pd.DataFrame({"a": rng.rand(N), "y": dict(HOSTILE)["y"]}, index=np.arange(N) * 100)
    for index, new in ((frame.index, 3901), ([f"r{i}" for i in range(N)], "new-0")):
        frame.index = pd.Index(index, name="row")
        frame.to_parquet("in.parquet")
        assert run(["resample", "in.parquet", "-t", "y", "-o", "out.parquet"]) == 0
        out = pd.read_parquet("out.parquet")
        assert list(out.columns) == ["a", "y"]
        assert list(out.index[:N]) == list(frame.index)
        assert out.index[N] == new
        assert out.index.is_unique
    assert pq.read_schema("out.parquet").names == ["a", "y", "row"]


def test_an_index_of_dates_repeats_the_label_of_the_seed_row(here: Path) -> None:
    index = pd.date_range("2024-01-01", periods=N, name="when")
    frame = pd.DataFrame({"a": np.arange(N) * 0.5, "y": dict(HOSTILE)["y"]}, index=index)
    frame.to_parquet("in.parquet")
    assert run(["resample", "in.parquet", "-t", "y", "-m", "random-over", "-o", "out.parquet"]) == 0
    out = pd.read_parquet("out.parquet")
    assert (frame.loc[out.index, "a"].to_numpy() == out["a"].to_numpy()).all()


def test_what_csv_cannot_hold_is_refused_before_the_work(here: Path, capsys) -> None:
    pd.DataFrame({"a": [[1]] * N, "y": dict(HOSTILE)["y"]}).to_parquet("in.parquet")
    words = ["resample", "in.parquet", "-t", "y", "-m", "random-over", "-o", "out.csv"]
    assert run(words) == 2
    assert "which CSV cannot hold" in capsys.readouterr().err
    assert run([*words[:-1], "out.parquet"]) == 0


@pytest.mark.parametrize(
    ("index", "last"),
    [
        (pd.Index(np.arange(N, dtype="int8") + 80, name="row"), 80 + N + 19),
        (pd.Index(np.arange(N, dtype="uint16"), name="row"), N + 19),
        (pd.CategoricalIndex([f"c{i}" for i in range(N)], name="row"), "c3"),
    ],
)
def test_new_labels_of_an_index_fit_or_repeat_those_of_the_seed(here: Path, index, last) -> None:
    rng = np.random.RandomState(0)
    frame = pd.DataFrame({"a": rng.rand(N), "y": dict(HOSTILE)["y"]}, index=index)
    frame.to_parquet("in.parquet")
    assert run(["resample", "in.parquet", "-t", "y", "-o", "out.parquet"]) == 0
    out = pd.read_parquet("out.parquet")
    assert list(out.index[:N]) == list(index)
    if isinstance(last, str):
        assert set(out.index[N:]) <= set(index)
    else:
        assert out.index[-1] == last


# Each list is a column's worth of cells of one kind; "\r" alone would end a line outside quotes.
POOLS = [
    ["1", "2", "3.5", "-4", "NA", ""],
    ["01.02.2024", "13.02.2024", "1.3.2024"],
    ["1,5", "2,25", "1.234,5"],
    ["007", "+7", "0x1F", "1E5"],
    ['a"b', "c,d", "e;f", "g\nh", " m ", "\tn", "", "\x0b\u2028", "[red]"],
    ["TRUE", "true", "False"],
    ["2024-01-01T00:00:00+02", "2024-01-01 05:00:00Z"],
    ["1.0", "2.00", "-0", ".5", "5.", "1e-5"],
]


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_cells_of_kept_rows_are_those_of_the_input_by_lineage(data: st.DataObject) -> None:
    n, seed = 30, data.draw(st.integers(0, 2**32 - 1))
    rng = np.random.RandomState(seed)
    pools = data.draw(st.lists(st.sampled_from(POOLS), min_size=1, max_size=4))
    columns = [[*rng.choice(pool, n)] for pool in pools]
    columns += [[*rng.rand(n).round(3).astype(str)], [*rng.choice(["g", "h"], n)]]
    columns += [[f"2024-01-{day:02d}" for day in rng.randint(1, 29, n)]]
    pair = data.draw(st.sampled_from([("yes", "no"), ("1.0", "0.0"), ("+1", "-1"), ("01", "02")]))
    columns += [[pair[i % 3 > 0] for i in range(n)]]
    names = [*(f"c{i}" for i in range(len(pools))), "num", "grp", "when", "y"]
    method = data.draw(st.sampled_from(["random-over", "random-under", "smote", "smote-tomek"]))
    words = [[], ["--groups", "grp"], ["--time", "when"], ["--drop", "c0"]]
    extra = data.draw(st.sampled_from(words))
    separator = data.draw(st.sampled_from(",;\t|"))
    encoding = data.draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
    end = data.draw(st.sampled_from(["\n", "\r\n"]))
    with tempfile.TemporaryDirectory() as folder:
        source, out, lineage = (f"{folder}/{name}.csv" for name in ("in", "out", "lineage"))
        with Path(source).open("w", newline="", encoding=encoding) as file:
            file.write(f"# a comment{end}")
            rows = csv.writer(file, delimiter=separator, lineterminator=end)
            rows.writerow(names)
            rows.writerows(zip(*columns, strict=True))
        command = ["resample", source, "-t", "y", "-m", method, "-o", out, "--lineage", lineage]
        assert run([*command, *extra]) == 0
        text = Path(out).read_bytes().decode(encoding)
        origins = pd.read_csv(lineage)
    assert text.startswith(f"# a comment{end}")
    body = io.StringIO(text.partition(end)[2], newline="")
    header, *after = csv.reader(body, delimiter=separator)
    kept = [i for i, name in enumerate(names) if name in header]
    before = [[row[i] for i in kept] for row in zip(*columns, strict=True)]
    for row, origin, seed_row in zip(after, origins["origin"], origins["seed"], strict=True):
        assert row == before[seed_row] if origin in ("kept", "copied") else row[-1] in pair
