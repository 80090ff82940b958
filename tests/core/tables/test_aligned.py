"""Weights, groups and times are resampled with the rows, and plans apply to other tables."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp
from one_column import NUMBERS, N, Y, smote
from sklearn.model_selection import GroupKFold

import poise
from poise import FunctionSampler
from poise.combine import SMOTETomek
from poise.core.errors import InputError, NothingToDoWarning, UnsupportedTypeError
from poise.core.plan.plan import Plan
from poise.core.plan.recipes import Copy, Segment
from poise.core.tables.aligned import align, take, take_columns, times_of
from poise.core.tables.convert import have_one_index
from poise.over_sampling import SMOTE, SMOTEN, SMOTENC, BorderlineSMOTE
from poise.under_sampling import RandomUnderSampler, TomekLinks

rng = np.random.RandomState(4)
X = np.concatenate([rng.randn(90, 3), rng.randn(30, 3) + 0.8])
y = np.repeat(["no", "yes"], [90, 30])
groups = rng.randint(0, 6, 120)
days = pd.Series(pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.permutation(120), "D"))


def test_within_groups_partners_are_in_the_group_of_the_seed_row() -> None:
    for sampler in (
        SMOTE(within_groups=True),
        SMOTENC([], within_groups=True),
        BorderlineSMOTE(within_groups=True, kind="borderline-2"),
        SMOTETomek(smote=SMOTE(within_groups=True)),
    ):
        lineage = sampler.fit(X, y, groups=groups).plan_.lineage()
        new = lineage.partner >= 0
        assert (groups[lineage.seed[new]] == groups[lineage.partner[new]]).all()


def test_partners_cross_groups_by_default_and_a_new_row_is_in_the_group_of_its_seed_row() -> None:
    sampler = SMOTE(random_state=0)
    X_new, _ = sampler.fit_resample(X, y, groups=groups)
    lineage = sampler.plan_.lineage()
    new = lineage.partner >= 0
    assert (groups[lineage.seed[new]] != groups[lineage.partner[new]]).any()
    aligned = sampler.aligned_["groups"]
    assert aligned.tolist() == groups[lineage.seed].tolist()
    for train, test in GroupKFold(3).split(X_new, groups=aligned):
        assert not set(aligned[train]) & set(aligned[test])


def test_a_row_alone_in_its_group_is_repeated() -> None:
    alone = np.arange(120)
    sampler = SMOTE(within_groups=True, random_state=0)
    with pytest.warns(NothingToDoWarning, match="60 of 60 new rows"):
        X_new, _ = sampler.fit_resample(X, y, groups=alone)
    np.testing.assert_array_equal(X_new, X[sampler.plan_.source])


def test_within_groups_needs_groups() -> None:
    with pytest.raises(InputError, match="pass groups="):
        SMOTE(within_groups=True).fit_resample(X, y)


@pytest.mark.parametrize(
    "time", [days, days.to_numpy(), days.tolist(), pl.Series(days), range(120)]
)
def test_the_output_is_in_the_order_of_time(time: Any) -> None:
    sampler = SMOTE(random_state=0)
    sampler.fit_resample(X, y, time=time)
    when = pd.Series(list(sampler.aligned_["time"]))
    assert when.is_monotonic_increasing
    lineage, keys = sampler.plan_.lineage(), pd.Series(list(time)).to_numpy()
    new = lineage.partner >= 0
    later = np.maximum(keys[lineage.seed[new]], keys[lineage.partner[new]])
    assert (when.to_numpy()[new] == later).all()


def test_a_column_of_the_table_may_hold_the_times() -> None:
    frame = pd.DataFrame(X, columns=list("abc")).assign(day=days)
    for make in (lambda f: f, pl.from_pandas, pa.Table.from_pandas):
        sampler = SMOTE(random_state=0)
        X_new, _ = sampler.fit_resample(make(frame), y, time="day")
        when = pd.Series(X_new["day"].to_numpy())
        assert when.is_monotonic_increasing
        lineage = sampler.plan_.lineage()
        new = np.flatnonzero(lineage.partner >= 0)
        later = np.maximum(
            days[lineage.seed[new]].to_numpy(), days[lineage.partner[new]].to_numpy()
        )
        assert (when.to_numpy()[new].astype("M8[us]") == later.astype("M8[us]")).all()


def test_the_time_of_a_new_row_is_the_latest_of_its_voters_too() -> None:
    frame = pd.DataFrame({"a": X[:, 0], "town": rng.choice(["x", "y"], 120), "day": days})
    sampler = SMOTENC(random_state=0)
    X_new, _ = sampler.fit_resample(frame, y, time="day")
    depends = sampler.plan_.parents().toarray()
    latest = [days[np.flatnonzero(row)].max() for row in depends]
    assert X_new["day"].tolist() == latest


def test_kept_rows_come_before_new_ones_of_the_same_time() -> None:
    sampler = SMOTE(random_state=0)
    sampler.fit_resample(X, y, time=np.zeros(120))
    assert not sampler.plan_.is_new[:120].any()


def test_cleaning_and_under_sampling_keep_the_order_of_time() -> None:
    for sampler in (TomekLinks(), RandomUnderSampler(random_state=0)):
        sampler.fit_resample(X, y, time=days)
        assert pd.Series(sampler.aligned_["time"]).is_monotonic_increasing


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (days.mask(days.index == 3), "missing values"),
        (np.array(["a"] * 120), "neither dates nor numbers"),
        (days[:5], "time has 5"),
        ("day", "does not have"),
    ],
)
def test_times_that_cannot_be_sorted_raise(time: Any, words: str) -> None:
    frame = pd.DataFrame(X, columns=list("abc"))
    with pytest.raises(InputError, match=words):
        SMOTE().fit_resample(frame, y, time=time)


def test_resample_returns_the_arrays_passed_beside_x_and_y() -> None:
    result = poise.resample(X, y, sample_weight=np.ones(120), groups=groups, time=np.arange(120))
    assert sorted(result.aligned) == ["groups", "sample_weight", "time"]
    assert all(len(item) == len(result.y) for item in result.aligned.values())


# Plans applied to other objects


PLAN = SMOTE(random_state=0).fit(X, y).plan_


def test_a_plan_is_applied_to_any_aligned_frame() -> None:
    other = pd.DataFrame({"town": np.tile(["x", "y"], 60), "pay": rng.randn(120), "n": range(120)})
    blended, seeds = PLAN.apply(other), PLAN.apply(other, how="seed")
    assert blended.dtypes.equals(other.dtypes)
    assert seeds["pay"].tolist() == other["pay"].iloc[PLAN.source].tolist()
    gone = PLAN.apply(other, how="missing")
    assert gone[PLAN.is_new].isna().all().all()
    pd.testing.assert_series_equal(gone["town"][:120], other["town"], check_dtype=False)
    for make in (pl.from_pandas, pa.Table.from_pandas):
        for how in ("blend", "seed", "missing"):
            assert PLAN.apply(make(other), how=how).shape == (len(PLAN), 3)


def test_a_plan_is_applied_to_columns_arrays_and_lists() -> None:
    town = np.tile(["x", "y"], 60)
    for values in (town, town.tolist(), pd.Series(town), pl.Series(town), pa.array(town)):
        made = PLAN.apply(values)
        assert type(made) in (type(values), np.ndarray)
        assert list(map(str, np.asarray(made)[:120])) == town.tolist()
    assert np.isnan(PLAN.apply(np.ones(120), how="missing")[120:]).all()


@pytest.mark.parametrize(
    ("values", "how", "words"),
    [
        (np.ones(3), "blend", "3 entries; the plan is for 120"),
        (np.ones(120), "mean", "'blend', 'seed' or 'missing'"),
        (np.ones(120, dtype=int), "missing", "Convert it to float"),
    ],
)
def test_values_that_a_plan_cannot_be_applied_to_raise(values: Any, how: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        PLAN.apply(values, how=how)


def test_voters_count_as_ancestors() -> None:
    frame = pd.DataFrame({"a": X[:, 0], "town": rng.choice(["x", "y"], 120)})
    plan = SMOTENC(random_state=0).fit(frame, y).plan_
    recipe = plan.made[0]
    voter = int(recipe.voters[recipe.ballot[0], -1])
    assert 120 in plan.descendants([voter])


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (np.zeros((N, 2)), r"one time per row; it has the shape \(21, 2\)"),
        (np.zeros((N, 1, 1)), r"one time per row; it has the shape \(21, 1, 1\)"),
        (np.ma.masked_array(np.arange(N)), "masked"),
    ],
)
def test_times_of_another_shape_raise(time: Any, words: str) -> None:
    with pytest.raises((InputError, UnsupportedTypeError), match=words):
        smote().fit_resample(NUMBERS[:, None], Y, time=time)


def test_times_with_a_zone_are_compared_to_the_last_tick() -> None:
    ticks = pd.DatetimeIndex(np.arange(N)[::-1].astype("M8[ns]"))
    for times in (ticks, ticks.tz_localize("UTC"), ticks.tz_localize("Europe/Rome").tolist()):
        sampler = smote()
        sampler.fit_resample(NUMBERS[:, None], Y, time=times)
        assert pd.Series(list(sampler.aligned_["time"])).is_monotonic_increasing


def test_a_time_column_may_be_declared_categorical() -> None:
    frame = pd.DataFrame({"c": list("xyz") * 7, "day": pd.date_range("2026", periods=N)[::-1]})
    X_new, _ = SMOTEN(k_neighbors=2, random_state=0).fit_resample(frame, Y, time="day")
    assert X_new["day"].is_monotonic_increasing


@pytest.mark.parametrize("X", [NUMBERS, None, [], sp.csr_array(np.eye(N))])
def test_a_time_by_position_needs_a_table_first(X: Any) -> None:
    with pytest.raises((InputError, UnsupportedTypeError)) as caught:
        smote().fit_resample(X, Y, time=0)
    assert "  " not in str(caught.value)


@pytest.mark.parametrize("groups", [np.zeros((N, 2)), np.array([{1}] * N, dtype=object)])
def test_groups_of_several_columns_or_sets_raise(groups: Any) -> None:
    with pytest.raises(InputError, match="groups"):
        smote(within_groups=True).fit_resample(NUMBERS[:, None], Y, groups=groups)


@pytest.mark.parametrize("values", ["text" * 10, dict.fromkeys(range(N), 1), set(range(N))])
def test_a_plan_is_not_applied_to_text_dicts_and_sets(values: Any) -> None:
    with pytest.raises(UnsupportedTypeError, match="Pass an array"):
        smote().fit(NUMBERS[:, None], Y).plan_.apply(values)


@pytest.mark.parametrize("number", [Decimal, Fraction])
def test_times_can_be_numbers_of_any_python_type(number: Any) -> None:
    hours = [number(int(hour)) for hour in rng.permutation(120)]
    sampler = SMOTE(random_state=0)
    sampler.fit_resample(X, y, time=np.array(hours, dtype=object))
    found = [float(hour) for hour in sampler.aligned_["time"]]
    assert found == sorted(found)
    plain = SMOTE(random_state=0)
    plain.fit_resample(X, y, time=np.array(hours, dtype=float))
    assert found == plain.aligned_["time"].tolist()


def test_times_may_be_a_frame_of_one_column() -> None:
    hours = rng.permutation(120).astype(float)
    expected = SMOTE(random_state=0)
    expected.fit_resample(X, y, time=hours)
    for frame in (pd.DataFrame({"t": hours}), pl.DataFrame({"t": hours}), pa.table({"t": hours})):
        sampler = SMOTE(random_state=0)
        sampler.fit_resample(X, y, time=frame)
        assert np.ravel(sampler.aligned_["time"]).tolist() == expected.aligned_["time"].tolist()
    with pytest.raises(InputError, match="one time per row"):
        SMOTE().fit_resample(X, y, time=pd.DataFrame({"t": hours, "u": hours}))


# Where an index survives

OWN = pd.Index(rng.permutation(1000)[:120])
OTHER = pd.RangeIndex(500, 620)
# The sign of the first column says the label, also in new rows: they are blended within a class.
SIGNED = np.abs(X) * np.where(y == "yes", 1.0, -1.0)[:, None]
TABLES = {
    "array": SIGNED,
    "frame with its own index": pd.DataFrame(SIGNED, OWN, ["a", "b", "c"]),
    "reset frame": pd.DataFrame(SIGNED, columns=["a", "b", "c"]),
    "sparse": sp.csr_array(SIGNED),
    "polars": pl.DataFrame(SIGNED, ["a", "b", "c"]),
}
TARGETS = {
    "array": y,
    "list": y.tolist(),
    "series with the index of the frame": pd.Series(y, OWN, name="label"),
    "series numbered from 0": pd.Series(y, name="label"),
    "series with another index": pd.Series(y, OTHER, name="label"),
    "frame with another index": pd.DataFrame({"label": y}, OTHER),
}
SAMPLERS = [
    SMOTE(random_state=0),
    RandomUnderSampler(random_state=0),
    TomekLinks(),
    SMOTETomek(random_state=0),
    FunctionSampler(func=lambda X, y: [5, 3, 100, 119]),
]


def as_client_frame(X_new: Any) -> pd.DataFrame:
    """What client code makes of resampled rows; a frame stays as it is."""
    if isinstance(X_new, pd.DataFrame):
        return X_new
    if sp.issparse(X_new):
        return pd.DataFrame.sparse.from_spmatrix(X_new).sparse.to_dense()
    return pd.DataFrame(X_new.to_numpy() if isinstance(X_new, pl.DataFrame) else X_new)


def assigned(table: pd.DataFrame, labels: Any) -> pd.DataFrame:
    return table.assign(label=labels)


def concatenated(table: pd.DataFrame, labels: Any) -> pd.DataFrame:
    labels = labels if isinstance(labels, pd.Series) else pd.Series(labels, name="label")
    return pd.concat([table, labels.rename("label")], axis=1)


def set_as_column(table: pd.DataFrame, labels: Any) -> pd.DataFrame:
    table = table.copy()
    table["label"] = labels
    return table


def located(table: pd.DataFrame, labels: Any) -> pd.DataFrame:
    is_event = labels == "yes" if hasattr(labels, "dtype") else np.array(labels) == "yes"
    return pd.concat(
        [table.loc[is_event].assign(label="yes"), table.loc[~is_event].assign(label="no")]
    )


@pytest.mark.parametrize("put", [assigned, concatenated, set_as_column, located])
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("table", TABLES)
def test_every_row_finds_its_own_label(table: str, target: str, put: Any) -> None:
    for sampler in SAMPLERS:
        X_new, y_new = sampler.fit_resample(TABLES[table], TARGETS[target])
        labels = y_new["label"] if isinstance(y_new, pd.DataFrame) else y_new
        out = put(as_client_frame(X_new), labels)
        assert len(out) == len(y_new)
        assert not out.isna().any().any()
        assert (np.where(out.iloc[:, 0] > 0, "yes", "no") == out["label"]).all()


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_an_index_survives_only_where_table_and_labels_have_the_same(sampler: Any) -> None:
    frame, numbered = TABLES["frame with its own index"], pd.RangeIndex
    X_new, y_new = sampler.fit_resample(frame, TARGETS["series with the index of the frame"])
    assert X_new.index.equals(y_new.index)
    assert not X_new.index.equals(numbered(len(X_new)))
    for target in ("array", "series numbered from 0", "series with another index"):
        X_new, y_new = sampler.fit_resample(frame, TARGETS[target])
        assert X_new.index.equals(numbered(len(X_new)))
        assert not isinstance(y_new, pd.Series) or y_new.index.equals(X_new.index)
    assert frame.index.equals(OWN)


def test_the_index_of_groups_survives_with_those_of_table_and_labels() -> None:
    frame, labels = TABLES["frame with its own index"], pd.Series(y, OWN)
    sampler, own = RandomUnderSampler(random_state=0), pd.Series(groups, OWN)
    X_new, _ = sampler.fit_resample(frame, labels, groups=own)
    assert sampler.aligned_["groups"].index.equals(X_new.index)
    for table, target, other in (
        (frame, labels, own.set_axis(OTHER)),
        (SIGNED, labels, own),
        (frame, y, own),
    ):
        sampler.fit_resample(table, target, groups=other)
        assert sampler.aligned_["groups"].index.equals(pd.RangeIndex(60))


def test_the_same_index_in_another_order_is_refused() -> None:
    frame = TABLES["frame with its own index"]
    shuffled = pd.Series(y, OWN)[::-1]
    with pytest.raises(InputError, match=r"different orders.*y.loc\[X.index\].*y.to_numpy"):
        SMOTE().fit_resample(frame, shuffled)
    with pytest.raises(InputError, match="different orders"):
        SMOTE().fit(frame, pd.Series(y, OWN), sample_weight=pd.Series(1.0, OWN[::-1]))
    repeated = pd.Index([0, 0, *range(1, 119)])
    SMOTE().fit(frame.set_axis(repeated), pd.Series(y, pd.Index([0, *range(118), 117])))


def test_a_plan_is_applied_to_lists_of_rows_and_to_arrays_of_any_dimension() -> None:
    plan = Plan(2, (Segment(np.array([0]), np.array([1]), np.array([0.25])),))
    assert plan.apply([[1.0, "a"], [5.0, "b"]])[2] == [2.0, "a"]
    assert plan.apply(((1, 10), (5, 20)))[2] == (2, 12)
    pictures = np.arange(16.0).reshape(2, 2, 2, 2)
    np.testing.assert_array_equal(plan.apply(pictures)[2], pictures[0] + 2)


# The functions alone


def test_entries_and_columns_are_taken_in_their_own_container() -> None:
    first = np.array([1, 0])
    index = pd.Index(["a", "b", "c"])
    assert take(index, first).equals(pd.Index(["b", "a"]))
    stored = take_columns(sp.csr_array(np.array([[1, 0, 2], [0, 3, 4]])), first)
    assert sp.issparse(stored)
    assert stored.toarray().tolist() == [[0, 1], [3, 0]]
    assert take_columns([[1, 2], [3, 4]], first).tolist() == [[2, 1], [4, 3]]
    assert list(take_columns(pd.DataFrame({"a": [1], "b": [2]}), first)) == ["b", "a"]


def test_an_index_is_shared_if_its_labels_are_in_the_same_order() -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0]}, index=[7, 8, 9])
    assert have_one_index(frame, pd.Series([0, 1, 0], index=[7, 8, 9]))
    assert not have_one_index(frame, pd.Series([0, 1, 0], index=[7, 8, 10]))
    assert not have_one_index(frame, np.array([0, 1, 0]))
    with pytest.raises(InputError, match=r"X and w have the same index.*w.loc\[X.index\]"):
        have_one_index(frame, pd.Series([0, 1, 0], index=[7, 9, 8]), "w")


@pytest.mark.parametrize(
    ("values", "words"),
    [(["a"] * 120, "it holds text"), (np.ones((120, 2)), "number for each row")],
)
def test_weights_are_one_number_per_row(values: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        align(values, PLAN, "sample_weight")


@pytest.mark.parametrize(
    ("times", "words"),
    [
        (np.ma.masked_array(np.arange(3)), "masked array"),
        ([dt.time(1, tzinfo=dt.UTC)] * 3, "neither dates nor numbers"),
    ],
)
def test_times_are_dates_or_numbers(times: Any, words: str) -> None:
    with pytest.raises((InputError, UnsupportedTypeError), match=words):
        times_of(times)


def test_blended_values_keep_their_shape_and_container() -> None:
    plan = Plan(2, (Segment(np.array([0]), np.array([1]), np.array([0.5])),))
    assert plan.apply(np.array([[[0.0, 2.0]], [[4.0, 4.0]]]))[2].tolist() == [[2.0, 3.0]]
    assert plan.apply([[0.0, 2.0], [4.0, 4.0]]) == [[0.0, 2.0], [4.0, 4.0], [2.0, 3.0]]
    assert plan.apply((0.0, 4.0)) == (0.0, 4.0, 2.0)
    with pytest.raises(InputError, match="A sparse matrix holds no missing values"):
        plan.apply(sp.csr_array(np.eye(2)), "missing")


def test_labels_in_one_column_become_an_array() -> None:
    y_new = SMOTE(random_state=0).fit_resample(X, y[:, np.newaxis])[1]
    assert y_new.tolist() == SMOTE(random_state=0).fit_resample(X, y)[1].tolist()


@pytest.mark.parametrize("how", ["blend", "seed", "missing"])
@pytest.mark.parametrize(
    "items",
    [
        [1, "a"],
        [True, 2],
        [b"a", "b"],
        [None, "a"],
        ["a\0", "b"],
        [2**60 + 1, 0.5],
        [(1, "a"), (2, "b")],
    ],
)
@pytest.mark.parametrize("kind", [list, tuple])
def test_a_plan_keeps_the_items_of_a_list_as_they_are(kind: Any, items: Any, how: Any) -> None:
    plan = Plan(2, (Segment(np.array([0]), np.array([1]), np.array([0.25])),))
    out = plan.apply(kind(items), how)
    assert type(out) is kind
    assert [repr(item) for item in out[:2]] == [repr(item) for item in items]


def test_new_rows_of_a_list_that_are_to_be_missing_are_none() -> None:
    plan = Plan.adding(2, [Copy(np.array([1]))])
    assert plan.apply([1.5, 2.5], "missing") == [1.5, 2.5, None]
    assert plan.apply([[1, "a"], [2, "b"]], "missing") == [[1, "a"], [2, "b"], [None, None]]


def test_a_plan_blends_no_list_of_items_of_different_lengths() -> None:
    with pytest.raises(InputError, match="values is a list whose items have different lengths"):
        Plan(2, (Copy(np.array([1])),)).apply([[1], [1, 2]])
