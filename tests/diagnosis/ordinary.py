"""A table without faults, and what a check says about it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from poise.diagnosis._examined import Examined
from poise.study.event_table import read_event_table

N = 400
RNG = np.random.RandomState(0)
Y = np.arange(N) % 5 == 0
BASE = pd.DataFrame(
    {
        "a": RNG.normal(size=N),
        "b": RNG.uniform(0, 9, N).round(2),
        "count": RNG.poisson(4, N),
        "town": RNG.choice(list("abcdefgh"), N),
    }
)


def seen(check: Any, table: pd.DataFrame) -> Any:
    return check(Examined(read_event_table(table, Y[: len(table)], pos_label=True)))
