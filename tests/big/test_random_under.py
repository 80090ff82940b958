"""Random under-sampling by a hash of each row's id: exact counts, the same rows everywhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from big_tables import digest, files_of, mixed, numbers
from scipy import stats

from poise import RandomUnderSampler, big
from poise.big.scans.hashes import hashes_of
from poise.core.errors import InputError, VanishingClassWarning


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
    assert digest(found, "y") == digest(under(table), "y")
    assert digest(under(table, seed=1), "y") != digest(under(table), "y")


def test_fewer_rows_are_some_of_more_rows() -> None:
    table = numbers(5000)
    few, many = (set(under(table, strategy={0: n})["id"].to_pylist()) for n in (300, 900))
    assert few < many


def test_rows_are_as_if_drawn_at_random() -> None:
    uniform = hashes_of(pa.array(np.arange(200_000)), 0) / 2.0**64
    assert stats.kstest(uniform, "uniform").pvalue > 0.001
    assert abs(np.corrcoef(uniform[1:], uniform[:-1])[0, 1]) < 0.01
    again = hashes_of(pa.array(np.arange(200_000)), 1) / 2.0**64
    assert abs(np.corrcoef(uniform, again)[0, 1]) < 0.01
    texts = hashes_of(pa.array([f"customer-{i}" for i in range(100_000)]), 0) / 2.0**64
    assert stats.kstest(texts, "uniform").pvalue > 0.001


def test_hashes_do_not_depend_on_how_an_id_is_stored() -> None:
    ids = [3, 5, 2**31 - 1]
    as_int = [hashes_of(pa.array(ids, kind), 7).tolist() for kind in (pa.int32(), pa.uint64())]
    assert as_int[0] == as_int[1]
    texts = ["", "a", "a\0", "longer than one word of 64 bits", "ä"]
    plain, large = (hashes_of(pa.array(texts, k), 7) for k in (pa.string(), pa.large_string()))
    assert plain.tolist() == large.tolist()
    assert len(set(plain.tolist())) == len(texts)
    sliced = hashes_of(pa.array(["x", *texts])[1:], 7)
    assert sliced.tolist() == plain.tolist()


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


def test_rates_lead_the_probabilities_back() -> None:
    from poise.decisions import shift_prior

    table = numbers(10_000)
    result = big.resample(table, RandomUnderSampler(random_state=0), target="y", id="id")
    shifted = shift_prior(
        np.array([[0.5, 0.5]]), result.prior_after, result.prior_before, classes=[0, 1]
    )
    assert shifted[0, 1] == pytest.approx(result.prior_before[1])


def test_rates_by_class_and_what_is_no_rate() -> None:
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


def test_an_id_that_repeats_is_found_out(tmp_path: Path) -> None:
    table = numbers(2000)
    column = pa.array(np.arange(2000) // 50)
    repeated = table.set_column(0, "id", column)
    with pytest.raises(InputError, match="same value in several of them"):
        big.resample(
            repeated, RandomUnderSampler(random_state=0), target="y", id="id", out=tmp_path / "out"
        )
    assert not list(tmp_path.iterdir())
    with pytest.raises(InputError, match="same value in several of them"):
        big.resample(repeated, "smote", target="y", id="id")


def test_text_ids_and_a_seed_of_none(tmp_path: Path) -> None:
    result = big.resample(mixed(800), RandomUnderSampler(), target="y", id="key")
    again = big.resample(
        mixed(800), RandomUnderSampler(random_state=result.manifest["seed"]), target="y", id="key"
    )
    first, second = (r.reader().read_all() for r in (result, again))
    assert digest(first, "y") == digest(second, "y")


def test_a_rate_on_rows_that_the_same_seed_has_sampled_is_refused() -> None:
    table, sampler = numbers(20_000), RandomUnderSampler(random_state=0)
    first = big.resample(table, sampler, target="y", id="id", rate=0.1).reader().read_all()
    again = first.drop_columns(["sample_weight"])
    with pytest.raises(InputError, match="already sampled by their ids with the same seed"):
        big.resample(again, sampler, target="y", id="id", rate=0.1).reader().read_all()
    other = RandomUnderSampler(random_state=1)
    assert big.resample(again, other, target="y", id="id", rate=0.1).reader().read_all().num_rows


def test_ids_that_repeat_are_found_when_rows_are_read() -> None:
    table = numbers(400)
    repeated = table.set_column(0, "id", pa.array(np.arange(400) // 7))
    opened = big.resample(repeated, RandomUnderSampler(random_state=0), target="y", id="id")
    with pytest.raises(InputError, match="same value in several of them"):
        opened.reader().read_all()
