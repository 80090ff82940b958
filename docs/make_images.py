"""Draw the pictures of the README again: python docs/make_images.py."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import pandas as pd
from sklearn.datasets import make_classification

from poise import SMOTE, SMOTETomek, plot

mpl.use("Agg")
IMAGES = Path(__file__).parent / "images"


def main() -> None:
    """Draw SMOTE and SMOTE + Tomek on the table of the walk-through."""
    X, y = make_classification(
        n_samples=1000,
        n_redundant=0,
        n_features=2,
        n_clusters_per_class=1,
        weights=[0.90],
        random_state=12,
    )
    table = pd.DataFrame(X, columns=["x1", "x2"])
    for name, sampler in {"smote": SMOTE, "smote_tomek": SMOTETomek}.items():
        panels = plot.before_after(table, y, sampler(random_state=0))
        panels[0].figure.savefig(IMAGES / f"{name}.png", dpi=90, bbox_inches="tight")


if __name__ == "__main__":
    main()
