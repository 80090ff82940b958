"""Checks of a result against its manifest: its files, their rows and their content."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from poise.big.storage.digests import digest_of_file
from poise.big.storage.manifest import MANIFEST, find_manifest
from poise.core.errors import FileError
from poise.core.saved import PickledWithVersion

_Entry = Mapping[str, Any]
_READ = (".parquet", ".pq", ".parq")


@dataclass(frozen=True)
class Difference:
    """A file of a result that is not as the manifest says.

    Attributes
    ----------
    file : str
        Path in the folder of the result.
    problem : {"missing", "added", "unreadable", "rows", "size", "content"}
    expected, found : int, str or None
        Number of rows, bytes, or the SHA-256 digest of the content.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import pyarrow as pa
    >>> from poise import big
    >>> table = pa.table({"x": range(100), "y": [0] * 90 + [1] * 10})
    >>> with tempfile.TemporaryDirectory() as work:
    ...     result = big.resample(table, "smote", target="y", out=Path(work) / "out")
    ...     (result.out / "made-00000.parquet").unlink()
    ...     [difference] = result.check().differences
    >>> difference.file, difference.problem
    ('made-00000.parquet', 'missing')
    """

    file: str
    problem: str
    expected: int | str | None = None
    found: int | str | None = None

    def __str__(self) -> str:
        return f"{self.file!r} {self.in_words}"

    @property
    def in_words(self) -> str:
        """What is different, as in "is missing"."""
        return _WORDS[self.problem].format(self.expected, self.found)


_WORDS = {
    "missing": "is missing",
    "added": "is not in the manifest",
    "unreadable": "cannot be read as Parquet",
    "rows": "has {1:,} rows, and had {0:,}",
    "size": "has {1:,} bytes, and had {0:,}",
    "content": "has other content",
}


@dataclass(frozen=True)
class ResultCheck(PickledWithVersion):
    """A result compared with its manifest.

    Attributes
    ----------
    folder : Path
    n_files, n_rows : int
        Files and rows of the result, by the manifest.
    differences : tuple of Difference
        Files that are missing, were added, or have changed.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import pyarrow as pa
    >>> from poise import big
    >>> table = pa.table({"x": range(100), "y": [0] * 90 + [1] * 10})
    >>> with tempfile.TemporaryDirectory() as work:
    ...     found = big.resample(table, "smote", target="y", out=Path(work) / "out").check()
    >>> found.is_whole, found.n_rows
    (True, 180)
    """

    folder: Path
    n_files: int
    n_rows: int
    differences: tuple[Difference, ...]

    @property
    def is_whole(self) -> bool:
        """Whether all files are there, and are as they were written."""
        return not self.differences

    def to_dict(self) -> dict[str, Any]:
        """Return the check as JSON values."""
        return {
            "folder": str(self.folder),
            "is_whole": self.is_whole,
            "files": self.n_files,
            "rows": self.n_rows,
            "differences": [vars(each) for each in self.differences],
        }

    def __str__(self) -> str:
        size = f"{self.n_files:,} files, {self.n_rows:,} rows"
        if self.is_whole:
            return f"{str(self.folder)!r} is whole: {size}"
        n, width = len(self.differences), max(len(each.file) for each in self.differences)
        are = "of its files is" if n == 1 else "of its files are"
        lines = [f"{str(self.folder)!r} is not whole: {n:,} {are} not as in the manifest ({size})"]
        lines += [f"  {each.file:<{width}}  {each.in_words}" for each in self.differences]
        return "\n".join(lines)


def check(folder: str | Path) -> ResultCheck:
    """Compare the result in a folder with its manifest: files, numbers of rows, and the content of each file.

    This reads all files once. A result shares the content of files that are hard links with its
    source, so a source that is rewritten in place is found here.

    Parameters
    ----------
    folder : str or Path
        A folder that `poise.big.resample` has written.

    Returns
    -------
    ResultCheck

    Raises
    ------
    FileError
        If the folder holds no manifest, or one that cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import pyarrow as pa
    >>> from poise import big
    >>> table = pa.table({"x": range(100), "y": [0] * 90 + [1] * 10})
    >>> work = tempfile.TemporaryDirectory()
    >>> result = big.resample(table, "smote", target="y", out=Path(work.name) / "out")
    >>> result.check().is_whole
    True
    >>> (result.out / "made-00000.parquet").unlink()
    >>> print(big.check(result.out).differences[0])
    'made-00000.parquet' is missing
    >>> work.cleanup()
    """
    folder = Path(folder)
    manifest = find_manifest(folder)
    if manifest is None:
        raise FileError(
            f"{str(folder)!r} holds no manifest ({MANIFEST!r}), so it is not a complete result of poise.big. Pass the "
            "folder that was given as out."
        )
    files = manifest["files"]
    differences = (*_compared(folder, files, _compare_all), *added_files(folder, files))
    n_rows = sum(entry["rows"] for entry in files.values())
    return ResultCheck(folder, len(files), n_rows, differences)


def require_as_written(folder: Path, *, may_grow: bool = True, reads_all: bool = False) -> None:
    """Raise if a folder is a result whose files are not as they were written; folders of others pass.

    Content is read only of links whose file has another time of last change, unless `reads_all`.

    Raises
    ------
    FileError
    """
    manifest = find_manifest(folder)
    if manifest is None:
        return
    compare = _compare_all if reads_all else _compare_quickly
    first = next(_compared(folder, manifest["files"], compare), None)
    if first is None and not may_grow:
        first = next(added_files(folder, manifest["files"]), None)
    if first is None:
        return
    entry = manifest["files"].get(first.file, {})
    is_link = str(entry.get("how", "")).endswith("link")
    shared = f" (it shares its content with {entry['source']!r})" if is_link else ""
    raise FileError(
        f"The result in {str(folder)!r} is not as it was written: {first}{shared}. Restore the file, or make the "
        "result again: if_exists='replace' (--if-exists replace)."
    )


def size_and_time(path: Path) -> list[int]:
    """Return the size of a file, and the time of its last change in nanoseconds."""
    found = path.stat()
    return [found.st_size, found.st_mtime_ns]


def _compared(
    folder: Path, files: Mapping[str, _Entry], compare: Callable[[Path, _Entry], tuple[Any, ...]]
) -> Iterator[Difference]:
    for name, entry in files.items():
        path = folder / name
        found = compare(path, entry) if path.exists() else ("missing",)
        if found:
            yield Difference(name, *found)


def _compare_quickly(path: Path, entry: _Entry) -> tuple[Any, ...]:
    size, time = size_and_time(path)
    if size != entry["bytes"]:
        return "size", entry["bytes"], size
    if time == entry.get("time", time):
        return ()
    return _compare_content(path, entry)


def _compare_all(path: Path, entry: _Entry) -> tuple[Any, ...]:
    try:
        n_rows = pq.read_metadata(path).num_rows
    except (pa.ArrowException, OSError):
        return ("unreadable",)
    if n_rows != entry["rows"]:
        return "rows", entry["rows"], n_rows
    size = path.stat().st_size
    return (
        ("size", entry["bytes"], size) if size != entry["bytes"] else _compare_content(path, entry)
    )


def _compare_content(path: Path, entry: _Entry) -> tuple[Any, ...]:
    digest = digest_of_file(path)
    return () if digest == entry["sha256"] else ("content", entry["sha256"], digest)


def added_files(folder: Path, files: Mapping[str, _Entry]) -> Iterator[Difference]:
    """Yield files that are not in the manifest; hidden ones of others, such as _SUCCESS, are not data."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        is_hidden = any(part[0] in "._" for part in name.parts)
        # Several readers take hidden Parquet files for rows too.
        is_data = not is_hidden or (path.suffix in _READ and path.name != MANIFEST)
        if is_data and not path.is_dir() and name.as_posix() not in files:
            yield Difference(name.as_posix(), "added")
