"""Categories are near if they have similar class frequencies."""

from __future__ import annotations

import numpy as np
import pandas as pd

from poise.over_sampling import SMOTEN


def test_many_categories_of_three_classes_take_little_memory() -> None:
    n_rows = 6000
    X = pd.DataFrame({"id": [f"u{i}" for i in range(n_rows)], "c": ["a", "b"] * (n_rows // 2)})
    y = np.repeat([0, 1, 2], [n_rows - 400, 200, 200])
    assert len(SMOTEN(random_state=0).fit(X, y).plan_) == 3 * (n_rows - 400)
