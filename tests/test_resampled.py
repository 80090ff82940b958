"""What an auditor asks of a resampled table: origins by the user's ids, removed rows with reasons, facts and a page."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import poise.under_sampling
from poise import METHODS, SMOTE, RandomUnderSampler, TomekLinks, make_sampler, resample
from poise.combine import Chain
from poise.core.errors import InputError
from poise.core.sampling.resampler import Cleaner, UnderSampler

RNG = np.random.default_rng(0)
N = 120
TABLE = pd.DataFrame(
    {
        "id": [f"P{n:03d}" for n in range(N)],
        "a": RNG.standard_normal(N),
        "b": RNG.standard_normal(N),
        "y": np.where(np.arange(N) % 4 == 0, "yes", "no"),
    }
)
CHAIN = Chain(SMOTE(sampling_strategy=0.8), TomekLinks(), RandomUnderSampler(), random_state=0)


@pytest.mark.parametrize(
    "convert",
    [lambda t: t, pl.from_pandas, lambda t: pa.Table.from_pandas(t, preserve_index=False)],
    ids=["pandas", "polars", "pyarrow"],
)
def test_the_audit_frame_names_parents_by_the_users_ids(convert: Any) -> None:
    result = resample(convert(TABLE), target="y", id="id")
    found = result.audit_frame(backend="pandas")
    assert type(result.audit_frame()) is type(convert(TABLE))
    assert found["_new"].tolist() == result.is_new.tolist()
    kept, new = found[~result.is_new], found[result.is_new]
    assert (kept["id"] == kept["_seed"]).all()
    assert kept["_partner"].isna().all()
    assert set(new["_origin"]) == {"blended"}
    rows = TABLE.set_index("id")
    for _, row in new.iterrows():
        seed, partner = (
            rows.loc[row[name], ["a", "b"]].to_numpy(float) for name in ("_seed", "_partner")
        )
        between = seed + row["_gap"] * (partner - seed)
        np.testing.assert_allclose(row[["a", "b"]].to_numpy(float), between)


def test_ids_are_row_numbers_unless_others_are_passed() -> None:
    X, y = TABLE[["a", "b"]].to_numpy(), TABLE["y"].to_numpy()
    result = resample(X, y)
    found = result.audit_frame()
    assert found["_seed"].tolist() == result.plan.lineage().seed.tolist()
    assert found["_partner"].dtype == "Int64"
    assert result.audit_frame(ids=TABLE["id"])["_seed"][0] == "P000"
    result = resample(TABLE, target="y", carry_columns=["id"])
    assert result.audit_frame(ids="id")["_seed"][0] == "P000"
    for ids in (
        TABLE[["id"]].to_numpy(),
        TABLE.set_index(["id", "y"]).index,
        (str(n) for n in range(N)),
    ):
        assert len(result.audit_frame(ids=ids)) == len(result.plan)
    with pytest.raises(InputError, match="X has 120 rows and ids has 3"):
        result.audit_frame(ids=[1, 2, 3])
    with pytest.raises(InputError, match="has a column '_seed'"):
        resample(TABLE.drop(columns="id").rename(columns={"a": "_seed"}), target="y").audit_frame()


def test_lineage_as_a_frame() -> None:
    found = resample(TABLE, target="y", id="id").plan.lineage().frame("polars")
    assert found.columns == ["origin", "seed", "partner", "gap"]


def test_removed_rows_have_the_step_that_removed_them() -> None:
    result = resample(TABLE.drop(columns="id"), target="y", method=CHAIN)
    X, y = TABLE[["a", "b"]], TABLE["y"]
    first = SMOTE(sampling_strategy=0.8, random_state=0)
    kept = set(result.plan.order[~result.is_new].tolist())
    assert sorted([*kept, *result.removed.row.tolist()]) == list(range(N))
    assert result.removed.label.tolist() == y[result.removed.row].tolist()
    # Step by step, by plans of their own.
    rng = np.random.RandomState(0)
    plan = clone_plan(first.set_params(random_state=rng), X, y)
    after = plan.apply(X), plan.apply(y)
    second = TomekLinks().fit(*after).plan_
    links = set(range(len(plan))) - set(second.order.tolist())
    assert set(result.removed.row[result.removed.by == "TomekLinks"]) == {n for n in links if n < N}
    assert set(result.removed.by) == {"TomekLinks", "RandomUnderSampler"}
    assert set(result.removed.reason[result.removed.by == "RandomUnderSampler"]) == {"not drawn"}


def clone_plan(sampler: Any, X: Any, y: Any) -> Any:
    return sampler.fit(X, y).plan_


@pytest.mark.parametrize("method", ["smote-tomek", "smote-enn"])
def test_rows_that_a_combined_method_removes_are_those_of_its_cleaner(method: str) -> None:
    result = resample(TABLE.drop(columns="id"), target="y", method=method)
    assert set(result.removed.by) == {
        "TomekLinks" if method == "smote-tomek" else "EditedNearestNeighbours"
    }
    assert len(result.removed.row) == N - int((~result.is_new).sum())


def test_every_method_that_removes_rows_says_why() -> None:
    removing = [
        kind
        for name in poise.under_sampling.__all__
        if isinstance(kind := getattr(poise.under_sampling, name), type)
        and (issubclass(kind, UnderSampler | Cleaner) or name == "ClusterCentroids")
    ]
    assert len(removing) >= 11
    assert all("why_removed" in vars(kind) for kind in removing)


@pytest.mark.filterwarnings("ignore::poise.exceptions.NothingToDoWarning")
@pytest.mark.parametrize("method", METHODS)
def test_every_method_has_facts_and_a_summary(method: str) -> None:
    X = TABLE[["a", "b"]]
    if method in ("smote-nc", "smote-n"):
        X = X.assign(b=np.where(X["b"] > 0, "x", "y"))
    if method == "smote-n":
        X = X.assign(a=np.where(X["a"] > 0, "x", "y"))
    result = resample(X, TABLE["y"], method=make_sampler(method, 0))
    facts = json.loads(json.dumps(result.facts))
    for counts in facts["classes"].values():
        assert counts["before"] - counts["removed"] + counts["new"] == counts["after"]
    assert facts["rows"]["after"] == len(result.plan)
    assert facts["parameters"].keys() == result.sampler.get_params(deep=False).keys()
    if method == "smote-tomek":
        steps = {one["method"]: one["parameters"] for one in facts["steps"]}
        assert steps["SMOTE"]["k_neighbors"] == 5
        assert "TomekLinks: sampling_strategy" in result.to_html()
    assert sum(one["rows"] for one in facts["removed_rows"]) == len(result.removed.row)
    assert result.summary().startswith(facts["method"])


def test_the_hash_of_the_input_is_that_of_its_values() -> None:
    first = resample(TABLE, target="y", id="id").input_hash
    assert first == resample(TABLE.copy(), target="y", id="id", k_neighbors=3).input_hash
    changed = TABLE.copy()
    changed.loc[0, "a"] = 9.0
    assert first != resample(changed, target="y", id="id").input_hash
    assert first != resample(TABLE.rename(columns={"a": "c"}), target="y", id="id").input_hash


def test_the_page_has_counts_pictures_and_parameters(tmp_path: Path) -> None:
    result = resample(TABLE, target="y", id="id", method="smote-tomek")
    page = result.to_html(tmp_path / "audit.html")
    assert (tmp_path / "audit.html").read_text() == page
    for text in ("Before and after", "<svg", result.input_hash, "random_state", "each other&#39;s"):
        assert text in page
    assert len(page) < 300_000
    words = resample(TABLE[["id", "y"]].assign(c="x"), target="y", method="random-over").to_html()
    assert "There is no picture: A scatter plot needs two numeric columns" in words


def test_a_pickle_has_the_facts_without_the_input() -> None:
    result = resample(TABLE, target="y", id="id", method="smote-tomek")
    stored = pickle.dumps(result)
    again = pickle.loads(stored)
    assert again.facts == result.facts
    assert again.summary() == result.summary()
    assert again.removed.row.tolist() == result.removed.row.tolist()
    assert again.audit_frame().equals(result.audit_frame())
    assert "does not hold the input" in again.to_html()


def test_ids_that_repeat_do_not_name_a_row() -> None:
    result = resample(np.eye(4), [0, 0, 0, 1], method="random-over")
    with pytest.raises(
        InputError, match=r"The id 'b' is in rows 1 and 3 .* ids that are different"
    ):
        result.audit_frame(ids=["a", "b", "c", "b"])
