"""The store of an unfinished run: what is complete, under a key made of all that it depends on.

What has the same key is used again by a run that resumes, and everything else is done again: a file
that was only touched costs nothing, one that arrived later only what depends on it.
"""

from __future__ import annotations

import dataclasses
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.ipc

from poise.big.storage.contents import FileState

_KEY_LENGTH = 32
_SOURCES = "_sources.json"


@dataclass(frozen=True)
class StoredFile:
    """A complete file of the result.

    Attributes
    ----------
    name : str
        Its name in the store.
    folder : str
        Its folder in the result, such as ``day=1``.
    rows, bytes : int
    digest : str
        SHA-256 of its content.
    classes : list of int
        Rows of each class.
    how : {"written", "hard link", "symbolic link", "copy"}
    source : str or None
        The file of the source that it is a link to, or a copy of.
    time : int or None
        Time of last change of a link's file.
    """

    name: str
    folder: str
    rows: int
    bytes: int
    digest: str
    classes: list[int]
    how: str = "written"
    source: str | None = None
    time: int | None = None


@dataclass(frozen=True)
class Unit:
    """A step of the writing that is complete: the files for a part of the source, or for some new rows.

    Attributes
    ----------
    files : tuple of StoredFile
    n_read : int
        Rows that were read from the source.
    """

    files: tuple[StoredFile, ...]
    n_read: int = 0


@dataclass(frozen=True)
class Store:
    """Results of scans, and units of the writing, in a folder.

    Attributes
    ----------
    folder : Path
    """

    folder: Path

    @property
    def n_scans(self) -> int:
        """Number of scans whose results are stored."""
        return len(list(self.folder.glob("_scan-*")))

    @property
    def n_units(self) -> int:
        """Number of units that are stored."""
        return len(list(self.folder.glob("_unit-*.json")))

    @property
    def n_bytes(self) -> int:
        """Size of the files of the result that were written: neither links nor what is unfinished."""
        found = [path.lstat() for path in self.folder.glob("[!_]*.parquet")]
        return sum(s.st_size for s in found if s.st_nlink == 1 and not stat.S_ISLNK(s.st_mode))

    @contextmanager
    def file(self, name: str) -> Iterator[Path]:
        """Give a path to write a file to, for its owner only; the file gets its name if no error occurs."""
        path = self.folder / f"_writing-{name}"
        try:
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
            yield path
            path.replace(self.folder / name)
        finally:
            path.unlink(missing_ok=True)

    def delete_leftovers(self) -> None:
        """Delete what a run that was killed has not finished."""
        for path in self.folder.glob("_writing-*"):
            path.unlink()

    def table(self, key: str, schema: pa.Schema) -> pa.Table | None:
        """Return the stored result of a scan; None if there is none, or a damaged file."""
        path = self.folder / f"_scan-{key[:_KEY_LENGTH]}.arrow"
        if path.exists():
            with suppress(pa.ArrowException, OSError), pa.OSFile(str(path)) as file:
                found = pa.ipc.open_file(file).read_all()
                found.validate(full=True)
                return found if found.schema.equals(schema) else None
        return None

    def add_table(self, key: str, table: pa.Table) -> None:
        """Store the result of a scan."""
        with self.file(f"_scan-{key[:_KEY_LENGTH]}.arrow") as path:
            options = pa.ipc.IpcWriteOptions(compression="lz4")
            with pa.ipc.new_file(str(path), table.schema, options=options) as writer:
                writer.write_table(table)
            sync(path)

    def unit(self, key: str) -> Unit | None:
        """Return a unit if it is stored, and its files are as they were written."""
        path = self.folder / f"_unit-{key[:_KEY_LENGTH]}.json"
        with suppress(OSError, ValueError, RecursionError, TypeError, KeyError):
            stored = json.loads(path.read_text(encoding="utf-8"))
            unit = Unit(tuple(StoredFile(**file) for file in stored["files"]), stored["n_read"])
            if isinstance(unit.n_read, int) and all(map(self._is_complete, unit.files)):
                return unit
        return None

    def _is_complete(self, file: StoredFile) -> bool:
        numbers = [file.rows, file.bytes, *file.classes]
        is_record = all(isinstance(number, int) and number >= 0 for number in numbers)
        return is_record and (self.folder / file.name).stat().st_size == file.bytes

    def add_unit(self, key: str, unit: Unit) -> None:
        """Store that a unit is complete."""
        with self.file(f"_unit-{key[:_KEY_LENGTH]}.json") as path:
            path.write_text(json.dumps(dataclasses.asdict(unit)), encoding="utf-8")

    def file_name(self, key: str, number: int = 0) -> str:
        """Return the name of a file of a unit in the store."""
        return f"{key[:_KEY_LENGTH]}-{number}.parquet"

    def sources(self) -> dict[str, FileState]:
        """Return the size, time and digest of each file of the source, as far as they were stored."""
        with suppress(OSError, ValueError, RecursionError, TypeError, AttributeError):
            stored = json.loads((self.folder / _SOURCES).read_text(encoding="utf-8"))
            return {str(p): (int(s), int(t), str(digest)) for p, (s, t, digest) in stored.items()}
        return {}

    def add_sources(self, states: dict[str, FileState]) -> None:
        """Store the size, time and digest of each file of the source."""
        with self.file(_SOURCES) as path:
            path.write_text(json.dumps(states), encoding="utf-8")


def sync(path: Path) -> None:
    """Wait until a file or a folder is on the disk."""
    if os.name == "nt" and path.is_dir():  # Windows cannot open folders
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
