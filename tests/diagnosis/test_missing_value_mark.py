"""missing-value-mark: numbers that stand for missing values."""

from __future__ import annotations

import numpy as np
import pytest
from ordinary import BASE, RNG, N, seen

from poise.diagnosis import _related


@pytest.mark.parametrize("mark", [-999, -99, 9999, -1])
def test_numbers_that_mean_missing_are_named_with_their_count(mark: int) -> None:
    column = BASE["count"].where(RNG.random_sample(N) > 0.3, mark)
    found = seen(_related.missing_value_mark, BASE.assign(count=column))
    assert found.status == "issue"
    evidence = found.evidence["columns"]["column 'count'"]
    assert evidence == {"value": mark, "rows": int((column == mark).sum()), "is_far": mark != -1}
    assert f"holds {mark} in" in found.message
    assert ("far from all other values" in found.message) == (mark != -1)


def test_negative_numbers_and_ends_of_a_range_are_not_marks() -> None:
    table = BASE.assign(
        temperature=RNG.normal(0, 5, N).round(), score=np.clip(RNG.normal(500, 300, N), 0, 999)
    )
    assert seen(_related.missing_value_mark, table).status == "passed"
