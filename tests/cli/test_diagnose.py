"""poise diagnose and poise check-split: findings on stdout, exit code 1 on a finding."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

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
    assert message.out.startswith("The event is yes.\nP10 leaking-column (warning)")
    assert "Written: " in message.err
    assert page.read_text().startswith("<!doctype html>")
    assert run([*words, "--fail-on", "warning"]) == FOUND
    assert "of severity warning or higher." in capsys.readouterr().err
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


TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}


def check_schema(value: Any, schema: dict[str, Any]) -> None:
    """Check a value by the words of JSON Schema that the schema of check-split uses."""
    known = {"$schema", "title", "description", "type", "enum", "required", "properties", "items"}
    assert set(schema) <= known | {"additionalProperties", "minimum"}
    names = schema.get("type", [])
    kinds = [TYPES[name] for name in ([names] if isinstance(names, str) else names)]
    assert not kinds or any(isinstance(value, kind) for kind in kinds)
    assert value in schema.get("enum", [value])
    assert "minimum" not in schema or value >= schema["minimum"]
    if isinstance(value, dict) and "properties" in schema:
        assert set(schema["required"]) <= set(value) <= set(schema["properties"])
        for name, item in value.items():
            check_schema(item, schema["properties"][name])
    if isinstance(value, list):
        for item in value:
            check_schema(item, schema["items"])


@pytest.mark.parametrize("n_classes", [2, 3])
def test_the_json_of_a_diagnosis_follows_the_schema_that_is_printed(
    n_classes: int, tmp_path: Path, capsys
) -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"x": rng.normal(size=200), "y": np.arange(200) % 9 % n_classes})
    table.to_parquet(tmp_path / "in.parquet")
    assert run(["diagnose", "--json-schema"]) == DONE
    schema = json.loads(capsys.readouterr().out)
    words = ["diagnose", str(tmp_path / "in.parquet"), "-t", "y", "--json", "--mute", "P16"]
    assert run(words) == DONE
    check_schema(json.loads(capsys.readouterr().out), schema)


@pytest.mark.parametrize("method", [None, "smote", "random-over"])
@pytest.mark.parametrize("labels", [["no", "yes"], [0, 1]])
def test_the_json_of_a_split_follows_the_schema_that_is_printed(
    method: str | None, labels: list[Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["check-split", "--json-schema"]) == DONE
    schema = json.loads(capsys.readouterr().out)
    X, y = make_classification(600, n_features=6, weights=[0.9], random_state=0)
    y = np.array(labels)[y]
    if method is not None:
        X, y, *_ = poise.resample(X, y, method=method, random_state=0)
    frame = pd.DataFrame(X, columns=list("abcdef")).assign(y=y)
    paths = [tmp_path / "train.parquet", tmp_path / "test.parquet"]
    for path, part in zip(paths, train_test_split(frame, random_state=0), strict=True):
        part.to_parquet(path)
    code = run(["check-split", *map(str, paths), "-t", "y", "--json"])
    assert code == (DONE if method is None else FOUND)
    found = json.loads(capsys.readouterr().out)
    check_schema(found, schema)
    assert bool(found["rows"]) == (method is not None)
    assert len(found["rows"]) <= 100


def test_a_split_that_cannot_be_judged_fails_if_it_must_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = pd.DataFrame({"a": np.arange(60) % 7, "b": 1.5, "y": np.arange(60) % 2})
    for name in ("train.csv", "test.csv"):
        frame.to_csv(tmp_path / name, index=False)
    words = ["check-split", str(tmp_path / "train.csv"), str(tmp_path / "test.csv"), "-t", "y"]
    assert run(words) == DONE
    assert run([*words, "--strict"]) == 4
    out = capsys.readouterr().out
    assert out.startswith("cannot tell: ")
    assert "To do: Ask where the table comes from." in out


def test_input_files_are_never_overwritten(table: Path) -> None:
    words = ["check-split", str(table), str(table.with_name("other.csv")), "--target", "y"]
    table.with_name("other.csv").write_bytes(table.read_bytes())
    before = table.read_bytes()
    assert run([*words, "--rows", str(table)]) == BAD_INPUT
    assert table.read_bytes() == before
