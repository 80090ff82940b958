"""Random under-sampling by a hash of each row's id: exact counts, rates, the same rows everywhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from big_tables import (
    assert_same_rows,
    digest,
    files_of,
    mixed,
    numbers,
)

from poise import (
    RandomUnderSampler,
    big,
)
from poise.core.errors import (
    InputError,
    VanishingClassWarning,
)


def under(table: pa.Table, seed: int = 0, **options: object) -> pa.Table:
    strategy = options.pop("strategy", "auto")
    sampler = RandomUnderSampler(random_state=seed, sampling_strategy=strategy)
    id_column = "id" if "id" in table.column_names else None
    return big.resample(table, sampler, target="y", id=id_column, **options).reader().read_all()  # type: ignore[arg-type]


def test_counts_are_exact() -> None:
    table = numbers(20_000, n_classes=3, minority=0.3)
    counts = np.bincount(table["y"].to_numpy())
    assert np.bincount(under(table)["y"].to_numpy()).tolist() == [counts.min()] * 3
    wanted = {0: 1234, 1: 1, 2: 0}
    with pytest.warns(VanishingClassWarning, match="Class 2 loses all"):
        kept = under(table, strategy=wanted)
    assert np.bincount(kept["y"].to_numpy(), minlength=3).tolist() == [1234, 1, 0]


def test_rows_are_the_same_in_any_order_and_any_files(tmp_path: Path) -> None:
    table = numbers(5000)
    mixed_up = table.take(np.random.RandomState(0).permutation(5000))
    source = files_of(mixed_up, tmp_path / "in", 7)
    sampler = RandomUnderSampler(random_state=0)
    found = big.resample(str(source), sampler, target="y", id="id").reader().read_all()
    assert_same_rows(found, under(table))
    assert digest(under(table, seed=1)) != digest(under(table))


def test_fewer_rows_are_some_of_more_rows() -> None:
    table = numbers(5000)
    few, many = (set(under(table, strategy={0: n})["id"].to_pylist()) for n in (300, 900))
    assert few < many


def test_a_rate_gives_weights_that_add_up_to_the_rows_there_were() -> None:
    table = numbers(40_000)
    result = big.resample(table, RandomUnderSampler(random_state=0), target="y", id="id", rate=0.1)
    kept = result.reader().read_all()
    assert result.rates == {0: 0.1, 1: 1.0}
    label, weight = kept["y"].to_numpy(), kept["sample_weight"].to_numpy()
    assert set(weight[label == 0]) == {10.0}
    assert set(weight[label == 1]) == {1.0}
    n_before = result.counts_before[0]
    spread = np.sqrt(n_before * 0.1 * 0.9)
    assert abs((label == 0).sum() - 0.1 * n_before) < 4 * spread


def test_rates_by_class_and_invalid_rates() -> None:
    table = numbers(3000)
    result = big.resample(
        table, RandomUnderSampler(random_state=0), target="y", id="id", rate={1: 0.5}
    )
    assert result.rates == {0: 1.0, 1: 0.5}
    for wrong in (0, 1.5, True, {1: -1}):
        with pytest.raises(InputError, match="must be above 0 and at most 1"):
            big.resample(table, RandomUnderSampler(), target="y", id="id", rate=wrong)
    with pytest.raises(InputError, match="both say how many rows"):
        big.resample(
            table, RandomUnderSampler(sampling_strategy=0.5), target="y", id="id", rate=0.5
        )
    with pytest.raises(InputError, match="Leave it out, or pass RandomUnderSampler"):
        big.resample(table, "smote", target="y", id="id", rate=0.5)


def test_repeated_ids_raise(tmp_path: Path) -> None:
    table = numbers(2000)
    column = pa.array(np.arange(2000) // 50)
    repeated = table.set_column(0, "id", column)
    with pytest.raises(InputError, match="40 of its values are in several rows: 0, 1, 2"):
        big.resample(
            repeated, RandomUnderSampler(random_state=0), target="y", id="id", out=tmp_path / "out"
        )
    assert not list(tmp_path.iterdir())
    with pytest.raises(InputError, match="40 of its values are in several rows: 0, 1, 2"):
        big.resample(repeated, "smote", target="y", id="id")


def test_text_ids_and_a_seed_of_none(tmp_path: Path) -> None:
    result = big.resample(mixed(800), RandomUnderSampler(), target="y", id="key")
    again = big.resample(
        mixed(800), RandomUnderSampler(random_state=result.manifest["seed"]), target="y", id="key"
    )
    first, second = (r.reader().read_all() for r in (result, again))
    assert_same_rows(first, second)


def test_a_rate_on_rows_that_the_same_seed_has_sampled_is_refused() -> None:
    table, sampler = numbers(20_000), RandomUnderSampler(random_state=0)
    first = big.resample(table, sampler, target="y", id="id", rate=0.1).reader().read_all()
    again = first.drop_columns(["sample_weight"])
    with pytest.raises(InputError, match="already sampled by their ids with the same seed"):
        big.resample(again, sampler, target="y", id="id", rate=0.1).reader().read_all()
    other = RandomUnderSampler(random_state=1)
    assert big.resample(again, other, target="y", id="id", rate=0.1).reader().read_all().num_rows
