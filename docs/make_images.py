"""Draw the pictures of the README and of docs/decisions.md again: python docs/make_images.py."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib import pyplot as plt
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

from poise import SMOTE, SMOTETomek, plot
from poise.decisions import CostMatrix, ResampledClassifier, reliability_curve, threshold_curve

mpl.use("Agg")
IMAGES = Path(__file__).parent / "images"


def before_and_after() -> None:
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


def decisions() -> None:
    """Draw the curves of docs/decisions.md, on its table."""
    X, y = make_classification(
        20_000, n_clusters_per_class=1, weights=[0.98], class_sep=0.5, random_state=0
    )
    X, X_test, y, y_test = train_test_split(X, y, stratify=y, random_state=0)
    model = ResampledClassifier(SMOTE(random_state=0), LogisticRegression()).fit(X, y)
    raw, corrected = (m.predict_proba(X_test)[:, 1] for m in (model.estimator_, model))
    figure, panels = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
    for panel, p, title in zip(panels, (raw, corrected), ("SMOTE", "corrected"), strict=True):
        reliability_curve(y_test, p).plot(panel).set_title(title)
    figure.savefig(IMAGES / "reliability.png", dpi=90)
    figure, panels = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
    costs = CostMatrix.of_two(false_positive=1, false_negative=20)
    threshold_curve(y_test, corrected).plot(panels[0])
    threshold_curve(y_test, corrected, costs=costs).plot(panels[1])
    figure.savefig(IMAGES / "thresholds.png", dpi=90)


def main() -> None:
    """Draw all."""
    before_and_after()
    decisions()


if __name__ == "__main__":
    main()
