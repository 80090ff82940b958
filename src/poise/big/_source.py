"""Sources: rows that are read again and again, in one order, a batch at a time."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pyarrow as pa
import pyarrow.dataset as ds

from poise.core.errors import FileError, InputError, UnsupportedTypeError, listed, nearest_name

_BATCH_ROWS = 1 << 17


class Part(NamedTuple):
    """A stretch of a source that is read by itself: a file, or the whole of a stream.

    Attributes
    ----------
    name : str
    n_rows, n_bytes : int or None
        None where they are not known before they are read.
    """

    name: str
    n_rows: int | None
    n_bytes: int | None


class Source(Protocol):
    """Rows in parts, always in the same order."""

    @property
    def schema(self) -> pa.Schema: ...
    @property
    def parts(self) -> Sequence[Part]: ...
    @property
    def links(self) -> list[Path] | None:
        """Files that hold exactly these rows and columns, where they can stay as they are."""
        ...

    def state(self) -> list[list[Any]]:
        """Return what changes when the source does."""
        ...

    def batches(self, part: int, columns: Sequence[str]) -> Iterator[pa.RecordBatch]: ...


def open_source(source: Any) -> Source:
    """Return the source that a path, a dataset or a stream is.

    Parameters
    ----------
    source : str, Path, pyarrow.dataset.Dataset, polars.LazyFrame, object with
        ``__arrow_c_stream__``, or callable that returns one

    Raises
    ------
    FileError
        For what is missing, no Parquet, or truncated.
    InputError
        For files whose columns differ.
    UnsupportedTypeError
        For streams that can be read only once, and for other objects.
    """
    if isinstance(source, str | os.PathLike):
        return Files(_dataset_at(os.fspath(source)))
    if isinstance(source, ds.Dataset):
        if isinstance(source, ds.FileSystemDataset):
            return Files(source)
        return Stream(lambda: source.scanner(batch_size=_BATCH_ROWS).to_reader())
    if isinstance(source, pa.RecordBatchReader | Iterator):
        raise UnsupportedTypeError(
            f"source is a {type(source).__name__}, which can be read only once; the rows are read "
            "several times. Pass a function that returns a new one: lambda: open_it_again()."
        )
    if hasattr(source, "collect_batches"):  # polars has no stream of a lazy frame
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


def _dataset_at(path: str) -> ds.Dataset:
    with told_as_file_error(path):
        if glob.has_magic(path):
            named = glob.glob(path, recursive=True)  # noqa: PTH207  # patterns may be absolute
            files = sorted(name for name in named if Path(name).is_file())
            if not files:
                raise FileError(f"No file is named like {path!r}.")
            return ds.dataset(files, format="parquet")
        place = Path(path)
        if not place.exists():
            folder = place.parent
            known = [p.name for p in folder.iterdir()] if folder.is_dir() else []
            raise FileError(f"There is no {path!r}.{nearest_name(place.name, known)}")
        dataset = ds.dataset(path, format="parquet", partitioning="hive")
        if not dataset.files:
            raise FileError(f"The folder {path!r} holds no Parquet file.")
        return dataset


@contextmanager
def told_as_file_error(path: str) -> Iterator[None]:
    """Tell what Arrow cannot read in our words."""
    try:
        yield
    except FileError:
        raise
    except (pa.ArrowException, OSError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise FileError(
            f"{path!r} cannot be read as Parquet: {reason.rstrip('.')}. Is it complete, and really "
            "Parquet?"
        ) from error


class Files:
    """The files of a dataset, in the order of their paths.

    Parameters
    ----------
    dataset : pyarrow.dataset.FileSystemDataset
    """

    def __init__(self, dataset: ds.FileSystemDataset) -> None:
        self._dataset = dataset
        self.schema: pa.Schema = dataset.schema.remove_metadata()
        self._fragments = sorted(dataset.get_fragments(), key=lambda fragment: fragment.path)
        for fragment in self._fragments:
            self._refuse_drift(fragment)

    @property
    def is_partitioned(self) -> bool:
        """Whether folders' names hold values of columns."""
        return set(self.schema.names) != set(self._fragments[0].physical_schema.names)

    @cached_property
    def parts(self) -> list[Part]:
        return [self._part(fragment) for fragment in self._fragments]

    @property
    def links(self) -> list[Path] | None:
        is_parquet = isinstance(self._dataset.format, ds.ParquetFileFormat)
        is_local = self._dataset.filesystem.type_name == "local"
        if not is_parquet or not is_local or self.is_partitioned:
            return None
        return [Path(fragment.path).resolve() for fragment in self._fragments]

    def state(self) -> list[list[Any]]:
        found = []
        for fragment in self._fragments:
            info = self._dataset.filesystem.get_file_info(fragment.path)
            found.append([fragment.path, info.size, info.mtime_ns])
        return found

    def batches(self, part: int, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        fragment = self._fragments[part]
        with told_as_file_error(fragment.path):
            yield from fragment.to_batches(
                schema=self._dataset.schema,
                columns=list(columns),
                batch_size=_BATCH_ROWS,
                batch_readahead=2,
                fragment_readahead=1,
            )

    def _part(self, fragment: Any) -> Part:
        with told_as_file_error(fragment.path):
            info = self._dataset.filesystem.get_file_info(fragment.path)
            return Part(fragment.path, fragment.count_rows(), info.size)

    def _refuse_drift(self, fragment: Any) -> None:
        with told_as_file_error(fragment.path):
            own = fragment.physical_schema
        first = self._fragments[0]
        expected = first.physical_schema
        if set(own.names) != set(expected.names):
            unlike = listed(sorted(set(own.names) ^ set(expected.names)))
            raise InputError(
                f"{fragment.path!r} has other columns than {first.path!r}: {unlike} are in one of them "
                "only. Give all files the same columns."
            )
        for field in expected:
            found = own.field(field.name).type
            if found != field.type:
                raise InputError(
                    f"Column {field.name!r} is {found} in {fragment.path!r} and {field.type} in "
                    f"{first.path!r}. Write all files with one type."
                )


class Stream:
    """An Arrow stream that is opened anew for every pass.

    Parameters
    ----------
    open_it : callable
        Returns an object with ``__arrow_c_stream__``, or a polars LazyFrame.
    """

    parts = (Part("the stream", None, None),)
    links = None

    def __init__(self, open_it: Callable[[], Any]) -> None:
        self._open_it = open_it
        self._last: Any = None
        self.schema: pa.Schema = _without_views(self._reader().schema.remove_metadata())

    def _reader(self) -> pa.RecordBatchReader:
        opened = self._open_it()
        if hasattr(opened, "collect_batches"):
            opened = _reader_of_batches(opened)
        if not hasattr(opened, "__arrow_c_stream__"):
            raise UnsupportedTypeError(
                f"The function that is the source returned a {type(opened).__name__}, which is no "
                "Arrow stream (it has no __arrow_c_stream__)."
            )
        if isinstance(opened, pa.RecordBatchReader):
            if opened is self._last:
                raise UnsupportedTypeError(
                    "The function that is the source returned the same reader twice, which can be read "
                    "only once. Let it open a new one each time."
                )
            self._last = opened
            return opened
        return pa.RecordBatchReader.from_stream(opened)

    def state(self) -> list[list[Any]]:
        return [["stream", str(self.schema)]]

    def batches(self, part: int, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:  # noqa: ARG002  # the only one
        wanted = pa.schema([self.schema.field(name) for name in columns])
        for batch in self._reader():
            yield batch.select(wanted.names).cast(wanted)


def _without_views(schema: pa.Schema) -> pa.Schema:
    """Return the schema with text and bytes as most libraries know them."""
    plain = {pa.string_view(): pa.large_string(), pa.binary_view(): pa.large_binary()}
    return pa.schema([field.with_type(plain.get(field.type, field.type)) for field in schema])


def _reader_of_batches(frame: Any) -> pa.RecordBatchReader:
    """Return the stream of a polars LazyFrame."""
    batches = iter(frame.collect_batches(chunk_size=_BATCH_ROWS, maintain_order=True))
    schema = frame.collect_schema().to_frame().to_arrow().schema

    def every() -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield from batch.to_arrow().cast(schema).to_batches()

    return pa.RecordBatchReader.from_batches(schema, every())
