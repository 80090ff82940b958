"""poise resample: which inputs are streamed, and outputs that fail alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from poise.cli._commands import run
from poise.core.errors import DiskError

rng = np.random.RandomState(0)
FRAME = pd.DataFrame({"a": rng.rand(40), "b": rng.rand(40), "y": ["no"] * 30 + ["yes"] * 10})


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    FRAME.to_parquet("folder/in.parquet")
    return tmp_path


@pytest.mark.parametrize("source", ["folder", "folder/*.parquet"])
def test_a_folder_is_explained_as_a_stream(here, capsys, source: str) -> None:
    assert run(["resample", source, "-t", "y", "--explain"]) == 0
    assert "memory" in capsys.readouterr().out


def test_a_plot_that_fails_does_not_lose_the_table(here, capsys, monkeypatch) -> None:
    def full(*_: object) -> None:
        raise DiskError("The disk is full.")

    monkeypatch.setattr("poise.cli._resample._draw", full)
    words = [
        "resample",
        "folder/in.parquet",
        "-t",
        "y",
        "-o",
        "out.csv",
        "--plot",
        "p.png",
        "--json",
    ]
    assert run(words) == 7
    captured = capsys.readouterr()
    assert "Error: The disk is full." in captured.err
    assert json.loads(captured.out)["written"] == {"out": "out.csv"}
    assert len(pd.read_csv("out.csv")) == 60


def test_a_name_that_is_too_long_is_refused_with_words(here, capsys) -> None:
    assert run(["resample", f"{'x' * 300}.csv", "-t", "y", "-o", "out.csv"]) == 2
    assert "cannot be" in capsys.readouterr().err
