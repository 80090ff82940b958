"""Progress lines off a terminal: every ten seconds, with the time left."""

from __future__ import annotations

import json
from typing import Any

import pytest

from poise.cli._log import log_lines
from poise.core.progress import Progress


class Clock:
    """A clock that a test moves."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_line_every_ten_seconds_with_the_time_left(capsys: Any) -> None:
    clock = Clock()
    report = log_lines(clock=clock)
    for second in range(26):
        clock.now = 100.0 + second
        report(Progress("counting classes", 100 * second, 4000))
    assert capsys.readouterr().err.splitlines() == [
        "[0:00:10] counting classes: 1,000 of 4,000 rows, about 30 s left",
        "[0:00:20] counting classes: 2,000 of 4,000 rows, about 20 s left",
    ]


def test_the_time_left_is_that_of_the_stage_and_missing_while_unknown(capsys: Any) -> None:
    clock = Clock()
    report = log_lines(clock=clock)
    report(Progress("one", 5, 10))
    clock.now += 3600
    report(Progress("two", 5, 0))
    clock.now += 65
    report(Progress("two", 50, 0))
    clock.now += 65
    report(Progress("folds", 2, 6, unit="folds", seconds_left=90.0))
    assert capsys.readouterr().err.splitlines() == [
        "[1:00:00] two: 5 rows",
        "[1:01:05] two: 50 rows",
        "[1:02:10] folds: 2 of 6 folds, about 90 s left",
    ]


def test_json_lines_have_one_form(capsys: Any) -> None:
    clock = Clock()
    report = log_lines(as_json=True, clock=clock)
    report(Progress("writing", 0, 400))
    clock.now += 30
    report(Progress("writing", 100, 400, n_bytes=7))
    (line,) = capsys.readouterr().err.splitlines()
    facts = json.loads(line)
    assert facts.pop("time").endswith("+00:00")
    assert facts == {
        "stage": "writing",
        "done": 100,
        "total": 400,
        "unit": "rows",
        "bytes": 7,
        "seconds_left": 90.0,
    }


@pytest.mark.parametrize("words", [[], ["--log", "json"]])
def test_a_short_run_writes_no_line(words: list[str], tmp_path: Any, capsys: Any) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from poise.cli._commands import run

    (tmp_path / "in").mkdir()
    rows = pa.table({"x": [i + 0.25 for i in range(60)], "y": [0] * 50 + [1] * 10})
    pq.write_table(rows, tmp_path / "in" / "a.parquet")
    out = str(tmp_path / "out")
    assert run(["resample", str(tmp_path / "in"), "-t", "y", "--stream", "-o", out, *words]) == 0
    assert capsys.readouterr().err == ""


def test_with_json_all_messages_are_lines_of_json(tmp_path: Any, capsys: Any) -> None:
    from poise.cli._commands import run

    (tmp_path / "in.csv").write_text("x,y\n1,0\n", encoding="utf-8")
    words = ["diagnose", str(tmp_path / "in.csv"), "--log", "json"]
    assert run([*words, "-t", "z"]) == 2
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert "There is no column 'z'" in lines[-1]["message"]
    assert set(lines[0]) == {"time", "message"}
    assert run([*words[:2], "-t", "z"]) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("Error: ")
