"""A table as a nightly job finds it: hive folders by day, and the peculiarities of real files.

    python benchmarks/nightly_table.py FOLDER [--rows 1000000] [--plain]

Twenty columns: an id, numbers with gaps, decimals, flags, a time, a date, text of few values and of many (a
card for each 20 rows, and 200,000 merchants), a struct, a label with 0.8 % fraud, and the day, which is the
name of the folder. There are 20 days with one file each, an empty file, a file with its columns in another
order, a file with int32 where the others have int64, `_SUCCESS`, and a hidden file. `--plain` omits the
struct and the int32, which `poise.big` refuses.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

N_DAYS, FRAUD, N_MERCHANTS, ROWS_PER_CARD = 20, 0.008, 200_000, 20
FIRST_DAY = np.datetime64("2026-01-01")
N_HIDDEN = 4  # directions that have most of the variance, as in real tables
REORDERED_DAY, NARROW_DAY, EMPTY_DAY = 3, 7, 11


def write_table(folder: Path, n_rows: int, *, plain: bool = False) -> None:
    """Write the table, unless it is there."""
    if folder.exists():
        return
    aside = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(aside, ignore_errors=True)
    for day, ids in enumerate(np.array_split(np.arange(n_rows), N_DAYS)):
        place = aside / f"day={FIRST_DAY + day}"
        place.mkdir(parents=True)
        table = rows_of_day(day, ids, n_rows)
        table = table.drop_columns(["place"]) if plain else table
        if day == REORDERED_DAY:
            table = table.select(table.schema.names[::-1])
        if day == NARROW_DAY and not plain:
            position = table.schema.get_field_index("n_past")
            narrow = table["n_past"].cast(pa.int32())
            table = table.set_column(position, "n_past", narrow)
        pq.write_table(table, place / "part-00000.parquet")
        if day == EMPTY_DAY:
            pq.write_table(table.slice(0, 0), place / "part-00001.parquet")
    (aside / "_SUCCESS").touch()
    (aside / ".part-00000.parquet.crc").write_bytes(b"crc")
    aside.rename(folder)


def rows_of_day(day: int, ids: np.ndarray, n_rows: int) -> pa.Table:
    """Return the rows of a day, without the column `day`."""
    rng, n = np.random.RandomState(day), len(ids)
    is_fraud = rng.rand(n) < FRAUD
    mixing = np.random.RandomState(1000).randn(N_HIDDEN, 7)
    mixed = rng.randn(n, N_HIDDEN) @ mixing + 0.3 * rng.randn(n, 7)
    mixed += is_fraud[:, np.newaxis] * mixing[0]
    cents = np.rint(1000 * np.exp(mixed / 2)).astype(np.int64)
    seconds = rng.randint(0, 86_400, n)
    opened = FIRST_DAY - (np.rint(1000 + 200 * mixed[:, 5]).astype("m8[D]"))
    numbers = rng.randint(0, max(n_rows // ROWS_PER_CARD, 1), n)
    merchants = (N_MERCHANTS * rng.rand(n) ** 3).astype(np.int64)
    countries = np.array([f"{a}{b}" for a in "abcdef" for b in "stuvw"])
    columns = {
        "id": ids,
        "ts": (FIRST_DAY + day).astype("M8[us]") + seconds.astype("m8[s]"),
        "amount": _with_gaps(cents[:, 0] / 100, rng, 0.03),
        "fee": _decimals(cents[:, 1] // 10),
        "credit": _decimals(cents[:, 2]),
        "merchant": _texts("merchant-", merchants),
        "card": _texts("4929 0000 ", numbers),
        "country": pa.array(countries[(len(countries) * rng.rand(n) ** 2).astype(int)]),
        "channel": pa.array(np.array(["app", "pos", "web", "phone"])[rng.randint(0, 4, n)]),
        "age": pa.array(np.clip(40 + 12 * mixed[:, 3], 18, 99).astype(np.int32)),
        "n_past": rng.poisson(np.exp(1 + mixed[:, 4] / 4)),
        "score": mixed[:, 4].round(4),
        "distance": _with_gaps((cents[:, 6] / 10).astype(np.float32), rng, 0.05),
        "velocity": _with_gaps(np.exp(mixed[:, 5]).round(3), rng, 0.02),
        "opened": pa.array(opened.astype("M8[D]")),
        "is_new": rng.rand(n) < 0.1,
        "is_foreign": mixed[:, 6] > 1.5,
        "place": pa.array(_places(mixed)),
        "fraud": is_fraud,
    }
    return pa.table(columns)


def _with_gaps(values: np.ndarray, rng: np.random.RandomState, share: float) -> pa.Array:
    return pa.array(values, mask=rng.rand(len(values)) < share)


def _decimals(cents: np.ndarray) -> pa.Array:
    whole = pa.array(cents).cast(pa.decimal128(19, 0))
    return pa.Array.from_buffers(pa.decimal128(14, 2), len(whole), whole.buffers())


def _texts(before: str, numbers: np.ndarray) -> pa.Array:
    return pa.array(np.char.add(before, np.char.zfill(numbers.astype("U8"), 8)))


def _places(mixed: np.ndarray) -> pa.StructArray:
    columns = [pa.array((50 + 3 * mixed[:, j]).round(2)) for j in (0, 1)]
    return pa.StructArray.from_arrays(columns, names=["latitude", "longitude"])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--plain", action="store_true")
    asked = parser.parse_args()
    write_table(asked.folder, asked.rows, plain=asked.plain)


if __name__ == "__main__":
    main()
