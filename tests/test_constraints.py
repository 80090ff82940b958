"""`poise.constraints`: every method that makes rows keeps the rules, in every container."""

from __future__ import annotations

import pickle
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp
from sklearn.base import clone

from poise import big
from poise.combine import SMOTEENN, Chain, SMOTETomek
from poise.constraints import Between, LessEqual, OneHot, Sum
from poise.core.errors import InputError
from poise.core.sampling.resampler import Resampler
from poise.over_sampling import (
    ADASYN,
    MGS,
    ROSE,
    SMOTE,
    SMOTENC,
    SVMSMOTE,
    BorderlineSMOTE,
    KMeansSMOTE,
    PolynomFitSMOTE,
    ProWSyn,
    RandomOverSampler,
    SafeLevelSMOTE,
)
from poise.testing import check_resampler
from poise.testing._contract import example, n_broken, table_with_rules
from poise.under_sampling import ClusterCentroids

METHODS: list[Resampler] = [
    SMOTE(),
    SMOTENC(),
    BorderlineSMOTE(),
    BorderlineSMOTE(kind="borderline-2"),
    ADASYN(),
    SVMSMOTE(),
    KMeansSMOTE(cluster_balance_threshold=0.01),
    SafeLevelSMOTE(),
    ProWSyn(),
    MGS(),
    PolynomFitSMOTE(),
    ROSE(),
    RandomOverSampler(shrinkage=1.0),
    SMOTETomek(),
    SMOTEENN(),
    ClusterCentroids(voting="soft"),
]
pytestmark = pytest.mark.filterwarnings("ignore::poise.exceptions.PoiseWarning")


def seeded(sampler: Resampler, **parameters: Any) -> Resampler:
    fresh: Resampler = clone(sampler).set_params(random_state=7, **parameters)
    return fresh


def tables(dtype: str) -> Any:
    columns, labels = example()
    X, rules = table_with_rules(np.column_stack(list(columns.values())).astype(dtype))
    return X, labels, rules


@pytest.mark.parametrize("sampler", METHODS, ids=repr)
def test_a_method_breaks_rules_without_the_parameter_and_keeps_them_with_it(sampler: Any) -> None:
    X, y, rules = tables("f8")
    plain = seeded(sampler).fit_resample(X, y)[0]
    assert n_broken(X, rules) == [0, 0, 0, 0]
    assert sum(n_broken(plain, rules)) > 0
    kept, y_kept = seeded(sampler, constraints=rules).fit_resample(X, y)
    assert n_broken(kept, rules) == [0, 0, 0, 0]
    if not isinstance(sampler, SMOTETomek | SMOTEENN):
        assert len(kept) == len(plain) == len(y_kept)
        is_whole = np.all([rule.holds(dict(enumerate(plain.T))) for rule in rules], axis=0)
        np.testing.assert_array_equal(kept[is_whole], plain[is_whole])


def test_each_kind_of_rule_is_broken_by_some_method_without_the_parameter() -> None:
    X, y, rules = tables("i8")
    broken = np.array(
        [
            n_broken(seeded(m).fit_resample(X, y)[0], rules)
            for m in (SMOTE(), MGS(), RandomOverSampler(shrinkage=1.0))
        ]
    )
    assert (broken.sum(axis=0) > 0).all()


@pytest.mark.parametrize("sampler", [SMOTE(), MGS()], ids=repr)
def test_the_contract_finds_a_method_that_breaks_rules(sampler: Any, monkeypatch: Any) -> None:
    check_resampler(sampler, containers=["numpy float64", "numpy int64"])
    monkeypatch.setattr("poise.core.plan.constraints._repair_group", lambda *_: None)
    with pytest.raises(AssertionError, match="rows break rules"):
        check_resampler(sampler, containers=["numpy float64"])


def test_all_containers_get_the_same_rows() -> None:
    X, y, rules = tables("f8")
    expected = seeded(SMOTE(constraints=rules)).fit_resample(X, y)[0]
    names = [f"x{j}" for j in range(X.shape[1])]
    pandas = seeded(SMOTE(constraints=rules)).fit_resample(pd.DataFrame(X, columns=names), y)[0]
    polars = seeded(SMOTE(constraints=rules)).fit_resample(pl.DataFrame(X, schema=names), y)[0]
    sparse = seeded(SMOTE(constraints=rules)).fit_resample(sp.csr_array(X), y)[0]
    lists = seeded(SMOTE(constraints=rules)).fit_resample(X.tolist(), y.tolist())[0]
    for found in (pandas.to_numpy(), polars.to_numpy(), sparse.toarray(), np.array(lists)):
        np.testing.assert_array_equal(found, expected)


def test_a_chain_keeps_the_rules_of_its_steps() -> None:
    X, y, rules = tables("f8")
    chain = Chain(SMOTE(constraints=rules[:2]), SMOTE(constraints=rules[2:]), random_state=0)
    assert n_broken(chain.fit_resample(X, y)[0], rules) == [0, 0, 0, 0]
    nested = SMOTETomek(smote=SMOTE(constraints=rules), random_state=0)
    assert n_broken(nested.fit_resample(X, y)[0], rules) == [0, 0, 0, 0]


def test_a_cleaner_after_it_searches_among_repaired_rows() -> None:
    X, y, rules = tables("i8")
    both = seeded(SMOTETomek(constraints=rules))
    X_new, y_new = both.fit_resample(X, y)
    from poise.under_sampling import TomekLinks

    first = seeded(SMOTE(constraints=rules)).fit_resample(X, y)
    X_two, y_two = TomekLinks(sampling_strategy="all").fit_resample(*first)
    np.testing.assert_array_equal(X_new, X_two)
    np.testing.assert_array_equal(y_new, y_two)


def test_a_pickled_plan_keeps_its_rules() -> None:
    X, y, rules = tables("f8")
    smote = seeded(SMOTE(constraints=rules))
    X_new, _ = smote.fit_resample(X, y)
    plan = pickle.loads(pickle.dumps(smote)).plan_  # just made here
    np.testing.assert_array_equal(plan.apply(X), X_new)


def test_weights_are_blended_without_rules() -> None:
    X, y, rules = tables("f8")
    weights = np.linspace(1, 2, len(y))
    plain, kept = seeded(SMOTE()), seeded(SMOTE(constraints=rules))
    plain.fit_resample(X, y, sample_weight=weights)
    kept.fit_resample(X, y, sample_weight=weights)
    np.testing.assert_array_equal(kept.aligned_["sample_weight"], plain.aligned_["sample_weight"])


def streamed_table() -> tuple[pa.Table, list[Any]]:
    X, y, _ = tables("i8")
    names = ["u", "v", "w", "s", "t", "a", "b", "total", "p", "q", "r", "size"]
    columns = {name: X[:, j] for j, name in enumerate(names)}
    rules = [
        Sum("total", ["a", "b"]),
        LessEqual("a", "b"),
        OneHot(["p", "q", "r"]),
        Between("size", 0),
    ]
    return pa.table({"id": np.arange(len(y)), **columns, "y": y}), rules


@pytest.mark.parametrize("sampler", [SMOTE(), SMOTENC(), BorderlineSMOTE(), SMOTETomek()], ids=repr)
def test_streamed_rows_are_those_of_memory(sampler: Any) -> None:
    table, rules = streamed_table()
    keeping = seeded(sampler, constraints=rules)
    streamed = big.resample(table, keeping, target="y", id="id").reader().read_all()
    X = table.drop_columns(["id", "y"])
    X_new, y_new = keeping.fit_resample(X, table["y"])
    order = [*X.column_names, "y"]
    found = streamed.select(order).to_pandas().sort_values(order).to_numpy()
    expected = X_new.append_column("y", y_new).to_pandas().sort_values(order).to_numpy()
    assert found.tolist() == expected.tolist()
    plain = seeded(sampler).fit_resample(X, table["y"])[0]
    assert not plain.equals(X_new), "the rules change rows here"


def test_streamed_rows_that_break_a_rule_are_named_by_their_id() -> None:
    table, rules = streamed_table()
    total = table["total"].to_numpy().copy()
    total[31] += 1
    place = table.column_names.index("total")
    table = table.set_column(place, "total", pa.array(total))
    with pytest.raises(InputError, match=r"is broken by 1 row of X: id 31 \(column 'total' is "):
        big.resample(table, SMOTE(constraints=rules), target="y", id="id")


def test_streamed_columns_are_named() -> None:
    table, _ = streamed_table()
    with pytest.raises(InputError, match="names column 4 by its position.*Pass its name"):
        big.resample(table, SMOTE(constraints=[Between(4, 0)]), target="y", id="id")


def test_rules_read_as_they_are_written() -> None:
    assert eval(repr(OneHot(["a", "b"]))) == OneHot(["a", "b"])  # what a user pastes


def test_rules_about_decimals_of_python_are_refused() -> None:
    rng = np.random.RandomState(0)
    cells = np.array([[Decimal(int(v)) / 100 for v in row] for row in rng.randint(0, 999, (30, 2))])
    table = np.column_stack([cells, cells.sum(axis=1)])
    y = np.repeat([0, 1], [20, 10])
    for X in (table, table.tolist(), pd.DataFrame(table)):
        with pytest.raises(InputError, match="holds decimals; new ones are rounded"):
            SMOTE(constraints=[Sum(2, [0, 1])]).fit(X, y)
