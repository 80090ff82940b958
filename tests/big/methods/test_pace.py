"""The duration of a run is estimated from the time that some rows take."""

from __future__ import annotations

import pyarrow as pa
import pytest
from big_tables import mixed, numbers

from poise import SMOTE, TomekLinks, big
from poise.big.methods.pace import Pace, pace_of
from poise.core.tables.declared import Declared


def test_reading_writing_and_searching_are_timed() -> None:
    table = mixed(2000)
    features = tuple(name for name in table.column_names if name not in ("y", "key"))
    pace = pace_of(lambda: table, features, Declared(), 3)
    assert min(pace.read, pace.write, pace.index, pace.query) > 0
    assert 0 <= pace.growth <= 1
    assert pace.block_rows == 2000
    without = pace_of(lambda: table, features, Declared(), 0)
    assert without.query == without.index == 0


def test_a_search_is_scaled_with_rows_queries_and_the_size_of_blocks() -> None:
    pace = Pace(0, 0, index=1e-6, query=1e-4, growth=0.5, block_rows=1000)
    assert pace.search(1000, 10, 1000) == pytest.approx(1e-3 + 10 * 1e-4)
    assert pace.search(8000, 10, 4000) == pytest.approx(8e-3 + 2 * 10 * 2e-4)
    assert pace.search(500, 10, 4000) == pytest.approx(5e-4 + 10 * 1e-4 * 0.5**0.5)


def test_a_source_of_few_rows_has_no_time_of_searches() -> None:
    table = pa.table({"x": [1.0, 2.0, 3.0], "y": [0, 0, 1]})
    assert pace_of(lambda: table, ("x",), Declared(), 1).query == 0


def test_explain_says_the_time_and_more_work_takes_more() -> None:
    table = numbers(4000)
    cheap, dear = (
        big.explain(table, sampler, target="y", id="id")
        for sampler in (SMOTE(random_state=0), TomekLinks())
    )
    assert cheap.seconds is not None
    assert dear.seconds is not None
    assert 0 < cheap.seconds < 60
    assert "  time       about 1 s on this machine" in str(cheap)
    assert "  disk       about " in str(cheap)
