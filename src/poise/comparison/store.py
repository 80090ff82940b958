"""A file that keeps the scores of complete folds, so that an interrupted comparison continues."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from poise.core.errors import FileError, PoiseWarning, warn
from poise.core.files import written_aside
from poise.core.saved import FORMAT, format_entries, require_format, writer_of
from poise.study.event_table import Floats

_KIND = "unfinished comparison"
# What damaged content can raise while it is read.
DAMAGE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)


@dataclass(frozen=True, eq=False)
class ArmFold:
    """The scores of one arm in one fold.

    Attributes
    ----------
    scores : ndarray of shape (n_test,), or (n_test, n_classes) with several classes, float64
        Probabilities of the event or of the classes, or decision values; empty if the arm failed.
    is_probability : bool
    trained_prior : float or tuple of float
        Share of the event, or of each of several classes, in what the estimator was fitted on, class weights included.
    seconds : float
        Time for resampling and fitting.
    status : str
        Why there are no scores; "" if there are.
    notes : tuple of str
        Warnings.
    """

    scores: Floats
    is_probability: bool = True
    trained_prior: float | tuple[float, ...] = float("nan")
    seconds: float = 0.0
    status: str = ""
    notes: tuple[str, ...] = ()


Results: TypeAlias = dict[tuple[str, str, int], ArmFold]  # by estimator, approach and fold number


class Store:
    """Results of complete folds: a first line with what they depend on, then one line for each fold.

    Parameters
    ----------
    path : Path
    hashes : mapping of str to str
        A hash of each part of the comparison, by the name of the part in messages.
    """

    def __init__(self, path: Path, hashes: Mapping[str, str]) -> None:
        self._path = path
        self._hashes = dict(hashes)

    def load(self, n_test: Mapping[int, int]) -> Results:
        """Return the stored results; start the file if there is none, and remove damaged lines from it.

        Parameters
        ----------
        n_test : mapping of int to int
            The number of test rows of each fold.

        Raises
        ------
        FileError
            If the file belongs to another comparison or to none, or cannot be read or written.
        """
        if not self._path.exists():
            self._write([json.dumps(format_entries(_KIND) | {"comparison": self._hashes})])
            return {}
        try:
            first, *lines = self._path.read_bytes().decode(errors="replace").split("\n")
        except OSError as error:
            raise FileError(
                f"resume={str(self._path)!r} cannot be used: {error.strerror}. Pass the path of a file that can be written."
            ) from error
        self._check_first(first)
        torn = lines.pop() if lines else first  # "" after the last line break of a whole file
        found: Results = {}
        whole = []
        for line in lines:
            with contextlib.suppress(*DAMAGE):
                found |= _read(line, n_test)
                whole.append(line)
        if torn or len(whole) < len(lines):
            self._write([first, *whole])
        if len(whole) < len(lines):
            warn(
                f"resume={str(self._path)!r} had {len(lines) - len(whole)} damaged of {len(lines)} lines. They are "
                "removed, and their folds are run again.",
                PoiseWarning,
            )
        return found

    def _check_first(self, line: str) -> None:
        """Raise FileError unless the first line is that of this comparison."""
        try:
            content = json.loads(line)
            if FORMAT not in content:
                dict(content["comparison"])  # raises if it is a file of something else
            require_format(
                content, _KIND, f"resume={str(self._path)!r}", "delete it or pass another path"
            )
            stored = dict(content["comparison"])
        except FileError:
            raise
        except DAMAGE as error:
            raise FileError(
                f"resume={str(self._path)!r} is not a file of a comparison that this version of Poise reads, or it is "
                "damaged. Delete it, or pass another path."
            ) from error
        names = [
            name
            for name in {**self._hashes, **stored}
            if stored.get(name) != self._hashes.get(name)
        ]
        if names:
            raise FileError(
                f"resume={str(self._path)!r}, of {writer_of(content)}, belongs to another comparison, which differs in: "
                f"{', '.join(map(str, names))}. "
                "Pass another path, or the same arguments."
            )

    def _write(self, lines: list[str]) -> None:
        with written_aside(self._path) as aside:
            aside.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def add(self, results: Results) -> None:
        """Append the results of a fold; warn if the file cannot be written."""
        line = json.dumps([(*key, _plain(arm)) for key, arm in results.items()]) + "\n"
        try:
            size = self._path.stat().st_size
            try:
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(line)
            except OSError:
                with contextlib.suppress(OSError):  # then the next load removes the torn line
                    os.truncate(self._path, size)
                raise
        except OSError as error:
            warn(
                f"resume={str(self._path)!r} cannot be written: {error.strerror}. The run continues, but a later one "
                "will not find this fold.",
                PoiseWarning,
            )


def _plain(arm: ArmFold) -> dict[str, Any]:
    """Return the fields of an arm as JSON types."""
    return vars(arm) | {"scores": arm.scores.tolist()}


def _read(line: str, n_test: Mapping[int, int]) -> Results:
    """Return the results of a line; raise one of `DAMAGE` if they are not those of a fold."""
    return {
        (str(estimator), str(approach), number): _arm(part, n_test[number])
        for estimator, approach, number, part in json.loads(line)
    }


def _arm(part: dict[str, Any], n_test: int) -> ArmFold:
    names = {one.name for one in fields(ArmFold)}
    scores = np.array(part["scores"], dtype=np.float64)
    prior = part["trained_prior"]
    if part["status"]:
        shape: tuple[int, ...] = (0,)
    else:
        shape = (n_test, len(prior)) if isinstance(prior, list) else (n_test,)
    if part.keys() != names or scores.shape != shape:
        raise ValueError
    return ArmFold(
        scores,
        bool(part["is_probability"]),
        tuple(map(float, prior)) if isinstance(prior, list) else float(prior),
        float(part["seconds"]),
        str(part["status"]),
        tuple(map(str, part["notes"])),
    )
