"""A column keeps its dtype in every container, and new values of each kind have no bias."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from mixed_table import FRAME, M, N, Y, table
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import cross_val_score

from poise.combine import SMOTETomek
from poise.core.errors import InputError
from poise.core.plan.making import donors_of
from poise.core.plan.plan import Plan
from poise.core.plan.recipes import Copy, Segment
from poise.core.tables.made import made_columns, searched_made
from poise.core.tables.read import read_table
from poise.over_sampling import SMOTE, SMOTENC, BorderlineSMOTE
from poise.under_sampling import EditedNearestNeighbours, TomekLinks

BACKENDS = ["pandas", "pandas arrow", "polars", "pyarrow"]


def held_by(backend: str, frame: pd.DataFrame) -> Any:
    whole = pa.Table.from_pandas(frame, preserve_index=False)
    if backend == "pandas arrow":
        return whole.to_pandas(types_mapper=pd.ArrowDtype)
    if backend == "polars":
        # Arrow's ordered categories arrive there as unordered ones.
        size = pl.col("size").cast(pl.String).cast(pl.Enum(["s", "m", "l", "xl"]))
        return pl.from_arrow(whole).with_columns(size)  # type: ignore[union-attr]
    return frame if backend == "pandas" else whole


def schema_of(frame: Any) -> Any:
    return frame.dtypes.to_dict() if isinstance(frame, pd.DataFrame) else frame.schema


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "sampler",
    [SMOTE(), SMOTENC(), BorderlineSMOTE(), SMOTETomek(), TomekLinks(), EditedNearestNeighbours()],
    ids=lambda sampler: type(sampler).__name__,
)
def test_every_kind_comes_back_with_its_dtype(sampler: Any, backend: str) -> None:
    X = held_by(backend, FRAME)
    X_new, _ = sampler.fit_resample(X, Y)
    assert schema_of(X_new) == schema_of(X)


@pytest.mark.parametrize(
    "sampler", [SMOTE, SMOTENC, TomekLinks, EditedNearestNeighbours, SMOTETomek]
)
def test_the_same_plan_comes_out_of_every_container(sampler: Any) -> None:
    seed = {"random_state": 3} if "random_state" in sampler().get_params() else {}
    plans = [sampler(**seed).fit(held_by(b, FRAME), Y).plan_.lineage() for b in BACKENDS]
    for plan in plans[1:]:
        np.testing.assert_array_equal(plan.seed, plans[0].seed)
        np.testing.assert_array_equal(plan.partner, plans[0].partner)
        np.testing.assert_array_equal(plan.gap, plans[0].gap)


def grown(**parameters: Any) -> tuple[pd.DataFrame, Any]:
    sampler = SMOTE(random_state=1, **parameters)
    X_new, _ = sampler.fit_resample(FRAME, Y)
    return X_new.iloc[N:].reset_index(drop=True), sampler.plan_.lineage()


def parents(lineage: Any, column: str) -> tuple[Any, Any, np.ndarray]:
    values = FRAME[column]
    seed, partner = (values.iloc[rows[N:]].reset_index(drop=True) for rows in lineage[1:3])
    return seed, partner, lineage.gap[N:]


def test_numbers_lie_on_the_segment_and_whole_ones_are_rounded() -> None:
    new, lineage = grown()
    seed, partner, gap = parents(lineage, "income")
    np.testing.assert_allclose(new["income"], seed + gap * (partner - seed))
    seed, partner, gap = parents(lineage, "age")
    np.testing.assert_array_equal(new["age"], np.rint(seed + gap * (partner - seed)))


def test_flags_are_those_of_the_nearer_parent() -> None:
    new, lineage = grown()
    seed, partner, gap = parents(lineage, "vip")
    assert new["vip"].tolist() == np.where(gap < 0.5, seed, partner).tolist()


def test_all_categories_are_from_the_nearer_parent_if_it_is_complete() -> None:
    new, lineage = grown()
    seed, partner, gap = parents(lineage, "town")
    gives = (gap >= 0.5) & (partner.notna() | seed.isna()).to_numpy()
    assert gives.any()
    assert ((gap >= 0.5) & ~gives).any()
    for column in ("shop", "town"):
        seed, partner, _ = parents(lineage, column)
        expected = np.where(gives & seed.notna(), partner.astype(object), seed.astype(object))
        assert (
            new[column].astype(object).fillna("?").tolist()
            == pd.Series(expected).fillna("?").tolist()
        )


def test_ordered_categories_are_blended_by_rank() -> None:
    new, lineage = grown()
    seed, partner, gap = parents(lineage, "size")
    low, high = (side.cat.codes.to_numpy().astype(float) for side in (seed, partner))
    np.testing.assert_array_equal(new["size"].cat.codes, np.rint(low + gap * (high - low)))


def test_times_are_blended_on_their_ticks_and_rounded_to_the_unit_of_their_parents() -> None:
    new, lineage = grown()
    for column, unit in (("when", "1D"), ("wait", "1min")):
        seed, partner, gap = parents(lineage, column)
        expected = seed + (partner - seed) * gap
        assert (abs(new[column] - expected) <= pd.Timedelta(unit) / 2).all()
        assert new[column].dtype == FRAME[column].dtype
    # Days in a zone with summer time are whole days or whole hours apart.
    known = new["when"].dropna()
    assert (known == known.dt.floor("h")).all()


def test_a_value_is_missing_exactly_if_that_of_the_seed_row_is() -> None:
    new, lineage = grown()
    for column in FRAME:
        seed, partner, _ = parents(lineage, column)
        assert new[column].isna().tolist() == seed.isna().tolist()
        alone = (seed.notna() & partner.isna()).to_numpy()
        assert new[column][alone].astype(object).tolist() == seed[alone].astype(object).tolist()


def test_new_combinations_of_categories_do_not_appear() -> None:
    new, _ = grown()
    known = FRAME[Y == "yes"][["town", "shop"]].astype(object)
    for town, shop in new[["town", "shop"]].astype(object).itertuples(index=False):
        is_town = known["town"].eq(town) | pd.isna(town)
        assert (is_town & known["shop"].eq(shop)).any()


def test_the_users_table_is_unchanged() -> None:
    before = FRAME.copy(deep=True)
    grown()
    pd.testing.assert_frame_equal(FRAME, before)


# New rows have no bias


def shares_of(values: pd.Series) -> dict[Any, float]:
    pairs = zip(values, values.isna(), strict=True)
    shown = ["?" if is_missing else item for item, is_missing in pairs]
    return pd.Series(shown, dtype=object).value_counts(normalize=True).to_dict()


def test_means_shares_and_missing_rates_are_those_of_the_parents() -> None:
    X, y = table(seed=5)
    sampler = SMOTE(sampling_strategy={"yes": 6000}, random_state=2)
    X_new, _ = sampler.fit_resample(X, y)
    lineage, new = sampler.plan_.lineage(), X_new.iloc[N:]
    seeds, partners = X.iloc[lineage.seed[N:]], X.iloc[lineage.partner[N:]]
    for column in ("age", "vip", "shop"):
        both = pd.concat([seeds[column], partners[column]])
        if column == "age":
            assert abs(new[column].mean() - both.mean()) < 4 * both.std() / np.sqrt(len(new))
            continue
        expected, made = shares_of(both), shares_of(new[column])
        for value, share in expected.items():
            assert abs(made.get(value, 0) - share) < 4 * np.sqrt(share * (1 - share) / len(new))
    for column in ("score", "visits", "seen", "town", "day"):
        assert new[column].isna().mean() == seeds[column].isna().mean()


def auc_of(features: np.ndarray, is_new: np.ndarray) -> float:
    model = HistGradientBoostingClassifier(max_iter=30, min_samples_leaf=5, random_state=0)
    order = np.random.RandomState(0).permutation(len(is_new))
    return float(
        cross_val_score(model, features[order], is_new[order], cv=4, scoring="roc_auc").mean()
    )


def test_new_rows_cannot_be_recognised_by_missing_values() -> None:
    X, y = table(seed=7)
    sampler = SMOTE(sampling_strategy={"yes": 3 * M}, random_state=0)
    X_new, y_new = sampler.fit_resample(X, y)
    rows = X_new[y_new == "yes"]
    is_new = (rows.index >= N).astype(int)
    assert abs(auc_of(rows.isna().to_numpy(), is_new) - 0.5) < 0.12


def test_new_rows_cannot_be_recognised_by_fractions() -> None:
    X = FRAME[["income"]].assign(count=FRAME["age"].astype(float))
    sampler = SMOTE(column_kinds={"count": "integer"}, random_state=0)
    X_new, _ = sampler.fit_resample(X, Y)
    assert X_new["count"].dtype == np.float64
    assert (X_new["count"] == X_new["count"].round()).all()


# Unusual columns


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (pd.Series([[1, 2]] * N, dtype=object), "cannot be compared as categories"),
        (pd.Series([1j] * N), "Complex"),
        (pd.Series(pd.arrays.ArrowExtensionArray(pa.array([[1]] * N))), "cannot be searched"),
    ],
)
def test_values_that_cannot_be_searched_raise_with_the_column(column: Any, words: str) -> None:
    with pytest.raises(InputError, match=f"'odd'.*{words}"):
        SMOTE().fit_resample(FRAME.assign(odd=column), Y)


def test_objects_of_several_types_are_compared_as_python_compares_them() -> None:
    odd = pd.Series(np.array([1, "1", None, 2.5, True], dtype=object)[np.arange(N) % 5])
    X_new, _ = SMOTE(random_state=0).fit_resample(FRAME[["income"]].assign(odd=odd), Y)
    assert set(map(type, X_new["odd"])) == {int, str, type(None), float, bool}


def test_unused_categories_are_kept_and_empty_columns_stay_empty() -> None:
    X = FRAME[["income", "shop"]].assign(nothing=np.nan, none=None)
    X_new, _ = SMOTE(random_state=0).fit_resample(X, Y)
    assert list(X_new["shop"].cat.categories) == list("abcd")
    assert X_new["nothing"].isna().all()
    assert X_new["none"].isna().all()


def test_sparse_columns_of_pandas_stay_sparse() -> None:
    sparse = pd.arrays.SparseArray(np.where(np.arange(N) % 4 == 0, FRAME["income"], 0.0))
    X = FRAME[["income", "town"]].assign(sparse=sparse)
    X_new, _ = SMOTE(random_state=0).fit_resample(X, Y)
    assert X_new.dtypes.equals(X.dtypes)


def test_a_column_missing_in_the_whole_class_stays_missing_there() -> None:
    X = FRAME[["income", "age"]].assign(score=FRAME["score"].where(Y == "no"))
    X_new, y_new = SMOTE(random_state=0).fit_resample(X, Y)
    assert X_new["score"][y_new == "yes"].isna().all()


@pytest.mark.parametrize(("gap", "made"), [(-1.0, "m"), (2.0, "l")])
def test_an_extrapolated_rank_stays_within_the_ranks_that_occur(gap: float, made: str) -> None:
    size = pd.Categorical(["m", "l"], categories=["s", "m", "l", "xl"], ordered=True)
    plan = Plan(2, (Segment(np.array([0]), np.array([1]), np.array([gap])),))
    assert read_table(pd.DataFrame({"size": size})).output(plan)["size"].tolist() == [
        "m",
        "l",
        made,
    ]


def test_made_rows_miss_the_same_values_for_the_search_as_their_seed_rows() -> None:
    flags = pd.array([True, None, False], dtype="boolean")
    counts = pd.array([4, None, 8], dtype="Int64")
    X = pd.DataFrame({"flag": flags, "n": [0.5, 1.5, 2.5], "count": counts})
    plan = Plan(3, (Copy(np.array([1, 2])),))
    found = searched_made(read_table(X).blocks, plan)
    np.testing.assert_array_equal(found, [[np.nan, 1.5, np.nan], [0.0, 2.5, 8.0]])


@pytest.mark.parametrize("holes", [0.0, 0.3])
def test_columns_without_missing_values_have_the_donors_of_a_column_of_their_own(
    holes: float,
) -> None:
    rng = np.random.RandomState(0)
    frame = pd.DataFrame({name: rng.choice(list("uvw"), 60) for name in "abcde"})
    for name in "bd":
        frame.loc[rng.rand(60) < holes, name] = None
    frame.loc[0, "e"] = None
    segment = Segment(rng.randint(0, 60, 80), rng.randint(0, 60, 80), rng.rand(80))
    later = Segment(rng.randint(0, 140, 50), rng.randint(0, 140, 50), rng.rand(50))
    plan = Plan(60, (segment, Copy(rng.randint(0, 140, 20)), moved(later, 20)))
    (block,) = read_table(frame).blocks
    made = made_columns([block], plan)
    wide = donors_of(plan, block.codes, is_voted=True)
    for position in range(5):
        np.testing.assert_array_equal(made[position].donors, wide[:, position])


def moved(segment: Segment, n_rows: int) -> Segment:
    """Return a segment whose last parents are the rows made just before it."""
    last = np.arange(140, 140 + n_rows)
    return Segment(np.r_[last, segment.seed[n_rows:]], segment.partner, segment.gap)
