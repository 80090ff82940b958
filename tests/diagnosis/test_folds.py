"""check_folds: folds that test on rows made from their training rows are found, and named in the whole table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_classification
from sklearn.model_selection import GroupKFold, StratifiedKFold

import poise
from poise.core.errors import InputError
from poise.forensics import check_folds

X, Y = make_classification(600, n_features=6, weights=[0.85], random_state=0)
SHUFFLED = StratifiedKFold(3, shuffle=True, random_state=0)


def test_folds_of_an_honest_table_are_clean() -> None:
    found = check_folds(X, Y, cv=SHUFFLED)
    assert found.verdict == "clean"
    assert not found.is_leak
    assert len(found.folds) == 3
    assert [reason[:7] for reason in found.reasons] == ["Fold 1:", "Fold 2:", "Fold 3:"]


@pytest.mark.parametrize("frame", [np.asarray, pd.DataFrame])
def test_folds_of_an_over_sampled_table_leak_and_rows_are_those_of_the_table(frame) -> None:
    made, y = poise.SMOTE(random_state=0).fit_resample(X, Y)
    found = check_folds(frame(made), y, cv=SHUFFLED)
    assert found.is_leak
    rows = found.rows
    assert set(rows["fold"]) == {1, 2, 3}
    for number, (train, test) in enumerate(SHUFFLED.split(made, y)):
        inside = rows["fold"] == number + 1
        assert np.isin(rows["row"][inside], test).all()
        assert np.isin(rows["first"][inside], train).all()
    on_line = made[rows["first"]] + rows["gap"][:, None] * (
        made[rows["second"]] - made[rows["first"]]
    )
    np.testing.assert_allclose(on_line, made[rows["row"]], atol=1e-6)


def test_new_rows_in_a_test_part_are_a_leak_without_a_search() -> None:
    grown = poise.resample(X, Y, method="rose", random_state=0)  # on no line
    found = check_folds(grown.X, grown.y, cv=3, is_new=grown.is_new)
    assert found.is_leak
    assert "test rows are new rows" in found.reasons[0]
    assert set(found.rows["how"]) == {"new"}
    assert "Certainty: is_new says so." in found.summary()
    assert np.sort(found.rows["row"]).tolist() == np.flatnonzero(grown.is_new).tolist()


def test_folds_whose_test_parts_have_no_new_rows_are_searched() -> None:
    grown = poise.resample(X, Y, method="smote", random_state=0)
    real = np.arange(600)
    leaking = [(np.setdiff1d(np.arange(len(grown.y)), test), test) for test in np.split(real, 3)]
    assert check_folds(grown.X, grown.y, cv=leaking, is_new=grown.is_new).is_leak
    honest = [(np.setdiff1d(real, test), test) for test in np.split(real, 3)]
    assert check_folds(grown.X, grown.y, cv=honest, is_new=grown.is_new).verdict == "clean"


def test_groups_reach_the_splitter() -> None:
    groups = np.repeat(np.arange(100), 6)
    found = check_folds(X, Y, cv=GroupKFold(4), groups=groups)
    assert len(found.folds) == 4
    with pytest.raises(InputError, match="cannot split these 600 rows: The 'groups' parameter"):
        check_folds(X, Y, cv=GroupKFold(4))


def test_invalid_input_raises_an_error_with_the_way_out() -> None:
    with pytest.raises(InputError, match=r"is_new must have one True or False.*600 rows.*is_new"):
        check_folds(X, Y, cv=3, is_new=np.zeros(5, dtype=bool))
    with pytest.raises(InputError, match="is_new must have one True or False"):
        check_folds(X, Y, cv=3, is_new=np.zeros(600))
    with pytest.raises(InputError, match="cannot split these 600 rows"):
        check_folds(X, Y, cv=1000)
    with pytest.raises(InputError, match="y has 5"):
        check_folds(X, Y[:5], cv=3)
    labels = pd.RangeIndex(600)
    with pytest.raises(InputError, match="is_new"):
        check_folds(
            pd.DataFrame(X, index=labels),
            pd.Series(Y, index=labels),
            cv=3,
            is_new=pd.Series(Y == 1, index=labels[::-1]),
        )


@pytest.mark.parametrize(
    ("cv", "why"),
    [
        ([], "has no folds"),
        ([(np.arange(600), np.arange(600, 900))], "cannot split these 600 rows"),
        ([(np.arange(5.0), np.arange(5.0))], "cannot split these 600 rows"),
        ([(1, 2)], "without training rows or without test rows"),
        ([([], [1, 2])], "cannot split|without training rows"),
        ("five", "cannot split these 600 rows"),
    ],
)
def test_folds_that_name_no_rows_raise_an_error(cv: object, why: str) -> None:
    with pytest.raises(InputError, match=why):
        check_folds(X, Y, cv=cv)


def test_folds_may_be_lists_of_row_numbers() -> None:
    honest = [(list(range(300)), list(range(300, 600)))]
    assert check_folds(X, Y, cv=honest).verdict == "clean"
