"""What --explain prints: columns, and what would be done."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from poise.cli._commands import run
from poise.cli._explaining import as_table

rng = np.random.RandomState(0)
FRAME = pd.DataFrame(
    {"a": rng.rand(40), "n": rng.randint(0, 50, 40), "c": ["x", "y"] * 20, "y": [0] * 30 + [1] * 10}
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    FRAME.to_csv("in.csv", index=False)
    FRAME.to_parquet("in.parquet")
    return tmp_path


def explained(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert run([*words, "--explain"]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("source", ["in.csv", "in.parquet"])
@pytest.mark.parametrize("command", ["resample", "compare", "diagnose"])
def test_every_command_explains_each_column(here, capsys, command: str, source: str) -> None:
    lines = explained(capsys, command, source, "-t", "y").splitlines()
    assert lines[0].split("  ")[0] == "column"
    assert [line.split()[0] for line in lines[1:4]] == ["a", "n", "c"]
    assert lines[1].endswith("blended")
    assert lines[2].endswith("blended and rounded")
    assert lines[3].endswith("that of the nearer parent")
    assert [path.name for path in sorted(here.iterdir())] == ["in.csv", "in.parquet"]


def test_check_split_explains_both_files(here, capsys) -> None:
    text = explained(capsys, "check-split", "in.csv", "in.parquet", "-t", "y")
    assert text.count("column ") == 2
    assert "in.parquet:" in text


@pytest.mark.parametrize(
    ("method", "line"),
    [
        ("smote", "class 1: 10 rows, 20 new rows"),
        ("random-under", "class 0: 30 rows, 10 are kept"),
        ("tomek-links", "class 0: 30 rows"),
    ],
)
def test_resample_says_what_it_would_do(here, capsys, method: str, line: str) -> None:
    text = explained(capsys, "resample", "in.csv", "-t", "y", "-m", method)
    assert f"  {line}\n" in text
    assert ("known only after the search" in text) == (method == "tomek-links")


def test_the_explanation_is_json_too(here, capsys) -> None:
    found = json.loads(explained(capsys, "resample", "in.csv", "-t", "y", "--json"))
    assert found["columns"][1] == {
        "column": "n",
        "read as": "integer",
        "kind": "integer",
        "in new rows": "blended and rounded",
    }


def test_diagnose_lists_its_checks(here, capsys) -> None:
    text = explained(capsys, "diagnose", "in.csv", "-t", "y", "--mute", "P09")
    assert "P10 leaking-column" in text
    assert "P09" not in text


def test_columns_of_text_are_aligned() -> None:
    assert as_table([{"a": "xxx", "bb": "1"}]) == ["a    bb", "xxx  1"]


def test_compare_says_what_it_would_compare(here, capsys) -> None:
    text = explained(
        capsys, "compare", "in.csv", "-t", "y", "-a", "smote", "-e", "tree", "--cv", "3"
    )
    assert "Would compare 2 approaches (as-is, smote) with tree, in 15 folds: 30 fits." in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--set", 'column_kinds={"a": "categoric"}'], "Did you mean 'categorical'"),
        (["--set", 'column_kinds={"zz": "bool"}'], "names a column 'zz'"),
        (["--set", "column_kinds=[1]"], "is not a dictionary from column to kind"),
        (["--time", "zz"], "There is no column 'zz' for --time"),
    ],
)
def test_what_cannot_be_done_is_not_explained(here, capsys, words: list[str], message: str) -> None:
    assert run(["resample", "in.csv", "-t", "y", "--explain", *words]) == 2
    assert message in capsys.readouterr().err


def test_a_kind_may_be_declared_by_position(here, capsys) -> None:
    assert (
        run(
            [
                "resample",
                "in.csv",
                "-t",
                "y",
                "--explain",
                "--set",
                'column_kinds={0: "categorical"}',
            ]
        )
        == 0
    )
    assert " categorical " in capsys.readouterr().out.splitlines()[1]
