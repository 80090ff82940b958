"""Members are fitted on exactly balanced draws from their own bootstrap samples."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB

from poise.core.errors import InputError, ParameterError, TooFewRowsError, UnsupportedTypeError
from poise.core.tables.labels import encode
from poise.ensemble import BalancedBaggingClassifier, BalancedRandomForestClassifier
from poise.ensemble._draws import MemberDraws, check_weights, compact, member_seeds, number_of
from poise.over_sampling import SMOTE, RandomOverSampler
from poise.under_sampling import RandomUnderSampler

Y = np.repeat(["no", "yes"], [360, 40])
X = np.arange(400.0).reshape(-1, 1) + 0.5


def draws(sampler: Any = None, n_bag: int = 400, *, bootstrap: bool = True) -> MemberDraws:
    return MemberDraws(encode(Y), n_bag, bootstrap, sampler or RandomUnderSampler(), n_bag / 400)


@pytest.mark.parametrize("bootstrap", [True, False])
@pytest.mark.parametrize("n_bag", [400, 120])
def test_a_draw_is_balanced_and_of_the_bootstrap_sample(n_bag: int, *, bootstrap: bool) -> None:
    some = draws(n_bag=n_bag, bootstrap=bootstrap)
    for seed in range(5):
        bag, rows = some.bag(seed), some.rows(seed)
        assert len(bag) == n_bag
        assert (len(set(bag.tolist())) == n_bag) != bootstrap
        n_no, n_yes = (int((Y[rows] == label).sum()) for label in ("no", "yes"))
        assert n_no == n_yes == (Y[bag] == "yes").sum()
        assert set(rows.tolist()) <= set(bag.tolist())
        assert rows.tolist() == some.rows(seed).tolist()


def test_the_strategy_is_in_the_users_labels_and_may_be_a_function_of_y() -> None:
    for strategy in (
        {"no": 7, "yes": 5},
        lambda y: {label: 7 if label == "no" else 5 for label in set(y)},
    ):
        rows = draws(RandomUnderSampler(sampling_strategy=strategy)).rows(0)
        assert [(Y[rows] == label).sum() for label in ("no", "yes")] == [7, 5]


def test_a_sampler_that_makes_rows_gets_the_bootstrap_sample() -> None:
    some = draws(SMOTE())
    assert not some.only_rows
    assert some.rows(3).tolist() == some.bag(3).tolist()
    X_new, y_new, weights = some.resampled(X, Y, np.arange(400.0), 3)
    assert (y_new == "yes").sum() == (y_new == "no").sum()
    assert len(X_new) == len(weights)
    assert some.resampled(X, Y, None, 3)[2] is None
    assert not draws(RandomOverSampler(shrinkage=1.0)).only_rows
    assert draws(RandomOverSampler()).only_rows


def test_members_share_the_rows_by_class_and_pickles_do_not_hold_them() -> None:
    some = draws(bootstrap=False)
    size = len(pickle.dumps(some))
    assert some.rows(1).tolist() != some.rows(2).tolist()
    first, second = (some._bag(np.random.RandomState(seed))[1] for seed in (1, 2))
    assert first.members(0) is second.members(0)
    assert len(pickle.dumps(some)) == size
    assert pickle.loads(pickle.dumps(some)).rows(2).tolist() == some.rows(2).tolist()


def test_a_sampler_that_changes_the_rows_of_a_class_in_place_changes_those_of_one_member() -> None:
    class Shuffling(RandomUnderSampler):
        def keeper(self, problem: Any, rng: np.random.RandomState) -> Any:
            def keep(code: int, n_rows: int) -> Any:
                members = problem.labels.members(code)
                rng.shuffle(members)
                return members[:n_rows]

            return keep

    some = draws(Shuffling(), bootstrap=False)
    assert some.only_rows
    first = some.rows(2).tolist()
    some.rows(1)
    assert some.rows(2).tolist() == first


def test_weights_go_with_their_rows() -> None:
    X_new, _, weights = draws().resampled(X, Y, np.arange(400.0), 0)
    assert (X_new[:, 0] - 0.5).tolist() == weights.tolist()


def test_weights_of_rows_that_another_package_makes_are_not_known() -> None:
    import imblearn.over_sampling

    some = draws(imblearn.over_sampling.SMOTE())
    assert len(some.resampled(X, Y, None, 0)[0]) > 400
    with pytest.raises(UnsupportedTypeError, match="not a sampler of Poise"):
        some.resampled(X, Y, np.ones(400), 0)


@pytest.mark.parametrize(
    ("bootstrap", "way_out"),
    [(True, "larger max_samples than 0.01, or set bootstrap"), (False, "or leave max_samples out")],
)
def test_a_sample_without_a_class_names_it_and_the_way_out(
    *, bootstrap: bool, way_out: str
) -> None:
    with pytest.raises(TooFewRowsError, match=f"no row of class 'yes', which has 40.*{way_out}"):
        for seed in range(20):
            draws(n_bag=4, bootstrap=bootstrap).rows(seed)


def test_more_members_have_the_same_first_seeds() -> None:
    assert member_seeds(0, 7)[:3] == member_seeds(0, 3)
    assert len(set(member_seeds(0, 50))) == 50


@pytest.mark.parametrize(
    ("given", "expected"), [(None, 5), (3, 3), (10, 10), (0.5, 5), (1.0, 10), (0.01, 1)]
)
def test_a_number_may_be_a_share(given: Any, expected: int) -> None:
    assert number_of("max_samples", given, 10, 5) == expected


@pytest.mark.parametrize("given", [0, 11, -1, 0.0, 1.5, True, "all"])
def test_a_number_out_of_range_raises(given: Any) -> None:
    with pytest.raises(
        ParameterError, match="max_samples=.* must be a whole number from 1 to 10, or a share"
    ):
        number_of("max_samples", given, 10, 10)


def test_weights_are_one_finite_number_per_row() -> None:
    assert check_weights(None, 3) is None
    assert check_weights([1, 0, 2], 3).tolist() == [1.0, 0.0, 2.0]
    for wrong in ([1, 2], [[1, 2, 3]], ["a", "b", "c"], [1, -1, 1], [0, 0, 0], [1, np.nan, 1]):
        with pytest.raises(InputError, match="sample_weight"):
            check_weights(wrong, 3)


def test_codes_that_are_kept_take_few_bytes() -> None:
    small = compact(encode(Y))
    assert small.codes.dtype == np.uint8
    assert small.codes.tolist() == encode(Y).codes.tolist()
    assert compact(encode(np.repeat(np.arange(300), 2))).codes.dtype == np.uint16


def test_a_class_whose_drawn_rows_all_have_the_weight_0_is_named() -> None:
    X, y = np.arange(60.0).reshape(-1, 1), np.repeat(["no", "yes"], [40, 20])
    weights = np.where(np.arange(60) < 59, (y == "no") * 1.0, 1.0)  # one row of "yes" has a weight
    for ensemble in (
        BalancedRandomForestClassifier(30, random_state=0),
        BalancedBaggingClassifier(n_estimators=30, random_state=0),
    ):
        with pytest.raises(
            TooFewRowsError, match=r"class 'yes' have the weight 0; 1 of its 20 rows"
        ):
            ensemble.fit(X, y, sample_weight=weights)


@pytest.mark.parametrize(
    "ensemble",
    [
        BalancedRandomForestClassifier(4, bootstrap=True, warm_start=True, random_state=0),
        BalancedBaggingClassifier(n_estimators=4, warm_start=True, random_state=0),
    ],
)
def test_members_that_stay_keep_the_rows_they_were_drawn(ensemble: Any) -> None:
    X, y = np.arange(60.0).reshape(-1, 1), np.repeat([0, 1], [40, 20])
    before = ensemble.fit(X, y).estimators_samples_
    ensemble.set_params(n_estimators=6, max_samples=0.5).fit(X, y)
    for old, now in zip(before, ensemble.estimators_samples_, strict=False):
        assert old.tolist() == now.tolist()
    assert len(ensemble.estimators_samples_) == 6


def test_out_of_bag_values_are_of_the_last_fit() -> None:
    X, y = np.arange(60.0).reshape(-1, 1) % 7, np.repeat([0, 1], [40, 20])
    forest = BalancedRandomForestClassifier(20, bootstrap=True, oob_score=True, random_state=0)
    assert forest.fit(X, y).oob_decision_function_.shape == (60, 2)
    assert not hasattr(forest.set_params(oob_score=False).fit(X[10:], y[10:]), "oob_score_")
    forest.set_params(oob_score=True, warm_start=True, n_estimators=25)
    with pytest.raises(InputError, match="all drawn from these 60 rows"):
        forest.fit(X, y)


def test_a_column_may_be_drawn_twice_from_a_frame() -> None:
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 3)), columns=list("abc"))
    y = np.repeat([0, 1], [40, 20])
    bags = BalancedBaggingClassifier(bootstrap_features=True, n_estimators=4, random_state=0)
    assert bags.fit(frame, y).predict(frame).shape == (60,)


def test_a_member_that_cannot_be_fitted_names_its_rows_by_class() -> None:
    X, y = np.arange(60.0).reshape(-1, 1), np.where(np.arange(60) < 3, "rare", "usual")
    search = GridSearchCV(GaussianNB(), {"var_smoothing": [1e-9]}, cv=5)
    with pytest.raises(
        InputError, match=r"GridSearchCV, cannot be fitted .*'rare': \d, 'usual': \d"
    ):
        BalancedBaggingClassifier(search, 2, bootstrap=False, random_state=0).fit(X, y)
