"""The folder of a result: written under a hidden name, renamed when it is complete, resumable.

The hidden folder holds the results of the scans and the files that are complete, so a run that was
stopped can be resumed. Only a complete result gets the name that the user asked for.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from poise.big.storage.links import MANIFEST, size_and_time
from poise.core.errors import (
    DiskError,
    DoesNotFitError,
    FileError,
    InputError,
    LockedError,
    UnsupportedTypeError,
)
from poise.core.files import is_of_disk, written

try:
    import fcntl
except ImportError:  # Windows, where two runs into one folder are not detected
    fcntl = None  # type: ignore[assignment]  # as above

_LOCK = "_lock"
_PROGRESS = "_progress.json"
_SCANS_WORTH_KEEPING = 3


def path_of_result(out: Any, source_folder: Path | None) -> Path:
    """Return the absolute path of a result, or raise if it would become a part of its source."""
    if not isinstance(out, str | os.PathLike):
        raise InputError(f"out={out!r} is not a path of a folder.")
    path = Path(os.path.abspath(out))  # noqa: PTH100  # links stay
    if source_folder is not None and path.parent.resolve().is_relative_to(source_folder.resolve()):
        raise InputError(
            f"out={str(out)!r} is inside the folder of the source, {str(source_folder)!r}, and would be read as a "
            "part of it the next time. Choose a folder outside it."
        )
    return path


@dataclass(eq=False)
class Folder:
    """A result that is being written to a folder.

    Attributes
    ----------
    out : Path
        Path of the complete result.
    done : dict
        For each file that is complete: its rows, its size, the rows read for it, its rows of each class.
    linked : dict
        For each link: the size and the time of the file.
    """

    out: Path
    done: dict[str, dict[str, Any]] = field(default_factory=dict)
    linked: dict[str, list[int]] = field(default_factory=dict)
    _settings: dict[str, Any] = field(default_factory=dict)
    _lock: int | None = None

    @property
    def aside(self) -> Path:
        """Path of the folder until it is complete."""
        return self.out.parent / f".{self.out.name}.unfinished"

    @contextmanager
    def open(self, settings: Mapping[str, Any], *, resume: bool) -> Iterator[None]:
        """Start or resume the result; unlock it at the end, and delete it if it cannot be resumed.

        Parameters
        ----------
        settings : mapping
            What the result depends on.
        resume : bool

        Raises
        ------
        FileError
            If the result exists, cannot be written, was started without `resume`, or is being
            written by another process.
        InputError
            If the run to resume had other settings.
        """
        try:
            self._start(settings, resume=resume)
            try:
                yield
            except (InputError, UnsupportedTypeError):
                self.delete()  # the same call would fail again
                raise
            except DoesNotFitError:
                # A run with more memory, or on an emptier disk, could use them.
                if self.n_scans < _SCANS_WORTH_KEEPING and not self.done:
                    self.delete()
                raise
        finally:
            self.unlock()

    def _start(self, settings: Mapping[str, Any], *, resume: bool) -> None:
        self._settings = json.loads(json.dumps(settings, default=str))
        with _errors_before_work(self.out):
            self.aside.mkdir(exist_ok=True)
            self._take_lock()
        if (self.aside / _PROGRESS).exists():
            self._resume(resume=resume)
        else:  # new, or stopped before anything was stored
            self._store()

    def check_writable(self) -> None:
        """Raise, before any work, if the result could not be written."""
        with _errors_before_work(self.out):
            if self.out.exists() or self.out.is_symlink():
                raise FileError(
                    f"{str(self.out)!r} already exists. Choose another folder, or delete it first."
                )
            folder = self.out.parent
            if not folder.is_dir():
                raise FileError(
                    f"There is no folder {str(folder)!r} for {self.out.name!r}. Create it first."
                )
            if not os.access(folder, os.W_OK):
                raise FileError(
                    f"The folder {str(folder)!r} is not writable. Choose another one, or change its permissions."
                )
            self.aside.exists()  # raises if the name with its additions is too long

    def _take_lock(self) -> None:
        """Lock the folder for this process; the lock ends with the process."""
        if fcntl is None:
            return
        self._lock = os.open(self.aside / _LOCK, os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.unlock()
            raise LockedError(
                f"{str(self.out)!r} is being written by another process. Wait for it, or stop it."
            ) from None

    def unlock(self) -> None:
        """Release the folder for other processes."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def stored_seed(self) -> int | None:
        """Return the seed of the unfinished run in this folder; None if there is none."""
        if not (self.aside / _PROGRESS).exists():
            return None
        seed: int | None = self._read_progress()["settings"].get("seed")
        return seed

    def _resume(self, *, resume: bool) -> None:
        if not resume:
            raise FileError(
                f"An earlier run into {str(self.out)!r} is unfinished. Pass resume=True (--resume) to continue "
                f"it, or delete {str(self.aside)!r}."
            )
        stored = self._read_progress()
        before, now = (_flat(settings) for settings in (stored["settings"], self._settings))
        names = sorted({*before, *now}, key=lambda name: (name != "method", name))
        changed = [name for name in names if before.get(name) != now.get(name)]
        if changed:
            name = changed[0]
            values = (
                "" if name == "input" else f" ({before.get(name)!r}, and now {now.get(name)!r})"
            )
            raise InputError(
                f"The unfinished run into {str(self.out)!r} had another {name}{values}, so it cannot be resumed. "
                f"Pass the same arguments, or delete {str(self.aside)!r}."
            )
        self.done = {
            name: entry for name, entry in stored["done"].items() if self._is_complete(name, entry)
        }

    def _is_complete(self, name: str, entry: Mapping[str, Any]) -> bool:
        path = self.aside / name
        return not entry["rows"] or (path.exists() and path.stat().st_size == entry["bytes"])

    def _read_progress(self) -> dict[str, Any]:
        path = self.aside / _PROGRESS
        try:
            stored, reason = json.loads(path.read_text(encoding="utf-8")), "it is incomplete"
        except (OSError, ValueError, RecursionError) as error:
            stored, reason = None, str(error)
        if not _is_progress(stored):
            raise FileError(
                f"{str(path)!r} cannot be read: {reason}. Delete {str(self.aside)!r} and start again."
            )
        found: dict[str, Any] = stored
        return found

    def _store(self) -> None:
        text = json.dumps({"settings": self._settings, "done": self.done})
        with write_errors(self.out):
            written(text, self.aside / _PROGRESS)

    @contextmanager
    def file(self, name: str) -> Iterator[Path]:
        """Give a path to write a file to; the file gets its name if no error occurs."""
        path = self.aside / f"_writing-{name}"
        try:
            with write_errors(self.out):
                yield path
                path.replace(self.aside / name)
        finally:
            path.unlink(missing_ok=True)

    def add(self, name: str, classes: list[int], read: int = 0) -> None:
        """Record that a file is complete, with its rows of each class and the rows read for it."""
        rows = sum(classes)
        size = (self.aside / name).stat().st_size if rows else 0
        self.done[name] = {"rows": rows, "bytes": size, "read": read, "classes": classes}
        self._store()

    def link(self, name: str, target: Path) -> bool:
        """Link to a file of the source; return False if the system does not allow links."""
        place = self.aside / name
        try:  # also the names of links may be too long
            place.unlink(missing_ok=True)
            place.symlink_to(target)
            self.linked[name] = size_and_time(target)
        except OSError:
            return False
        return True

    def unlink(self, names: Iterable[str]) -> None:
        """Remove links from the folder."""
        for name in names:
            with suppress(OSError):  # a name that is too long was not linked
                (self.aside / name).unlink(missing_ok=True)
        self.linked = {}

    @property
    def n_scans(self) -> int:
        """Number of scans whose results are stored."""
        return len(list(self.aside.glob("_scan-*")))

    def finish(self, manifest: Mapping[str, Any]) -> None:
        """Write the manifest and rename the folder to its final path."""
        with write_errors(self.out):
            text = json.dumps(manifest, indent=2, default=str, ensure_ascii=False)
            written(text + "\n", self.aside / MANIFEST)
            for path in self.aside.glob("_*"):
                if path.name not in (MANIFEST, _PROGRESS, _LOCK):
                    path.unlink()
            self.check_writable()
            self.aside.rename(self.out)
            # A run that is stopped before this line can be resumed.
            for name in (_PROGRESS, _LOCK):
                (self.out / name).unlink(missing_ok=True)
        self.unlock()

    def delete(self) -> None:
        """Delete the unfinished result."""
        self.unlock()
        shutil.rmtree(self.aside, ignore_errors=True)


@contextmanager
def write_errors(out: Path) -> Iterator[None]:
    """Raise errors of the file system as a `FileError` or `DiskError` that names the way to resume."""
    try:
        yield
    except OSError as error:
        if isinstance(error, FileError) and not isinstance(error, DiskError):
            raise
        raise (DiskError if is_of_disk(error) else FileError)(
            f"{str(out)!r} cannot be written: {_reason(error)}. Completed files are kept: free some space, "
            "then pass resume=True (--resume) to continue."
        ) from error


@contextmanager
def _errors_before_work(out: Path) -> Iterator[None]:
    """Raise errors of the file system as a `FileError`, when nothing is written yet."""
    try:
        yield
    except FileError:
        raise
    except (OSError, ValueError) as error:
        raise FileError(f"{str(out)!r} cannot be written: {_reason(error)}.") from error


def _reason(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".")


def _is_progress(stored: Any) -> bool:
    """Return whether a JSON value has the shape of a stored run: its settings, and its complete files."""
    settings, done = (
        stored.get(name) if isinstance(stored, dict) else None for name in ("settings", "done")
    )
    return (
        isinstance(settings, dict)
        and isinstance(settings.get("parameters", {}), dict)
        and isinstance(settings.get("seed"), int | None)
        and isinstance(done, dict)
        and all(map(_is_entry, done.values()))
    )


def _is_entry(entry: Any) -> bool:
    """Return whether a JSON value describes a complete file."""
    if not isinstance(entry, dict) or not isinstance(entry.get("classes"), list):
        return False
    numbers = [entry.get(name) for name in ("rows", "bytes", "read")] + entry["classes"]
    return all(isinstance(number, int) and number >= 0 for number in numbers)


def _flat(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings and the sampler's parameters in one mapping."""
    others = {name: value for name, value in settings.items() if name != "parameters"}
    return {**settings.get("parameters", {}), **others}
