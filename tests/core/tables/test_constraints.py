"""Rules of a table: columns by name, the check of real rows, and one-hot columns that are found."""

from __future__ import annotations

import warnings
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from poise import SMOTE
from poise.constraints import Between, LessEqual, OneHot, Sum
from poise.core.errors import InputError, OneHotWarning, UnknownNameError
from poise.core.tables.constraints import one_hot_in, read_rules
from poise.core.tables.read import read_table

Y = np.array([0, 0, 0, 1, 1] * 12)


def frame() -> pd.DataFrame:
    rng = np.random.RandomState(0)
    part = rng.poisson(3, 60)
    one_hot = np.eye(3)[rng.randint(3, size=60)]
    columns = {"part": part, "other": part + 2, "total": 2 * part + 2, "size": rng.rand(60)}
    return pd.DataFrame({**columns, "x": one_hot[:, 0], "y": one_hot[:, 1], "z": one_hot[:, 2]})


def test_columns_are_given_by_name_or_position() -> None:
    X = frame()
    rules = read_rules([Sum("total", ["part", 1]), OneHot([-3, -2, "z"])], read_table(X), X)
    assert rules is not None
    assert rules.rules == (Sum(2, [0, 1]), OneHot([4, 5, 6]))
    assert rules.n_columns == 7


def test_an_unknown_column_is_named() -> None:
    with pytest.raises(
        UnknownNameError,
        match="constraints names a column 'totl' that X does not have.*Did you mean 'total'",
    ):
        SMOTE(constraints=[Sum("totl", ["part", "other"])]).fit_resample(frame(), Y)


def test_rows_that_break_a_rule_are_reported_by_number() -> None:
    X = frame()
    X.loc[[4, 17], "total"] += 1
    before = X.copy()
    with pytest.raises(InputError) as error:
        SMOTE(constraints=[Sum("total", ["part", "other"])]).fit_resample(X, Y)
    message = str(error.value)
    assert (
        "Sum(total='total', parts=('part', 'other')) is broken by 2 rows of X: row 4 (" in message
    )
    assert f"column 'total' is {X['total'][4]}" in message
    assert "row 17 (" in message
    assert message.endswith("Correct or drop these rows, or change the rule.")
    pd.testing.assert_frame_equal(X, before)


def test_of_many_rows_that_break_a_rule_five_are_shown() -> None:
    with pytest.raises(InputError, match=r"broken by 60 rows of X: row 0 .*row 4 .* and 55 more\."):
        SMOTE(constraints=[Between("size", 2, None)]).fit_resample(frame(), Y)


def test_rules_about_carried_columns_and_text_are_refused() -> None:
    X = frame().assign(name="a", flag=True)
    with pytest.raises(InputError, match="which is in carry_columns.*Leave it out of one of them"):
        SMOTE(constraints=[Between("size", 0)], carry_columns=["size"]).fit_resample(X, Y)
    with pytest.raises(InputError, match="'name', which is of kind 'categorical'. OneHot is ab"):
        SMOTE(constraints=[LessEqual("name", "size")]).fit_resample(X, Y)
    with pytest.raises(InputError, match="'flag', which is of kind 'bool'"):
        SMOTE(constraints=[LessEqual("flag", "size")]).fit_resample(X, Y)


def test_what_is_no_rule_is_refused() -> None:
    with pytest.raises(InputError, match="constraints holds 'total'. Pass rules of poise.constrai"):
        SMOTE(constraints=["total"]).fit_resample(frame(), Y)


def test_rules_hold_beside_carried_columns() -> None:
    X = frame().drop(columns="size")
    X.insert(0, "id", np.arange(60))
    rules = [Sum("total", ["part", "other"]), OneHot(["x", "y", "z"])]
    smote = SMOTE(k_neighbors=2, constraints=rules, carry_columns=["id"], random_state=0)
    X_new, _ = smote.fit_resample(X, Y)
    assert (X_new["total"] == X_new["part"] + X_new["other"]).all()
    assert X_new[["x", "y", "z"]].isin([0.0, 1.0]).all(axis=None)
    assert (X_new["id"][60:].to_numpy() == smote.plan_.source[60:]).all()


def groups(values: Any) -> list[list[int]]:
    return one_hot_in(read_table(np.asarray(values)).blocks)


def test_one_hot_columns_are_found_in_runs() -> None:
    rng = np.random.RandomState(0)
    first, second = np.eye(3)[np.arange(60) % 3], np.eye(2)[rng.randint(2, size=60)]
    number = rng.rand(60, 1)
    assert groups(np.hstack([first, number, second])) == [[0, 1, 2], [4, 5]]
    assert groups(np.hstack([first, second]).astype(int)) == [[0, 1, 2], [3, 4]]


def test_columns_without_evidence_are_not_found() -> None:
    one_hot = np.eye(3)[np.arange(60) % 3]
    assert groups(one_hot[:19]) == []
    assert groups(one_hot[:20]) == [[0, 1, 2]]
    assert groups(one_hot[:, :2]) == []
    assert groups(np.ones((60, 1))) == []
    assert groups(np.column_stack([np.ones(60), np.zeros(60)])) == [], "a column without a 1"
    twice = one_hot.copy()
    twice[50] = 1, 1, 0
    assert groups(twice) == []
    other = one_hot.copy()
    other[50, 0] = 2
    assert groups(other) == []


@pytest.mark.filterwarnings("ignore::poise.exceptions.WholeNumbersWarning")
def test_one_hot_columns_are_offered_in_a_warning() -> None:
    X = frame()[["size", "x", "y", "z"]]
    with pytest.warns(
        OneHotWarning, match=r"constraints=\[OneHot\(\['x', 'y', 'z'\]\)\] from poise"
    ):
        SMOTE(k_neighbors=2).fit_resample(X, Y)


@pytest.mark.parametrize(
    "parameters",
    [
        {"constraints": [OneHot(["x", "y", "z"])]},
        {"column_kinds": dict.fromkeys("xyz", "continuous")},
    ],
)
def test_the_offer_is_not_repeated_to_those_who_took_it(parameters: dict[str, Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", OneHotWarning)
        SMOTE(k_neighbors=2, **parameters).fit_resample(frame()[["size", "x", "y", "z"]], Y)


def test_rules_about_decimals_are_refused() -> None:
    total = [Decimal(number) / 4 for number in range(60)]
    X = pa.table({"id": range(60), "part": total, "total": total})
    smote = SMOTE(constraints=[Sum("total", ["part"])])
    for carried in (None, ["id"]):
        smote.set_params(carry_columns=carried)
        with pytest.raises(InputError, match="holds decimals; new ones are rounded.*Cast the col"):
            smote.fit_resample(X, Y)
