"""The rows of a class are replaced by the centres of its clusters."""

from __future__ import annotations

import numpy as np
from overlapping import table
from sklearn.cluster import MiniBatchKMeans

from poise.under_sampling import (
    ClusterCentroids,
)
from poise.under_sampling._cluster_centroids import made_exact


def test_new_rows_are_the_means_of_their_clusters_and_record_the_parents() -> None:
    X, y = table()
    sampler = ClusterCentroids(random_state=0)
    X_new, y_new = sampler.fit_resample(X, y)
    depends = sampler.plan_.parents().toarray()
    new = np.flatnonzero(sampler.plan_.is_new)
    assert len(new) == (y == 1).sum()
    assert (y_new[new] == 0).all()
    for row in new:
        np.testing.assert_allclose(X_new[row], X[depends[row]].mean(axis=0))
    # Every row of the class is in one mean.
    assert (depends[new].sum(axis=0) == (y == 0)).all()
    assert set(sampler.plan_.lineage().origin[new]) == {"averaged"}


def test_hard_voting_returns_the_requested_number_of_rows_also_with_duplicates() -> None:
    X, y = table()
    X[y == 0] = np.round(X[y == 0])
    sampler = ClusterCentroids(voting="hard", estimator=MiniBatchKMeans(), random_state=0)
    with np.errstate(all="ignore"):
        y_new = sampler.fit_resample(X, y)[1]
    assert np.bincount(y_new).tolist() == [(y == 1).sum()] * 2
    assert len(set(sampler.sample_indices_.tolist())) == len(y_new)


def test_several_clusters_are_split_off_one_by_one() -> None:
    assert sorted(made_exact(np.array([7, 7, 7, 7, 2]), 4).tolist()) == [0, 1, 1, 2, 3]
