"""The explanation of a run: its passes, its memory, and what would fit instead."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from big_tables import (
    mixed,
    numbers,
)

import poise
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
from poise.big.engines.local import LocalEngine
from poise.big.methods.explain import Disk, explain_session, require_fit
from poise.big.methods.session import Session, open_session
from poise.big.methods.steps import read_steps
from poise.big.request import read_request
from poise.big.storage.reading import SourceReader
from poise.big.storage.source import open_source
from poise.core.errors import (
    DoesNotFitError,
    FileError,
    InputError,
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
        DoesNotFitError, match=r"would keep 30,000 rows in memory.*Pass memory='700MB' or more"
    ):
        big.resample(table, EditedNearestNeighbours(), target="y", memory="400MB")
    needs = big.explain(table, EditedNearestNeighbours(), target="y", memory="400MB")
    assert not needs.fits
    assert "Does not fit. Pass memory=" in str(needs)
    assert issubclass(DoesNotFitError, MemoryError)
    assert issubclass(DoesNotFitError, PoiseError)


def test_combined_methods_that_do_not_fit_name_the_other_order() -> None:

    rare = wide(40_000).set_column(40, "y", pa.array((np.arange(40_000) % 50 == 0).astype(int)))
    for sampler in (SMOTETomek(), SMOTEENN()):
        with pytest.raises(DoesNotFitError, match="or order='clean-then-oversample', another"):
            big.resample(rare, sampler, target="y", memory="400MB")
        needs = big.explain(rare, sampler, target="y", memory="450MB")
        assert not needs.fits
        assert "or a smaller ratio, about sampling_strategy=0." in needs.instead
        needs = big.explain(
            rare, sampler, target="y", memory="450MB", order="clean-then-oversample"
        )
        assert needs.fits
        assert "clean-then-oversample; the smallest class is not cleaned" in str(needs)


def test_wide_tables_are_read_and_made_fewer_rows_at_a_time() -> None:

    rng = np.random.RandomState(0)
    columns = {f"x{j}": rng.rand(3000) for j in range(500)}
    table = pa.table({**columns, "y": (np.arange(3000) % 10 == 0) * 1})
    for sampler in (RandomUnderSampler(), SMOTE()):
        needs = big.explain(table, sampler, target="y", memory="450MB")
        assert needs.fits
        assert needs.memory < 450e6


def test_what_fits_takes_no_more_than_it_is_given() -> None:
    for sampler in (ADASYN(), TomekLinks(), SMOTE(), RandomUnderSampler()):
        for memory in ("400MB", "410MB", "500MB"):
            needs = big.explain(TABLE, sampler, target="y", id="id", memory=memory)
            assert not needs.fits or needs.memory <= needs.memory_limit


FEW = pa.table({"a": range(200), "y": [0] * 170 + [1] * 30})
MANY_ROWS = SMOTE(sampling_strategy={1: 10**12}, random_state=0)


def test_what_is_larger_than_the_disk_is_refused_before_the_work(tmp_path: Path) -> None:
    message = r"would write about .*, and '.*out' has .* free. Pass a sampling_strategy with few"
    with pytest.raises(DoesNotFitError, match=message):
        big.resample(FEW, MANY_ROWS, target="y", out=tmp_path / "out", memory="200GB")
    assert not list(tmp_path.iterdir())
    with pytest.raises(DoesNotFitError, match=message):
        require_fit(_session(FEW, MANY_ROWS), Disk("out", 1000, 10.0))
    require_fit(_session(FEW, MANY_ROWS), Disk("out", 10**14, 10.0))
    require_fit(_session(FEW, MANY_ROWS))  # nothing is written


def test_an_explanation_says_what_does_not_fit_on_the_disk(tmp_path: Path) -> None:
    for options in ({}, {"out": tmp_path / "there"}):
        needs = big.explain(FEW, MANY_ROWS, target="y", memory="200GB", **options)
        assert needs.fits
        assert not needs.fits_disk
        assert needs.disk_bytes > needs.disk_free
        assert "Does not fit on the disk: SMOTE would write about" in str(needs)
        assert needs.to_dict()["fits_disk"] is False
    small = big.explain(FEW, SMOTE(), target="y")
    assert small.fits_disk
    assert "Does not fit on the disk" not in str(small)


def test_rows_that_are_written_again_need_space() -> None:
    needs = explain_session(_session(FEW, TomekLinks()), Disk("out", 199 * 10, 10.0))
    assert needs.disk_bytes == 2000
    assert not needs.fits_disk
    assert "Free some space, or pass an out= on another disk" in str(needs)


def test_more_pieces_than_memory_holds_name_the_number_of_new_rows() -> None:
    with pytest.raises(DoesNotFitError, match="or a sampling_strategy with fewer than 999,999,9"):
        big.resample(FEW, MANY_ROWS, target="y")
    assert "Does not fit. Pass memory=" in str(big.explain(FEW, MANY_ROWS, target="y"))


def _session(table: pa.Table, sampler: Any) -> Session:
    options: Any = {"memory": "200GB", "rate": None, "order": "oversample-then-clean", "extra": ()}
    request = read_request(table.schema, sampler, target="y", id=None, **options)
    reader = SourceReader(open_source(table))
    return open_session(request, read_steps(request), LocalEngine(reader), reader.sample(100))


def test_an_explanation_names_the_kind_of_each_column() -> None:
    table = pa.table(
        {"x": np.arange(60.0), "n": range(60), "c": ["a", "b"] * 30, "y": [0] * 45 + [1] * 15}
    )
    needs = poise.big.explain(table, poise.SMOTE(), target="y")
    assert needs.kinds == {"x": "continuous", "n": "integer", "c": "categorical"}
    assert "    continuous   'x'\n    integer      'n'\n    categorical  'c'" in str(needs)
    assert needs.to_dict()["kinds"] == needs.kinds


def test_an_explanation_refuses_what_the_run_would_refuse(source: Path, tmp_path: Path) -> None:
    explain = partial(big.explain, source, SMOTE(), target="y", id="id")
    for out, words in (
        (source / "out", "is inside the folder of the source"),
        (tmp_path / "none" / "out", "There is no folder"),
        (source, "already exists"),
    ):
        with pytest.raises((FileError, InputError), match=words):
            explain(out=out)
    done = big.resample(source, SMOTE(), target="y", id="id", out=tmp_path / "out").out
    with pytest.raises(FileError, match="already exists"):
        explain(out=done)
    assert explain(out=done, if_exists="replace").fits
