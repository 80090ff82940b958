"""The rows of a class are replaced by the centres of its clusters."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from overlapping import table
from sklearn.cluster import AgglomerativeClustering, MiniBatchKMeans

from poise.under_sampling import (
    ClusterCentroids,
)
from poise.under_sampling._cluster_centroids import made_exact, most_central


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


def test_clusters_are_numbered_and_split_in_the_order_of_the_rows() -> None:
    assert made_exact(np.array([7, 7, 7, 2]), 3).tolist() == [2, 1, 1, 0]
    assert made_exact(np.array([3, 9, 3]), 2).tolist() == [0, 1, 0]


def test_the_central_row_of_a_cluster_is_the_nearest_to_its_mean() -> None:
    values = np.array([[0.0], [1.0], [5.0], [10.0], [14.0], [11.0]])  # means 2 and 11.67
    assert most_central(values, np.array([0, 0, 0, 1, 1, 1])).tolist() == [1, 5]
    assert most_central(sp.csr_array(values), np.array([0, 0, 0, 1, 1, 1])).tolist() == [1, 5]


def test_sparse_rows_are_kept_and_dense_ones_averaged_unless_the_user_says_otherwise() -> None:
    X, y = table()
    for values, by_default in ((X, "soft"), (sp.csr_array(X), "hard")):
        for voting, used in (("auto", by_default), ("hard", "hard"), ("soft", "soft")):
            sampler = ClusterCentroids(voting=voting, random_state=0).fit(values, y)
            assert sampler.voting_ == used
            assert sampler.plan_.only_originals == (used == "hard")


def test_a_clustering_estimator_needs_labels_or_predictions_and_is_given_the_number() -> None:
    X, y = table()
    sampler = ClusterCentroids(estimator=AgglomerativeClustering()).fit(X, y)
    assert sampler.estimator_.n_clusters == (y == 1).sum()
