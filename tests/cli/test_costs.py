"""Costs on the command line: two numbers, or a matrix whose classes may stand in any order."""

from __future__ import annotations

from pathlib import Path

import pytest

from poise.cli._costs import check_one_of_costs, costs_of
from poise.core.errors import FileError, InputError


def test_two_numbers_and_nothing() -> None:
    assert costs_of((1, 20), None, ["no", "yes"]).costs.tolist() == [[0, 1], [20, 0]]
    assert costs_of(None, None, ["no", "yes"]) is None


@pytest.mark.parametrize("separator", [",", ";"])
def test_a_matrix_is_read_by_the_names_of_its_classes(tmp_path: Path, separator: str) -> None:
    path = tmp_path / "costs.csv"
    text = "true,3,1,2\n2,4,2,0\n1,3.5,0,1\n\n3,0,5,6\n"
    path.write_text(text.replace(",", separator))
    found = costs_of(None, path, [1, 2, 3])
    assert found.costs.tolist() == [[0, 1, 3.5], [2, 0, 4], [5, 6, 0]]
    assert found.classes.tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("true,a,b\na,0,1\n", "not a square table"),
        ("true,a,c\na,0,1\nc,1,0\n", "the target has the classes 'a', 'b'"),
        ("true,a,b\na,0,x\nb,1,0\n", "holds 'x' where a cost belongs"),
        ("true,a,a\na,0,1\nb,1,0\n", "has the decisions 'a', 'a'"),
        ("true,a,b\na,5,1\nb,1,0\n", "costs"),
    ],
)
def test_bad_files_are_explained(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "costs.csv").write_text(text)
    with pytest.raises(InputError, match=message):
        costs_of(None, tmp_path / "costs.csv", ["a", "b"])


def test_files_that_are_not_there_and_both_options() -> None:
    with pytest.raises(FileError, match="nowhere.csv' cannot be read"):
        costs_of(None, Path("nowhere.csv"), ["a", "b"])
    with pytest.raises(InputError, match="Pass one of them"):
        check_one_of_costs((1, 2), Path("costs.csv"))
