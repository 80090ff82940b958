"""Plans are written to files and read back; damaged files are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poise.core.errors import FileError, InputError
from poise.core.plan.plan import Plan
from poise.over_sampling import SMOTE, RandomOverSampler

N = 21
Y = np.repeat([0, 1], [14, 7])
NUMBERS = np.random.RandomState(0).randn(N)


def smote(**parameters: Any) -> SMOTE:
    return SMOTE(**({"k_neighbors": 2, "random_state": 0} | parameters))


def test_damaged_plans_are_told(tmp_path: Path) -> None:
    path = tmp_path / "plan.npz"
    smote().fit(NUMBERS[:, None], Y).plan_.save(path)
    whole = path.read_bytes()
    for damaged in (b"", whole[: len(whole) // 2], whole[:200] + bytes(50) + whole[250:]):
        path.write_bytes(damaged)
        with pytest.raises(FileError, match="does not hold a"):
            Plan.load(path)


def test_a_generator_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    state = np.random.RandomState(np.random.PCG64(1))
    plan = RandomOverSampler(shrinkage=1, random_state=state).fit(NUMBERS[:, None], Y).plan_
    with pytest.raises(InputError, match="PCG64"):
        plan.save(tmp_path / "plan.npz")
