"""The folder of a result: written beside it under a hidden name, moved there when it is complete.

The hidden folder, which only its owner can read, holds a store of all that is complete, so that a run
that was stopped can be resumed. Only a complete result gets the name that the user asked for.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa

from poise.big.storage.check import added_files
from poise.big.storage.manifest import MANIFEST, find_manifest, write_manifest
from poise.big.storage.store import Store, StoredFile, sync
from poise.core.errors import (
    DiskError,
    DoesNotFitError,
    FileError,
    InputError,
    LockedError,
    UnsupportedTypeError,
    listed,
)
from poise.core.files import is_of_disk
from poise.core.saved import format_entries, require_format
from poise.core.types import IfExists, Links, choices

try:
    import fcntl
except ImportError:  # Windows, where two runs into one folder are not detected
    fcntl = None  # type: ignore[assignment]  # as above

IF_EXISTS = choices(IfExists)
LINKS = choices(Links)
_LOCK = "_lock"
_SETTINGS, _KIND = "_settings.json", "unfinished result"
_RESULT, _REPLACED = "result", "replaced"
_RESTART = (
    "pass restart=True (--restart) to delete what the earlier run has done, and to start again"
)
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
    if_exists : {"fail", "skip", "extend", "replace"}
        What happens if there is a complete result already.
    """

    out: Path
    if_exists: str = "fail"
    _lock: int | None = field(default=None, init=False)

    @property
    def aside(self) -> Path:
        """Path of the folder until it is complete."""
        return self.out.parent / f".{self.out.name}.unfinished"

    @property
    def store(self) -> Store:
        return Store(self.aside)

    @property
    def exists(self) -> bool:
        """Whether there is something at the path of the result."""
        return self.out.exists() or self.out.is_symlink()

    @contextmanager
    def open(
        self, settings: Mapping[str, Any], *, resume: bool = False, restart: bool = False
    ) -> Iterator[None]:
        """Start or resume the result; unlock it at the end, and delete it if it cannot be resumed.

        Parameters
        ----------
        settings : mapping
            What the user has chosen, and the result depends on.
        resume : bool
            Whether an unfinished run into the same folder is continued.
        restart : bool
            Whether it is deleted.

        Raises
        ------
        FileError
            If the result exists, cannot be written, was started without `resume` or `restart`, or is
            being written by another process.
        InputError
            If the run to resume had other settings.
        """
        now = json.loads(json.dumps(settings, default=str))
        try:
            with _errors_before_work(self.out):
                self._make_aside()
                self._restore_replaced()
                if restart or (self.if_exists == "replace" and not resume):
                    self._empty()
                self._require_same(now, resume=resume)
                self._start(now)
            try:
                yield
            except (InputError, UnsupportedTypeError):
                self.delete()  # the same call would fail again
                raise
            except DoesNotFitError:
                # A run with more memory, or on an emptier disk, could use them.
                if self.store.n_scans < _SCANS_WORTH_KEEPING and not self.store.n_units:
                    self.delete()
                raise
        finally:
            self.unlock()

    def check_writable(self) -> None:
        """Raise, before any work, if the result could not be written."""
        with _errors_before_work(self.out):
            if self.exists and self.if_exists == "fail":
                raise FileError(
                    f"{str(self.out)!r} already exists. Choose another folder, or delete it first; if it is a result of "
                    "poise.big, if_exists='replace' (--if-exists replace) makes it again, 'extend' adds rows "
                    "to it, and 'skip' keeps it."
                )
            manifest = find_manifest(self.out) if self.exists else {"files": {}}
            if manifest is None:
                raise FileError(
                    f"{str(self.out)!r} exists and is not a complete result of poise.big, so "
                    f"if_exists={self.if_exists!r} does not touch it. Choose another folder, or delete it yourself."
                )
            others = [each.file for each in added_files(self.out, manifest["files"])]
            if others and self.if_exists == "replace":
                raise FileError(
                    f"{str(self.out)!r} also holds {listed(others)}, which poise.big has not written and if_exists='replace' "
                    "would delete. Move these files to another folder first."
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

    def _make_aside(self) -> None:
        """Create the hidden folder, and lock it for this process; the lock ends with the process."""
        while True:
            self.aside.mkdir(mode=0o700, exist_ok=True)
            if self.aside.is_symlink():  # another user may have put it there
                raise FileError(
                    f"{str(self.aside)!r} is a link, and not the folder of an unfinished run. Delete it, or choose "
                    "another out."
                )
            self.aside.chmod(0o700)
            if fcntl is None:
                return
            self._lock = os.open(self.aside / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.unlock()
                raise LockedError(
                    f"{str(self.out)!r} is being written by another process. Wait for it, or stop it."
                ) from None
            with suppress(FileNotFoundError):
                if os.fstat(self._lock).st_ino == (self.aside / _LOCK).stat().st_ino:
                    return
            self.unlock()  # another process has just finished, and deleted the folder

    def unlock(self) -> None:
        """Release the folder for other processes."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def restore_replaced(self) -> None:
        """Give an earlier result its name back, if a run was killed while it replaced the result.

        Raises
        ------
        LockedError
            If another process is writing the result.
        """
        with _errors_before_work(self.out):
            if not (self.aside / _REPLACED).exists():
                return
            self._make_aside()
            try:
                self._restore_replaced()
            finally:
                self.unlock()

    def _restore_replaced(self) -> None:
        """Give an earlier result its name back, if a run was killed while it replaced the result."""
        replaced = self.aside / _REPLACED
        if replaced.exists() and not self.exists:
            replaced.rename(self.out)

    def _empty(self) -> None:
        """Delete what earlier runs have left."""
        for path in self.aside.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path.name != _LOCK:
                path.unlink()

    def _start(self, settings: Mapping[str, Any]) -> None:
        self.store.delete_leftovers()
        for name in (_RESULT, _REPLACED):
            shutil.rmtree(self.aside / name, ignore_errors=True)
        with write_errors(self.out), self.store.file(_SETTINGS) as path:
            path.write_text(
                json.dumps(format_entries(_KIND) | {"settings": settings}), encoding="utf-8"
            )

    def stored_seed(self, *, resume: bool) -> int | None:
        """Return the seed of the result to keep, or of the unfinished run to resume; None if there is none."""
        if self.if_exists in ("skip", "extend") and self.exists:
            return (find_manifest(self.out) or {}).get("seed")
        settings = self._stored_settings() if resume else None
        return None if settings is None else settings.get("seed")

    def _require_same(self, settings: Mapping[str, Any], *, resume: bool) -> None:
        """Raise if an unfinished run is not to be resumed, or had other settings."""
        stored = self._stored_settings()
        if stored is None:
            return
        if not resume:
            raise FileError(
                f"An earlier run into {str(self.out)!r} is unfinished. Pass resume=True (--resume) to continue "
                "it, or restart=True (--restart) to delete what it has done."
            )
        difference = first_difference(stored, settings)
        if difference is not None:
            raise InputError(
                f"The unfinished run into {str(self.out)!r} had another {difference}, so it cannot be resumed. "
                "Pass the same arguments, or restart=True (--restart) to delete what it has done."
            )

    def _stored_settings(self) -> dict[str, Any] | None:
        path = self.aside / _SETTINGS
        if not path.exists():
            return None
        try:
            content, reason = json.loads(path.read_text(encoding="utf-8")), "it is incomplete"
        except (OSError, ValueError, RecursionError) as error:
            content, reason = None, str(error)
        if isinstance(content, dict):
            require_format(content, _KIND, f"The unfinished run in {str(self.aside)!r}", _RESTART)
            content = content.get("settings")
        if not _are_settings(content):
            raise FileError(
                f"{str(path)!r} cannot be read: {reason}. {_RESTART[0].upper()}{_RESTART[1:]}."
            )
        found: dict[str, Any] = content
        return found

    def finish(
        self, files: Mapping[str, StoredFile], manifest: Mapping[str, Any], schema: pa.Schema
    ) -> None:
        """Move the files to their places and the folder to its final path.

        Parameters
        ----------
        files : mapping of path to StoredFile
            The files of the result, by their path in it.
        manifest : mapping
        schema : pyarrow.Schema
            Columns of the files.
        """
        result = self.aside / _RESULT
        with write_errors(self.out):
            shutil.rmtree(result, ignore_errors=True)
            result.mkdir()
            folders = sorted({*(PurePosixPath(name).parent for name in files), PurePosixPath()})
            for folder in folders:
                (result / folder).mkdir(parents=True, exist_ok=True)
            # The first folder: see `manifest`.
            first = next((f for f in folders if f != PurePosixPath()), PurePosixPath())
            with self.store.file(MANIFEST) as path:
                write_manifest(path, manifest, schema, str(first))
                sync(path)
            mode = stat.S_IMODE(result.stat().st_mode) & 0o666  # as the umask has it
            _move(self.aside / MANIFEST, result / first / MANIFEST, mode)
            for name, file in files.items():
                is_own = file.how in ("written", "copy")
                _move(self.aside / file.name, result / name, mode if is_own else None)
            for place, _, _ in os.walk(result):
                sync(Path(place))
            self.check_writable()
            if self.exists and self.if_exists in ("extend", "replace"):
                self.out.rename(self.aside / _REPLACED)
            result.rename(self.out)
            sync(self.out.parent)
        self.delete()

    def delete(self) -> None:
        """Delete the unfinished result."""
        (self.aside / _SETTINGS).unlink(
            missing_ok=True
        )  # first, so that what is left is not taken for an unfinished run
        shutil.rmtree(self.aside, ignore_errors=True)
        self.unlock()

    def delete_unfinished(self) -> None:
        """Delete what a run into this folder has left, unless another process is writing it."""
        if self.aside.exists():
            with suppress(LockedError):
                self._make_aside()
                self.delete()


def check_source_stays(folder: Folder, files: Sequence[str]) -> None:
    """Raise if a file of the source is in a result that would be replaced."""
    if folder.exists:
        place = folder.out.resolve()
        inside = next((f for f in files if Path(f).resolve().is_relative_to(place)), None)
        if inside is not None:
            raise InputError(
                f"out={str(folder.out)!r} holds a file of the source, {inside!r}, which would be deleted with the result "
                "that is replaced. Choose another folder."
            )


def _move(source: Path, target: Path, mode: int | None) -> None:
    """Move a file, and give it the usual permissions unless it is a link to a file of the user."""
    if mode is not None:
        source.chmod(mode)
    source.rename(target)


def first_difference(before: Mapping[str, Any], now: Mapping[str, Any]) -> str | None:
    """Return the first setting that differs, with both values; None if all are the same.

    Examples
    --------
    >>> first_difference({"seed": 0, "parameters": {"k": 5}}, {"seed": 0, "parameters": {"k": 6}})
    'k (5, and now 6)'
    """
    old, new = _flat(before), _flat(now)
    names = sorted({*old, *new}, key=lambda name: (name != "method", name))
    changed = [name for name in names if old.get(name) != new.get(name)]
    if not changed:
        return None
    name = changed[0]
    return f"{name} ({old.get(name)!r}, and now {new.get(name)!r})"


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
        if isinstance(error, InputError):
            raise
        raise FileError(f"{str(out)!r} cannot be written: {_reason(error)}.") from error


def _reason(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".")


def _are_settings(stored: Any) -> bool:
    """Return whether a JSON value has the shape of the settings of a run."""
    return (
        isinstance(stored, dict)
        and isinstance(stored.get("parameters", {}), dict)
        and isinstance(stored.get("seed"), int | None)
    )


def _flat(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings and the sampler's parameters in one mapping."""
    others = {name: value for name, value in settings.items() if name != "parameters"}
    return {**settings.get("parameters", {}), **others}
