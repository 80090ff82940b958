"""K-means SMOTE interpolates inside clusters."""

from __future__ import annotations

import numpy as np
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs

from poise.over_sampling import (
    KMeansSMOTE,
)


def test_k_means_smote_stays_inside_its_clusters() -> None:
    centers = [(-10, 0), (0, 0), (10, 0), (0, 20)]
    values, blob = make_blobs([100, 20, 100, 20], centers=centers, random_state=0)
    labels = np.isin(blob, [1, 3]).astype(int)
    sampler = KMeansSMOTE(kmeans_estimator=KMeans(4), random_state=0)
    lineage = sampler.fit(values, labels).plan_.lineage()
    new = lineage.partner >= 0
    assert new.sum() == 160
    assert (blob[lineage.seed[new]] == blob[lineage.partner[new]]).all()
