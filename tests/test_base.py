"""The worked example of a user's own method keeps the contract."""

from __future__ import annotations

import doctest
import re
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import own_methods
import pytest
from big_tables import assert_same_rows, in_memory, mixed, numbers
from own_methods import LNSMOTE, SurroundedRows

from poise import big
from poise.testing import check_resampler


def test_the_worked_example_keeps_the_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parents[1] / "docs" / "own_method.md").read_text(encoding="utf-8")
    examples = doctest.DocTestParser().get_examples(page)
    module = types.ModuleType("my_method")
    monkeypatch.setitem(sys.modules, "my_method", module)
    for example in examples[:3]:  # the imports and the class
        exec(example.source, module.__dict__)  # our own page
    for container in ("numpy float64", "mixed pandas", "mixed pyarrow", "csr_array", "lists"):
        check_resampler(module.CloseSMOTE(), [container])


OWN = [
    LNSMOTE(random_state=0),
    LNSMOTE(random_state=1, k_neighbors=3, neighbor_space="standard"),
    SurroundedRows(),
    SurroundedRows(n_neighbors=1, sampling_strategy="all", neighbor_space="standard"),
]


@pytest.mark.filterwarnings("ignore::poise.core.errors.PoiseWarning")
@pytest.mark.parametrize("table", [numbers(600), numbers(600, 3, minority=0.25), mixed(500)])
@pytest.mark.parametrize("sampler", OWN, ids=repr)
def test_a_method_of_ones_own_is_streamed_as_it_is(sampler: Any, table: Any) -> None:
    id_column = "id" if "id" in table.column_names else "key"
    found = big.resample(table, sampler, target="y", id=id_column).reader().read_all()
    assert_same_rows(found, in_memory(sampler, table, "y", id_column))


@pytest.mark.parametrize("sampler", [LNSMOTE(), SurroundedRows()], ids=repr)
def test_a_method_of_ones_own_keeps_the_contract(sampler: Any) -> None:
    check_resampler(sampler, ["numpy float64", "mixed polars", "csr_array"])


def test_rows_keep_to_the_safer_end() -> None:
    table = numbers(600)
    X = np.column_stack([table[f"x{j}"].to_numpy() for j in range(4)])
    y = table["y"].to_numpy()
    lineage = LNSMOTE(random_state=0).fit(X, y).plan_.lineage()
    is_blended = lineage.origin == "blended"
    to_enemy = y[lineage.partner[is_blended]] != y[lineage.seed[is_blended]]
    gaps = lineage.gap[is_blended]
    assert gaps[to_enemy].mean() < 0.2 < gaps[~to_enemy].mean()


def test_examples_are_short_and_name_nothing_private() -> None:
    text = Path(own_methods.__file__).read_text(encoding="utf-8")
    assert not re.findall(r"(?<!\w)_[a-z]\w*", text)
