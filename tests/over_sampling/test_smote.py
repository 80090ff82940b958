"""SMOTE places new rows between a row and one of its nearest neighbours."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from poise import native
from poise.core.errors import NothingToDoWarning, ParameterError, TooFewRowsError
from poise.core.sampling.draws import SeedNeighborPairs, draw
from poise.over_sampling import SMOTE
from poise.testing import oracle

rng = np.random.RandomState(2)
X = np.concatenate([rng.randn(60, 3), rng.randn(25, 3) + 1.2])
y = np.repeat(["no", "yes"], [60, 25])


def test_partners_are_among_the_k_nearest_rows_of_the_class() -> None:
    lineage = SMOTE(k_neighbors=4, random_state=0).fit(X, y).plan_.lineage()
    nearest = oracle.nearest_others(X[60:], 4) + 60
    for seed, partner in zip(lineage.seed[85:], lineage.partner[85:], strict=True):
        assert partner in nearest[seed - 60]


def test_new_rows_lie_at_their_gap_on_the_segment() -> None:
    sampler = SMOTE(random_state=0)
    X_new, _ = sampler.fit_resample(X, y)
    lineage = sampler.plan_.lineage()
    new = lineage.origin == "blended"
    seed, partner, gap = lineage.seed[new], lineage.partner[new], lineage.gap[new][:, None]
    np.testing.assert_allclose(X_new[new], X[seed] + gap * (X[partner] - X[seed]), rtol=1e-12)
    assert ((gap >= 0) & (gap < 1)).all()


def test_every_seed_row_and_neighbour_is_drawn_with_the_same_probability() -> None:
    seeds = np.arange(4)
    made_up = SeedNeighborPairs(seeds, lambda rows: rows[:, None] * 10 + np.arange(3), 3)
    segments = draw(made_up, 60_000, np.random.RandomState(0))
    pairs = np.bincount(segments.seed * 3 + segments.partner % 10, minlength=12)
    assert abs(pairs - 5000).max() < 5 * np.sqrt(5000)
    assert abs(segments.gap.mean() - 0.5) < 0.01


def test_only_the_rows_drawn_are_searched() -> None:
    asked = []

    def neighbors_of(rows: np.ndarray) -> np.ndarray:
        asked.extend(rows.tolist())
        return np.zeros((len(rows), 2), dtype=np.intp)

    pairs = SeedNeighborPairs(np.arange(1000), neighbors_of, 2)
    segments = draw(pairs, 10, np.random.RandomState(0))
    assert sorted(asked) == sorted(set(segments.seed.tolist()))


def test_a_row_is_never_its_own_partner_among_duplicates() -> None:
    twins = np.repeat(np.arange(6) / 4, 4).reshape(-1, 1)
    labels = np.repeat([0, 1], [18, 6])
    lineage = SMOTE(k_neighbors=2, random_state=0).fit(twins, labels).plan_.lineage()
    new = lineage.origin == "blended"
    assert (lineage.seed[new] != lineage.partner[new]).all()


def test_a_neighbour_object_of_five_means_five_others() -> None:
    as_int = SMOTE(k_neighbors=5, random_state=0).fit_resample(X, y)[0]
    mine = NearestNeighbors(n_neighbors=5)
    as_object = SMOTE(k_neighbors=mine, random_state=0).fit_resample(X, y)[0]
    np.testing.assert_array_equal(as_int, as_object)
    assert not hasattr(mine, "n_samples_fit_")


def test_the_metric_of_a_neighbour_object_is_used() -> None:
    mine = NearestNeighbors(n_neighbors=1, metric="chebyshev")
    table = np.array([[0, 0], [0, 3], [2, 2], [9, 9], [9, 9.5], [9, 9.7], [8, 8]]) + 0.5
    labels = [1, 1, 1, 0, 0, 0, 0]
    lineage = SMOTE(k_neighbors=mine, random_state=3).fit(table, labels).plan_.lineage()
    assert set(zip(lineage.seed[7:], lineage.partner[7:], strict=True)) <= {(0, 2), (1, 2), (2, 0)}


def test_a_class_of_too_few_rows_raises_and_names_the_remedies() -> None:
    words = (
        "SMOTE needs more than k_neighbors=5 rows in every class it grows; class 'yes' has 4. "
        "Pass k_neighbors=3 or less, or use RandomOverSampler; or pass on_few_rows='fewer-neighbors'."
    )
    with pytest.raises(TooFewRowsError) as error:
        SMOTE().fit_resample(X[:64], y[:64])
    assert str(error.value) == words


def test_a_class_of_one_row_raises_and_names_another_method() -> None:
    with pytest.raises(TooFewRowsError, match="has 1. Use RandomOverSampler"):
        SMOTE().fit_resample(X[:61], y[:61])


def test_a_class_of_k_plus_one_rows_is_enough() -> None:
    _, y_new = SMOTE(k_neighbors=24).fit_resample(X, y)
    assert (y_new == "yes").sum() == 60


def test_a_class_that_does_not_grow_may_be_tiny() -> None:
    labels = np.repeat(["a", "b", "c"], [59, 1, 25])
    _, y_new = SMOTE(sampling_strategy={"c": 40}).fit_resample(X, labels)
    assert (y_new == "c").sum() == 40


@pytest.mark.parametrize("k", [0, -1, 2.5, "five", None])
def test_a_k_out_of_range_raises_and_names_the_parameter(k: object) -> None:
    with pytest.raises(ParameterError, match="'k_neighbors' parameter of SMOTE"):
        SMOTE(k_neighbors=k).fit_resample(X, y)


def test_no_class_grows_if_the_classes_are_balanced() -> None:
    balanced = np.repeat([0, 1], [42, 43])[:84]
    sampler = SMOTE(sampling_strategy="minority")
    X_new, _ = sampler.fit_resample(X[:84], balanced)
    assert len(X_new) == 84
    assert sampler.sampling_strategy_ == {0: 0}


def test_whole_numbers_keep_their_mean() -> None:
    counts = rng.poisson(8, size=(4000, 2))
    labels = np.repeat([0, 1], [3000, 1000])
    sampler = SMOTE(random_state=0)
    X_new, _ = sampler.fit_resample(counts, labels)
    exact = sampler.plan_.apply(counts.astype(float))
    assert X_new.dtype == counts.dtype
    assert abs(X_new[4000:].mean() - exact[4000:].mean()) < 0.02  # truncation would lose 0.4


def test_n_jobs_limits_the_blending_too(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    blend = native.blend

    def watched(*arguments: Any) -> None:
        seen.append(arguments[-1])
        blend(*arguments)

    monkeypatch.setattr(native, "blend", watched)
    SMOTE(n_jobs=1).fit_resample(X, y)
    SMOTE(n_jobs=3).fit_resample(X, y)
    assert seen == [1, 3]


def test_rows_that_are_alone_in_their_group_are_copied_with_a_warning() -> None:
    groups = np.arange(85)
    groups[60:70] = 60
    with pytest.warns(NothingToDoWarning, match="of 35 new rows of class 'yes' are copies") as seen:
        sampler = SMOTE(within_groups=True, k_neighbors=3, random_state=0).fit(X, y, groups=groups)
    lineage = sampler.plan_.lineage()
    n_copies = int((lineage.seed == lineage.partner).sum())
    assert f"{n_copies} of 35" in str(seen[0].message)
    assert 0 < n_copies < 35
