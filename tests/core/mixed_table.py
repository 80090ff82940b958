"""A table with columns of every kind, shared by the tests of core."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

N, M = 300, 80  # rows, of which of the smaller class


def table(seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """A table of every kind, with missing values in all but one column."""
    rng = np.random.RandomState(seed)
    y = rng.permutation(np.repeat(["no", "yes"], [N - M, M]))
    shift = np.where(y == "yes", 1.0, 0.0)

    def with_missing(values: Any, share: float = 0.15) -> Any:
        return values.mask(rng.uniform(size=N) < share)

    day = pd.Series(pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.randint(0, 9000, N), "h"))
    frame = pd.DataFrame(
        {
            "income": rng.gamma(2.0, 10.0, N) + 5 * shift,
            "score": with_missing(pd.Series(rng.randn(N) + shift)),
            "age": rng.randint(18, 90, N),
            "visits": with_missing(pd.Series(rng.poisson(3, N), dtype="Int16")),
            "vip": rng.uniform(size=N) < 0.2,
            "seen": with_missing(pd.Series(rng.uniform(size=N) < 0.4, dtype="boolean")),
            "town": with_missing(
                pd.Series(rng.choice(["Rome", "Oslo", "Bern"], N, p=[0.8, 0.15, 0.05]))
            ),
            "shop": pd.Categorical(rng.choice(list("abc"), N), categories=list("abcd")),
            "size": pd.Categorical(
                rng.choice(["s", "m", "l"], N), categories=["s", "m", "l", "xl"], ordered=True
            ),
            "day": with_missing(day.astype("datetime64[us]")),
            "when": day.dt.tz_localize("Europe/Rome", nonexistent="shift_forward", ambiguous=True),
            "wait": pd.Series(pd.to_timedelta(rng.randint(0, 900, N), "s")),
        }
    )
    return frame, y


FRAME, Y = table()
