"""SMOTE-NC: each category is the most frequent among the neighbours."""

from __future__ import annotations

import imblearn.over_sampling
import numpy as np
import pandas as pd
import pytest
from towns import CATEGORIES, FRAME, Y, table, votes_of

from poise.core.errors import TooFewRowsError
from poise.core.plan.recipes import winners
from poise.over_sampling import SMOTE, SMOTEN, SMOTENC


@pytest.mark.parametrize("seed", range(3))
def test_the_rows_equal_imbalanced_learn_if_each_vote_has_one_winner(seed: int) -> None:
    ours = SMOTENC(CATEGORIES, random_state=seed)
    theirs = imblearn.over_sampling.SMOTENC(CATEGORIES, random_state=np.random.RandomState(seed))
    mine, other = ours.fit_resample(FRAME, Y)[0], theirs.fit_resample(FRAME, Y)[0]
    np.testing.assert_allclose(mine[["a", "b", "c"]], other[["a", "b", "c"]], rtol=1e-7)
    n_checked = 0
    for column in CATEGORIES:
        for made, expected, votes in zip(
            mine[column][300:], other[column][300:], votes_of(ours.plan_, column), strict=True
        ):
            best = votes.most_common(2)
            if len(best) == 1 or best[0][1] > best[1][1]:
                assert made == expected == best[0][0]
                n_checked += 1
    assert n_checked > 100


def test_the_nearest_voter_decides_a_tie_and_missing_values_do_not_vote() -> None:
    votes = np.array([[3, 1, 1, 3], [2, 1, 0, 3], [-1, -1, 4, 1], [-1, -1, -1, -1]], dtype=np.int32)
    elected, has_winner = winners(votes)
    assert elected[:3].tolist() == [0, 0, 2]
    assert has_winner.tolist() == [True, True, True, False]


def test_a_vote_makes_frequent_categories_more_frequent_and_a_donor_does_not() -> None:
    frame, y = table(2000, seed=3)
    parameters = {"sampling_strategy": {1: 6000}, "random_state": 0}
    n_rows = len(frame)
    voted = SMOTENC(CATEGORIES, **parameters).fit_resample(frame, y)[0][n_rows:]
    sampler = SMOTE(**parameters)
    given = sampler.fit_resample(frame, y)[0][n_rows:]
    lineage = sampler.plan_.lineage()
    parents = frame["town"].iloc[np.r_[lineage.seed[n_rows:], lineage.partner[n_rows:]]]
    old = (parents == "Rome").mean()
    assert (voted["town"] == "Rome").mean() > old + 0.03
    assert abs((given["town"] == "Rome").mean() - old) < 0.015


def test_smotenc_equals_smote_with_a_vote() -> None:
    voted = SMOTE(nominal="vote", random_state=5).fit_resample(FRAME, Y)[0]
    pd.testing.assert_frame_equal(SMOTENC(random_state=5).fit_resample(FRAME, Y)[0], voted)


def test_a_category_missing_in_the_seed_row_stays_missing() -> None:
    frame = FRAME.copy()
    frame.loc[frame.index % 3 == 0, "town"] = None
    for sampler in (SMOTENC(random_state=0), SMOTEN(random_state=0)):
        X_new, _ = sampler.fit_resample(frame, Y)
        seeds = sampler.plan_.lineage().seed
        assert X_new["town"].isna().tolist() == frame["town"].iloc[seeds].isna().tolist()


def test_a_class_of_too_few_rows_raises() -> None:
    y = np.repeat([0, 1], [296, 4])
    with pytest.raises(TooFewRowsError, match="k_neighbors=5.*has 4. Pass k_neighbors=3 or less"):
        SMOTENC(CATEGORIES).fit_resample(FRAME, y)


def test_fitted_attributes_hold_the_columns_and_their_typical_deviation() -> None:
    sampler = SMOTENC(CATEGORIES, random_state=0).fit(FRAME, Y)
    assert sampler.categorical_features_.tolist() == [1, 3]
    assert sampler.continuous_features_.tolist() == [0, 2, 4]
    deviations = FRAME.loc[Y == 1, ["a", "b", "c"]].std(ddof=0)
    assert sampler.median_std_ == {1: pytest.approx(deviations.median())}
    alone = SMOTENC(CATEGORIES, random_state=0).fit(FRAME[CATEGORIES], Y)
    assert alone.categorical_features_.tolist() == [0, 1]
    assert alone.continuous_features_.tolist() == []
    assert alone.median_std_ == {1: 0.0}
