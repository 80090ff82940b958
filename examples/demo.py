"""Balance a table that comes with Poise: print class counts, write the files that the README uses, and draw a plot.

Run with ``make demo``, or ``python examples/demo.py [FOLDER]``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv, parquet

import poise
from poise.datasets import load_wine_quality

mpl.use("Agg")


def main(folder: Path) -> None:
    """Balance the wine table and write the results to a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    wine = load_wine_quality()
    table = wine.frame("pyarrow")
    print(f"{wine.title}: {table.num_rows:,} rows; class 1 is a quality of 4 or less.\n")

    result = poise.resample(table, target=wine.target, method="smote-tomek", random_state=0)
    before, after = table[wine.target].to_pylist(), result.y.to_pylist()
    print(f"{'class':<8}{'before':>10}{'after':>10}")
    for label in sorted(set(before)):
        print(f"{label:<8}{before.count(label):>10,}{after.count(label):>10,}")
    lineage = result.plan.lineage()
    n_removed = table.num_rows - int((~result.is_new).sum())
    print(f"\n{int(result.is_new.sum()):,} rows are new, {n_removed:,} were removed. ", end="")
    new = int(result.is_new.argmax())
    print(
        f"For example, row {new:,} lies {lineage.gap[new]:.0%} of the way from input row "
        f"{lineage.seed[new]:,} to input row {lineage.partner[new]:,}.\n"
    )

    X, y = wine.X_y("pyarrow")
    picture = poise.plot.before_after_data(X, y, result.X, result.plan)
    panels = poise.plot.draw(picture, "SMOTETomek")
    paths = [folder / f"wine_balanced.{ending}" for ending in ("parquet", "csv", "png")]
    # The mistake that `poise check-split` finds: these two were split after balancing.
    made = result.frame()
    is_training = pa.array(np.random.default_rng(0).random(made.num_rows) < 0.75)
    tables = {
        "wine": table,
        "late_train": made.filter(is_training),
        "late_test": made.filter(pc.invert(is_training)),
    }
    parquet.write_table(result.frame(), paths[0])
    csv.write_csv(result.frame(), paths[1])
    panels[0].figure.savefig(paths[2], dpi=120, bbox_inches="tight")
    for name, part in tables.items():
        csv.write_csv(part, folder / f"{name}.csv")
    print(
        "Written:",
        *(f"  {path}" for path in paths),
        *(f"  {folder / name}.csv" for name in tables),
        sep="\n",
    )


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "demo-output"))
