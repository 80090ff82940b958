"""Over-samplers on rows that are not all in memory."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from big_tables import (
    TABLE,
    assert_same_rows,
    in_memory,
    resampled,
    stamps,
)
from own_methods import SquaredGapSMOTE

from poise import (
    SMOTE,
    SMOTEENN,
    BorderlineSMOTE,
    EditedNearestNeighbours,
    big,
)
from poise.base import SeedNeighborPairs, SmoteFamily, in_class
from poise.big.engines.local import LocalEngine
from poise.big.methods.over import OverSampling
from poise.big.methods.session import open_session
from poise.big.methods.steps import read_steps
from poise.big.request import read_request
from poise.big.storage.reading import SourceReader
from poise.big.storage.source import open_source
from poise.combine import Chain
from poise.core.errors import (
    TooFewRowsError,
)
from poise.over_sampling import MGS

ENN = EditedNearestNeighbours


@pytest.mark.filterwarnings("ignore::poise.core.errors.PoiseWarning")
def test_removed_rows_set_the_first_time_but_are_not_seeds() -> None:
    table = pa.table(
        {
            "x": [7.0, 1, 0, 8, 8, 8, 7, 7],
            "t": stamps([56, 64, 76, 61, 21, 3, 19, 19]),
            "y": [1, 0, 0, 1, 1, 0, 1, 1],
        }
    )
    smote, enn = SMOTE(k_neighbors=1, random_state=0), ENN(n_neighbors=1, sampling_strategy="all")
    found = big.resample(
        table,
        SMOTEENN(smote=smote, enn=enn, random_state=0),
        target="y",
        order="clean-then-oversample",
    )
    expected = in_memory(Chain(enn, smote, random_state=0), table, "y", None)
    assert_same_rows(found.reader().read_all(), expected)


def test_a_class_that_is_cleaned_away_cannot_grow() -> None:
    x = np.arange(20.0)
    table = pa.table({"x": x, "y": [int(i % 7 == 3) for i in range(20)]})
    enn = ENN(n_neighbors=3, sampling_strategy="all")
    with pytest.raises(TooFewRowsError, match="has no rows left after cleaning"):
        big.resample(table, SMOTEENN(enn=enn), target="y", order="clean-then-oversample")


ARGUMENTS: dict[str, Any] = {
    "id": "id",
    "memory": "2GB",
    "rate": None,
    "order": "oversample-then-clean",
    "extra": (),
}


def test_own_neighbour_objects_work_within_a_class() -> None:
    from sklearn.neighbors import NearestNeighbors

    sampler = SMOTE(k_neighbors=NearestNeighbors(n_neighbors=4, metric="manhattan"), random_state=0)
    assert_same_rows(resampled(TABLE, sampler), in_memory(sampler, TABLE, "y", "id"))


class SecondNeighborSMOTE(SmoteFamily):
    """A method that is not a subclass of one of Poise's."""

    def pairs(self, problem: Any, code: int) -> SeedNeighborPairs:
        nearest = in_class(problem, code, 2)
        return SeedNeighborPairs(problem.labels.members(code), lambda rows: nearest(rows)[:, 1:], 1)


@pytest.mark.parametrize(
    "sampler", [SquaredGapSMOTE(random_state=1), SecondNeighborSMOTE(random_state=1)]
)
def test_an_over_sampler_of_ones_own_is_streamed(sampler: Any) -> None:
    assert_same_rows(resampled(TABLE, sampler), in_memory(sampler, TABLE, "y", "id"))


def test_workers_get_the_gaps_as_numbers_and_not_the_class() -> None:
    request = read_request(TABLE.schema, SquaredGapSMOTE(random_state=0), target="y", **ARGUMENTS)
    reader = SourceReader(open_source(TABLE))
    session = open_session(request, read_steps(request), LocalEngine(reader), reader.sample(10))
    (growth,) = OverSampling(session, request.sampler, session.counts.labels).new_rows().growths
    assert b"SquaredGapSMOTE" not in pickle.dumps(growth)


def test_a_sampler_that_states_no_draws_says_what_to_add() -> None:
    class Stating(MGS):
        looks_at = "own class"

    with pytest.raises(
        NotImplementedError, match=r"Stating states.*Define source\(problem, code\)"
    ):
        big.resample(TABLE, Stating(random_state=0), target="y", id="id")


def test_a_sampler_that_looks_further_than_it_states_is_stopped() -> None:
    class Wide(BorderlineSMOTE):
        looks_at = "own class"

    with pytest.raises(
        TypeError, match="states looks_at = 'own class' but searches among all rows"
    ):
        Wide().fit_resample(np.arange(40.0).reshape(-1, 1), [0] * 25 + [1] * 15)


def test_classes_grow_from_their_own_rows_and_near_rows_of_others() -> None:
    for sampler, n_classes in ((SMOTE(random_state=0), 1), (BorderlineSMOTE(random_state=0), 2)):
        request = read_request(TABLE.schema, sampler, target="y", **ARGUMENTS)
        reader = SourceReader(open_source(TABLE))
        session = open_session(request, read_steps(request), LocalEngine(reader), reader.sample(10))
        found = OverSampling(session, sampler, session.counts.labels).new_rows()
        n_rare = int(session.counts.labels.counts[1])
        assert len(set(found.rows["y"].to_pylist())) == n_classes
        assert n_rare <= found.rows.num_rows < TABLE.num_rows
        assert found.counts.tolist() == [0, TABLE.num_rows - 2 * n_rare]
    assert BorderlineSMOTE(k_neighbors=3, m_neighbors=8).n_searched == 8
