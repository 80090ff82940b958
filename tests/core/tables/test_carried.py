"""Carried columns are neither searched nor blended, in every container and by every sampler."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp
from sklearn.base import clone

import poise
from poise import SMOTE, RandomOverSampler, SMOTETomek, TomekLinks
from poise._api import method_class
from poise._methods import METHODS
from poise.combine import Chain
from poise.core.errors import InputError, ParameterError, UnknownNameError
from poise.core.tables.carried import read_carried
from poise.over_sampling import SMOTENC

N, N_RARE = 90, 24
RNG = np.random.RandomState(0)
FEATURES = pd.DataFrame({"a": RNG.randn(N), "b": RNG.randn(N), "c": RNG.randn(N)})
Y = np.array([0] * (N - N_RARE) + [1] * N_RARE)
FEATURES.loc[Y == 1, "a"] += 2
IDS = RNG.permutation(N) + 100
NAMES = [f"person {i}" for i in range(N)]


def table() -> pd.DataFrame:
    """Return the features with an id first and a name in the middle."""
    whole = FEATURES.copy()
    whole.insert(0, "id", IDS)
    whole.insert(2, "name", pd.Series(NAMES, dtype=object))
    return whole


def plain(X: Any) -> list[list[Any]]:
    """Return rows as lists of Python values; missing values are None."""
    if isinstance(X, pl.DataFrame | pa.Table):
        rows = (
            X.rows() if isinstance(X, pl.DataFrame) else zip(*X.to_pydict().values(), strict=True)
        )
    else:
        rows = X.to_numpy(dtype=object).tolist() if isinstance(X, pd.DataFrame) else X
    return [[None if item is None or item != item else item for item in row] for row in rows]  # noqa: PLR0124


CONTAINERS = {
    "pandas": lambda X: X,
    "polars": pl.from_pandas,
    "pyarrow": lambda X: pa.Table.from_pandas(X, preserve_index=False),
    "objects": lambda X: X.to_numpy(dtype=object),
    "lists": lambda X: X.to_numpy(dtype=object).tolist(),
}


@pytest.mark.parametrize("method", METHODS)
def test_every_sampler_gives_the_rows_that_it_gives_without_the_carried_columns(
    method: str,
) -> None:
    sampler = poise.make_sampler(method, 0)
    kinds = {"a": "categorical"} if method_class(method) is SMOTENC else None
    features = FEATURES if kinds is None else FEATURES.assign(a=np.rint(FEATURES["a"]))
    whole = table().assign(a=features["a"])
    if kinds is not None:
        sampler.set_params(categorical_features=["a"])
    if method == "smoten":
        features = features.round().astype("category")
        whole = whole.assign(**features)
    expected, y_expected = clone(sampler).fit_resample(features, Y)
    sampler.set_params(carry_columns=["id", "name"])
    found, y_found = sampler.fit_resample(whole, Y)
    pd.testing.assert_frame_equal(found[["a", "b", "c"]], expected)
    assert y_found.tolist() == y_expected.tolist()
    assert found.columns.tolist() == whole.columns.tolist()
    seeds = sampler.plan_.source
    assert found["id"].tolist() == IDS[seeds].tolist()
    assert found["name"].tolist() == [NAMES[row] for row in seeds]
    assert found.dtypes.equals(whole.dtypes)
    assert sampler.n_features_in_ == 5


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize(
    ("how", "of_id", "of_name"),
    [
        ({"id": "seed", "name": "missing"}, "seed", None),
        ({"id": "negative", "name": 7}, -1, "new-7"),
        ({"id": 1000, "name": "new"}, 1000, None),
    ],
)
def test_new_rows_get_what_was_asked_for(
    container: str, how: dict[str, Any], of_id: Any, of_name: Any
) -> None:
    X = CONTAINERS[container](table())
    by_name = container in ("pandas", "polars", "pyarrow")
    carry = how if by_name else {0: how["id"], 2: how["name"]}
    sampler = SMOTE(random_state=0, carry_columns=carry)
    found = plain(sampler.fit_resample(X, Y)[0])
    new, seeds = found[N:], sampler.plan_.source[N:]
    assert [row[0] for row in found[:N]] == IDS.tolist()
    assert [row[2] for row in found[:N]] == NAMES
    step = {"seed": 0, -1: -1, 1000: 1}[of_id]
    expected = [IDS[s] if of_id == "seed" else of_id + step * i for i, s in enumerate(seeds)]
    assert [row[0] for row in new] == expected
    assert [row[2] for row in new] == [of_name and f"new-{7 + i}" for i in range(len(new))]


def test_a_new_value_is_missing_where_the_column_can_hold_that_and_below_zero_elsewhere() -> None:
    whole, carry = table(), {"id": "new", "name": "seed"}
    of_numpy = SMOTE(random_state=0, carry_columns=carry).fit_resample(whole, Y)[0]
    assert of_numpy["id"].iloc[N:].tolist() == [-i for i in range(1, len(of_numpy) - N + 1)]
    nullable = whole.assign(id=whole["id"].astype("Int64"))
    of_nullable = SMOTE(random_state=0, carry_columns=carry).fit_resample(nullable, Y)[0]
    assert of_nullable["id"].iloc[N:].isna().all()
    assert of_nullable["id"].dtype == "Int64"


def test_negative_values_start_below_those_of_an_earlier_result() -> None:
    sampler = SMOTE(random_state=0, carry_columns={"id": "negative", "name": "seed"})
    whole = table().assign(id=np.arange(N) - 10)
    assert sampler.fit_resample(whole, Y)[0]["id"].iloc[N] == -11


def test_a_table_of_floats_and_a_sparse_one_carry_a_column() -> None:
    floats = np.column_stack([IDS, FEATURES])
    out = SMOTE(random_state=0, carry_columns={0: "negative"}).fit_resample(floats, Y)[0]
    np.testing.assert_array_equal(
        out[:, 1:], SMOTE(random_state=0).fit_resample(FEATURES.to_numpy(), Y)[0]
    )
    assert out[N:, 0].tolist() == (-1.0 - np.arange(len(out) - N)).tolist()
    sampler = SMOTE(random_state=0, carry_columns=[0])
    sparse = sampler.fit_resample(sp.csr_matrix(floats), Y)[0]
    assert isinstance(sparse, sp.csr_matrix)
    np.testing.assert_array_equal(sparse.toarray()[:, 0], IDS[sampler.plan_.source])


def test_structs_lists_and_bytes_are_carried_although_they_cannot_be_searched() -> None:
    nested = pa.table(
        {
            "s": pa.array([{"u": i, "v": str(i)} for i in range(N)]),
            "a": FEATURES["a"],
            "l": pa.array([[i, i] for i in range(N)]),
            "x": pa.array([bytes([i]) for i in range(N)]),
            "b": FEATURES["b"],
        }
    )
    sampler = SMOTE(random_state=0, carry_columns={"s": "seed", "l": "missing", "x": "seed"})
    for X in (nested, pl.from_arrow(nested)):
        out = sampler.fit_resample(X, Y)[0]
        rows = out if isinstance(out, pa.Table) else out.to_arrow()
        seeds = sampler.plan_.source
        assert rows["s"].to_pylist() == [{"u": int(i), "v": str(i)} for i in seeds]
        assert rows["l"].null_count == len(out) - N
        assert getattr(out, "schema", None) == X.schema


def test_the_type_and_nullability_of_arrow_columns_stay() -> None:
    schema = pa.schema(
        [pa.field("id", pa.int32(), nullable=False), ("a", pa.float64()), ("b", pa.float64())]
    )
    X = pa.table({"id": pa.array(IDS, pa.int32()), "a": FEATURES["a"], "b": FEATURES["b"]}).cast(
        schema
    )
    out = SMOTE(random_state=0, carry_columns={"id": "new"}).fit_resample(X, Y)[0]
    assert out.schema == schema
    assert out["id"].to_pylist()[N:] == [-i for i in range(1, len(out) - N + 1)]
    with pytest.raises(InputError, match="missing values in new rows, which its type cannot hold"):
        SMOTE(carry_columns={"id": "missing"}).fit_resample(X, Y)


def test_copies_of_rows_get_new_values_too() -> None:
    sampler = RandomOverSampler(random_state=0, carry_columns={"id": "negative"})
    out = sampler.fit_resample(table(), Y)[0]
    assert out["id"].is_unique
    assert (out["id"].iloc[N:] < 0).all()


def test_combined_samplers_carry_the_columns_of_their_steps_and_their_own() -> None:
    smote = SMOTE(carry_columns=["id", "name"])
    for sampler in (
        SMOTETomek(random_state=0, carry_columns=["id", "name"]),
        SMOTETomek(random_state=0, smote=smote),
        Chain(smote, random_state=0),
    ):
        out = sampler.fit_resample(table(), Y)[0]
        assert out["name"].tolist() == [NAMES[row] for row in sampler.plan_.source]


def test_a_pipeline_and_poise_resample_carry_columns() -> None:
    result = poise.resample(
        table().assign(y=Y), target="y", carry_columns={"id": "negative", "name": "missing"}
    )
    assert (result.frame()["id"] < 0).tolist() == result.is_new.tolist()
    assert result.frame()["name"].isna().tolist() == result.is_new.tolist()
    steps = poise.make_pipeline(SMOTE(carry_columns=["id", "name"], random_state=0), "passthrough")
    assert steps.fit(table(), Y)[0].plan_.n_rows == N


def test_a_carried_identifier_gives_no_warning(recwarn: Any) -> None:
    poise.resample(table(), Y, carry_columns=["id", "name"])
    assert not recwarn.list


def test_an_identifier_that_is_not_carried_is_named_with_the_remedy() -> None:
    with pytest.warns(
        poise.exceptions.IdentifierWarning, match=r"carry_columns=\['id', 'name'\] \(--carry\)"
    ):
        poise.resample(table(), Y)


def test_kinds_by_name_and_by_position_are_those_of_the_whole_table() -> None:
    whole = table().assign(b=np.rint(table()["b"]))
    sampler = SMOTE(random_state=0, carry_columns=["id", "name"], column_kinds={3: "integer"})
    out = sampler.fit_resample(whole, Y)[0]
    assert (out["b"] == np.rint(out["b"])).all()
    by_mask = SMOTENC(
        categorical_features=[False, False, False, True, False],
        carry_columns=["id", "name"],
        random_state=0,
    )
    assert set(by_mask.fit_resample(whole, Y)[0]["b"]) <= set(whole["b"])
    assert by_mask.categorical_features_.tolist() == [3]


def test_the_users_table_stays_as_it_was() -> None:
    whole = table()
    SMOTE(random_state=0, carry_columns={"id": "negative", "name": "missing"}).fit_resample(
        whole, Y
    )
    pd.testing.assert_frame_equal(whole, table())


@pytest.mark.parametrize(
    ("carry", "error", "words"),
    [
        ("id", ParameterError, "must be a dict of column to 'seed'.* a list of columns"),
        (["idd"], UnknownNameError, "carry_columns names a column 'idd'.*Did you mean 'id'"),
        ({"id": "sed"}, InputError, "gives column 'id' 'sed'; it can be .*Did you mean 'seed'"),
        ({"id": -3}, InputError, "gives column 'id' -3"),
        ({"id": True}, InputError, "gives column 'id' True"),
        ({"id": "seed", 0: "seed"}, InputError, "names column 0 twice"),
        (["id", "a", "name", "b", "c"], InputError, "names all 5 columns"),
        ({"id": 150}, InputError, "new values from 150 on, and rows have values up to 189"),
        ({"id": "missing"}, InputError, "column 'id' missing values.*Int64 of pandas"),
        ({"name": "negative"}, InputError, "column 'name' holds text.*a start such as 0"),
        ({"a": "negative", "id": "seed"}, InputError, "holds neither whole numbers nor text"),
    ],
)
def test_what_cannot_be_carried_is_refused(carry: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        SMOTE(random_state=0, carry_columns=carry).fit_resample(
            table().assign(z=1.0)[table().columns], Y
        )


def test_a_time_column_is_not_carried() -> None:
    with pytest.raises(InputError, match="carry_columns names column 'a', which is time="):
        SMOTE(carry_columns=["id", "name", "a"]).fit_resample(table(), Y, time="a")


def test_numbers_that_the_type_cannot_hold_are_refused() -> None:
    small = table().assign(id=np.arange(N, dtype=np.uint8))
    with pytest.raises(InputError, match="cannot hold 42 numbers below 0 for new rows"):
        SMOTE(carry_columns={"id": "negative", "name": "seed"}).fit_resample(small, Y)
    with pytest.raises(InputError, match="cannot hold 42 numbers from 250 on"):
        SMOTE(carry_columns={"id": 250, "name": "seed"}).fit_resample(small, Y)


def test_positions_are_counted_from_the_end_too() -> None:
    assert read_carried({-1: "missing"}, None, 3) == {2: "missing"}


def test_steps_that_want_different_values_are_refused() -> None:
    carry = {"id": "seed", "name": "seed"}
    for sampler in (
        SMOTETomek(carry_columns={"id": "new", "name": "seed"}, smote=SMOTE(carry_columns=carry)),
        Chain(TomekLinks(carry_columns=["id", "name"]), SMOTE(carry_columns={"id": "new"})),
    ):
        with pytest.raises(
            InputError, match=r"one step gives column 'id' '\w+', and that of another '\w+'"
        ):
            sampler.fit_resample(table(), Y)
    same = SMOTETomek(
        carry_columns={"id": "new", "name": "seed"}, smote=SMOTE(carry_columns=["name"])
    )
    assert same.fit_resample(table(), Y)[0]["id"].min() < 0


CANNOT_HOLD = {
    "text of three characters": (np.array([["abc", "u"]] * N, dtype="U3"), {0: 7}),
    "small numbers": (
        pl.DataFrame({"c": pl.Series(range(N), dtype=pl.UInt8), "a": FEATURES["a"]}),
        {"c": 10**6},
    ),
    "a sparse matrix": (sp.csr_matrix(FEATURES.to_numpy()), {0: "missing"}),
    "nulls": (pa.table({"c": pa.nulls(N), "a": FEATURES["a"]}), {"c": 3}),
    "categories": (
        pl.DataFrame({"c": pl.Series(["u"] * N, dtype=pl.Enum(["u"])), "a": FEATURES["a"]}),
        {"c": 3},
    ),
    "sparse numbers": (
        pd.DataFrame({"c": pd.arrays.SparseArray(IDS), "a": FEATURES["a"]}),
        {"c": "missing"},
    ),
}


@pytest.mark.parametrize("kind", CANNOT_HOLD)
def test_types_that_cannot_hold_new_values_are_named_and_nothing_is_cut(kind: str) -> None:
    X, carry = CANNOT_HOLD[kind]
    with pytest.raises(InputError, match="cannot hold|can only have the value of"):
        RandomOverSampler(carry_columns=carry).fit_resample(X, Y)


@pytest.mark.parametrize(
    "column",
    [pa.nulls(N), pa.array([b"ab"] * N, pa.binary(2)), pa.array(IDS).dictionary_encode()],
    ids=lambda column: str(column.type)[:10],
)
def test_every_type_of_arrow_can_be_missing(column: Any) -> None:
    X = pa.table({"c": column, "a": FEATURES["a"]})
    out = SMOTE(carry_columns={"c": "missing"}, random_state=0).fit_resample(X, Y)[0]
    assert out.schema == X.schema
    assert out["c"].slice(N).null_count == len(out) - N
