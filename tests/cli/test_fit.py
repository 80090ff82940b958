"""poise fit: a model in a file that does what the same classifier does in Python."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_wine, make_classification

from poise.cli._commands import run
from poise.cli._model import StoredModel
from poise.cli._terminal import BAD_INPUT, DONE
from poise.comparison import ComparedClassifier
from poise.decisions import LowestCost, ThresholdClassifier


@pytest.fixture
def table(tmp_path: Path) -> Path:
    X, y = make_classification(400, n_features=4, weights=[0.85], random_state=0)
    frame = pd.DataFrame(X.round(3), columns=list("abcd"))
    frame["town"] = np.where(frame["a"] > 0, "Rome", "Oslo")
    frame["day"] = pd.date_range("2026-01-01", periods=400).astype(str)[::-1]
    frame["house"] = np.arange(400) // 3
    frame["name"] = [f"N{n}" for n in range(400)]
    frame["y"] = np.where(y == 1, "yes", "no")
    path = tmp_path / "in.csv"
    frame.to_csv(path, index=False)
    return path


def fitted(table: Path, *words: str) -> StoredModel:
    out = table.parent / "model.skops"
    common = ["--drop", "day", "--drop", "house", "--carry", "name", "-e", "logistic"]
    assert run(["fit", str(table), "-t", "y", "--out", str(out), *common, *words]) == DONE
    return StoredModel.load(out)


def test_the_model_is_the_classifier_of_python(table: Path, capsys) -> None:
    stored = fitted(table, "-a", "smote", "--costs", "1", "9")
    frame = pd.read_csv(table)
    X = frame[["a", "b", "c", "d", "town"]]
    model = ThresholdClassifier(LowestCost((1, 9)), ComparedClassifier("smote", "logistic"))
    expected = model.fit(X, frame["y"])
    np.testing.assert_allclose(
        stored.model.predict_proba(X), expected.predict_proba(X), rtol=0, atol=1e-9
    )
    assert stored.facts["event"] == "yes"
    assert "It decides for yes from a probability of" in capsys.readouterr().out
    assert (table.parent / "poise_inference.py").exists()


def test_policies_groups_and_times(table: Path) -> None:
    assert fitted(table).facts["threshold"] == 0.5
    assert fitted(table, "--metric", "f1").facts["policy"] == "tuned for f1"
    alerts = fitted(table, "--alerts", "5", "--alerts-per", "100").facts
    assert alerts["policy"] == "5 alerts in 100 rows"
    turned = fitted(table, "--event", "no").facts
    assert turned["event"] == "no"
    out = table.parent / "t.skops"
    words = ["fit", str(table), "-t", "y", "-e", "logistic", "--out", str(out), "--drop", "name"]
    by_time = [*words, "--time", "day", "--drop", "house", "--metric", "f1"]
    assert run(by_time) == DONE
    first = StoredModel.load(out).facts
    # The order of the rows in the file does not matter where the time is known.
    lines = table.read_text().splitlines()
    table.write_text("\n".join([lines[0], *lines[:0:-1]]) + "\n")
    assert run(by_time) == DONE
    second = StoredModel.load(out).facts
    assert first["threshold"] == pytest.approx(second["threshold"])
    assert run([*words, "--groups", "house", "--drop", "day"]) == DONE
    assert list(StoredModel.load(out).facts["columns"]) == ["a", "b", "c", "d", "town"]


def test_several_classes_one_of_them_and_costs_of_all(tmp_path: Path, capsys) -> None:
    X, y = load_wine(return_X_y=True, as_frame=True)
    X["kind"] = np.array(["a", "b", "c"])[y]
    X.to_parquet(tmp_path / "wine.parquet")
    (tmp_path / "costs.csv").write_text("true,a,b,c\na,0,1,1\nb,9,0,1\nc,1,1,0\n")
    words = ["fit", str(tmp_path / "wine.parquet"), "-t", "kind", "-e", "logistic", "--out"]
    out = str(tmp_path / "m.skops")
    assert run([*words, out, "--cost-matrix", str(tmp_path / "costs.csv")]) == DONE
    assert "decides between 3 classes by the lowest expected cost" in capsys.readouterr().out
    assert StoredModel.load(Path(out)).facts["threshold"] is None
    assert run([*words, out, "--event", "c", "--metric", "f1"]) == DONE
    facts = StoredModel.load(Path(out)).facts
    assert facts["classes"] == {"c": 48, "not c": 130}
    assert facts["event"] == "c"


def test_explain_fits_nothing(table: Path, capsys) -> None:
    assert run(["fit", str(table), "-t", "y", "--explain", "--metric", "f1"]) == DONE
    shown = capsys.readouterr().out
    assert "town    text     categorical" in shown
    assert "Would fit boosting after as-is on 400 rows, and decide by tuned for f1." in shown
    assert not list(table.parent.glob("*.skops"))


@pytest.mark.parametrize("estimator", ["logistic", "boosting", "tree", "k-nn"])
def test_every_estimator_is_written_and_read(table: Path, estimator: str) -> None:
    out = str(table.parent / "m.skops")
    words = ["fit", str(table), "-t", "y", "-e", estimator, "--drop", "name", "--out", out]
    assert run(words) == DONE
    scored = str(table.parent / "scored.csv")
    assert run(["predict", out, str(table), "--out", scored]) == DONE


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--costs", "1", "2", "--metric", "f1"], "--costs and --metric each choose the threshold"),
        (["--alerts-per", "9"], "Pass --alerts too"),
        (["--metric", "f2"], "metric='f2' cannot be tuned for"),
        (["--alerts", "0"], "--alerts 0 must be from 1 to 400"),
        (["-a", "smot"], "Did you mean 'smote'?"),
        (["-e", "forest"], "There is no estimator 'forest'"),
        (["--carry", "nam"], "--carry 'nam' is not a column"),
        (["--carry", "y"], "--target and --carry are both 'y'"),
        (["--event", "maybe"], "--event maybe is not a class"),
        (["--out", "model.pkl"], "must end in .skops"),
        (["--set", "smote.k_neighbors=3"], "Name one with --approach"),
    ],
)
def test_bad_options_exit_with_code_2_and_a_message(table: Path, words, message, capsys) -> None:
    common = ["fit", str(table), "-t", "y", "--out", str(table.parent / "m.skops")]
    assert run([*common, *words]) == BAD_INPUT
    assert message in capsys.readouterr().err


def test_a_model_needs_a_place(table: Path, capsys) -> None:
    assert run(["fit", str(table), "-t", "y"]) == BAD_INPUT
    assert "Missing option '--out'" in capsys.readouterr().err
