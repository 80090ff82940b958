"""What an attack on mixed tables found, each as a test."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp
import sklearn
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

import poise
from poise.combine import SMOTETomek
from poise.core.errors import FileError, InputError, UnsupportedTypeError
from poise.core.plan.plan import Plan
from poise.core.plan.recipes import Segment
from poise.over_sampling import SMOTE, SMOTEN, SMOTENC, RandomOverSampler
from poise.testing import oracle
from poise.under_sampling import EditedNearestNeighbours

N = 21
Y = np.repeat([0, 1], [14, 7])
NUMBERS = np.random.RandomState(0).randn(N)


def smote(**parameters: Any) -> SMOTE:
    return SMOTE(**({"k_neighbors": 2, "random_state": 0} | parameters))


def segments(values: np.ndarray, **parameters: Any) -> tuple[Any, Any]:
    """New rows of one column, and their lineage."""
    sampler = smote(**parameters)
    X_new, _ = sampler.fit_resample(values.reshape(-1, 1), Y)
    return X_new[N:, 0], [part[N:] for part in sampler.plan_.lineage()[1:]]


# Values


def test_times_far_apart_do_not_overflow() -> None:
    days = ["2000-01-01"] * 14 + ["1677-09-22", "2020-01-01", "2262-01-01", "1900-01-01"]
    values = np.array([*days, "1677-09-23", "1677-09-24", "2262-01-02"], dtype="M8[ns]")
    new, (seed, partner, gap) = segments(values, k_neighbors=6, sampling_strategy={1: 60})
    start, end = (values[rows].astype("M8[s]").astype(float) for rows in (seed, partner))
    np.testing.assert_allclose(
        new.astype("M8[s]").astype(float), start + gap * (end - start), atol=2
    )


@pytest.mark.parametrize("dtype", ["u8", "i8"])
def test_large_whole_numbers_are_blended(dtype: str) -> None:
    base = 2**62 if dtype == "i8" else 2**63
    values = np.array([base + 1000 * i for i in range(N)], dtype=dtype)
    new, (seed, partner, gap) = segments(values)
    expected = 1000 * seed + np.rint(gap * 1000.0 * (partner - seed))
    assert (new - np.array(base, dtype)).tolist() == expected.astype(int).tolist()


def test_times_of_another_byte_order_are_times() -> None:
    values = (np.arange(N) * 86400).astype("M8[s]")
    swapped = values.astype(">M8[s]")
    assert segments(swapped)[0].tolist() == segments(values)[0].tolist()
    sampler = smote()
    sampler.fit_resample(NUMBERS[:, None], Y, time=swapped[::-1])
    assert pd.Series(sampler.carried_["time"].astype("M8[s]")).is_monotonic_increasing


@pytest.mark.parametrize("value", [np.inf, -np.inf, 2.0**63, 1e300])
def test_floats_that_are_no_whole_numbers_any_more_are_refused(value: float) -> None:
    values = np.where(np.arange(N) == 3, value, 1.0).reshape(-1, 1)
    with pytest.raises(InputError, match="column 0 is 'integer', but it holds"):
        smote(column_kinds={0: "integer"}).fit_resample(values, Y)


def test_gaps_beside_numbers_that_overflow_make_no_copies() -> None:
    X = np.column_stack([NUMBERS * 1e200, NUMBERS[::-1] * 1e200])
    X[15, 0] = np.nan
    lineage = smote().fit(X, Y).plan_.lineage()
    assert (lineage.seed[N:] != lineage.partner[N:]).all()


def test_items_of_lists_keep_their_types() -> None:
    rows = [
        [Decimal(i) / 4, 2**70 + 3 * i, dt.date(2026, 1, 1) + dt.timedelta(i)] for i in range(N)
    ]
    X_new, _ = smote().fit_resample(rows, Y)
    assert [type(item) for item in X_new[-1]] == [Decimal, int, dt.date]
    floats = [[float(i), 0.5 * i] for i in range(N)]
    X_new, _ = smote(column_kinds={0: "integer"}).fit_resample(floats, Y)
    assert {type(row[0]) for row in X_new} == {float}
    assert all(row[0] == int(row[0]) for row in X_new)


# Arrow


def test_a_nan_among_arrows_categories_is_missing() -> None:
    frame = pa.table({"n": NUMBERS, "c": [1.5, float("nan"), 2.5] * 7})
    sampler = SMOTENC(categorical_features=["c"], k_neighbors=3, random_state=0)
    X_new, _ = sampler.fit_resample(frame, Y)
    made = np.isnan(X_new["c"].to_numpy())
    assert made.tolist() == np.isnan(frame["c"].to_numpy()[sampler.plan_.source]).tolist()


@pytest.mark.parametrize("index", [pa.int8(), pa.uint32()])
def test_dictionaries_of_any_index_with_missing_categories_are_read(index: Any) -> None:
    codes = pa.array([0, 1, 2, None, 2, 0, 1] * 3, index)
    column = pa.DictionaryArray.from_arrays(codes, pa.array(["a", None, "b"]))
    frame = pa.table({"n": NUMBERS, "c": column})
    sampler = smote()
    X_new, _ = sampler.fit_resample(frame, Y)
    seeds = [column[int(row)].as_py() is None for row in sampler.plan_.source]
    assert [item is None for item in X_new["c"].to_pylist()] == seeds


def test_a_polars_categorical_goes_through_arrow() -> None:
    column = pl.Series(["x", "y", None] * 7, dtype=pl.Categorical)
    frame = pl.DataFrame({"n": NUMBERS, "c": column}).to_arrow()
    assert smote().fit_resample(frame, Y)[0].schema == frame.schema


def ordered(items: list[str], categories: list[str]) -> Any:
    codes = pa.array([categories.index(item) for item in items], pa.int8())
    return pa.DictionaryArray.from_arrays(codes, pa.array(categories), ordered=True)


def test_ordered_dictionaries_keep_their_order() -> None:
    column = ordered(["hi", "lo", "mid"] * 7, ["lo", "mid", "hi"])
    X_new, _ = smote().fit_resample(pa.table({"n": NUMBERS, "c": column}), Y)
    assert all(chunk.dictionary.to_pylist() == ["lo", "mid", "hi"] for chunk in X_new["c"].chunks)
    mixed = pa.chunked_array(
        [ordered(["lo", "hi"] * 7, ["lo", "hi"]), ordered(["lo"] * 7, ["lo", "mid", "hi"])]
    )
    with pytest.raises(InputError, match="'c' has chunks whose ordered categories differ"):
        smote().fit_resample(pa.table({"n": NUMBERS, "c": mixed}), Y)


def test_date64_stays_whole_days_in_arrow_and_pandas() -> None:
    days = pa.array([dt.date(2020, 1, 1) + dt.timedelta(31 * i) for i in range(N)], pa.date64())
    frame = pa.table({"d": days})
    X_new, _ = smote().fit_resample(frame, Y)
    X_new.validate(full=True)
    held = frame.to_pandas(types_mapper=pd.ArrowDtype)
    other, _ = smote().fit_resample(held, Y)
    assert other["d"].tolist() == X_new["d"].to_pylist()


def test_columns_that_cannot_be_taken_are_told() -> None:
    frame = pa.table({"n": NUMBERS, "s": pa.array(["a"] * N, pa.string_view())})
    for sampler in (smote(), RandomOverSampler()):
        with pytest.raises(InputError, match="'s' holds values of type string_view.*Cast it"):
            sampler.fit_resample(frame, Y)


def test_categories_without_any_are_kept() -> None:
    empty = pd.DataFrame(
        {"a": NUMBERS, "b": pd.Categorical([None] * N, categories=[], ordered=True)}
    )
    X_new, _ = smote().fit_resample(empty, Y)
    assert X_new.dtypes.equals(empty.dtypes)


def test_an_arrow_frame_of_a_pandas_table_has_no_column_more() -> None:
    frame = pd.DataFrame({"a": NUMBERS, "label": Y})
    result = poise.resample(frame, target="label", k_neighbors=2)
    assert result.frame("pyarrow").column_names == ["a", "label"]


# The space


def test_a_transformer_cannot_write_into_the_users_table() -> None:
    X = np.random.RandomState(1).randn(N, 3) * 10
    before = X.copy()
    X_new, _ = smote(neighbor_space=StandardScaler(copy=False)).fit_resample(X, Y)
    np.testing.assert_array_equal(X, before)
    assert np.abs(X_new[N:]).max() > 3


@pytest.mark.parametrize("output", ["pandas", "polars"])
def test_scikit_learns_output_setting_changes_nothing(output: str) -> None:
    frame = pd.DataFrame({"a": NUMBERS, "b": 2 * NUMBERS[::-1]})
    plain = smote(neighbor_space="standard").fit_resample(frame, Y)[0]
    with sklearn.config_context(transform_output=output):
        pd.testing.assert_frame_equal(
            smote(neighbor_space="standard").fit_resample(frame, Y)[0], plain
        )


@pytest.mark.parametrize(
    ("space", "words"),
    [
        (StandardScaler, "must be an instance"),
        (FunctionTransformer(lambda X: X[:3]), "one row for each row"),
        (FunctionTransformer(lambda X: X.tolist()), "must return numbers"),
        (FunctionTransformer(lambda X: X / 0), "finite values"),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_space_that_is_none_is_told(space: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        smote(neighbor_space=space).fit_resample(np.abs(NUMBERS).reshape(-1, 1), Y)


def test_a_space_may_be_sparse_beside_categories() -> None:
    frame = pd.DataFrame({"a": np.arange(N) % 4, "c": list("xyz") * 7})
    assert len(smote(neighbor_space=OneHotEncoder()).fit_resample(frame, Y)[0]) == 28


# Times and groups


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (np.zeros((N, 2)), r"one time a row; it has the shape \(21, 2\)"),
        (np.ma.masked_array(np.arange(N)), "masked"),
    ],
)
def test_times_of_another_shape_are_refused(time: Any, words: str) -> None:
    with pytest.raises((InputError, UnsupportedTypeError), match=words):
        smote().fit_resample(NUMBERS[:, None], Y, time=time)


def test_every_tick_of_a_time_counts_with_a_zone_too() -> None:
    ticks = pd.DatetimeIndex(np.arange(N)[::-1].astype("M8[ns]"))
    for times in (ticks, ticks.tz_localize("UTC"), ticks.tz_localize("Europe/Rome").tolist()):
        sampler = smote()
        sampler.fit_resample(NUMBERS[:, None], Y, time=times)
        assert pd.Series(list(sampler.carried_["time"])).is_monotonic_increasing


def test_a_column_of_times_dates_rows_whatever_it_is_declared() -> None:
    frame = pd.DataFrame({"c": list("xyz") * 7, "day": pd.date_range("2026", periods=N)[::-1]})
    X_new, _ = SMOTEN(k_neighbors=2, random_state=0).fit_resample(frame, Y, time="day")
    assert X_new["day"].is_monotonic_increasing


@pytest.mark.parametrize("X", [NUMBERS, None, [], sp.csr_array(np.eye(N))])
def test_a_time_by_position_needs_a_table_first(X: Any) -> None:
    with pytest.raises((InputError, UnsupportedTypeError)) as caught:
        smote().fit_resample(X, Y, time=0)
    assert "  " not in str(caught.value)


@pytest.mark.parametrize("groups", [np.zeros((N, 2)), np.array([{1}] * N, dtype=object)])
def test_groups_that_cannot_be_are_refused(groups: Any) -> None:
    with pytest.raises(InputError, match="groups"):
        smote(within_groups=True).fit_resample(NUMBERS[:, None], Y, groups=groups)


# Rules


def test_places_that_nobody_fills_are_no_votes() -> None:
    nan = np.nan
    X = np.array(
        [[0, nan, 1], [nan, 0, nan], [nan, 1, nan], [0, nan, nan], [nan, nan, 5], [2, nan, 4]]
    )
    y = [0, 1, 0, 1, 0, 1]
    expected = oracle.edited_out(X, y, 3, "mode")
    sampler = EditedNearestNeighbours(kind_sel="mode", sampling_strategy="all")
    with pytest.warns() if not (~expected)[np.array(y) == 0].any() else np.errstate():
        kept = sampler.fit(X, y).sample_indices_
    assert kept.tolist() == np.flatnonzero(~expected).tolist()


def test_what_the_user_says_of_kinds_is_not_lost_with_steps_of_his_own() -> None:
    X = np.column_stack([np.arange(N) * 1.0, NUMBERS])
    sampler = SMOTETomek(smote=smote(), column_kinds={0: "integer"})
    X_new, _ = sampler.fit_resample(X, Y)
    assert (X_new[:, 0] % 1 == 0).all()


def test_many_categories_of_three_classes_take_little_memory() -> None:
    n_rows = 6000
    X = pd.DataFrame({"id": [f"u{i}" for i in range(n_rows)], "c": ["a", "b"] * (n_rows // 2)})
    y = np.repeat([0, 1, 2], [n_rows - 400, 200, 200])
    assert len(SMOTEN(random_state=0).fit(X, y).plan_) == 3 * (n_rows - 400)


# Plans


@pytest.mark.parametrize("row", [7, -3, 10**10])
def test_a_plan_names_rows_that_exist(row: int) -> None:
    with pytest.raises(InputError, match="ids outside"):
        Plan(2, (Segment(np.array([0]), np.array([row]), np.array([1.0])),))
    with pytest.raises(InputError, match="different lengths"):
        Plan(2, (Segment(np.array([0, 1]), np.array([1, 0]), np.array([1.0])),))


def test_damaged_plans_are_told(tmp_path: Path) -> None:
    path = tmp_path / "plan.npz"
    smote().fit(NUMBERS[:, None], Y).plan_.save(path)
    whole = path.read_bytes()
    for damaged in (b"", whole[: len(whole) // 2], whole[:200] + bytes(50) + whole[250:]):
        path.write_bytes(damaged)
        with pytest.raises(FileError, match="holds no plan"):
            Plan.load(path)


def test_a_generator_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    state = np.random.RandomState(np.random.PCG64(1))
    plan = RandomOverSampler(shrinkage=1, random_state=state).fit(NUMBERS[:, None], Y).plan_
    with pytest.raises(InputError, match="PCG64"):
        plan.save(tmp_path / "plan.npz")


def test_descendants_are_of_rows_that_exist() -> None:
    plan = smote().fit(NUMBERS[:, None], Y).plan_
    for rows in ([999], [-1]):
        with pytest.raises(InputError, match="ids outside"):
            plan.descendants(rows)
    assert plan.descendants(Y == 0).tolist() == plan.descendants(np.flatnonzero(Y == 0)).tolist()


@pytest.mark.parametrize("values", ["text" * 10, dict.fromkeys(range(N), 1), set(range(N))])
def test_what_has_no_rows_is_refused_by_plans(values: Any) -> None:
    with pytest.raises(UnsupportedTypeError, match="Pass an array"):
        smote().fit(NUMBERS[:, None], Y).plan_.apply(values)


def test_sparse_rows_of_nothing_are_blended() -> None:
    X = sp.csr_array(np.zeros((N, 3)))
    X_new, _ = smote().fit_resample(X, Y)
    assert X_new.shape == (28, 3)
    assert X_new.nnz == 0
