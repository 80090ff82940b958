"""What --json prints is enough to run a command again, and to know whether its input is the same."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from poise.cli._commands import run
from poise.cli._terminal import DONE, FOUND
from poise.comparison import Comparison

N = 150
RNG = np.random.default_rng(0)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    y = np.where(np.arange(N) % 5 == 0, "yes", "no")
    table = pd.DataFrame({"a": RNG.standard_normal(N), "b": RNG.standard_normal(N), "y": y})
    table.round(3).to_csv(tmp_path / "in.csv", index=False, sep=";", decimal=",")
    table.to_parquet(tmp_path / "test.parquet")
    table.to_parquet(tmp_path / "train.parquet")
    monkeypatch.chdir(tmp_path)
    return tmp_path


COMMANDS = {
    "resample": "resample in.csv -t y -m smote-tomek --set neighbor_space=standard --out out.csv --json",
    "stream": "resample train.parquet -t y -m smote --stream --out streamed --json",
    "compare": "compare in.csv -t y -a smote -e logistic --cv 3 --repeats 1 --costs 1 9 --json -",
    "diagnose": "diagnose in.csv -t y --json",
    "check-split": "check-split train.parquet test.parquet -t y --json",
    "fit": "fit in.csv -t y -e logistic --metric f1 --out m.skops --json",
}
CHANGING = {
    "run",
    "seconds",
    "peak_bytes",
    "made",
    "passes",
    "prediction",
    "memory",
    "seconds_per_pass",
}


def without_times(found: Any) -> Any:
    if isinstance(found, dict):
        return {
            k: without_times(v) for k, v in found.items() if k not in CHANGING and "second" not in k
        }
    if isinstance(found, list):
        return [without_times(one) for one in found if "seconds" not in str(one)]
    return found


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_run_again_from_its_json_alone(name: str, folder: Path, capsys) -> None:
    assert run(COMMANDS[name].split()) in (DONE, FOUND)
    first = json.loads(capsys.readouterr().out)
    record = first["run"]
    for file in record["inputs"]:
        content = Path(record["folder"], file["path"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
    before = {path: path.read_bytes() for path in folder.glob("out.csv")}
    program, *words = record["command"]
    assert program == "poise"
    if name == "stream":
        words += ["--if-exists", "replace"]
    assert run(words) in (DONE, FOUND)
    again = json.loads(capsys.readouterr().out)
    assert without_times(again) == without_times(first)
    assert again["run"]["versions"] == record["versions"]
    assert {path: path.read_bytes() for path in folder.glob("out.csv")} == before


def test_a_comparison_with_a_record_is_loaded(folder: Path) -> None:
    words = COMMANDS["compare"].removesuffix("-").split()
    assert run([*words, "r.json"]) == DONE
    assert Comparison.load(folder / "r.json").facts["n_rows"] == N
    assert json.loads((folder / "r.json").read_text())["run"]["command"][1] == "compare"


def test_the_json_of_a_run_in_memory_says_how_columns_were_read(folder: Path, capsys) -> None:
    assert run(COMMANDS["resample"].split()) == DONE
    found = json.loads(capsys.readouterr().out)
    assert found["columns"][0]["read as"] == "number (decimal ',', thousands '.')"
    assert found["parameters"]["neighbor_space"] == "standard"
    assert sum(one["rows"] for one in found["removed"]) == found["removed_rows"]
    assert len(found["input_hash"]) == 64


def test_pages_and_removed_rows_are_written(folder: Path) -> None:
    words = ["--removed", "gone.csv", "--report", "audit.html", "--out", "o.parquet"]
    assert run(["resample", "in.csv", "-t", "y", "-m", "smote-tomek", *words]) == DONE
    gone = pd.read_csv(folder / "gone.csv")
    assert list(gone.columns) == ["row", "label", "by", "reason"]
    assert "record of a resampled table" in (folder / "audit.html").read_text()
