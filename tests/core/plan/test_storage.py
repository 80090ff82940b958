"""Plans are written to files and read back; damaged files raise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from one_column import NUMBERS, Y, smote

from poise.combine import SMOTETomek
from poise.core.errors import FileError, InputError
from poise.core.plan.plan import Plan
from poise.core.tables.read import read_table
from poise.over_sampling import SMOTE, SMOTENC, RandomOverSampler
from poise.under_sampling import RandomUnderSampler


def test_damaged_plan_files_raise(tmp_path: Path) -> None:
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


rng = np.random.RandomState(4)
X = np.concatenate([rng.randn(90, 3), rng.randn(30, 3) + 0.8])
y = np.repeat(["no", "yes"], [90, 30])


@pytest.mark.parametrize(
    "sampler",
    [SMOTE(), SMOTENC([2]), RandomOverSampler(shrinkage=1.0), RandomUnderSampler(), SMOTETomek()],
    ids=lambda sampler: type(sampler).__name__,
)
def test_a_loaded_plan_equals_the_saved_plan(sampler: Any, tmp_path: Path) -> None:
    plan = sampler.set_params(random_state=3).fit(X, y).plan_
    plan.save(tmp_path / "plan.npz")
    again = Plan.load(tmp_path / "plan.npz")
    assert list(tmp_path.iterdir()) == [tmp_path / "plan.npz"]
    np.testing.assert_array_equal(again.order, plan.order)
    for mine, other in zip(again.lineage(), plan.lineage(), strict=True):
        np.testing.assert_array_equal(mine, other)
    np.testing.assert_array_equal(again.parents().toarray(), plan.parents().toarray())
    np.testing.assert_array_equal(read_table(X).output(again), read_table(X).output(plan))


def test_files_without_a_plan_raise(tmp_path: Path) -> None:
    (tmp_path / "text.npz").write_text("no plan")
    np.savez(tmp_path / "arrays.npz", order=np.arange(3))
    for name, words in (
        ("none.npz", "no file"),
        ("text.npz", "does not hold a plan"),
        ("arrays.npz", "does not hold a plan"),
    ):
        with pytest.raises(FileError, match=words):
            Plan.load(tmp_path / name)
    with pytest.raises(FileError, match="no folder"):
        Plan.taking(3, [0]).save(tmp_path / "nowhere" / "plan.npz")


def test_a_file_whose_rows_do_not_exist_raises(tmp_path: Path) -> None:
    path = tmp_path / "plan.npz"
    Plan.taking(3, [0, 2, 2]).save(path)
    parts = dict(np.load(path))
    name = next(name for name, part in parts.items() if part.tolist() == [0, 2, 3])
    np.savez(path, **{**parts, name: np.array([0, 2, 9])})
    with pytest.raises(
        FileError, match=r"does not hold a valid plan: .*Write plans with Plan.save"
    ):
        Plan.load(path)
