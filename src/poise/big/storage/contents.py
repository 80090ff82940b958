"""The content of a source: a digest of each file, computed in a thread beside the first pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from poise.big.storage.digests import digest_of, digest_of_file
from poise.big.storage.files import read_errors
from poise.big.storage.source import Source

FileState = tuple[int, int, str]  # size, time of last change in nanoseconds, digest


class Contents:
    """The digest of each part of a source of files.

    Files on another computer are known by their size and time, because reading them once more is slow.

    Parameters
    ----------
    source : Source
        Its changes can be detected.
    known : mapping of path to (size, time, digest)
        From an earlier run: a file of the same size and time has the same content.
    """

    def __init__(self, source: Source, known: Mapping[str, FileState]) -> None:
        states = {path: (size, time) for path, size, time in source.state_when_opened or []}
        self._source, self._stop = source, Event()
        self._states = [(part.name, *states.get(part.name, (0, 0))) for part in source.parts]
        self._worker = ThreadPoolExecutor(1)
        self._digests = [self._start(*state, known) for state in self._states]

    def _start(
        self, path: str, size: int, time: int, known: Mapping[str, FileState]
    ) -> Future[str]:
        before = known.get(path)
        if before is not None and before[:2] == (size, time):
            return _finished(before[2])
        if not self._source.is_local:
            return _finished(f"{size}-{time}")
        return self._worker.submit(digest_of_file, Path(path), self._stop)

    def close(self) -> None:
        """Stop the thread."""
        self._stop.set()
        self._worker.shutdown(cancel_futures=True)

    def digest(self, part: int) -> str:
        """Return the digest of the bytes of a part."""
        with read_errors(self._states[part][0]):
            return self._digests[part].result()

    def key(self, part: int) -> str:
        """Return what the rows of a part depend on: its bytes, and the values in the names of its folders."""
        return f"{self.digest(part)} {self._source.parts[part].folder}".strip()

    def by_name(self) -> dict[str, str]:
        """Return what the rows of each part depend on, by its name."""
        return {path: self.key(part) for part, (path, *_) in enumerate(self._states)}

    def digest_of_all(self) -> str:
        """Return a digest of the content of all parts, in order."""
        return digest_of([self.key(part) for part in range(len(self._states))])

    def states(self) -> dict[str, FileState]:
        """Return the size, the time and the digest of each file."""
        return {
            path: (size, time, self.digest(part))
            for part, (path, size, time) in enumerate(self._states)
        }


def _finished(digest: str) -> Future[str]:
    """Return a digest that need not be computed."""
    found: Future[str] = Future()
    found.set_result(digest)
    return found


@contextmanager
def open_contents(source: Source, known: Mapping[str, FileState]) -> Iterator[Contents | None]:
    """Give the content of a source, and stop its thread at the end; None for a stream."""
    if source.state_when_opened is None:
        yield None
        return
    contents = Contents(source, known)
    try:
        yield contents
    finally:
        contents.close()


def first_changed(before: Mapping[str, str], now: Mapping[str, str]) -> str | None:
    """Return the name of a part that has changed, was added or is missing; None if there is none.

    Parameters
    ----------
    before, now : mapping of name to str
        What the rows of each part depend on, in order. Names may differ: a source may be moved.

    Examples
    --------
    >>> first_changed({"/a/1": "x", "/a/2": "y"}, {"/b/1": "x", "/b/2": "z"})
    '/b/2'
    >>> first_changed({"/a/1": "x", "/a/2": "y"}, {"/b/1": "x", "/b/2": "y"})
    """
    if list(before.values()) == list(now.values()):
        return None
    old, new = set(before.values()), set(now.values())
    found = [name for name, key in now.items() if key not in old]
    found += [name for name, key in before.items() if key not in new]
    return next(iter(found or now))
