"""Checks of values and columns that are not what they seem: ordinary tables pass."""

from __future__ import annotations

from typing import Any

import pytest
from ordinary import BASE, seen

from poise.datasets import load_abalone, load_hypothyroid, load_wine_quality
from poise.diagnosis import _related
from poise.diagnosis._examined import Examined
from poise.study.event_table import read_event_table

CHECKS = [
    _related.repeated_identifier,
    _related.missing_value_mark,
    _related.near_duplicate_column,
    _related.sum_of_columns,
    _related.one_hot_columns,
]


@pytest.mark.parametrize("check", CHECKS)
def test_ordinary_tables_pass(check: Any) -> None:
    assert seen(check, BASE).status == "passed"
    for load in (load_abalone, load_hypothyroid, load_wine_quality):
        data = load()
        table = data.frame("pandas")
        y = table.pop(data.target)
        found = check(Examined(read_event_table(table, y)))
        assert found.status in ("passed", "not applicable"), found.message
