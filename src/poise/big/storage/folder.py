"""A result in a folder: worked on aside, one file after the other, and named when it is complete.

The folder being worked on is hidden and holds what each scan has found and which files are done, so
that a run that was stopped goes on from there. Only a whole result gets the name that was asked for.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq

from poise.big.methods.session import Engine
from poise.big.scans.scan import Scan, ahead
from poise.core.errors import FileError, InputError
from poise.core.files import written

try:
    import fcntl
except ImportError:  # on Windows, where nothing keeps two runs apart
    fcntl = None  # type: ignore[assignment]  # as said

MANIFEST = "_manifest.json"
_LOCK = "_lock"
_PROGRESS = "_progress.json"
_ROW_GROUP = 1 << 18


@dataclass(eq=False)
class Folder:
    """A folder that is being written.

    Attributes
    ----------
    out : Path
        Its name when it is complete.
    done : dict
        Of each file that is complete, what is known of it.
    """

    out: Path
    done: dict[str, dict[str, Any]] = field(default_factory=dict)
    _told: dict[str, Any] = field(default_factory=dict)
    _lock: int | None = None

    @property
    def aside(self) -> Path:
        """The folder until then."""
        return self.out.parent / f".{self.out.name}.unfinished"

    def start(self, told: Mapping[str, Any], *, resume: bool) -> None:
        """Make the folder, or go on with the one that is there.

        Parameters
        ----------
        told : mapping
            What the result depends on.
        resume : bool

        Raises
        ------
        FileError
            Where the result exists, cannot be written, was begun and is not to be resumed, or is
            being written by another process.
        InputError
            Where what was begun was something else.
        """
        self._told = json.loads(json.dumps(told, default=str))
        with _told_before(self.out):
            self.aside.mkdir(exist_ok=True)
            self._lock_it()
        if (self.aside / _PROGRESS).exists():
            self._refuse_others(resume=resume)
        else:  # what there may be was stopped before it had begun
            self._store()

    def refuse_unusable(self) -> None:
        """Raise before any work where the result could not be written."""
        with _told_before(self.out):
            if self.out.exists() or self.out.is_symlink():
                raise FileError(
                    f"{str(self.out)!r} exists already. Name another folder, or delete it first."
                )
            folder = self.out.parent
            if not folder.is_dir():
                raise FileError(
                    f"There is no folder {str(folder)!r} to make {self.out.name!r} in. Make it."
                )
            if not os.access(folder, os.W_OK):
                raise FileError(f"The folder {str(folder)!r} cannot be written to.")

    def _lock_it(self) -> None:
        """Take the folder for this process; the lock ends with it, however it ends."""
        if fcntl is None:
            return
        self._lock = os.open(self.aside / _LOCK, os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.unlock()
            raise FileError(
                f"{str(self.out)!r} is being written by another process. Wait for it, or stop it."
            ) from None

    def unlock(self) -> None:
        """Leave the folder to other processes."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def stored_seed(self) -> int | None:
        """Return the seed of the run that was begun here, None where there is none."""
        if not (self.aside / _PROGRESS).exists():
            return None
        seed = self._read_progress()["told"].get("seed")
        return None if seed is None else int(seed)

    def _refuse_others(self, *, resume: bool) -> None:
        if not resume:
            raise FileError(
                f"A run into {str(self.out)!r} was begun and not finished. Pass resume=True (--resume) to go "
                f"on with it, or delete {str(self.aside)!r}."
            )
        stored = self._read_progress()
        before, now = (_flat(told) for told in (stored["told"], self._told))
        names = sorted({*before, *now}, key=lambda name: (name != "method", name))
        unlike = [name for name in names if before.get(name) != now.get(name)]
        if unlike:
            name = unlike[0]
            values = (
                "" if name == "input" else f" ({before.get(name)!r}, and now {now.get(name)!r})"
            )
            raise InputError(
                f"The run that was begun into {str(self.out)!r} had another {name}{values}; it cannot be resumed "
                f"with this one. Ask for the same, or delete {str(self.aside)!r}."
            )
        self.done = {
            name: entry for name, entry in stored["done"].items() if self._is_whole(name, entry)
        }

    def _is_whole(self, name: str, entry: Mapping[str, Any]) -> bool:
        path = self.aside / name
        return not entry["rows"] or (path.exists() and path.stat().st_size == entry["bytes"])

    def _read_progress(self) -> dict[str, Any]:
        path = self.aside / _PROGRESS
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            return {"told": stored["told"], "done": stored["done"]}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise FileError(
                f"{str(path)!r} cannot be read: {error}. Delete {str(self.aside)!r} and begin anew."
            ) from error

    def _store(self) -> None:
        text = json.dumps({"told": self._told, "done": self.done})
        with told_as_unwritable(self.out):
            written(text, self.aside / _PROGRESS)

    @contextmanager
    def file(self, name: str) -> Iterator[Path]:
        """Give a path to write a file of the result to; it is renamed when all went well."""
        path = self.aside / f"_writing-{name}"
        try:
            with told_as_unwritable(self.out):
                yield path
                path.replace(self.aside / name)
        finally:
            path.unlink(missing_ok=True)

    def add(self, name: str, rows: int, **known: Any) -> None:
        """Note that a file is complete."""
        size = (self.aside / name).stat().st_size if rows else 0
        self.done[name] = {"rows": rows, "bytes": size, **known}
        self._store()

    def link(self, name: str, target: Path) -> bool:
        """Put a link to a file of the source into the folder; False where the system allows none."""
        place = self.aside / name
        place.unlink(missing_ok=True)
        try:
            place.symlink_to(target)
        except OSError:
            return False
        return True

    def unlink(self, names: Iterable[str]) -> None:
        """Take links out of the folder."""
        for name in names:
            (self.aside / name).unlink(missing_ok=True)

    @property
    def n_scans(self) -> int:
        """How many scans are kept."""
        return len(list(self.aside.glob("_scan-*")))

    def finish(self, manifest: Mapping[str, Any]) -> None:
        """Write the manifest and give the folder its name."""
        with told_as_unwritable(self.out):
            text = json.dumps(manifest, indent=2, default=str, ensure_ascii=False)
            written(text + "\n", self.aside / MANIFEST)
            for path in self.aside.glob("_*"):
                if path.name not in (MANIFEST, _PROGRESS, _LOCK):
                    path.unlink()
            self.refuse_unusable()
            self.aside.rename(self.out)
            # Until here a run that is stopped can be gone on with.
            for name in (_PROGRESS, _LOCK):
                (self.out / name).unlink(missing_ok=True)
        self.unlock()

    def discard(self) -> None:
        """Remove what was begun."""
        self.unlock()
        shutil.rmtree(self.aside, ignore_errors=True)


@contextmanager
def told_as_unwritable(out: Path) -> Iterator[None]:
    """Tell what the disk refuses in our words."""
    try:
        yield
    except FileError:
        raise
    except OSError as error:
        raise FileError(
            f"{str(out)!r} cannot be written: {_reason(error)}. What is done so far is kept; pass resume=True "
            "(--resume) to go on when there is room."
        ) from error


@contextmanager
def _told_before(out: Path) -> Iterator[None]:
    """Tell what the disk refuses before anything is done."""
    try:
        yield
    except FileError:
        raise
    except (OSError, ValueError) as error:
        raise FileError(f"{str(out)!r} cannot be written: {_reason(error)}.") from error


def _reason(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".")


def _flat(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was asked with the method's parameters beside the rest."""
    return {**told.get("parameters", {}), **{n: v for n, v in told.items() if n != "parameters"}}


@dataclass(eq=False)
class Remembering:
    """An engine whose findings are kept in the folder, so that no scan is done twice."""

    engine: Engine
    folder: Folder
    _n_scans: int = 0

    def run(self, scan: Scan) -> pa.Table:
        """Return what the scan finds, or found in the run that is resumed."""
        name = f"_scan-{self._n_scans:03d}.arrow"
        self._n_scans += 1
        path = self.folder.aside / name
        if path.exists():
            # What is broken is found anew.
            with suppress(pa.ArrowException, OSError), pa.OSFile(str(path)) as file:
                return pa.ipc.open_file(file).read_all()
        found = self.engine.run(scan)
        with self.folder.file(name) as aside:
            options = pa.ipc.IpcWriteOptions(compression="lz4")
            with pa.ipc.new_file(str(aside), found.schema, options=options) as writer:
                writer.write_table(found)
        return found


def write_batches(
    folder: Folder,
    name: str,
    schema: pa.Schema,
    batches: Iterator[pa.RecordBatch],
    tell: Callable[[pa.RecordBatch], None],
) -> None:
    """Write rows to a Parquet file of the result; none where there is no row."""
    first = next(batches, None)
    if first is None:
        return
    # Numbers seldom repeat: a dictionary of them costs time and saves nothing.
    texts = [f.name for f in schema if not _is_number(f.type)]
    with (
        folder.file(name) as path,
        pq.ParquetWriter(path, schema, use_dictionary=texts or False) as writer,
    ):
        for batch in ahead(_chained(first, batches)):
            writer.write_batch(batch, row_group_size=_ROW_GROUP)
            tell(batch)


def _chained(first: pa.RecordBatch, rest: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield first
    yield from rest


def _is_number(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_temporal(kind)
    )
