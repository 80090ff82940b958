"""The options for reading tables: detected, reported, and decided by the user."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from poise.cli._commands import run

rng = np.random.RandomState(0)
N = 60
FRAME = pd.DataFrame(
    {
        "id": [f"0{i:03d}" for i in range(N)],
        "price": rng.rand(N).round(2) * 100,
        "age": [*rng.randint(20, 60, N - 1), "?"],
        "day": pd.date_range("2024-01-01", periods=N).strftime("%d.%m.%Y"),
        "name": rng.choice(["Müller", "Weiß"], N),
        "churn": np.repeat(["no", "yes"], [45, 15]),
    }
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    FRAME.to_csv("in.csv", sep=";", decimal=",", index=False, encoding="cp1252")
    return tmp_path


def outcome(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = run([*words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_how_a_file_was_read_is_reported(here: Path, capsys) -> None:
    words = ["resample", "in.csv", "-t", "churn", "--drop", "id", "-o", "out.parquet"]
    code, _, error = outcome(capsys, *words)
    assert code == 0
    assert (
        error.splitlines()[0]
        == "in.csv: 60 rows, 6 columns; cp1252 (line 2 is not UTF-8), separator ';'"
    )
    assert "Note: column 'age': 1 cell '?' read as missing." in error
    schema = pq.read_schema("out.parquet")
    assert [str(field.type) for field in schema] == [
        "double",
        "int64",
        "date32[day]",
        "string",
        "string",
    ]


def test_the_options_of_the_user_decide(here: Path, capsys) -> None:
    words = ["resample", "in.csv", "-t", "churn", "--explain", "--encoding", "latin-1"]
    words += ["--sep", "semicolon", "--decimal", "comma", "--na", "Müller", "--dates", "none"]
    code, text, error = outcome(capsys, *words)
    assert code == 0
    assert "latin-1" in error
    lines = {line.split()[0]: line for line in text.splitlines() if line}
    assert "missing 'Müller'" in lines["name"]
    assert "text" in lines["day"]


@pytest.mark.parametrize("command", ["resample", "compare", "diagnose"])
def test_columns_are_dropped_in_every_command(here: Path, capsys, command: str) -> None:
    words = [command, "in.csv", "-t", "churn", "--explain", "--drop", "id", "--drop", "name"]
    code, text, _ = outcome(capsys, *words)
    assert code == 0
    assert "price" in text
    assert not {"id", "name"} & {line.split(" ")[0] for line in text.splitlines()}


def test_a_dropped_column_is_not_in_the_output(here: Path, capsys) -> None:
    words = ["resample", "in.csv", "-t", "churn", "--drop", "id", "-o", "out.csv"]
    assert outcome(capsys, *words)[0] == 0
    assert Path("out.csv").read_bytes().startswith(b"price;age;day;name;churn\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--drop", "idd"], "--drop 'idd' is not a column.*Did you mean 'id'"),
        (["--drop", "churn"], "--drop and --target are both 'churn'"),
        (["--separator", ";;"], "--separator ';;' must be one character"),
        (["--groups", "zz"], "There is no column 'zz' for --groups"),
    ],
)
def test_options_that_cannot_be_right_are_refused(here: Path, capsys, words, message: str) -> None:
    code, _, error = outcome(capsys, "resample", "in.csv", "-t", "churn", *words, "-o", "o.csv")
    assert code == 2
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(error)


def test_options_for_csv_do_not_fit_other_files(here: Path, capsys) -> None:
    FRAME.drop(columns="age").to_parquet("in.parquet")
    words = ["resample", "in.parquet", "-t", "churn", "--decimal", ",", "-o", "out.csv"]
    assert outcome(capsys, *words)[0] == 2
    words = ["resample", "in.parquet", "-t", "churn", "--decimal", ",", "--stream", "-o", "out"]
    assert "only be used without --stream" in outcome(capsys, *words)[2]


def test_inferred_kinds_are_reported_and_the_user_may_overrule_them(here: Path, capsys) -> None:
    frame = pd.DataFrame(
        {"n": rng.randint(0, 90, N) * 1.0, "f": rng.randint(0, 2, N), "y": FRAME.churn}
    )
    frame.to_csv("k.csv", index=False)
    words = ["resample", "k.csv", "-t", "y", "--explain"]
    _, text, error = outcome(capsys, *words)
    assert "Inferred: 'n' holds whole numbers ('integer')." in error
    assert "Inferred: 'f' holds one of two values ('bool')." in error
    assert [line.split()[2] for line in text.splitlines()[1:3]] == ["integer", "bool"]
    _, text, error = outcome(capsys, *words, "--set", "column_kinds={'n': 'continuous'}")
    assert "'n'" not in error
    assert text.splitlines()[1].split()[2] == "continuous"


def test_quiet_prints_no_notes(here: Path, capsys) -> None:
    words = ["resample", "in.csv", "-t", "churn", "--drop", "id", "-o", "out.csv", "--quiet"]
    code, text, error = outcome(capsys, *words)
    assert (code, error) == (0, "")
    assert "smote" in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--time y", "--time and --target are both 'y'"),
        ("--groups y", "--groups and --target are both 'y'"),
        ("--groups x --time x", "--time and --groups are both 'x'"),
        ("--drop x --time x", "--drop and --time are both 'x'"),
        ("--drop y", "--drop and --target are both 'y'"),
    ],
)
@pytest.mark.parametrize("command", ["resample", "compare"])
def test_a_column_has_one_role(here: Path, capsys, command: str, words: str, message: str) -> None:
    assert run([command, "in.csv", "-t", "y", "--explain", *words.split()]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    "option", ["--separator", "--decimal", "--thousands", "--encoding", "--dates"]
)
def test_an_empty_option_is_refused(here: Path, capsys, option: str) -> None:
    assert run(["resample", "in.csv", "-t", "y", "--explain", option, ""]) == 2
    assert f"{option} ''" in capsys.readouterr().err
