"""Which parts of a source a finished result has, and in which files."""

from __future__ import annotations

from pathlib import Path

import pytest

from poise.big.earlier import NO_ROWS, EarlierRows, by_class
from poise.big.storage.extending import earlier_files, earlier_rows, places_before
from poise.core.errors import FileError


def test_parts_of_equal_content_are_found_in_order() -> None:
    before = {"a": "x", "b": "", "c": "", "d": "y"}
    now = {"0": "new", "b": "", "d": "y", "c": "", "e": "", "a": "x"}
    assert places_before(Path("out"), before, now) == [None, 1, 3, 2, None, 0]
    with pytest.raises(FileError, match="'c' is missing, and its rows are in the result in 'out'"):
        places_before(Path("out"), before, {"a": "x", "b": "", "d": "y"})
    with pytest.raises(FileError, match="'d' has changed"):
        places_before(Path("out"), before, now | {"d": "z"})


def test_files_are_those_of_parts_or_of_new_rows() -> None:
    names = [
        "k=1/part-00000-part-00001.parquet",
        "k=1/made-00001.parquet",
        "k=2/made-00012.parquet",
    ]
    names += ["k=2/part-100000.parquet", "k=2/part-00003-made-00040.parquet"]
    files = {name: {"rows": number} for number, name in enumerate(names)}
    found = earlier_files(Path("out"), {"files": files}, [None, 3, 100_000, 0, 7])
    rows = {part: {n: e["rows"] for n, e in each.items()} for part, each in found.of_part.items()}
    assert rows == {1: {names[4]: 4}, 2: {names[3]: 3}, 3: {names[0]: 0}, 4: {}}
    assert list(found.made) == names[1:3]
    assert found.next_made == 13
    assert earlier_files(Path("out"), {"files": {}}, [None]).next_made == 0


def test_rows_of_a_result_are_those_of_its_manifest() -> None:
    classes = {"a": {"before": 90, "after": 90}, "b": {"before": 10, "after": 85}}
    manifest = {"classes": classes, "rates": None, "numbers": {"id": [-1, -1]}}
    grown = earlier_rows(manifest)
    assert grown == EarlierRows(
        {"a": 90, "b": 10}, {"a": 90, "b": 10}, {"a": 0, "b": 75}, {"id": (-1, -1)}
    )
    assert (grown.n_kept, grown.n_made) == (100, 75)
    classes = {"a": {"before": 90, "after": 9}, "b": {"before": 10, "after": 10}}
    drawn = earlier_rows({"classes": classes, "rates": {"a": 0.1, "b": 1.0}, "numbers": {}})
    assert drawn == EarlierRows({"a": 90, "b": 10}, {"a": 9, "b": 10})
    assert by_class(drawn.kept, ["b", "c", "a"]).tolist() == [10, 0, 9]
    assert (NO_ROWS.n_kept, NO_ROWS.n_made) == (0, 0)
