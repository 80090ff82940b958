"""Stored comparisons: whatever is missing or of another form is refused, and what is read can be used."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from poise.comparison import Comparison
from poise.comparison.stored import check_form
from poise.core.errors import FileError

MISSING = object()


def damaged(whole: Any) -> Iterator[tuple[str, Any]]:
    """Yield the content with one part left out, or replaced by something else."""
    places = [(name,) for name in whole]
    places += [("facts", name) for name in whole["facts"]]
    places += [("pictures", name) for name in whole["pictures"]]
    places += [("values", 0), ("described", 0), ("status", 0), ("facts", "margins", "roc_auc")]
    places += [("by_repeat", 0), ("by_repeat", 0, 5), ("gains", 0), ("gains", 0, 5)]
    places += [("gains", 0, 5, name) for name in whole["gains"][0][5]]
    places += [("pictures", "scatter", name) for name in whole["pictures"]["scatter"]]
    places += [("pictures", name, 0) for name in ("pr", "threshold", "reliability", "diagnosis")]
    places += [("pictures", "pr", 0, 2), ("values", 0, 4), ("values", 0, 5), ("status", 0, 2)]
    for place in places:
        for other in (MISSING, None, -5, 0.5, "x", [], {}, [[1, 2]], {"a": {"b": 1}}, 10**400):
            copy = json.loads(json.dumps(whole))
            part = copy
            for step in place[:-1]:
                part = part[step]
            if other is MISSING:
                del part[place[-1]]
            else:
                part[place[-1]] = other
            yield f"{place} {other!r:.20}", copy


def test_what_to_json_writes_has_the_form(
    result: Comparison, single: Comparison, with_ratios: Comparison
) -> None:
    for one in (result, single, with_ratios):
        check_form(json.loads(one.to_json()))


def test_every_damage_is_an_error_that_names_the_file_or_does_no_harm(
    result: Comparison, tmp_path: Path
) -> None:
    path = tmp_path / "r.json"
    n_refused = 0
    for _, content in damaged(json.loads(result.to_json())):
        path.write_text(json.dumps(content))
        try:
            found = Comparison.load(path)
        except FileError as error:
            assert "r.json" in str(error)  # noqa: PT017  # most are errors, and the others must work
            n_refused += 1
        else:
            assert found.summary()
            assert found.to_markdown()
            assert repr(found)
    assert n_refused > 400


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "null",
        "[]",
        "{}",
        "[" * 100_000,
        '{"format": 3, "values": NaN}',
        "\x00",
        '{"format',
    ],
)
def test_a_file_of_something_else_is_an_error_with_a_way_out(tmp_path: Path, text: str) -> None:
    path = tmp_path / "r.json"
    path.write_text(text)
    with pytest.raises(FileError, match="Pass a file that Comparison.save wrote, or run poise"):
        Comparison.load(path)


def test_a_binary_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileError, match="does not hold a comparison"):
        Comparison.load(tmp_path / "r.json")
