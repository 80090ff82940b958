"""one-class-category: categories of one class alone, more than chance explains."""

from __future__ import annotations

import numpy as np
import pandas as pd

from poise.diagnosis._columns import one_class_category
from poise.diagnosis._examined import Examined
from poise.study.event_table import read_event_table


def seen(town):
    return one_class_category(
        Examined(
            read_event_table(pd.DataFrame({"town": town}), np.arange(400) < 60, pos_label=True)
        )
    )


def test_a_category_of_the_event_alone_is_an_issue() -> None:
    found = seen(["port"] * 20 + ["hill", "vale"] * 190)
    assert found.status == "issue"
    assert found.evidence["only_event"] == [
        {"column": "column 'town'", "rows": 20, "example_row": 0}
    ]


def test_a_large_category_without_the_event_is_a_tip_and_a_small_one_is_chance() -> None:
    assert seen(["hill"] * 300 + ["vale"] * 100).status == "tip"
    assert seen(["hill"] * 390 + ["vale"] * 10).status == "passed"


def test_the_check_does_not_apply_without_categories() -> None:
    X = np.arange(60.0)[:, np.newaxis]
    assert (
        one_class_category(Examined(read_event_table(X, np.arange(60) < 9, pos_label=True))).status
        == "not applicable"
    )
