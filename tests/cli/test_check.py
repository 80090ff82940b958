"""`poise check`: a result is compared with its manifest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from poise.cli._commands import run


def test_a_result_is_checked_kept_and_replaced(source: Path, tmp_path: Path, capsys: Any) -> None:
    out = tmp_path / "out"
    words = ["resample", str(source), "-t", "y", "--stream", "--out", str(out), "--links", "copy"]
    assert run(words) == 0
    assert run(["check", str(out)]) == 0
    assert f"{str(out)!r} is whole: 4 files" in capsys.readouterr().out
    assert run(words) == 2
    assert "--if-exists replace" in capsys.readouterr().err
    assert run([*words, "--if-exists", "skip"]) == 0
    assert "was there already, made with the same options" in capsys.readouterr().err
    (out / "made-00000.parquet").unlink()
    assert run(["check", str(out)]) == 1
    assert "made-00000.parquet  is missing" in capsys.readouterr().out
    assert run(["check", str(out), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["is_whole"] is False
    assert run([*words, "--if-exists", "replace"]) == 0
    assert run(["check", str(out)]) == 0
    assert run(["check", str(source)]) == 2
    assert "holds no manifest" in capsys.readouterr().err
