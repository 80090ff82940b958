"""Save and load plans: a numpy .npz file with the arrays, and JSON that describes them."""

from __future__ import annotations

import json
import zipfile
import zlib
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from poise.core.errors import FileError, InputError
from poise.core.files import written_aside
from poise.core.plan.recipes import Copy, Ids, Jitter, Mean, Recipe, Segment, Vote

_VERSION = 1
_DAMAGED = (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile, zlib.error)
_RECIPES: dict[str, type[Any]] = {
    kind.__name__: kind for kind in (Copy, Segment, Vote, Mean, Jitter)
}
Parts = tuple[int, tuple[Recipe, ...], Ids]


def save_parts(path: str | Path, n_rows: int, made: tuple[Recipe, ...], order: Ids) -> None:
    """Write the parts of a plan to a file.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    arrays: dict[str, Any] = {"order": order}
    described = [_described(recipe, f"{i}", arrays) for i, recipe in enumerate(made)]
    about = {"poise_plan": _VERSION, "n_rows": int(n_rows), "made": described}
    arrays["about"] = np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)
    with written_aside(Path(path)) as aside, aside.open("wb") as file:
        np.savez_compressed(file, **arrays)


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
            about = json.loads(bytes(arrays["about"]).decode())
            _check_version(about["poise_plan"], path)
            made = tuple(_restored(part, arrays) for part in about["made"])
            return about["n_rows"], made, arrays["order"]
    except FileNotFoundError:
        raise FileError(f"There is no file {str(path)!r}.") from None
    except FileError:
        raise
    except _DAMAGED as error:
        raise FileError(
            f"{str(path)!r} does not hold a plan ({type(error).__name__}). Pass a file that "
            "Plan.save wrote."
        ) from error


def _check_version(version: int, path: str | Path) -> None:
    if version > _VERSION:
        raise FileError(
            f"{str(path)!r} holds a plan of a later version of Poise. Update Poise to read it."
        )


def _restored(part: Any, arrays: Any) -> Any:
    if not isinstance(part, dict):
        return part
    if "recipe" in part:
        kind = _RECIPES[part.pop("recipe")]
        return kind(**{name: _restored(value, arrays) for name, value in part.items()})
    if "array" in part:
        return arrays[part["array"]]
    state = part["state"]
    state["state"]["key"] = arrays[part["generator"]]
    generator = np.random.RandomState()
    generator.set_state(state)
    return generator
