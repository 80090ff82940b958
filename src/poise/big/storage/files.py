"""Parquet files as a source: found by path or pattern, read in batches, watched for changes."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from poise.big.memory import rows_per_batch
from poise.big.request import without_columns
from poise.big.storage.check import require_as_written
from poise.big.storage.partitions import folder_in_path
from poise.big.storage.widening import common_schema
from poise.core.errors import FileError, InputError, listed, nearest_name

_BUFFER_BYTES = 1 << 20
_NO_LIMIT = 1 << 62
_SUFFIXES = (".parquet", ".pq", ".parq", "")


class Part(NamedTuple):
    """A part of a source that is read by itself: a file, or a stream as a unit.

    Attributes
    ----------
    name : str
    n_rows : int or None
        None if it is unknown before the rows are read.
    folder : str
        Its folder ``key=value``, if the source has such folders.
    values : tuple
        Values of the keys.
    file : Path or None
        The file that holds exactly these rows and columns, besides the keys, if there is one.
    """

    name: str
    n_rows: int | None
    folder: str = ""
    values: tuple[Any, ...] = ()
    file: Path | None = None


def files_at(path: str) -> Files:
    """Return the Parquet files that a path or a pattern names.

    Raises
    ------
    FileError
        For files that are missing, not Parquet, or truncated, and for broken links.
    """
    if "://" in path:
        raise FileError(
            f"{path!r} is a URL. Pass it as a dataset: pyarrow.dataset.dataset({path!r})."
        )
    # Absolute, so that it stays valid if the process changes its working directory.
    absolute = os.path.abspath(Path(path).expanduser())  # noqa: PTH100  # links stay as they are

    def listing() -> list[str]:
        return _listed_at(absolute, path)

    with read_errors(path):
        is_folder = Path(absolute).is_dir()
        if is_folder:
            require_as_written(Path(absolute))
        files = listing()
        if not is_folder:
            return Files(ds.dataset(files, format="parquet"), listing)
        return Files(_hive_dataset(files, absolute), listing, Path(absolute))


def _hive_dataset(files: list[str], folder: str) -> ds.FileSystemDataset:
    """Return the files of a folder as a dataset; keys of folders named ``key=value`` are columns."""
    keys = {file: _keys_of_folders(file, folder) for file in files}
    for file in files:
        _require_one_value(file, keys[file])
    try:
        return ds.dataset(files, format="parquet", partitioning="hive", partition_base_dir=folder)
    except pa.ArrowException:  # perhaps because a key and a column have different types
        for file in files:
            _require_one_value(file, keys[file], pq.read_schema(file).names)
        raise


def _listed_at(path: str, given: str) -> list[str]:
    """Return the files of a path, sorted."""
    place = Path(path)
    if place.is_dir():
        return _in_folder(place, given)
    if not place.exists() and glob.has_magic(path):
        files = sorted(name for name in glob.glob(path, recursive=True) if not Path(name).is_dir())  # noqa: PTH207  # patterns are absolute
        if not files:
            raise FileError(f"No file matches the pattern {given!r}.")
    else:
        files = [path]
    for name in files:
        _require_parquet(Path(name))
    return files


def _in_folder(folder: Path, given: str) -> list[str]:
    # Names that begin with a dot or an underscore are metadata of whoever wrote the folder.
    every = [
        path
        for path in sorted(folder.rglob("*"))
        if not any(part[0] in "._" for part in path.relative_to(folder).parts) and not path.is_dir()
    ]
    if not every:
        raise FileError(f"The folder {given!r} holds no Parquet file.")
    others = [path.name for path in every if path.suffix.lower() not in _SUFFIXES]
    if others:
        raise FileError(
            f"The folder {given!r} also holds {listed(others, 3)}. Name the files to read with a pattern, such as "
            f"'{given.rstrip('/')}/*.parquet' (quoted on a command line)."
        )
    for path in every:
        _require_parquet(path)
    return [str(path) for path in every]


def _keys_of_folders(file: str, folder: str) -> list[str]:
    """Return the keys of the folders named ``key=value`` between a folder and a file in it."""
    names = Path(file).relative_to(folder).parent.parts
    return [name.partition("=")[0] for name in names if "=" in name]


def _require_one_value(file: str, keys: Sequence[str], stored: Sequence[str] = ()) -> None:
    """Raise if the rows of a file have two values in a column that is the key of a folder."""
    twice = [key for key in keys if [*keys, *stored].count(key) > 1]
    if not twice:
        return
    key, in_file = twice[0], twice[0] in stored
    places = "the file, and in the name of its folder" if in_file else "the names of two folders"
    raise InputError(
        f"Column {key!r} is in {places}, '{key}=...', so each row of {file!r} has two values of it. Drop one of them: "
        "write the files without the column, or rename the folder."
    )


def _require_parquet(path: Path) -> None:
    if not path.exists():
        if path.is_symlink():
            raise FileError(f"{str(path)!r} is a broken link. Has its file been moved or deleted?")
        folder = path.parent
        known = [p.name for p in folder.iterdir()] if folder.is_dir() else []
        raise FileError(f"There is no file {str(path)!r}.{nearest_name(path.name, known)}")
    if path.suffix.lower() not in _SUFFIXES:
        raise FileError(
            f"{str(path)!r} is not a Parquet file, and only those are streamed. Write it as Parquet first, or pass "
            f"pyarrow.dataset.dataset(path, format={path.suffix[1:]!r}) in Python."
        )


@contextmanager
def read_errors(path: str) -> Iterator[None]:
    """Turn errors of Arrow and of the file system into `FileError`."""
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
        Lists the files again, to see whether some were added or deleted.
    folder : Path, optional
        The folder that was given as the source.
    """

    def __init__(
        self,
        dataset: ds.FileSystemDataset,
        listing: Callable[[], list[str]] | None = None,
        folder: Path | None = None,
    ) -> None:
        self._dataset, self._listing = dataset, listing
        self.folder: Path | None = folder
        self._fragments = sorted(dataset.get_fragments(), key=lambda fragment: fragment.path)
        for fragment in self._fragments:
            self._check_columns(fragment)
        self.schema: pa.Schema = without_views(self._common_schema())
        self.state_when_opened: list[list[Any]] = self.state()

    def without(self, columns: Sequence[str]) -> Files:
        other = copy(self)
        other.schema = without_columns(self.schema, columns)
        for name in ("parts", "partition"):
            vars(other).pop(name, None)
        return other

    @property
    def unstored(self) -> tuple[str, ...]:
        keys = ds.get_partition_keys(self._fragments[0].partition_expression)
        return tuple(name for name in self.schema.names if name in keys)

    @property
    def is_local(self) -> bool:
        return str(self._dataset.filesystem.type_name) == "local"

    @property
    def is_parquet(self) -> bool:
        return isinstance(self._dataset.format, ds.ParquetFileFormat)

    @cached_property
    def parts(self) -> list[Part]:
        return [self._part(fragment) for fragment in self._fragments]

    @cached_property
    def partition(self) -> tuple[str, ...]:
        first = self._fragments[0]
        keys = self._keys(first)
        folders = [folder_in_path(fragment.path, keys) for fragment in self._fragments]
        return () if None in folders else tuple(keys)

    def _keys(self, fragment: Any) -> list[str]:
        """Return the columns whose values are in the path of a file, in its order."""
        known = ds.get_partition_keys(fragment.partition_expression)
        keys = [name for name in self.schema.names if name in known]
        folder = folder_in_path(fragment.path, keys)
        return (
            keys
            if folder is None
            else [part.partition("=")[0] for part in folder.split("/") if part]
        )

    def _file(self, fragment: Any) -> Path | None:
        """Return the path of a file that holds exactly its columns, besides the keys of its folders."""
        if not self.is_parquet or not self.is_local:
            return None
        wanted = {f.name: f.type for f in self.schema if f.name not in self.partition}
        stored = {f.name: f.type for f in fragment.physical_schema}
        return Path(fragment.path).resolve() if stored == wanted else None

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
        n_rows = min(most_rows, rows_per_batch(len(columns)))
        with read_errors(fragment.path):
            read = self._parquet if self.is_parquet else self._others
            for batch in read(fragment, wanted, n_rows):
                yield batch if batch.schema.equals(wanted) else batch.cast(wanted)

    def _parquet(self, fragment: Any, wanted: pa.Schema, n_rows: int) -> Iterator[pa.RecordBatch]:
        # Columns are read through a small buffer; a dataset would decode complete row groups.
        stream = self._dataset.filesystem.open_input_file(fragment.path)
        partition = ds.get_partition_keys(fragment.partition_expression)
        there = fragment.physical_schema.names
        stored = [name for name in wanted.names if name in there]
        with stream, pq.ParquetFile(stream, pre_buffer=False, buffer_size=_BUFFER_BYTES) as file:
            for batch in file.iter_batches(n_rows, columns=stored):
                columns = [
                    pa.repeat(pa.scalar(partition[field.name], field.type), batch.num_rows)
                    if field.name in partition
                    else batch[field.name]
                    if field.name in there
                    else pa.nulls(batch.num_rows, field.type)
                    for field in wanted
                ]
                yield pa.record_batch(columns, names=wanted.names)

    def _others(self, fragment: Any, wanted: pa.Schema, n_rows: int) -> Iterator[pa.RecordBatch]:
        yield from fragment.to_batches(
            schema=self.schema,
            columns=wanted.names,
            batch_size=n_rows,
            batch_readahead=2,
            fragment_readahead=1,
        )

    def _part(self, fragment: Any) -> Part:
        known = ds.get_partition_keys(fragment.partition_expression)
        values = tuple(
            pa.scalar(known.get(key), self.schema.field(key).type).as_py() for key in self.partition
        )
        folder = folder_in_path(fragment.path, self.partition) or ""
        with read_errors(fragment.path):
            n_rows = fragment.count_rows()
            return Part(fragment.path, n_rows, folder, values, self._file(fragment))

    def _check_columns(self, fragment: Any) -> None:
        """Raise if a file cannot be read, or a key of its folders is a column of it too."""
        with read_errors(fragment.path):
            own = fragment.physical_schema
        keys = ds.get_partition_keys(fragment.partition_expression)
        _require_one_value(fragment.path, list(keys), own.names)

    def _common_schema(self) -> pa.Schema:
        """Return the schema that holds the values of all files; one that the user gave is taken as it is."""
        given, first = self._dataset.schema, self._fragments[0]
        keys = ds.get_partition_keys(first.partition_expression)
        own = without_columns(given, list(keys))
        if not own.remove_metadata().equals(first.physical_schema.remove_metadata()):
            self._require_columns(own.names)
            return given
        files = [(fragment.path, fragment.physical_schema) for fragment in self._fragments]
        common = common_schema(files)
        partition = [field for field in given if field.name in keys]
        return pa.schema([*common, *partition], metadata=given.metadata)

    def _require_columns(self, names: Sequence[str]) -> None:
        """Raise if a file lacks one of the columns of a schema that the user gave."""
        for fragment in self._fragments:
            absent = set(names) - set(fragment.physical_schema.names)
            if absent:
                raise InputError(
                    f"{fragment.path!r} has no column {listed(sorted(absent))}, which the dataset's schema names. Remove "
                    "it from the schema."
                )


def without_views(schema: pa.Schema) -> pa.Schema:
    """Return the schema with the types of text and bytes that most libraries support.

    Of its metadata, only that of pandas is kept: it names the index.
    """
    usual = {pa.string_view(): pa.large_string(), pa.binary_view(): pa.large_binary()}
    of_pandas = {key: text for key, text in (schema.metadata or {}).items() if key == b"pandas"}
    fields = [field.with_type(usual.get(field.type, field.type)) for field in schema]
    return pa.schema(fields, metadata=of_pandas or None)
