"""Models in files hold plain facts beside the estimator, and are read by the version that wrote them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skops.io

from poise.cli._commands import run
from poise.cli._model import StoredModel, roles_of
from poise.cli._terminal import DONE
from poise.core.errors import FileError, InputError


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"x": rng.standard_normal(200), "y": np.arange(200) % 5 == 0})
    table.to_parquet(folder / "in.parquet")
    words = ["-e", "logistic", "--out", str(folder / "m.skops")]
    assert run(["fit", str(folder / "in.parquet"), "-t", "y", *words]) == DONE
    return folder / "m.skops"


def test_facts_are_values_of_json(model: Path) -> None:
    facts = StoredModel.load(model).facts
    assert json.loads(json.dumps(facts)) == facts
    assert facts["event"] is True
    assert facts["classes"] == {"False": 160, "True": 40}
    assert {"poise", "format", "made", "scikit-learn", "numpy", "python"} <= set(facts)


def test_another_format_is_refused(model: Path, tmp_path: Path) -> None:
    stored = StoredModel.load(model)
    content = {"model": stored.model, "facts": {**stored.facts, "format": 99, "poise": "9.1.0"}}
    skops.io.dump(content, tmp_path / "m.skops")
    with pytest.raises(FileError, match="was written by Poise 9.1.0, in format 99 of a model"):
        StoredModel.load(tmp_path / "m.skops")


def test_a_comparison_writes_the_advised_model(model: Path, tmp_path: Path, capsys) -> None:
    words = ["-a", "as-is", "-e", "logistic", "--cv", "3", "--repeats", "1"]
    out = ["--model", str(tmp_path / "advised.skops")]
    source = str(model.parent / "in.parquet")
    assert run(["compare", source, "-t", "y", *words, *out]) == DONE
    assert "as-is with logistic, fitted on 200 rows" in capsys.readouterr().err
    scored = ["predict", str(tmp_path / "advised.skops"), source, "--drop", "y"]
    assert run([*scored, "--out", str(tmp_path / "scored.parquet")]) == DONE
    found = pd.read_parquet(tmp_path / "scored.parquet")
    assert list(found.columns) == ["x", "probability", "decision", "threshold"]


def test_a_column_has_one_role() -> None:
    with pytest.raises(InputError, match="--time and --carry are both 'day'"):
        roles_of("y", None, "day", ["day"], [])
