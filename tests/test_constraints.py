"""`poise.constraints`: every method that makes rows keeps the rules, in every container."""

from __future__ import annotations

import pickle
import re
import warnings
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
from poise.core.errors import InputError, OneHotWarning
from poise.core.sampling.resampler import Resampler
from poise.over_sampling import (
    ADASYN,
    MGS,
    ROSE,
    SMOTE,
    SMOTEN,
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


def one_hot_table(dtype: Any, n_missing: int = 0) -> tuple[pd.DataFrame, Any, list[str]]:
    rng, names = np.random.RandomState(5), ["p", "q", "r", "s"]
    X = pd.DataFrame(rng.normal(size=(240, 2)), columns=["a", "b"])
    flags = pd.DataFrame(np.eye(4)[rng.randint(4, size=240)], columns=names).astype(dtype)
    flags.iloc[rng.choice(240, n_missing, replace=False), 1] = None
    return pd.concat([X, flags], axis=1), np.arange(240) % 6 == 0, names


@pytest.mark.parametrize("dtype", ["boolean", "Int8", "bool[pyarrow]", object])
def test_categories_with_missing_values_stay_one_hot(dtype: Any) -> None:
    X, y, names = one_hot_table("boolean", n_missing=40)
    X[names] = X[names].astype(dtype)
    for sampler in (SMOTENC(categorical_features=names), SMOTEN()):
        keeping = seeded(sampler, constraints=[OneHot(names)])
        kept, _ = keeping.fit_resample(X, y)
        assert n_not_one_hot(kept, names) == 0
        seeds = keeping.plan_.lineage().seed
        assert kept["q"].isna().tolist() == X["q"].isna().to_numpy()[seeds].tolist()


@pytest.mark.filterwarnings("always::poise.exceptions.OneHotWarning")
def test_one_hot_categories_and_flags_are_found_where_rows_break_them() -> None:
    whole, y, names = one_hot_table(bool)
    lacking = one_hot_table("boolean", n_missing=40)[0]
    offer = re.escape(f"Pass constraints=[OneHot({names})] from poise.constraints to keep them so.")
    for sampler, X in (
        (SMOTENC(categorical_features=names), whole),
        (SMOTENC(categorical_features=names), whole.astype(dict.fromkeys(names, int))),
        (SMOTENC(categorical_features=names), whole.astype(dict.fromkeys(names, "category"))),
        (SMOTENC(categorical_features=names), lacking),
        (SMOTEN(), whole),
        (SMOTE(), lacking),
    ):
        with pytest.warns(OneHotWarning, match=f"1 group of flags or categories looks.*{offer}"):
            sampler.fit(X, y)
    for sampler, X in (
        (SMOTE(), whole),
        (SMOTE(categorical_features=names), whole),
        (SMOTENC(categorical_features=names, constraints=[OneHot(names)]), whole),
        (SMOTENC(categorical_features=names), whole.replace({True: "1", False: "0"})),
        (SMOTENC(categorical_features=names), whole.assign(s=~whole["s"])),
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("error", OneHotWarning)
            sampler.fit(X, y)


def n_not_one_hot(X: Any, names: list[str]) -> int:
    flags = X[names].astype(object)
    n_ones, is_missing = (flags == 1).sum(axis=1), flags.isna().any(axis=1)
    n_zeros = (flags == 0).sum(axis=1)
    return int((((n_ones != 1) | (n_zeros != len(names) - 1)) & ~is_missing).sum())


@pytest.mark.parametrize("dtype", [int, bool, float, object, "boolean", "category"])
@pytest.mark.parametrize(
    "sampler", [SMOTENC(), SMOTE(nominal="vote"), BorderlineSMOTE(nominal="vote")], ids=repr
)
def test_a_vote_keeps_one_hot_columns_of_categories(sampler: Any, dtype: Any) -> None:
    X, y, names = one_hot_table(dtype)
    voting = seeded(sampler, column_kinds=dict.fromkeys(names, "categorical"))
    assert n_not_one_hot(voting.fit_resample(X, y)[0], names) > 0
    kept, _ = voting.set_params(constraints=[OneHot(names)]).fit_resample(X, y)
    assert n_not_one_hot(kept, names) == 0
    assert (kept.dtypes == X.dtypes).all()


def test_one_hot_columns_are_voted_on_as_the_category_that_they_encode() -> None:
    X, y, names = one_hot_table(bool)
    whole = X[["a", "b"]].assign(category=pd.Categorical(X[names].idxmax(axis=1)))
    # The distance to another category counts each column in which the two differ, and so twice.
    voting = SMOTE(nominal="vote", random_state=7, constraints=[OneHot(names)])
    voting.set_params(column_kinds=dict.fromkeys(names, "categorical"))
    pairs = voting.fit_resample(X, y)[0], voting.plan_.keeping(None).apply(whole)
    np.testing.assert_array_equal(pairs[0][names].idxmax(axis=1), pairs[1]["category"])


@pytest.mark.parametrize("sampler", [SMOTE(), SMOTENC(), MGS()], ids=repr)
def test_one_hot_flags_with_missing_values_come_from_one_row(sampler: Any) -> None:
    X, y, names = one_hot_table("boolean", n_missing=40)
    keeping = seeded(sampler, constraints=[OneHot(names)])
    kept, _ = keeping.fit_resample(X, y)
    assert n_not_one_hot(kept, names) == 0
    seeds = keeping.plan_.lineage().seed
    assert kept["q"].isna().tolist() == X["q"].isna().to_numpy()[seeds].tolist()


def test_one_hot_categories_that_hold_something_else_are_shown() -> None:
    X, y, names = one_hot_table(object)
    X.loc[7, "p"] = "yes"
    with pytest.raises(InputError, match=r"broken by 1 row of X: row 7 \(column 'p' is 'yes', "):
        SMOTENC(constraints=[OneHot(names)], categorical_features=names).fit(X, y)
    with pytest.raises(InputError, match="Give all its columns one dtype"):
        SMOTE(constraints=[OneHot(["a", "q"])], column_kinds={"q": "bool"}).fit(X, y)
    with pytest.raises(InputError, match="OneHot is about columns of numbers, flags or categories"):
        SMOTE(constraints=[LessEqual("p", "q")], categorical_features=names).fit(X, y)


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


@pytest.mark.parametrize("sampler", [SMOTE(), SMOTENC()], ids=repr)
def test_streamed_one_hot_categories_are_those_of_memory(sampler: Any) -> None:
    X, y, names = one_hot_table(bool)
    keeping = seeded(sampler, constraints=[OneHot(names)], categorical_features=names)
    table = pa.Table.from_pandas(X.assign(y=y, id=np.arange(240)), preserve_index=False)
    streamed = big.resample(table, keeping, target="y", id="id").reader().read_all()
    order = [*X.columns, "y"]
    found = streamed.select(order).to_pandas().sort_values(order)
    X_new, y_new = keeping.fit_resample(X, y)
    assert found.to_numpy().tolist() == X_new.assign(y=y_new).sort_values(order).to_numpy().tolist()
    assert n_not_one_hot(found, names) == 0


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
