"""Sources of rows that can be read several times in the same order: files, datasets, streams."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.dataset as ds

from poise.big.memory import rows_per_batch
from poise.big.request import without_columns
from poise.big.storage.files import Files, Part, files_at, without_views
from poise.core.errors import UnsupportedTypeError

_BATCH_ROWS = 1 << 17


class Source(Protocol):
    """Rows in parts, always in the same order."""

    @property
    def schema(self) -> pa.Schema: ...
    @property
    def folder(self) -> Path | None:
        """The folder that was given as the source, if it was one."""
        ...

    @property
    def parts(self) -> Sequence[Part]: ...
    @property
    def partition(self) -> tuple[str, ...]:
        """Columns whose values are in the names of folders ``key=value``, and not in the files."""
        ...

    @property
    def unstored(self) -> tuple[str, ...]:
        """Columns whose values are in the names of folders of any form, and not in the files."""
        ...

    @property
    def is_local(self) -> bool:
        """Whether the parts are files of this computer."""
        ...

    def without(self, columns: Sequence[str]) -> Source:
        """Return the source without some of its columns."""
        ...

    @property
    def state_when_opened(self) -> list[list[Any]] | None: ...

    def state(self) -> list[list[Any]] | None:
        """Return values that change when the source changes; None if changes cannot be detected."""
        ...

    def batches(
        self, part: int, columns: Sequence[str], most_rows: int = ...
    ) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a part in batches of at most `most_rows`."""
        ...


def open_source(source: Any) -> Source:
    """Return a path, a dataset or a stream as a source.

    Parameters
    ----------
    source : str, Path, pyarrow.dataset.Dataset, polars.LazyFrame, object with
        ``__arrow_c_stream__``, or callable that returns one

    Raises
    ------
    FileError
        For files that are missing, not Parquet, or truncated.
    InputError
        For files with different columns.
    UnsupportedTypeError
        For streams that can be read only once, and for objects of other types.
    """
    if isinstance(source, str | os.PathLike):
        return files_at(os.fspath(source))
    if isinstance(source, ds.Dataset):
        if _is_of_whole_files(source):
            return Files(source)
        return Stream(lambda: source.scanner(batch_size=_BATCH_ROWS).to_reader())
    if isinstance(source, pa.RecordBatchReader | Iterator):
        raise UnsupportedTypeError(
            f"source is a {type(source).__name__}, which can be read only once; the rows are read "
            "several times. Pass a function that returns a new one: lambda: open_it_again()."
        )
    if hasattr(source, "collect_batches"):  # polars: a lazy frame has no Arrow stream
        return Stream(lambda: _reader_of_batches(source))
    if hasattr(source, "__arrow_c_stream__"):
        return Stream(lambda: source)
    if callable(source):
        return Stream(source)
    raise UnsupportedTypeError(
        f"source is a {type(source).__name__}. Pass a Parquet file, a folder or a pattern of them, a "
        "pyarrow dataset, a Spark DataFrame, a polars or DuckDB query, or a function that returns an "
        "Arrow stream."
    )


def _is_of_whole_files(dataset: ds.Dataset) -> bool:
    if not isinstance(dataset, ds.FileSystemDataset):
        return False
    try:
        next(iter(dataset.get_fragments()), None)
    except ValueError:  # the dataset is filtered
        return False
    return True


class Stream:
    """An Arrow stream that is opened again for every pass.

    Parameters
    ----------
    open_it : callable
        Returns an object with ``__arrow_c_stream__``, or a polars LazyFrame.
    """

    parts: tuple[Part, ...] = (Part("the stream", None),)
    folder = None
    partition: tuple[str, ...] = ()
    unstored: tuple[str, ...] = ()
    is_local = False
    state_when_opened = None

    def __init__(self, open_it: Callable[[], Any]) -> None:
        self._open_it = open_it
        self._last: Any = None
        self.schema: pa.Schema = without_views(self._reader().schema)

    def _reader(self) -> pa.RecordBatchReader:
        opened = self._open_it()
        if hasattr(opened, "collect_batches"):
            opened = _reader_of_batches(opened)
        if not hasattr(opened, "__arrow_c_stream__"):
            raise UnsupportedTypeError(
                f"The source function returned a {type(opened).__name__}, which is not an Arrow stream "
                "(it has no __arrow_c_stream__). Return a reader or a table."
            )
        if isinstance(opened, pa.RecordBatchReader):
            if opened is self._last:
                raise UnsupportedTypeError(
                    "The source function returned the same reader twice, which can be read only once. "
                    "Return a new reader from each call."
                )
            self._last = opened
            return opened
        return pa.RecordBatchReader.from_stream(opened)

    def without(self, columns: Sequence[str]) -> Stream:
        other = copy(self)
        other.schema = without_columns(self.schema, columns)
        return other

    def state(self) -> None:
        return None

    def batches(
        self,
        part: int,  # noqa: ARG002  # there is only one
        columns: Sequence[str],
        most_rows: int = _BATCH_ROWS,
    ) -> Iterator[pa.RecordBatch]:
        wanted = pa.schema([self.schema.field(name) for name in columns])
        n_rows = min(most_rows, rows_per_batch(len(columns)))
        for batch in self._reader():
            for start in range(0, batch.num_rows, n_rows):
                yield batch.slice(start, n_rows).select(wanted.names).cast(wanted)


def _reader_of_batches(frame: Any) -> pa.RecordBatchReader:
    """Return the stream of a polars LazyFrame."""
    batches = iter(frame.collect_batches(chunk_size=_BATCH_ROWS, maintain_order=True))
    schema = frame.collect_schema().to_frame().to_arrow().schema

    def every() -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield from batch.to_arrow().cast(schema).to_batches()

    return pa.RecordBatchReader.from_batches(schema, every())
