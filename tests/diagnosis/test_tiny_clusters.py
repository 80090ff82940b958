"""tiny-clusters: clusters smaller than the neighbourhood of SMOTE, and one large cloud."""

from __future__ import annotations

import numpy as np
import pytest

from poise.diagnosis._examined import Examined
from poise.diagnosis._geometry import clusters_of, tiny_clusters
from poise.study.event_table import read_event_table


def clustered(size: int, d: int = 5) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.RandomState(0)
    X, y = 2 * rng.normal(size=(600, d)), np.arange(600) < 60
    X[y] = 2 * rng.normal(size=(20, d))[np.arange(60) // size] + 0.1 * rng.normal(size=(60, d))
    return X, y


@pytest.mark.parametrize(
    ("size", "status"), [(3, "issue"), (5, "issue"), (6, "passed"), (30, "passed")]
)
def test_clusters_of_fewer_rows_than_smote_needs_are_an_issue(size: int, status: str) -> None:
    found = tiny_clusters(Examined(read_event_table(*clustered(size), pos_label=True)))
    assert found.status == status
    assert min(found.evidence["clusters"]) >= 2
    assert found.evidence["segments_between_clusters"] > (0.2 if size == 3 else -1)


def test_one_close_group_of_few_rows_is_not_a_cluster_among_others() -> None:
    rng = np.random.RandomState(0)
    X, y = rng.normal(size=(600, 2)), np.arange(600) < 8
    X[y] = 20 + 0.01 * rng.normal(size=(8, 2))
    found = tiny_clusters(Examined(read_event_table(X, y, pos_label=True)))
    assert found.status == "not applicable"
    assert "Fewer than 20 rows" in found.message


@pytest.mark.parametrize("away", [0.5, 1.5, 3.0])
def test_one_cloud_passes_however_much_it_overlaps(away: float) -> None:
    rng = np.random.RandomState(1)
    X, y = rng.normal(size=(800, 2)), np.arange(800) < 80
    X[y, 0] += away
    assert tiny_clusters(Examined(read_event_table(X, y, pos_label=True))).status == "passed"


def test_rows_are_in_a_cluster_if_their_nearest_row_is_of_the_event() -> None:
    X = np.array([[0.0], [0.1], [0.2], [9.0], [9.1], [9.2], [4.0], [4.1], [4.2], [4.6]])
    is_event = np.array([1, 1, 1, 1, 1, 1, 0, 0, 0, 0], dtype=bool)
    share, bridges, sizes = clusters_of(read_event_table(X, is_event, pos_label=True), is_event)
    assert sizes.tolist() == [3, 3]
    assert share == 1.0
    assert bridges > 0.4
