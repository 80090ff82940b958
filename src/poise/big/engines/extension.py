"""A finished result to which a run adds what its source has more: what must be the same, and what is new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa

from poise.big.earlier import NO_ROWS, EarlierRows, by_class
from poise.big.methods.decide import Decision
from poise.big.methods.steps import Steps
from poise.big.request import Request
from poise.big.scans.output import layout_of
from poise.big.scans.scan import Engine, Purpose, Scan
from poise.big.storage.contents import Contents
from poise.big.storage.digests import digest_of
from poise.big.storage.extending import (
    NO_FILES,
    EarlierFiles,
    earlier_files,
    earlier_rows,
    places_before,
)
from poise.big.storage.files import Part
from poise.big.storage.folder import first_difference
from poise.big.storage.manifest import find_manifest
from poise.core.errors import FileError, InputError, listed
from poise.core.files.lineage import PARTNER, SEED


@dataclass(frozen=True)
class Extension:
    """A finished result, and what is added to it.

    Attributes
    ----------
    manifest : dict
        Of the result.
    rows : EarlierRows
    files : EarlierFiles
    added : tuple of int
        Numbers of the parts of the source that were added.
    seed : int or None
        Of the new rows, or of the rows that stay.
    """

    manifest: Mapping[str, Any]
    rows: EarlierRows
    files: EarlierFiles
    added: tuple[int, ...]
    seed: int | None


NEW_RESULT = Extension({}, NO_ROWS, NO_FILES, (), None)


def read_extension(
    out: Path, manifest: Mapping[str, Any], request: Request, parts: Sequence[Part], now: Contents
) -> Extension:
    """Return what a run adds to a result that was made with the same settings.

    Raises
    ------
    FileError
        If the source lacks a part that the result has, or has other columns, or if rows without ids would
        have other positions.
    """
    before = manifest["input"]["contents"]
    if before is None:
        raise made_with_another(out, "source (a stream, and now files)")
    places = places_before(out, before, now.by_name())
    _require_same_columns(out, manifest, request)
    _require_same_positions(request, parts, places)
    added = tuple(number for number, place in enumerate(places) if place is None)
    rows, files = earlier_rows(manifest), earlier_files(out, manifest, places)
    seed = request.seed if request.rate is not None else next_seed(request.seed, now)
    return Extension(manifest, rows, files, added, seed)


def next_seed(seed: int, contents: Contents) -> int:
    """Return the seed of the new rows that are added: the same for the same seed and content."""
    return int(digest_of(seed, contents.digest_of_all())[:8], 16)


@dataclass(eq=False)
class EngineOfAddedParts:
    """An engine that reads only parts that were added to a source; rows of the others are counted already.

    Attributes
    ----------
    engine : Engine
    earlier : EarlierRows
    """

    engine: Engine
    earlier: EarlierRows

    def run(self, scan: Scan) -> pa.Table:
        """Return everything that a kernel yields over the rows that were added; counts are of all rows."""
        found = self.engine.run(scan)
        if scan.purpose != Purpose.COUNT_CLASSES:
            return found
        return pa.concat_tables([found, self.earlier.read_as_table(scan.found)])

    def repeated(self, field: pa.Field, parts: int) -> pa.Array:
        """Return some values of a column that are in several of the rows that were added."""
        return self.engine.repeated(field, parts)


def reads_only_added(steps: Steps) -> bool:
    """Return whether a run that adds to a result need not read the rows that were read before."""
    return steps.under is not None


def facts_of_extension(
    extension: Extension, decision: Decision, classes: Sequence[Any], parts: Sequence[Part]
) -> dict[str, Any]:
    """Return what the manifest says about what was added to the result since it was first written."""
    if not extension.added:
        return {"extended": []}
    added, makes_rows = [parts[number] for number in extension.added], decision.rates is None
    new = decision.after - decision.before - by_class(extension.rows.made, classes)
    fact = {
        "poise": version("poise"),
        "parts": [part.name for part in added],
        "rows": sum(part.n_rows or 0 for part in added),
        "new_rows": dict(zip(map(str, classes), new.tolist(), strict=True)) if makes_rows else {},
        "not_needed": {str(label): n for label, n in decision.surplus.items()},
        "seed": extension.seed,
    }
    facts: dict[str, Any] = {"extended": [*extension.manifest["extended"], fact]}
    # Its rows are those of several runs, not of one over the whole source.
    return facts | ({"exact": False} if makes_rows else {})


def made_with_another(out: Path, difference: str) -> FileError:
    """Return the error about a result that differs from what a run would make."""
    return FileError(
        f"The result in {str(out)!r} was made with another {difference}. Pass if_exists='replace' "
        "(--if-exists replace) to make it again, or another folder."
    )


def _require_same_columns(out: Path, manifest: Mapping[str, Any], request: Request) -> None:
    """Raise if the parts that were added give a column another type, or add a column."""
    before = manifest["schema"]
    now = {field.name: str(field.type) for field in layout_of(request).schema}
    difference = first_difference(before, now)
    if difference is not None:
        raise made_with_another(out, f"type of column {difference}")
    if list(before) != list(now):
        order = f"{listed(list(before))}, and now {listed(list(now))}"
        raise made_with_another(out, f"order of columns ({order})")


def _require_same_positions(
    request: Request, parts: Sequence[Part], places: Sequence[int | None]
) -> None:
    """Raise if rows are identified by their position, and that of earlier rows has changed."""
    is_numbered = request.rate is not None or {SEED, PARTNER} & {*request.extra}
    if request.id is not None or not is_numbered:
        return
    n_before = sum(place is not None for place in places)
    moved = next((i for i, place in enumerate(places[:n_before]) if place != i), None)
    if moved is not None:
        raise FileError(
            f"{parts[moved].name!r} comes before files that the result has already, and without id= rows are known by "
            "their position, which this changes. Pass if_exists='replace' (--if-exists replace), and id= if there "
            "is such a column."
        )


def require_unchanged(out: Path, manifest: Mapping[str, Any]) -> None:
    """Raise if another run has written a result since its manifest was read."""
    if find_manifest(out) != manifest:
        raise InputError(
            f"Another run has written the result in {str(out)!r} while this one read it. Run again."
        )


def require_same_rates(extension: Extension, decision: Decision, classes: Sequence[Any]) -> None:
    """Raise if rows of a class would now stay with another probability than those of the result."""
    if decision.rates is None or not extension.added:
        return
    for label, rate in zip(classes, decision.rates.tolist(), strict=True):
        known = extension.manifest["rates"].get(str(label), rate)
        if known != rate:
            raise InputError(
                f"Rows of class {label!r} in the result have the rate {known:g}, and with the rows that were added their "
                f"rate is {rate:g}, because another class is the smallest. Pass a rate for each class, as "
                f"rate={{{label!r}: {known:g}, ...}}, and if_exists='replace' (--if-exists replace)."
            )
