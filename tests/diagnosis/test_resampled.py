"""diagnose_resampled: each check finds its problem when it is present and passes when it is not."""

from __future__ import annotations

import imblearn.over_sampling
import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_classification

import poise
from poise import diagnose_resampled
from poise.core.errors import UnsupportedTypeError
from poise.datasets import load_german
from poise.diagnosis._resampled import _share_by_parent

X, Y = make_classification(600, n_features=5, weights=[0.85], random_state=0)


@pytest.fixture(scope="module")
def german() -> tuple[pd.DataFrame, pd.Series]:
    data = load_german()
    table = data.frame("pandas")
    return table, table.pop(data.target)


def test_copies_are_realistic_near_duplicates() -> None:
    found = diagnose_resampled(poise.RandomOverSampler(), X, Y)
    assert found["near-duplicates"].evidence["share"] == 1.0
    assert found["near-duplicates"].status == "issue"
    assert found["fake-rows"].status == "passed"
    assert found["variance-ratio"].status == "passed"


def test_fractions_in_columns_of_whole_numbers_are_distinguished() -> None:
    counts = np.rint(X * 3)
    found = diagnose_resampled(poise.SMOTE(), counts, Y)  # as floats they get fractions
    assert found["fake-rows"].status in ("issue", "tip")
    assert found["fake-rows"].evidence["columns"]
    declared = dict.fromkeys(range(5), "integer")
    rounded = diagnose_resampled(poise.SMOTE(column_kinds=declared), counts, Y)
    assert rounded["fake-rows"].evidence["auc"] < found["fake-rows"].evidence["auc"]


def test_votes_make_new_combinations_and_donors_do_not(
    german: tuple[pd.DataFrame, pd.Series],
) -> None:
    voted = diagnose_resampled(poise.SMOTENC(), *german)["category-combinations"]
    donated = diagnose_resampled(poise.SMOTE(), *german)["category-combinations"]
    assert voted.status == "issue"
    assert donated.evidence["unseen"] == 0
    assert 'nominal="donor"' in voted.advice


def test_new_rows_vary_less_if_partners_are_far() -> None:
    rng = np.random.RandomState(0)
    noise, y = rng.normal(size=(600, 30)), np.arange(600) < 60
    found = diagnose_resampled(poise.SMOTE(), noise, y)["variance-ratio"]
    assert found.status == "tip"
    assert 0.6 < found.evidence["ratio"] < 0.75


def test_rows_between_clusters_are_foreign_and_copies_are_not() -> None:
    rng = np.random.RandomState(0)
    y = np.arange(900) < 120
    X_apart = 3 * rng.normal(size=(900, 2))
    corners = np.array([[-6.0, 0.0], [6.0, 0.0], [0.0, 6.0], [0.0, -6.0]])
    X_apart[y] = corners[np.arange(120) % 4] + 0.3 * rng.normal(size=(120, 2))
    far = poise.SMOTE(k_neighbors=59)
    found = diagnose_resampled(far, X_apart, y)["foreign-territory"]
    copies = diagnose_resampled(poise.RandomOverSampler(), X_apart, y)["foreign-territory"]
    assert found.status == "issue"
    assert found.evidence["low"] > copies.evidence["high"]
    assert copies.status == "passed"


def test_the_interval_of_a_share_is_clustered_by_parent() -> None:
    rng = np.random.RandomState(0)
    parent = np.repeat(np.arange(50), 20)
    foreign = np.repeat(rng.uniform(size=50) < 0.4, 20)
    share, low, high = _share_by_parent(foreign, parent)
    alone = _share_by_parent(foreign, np.arange(1000))
    assert share == alone[0] == foreign.mean()
    assert (high - low) > 4 * (alone[2] - alone[1])  # the root of 20, nearly


def test_the_most_used_parent_is_named() -> None:
    rng = np.random.RandomState(0)
    points, y = rng.normal(size=(500, 2)), np.arange(500) < 40
    points[:40] = 8 + rng.normal(size=(40, 2))
    points[0] = 0.0  # alone among other rows: ADASYN makes most new rows from it
    found = diagnose_resampled(poise.ADASYN(), points, y)["use-per-parent"]
    assert found.status == "issue"
    assert found.evidence["most_used_row"] == 0
    assert diagnose_resampled(poise.SMOTE(), points, y)["use-per-parent"].status == "passed"


def test_no_check_applies_to_a_sampler_that_makes_no_rows() -> None:
    found = diagnose_resampled(poise.RandomUnderSampler(), X, Y)
    assert {finding.status for finding in found.findings} == {"not applicable"}


def test_the_class_with_most_new_rows_is_the_event() -> None:
    labels = np.array(["c", "a", "b"])[np.where(Y == 1, 0, 1 + (np.arange(600) < 150))]
    found = diagnose_resampled(poise.SMOTE(), X, labels)
    assert found.facts["event"] == "c"
    assert found.facts["n_made"] > 0


def test_the_same_random_state_gives_the_same_findings_and_leaves_the_sampler_unfitted() -> None:
    sampler = poise.SMOTE()
    first, second = (diagnose_resampled(sampler, X, Y, random_state=3) for _ in range(2))
    assert [f.evidence for f in first.findings] == [f.evidence for f in second.findings]
    assert not hasattr(sampler, "plan_")


def test_a_sampler_may_name_columns() -> None:
    table = pd.DataFrame(X, columns=list("abcde")).assign(a=np.arange(600) % 3)
    found = diagnose_resampled(poise.SMOTE(column_kinds={"a": "categorical"}), table, Y)
    assert len(found.findings) == 7
    assert diagnose_resampled(
        poise.SMOTETomek(column_kinds={"a": "categorical"}), table, Y
    ).findings


def test_samplers_of_other_packages_raise_an_error() -> None:
    for other in (imblearn.over_sampling.SMOTE(), poise.SMOTE):
        with pytest.raises(UnsupportedTypeError, match="Pass an instance, such as"):
            diagnose_resampled(other, X, Y)
