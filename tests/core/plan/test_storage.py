"""Plans are written to files and read back; damaged files raise."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from one_column import NUMBERS, Y, smote

from poise.combine import SMOTETomek
from poise.core.errors import FileError, InputError
from poise.core.plan.plan import Plan
from poise.core.saved import format_entries
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


GENERATOR = {
    "bit_generator": "MT19937",
    "state": {"pos": 624},
    "has_gauss": 0,
    "gauss": 0.0,
}
IDS, TWO = np.array([0, 1]), np.array([0.5, 0.5])
# A file with every recipe: the arrays, and the JSON that describes them.
ARRAYS: dict[str, Any] = {
    "order": np.arange(11),
    "ids": IDS,
    "two": TWO,
    "voters": np.array([[0, 1], [1, 2]]),
    "starts": np.array([0, 1, 2]),
    "scale": np.ones(2),
    "key": np.arange(624, dtype=np.uint32),
}
SEGMENT = {
    "recipe": "Segment",
    "seed": {"array": "ids"},
    "partner": {"array": "ids"},
    "gap": {"array": "two"},
    "reach": {"array": "two"},
}
MADE: list[Any] = [
    {"recipe": "Copy", "source": {"array": "ids"}},
    {
        "recipe": "Vote",
        "segment": SEGMENT,
        "voters": {"array": "voters"},
        "ballot": {"array": "ids"},
    },
    {
        "recipe": "Mean",
        "seed": {"array": "ids"},
        "starts": {"array": "starts"},
        "rows": {"array": "ids"},
        "weights": {"array": "two"},
    },
    {
        "recipe": "Jitter",
        "source": {"array": "ids"},
        "scale": {"array": "scale"},
        "generator": {"generator": "key", "state": GENERATOR},
    },
]


def written(path: Path, n_rows: Any = 3, made: Any = MADE, **arrays: Any) -> Path:
    about = json.dumps(
        {**format_entries("plan"), "n_rows": n_rows, "made": made, "rules": []}
    ).encode()
    np.savez_compressed(path, about=np.frombuffer(about, np.uint8), **{**ARRAYS, **arrays})
    return path


def jitter(**changes: Any) -> dict[str, Any]:
    state = {**GENERATOR, **changes}
    return {**MADE[3], "generator": {"generator": "key", "state": state}}


def test_a_file_with_every_recipe_loads(tmp_path: Path) -> None:
    plan = Plan.load(written(tmp_path / "plan.npz"))
    assert len(read_table(np.ones((3, 2))).output(plan)) == 11


# Other scales and fractions are arrays of the kind that they should be.
DAMAGES = [
    (name, damage)
    for name, array in ARRAYS.items()
    for damage in ("fractions", "bool", "text", "wider", "far", "shorter", "nan")
    if name != "key"
    and not (array.dtype.kind == "f" and damage in ("fractions", "far"))
    and (name != "scale" or damage in ("text", "wider"))
]


@pytest.mark.parametrize(("name", "damage"), DAMAGES)
def test_an_array_of_another_kind_or_shape_raises(name: str, damage: str, tmp_path: Path) -> None:
    array = ARRAYS[name]
    damaged = {
        "fractions": array + 0.5,
        "bool": array.astype(bool),
        "text": array.astype(str),
        "wider": np.stack([array, array], axis=-1),
        "far": array + np.uint64(2**63),
        "shorter": array[:-1] if name != "order" else array[:0].reshape(0, 2),
        "nan": np.full(array.shape, np.nan),
    }
    with pytest.raises(FileError, match="does not hold a valid plan: .*Write plans with Plan.save"):
        Plan.load(written(tmp_path / "plan.npz", **{name: damaged[damage]}))


@pytest.mark.parametrize("starts", [[0, 2, 0], [1, 1, 2], [0, 0, 2], [0, 1, 1], [0, 3, 2]])
def test_the_starts_of_a_mean_rise_from_0_to_its_last_term(starts: Any, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="does not hold a valid plan"):
        Plan.load(written(tmp_path / "plan.npz", starts=np.array(starts)))


@pytest.mark.parametrize(
    "changes",
    [
        *({"state": {"pos": pos}} for pos in (-1, 625, 10**6, 10**30, 1.5, True, None, "0", [0])),
        {"state": {}},
        {"bit_generator": "PCG64"},
        *({"has_gauss": has_gauss} for has_gauss in (2, -1, 10**30, "0", None)),
        *({"gauss": gauss} for gauss in (float("nan"), float("inf"), "0", 10**400, None)),
    ],
    ids=str,
)
def test_a_generator_has_a_state_that_numpy_has(changes: Any, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="does not hold a plan"):
        Plan.load(written(tmp_path / "plan.npz", made=[*MADE[:3], jitter(**changes)]))


@pytest.mark.parametrize("key", [np.arange(624), np.zeros(623, np.uint32), np.zeros((), np.uint32)])
def test_a_generator_has_624_numbers(key: Any, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="does not hold a plan"):
        Plan.load(written(tmp_path / "plan.npz", key=key))


@pytest.mark.parametrize("n_rows", [-1, 2.0, "3", None, True, [3], 10**15, 10**30])
def test_a_file_states_a_whole_number_of_rows(n_rows: Any, tmp_path: Path) -> None:
    with pytest.raises(FileError, match=f"valid plan: .*n_rows={n_rows!r}".replace("[", r"\[")):
        Plan.load(written(tmp_path / "plan.npz", n_rows))


@pytest.mark.parametrize(
    "made",
    [
        "abc",
        7,
        None,
        [None],
        [[]],
        [{}],
        [{"recipe": "Plan"}],
        [{"recipe": ["Copy"]}],
        [{"recipe": "Copy", "source": [0, 1]}],
        [{"recipe": "Copy", "source": {"array": "none"}}],
        [{"recipe": "Copy", "source": {"array": ["ids"]}}],
        [{"recipe": "Copy", "source": MADE[0]}],
        [{**MADE[1], "segment": MADE[0]}],
        [{**MADE[1], "segment": {"array": "ids"}}],
        [{**MADE[3], "generator": {"array": "key"}}],
        [{**MADE[3], "generator": None}],
        [{**MADE[3], "generator": {"generator": "key", "state": "MT19937"}}],
    ],
    ids=str,
)
def test_recipes_are_described_as_recipes(made: Any, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="does not hold a"):
        Plan.load(written(tmp_path / "plan.npz", made=made))


def test_json_that_is_nested_too_deeply_raises(tmp_path: Path) -> None:
    about = np.frombuffer(b"[" * 100_000, np.uint8)
    np.savez(tmp_path / "plan.npz", about=about, order=np.arange(3))
    with pytest.raises(FileError, match="does not hold a plan"):
        Plan.load(tmp_path / "plan.npz")


def test_pickled_objects_are_never_read(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="does not hold a plan"):
        Plan.load(written(tmp_path / "plan.npz", order=np.array([0, None])))


# Fields of the first entry of a zip file's directory: where, how long, and another value.
@pytest.mark.parametrize(
    ("offset", "value"),
    [
        (8, b"\x01\x00"),  # encrypted
        (10, b"\x63\x00"),  # an unknown compression
        (10, b"\x0c\x00"),  # bzip2, which Plan.save does not use
        (24, b"\xff\xff\xff\x7f"),  # a size of 2 GB
        (20, b"\xff\xff\xff\x7f"),  # a compressed size of 2 GB
    ],
    ids=["encrypted", "unknown", "bzip2", "size", "compressed"],
)
def test_entries_that_cannot_be_as_they_state_raise(
    offset: int, value: bytes, tmp_path: Path
) -> None:
    path = written(tmp_path / "plan.npz")
    content = bytearray(path.read_bytes())
    entry = content.index(b"PK\x01\x02") + offset
    content[entry : entry + len(value)] = value
    path.write_bytes(bytes(content))
    with pytest.raises(FileError, match="does not hold a plan"):
        Plan.load(path)


def test_an_array_that_states_more_entries_than_it_has_raises(tmp_path: Path) -> None:
    header = b"{'descr': '<i8', 'fortran_order': False, 'shape': (%d,), }" % 10**14
    files = zipfile.ZipFile(written(tmp_path / "plan.npz"))
    with zipfile.ZipFile(tmp_path / "large.npz", "w") as archive:
        for name in files.namelist():
            large = b"\x93NUMPY\x01\x00" + bytes([len(header), 0]) + header
            archive.writestr(name, large if name == "ids.npy" else files.read(name))
    with pytest.raises(FileError, match="does not hold a plan"):
        Plan.load(tmp_path / "large.npz")


@pytest.mark.parametrize("path", [None, 5, b"plan.npz", "a\0b"])
def test_a_plan_is_saved_to_a_path_only(path: Any) -> None:
    with pytest.raises(FileError, match="is not the path of a file"):
        Plan(2).save(path)
