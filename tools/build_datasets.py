"""Make the npz tables of poise.datasets from a folder of Parquet files.

Usage: python tools/build_datasets.py SOURCE [--to FOLDER]

Every column is one array, the target last. Integers are stored in the smallest type that holds
them; a nominal column is stored as codes (-1 is missing) beside an array of its category names.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

SOURCES = {
    "ecoli": "ecoli",
    "yeast": "yeast",
    "page_blocks": "page_blocks",
    "abalone": "abalone_7",
    "german": "german",
    "hypothyroid": "hypothyroid",
    "thyroid": "thyroid0387_hyper",
    "wine_quality": "wine_quality",
}
CATEGORIES = ".categories"
DESTINATION = Path(__file__).parents[1] / "src" / "poise" / "datasets" / "files"


def smallest(values: NDArray[np.integer]) -> NDArray[np.signedinteger]:
    """Return whole numbers in the smallest signed type that holds them all."""
    for dtype in (np.int8, np.int16, np.int32):
        limits = np.iinfo(dtype)
        if limits.min <= values.min() and values.max() <= limits.max:
            return values.astype(dtype)
    return values.astype(np.int64)


def stored(name: str, column: pa.ChunkedArray) -> dict[str, np.ndarray]:
    """Return the arrays, by key, that hold one column on disk."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        categories = sorted(set(column.drop_null().to_pylist()))
        code_of = {category: code for code, category in enumerate(categories)} | {None: -1}
        codes = np.array([code_of[value] for value in column.to_pylist()])
        return {name: smallest(codes), name + CATEGORIES: np.array(categories)}
    values = column.to_numpy()
    return {name: smallest(values) if values.dtype.kind in "iu" else values}


def build(source: Path, destination: Path) -> None:
    """Write one npz file for each table."""
    destination.mkdir(parents=True, exist_ok=True)
    for name, parquet in SOURCES.items():
        table = pq.read_table(source / f"{parquet}.parquet")
        arrays: dict[str, np.ndarray] = {}
        for column in table.column_names:
            arrays |= stored(column, table[column])
        np.savez_compressed(destination / f"{name}.npz", **arrays)


def main() -> None:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(description="Make the npz tables of poise.datasets.")
    parser.add_argument("source", type=Path, help="folder that holds the Parquet files")
    parser.add_argument("--to", type=Path, default=DESTINATION, help="folder to write to")
    arguments = parser.parse_args()
    build(arguments.source, arguments.to)


if __name__ == "__main__":
    main()
