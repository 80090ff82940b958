"""Files as a source: found by path, read a few rows at a time, watched for changes."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from poise.big.memory import rows_at_once
from poise.core.errors import FileError, InputError, listed, nearest_name

_BUFFER_BYTES = 1 << 20
_NO_LIMIT = 1 << 62
_SUFFIXES = (".parquet", ".pq", ".parq", "")


class Part(NamedTuple):
    """A stretch of a source that is read by itself: a file, or the whole of a stream.

    Attributes
    ----------
    name : str
    n_rows : int or None
        None where it is not known before they are read.
    """

    name: str
    n_rows: int | None


def files_at(path: str) -> Files:
    """Return the Parquet files that a path or a pattern names.

    Raises
    ------
    FileError
        For what is missing, leads nowhere, is no Parquet, or is truncated.
    """
    if "://" in path:
        raise FileError(
            f"{path!r} is an address. Pass a dataset of it: pyarrow.dataset.dataset({path!r})."
        )
    # Absolute, so that it stays the same when the process goes elsewhere.
    absolute = os.path.abspath(Path(path).expanduser())  # noqa: PTH100  # links stay as they are

    def listing() -> list[str]:
        return _listed_at(absolute, path)

    files = listing()
    with told_as_unreadable(path):
        is_folder = Path(absolute).is_dir()
        hive = {"partitioning": "hive", "partition_base_dir": absolute} if is_folder else {}
        dataset = ds.dataset(files, format="parquet", **hive)
        return Files(dataset, listing, Path(absolute) if is_folder else None)


def _listed_at(path: str, told: str) -> list[str]:
    """Return the files of a path, sorted."""
    place = Path(path)
    if place.is_dir():
        return _in_folder(place, told)
    if not place.exists() and glob.has_magic(path):
        files = sorted(name for name in glob.glob(path, recursive=True) if not Path(name).is_dir())  # noqa: PTH207  # patterns are absolute
        if not files:
            raise FileError(f"No file is named like {told!r}.")
    else:
        files = [path]
    for name in files:
        _refuse_unreadable(Path(name))
    return files


def _in_folder(folder: Path, told: str) -> list[str]:
    # Names that begin with a dot or an underscore are notes of those who wrote the folder.
    every = [
        path
        for path in sorted(folder.rglob("*"))
        if not any(part[0] in "._" for part in path.relative_to(folder).parts) and not path.is_dir()
    ]
    if not every:
        raise FileError(f"The folder {told!r} holds no Parquet file.")
    others = [path.name for path in every if path.suffix.lower() not in _SUFFIXES]
    if others:
        raise FileError(
            f"The folder {told!r} also holds {listed(others, 3)}. Name the files to read with a pattern, such as "
            f"'{told.rstrip('/')}/*.parquet' (quoted on a command line)."
        )
    for path in every:
        _refuse_unreadable(path)
    return [str(path) for path in every]


def _refuse_unreadable(path: Path) -> None:
    if not path.exists():
        if path.is_symlink():
            raise FileError(f"{str(path)!r} is a link that leads nowhere. Is its file gone?")
        folder = path.parent
        known = [p.name for p in folder.iterdir()] if folder.is_dir() else []
        raise FileError(f"There is no {str(path)!r}.{nearest_name(path.name, known)}")
    if path.suffix.lower() not in _SUFFIXES:
        raise FileError(
            f"{str(path)!r} is no Parquet file, and only those are streamed. Write it as Parquet first, or pass "
            f"pyarrow.dataset.dataset(path, format={path.suffix[1:]!r}) in Python."
        )


@contextmanager
def told_as_unreadable(path: str) -> Iterator[None]:
    """Tell what Arrow cannot read in our words."""
    try:
        yield
    except FileError:
        raise
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
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
    listing : callable, optional
        Finds the files again, to see whether some were added or are gone.
    folder : Path, optional
        What lies in it is the source.
    """

    def __init__(
        self,
        dataset: ds.FileSystemDataset,
        listing: Callable[[], list[str]] | None = None,
        folder: Path | None = None,
    ) -> None:
        self._dataset, self._listing, self.folder = dataset, listing, folder
        self._fragments = sorted(dataset.get_fragments(), key=lambda fragment: fragment.path)
        self.schema: pa.Schema = without_views(dataset.schema.remove_metadata())
        for fragment in self._fragments:
            self._refuse_drift(fragment)

    @property
    def is_parquet(self) -> bool:
        return isinstance(self._dataset.format, ds.ParquetFileFormat)

    @cached_property
    def parts(self) -> list[Part]:
        return [self._part(fragment) for fragment in self._fragments]

    @property
    def links(self) -> list[Path] | None:
        is_local = self._dataset.filesystem.type_name == "local"
        stored = self._fragments[0].physical_schema.remove_metadata()
        if not self.is_parquet or not is_local or not stored.equals(self.schema):
            return None
        return [Path(fragment.path).resolve() for fragment in self._fragments]

    def state(self) -> list[list[Any]]:
        try:
            paths = self._listing() if self._listing else [f.path for f in self._fragments]
        except FileError as error:
            return [[str(error), 0, 0]]
        infos = self._dataset.filesystem.get_file_info(paths)
        return [[info.path, info.size, info.mtime_ns] for info in infos]

    def batches(
        self, part: int, columns: Sequence[str], most_rows: int = _NO_LIMIT
    ) -> Iterator[pa.RecordBatch]:
        fragment = self._fragments[part]
        wanted = pa.schema([self.schema.field(name) for name in columns])
        n_rows = min(most_rows, rows_at_once(len(columns)))
        with told_as_unreadable(fragment.path):
            read = self._parquet if self.is_parquet else self._others
            for batch in read(fragment, wanted, n_rows):
                yield batch if batch.schema.equals(wanted) else batch.cast(wanted)

    def _parquet(self, fragment: Any, wanted: pa.Schema, n_rows: int) -> Iterator[pa.RecordBatch]:
        # Column by column through a small buffer; a dataset decodes row groups whole.
        stream = self._dataset.filesystem.open_input_file(fragment.path)
        given = ds.get_partition_keys(fragment.partition_expression)
        stored = [name for name in wanted.names if name not in given]
        with stream, pq.ParquetFile(stream, pre_buffer=False, buffer_size=_BUFFER_BYTES) as file:
            for batch in file.iter_batches(n_rows, columns=stored):
                columns = [
                    pa.repeat(pa.scalar(given[field.name], field.type), batch.num_rows)
                    if field.name in given
                    else batch[field.name]
                    for field in wanted
                ]
                yield pa.record_batch(columns, names=wanted.names)

    def _others(self, fragment: Any, wanted: pa.Schema, n_rows: int) -> Iterator[pa.RecordBatch]:
        yield from fragment.to_batches(
            schema=self._dataset.schema,
            columns=wanted.names,
            batch_size=n_rows,
            batch_readahead=2,
            fragment_readahead=1,
        )

    def _part(self, fragment: Any) -> Part:
        with told_as_unreadable(fragment.path):
            return Part(fragment.path, fragment.count_rows())

    def _refuse_drift(self, fragment: Any) -> None:
        with told_as_unreadable(fragment.path):
            own = fragment.physical_schema
        first = self._fragments[0]
        expected = first.physical_schema
        if set(own.names) != set(expected.names):
            unlike = listed(sorted(set(own.names) ^ set(expected.names)))
            raise InputError(
                f"{fragment.path!r} has other columns than {first.path!r}: {unlike} are in one of them "
                "only. Give all files the same columns."
            )
        given = ds.get_partition_keys(fragment.partition_expression)
        lacking = set(self.schema.names) - set(own.names) - set(given)
        if lacking:
            raise InputError(
                f"{fragment.path!r} has no column {listed(sorted(lacking))}, which the dataset's schema names. Leave "
                "it out of the schema."
            )
        for field in expected:
            found = own.field(field.name).type
            if found != field.type:
                raise InputError(
                    f"Column {field.name!r} is {found} in {fragment.path!r} and {field.type} in "
                    f"{first.path!r}. Write all files with one type."
                )


def without_views(schema: pa.Schema) -> pa.Schema:
    """Return the schema with text and bytes as most libraries know them."""
    plain = {pa.string_view(): pa.large_string(), pa.binary_view(): pa.large_binary()}
    return pa.schema([field.with_type(plain.get(field.type, field.type)) for field in schema])
