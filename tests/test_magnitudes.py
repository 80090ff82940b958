"""Every method makes the same plan of a table in every unit, however large or small its numbers are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from poise import (
    ROSE,
    SMOTE,
    SMOTENC,
    KMeansSMOTE,
    NearMiss,
    Plan,
    RandomOverSampler,
    TomekLinks,
)
from poise._api import METHODS, make_sampler
from poise.core.errors import InputError

# Multiplying by powers of two is exact: the geometry stays the same to the last bit.
POWERS = (664, -664)
Y = np.repeat([0, 1, 2], [60, 22, 18])
KINDS = ("dense", "sparse", "missing")
PARAMETERS: dict[str, list[dict[str, Any]]] = {
    # Its default exponent differs between clusters, so that the unit matters by definition.
    "kmeans-smote": [{"density_exponent": 2.0, "kmeans_estimator": 2}],
    "near-miss": [{"version": 1}, {"version": 2}, {"version": 3}],
    "random-over": [{}, {"shrinkage": 1.0}],
    "smote": [{}, {"neighbor_space": "standard"}, {"neighbor_space": "robust"}],
}
pytestmark = [
    pytest.mark.filterwarnings("ignore::poise.exceptions.PoiseWarning"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.DataConversionWarning"),
]


def table(kind: str) -> Any:
    random = np.random.RandomState(0)
    X = random.randn(100, 3) + Y[:, np.newaxis]
    X[5], X[::7, 0] = X[70], X[3, 0]  # equal rows of two classes, and ties
    if kind == "missing":
        X[random.rand(100, 3) < 0.05] = np.nan
    return sp.csr_array(X) if kind == "sparse" else X


def lineage(plan: Plan) -> list[str]:
    return [str(part.tolist()) for part in (plan.order, *plan.lineage())]


@pytest.mark.parametrize(
    ("method", "parameters"),
    [(method, given) for method in METHODS for given in PARAMETERS.get(method, [{}])],
)
def test_the_plan_and_the_rows_do_not_depend_on_the_unit(
    method: str, parameters: dict[str, Any]
) -> None:
    sampler = make_sampler(method, random_state=0, **parameters)
    n_kinds = 0
    for kind in KINDS:
        X = table(kind)
        try:
            expected = sampler.fit_resample(X, Y)[0]
        except InputError:
            continue  # the method takes no such table
        n_kinds += 1
        plan = sampler.plan_
        for power in POWERS:
            made = sampler.fit_resample(X * 2.0**power, Y)[0] * 2.0**-power
            assert lineage(sampler.plan_) == lineage(plan), (kind, power)
            assert np.array_equal(dense(made), dense(expected), equal_nan=True), (kind, power)
    assert n_kinds


def dense(X: Any) -> Any:
    return X.toarray() if sp.issparse(X) else X


def test_a_small_column_decides_between_rows_that_agree_in_the_others() -> None:
    flag = np.repeat([0.0, 1.0], 10)
    small = np.r_[0.0, 9:0:-1, np.arange(10.0)]
    y = np.repeat([0, 1], [14, 6])
    X = np.column_stack([flag, small])
    plans = [
        SMOTE(k_neighbors=1, random_state=0).fit(X * [1.0, scale], y).plan_
        for scale in (2.0**-30, 2.0**-664)
    ]
    assert lineage(plans[0]) == lineage(plans[1])


def test_columns_that_no_unit_saves_are_named() -> None:
    X = np.column_stack([np.r_[np.arange(19.0), 9e307], np.arange(20) * 1e-300])
    reason = r"column 0 holds values as large as 9\.0e\+307, beside which .* column 1 vanish"
    with pytest.raises(InputError, match=reason) as raised:
        TomekLinks().fit(X, np.repeat([0, 1], 10))
    assert "Replace numbers that stand for missing values, or change the unit of" in str(
        raised.value
    )


def test_methods_that_compare_no_rows_take_columns_of_any_magnitude() -> None:
    X = np.column_stack([np.r_[np.arange(19.0), 1.0e308], np.arange(20) * 1e-300])
    y = np.repeat([0, 1], [15, 5])
    for sampler in (ROSE(random_state=0), RandomOverSampler(shrinkage=1.0, random_state=0)):
        assert np.isfinite(sampler.fit_resample(X, y)[0]).all()
    assert SMOTE(neighbor_space="standard", random_state=0, k_neighbors=3).fit(X, y)


def test_a_transformer_that_returns_numbers_that_cannot_be_squared_is_named() -> None:
    from sklearn.preprocessing import FunctionTransformer

    space = FunctionTransformer(_shrink)
    with pytest.raises(InputError, match="FunctionTransformer.* overflow or vanish"):
        SMOTE(neighbor_space=space).fit(table("dense"), Y)


def _shrink(X: Any) -> Any:
    return X * 2.0**-900


def test_the_median_of_smotenc_is_in_the_unit_of_the_table() -> None:
    X = np.column_stack([table("dense"), Y % 2])
    fitted = [
        SMOTENC([3], random_state=0).fit(X * [scale, scale, scale, 1], Y).median_std_
        for scale in (1.0, 2.0**664)
    ]
    assert fitted[1] == {label: value * 2.0**664 for label, value in fitted[0].items()}


def test_the_second_version_of_nearmiss_measures_large_numbers_in_single_precision() -> None:
    X = table("dense")
    kept = [NearMiss(version=2).fit(X * scale, Y).sample_indices_ for scale in (1.0, 2.0**70)]
    assert kept[0].tolist() == kept[1].tolist()


def test_the_exponent_of_kmeans_smote_can_be_as_large_as_the_paper_has_it() -> None:
    X = np.random.RandomState(0).normal(size=(200, 120)) * 1000
    sampler = KMeansSMOTE(
        kmeans_estimator=2, cluster_balance_threshold=0.01, density_exponent=120.0, random_state=0
    )
    y = np.arange(200) % 4 == 0
    assert len(sampler.fit_resample(X, y)[0]) == 300


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_new_rows_beyond_the_range_of_a_dtype_are_at_its_end(dtype: str) -> None:
    random, y = np.random.RandomState(0), np.repeat([0, 1], [42, 18])
    shares = np.clip((random.randn(60, 3) + y[:, np.newaxis]) / 3, -1, 1)
    X = (shares * np.finfo(dtype).max).astype(dtype)
    for method in ("svm-smote", "mgs", "rose", "polynom-fit-smote", "smote"):
        made = make_sampler(method, random_state=0).fit_resample(X, y)[0]
        assert made.dtype == X.dtype
        assert np.isfinite(made).all(), method
