"""A table of overlapping classes, shared by the tests of samplers."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import make_classification


def table(n_classes: int = 2, n_columns: int = 5, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return rows of two or more classes."""
    return make_classification(
        n_samples=400,
        n_features=n_columns,
        n_informative=3,
        n_redundant=0,
        n_classes=n_classes,
        n_clusters_per_class=1,
        weights=[0.8] if n_classes == 2 else [0.6, 0.3],
        class_sep=0.6,
        random_state=seed,
    )


X, Y = table()
