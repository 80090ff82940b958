"""The formats of what Poise writes and reads again.

Each kind of file, and every pickle of an estimator, a sampler or a result, carries the number of its format and the version of Poise that wrote it. A
version reads one format of each kind. Whoever changes what is stored, or what it means, raises the number: then
another version raises an error that names the version that can read it, and does not guess.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from poise.core.errors import FileError

FORMATS = {
    "plan": 2,  # Plan.save; 1 had no "rules"
    "comparison": 3,  # Comparison.save; 2 had no "gains", 1 no "format", and "curves" for "pictures"
    "unfinished comparison": 1,  # compare(resume=)
    "diagnosis": 1,  # Diagnosis.to_json, which Poise does not read, but other programs may
    "result": 1,  # the manifest in a folder that poise.big wrote
    "unfinished result": 1,  # what poise.big keeps beside it until it is complete
    "loader state": 1,  # BalancedBatches.state_dict
    "model": 1,  # of the commands fit and compare --model
    "pickle": 1,  # of every estimator, sampler and result; plain tuples carry none
}
FORMAT, WRITER = "format", "poise"
_IN_STATE = {"_poise_format": FORMAT, "_poise_version": WRITER}
_UNKNOWN = "a version of Poise that is not stated"
_VERSION = re.compile(r"[0-9][0-9A-Za-z.+!-]{0,40}")


@cache
def poise_version() -> str:
    """Return the version of Poise that runs; "0+unknown" where its files were copied without being installed."""
    try:
        return version("poise")
    except PackageNotFoundError:
        return "0+unknown"


def format_entries(kind: str) -> dict[str, Any]:
    """Return the entries that everything of a kind carries: its format, and the version of Poise."""
    return {FORMAT: FORMATS[kind], WRITER: poise_version()}


def writer_of(found: Mapping[str, Any]) -> str:
    """Return in words which version of Poise wrote something that carries the entries of `format_entries`.

    Examples
    --------
    >>> writer_of({"format": 1, "poise": "0.3.0"})
    'Poise 0.3.0'
    """
    writer = found.get(WRITER)
    is_version = isinstance(writer, str) and _VERSION.fullmatch(writer) is not None
    return f"Poise {writer}" if is_version else _UNKNOWN


def require_format(found: Mapping[str, Any], kind: str, name: str, way_out: str) -> None:
    """Raise FileError if something is of another format than this version reads.

    Parameters
    ----------
    found : mapping
        What was stored, with the entries of `format_entries`.
    kind : str
        A key of `FORMATS`.
    name : str
        What the message calls it.
    way_out : str
        What else can be done: the end of a sentence, without its full stop.

    Raises
    ------
    FileError
        If the format is another one, or none is stated.

    Examples
    --------
    >>> require_format({"format": 7, "poise": "9.1.0"}, "plan", "'plan.npz'", "make the plan again")
    Traceback (most recent call last):
        ...
    poise.core.errors.FileError: 'plan.npz' was written by Poise 9.1.0, in format 7 of a plan, and Poise ... reads only format 2. Install Poise 9.1.0 to read it, or make the plan again.
    """
    number = found.get(FORMAT)
    if type(number) is int and number == FORMATS[kind]:
        return
    by, form = writer_of(found), f"with {FORMAT}={number!r:.40}"
    if FORMAT not in found:
        form = "without the number of its format"
    elif type(number) is int:
        form = f"in format {number:.6g} of {'an' if kind[0] in 'aeiou' else 'a'} {kind}"
    is_other = by not in (_UNKNOWN, f"Poise {poise_version()}")
    advice = (
        f"Install {by} to read it, or {way_out}" if is_other else way_out[0].upper() + way_out[1:]
    )
    raise FileError(
        f"{name} was written by {by}, {form}, and Poise {poise_version()} reads only format {FORMATS[kind]}. "
        f"{advice}."
    )


class PickledWithVersion:
    """Objects whose pickles carry the number of a format, and the version of Poise that wrote them."""

    def __getstate__(self) -> dict[str, Any]:
        state: Any = super().__getstate__()
        entries = format_entries("pickle")
        return {**(state or {}), **{name: entries[of] for name, of in _IN_STATE.items()}}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        values = dict(state)
        entries = {of: values.pop(name) for name, of in _IN_STATE.items() if name in values}
        is_own = type(self).__module__.startswith("poise.")
        if entries or is_own:  # a class of others may leave them out of the state that it stores
            name = type(self).__name__
            require_format(entries, "pickle", f"This {name}", "make it again, and pickle it again")
        restore = getattr(super(), "__setstate__", self.__dict__.update)
        restore(values)
