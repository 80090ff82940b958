"""The explanation of a run: its passes, its memory, and what would fit instead."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from big_tables import (
    mixed,
    numbers,
)

from poise import (
    ADASYN,
    SMOTE,
    SMOTEENN,
    EditedNearestNeighbours,
    RandomUnderSampler,
    SMOTETomek,
    TomekLinks,
    big,
)
from poise.core.errors import (
    DoesNotFitError,
    PoiseError,
)

TABLE = numbers(2000)


@pytest.mark.parametrize(
    "sampler",
    [
        SMOTE(random_state=0),
        ADASYN(random_state=0),
        TomekLinks(),
        SMOTE(random_state=0, neighbor_space="standard"),
        TomekLinks(neighbor_space="standard"),
        EditedNearestNeighbours(),
        EditedNearestNeighbours(sampling_strategy="all"),
        RandomUnderSampler(random_state=0),
        SMOTETomek(random_state=0),
    ],
    ids=repr,
)
@pytest.mark.parametrize("table", [TABLE, mixed(800)], ids=["numbers", "mixed"])
@pytest.mark.filterwarnings("ignore::poise.core.errors.VanishingClassWarning")
def test_the_passes_that_are_explained_are_made(table: pa.Table, sampler: Any) -> None:
    id_column = "id" if "id" in table.column_names else "key"
    needs = big.explain(table, sampler, target="y", id=id_column)
    stages: list[str] = []

    def note(done: big.Progress) -> None:
        if done.n_done <= table.num_rows and (not stages or stages[-1] != done.stage):
            stages.append(done.stage)

    result = big.resample(table, sampler, target="y", id=id_column, progress=note)
    made = [each for each in stages if each != "reading"]
    expected = [each.purpose for each in needs.passes if each.purpose != "writing"]
    assert made == [stage for i, stage in enumerate(expected) if i == 0 or expected[i - 1] != stage]
    assert needs.rows_made == result.manifest["new_rows"] or isinstance(sampler, SMOTETomek)
    assert needs.fits
    assert needs.exact


def test_an_explanation_is_text_and_values() -> None:
    needs = big.explain(TABLE, SMOTETomek(), target="y", id="id")
    text = str(needs)
    for words in ("pass 1  counting classes", "in memory", "memory", "exact      yes", "of 2 GB"):
        assert words in text
    values = needs.to_dict()
    assert values["n_rows"] == 2000
    assert values["bytes_read"] == sum(each["n_bytes"] for each in values["passes"])


def wide(n: int) -> pa.Table:

    label = np.arange(n) % 2
    return pa.table({f"x{j}": np.zeros(n) for j in range(40)} | {"y": label})


def test_a_run_that_does_not_fit_says_what_would() -> None:
    table = wide(60_000)
    with pytest.raises(
        DoesNotFitError, match=r"would keep 30,000 rows in memory.*Pass memory='500MB' or more"
    ):
        big.resample(table, EditedNearestNeighbours(), target="y", memory="300MB")
    needs = big.explain(table, EditedNearestNeighbours(), target="y", memory="300MB")
    assert not needs.fits
    assert "Does not fit. Pass memory=" in str(needs)
    assert issubclass(DoesNotFitError, MemoryError)
    assert issubclass(DoesNotFitError, PoiseError)


def test_combined_methods_that_do_not_fit_name_the_other_order() -> None:

    rare = wide(40_000).set_column(40, "y", pa.array((np.arange(40_000) % 50 == 0).astype(int)))
    for sampler in (SMOTETomek(), SMOTEENN()):
        with pytest.raises(DoesNotFitError, match="or order='clean-then-oversample', another"):
            big.resample(rare, sampler, target="y", memory="300MB")
        needs = big.explain(rare, sampler, target="y", memory="350MB")
        assert not needs.fits
        assert "or a smaller ratio, about sampling_strategy=0." in needs.instead
        needs = big.explain(
            rare, sampler, target="y", memory="350MB", order="clean-then-oversample"
        )
        assert needs.fits
        assert "clean-then-oversample; the smallest class is not cleaned" in str(needs)


def test_wide_tables_are_read_and_made_fewer_rows_at_a_time() -> None:

    rng = np.random.RandomState(0)
    columns = {f"x{j}": rng.rand(3000) for j in range(500)}
    table = pa.table({**columns, "y": (np.arange(3000) % 10 == 0) * 1})
    for sampler in (RandomUnderSampler(), SMOTE()):
        needs = big.explain(table, sampler, target="y", memory="400MB")
        assert needs.fits
        assert needs.memory < 400e6


def test_what_fits_takes_no_more_than_it_is_given() -> None:
    for sampler in (ADASYN(), TomekLinks(), SMOTE(), RandomUnderSampler()):
        for memory in ("300MB", "310MB", "400MB"):
            needs = big.explain(TABLE, sampler, target="y", id="id", memory=memory)
            assert not needs.fits or needs.memory <= needs.memory_limit
