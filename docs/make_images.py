"""Draw the pictures of the README, the site's first page and docs/decisions.md again: python docs/make_images.py."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np
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


def landing() -> None:
    """Draw what SMOTE and a lower threshold do to the same model: the first picture of the site."""
    rng = np.random.default_rng(3)
    others = rng.normal(size=(38_950, 2)) @ [[1.5, 0.2], [0.2, 1.0]]
    events = rng.normal(size=(2_050, 2)) @ [[0.8, 0.0], [0.0, 0.7]] + [2.1, 1.3]
    order = rng.permutation(41_000)
    X, y = np.vstack([others, events])[order], np.repeat([0, 1], [38_950, 2_050])[order]
    (X, y), (X_new, y_new) = (X[:1000], y[:1000]), (X[1000:], y[1000:])
    sampler = SMOTE(random_state=0)
    X_more, y_more = sampler.fit_resample(X, y)
    plain, smoted = LogisticRegression().fit(X, y), LogisticRegression().fit(X_more, y_more)
    cases = [
        ("as it is, threshold 0.5", plain, 0.5, X),
        ("SMOTE, threshold 0.5", smoted, 0.5, X_more),
        (f"as it is, threshold {y.mean():.2f}", plain, y.mean(), X),
    ]
    low, high = X.min(axis=0) - 0.5, X.max(axis=0) + 0.5
    grid = np.meshgrid(*(np.linspace(a, b, 300) for a, b in zip(low, high, strict=True)))
    points = np.column_stack([each.ravel() for each in grid])
    figure, panels = plt.subplots(
        1, 3, figsize=(12, 4.5), sharex=True, sharey=True, layout="constrained"
    )
    for panel, (title, model, threshold, rows) in zip(panels, cases, strict=True):
        alarm = model.predict_proba(points)[:, 1].reshape(grid[0].shape) >= threshold
        panel.contourf(*grid, alarm, levels=[0.5, 1.5], colors=["#f6c89a"], alpha=0.55)
        panel.contour(*grid, alarm, levels=[0.5], colors=["#8a4500"], linewidths=1.8)
        panel.scatter(*X[y == 0].T, s=7, color="#8fb3cc", linewidths=0)
        panel.scatter(*rows[len(X) :].T, s=7, color="#f0a35e", alpha=0.6, linewidths=0)
        panel.scatter(*X[y == 1].T, s=16, color="#c2410c", linewidths=0)
        found = model.predict_proba(X_new)[:, 1] >= threshold
        recall = found[y_new == 1].mean()
        false = 1 - y_new[found].mean()
        panel.set_title(title, fontsize=14)
        panel.set_xlabel(
            f"finds {100 * recall:.0f} of 100 events\n{100 * false:.0f} of 100 alarms are false",
            fontsize=13,
        )
        panel.set(xticks=[], yticks=[], xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    figure.savefig(IMAGES / "landing.png", dpi=110)


def main() -> None:
    """Draw all."""
    landing()
    before_and_after()
    decisions()


if __name__ == "__main__":
    main()
