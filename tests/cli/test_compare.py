"""poise compare: advice on stdout, files where asked."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_classification

from poise.cli._commands import run
from poise.cli._terminal import BAD_INPUT, DONE

COMMON = [
    "--target",
    "y",
    "-a",
    "smote",
    "-e",
    "logistic",
    "--repeats",
    "1",
    "--cv",
    "3",
    "--jobs",
    "1",
]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    X, y = make_classification(300, n_features=4, weights=[0.85], random_state=0)
    frame = pd.DataFrame(X, columns=list("abcd"))
    frame["day"] = pd.date_range("2026-01-01", periods=300).astype(str)
    frame["house"] = np.arange(300) // 3
    frame["y"] = np.where(y == 1, "yes", "no")
    path = tmp_path / "in.csv"
    frame.to_csv(path, index=False)
    return path


def test_advice_is_printed_and_the_requested_files_are_written(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = {name: table.parent / f"r.{name}" for name in ("html", "json", "md")}
    words = ["--out", paths["html"], "--json", paths["json"], "--markdown", paths["md"]]
    assert run(["compare", str(table), *COMMON, "--costs", "1", "9", *map(str, words)]) == DONE
    message = capsys.readouterr()
    assert "move the threshold" in message.out
    assert message.err.count("Written: ") == 3
    assert json.loads(paths["json"].read_text())["facts"]["event"] == "yes"
    assert paths["html"].read_text().startswith("<!doctype html>")
    assert "by cost" in paths["html"].read_text()


@pytest.mark.parametrize("words", [["--groups", "house"], ["--time", "day"], ["--event", "no"]])
def test_groups_time_and_event_are_options(table: Path, words: list[str]) -> None:
    assert run(["compare", str(table), *COMMON, *words]) == DONE


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--event", "maybe"], "--event maybe is not a class of y; the classes are no, yes."),
        (["-a", "smoot"], "There is no approach 'smoot'"),
        (["--costs", "0", "5"], "are inconsistent"),
        (["--groups", "town"], "town"),
        (["--out", "nowhere/r.html"], "nowhere"),
    ],
)
def test_bad_options_exit_with_code_2_and_a_message(
    table: Path, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["compare", str(table), *COMMON, *words]) == BAD_INPUT
    assert message in capsys.readouterr().err


def test_all_results_can_go_to_standard_output(table: Path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(table.parent)
    assert run(["compare", str(table), *COMMON, "--json", "-"]) == DONE
    captured = capsys.readouterr()
    assert json.loads(captured.out)["facts"]["n_rows"] == 300
    assert "The event is yes" in captured.err
    assert not Path("-").exists()


def test_ctrl_c_reports_what_is_finished_and_exits_with_130(table: Path) -> None:
    words = ["poise", "compare", str(table), *COMMON, "--json", str(table.with_suffix(".json"))]
    code = (
        "import os, signal, sys, poise.cli, poise.comparison.run as run\n"
        "real, done = run.fit_arm, []\n"
        "def fitted(*args):\n"
        "    done.append(1)\n"
        "    if len(done) == 4: os.kill(os.getpid(), signal.SIGINT)\n"
        "    return real(*args)\n"
        f"run.fit_arm = fitted; sys.argv = {words}; poise.cli.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 130, done.stderr
    assert "The event is yes" in done.stdout
    assert "Traceback" not in done.stderr
    facts = json.loads(table.with_suffix(".json").read_text())["facts"]
    assert 0 < facts["n_folds"] < facts["n_planned"]


def test_the_page_of_one_approach_has_no_picture_of_differences(table: Path) -> None:
    words = ["compare", str(table), "--target", "y", "-a", "as-is", "-e", "tree", "--repeats", "1"]
    page = table.with_suffix(".html")
    assert run([*words, "--cv", "2", "--out", str(page)]) == 0
    assert page.read_text(encoding="utf-8").rstrip().endswith("</html>")


def test_the_file_to_resume_from_is_not_an_output_too(table: Path, capsys) -> None:
    words = ["compare", str(table), "--target", "y", "--resume", "r.html", "--out", "r.html"]
    assert run(words) == 2
    assert "--resume 'r.html' is also --out" in capsys.readouterr().err


def test_parameters_of_approaches_are_set(table: Path) -> None:
    out = table.with_suffix(".json")
    words = ["compare", str(table), *COMMON, "--json", str(out), "--metric", "f1"]
    assert run([*words, "--set", "smote.k_neighbors=3"]) == DONE
    facts = json.loads(out.read_text())["facts"]
    assert facts["primary_metric"] == "f1"
    assert "k_neighbors=3" in facts["approaches"]["smote"]
    assert "neighbor_space='standard'" in facts["approaches"]["smote"]
    of_half = ["--approach", "smote@0.5", "--set", "smote@0.5.k_neighbors=3"]
    assert run([*words, *of_half]) == DONE
    approaches = json.loads(out.read_text())["facts"]["approaches"]
    assert "k_neighbors=3" in approaches["smote@0.5"]
    assert "k_neighbors=5" in approaches["smote"]


def test_several_classes_are_compared_from_the_command_line(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = pd.read_csv(table)
    frame["y"] = np.where(np.arange(len(frame)) % 3 == 0, "c", frame["y"].astype(str))
    several = table.with_name("several.csv")
    frame.to_csv(several, index=False)
    page = table.with_suffix(".html")
    words = ["compare", str(several), *COMMON, "--out", str(page)]
    assert run(words) == DONE
    said = " ".join(capsys.readouterr().out.split())
    assert "3 classes; the rarest is" in said
    assert "finds of 100 rows each" in said
    assert "of 3 classes" in page.read_text(encoding="utf-8")
    assert run([*words, "--costs", "1", "9"]) == BAD_INPUT
    assert "Pass CostMatrix" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        (
            "smoot.k_neighbors=3",
            "no approach 'smoot' with parameters was asked for; those are 'smote'",
        ),
        ("smote.k_neighbours=3", "smote has no parameter 'k_neighbours'"),
        ("k_neighbors=3", "write it like this: --set smote.k_neighbors=3."),
        (
            "smote.k_neighbors=many",
            "Got 'many' instead.",
        ),
    ],
)
def test_other_parameters_are_refused(
    table: Path, capsys: pytest.CaptureFixture[str], setting: str, words: str
) -> None:
    assert run(["compare", str(table), *COMMON, "--set", setting]) == BAD_INPUT
    captured = capsys.readouterr()
    assert words in " ".join((captured.out + captured.err).split())


def test_one_of_several_classes_is_compared_with_the_rest(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = pd.read_csv(table)
    frame["y"] = np.where(frame["y"] == "yes", "yes", np.where(frame["a"] > 0, "no", "perhaps"))
    frame.to_csv(table, index=False)
    assert run(["compare", str(table), *COMMON, "--event", "yes"]) == DONE
    assert "The event is yes: " in capsys.readouterr().out
