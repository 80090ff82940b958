"""Weights, groups and times go along with the rows, and plans outlive the table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp
from sklearn.decomposition import PCA
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import (
    QuantileTransformer,
)

import poise
from poise.combine import SMOTETomek
from poise.core.errors import FileError, InputError, UnsupportedTypeError
from poise.core.plan.plan import Plan
from poise.core.tables.read import read_table
from poise.over_sampling import SMOTE, SMOTEN, SMOTENC, BorderlineSMOTE, RandomOverSampler
from poise.under_sampling import RandomUnderSampler, TomekLinks

rng = np.random.RandomState(4)
X = np.concatenate([rng.randn(90, 3), rng.randn(30, 3) + 0.8])
y = np.repeat(["no", "yes"], [90, 30])
groups = rng.randint(0, 6, 120)
days = pd.Series(pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.permutation(120), "D"))


def test_partners_are_of_the_seeds_group_where_asked() -> None:
    for sampler in (
        SMOTE(within_groups=True),
        SMOTENC([], within_groups=True),
        BorderlineSMOTE(within_groups=True, kind="borderline-2"),
        SMOTETomek(smote=SMOTE(within_groups=True)),
    ):
        lineage = sampler.fit(X, y, groups=groups).plan_.lineage()
        new = lineage.partner >= 0
        assert (groups[lineage.seed[new]] == groups[lineage.partner[new]]).all()


def test_partners_cross_groups_by_default_and_a_new_row_is_of_its_seeds() -> None:
    sampler = SMOTE(random_state=0)
    X_new, _ = sampler.fit_resample(X, y, groups=groups)
    lineage = sampler.plan_.lineage()
    new = lineage.partner >= 0
    assert (groups[lineage.seed[new]] != groups[lineage.partner[new]]).any()
    carried = sampler.carried_["groups"]
    assert carried.tolist() == groups[lineage.seed].tolist()
    for train, test in GroupKFold(3).split(X_new, groups=carried):
        assert not set(carried[train]) & set(carried[test])


def test_a_row_alone_in_its_group_is_repeated() -> None:
    alone = np.arange(120)
    sampler = SMOTE(within_groups=True, random_state=0)
    X_new, _ = sampler.fit_resample(X, y, groups=alone)
    np.testing.assert_array_equal(X_new, X[sampler.plan_.source])


def test_groups_are_needed_to_stay_within_them() -> None:
    with pytest.raises(InputError, match="pass groups="):
        SMOTE(within_groups=True).fit_resample(X, y)


@pytest.mark.parametrize(
    "time", [days, days.to_numpy(), days.tolist(), pl.Series(days), range(120)]
)
def test_the_output_is_in_the_order_of_time(time: Any) -> None:
    sampler = SMOTE(random_state=0)
    sampler.fit_resample(X, y, time=time)
    when = pd.Series(list(sampler.carried_["time"]))
    assert when.is_monotonic_increasing
    lineage, keys = sampler.plan_.lineage(), pd.Series(list(time)).to_numpy()
    new = lineage.partner >= 0
    later = np.maximum(keys[lineage.seed[new]], keys[lineage.partner[new]])
    assert (when.to_numpy()[new] == later).all()


def test_a_column_of_the_table_dates_the_rows() -> None:
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


def test_voters_date_a_row_too() -> None:
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
        assert pd.Series(sampler.carried_["time"]).is_monotonic_increasing


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (days.mask(days.index == 3), "missing values"),
        (np.array(["a"] * 120), "neither dates nor numbers"),
        (days[:5], "time has 5"),
        ("day", "does not have"),
    ],
)
def test_times_that_order_nothing_are_refused(time: Any, words: str) -> None:
    frame = pd.DataFrame(X, columns=list("abc"))
    with pytest.raises(InputError, match=words):
        SMOTE().fit_resample(frame, y, time=time)


def test_resample_hands_out_what_is_carried() -> None:
    result = poise.resample(X, y, sample_weight=np.ones(120), groups=groups, time=np.arange(120))
    assert sorted(result.carried) == ["groups", "sample_weight", "time"]
    assert all(len(item) == len(result.y) for item in result.carried.values())


# Plans on other things


PLAN = SMOTE(random_state=0).fit(X, y).plan_


def test_a_plan_builds_any_aligned_frame() -> None:
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


def test_a_plan_builds_columns_arrays_and_lists() -> None:
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
def test_what_a_plan_cannot_build_is_told(values: Any, how: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        PLAN.apply(values, how=how)


@pytest.mark.parametrize(
    "sampler",
    [SMOTE(), SMOTENC([2]), RandomOverSampler(shrinkage=1.0), RandomUnderSampler(), SMOTETomek()],
    ids=lambda sampler: type(sampler).__name__,
)
def test_a_plan_comes_back_from_a_file_as_it_was(sampler: Any, tmp_path: Path) -> None:
    plan = sampler.set_params(random_state=3).fit(X, y).plan_
    plan.save(tmp_path / "plan.npz")
    again = Plan.load(tmp_path / "plan.npz")
    assert list(tmp_path.iterdir()) == [tmp_path / "plan.npz"]
    np.testing.assert_array_equal(again.order, plan.order)
    for mine, other in zip(again.lineage(), plan.lineage(), strict=True):
        np.testing.assert_array_equal(mine, other)
    np.testing.assert_array_equal(again.parents().toarray(), plan.parents().toarray())
    np.testing.assert_array_equal(read_table(X).output(again), read_table(X).output(plan))


def test_files_that_hold_no_plan_are_told(tmp_path: Path) -> None:
    (tmp_path / "text.npz").write_text("no plan")
    np.savez(tmp_path / "arrays.npz", order=np.arange(3))
    for name, words in (
        ("none.npz", "no file"),
        ("text.npz", "no plan"),
        ("arrays.npz", "no plan"),
    ):
        with pytest.raises(FileError, match=words):
            Plan.load(tmp_path / name)
    with pytest.raises(FileError, match="no folder"):
        PLAN.save(tmp_path / "nowhere" / "plan.npz")


def test_voters_count_as_ancestors() -> None:
    frame = pd.DataFrame({"a": X[:, 0], "town": rng.choice(["x", "y"], 120)})
    plan = SMOTENC(random_state=0).fit(frame, y).plan_
    recipe = plan.made[0]
    voter = int(recipe.voters[recipe.ballot[0], -1])
    assert 120 in plan.descendants([voter])


# Another space to search in


def seeds_and_partners(**parameters: Any) -> set[tuple[int, int]]:
    table = X * [1.0, 1.0, 1000.0]
    lineage = SMOTE(k_neighbors=1, random_state=0, **parameters).fit(table, y).plan_.lineage()
    return set(zip(lineage.seed[120:].tolist(), lineage.partner[120:].tolist(), strict=True))


@pytest.mark.parametrize(
    "space", ["standard", "robust", QuantileTransformer(n_quantiles=50), PCA(2, whiten=True)]
)
def test_neighbours_are_found_in_another_space(space: Any) -> None:
    found = seeds_and_partners(neighbor_space=space)
    assert found != seeds_and_partners()
    if space == "standard":
        scaled = X / X.std(axis=0)
        members = np.flatnonzero(y == "yes")
        for seed, partner in found:
            distances = ((scaled[members] - scaled[seed]) ** 2).sum(axis=1)
            assert members[np.argsort(distances)[1]] == partner


def test_rows_are_blended_in_their_own_units() -> None:
    table = X * [1.0, 1.0, 1000.0]
    sampler = SMOTE(neighbor_space="standard", random_state=0)
    X_new, _ = sampler.fit_resample(table, y)
    lineage = sampler.plan_.lineage()
    seed, partner, gap = (
        table[lineage.seed[120:]],
        table[lineage.partner[120:]],
        lineage.gap[120:, None],
    )
    np.testing.assert_allclose(X_new[120:], seed + gap * (partner - seed))


def test_the_space_is_that_of_the_input_in_both_steps() -> None:
    table = X * [1.0, 1.0, 1000.0]
    plain = SMOTETomek(random_state=0, neighbor_space="standard").fit(table, y).plan_
    scaled = SMOTETomek(random_state=0).fit(table / table.std(axis=0), y).plan_
    np.testing.assert_array_equal(plain.order, scaled.order)


def test_a_space_that_takes_no_gaps_says_so_in_our_words() -> None:
    table = X.copy()
    table[0, 0] = np.nan
    with pytest.raises(InputError, match="neighbor_space=PCA.*cannot be fitted"):
        SMOTE(neighbor_space=PCA(2)).fit_resample(table, y)
    assert len(SMOTE(neighbor_space="standard").fit_resample(table, y)[0]) == 180


N = 21


Y = np.repeat([0, 1], [14, 7])


NUMBERS = np.random.RandomState(0).randn(N)


def smote(**parameters: Any) -> SMOTE:
    return SMOTE(**({"k_neighbors": 2, "random_state": 0} | parameters))


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


@pytest.mark.parametrize("values", ["text" * 10, dict.fromkeys(range(N), 1), set(range(N))])
def test_what_has_no_rows_is_refused_by_plans(values: Any) -> None:
    with pytest.raises(UnsupportedTypeError, match="Pass an array"):
        smote().fit(NUMBERS[:, None], Y).plan_.apply(values)
