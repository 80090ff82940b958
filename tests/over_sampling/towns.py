"""A table with two columns of categories, and the votes on them, shared by SMOTE-N and SMOTE-NC."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd


def table(n_rows: int = 300, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.RandomState(seed)
    y = (rng.uniform(size=n_rows) < 0.25).astype(int)
    frame = pd.DataFrame(
        {
            "a": rng.randn(n_rows) + y,
            "town": rng.choice(["Rome", "Oslo", "Bern"], n_rows, p=[0.7, 0.2, 0.1]),
            "b": 3 * rng.randn(n_rows),
            "shop": rng.choice(list("uvwx"), n_rows),
            "c": rng.gamma(2.0, 1.0, n_rows),
        }
    )
    return frame.astype({"town": object, "shop": object}), y


FRAME, Y = table()
CATEGORIES = ["town", "shop"]


def votes_of(plan: Any, column: str) -> list[Counter[str]]:
    recipe = plan.made[0]
    values = FRAME[column].to_numpy()
    return [Counter(values[voters]) for voters in recipe.voters[recipe.ballot]]
