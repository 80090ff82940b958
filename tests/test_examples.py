"""The examples run, and say what they promise."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pyarrow import csv, parquet

FOLDER = Path(__file__).parents[1] / "examples"


def example(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_demo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    example("demo").main(tmp_path)
    assert "4 or less" in capsys.readouterr().out
    balanced = parquet.read_table(tmp_path / "wine_balanced.parquet")
    assert csv.read_csv(tmp_path / "wine_balanced.csv").equals(balanced)
    assert (tmp_path / "wine_balanced.png").stat().st_size > 10_000


def test_probabilities(capsys: pytest.CaptureFixture[str]) -> None:
    example("probabilities").main()
    lines = capsys.readouterr().out.splitlines()
    losses = {line[:18].strip(): float(line[26:36]) for line in lines[3:7]}
    assert losses["SMOTE"] > 2 * losses["as it is"]
    assert losses["SMOTE, corrected"] < 1.3 * losses["as it is"]
    assert losses["SMOTE, calibrated"] <= losses["SMOTE, corrected"] + 0.005


def test_compare(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    example("compare").main(tmp_path)
    assert "threshold" in capsys.readouterr().out
    assert (tmp_path / "report.html").stat().st_size < 500_000


# Scripts, and a part of what each prints.
SCRIPTS = {
    "fraud": "of 2,000 payments looked at: ",
    "churn": "churned",
    "three_classes": "cost per person: ",
    "grid_search": "average precision 0.",
    "optuna_search": "'method': ",
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_run_in_an_empty_folder(name: str, tmp_path: Path) -> None:
    path = FOLDER / f"{name}.py"
    assert len(path.read_text("utf-8").splitlines()) <= 25
    if name == "optuna_search":
        pytest.importorskip("optuna")
    done = subprocess.run(
        [sys.executable, path], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert SCRIPTS[name] in done.stdout
    written = {file.name for file in tmp_path.iterdir()}
    exported = {"churn": "churn.joblib", "grid_search": "searched.joblib"}.get(name)
    assert written == ({exported, "poise_inference.py"} if exported else set())


def test_the_scripts_find_something() -> None:
    """Fraud among the payments looked at is far above its share, and decisions by costs are cheaper than none."""
    found = {
        name: subprocess.run(
            [sys.executable, FOLDER / f"{name}.py"], capture_output=True, text=True, check=True
        ).stdout
        for name in ("fraud", "three_classes")
    }
    n, n_frauds = map(int, re.findall(r"(\d+) of 2,000 .*: (\d+) frauds", found["fraud"])[0])
    assert n <= 40
    assert n_frauds / n > 0.3
    decided, nobody = map(float, re.findall(r": (\d\.\d\d)", found["three_classes"])[-2:])
    assert decided < nobody
