"""K-means SMOTE interpolates inside clusters."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.spatial.distance import pdist
from sklearn.base import BaseEstimator
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs

from poise.core.errors import EstimatorError, InputError
from poise.core.neighbors.magnitudes import Scaling
from poise.core.tables.labels import encode
from poise.over_sampling import (
    KMeansSMOTE,
)


def test_partners_are_of_the_cluster_of_the_seed_row() -> None:
    centers = [(-10, 0), (0, 0), (10, 0), (0, 20)]
    values, blob = make_blobs([100, 20, 100, 20], centers=centers, random_state=0)
    labels = np.isin(blob, [1, 3]).astype(int)
    sampler = KMeansSMOTE(kmeans_estimator=KMeans(4), random_state=0)
    lineage = sampler.fit(values, labels).plan_.lineage()
    new = lineage.partner >= 0
    assert new.sum() == 160
    assert (blob[lineage.seed[new]] == blob[lineage.partner[new]]).all()


@pytest.mark.parametrize("density_exponent", ["auto", 1.5])
def test_new_rows_are_divided_by_the_sparsity_of_the_clusters(density_exponent: Any) -> None:
    draws = np.random.RandomState(0)
    clusters = [draws.randn(6, 2), 3 * draws.randn(15, 2) + 100]
    values = np.concatenate([draws.randn(300, 2) - 100, *clusters])
    labels = np.repeat([0, 1], [300, 21])
    sampler = KMeansSMOTE(
        kmeans_estimator=KMeans(3), density_exponent=density_exponent, random_state=0
    )
    seeds = sampler.fit(values, labels).plan_.lineage().seed[321:]
    sparsity = []
    for rows in clusters:
        n = len(rows)
        auto = (np.log(n) / np.log(1.6)) ** 1.8 * 0.16  # of imbalanced-learn
        exponent = auto if density_exponent == "auto" else density_exponent
        sparsity.append(pdist(rows).mean() ** exponent / n)
    expected = (300 - 21) * sparsity[0] / sum(sparsity)
    assert abs((seeds < 306).sum() - expected) < 1


def test_the_sparsity_of_a_cluster_is_in_units_of_the_table() -> None:
    def log_sparsity(values: np.ndarray, exponent: int) -> float:
        space = SimpleNamespace(scaling=Scaling(exponent))
        problem: Any = SimpleNamespace(moderate_numbers=values, is_sparse=False, known_space=space)
        return KMeansSMOTE()._log_sparsity(problem, np.arange(len(values)))

    values = np.random.RandomState(0).randn(12, 2)
    assert log_sparsity(values * 2.0**5, 5) == pytest.approx(log_sparsity(values, 0))


def test_more_clusters_than_rows_are_refused() -> None:
    with pytest.raises(InputError, match="kmeans_estimator=61 asks for more clusters than .*, 60"):
        KMeansSMOTE(kmeans_estimator=61).fit(np.random.rand(60, 2), np.repeat([0, 1], [42, 18]))


@pytest.mark.parametrize(
    ("n_of_each", "own_and_size", "k", "n_used"),
    [
        ((10, 4, 6), (3, 10), 2, 3),  # a share of 6 / (0 + 6 + 4) / 2 is enough
        ((10, 4, 6), (3, 10), 3, 0),  # no more than k rows
        ((10, 4, 6), (3, 11), 2, 0),  # too small a share
        ((5, 4), (2, 4), 1, 2),
        ((5, 4), (2, 5), 1, 0),
    ],
)
def test_a_cluster_is_used_if_the_class_has_half_of_its_share_of_all_missing_rows(
    n_of_each: tuple[int, ...], own_and_size: tuple[int, int], k: int, n_used: int
) -> None:
    y = np.repeat(np.arange(len(n_of_each)), n_of_each)
    own, size = own_and_size
    clusters = np.ones(len(y), dtype=int)
    clusters[np.flatnonzero(y == 1)[:own]] = clusters[: size - own] = 0
    problem: Any = SimpleNamespace(labels=encode(y))
    found = KMeansSMOTE()._clusters_of_class(problem, 1, clusters, k)
    used = [rows.tolist() for rows in found if (clusters[rows] == 0).all()]
    assert used == ([np.flatnonzero(y == 1)[:n_used].tolist()] if n_used else [])


def test_an_estimator_must_return_a_cluster_for_each_row() -> None:
    class One(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no type hints
        """Return a single number."""

        def fit_predict(self, X: Any) -> Any:
            return np.zeros(1)

    with pytest.raises(EstimatorError, match="must return one cluster number per row"):
        KMeansSMOTE(kmeans_estimator=One()).fit(np.arange(20.0)[:, None], [0] * 14 + [1] * 6)
