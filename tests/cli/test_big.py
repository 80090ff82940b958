"""`poise resample --stream`: folders in, folders out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from poise.cli._commands import run
from poise.core.saved import format_entries


def counts(folder: Path) -> dict[str, int]:
    entries = pq.read_table(folder)["y"].value_counts().to_pylist()
    return {entry["values"]: entry["counts"] for entry in entries}


def test_a_folder_is_resampled_into_a_folder(source: Path, tmp_path: Path, capsys: Any) -> None:
    out = tmp_path / "out"
    assert (
        run(["resample", str(source), "-t", "y", "--id", "id", "--stream", "--out", str(out)]) == 0
    )
    found = counts(out)
    assert found["yes"] == found["no"]
    message = capsys.readouterr().out
    assert f"smote: 600 rows in, {2 * found['no']:,} out" in message
    assert str(out) in message


def test_the_summary_as_json_is_the_manifest(source: Path, tmp_path: Path, capsys: Any) -> None:
    out = tmp_path / "out"
    words = ["-t", "y", "--id", "id", "--stream", "--out", str(out), "--json", "-m", "random-under"]
    assert run(["resample", str(source), *words, "--rate", '{"no": 0.5}', "--seed", "3"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["rates"] == {"no": 0.5, "yes": 1.0}
    assert summary["seed"] == 3
    assert summary["removed_rows"] == summary["rows"]["before"] - summary["rows"]["after"]
    assert pq.read_table(out).column_names == ["id", "x", "y", "sample_weight"]


def test_counts_per_class_are_given_as_text(source: Path, tmp_path: Path) -> None:
    words = ["-t", "y", "--stream", "--out", str(tmp_path / "out"), "-s", '{"yes": 100}']
    assert run(["resample", str(source), *words]) == 0
    assert counts(tmp_path / "out")["yes"] == 100


def test_explain_writes_nothing(source: Path, tmp_path: Path, capsys: Any) -> None:
    words = ["resample", str(source), "-t", "y", "--explain", "-m", "tomek-links"]
    assert run(words) == 0
    assert "pass 1  counting classes" in capsys.readouterr().out
    assert run([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["fits"] is True
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--stream", "--plot", "p.png"], "--plot can only be used without --stream"),
        (["--stream"], "--out is missing. With --stream"),
        (
            ["--rate", "0.1", "--out", "o.csv"],
            "--rate can only be used with --stream",
        ),
        (["--if-exists", "skip", "--out", "o.csv"], "--if-exists can only be used with --stream"),
        (["--stream", "--links", "soft", "--out", "o"], "links='soft' is not known"),
        (["--memory", "3GB", "--out", "o.csv"], "--memory can only be used with --stream"),
        (["--stream", "--rate", "{no", "--out", "o"], "--rate '{no' is not valid JSON"),
        (["--stream", "--memory", "much", "--out", "o"], "not an amount of memory"),
        (["--stream", "--order", "clean", "--out", "o"], "Did you mean 'clean-then-oversample'"),
        (["--stream", "--extra", "news", "--out", "o"], "--extra 'news' is not known"),
        (["--stream", "--id", "identity", "--out", "o"], "There is no column 'identity'"),
        (["--stream", "-m", "near-miss", "--out", "o"], "cannot be done exactly"),
    ],
)
def test_bad_options_exit_with_code_2_and_a_message(
    words: list[str], message: str, source: Path, capsys: Any, monkeypatch: Any
) -> None:
    monkeypatch.chdir(source.parent)
    assert run(["resample", str(source), "-t", "y", *words]) == 2
    assert message in capsys.readouterr().err


def test_a_folder_without_stream_raises_an_error_that_names_the_option(
    source: Path, tmp_path: Path, capsys: Any
) -> None:
    assert run(["resample", str(source), "-t", "y", "--out", str(tmp_path / "o.csv")]) == 2
    assert "--stream" in capsys.readouterr().err


def test_columns_of_a_stream_have_roles(source: Path, tmp_path: Path, capsys: Any) -> None:
    words = [
        "resample",
        str(source),
        "-t",
        "y",
        "--id",
        "id",
        "--stream",
        "--out",
        str(tmp_path / "out"),
    ]
    assert run([*words, "--lineage", "l.csv"]) == 2
    assert "--extra origin --extra seed" in capsys.readouterr().err
    assert (
        run([*words, "--carry", "id=negative", "--time", "x", "--extra", "seed", "--extra", "gap"])
        == 0
    )
    out = pq.read_table(tmp_path / "out")
    assert out.column_names == ["id", "x", "y", "_new", "_seed", "_gap"]
    new = out.filter(pc.is_valid(out["_seed"])).to_pylist()
    x_of = {row["id"]: row["x"] for row in out.to_pylist()}
    assert new
    assert all(row["id"] < 0 and row["x"] >= x_of[row["_seed"]] for row in new)


def test_a_result_is_extended(source: Path, tmp_path: Path, capsys: Any) -> None:
    out, words = tmp_path / "out", ["resample", str(source), "-t", "y", "--id", "id", "--stream"]
    rate = ["--method", "random-under", "--rate", "0.5", "--out", str(tmp_path / "few")]
    smote, extend = ["--out", str(out)], ["--if-exists", "extend"]
    assert run([*words, *smote, *extend]) == 0
    assert run([*words, *rate, *extend]) == 0
    assert "was extended" not in capsys.readouterr().err
    rows = pq.read_table(next(source.glob("*.parquet")))
    later = rows.set_column(0, "id", pc.add(rows["id"], 10**6))
    pq.write_table(later, source / "later.parquet")
    assert run([*words, *smote, *extend, "--json"]) == 0
    shown = capsys.readouterr()
    n_new = sum(json.loads(shown.out)["extended"][0]["new_rows"].values())
    added = f"was extended by 1 file of the source with {rows.num_rows:,} rows"
    assert f"{added} and by {n_new:,} new rows. They are not those of one run" in shown.err
    assert "which --if-exists replace makes." in shown.err
    assert run([*words, *rate, *extend]) == 0
    assert f"{added}; it has the rows of one run over the whole source." in capsys.readouterr().err
    assert run([*words, *smote, *extend]) == 0
    assert "was there already" in (again := capsys.readouterr().err)
    assert "was extended" not in again
    rare = later.filter(pc.equal(later["y"], "yes"))
    many = pa.concat_tables([rare] * 200)
    ids = pa.array(range(2 * 10**6, 2 * 10**6 + many.num_rows))
    pq.write_table(many.set_column(0, "id", ids), source / "many.parquet")
    assert run([*words, *smote, *extend]) == 0
    assert "New rows that are no longer needed stay: " in capsys.readouterr().err
    assert run([*words, "--out", str(out), "--method", "tomek-links", *extend]) == 2
    assert "TomekLinks decides again about all rows" in capsys.readouterr().err


def test_a_restart_deletes_what_was_done(source: Path, tmp_path: Path, capsys: Any) -> None:
    words = ["resample", str(source), "-t", "y", "--stream", "--out", str(tmp_path / "out")]
    unfinished = tmp_path / ".out.unfinished"
    unfinished.mkdir()
    settings = {**format_entries("unfinished result"), "settings": {"seed": 0}}
    (unfinished / "_settings.json").write_text(json.dumps(settings))
    assert run(words) == 2
    assert "--restart" in capsys.readouterr().err
    assert run([*words, "--explain", "--restart", "--if-exists", "skip", "--links", "hard"]) == 0
    assert run([*words, "--restart"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out"]


def test_explain_exits_with_the_code_of_the_run_that_would_not_fit(
    source: Path, capsys: Any, monkeypatch: Any
) -> None:
    words = ["resample", str(source), "-t", "y", "--stream", "--explain", "--memory", "400MB"]
    assert run(words) == 0
    monkeypatch.setattr("poise.big.engines.local.free_bytes", lambda _: 10)
    assert run(words) == 5
    assert "Does not fit on the disk" in capsys.readouterr().out
