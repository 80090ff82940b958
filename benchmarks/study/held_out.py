"""The twelve origins of the truth panel, which nothing is learnt from: chosen once, and refused everywhere else.

python benchmarks/study/held_out.py FOLDER    writes held_out.json from the tables in FOLDER; only before any run
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
from design import catalogue, held_out_origins, marks_of

LIST = Path(__file__).with_name("held_out.json")
_known: dict[str, Any] = json.loads(LIST.read_text(encoding="utf-8")) if LIST.exists() else {}
HELD_OUT: frozenset[str] = frozenset(_known.get("origins", ()))
_HASHES = frozenset(
    sha256 for found in _known.get("tables", {}).values() for sha256 in [found["sha256"]]
)
_MARKS = frozenset(mark for found in _known.get("tables", {}).values() for mark in found["marks"])


class HeldOutError(Exception):
    """Something of a held-out table is among what a prior would be learnt from."""


def refuse_held_out(origins: Iterable[str], hashes: Iterable[str], marks: Iterable[int]) -> None:
    """Raise HeldOutError if a held-out origin, table or row is among these.

    Parameters
    ----------
    origins : iterable of str
    hashes : iterable of str
        Of the contents of whole tables.
    marks : iterable of int
        Hashes of some rows; a part of a table of any size has the same ones, as far as it has these rows.
    """
    if not HELD_OUT:
        raise HeldOutError("There is no list of held-out origins; write held_out.json first.")
    for what, given, known in (
        ("origins", origins, HELD_OUT),
        ("tables", hashes, _HASHES),
        ("rows", marks, _MARKS),
    ):
        found = known.intersection(given)
        if found:
            raise HeldOutError(f"Held-out {what} are in the input: {sorted(map(str, found))[:5]}.")


def main(folder: Path) -> None:
    """Choose the held-out origins, and write their list with the hashes of their tables and rows."""
    tables = catalogue()
    origins = held_out_origins(tables)
    found = {
        table.name: {
            "origin": table.origin,
            "sha256": table.sha256,
            "marks": marks_of(pd.read_parquet(folder / f"{table.name}.parquet")),
        }
        for table in tables
        if table.origin in origins
    }
    LIST.write_text(
        json.dumps({"origins": origins, "tables": found}, separators=(",", ":")) + "\n",
        encoding="utf-8",
    )
    print("\n".join(origins))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
