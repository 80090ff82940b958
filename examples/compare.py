"""Compare approaches to imbalance on a table that comes with Poise: print advice, and write a report.

Run with ``python examples/compare.py [FOLDER]``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import poise
from poise.datasets import load_hypothyroid


def main(folder: Path) -> None:
    """Compare two approaches with the unchanged rows, and write the report to a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    data = load_hypothyroid()
    table = data.frame("pandas")
    y = table.pop(data.target)
    result = poise.compare(
        table, y, approaches=["class-weights", "smote"], n_repeats=1, progress=True
    )
    print(result.summary())
    result.to_html(folder / "report.html")
    print(f"\nWritten: {folder / 'report.html'}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "demo-output"))
