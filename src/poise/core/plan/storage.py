"""Save and load plans: a numpy .npz file with the arrays, and JSON that describes them."""

from __future__ import annotations

import json
import math
import os
import zipfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from poise.core.errors import FileError, InputError
from poise.core.files import written_aside
from poise.core.plan.constraints import Rules, described, restored
from poise.core.plan.recipes import Copy, Ids, Jitter, Mean, Recipe, Segment, Vote
from poise.core.saved import format_entries, require_format

_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# zlib, technical details: deflate makes at most 1032 bytes of one.
_LARGEST_RATIO = 1032
# What is drawn from a Mersenne twister, as numpy saves it: 624 numbers, and the next one's position.
_N_KEYS = 624
_RECIPES: dict[str, type[Any]] = {
    kind.__name__: kind for kind in (Copy, Segment, Vote, Mean, Jitter)
}
Parts = tuple[int, tuple[Recipe, ...], Ids, tuple[Rules | None, ...]]


def save_parts(
    path: str | Path,
    n_rows: int,
    made: tuple[Recipe, ...],
    order: Ids,
    rules: tuple[Rules | None, ...],
) -> None:
    """Write the parts of a plan to a file.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    if not isinstance(path, str | os.PathLike) or "\0" in os.fspath(path):
        raise FileError(f"{path!r} is not the path of a file. Pass one, such as 'plan.npz'.")
    arrays: dict[str, Any] = {"order": order}
    recipes = [_described(recipe, f"{i}", arrays) for i, recipe in enumerate(made)]
    kept = [_described_rules(own) for own in rules]
    about = {**format_entries("plan"), "n_rows": int(n_rows), "made": recipes, "rules": kept}
    arrays["about"] = np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)
    with written_aside(Path(path)) as aside, aside.open("wb") as file:
        np.savez_compressed(file, **arrays)


def _described_rules(rules: Rules | None) -> Any:
    if rules is None:
        return None
    return {"n_columns": rules.n_columns, "rules": [described(rule) for rule in rules.rules]}


def _restored_rules(given: Any) -> Rules | None:
    if given is None:
        return None
    return Rules(tuple(restored(rule) for rule in given["rules"]), given["n_columns"])


def _described(part: Any, name: str, arrays: dict[str, Any]) -> Any:
    """Return a description of a part for JSON, and add its arrays to `arrays` by name."""
    if isinstance(part, np.ndarray):
        arrays[name] = part
        return {"array": name}
    if isinstance(part, np.random.RandomState):
        state = part.get_state(legacy=False)
        if "key" not in state["state"]:
            raise InputError(
                f"A plan drawn with {state['bit_generator']} cannot be saved. Pass an int or "
                "numpy.random.RandomState(seed) as random_state."
            )
        arrays[name] = state["state"].pop("key")
        return {"generator": name, "state": state}
    if type(part).__name__ in _RECIPES:
        return {
            "recipe": type(part).__name__,
            **{
                field.name: _described(getattr(part, field.name), f"{name}.{field.name}", arrays)
                for field in fields(part)
            },
        }
    return part


def load_parts(path: str | Path) -> Parts:
    """Read the parts of a plan from a file that `save_parts` wrote.

    Raises
    ------
    FileError
        If the file does not exist, or does not hold a plan that this version can read.
    """
    try:
        with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            _check_members(arrays.zip.infolist(), Path(path).stat().st_size)
            about = json.loads(bytes(arrays["about"]).decode())
            require_format(about, "plan", repr(str(path)), "make the plan again")
            made = tuple(_restored(part, arrays) for part in about["made"])
            rules = tuple(_restored_rules(own) for own in about["rules"])
            return about["n_rows"], made, arrays["order"], rules
    except FileNotFoundError:
        raise FileError(f"There is no file {str(path)!r}.") from None
    except FileError:
        raise
    except Exception as error:  # zipfile, zlib, numpy and json raise errors of many kinds on bytes that they cannot read
        raise FileError(
            f"{str(path)!r} does not hold a plan ({type(error).__name__}). Pass a file that "
            "Plan.save wrote."
        ) from error


def _check_members(members: list[zipfile.ZipInfo], file_size: int) -> None:
    """Raise ValueError if a member cannot have the size that it states, before memory is taken for it."""
    for member in members:
        is_known = member.compress_type in _COMPRESSIONS
        if not is_known or member.file_size > _LARGEST_RATIO * member.compress_size:
            raise ValueError(
                f"{member.filename!r} is compressed in a way that Plan.save does not use"
            )
    if sum(member.compress_size for member in members) > file_size:
        raise ValueError("the members are larger than the file")


def _restored(part: Any, arrays: Any) -> Any:
    if not isinstance(part, dict):
        return part
    if "recipe" in part:
        kind = _RECIPES[part.pop("recipe")]
        return kind(**{name: _restored(value, arrays) for name, value in part.items()})
    if "array" in part:
        return arrays[part["array"]]
    return _generator(part["state"], arrays[part["generator"]])


def _generator(state: Any, key: Any) -> np.random.RandomState:
    """Return a generator in a state that was saved; numpy itself would read outside the key at a wrong position."""
    position, has_gauss, gauss = state["state"]["pos"], state["has_gauss"], state["gauss"]
    is_right = (
        (key.dtype == np.uint32 and key.shape == (_N_KEYS,))
        and (type(position) is int and 0 <= position <= _N_KEYS)
        and (type(has_gauss) is int and has_gauss in (0, 1))
        and (type(gauss) is float and math.isfinite(gauss))
    )
    if not is_right:
        raise ValueError("the state of a random generator is not one that numpy has")
    generator = np.random.RandomState()
    state["state"]["key"] = key
    generator.set_state(state)
    return generator
