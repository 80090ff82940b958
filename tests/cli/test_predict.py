"""poise predict: new files are read as the one that the model was fitted on, and what differs is named."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from poise.cli._commands import run
from poise.cli._model import StoredModel
from poise.cli._terminal import BAD_INPUT, DONE

N = 300


def frame(seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    y = rng.random(N) < 0.2
    return pd.DataFrame(
        {
            "id": np.arange(N) + 1000 * seed,
            "secret": "x",
            "zip": [f"{n:05d}" for n in rng.integers(500, 700, N)],
            "price": (rng.standard_normal(N) + y).round(2),
            "since": pd.to_datetime("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, N), "D"),
            "town": rng.choice(["Rome", "Oslo"], N),
            "late": np.where(y, "yes", "no"),
        }
    )


def write(path: Path, table: pd.DataFrame) -> Path:
    table.to_csv(path, index=False, sep=";", decimal=",", date_format="%d.%m.%Y")
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    source = write(folder / "in.csv", frame())
    words = ["--carry", "id", "--drop", "secret", "--metric", "f1", "-a", "smote"]
    out = ["--out", str(folder / "m.skops")]
    assert run(["fit", str(source), "-t", "late", *words, *out]) == DONE
    return folder


def predicted(folder: Path, source: Path, *words: str) -> pd.DataFrame:
    out = folder / "out.csv"
    done = run(["predict", str(folder / "m.skops"), str(source), "--out", str(out), *words])
    assert done == DONE
    return pd.read_csv(out, sep=";", decimal=",", dtype={"zip": str})


def test_rows_are_decided_and_their_cells_stay(folder: Path, capsys) -> None:
    new = frame(1).drop(columns="late")
    found = predicted(folder, write(folder / "new.csv", new[new.columns[::-1]]))
    assert list(found.columns) == [
        *["town", "since", "price", "zip", "id"],
        *["probability", "decision", "threshold"],
    ]
    assert found["since"][0] == new["since"][0].strftime("%d.%m.%Y")
    stored = StoredModel.load(folder / "m.skops")
    is_event = found["probability"] >= stored.facts["threshold"]
    assert (found["decision"] == np.where(is_event, "yes", "no")).all()
    assert found["threshold"].unique() == pytest.approx(stored.facts["threshold"])
    expected = stored.model.predict_proba(new.assign(since=new["since"].astype("M8[s]")))[:, 1]
    np.testing.assert_allclose(found["probability"], expected, atol=1e-12)
    assert "300 rows decided: " in capsys.readouterr().out


def test_a_file_that_would_be_read_otherwise_alone_is_read_as_before(folder: Path) -> None:
    new = frame(2).head(3)
    whole = predicted(folder, write(folder / "whole.csv", new))
    text = write(folder / "few.csv", new).read_text().splitlines()
    # One row: its price could be thousands, its code a number, its date the fifth of April or the fourth of May.
    (folder / "few.csv").write_text("\n".join(text[:2]) + "\n")
    alone = predicted(folder, folder / "few.csv")
    assert alone["probability"][0] == whole["probability"][0]
    as_parquet = new.assign(since=new["since"].astype("M8[s]"))
    as_parquet.to_parquet(folder / "new.parquet")
    out = folder / "scored.parquet"
    words = ["predict", str(folder / "m.skops"), str(folder / "new.parquet"), "--out", str(out)]
    assert run(words) == DONE
    found = pd.read_parquet(out)["probability"]
    np.testing.assert_allclose(found, whole["probability"], rtol=1e-12)  # read from text


def test_new_categories_are_named_and_other_notes_can_be_silenced(folder: Path, capsys) -> None:
    new = write(folder / "towns.csv", frame(3).assign(town=["Bonn", "Rome"] * (N // 2)))
    predicted(folder, new)
    assert "column 'town': 150 cells hold categories that the model was not fitted on, 'Bonn'" in (
        capsys.readouterr().err
    )
    predicted(folder, new, "--quiet")
    assert "Bonn" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "words", "message"),
    [
        (
            lambda t: t.drop(columns=["zip", "town"]),
            [],
            "lacks 2 of the 4 columns .* 'zip', 'town'",
        ),
        (lambda t: t.rename(columns={"price": "Price"}), [], "Did you mean 'Price'?"),
        (lambda t: t.assign(price="dear"), [], "Column 'price' was read as number .* 'dear'"),
        (
            lambda t: t.assign(since="soon"),
            [],
            "Column 'since' was read as date .* pass --na 'soon'",
        ),
        (lambda t: t.assign(decision=1), [], "already has a column 'decision'"),
        (lambda t: t, ["--drop", "nothing"], "--drop 'nothing' is not a column"),
    ],
)
def test_what_does_not_fit_is_named(folder: Path, change, words, message: str, capsys) -> None:
    source = write(folder / "bad.csv", change(frame(4)))
    out = ["--out", str(folder / "bad_out.csv")]
    assert run(["predict", str(folder / "m.skops"), str(source), *out, *words]) == BAD_INPUT
    assert re.search(message, capsys.readouterr().err)
    assert not (folder / "bad_out.csv").exists()


def test_labels_are_written_as_in_the_file(tmp_path: Path, capsys) -> None:
    y = np.where(np.arange(N) % 5 == 0, "True", "False")
    X = np.random.default_rng(0).standard_normal(N) + (y == "True")
    pd.DataFrame({"x": X, "y": y}).to_csv(tmp_path / "in.csv", index=False)
    model = str(tmp_path / "m.skops")
    words = ["-t", "y", "-e", "logistic", "--metric", "f1", "--out", model]
    assert run(["fit", str(tmp_path / "in.csv"), *words]) == DONE
    out = str(tmp_path / "out.csv")
    assert run(["predict", model, str(tmp_path / "in.csv"), "--out", out]) == DONE
    assert set(pd.read_csv(out, dtype=str)["decision"]) == {"True", "False"}
    (tmp_path / "semicolon.csv").write_text("x|y\n1.0|True\n")
    assert run(["predict", model, str(tmp_path / "semicolon.csv"), "--out", out]) == BAD_INPUT
    assert "pass it as --separator" in capsys.readouterr().err.lower()


def test_columns_of_another_kind_in_parquet_are_named(folder: Path, capsys) -> None:
    frame(5).assign(price="1", since=3).to_parquet(folder / "kinds.parquet")
    words = ["predict", str(folder / "m.skops"), str(folder / "kinds.parquet"), "--out", "x.csv"]
    assert run(words) == BAD_INPUT
    assert "is read as " in capsys.readouterr().err


def test_files_that_are_not_models(folder: Path, tmp_path: Path, capsys) -> None:
    import skops.io

    skops.io.dump([1, 2], tmp_path / "list.skops")
    (tmp_path / "text.skops").write_text("text")
    for name, message in (("list", "is not a model of `poise fit`"), ("text", "cannot be read")):
        words = [
            "predict",
            str(tmp_path / f"{name}.skops"),
            str(folder / "in.csv"),
            "--out",
            "x.csv",
        ]
        assert run(words) == BAD_INPUT
        assert message in capsys.readouterr().err


def test_explain_says_how_columns_are_read(folder: Path, capsys) -> None:
    assert run(["predict", str(folder / "m.skops"), str(folder / "in.csv"), "--explain"]) == DONE
    shown = capsys.readouterr().out
    assert "smote with boosting, fitted on 300 rows" in shown
    for line in ("id      integer", "carried", "left out", "zip     identifier", "not used"):
        assert line in shown
