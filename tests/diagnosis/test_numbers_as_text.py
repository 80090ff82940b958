"""numbers-as-text: text that should be numbers is found, and names and codes are not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from poise.diagnosis._columns import numbers_held_as_text
from poise.diagnosis._examined import Examined
from poise.study.event_table import read_event_table

rng = np.random.RandomState(0)
IS_EVENT = np.arange(200) < 30


def examined(table: pd.DataFrame, **options: object) -> Examined:
    return Examined(read_event_table(table, IS_EVENT, pos_label=True, **options))


@pytest.mark.parametrize("decimal", [".", ","])
def test_numbers_are_found_with_their_share(decimal: str) -> None:
    cells = [*(f"{x:.3f}".replace(".", decimal) for x in rng.randn(196)), *["n/k"] * 4]
    found = numbers_held_as_text(examined(pd.DataFrame({"x": rng.randn(200), "price": cells})))
    assert found.status == "issue"
    assert list(found.evidence["columns"]) == ["column 'price'"]
    assert "99% looks like numbers" in found.message
    assert "to_numeric" in found.advice


def test_names_codes_and_declared_columns_are_not() -> None:
    table = pd.DataFrame(
        {"zip": [f"0{i:04d}" for i in range(200)], "kind": rng.choice(["1", "2", "3"], 200)}
    )
    assert numbers_held_as_text(examined(table)).status == "passed"
    table = pd.DataFrame({"n": [f"{i}.5" for i in range(200)]})
    assert numbers_held_as_text(examined(table)).status == "issue"
    declared = examined(table, column_kinds={"n": "categorical"})
    assert numbers_held_as_text(declared).status == "passed"


def test_a_table_of_numbers_has_no_text() -> None:
    found = numbers_held_as_text(examined(pd.DataFrame({"x": rng.randn(200)})))
    assert found.status == "not applicable"
