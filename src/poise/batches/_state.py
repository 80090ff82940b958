"""Where a loader is: what `state_dict` stores, and whether `load_state_dict` may go on from there."""

from __future__ import annotations

import hashlib
import reprlib
from collections.abc import Mapping
from typing import Any

from poise.batches._epoch import Members
from poise.core.errors import InputError
from poise.core.numbers import is_whole
from poise.core.saved import format_entries, require_format

_KEYS = ("epoch", "position", "labels", "settings")


def fingerprint(members: Members, classes: tuple[Any, ...]) -> dict[str, Any]:
    """Return what identifies the labels: another label of any row gives another digest."""
    digest = hashlib.sha256(repr(classes).encode())
    digest.update(members.bounds.astype("<i8").tobytes())
    little = members.rows.dtype.newbyteorder("<")  # on every processor
    digest.update(members.rows.astype(little, copy=False).data)
    return {"rows": len(members.rows), "classes": len(classes), "sha256": digest.hexdigest()}


def stored(
    epoch: int, position: int, labels: dict[str, Any], settings: dict[str, Any]
) -> dict[str, Any]:
    """Return the state as plain values, which JSON can hold."""
    return {
        **format_entries("loader state"),
        "epoch": epoch,
        "position": position,
        "labels": labels,
        "settings": settings,
    }


def read(
    state: Any, labels: dict[str, Any], settings: dict[str, Any], n_batches: int
) -> tuple[int, int]:
    """Return the epoch and the position of a state, if it is that of the same labels and settings.

    Raises
    ------
    InputError
        If it is not a state, or of other labels or other settings.
    FileError
        If it is of another format.
    """
    _check_form(state)
    differences = [*_other_labels(state["labels"], labels), *_other(state["settings"], settings)]
    if differences:
        raise InputError(
            f"The state is that of other batches: {'; '.join(differences)}. Make the batches from the same labels "
            "and with the same parameters to go on inside an epoch; to begin an epoch with what is different now, "
            f"call set_epoch({state['epoch']!r})."
        )
    epoch, position = state["epoch"], state["position"]
    for name, number, most in (("epoch", epoch, None), ("position", position, n_batches)):
        if not is_whole(number) or number < 0 or (most is not None and number > most):
            up_to = "of 0 or more" if most is None else f"from 0 to {most}"
            raise InputError(
                f"The state has {name} {number!r}; it must be a whole number {up_to}. Pass what state_dict returned."
            )
    return int(epoch), int(position)


def _check_form(state: Any) -> None:
    if not isinstance(state, Mapping):
        raise InputError(
            f"A state must be the dict that state_dict returned; this is a {type(state).__name__}. Pass that dict."
        )
    require_format(state, "loader state", "The state", "begin an epoch with set_epoch")
    absent = [key for key in _KEYS if key not in state]
    wrong = [
        key
        for key in ("labels", "settings")
        if key in state and not isinstance(state[key], Mapping)
    ]
    if absent or wrong:
        problem = f"has no {absent[0]!r}" if absent else f"has {state[wrong[0]]!r} as {wrong[0]!r}"
        raise InputError(f"The state {problem}. Pass the whole dict that state_dict returned.")


def _other_labels(then: Mapping[str, Any], now: dict[str, Any]) -> list[str]:
    sizes = [
        f"y had {then.get(name)} {name} and has {now[name]}"
        for name in ("rows", "classes")
        if then.get(name) != now[name]
    ]
    if sizes or then.get("sha256") == now["sha256"]:
        return sizes
    return [
        "y has as many rows and classes, but some rows have other labels, or are in another order"
    ]


def _other(then: Mapping[str, Any], now: dict[str, Any]) -> list[str]:
    return [
        f"{name} was {reprlib.repr(then.get(name))} and is {reprlib.repr(value)}"
        for name, value in now.items()
        if then.get(name) != value
    ]
