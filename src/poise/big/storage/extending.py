"""A finished result that a run adds to: which parts of the source it has, and in which files."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from poise.big.earlier import EarlierRows
from poise.core.errors import FileError

Entry = Mapping[str, Any]
_PART, _MADE = re.compile(r"part-(\d+)[-.].*"), re.compile(r"made-(\d+)\.parquet")


@dataclass(frozen=True)
class EarlierFiles:
    """The files of a finished result.

    Attributes
    ----------
    folder : Path
    of_part : dict of int to dict of str to Entry
        For each part of the source that the result has, its files: their paths in the folder, and what
        the manifest says about them.
    made : dict of str to Entry
        Files of new rows.
    """

    folder: Path
    of_part: Mapping[int, Mapping[str, Entry]] = field(default_factory=dict)
    made: Mapping[str, Entry] = field(default_factory=dict)

    @property
    def next_made(self) -> int:
        """Number of the next file of new rows."""
        found = [_MADE.fullmatch(PurePosixPath(name).name) for name in self.made]
        return max((int(match[1]) + 1 for match in found if match), default=0)


NO_FILES = EarlierFiles(Path())


def earlier_rows(manifest: Mapping[str, Any]) -> EarlierRows:
    """Return what a manifest says about the rows of a result."""
    classes, is_drawn = manifest["classes"].items(), manifest["rates"] is not None
    before = {label: entry["before"] for label, entry in classes}
    after = {label: entry["after"] for label, entry in classes}
    made = {} if is_drawn else {label: n - before[label] for label, n in after.items()}
    numbers = {name: (first, step) for name, (first, step) in manifest["numbers"].items()}
    return EarlierRows(before, after if is_drawn else before, made, numbers)


def earlier_files(
    folder: Path, manifest: Mapping[str, Any], places: Sequence[int | None]
) -> EarlierFiles:
    """Return the files of a result.

    Parameters
    ----------
    folder : Path
    manifest : mapping
    places : sequence of int or None
        For each part of the source, its place among the parts that the result has; see `places_before`.
    """
    of_place: dict[int | None, dict[str, Entry]] = defaultdict(dict)
    for name, entry in manifest["files"].items():
        match = _PART.fullmatch(PurePosixPath(name).name)
        of_place[None if match is None else int(match[1])][name] = entry
    known = enumerate(places)
    of_part = {part: dict(of_place[place]) for part, place in known if place is not None}
    return EarlierFiles(folder, of_part, dict(of_place[None]))


def places_before(
    folder: Path, before: Mapping[str, str], now: Mapping[str, str]
) -> list[int | None]:
    """Return the place of each part of a source among those of an earlier run; None for one that was added.

    Parameters
    ----------
    folder : Path
        The result of the earlier run.
    before, now : mapping of name to str
        What the rows of each part depend on, in order. Names may differ: a source may be moved.

    Raises
    ------
    FileError
        If a part has changed, or is missing.

    Examples
    --------
    >>> places_before(Path("out"), {"/a/1": "x", "/a/3": "z"}, {"/a/1": "x", "/a/2": "y", "/a/3": "z"})
    [0, None, 1]
    """
    waiting: dict[str, list[int]] = defaultdict(list)
    for place, key in enumerate(before.values()):
        waiting[key].append(place)
    places = [waiting[key].pop(0) if waiting[key] else None for key in now.values()]
    left = sorted(place for of_key in waiting.values() for place in of_key)
    if left:
        name = list(before)[left[0]]
        raise FileError(
            f"{name!r} {'has changed' if name in now else 'is missing'}, and its rows are in the result in "
            f"{str(folder)!r}, to which rows can only be added. Restore it, or pass if_exists='replace' "
            "(--if-exists replace) to make the result again."
        )
    return places
