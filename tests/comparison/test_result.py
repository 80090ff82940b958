"""The result: written to JSON and read again, and shown in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from same_values import assert_same_values

from poise.comparison import Comparison
from poise.core.errors import FileError
from poise.core.types import GainVerdict, choices


def test_it_comes_back_from_json(result: Comparison, tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    result.to_json(path)
    again = Comparison.load(path)
    assert_same_values(again, result)
    assert again.summary() == result.summary()
    assert again.status == result.status
    frame = result.verdicts("pandas")
    assert set(frame["verdict"]) <= set(choices(GainVerdict))
    assert len(result.frame("polars")) == 10 * len(result.values)
    path.write_text("{}")
    with pytest.raises(FileError, match="does not hold a comparison"):
        Comparison.load(path)
    with pytest.raises(FileError, match="cannot be read"):
        Comparison.load(tmp_path / "none.json")


def test_files_of_an_older_format_say_so(result: Comparison, tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    content = json.loads(result.to_json())
    del content["format"]
    path.write_text(json.dumps(content))
    with pytest.raises(FileError, match=r"written by Poise \S+, without the number of its format"):
        Comparison.load(path)
    path.write_text("[1, 2]")
    with pytest.raises(FileError, match="does not hold a comparison"):
        Comparison.load(path)


def test_no_prior_and_no_threshold_are_none_in_json_and_again_when_read(
    result: Comparison, tmp_path: Path
) -> None:
    path = tmp_path / "r.json"
    first = json.loads(result.to_json(path))["values"][0]
    assert first[2] is None
    assert list(Comparison.load(path).values) == list(result.values)


def test_one_line_says_what_was_run_and_what_to_do(result: Comparison) -> None:
    assert (
        repr(result)
        == f"<Comparison: event {result.facts['event']}, 4 setups, 10 of 10 folds; {result.advice[0]}>"
    )


@pytest.mark.parametrize("write", ["to_html", "to_json", "to_markdown"])
def test_a_file_that_cannot_be_written_is_an_error_and_leaves_nothing(
    result: Comparison, tmp_path: Path, write: str
) -> None:
    with pytest.raises(FileError, match="There is no folder"):
        getattr(result, write)(tmp_path / "none" / "r")
    with pytest.raises(FileError, match="is a folder"):
        getattr(result, write)(tmp_path)
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    text = getattr(result, write)()
    resource.setrlimit(resource.RLIMIT_FSIZE, (min(len(text) // 2, 1000), hard))
    try:
        with pytest.raises(FileError, match="cannot be written"):
            getattr(result, write)(tmp_path / "r")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []
