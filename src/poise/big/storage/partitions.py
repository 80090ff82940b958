"""Folders named ``key=value``: which rows belong to which, kept from the source to the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

_MISSING = "__HIVE_DEFAULT_PARTITION__"  # Hive's name of a folder whose rows have no value


def folder_in_path(path: str, keys: Sequence[str]) -> str | None:
    """Return the folders ``key=value`` of a file; None if a key is not in its path.

    Examples
    --------
    >>> folder_in_path("/data/year=2024/raw/month=5/a.parquet", ["year", "month"])
    'year=2024/month=5'
    """
    names = [name for name in PurePosixPath(path).parent.parts if name.partition("=")[0] in keys]
    found = names[-len(keys) :] if keys else []
    is_complete = sorted(name.partition("=")[0] for name in found) == sorted(keys)
    return "/".join(found) if is_complete else None


def folder_of(values: Mapping[str, Any]) -> str:
    """Return the folders of rows with certain values, named as Hive and Spark do.

    Examples
    --------
    >>> folder_of({"day": "2024-05-01", "town": "a/b", "code": None})
    'day=2024-05-01/town=a%2Fb/code=__HIVE_DEFAULT_PARTITION__'
    """
    names = {
        key: _MISSING if value is None else quote(str(value), safe=" ")
        for key, value in values.items()
    }
    return "/".join(f"{key}={name}" for key, name in names.items())


def rows_by_folder(keys: pa.RecordBatch, folders: Mapping[str, str]) -> dict[str, NDArray[np.intp]]:
    """Return the positions of the rows of each folder, in order.

    Parameters
    ----------
    keys : pyarrow.RecordBatch
        The columns that are keys of folders.
    folders : mapping of str to str
        Folders of the source by `name_of_values`; rows with other values get a new one.
    """
    codes = np.zeros(keys.num_rows, dtype=np.int64)
    for column in keys.columns:
        encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        n_values = len(encoded.dictionary)
        codes = codes * (n_values + 1) + encoded.indices.fill_null(n_values).to_numpy()
    groups = pa.array(codes).dictionary_encode()
    # numpy sorts small numbers without comparisons.
    which = groups.indices.to_numpy().astype(np.min_scalar_type(len(groups.dictionary)))
    ends = np.cumsum(np.bincount(which, minlength=len(groups.dictionary)))
    found: dict[str, NDArray[np.intp]] = {}
    for rows in np.split(np.argsort(which, kind="stable"), ends[:-1]):
        values = tuple(column[int(rows[0])].as_py() for column in keys.columns)
        names = dict(zip(keys.schema.names, values, strict=True))
        folder = folders.get(name_of_values(values)) or folder_of(names)
        # Different values, such as a missing one of two kinds, may go to one folder.
        found[folder] = np.sort(np.concatenate([found.get(folder, rows[:0]), rows]))
    return found


def name_of_values(values: tuple[Any, ...]) -> str:
    """Return the values of keys as text that differs where they do: Python's 0.0 equals -0.0.

    So do two times of one zone an hour apart when summer time ends.
    """
    return repr(values)
