"""Command-line arguments as values, and results as text."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poise import Proportion, Ratio
from poise.cli import _values
from poise.cli._commands import run
from poise.cli._values import as_text, parameters, strategy
from poise.core.errors import InputError, UnknownNameError, UnsupportedTypeError
from poise.core.sampling.allocation import rows_to_add
from poise.core.tables.labels import encode


def test_values_are_numbers_flags_none_or_text() -> None:
    settings = ["a=3", "b=0.5", "c=TRUE", "d=none", "e=mode", "f-g=[1, 2]", "h=x=y"]
    expected = {"a": 3, "b": 0.5, "c": True, "d": None, "e": "mode", "f_g": [1, 2], "h": "x=y"}
    assert parameters(settings) == expected


@pytest.mark.parametrize("setting", ["k_neighbors", "=3"])
def test_a_setting_needs_a_name_and_a_value(setting: str) -> None:
    with pytest.raises(InputError, match="is not NAME=VALUE"):
        parameters([setting])


@pytest.mark.parametrize(
    "arguments",
    [
        ["resample", "", "--target", "y", "--out", "out.csv"],
        ["resample", "in.csv", "--target", "y", "--out", ""],
        ["diagnose", "", "--target", "y"],
        ["compare", "in.csv", "--target", "y", "--out", ""],
        ["check-split", "", "test.csv", "--target", "y"],
        ["check", ""],
    ],
)
def test_an_empty_path_is_an_error(arguments: list[str], capsys: Any) -> None:
    assert run(arguments) == 2
    assert "the path is empty" in capsys.readouterr().err


def test_classes_in_json_become_the_labels_of_the_table() -> None:
    assert strategy('{"1": 50, "0.5": 9}').of_counts({1.0: 3, 0.5: 4}) == {1.0: 50, 0.5: 9}
    assert strategy('{"true": 9}').of_counts({True: 3, False: 4}) == {True: 9}
    assert strategy('["2"]').of_counts({2: 5, 3: 6}) == [2]
    with pytest.raises(UnknownNameError, match="no class 'yess'.*Did you mean 'yes'"):
        strategy('{"yess": 5}').of_counts({"yes": 3, "no": 4})


def test_ratios_and_proportions_are_written_as_in_python() -> None:
    assert strategy("Ratio(0.5)") == Ratio(0.5)
    assert strategy("Proportion(0.25)") == Proportion(0.25)
    by_text = strategy('Ratio({"1": 0.5})')
    assert repr(by_text) == 'Ratio({"1": 0.5})'
    assert by_text.of_counts({1.0: 3, 2.0: 9}) == Ratio({1.0: 0.5})
    assert strategy('Ratio({"TRUE": 1.0})').read_with({"TRUE": True}.get).of_counts(
        {True: 3, False: 4}
    ) == Ratio({True: 1.0})
    assert rows_to_add(by_text, encode(np.array([1.0, 2, 2, 2, 2]))) == {0: 1}
    with pytest.raises(InputError, match="above 0 and at most 1"):
        strategy("Ratio(2)")


def test_the_summary_lists_the_counts_per_class() -> None:
    summary = {
        "method": "smote",
        "rows": {"before": 1000, "after": 1800},
        "new_rows": 800,
        "removed_rows": 0,
        "classes": {"yes": {"before": 100, "after": 900}},
        "written": {"out": "o.csv"},
    }
    lines = as_text(summary).splitlines()
    assert lines[0] == "smote: 1,000 rows in, 1,800 out"
    assert lines[4].split() == ["yes", "100", "900"]
    assert lines[-4].split() == ["out", "o.csv"]
    assert lines[-2].startswith("New rows reveal the real rows that they were made from.")


def test_a_sampler_of_ones_own_is_found_in_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own_method.py").write_text(
        "from poise.base import parameter, sampler\nfrom poise import SMOTE\n"
        "@sampler\nclass Near(SMOTE):\n    reach: float = parameter(default=0.5)\n"
        "    def gaps(self, uniforms):\n        return self.reach * uniforms\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    found = _values.sampler_of("own_method:Near", 3, {"reach": 0.1})
    assert repr(found) == "Near(random_state=3, reach=0.1)"
    with pytest.raises(UnknownNameError, match="has no parameter 'rech'. Did you mean 'reach'"):
        _values.sampler_of("own_method:Near", 3, {"rech": 0.1})
    with pytest.raises(UnknownNameError, match="--method own_method:Far cannot be imported"):
        _values.sampler_of("own_method:Far", 3, {})
    with pytest.raises(
        UnsupportedTypeError, match="not a class of samplers. Subclass one of poise.base"
    ):
        _values.sampler_of("json:loads", 3, {})


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a": 1'])
def test_what_is_not_json_is_shown_shortly(text: str) -> None:
    with pytest.raises(InputError, match="is not valid JSON") as raised:
        strategy(text)
    assert len(str(raised.value)) < 300


@pytest.mark.parametrize("text", ["", "9" * 5000])
def test_other_text_is_left_to_the_sampler(text: str) -> None:
    assert strategy(text) == text


@pytest.mark.parametrize("method", [":X", "a:", ".a:X", "my.py-x:X", "a b:X"])
def test_what_cannot_be_imported_is_not_a_method(method: str) -> None:
    with pytest.raises(UnknownNameError, match=r"nor package\.module:Class"):
        _values.sampler_of(method, 0, {})


def test_classes_may_be_written_as_in_the_file() -> None:
    counts = {True: 3, False: 4}
    assert strategy('{"True": 9}').of_counts(counts) == {True: 9}
    written = strategy('{"TRUE": 9}').read_with({"TRUE": True}.get)
    assert written.of_counts(counts) == {True: 9}
    assert strategy('["1.0", "x"]').read_with({"1.0": 1.0}.get).of_counts({1.0: 2, "x": 3}) == [
        1.0,
        "x",
    ]
