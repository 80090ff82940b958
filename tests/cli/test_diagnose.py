"""poise diagnose and poise check-split: findings on stdout, exit code 1 on a finding."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split

import poise
from poise.cli._commands import run
from poise.cli._terminal import BAD_INPUT, DONE

FOUND = 1


@pytest.fixture
def table(tmp_path: Path) -> Path:
    X, y = make_classification(300, n_features=4, weights=[0.8], random_state=0)
    path = tmp_path / "in.csv"
    pd.DataFrame(X, columns=list("abcd")).assign(
        y=np.where(y == 1, "yes", "no"), closed=np.where(y == 1, "late", "never")
    ).to_csv(path, index=False)
    return path


def test_findings_are_printed_and_fail_from_the_given_severity(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["diagnose", str(table), "--target", "y", "--jobs", "1"]
    page = table.parent / "page.html"
    assert run([*words, "--out", str(page)]) == DONE
    message = capsys.readouterr()
    assert message.out.startswith("The event is yes.\nP10 leaking-column (error)")
    assert "Written: " in message.err
    assert page.read_text().startswith("<!doctype html>")
    assert run([*words, "--fail-on", "error"]) == FOUND
    assert "Failed: 1 finding of severity error or higher." in capsys.readouterr().err
    mute = ["--mute", "leaking-column", "--mute", "one-class-category"]
    assert run([*words, *mute, "--fail-on", "error", "--json"]) == DONE
    whole = json.loads(capsys.readouterr().out)
    assert "leaking-column" not in {finding["name"] for finding in whole["findings"]}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--event", "maybe"], "--event maybe is not a class of y; the classes are no, yes."),
        (["--mute", "leaks"], "There is no check 'leaks'"),
        (["--fail-on", "anything"], "anything"),
        (["--out", "nowhere/r.html"], "nowhere"),
    ],
)
def test_bad_options_exit_with_code_2_and_a_message(
    table: Path, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["diagnose", str(table), "--target", "y", *words]) == BAD_INPUT
    assert message in capsys.readouterr().err


def test_a_leaking_split_is_a_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    X, y = make_classification(600, n_features=6, weights=[0.9], random_state=0)
    paths = {}
    for name, (table, labels) in {
        "leaks": poise.SMOTE(random_state=0).fit_resample(X, y),
        "honest": (X, y),
    }.items():
        frame = pd.DataFrame(table, columns=list("abcdef")).assign(y=labels)
        for part, rows in zip(
            ("train", "test"), train_test_split(frame, random_state=0), strict=True
        ):
            paths[name, part] = str(tmp_path / f"{name}-{part}.parquet")
            rows.to_parquet(paths[name, part])
    suspects = tmp_path / "suspects.csv"
    words = ["check-split", paths["leaks", "train"], paths["leaks", "test"], "--target", "y"]
    assert run([*words, "--rows", str(suspects)]) == FOUND
    assert capsys.readouterr().out.startswith("leak: ")
    assert {"row", "first", "second"} <= set(pd.read_csv(suspects).columns)
    words = [
        "check-split",
        paths["honest", "train"],
        paths["honest", "test"],
        "--target",
        "y",
        "--json",
    ]
    assert run(words) == DONE
    assert json.loads(capsys.readouterr().out)["verdict"] == "clean"


def test_input_files_are_never_overwritten(table: Path) -> None:
    words = ["check-split", str(table), str(table.with_name("other.csv")), "--target", "y"]
    table.with_name("other.csv").write_bytes(table.read_bytes())
    before = table.read_bytes()
    assert run([*words, "--rows", str(table)]) == BAD_INPUT
    assert table.read_bytes() == before
