"""The examples run, and say what they promise."""

from __future__ import annotations

import importlib.util
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
