"""A run makes the passes that its parts list, and explain counts the same list."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from big_tables import mixed, numbers
from own_methods import SurroundedRows

from poise import (
    ADASYN,
    SMOTE,
    SMOTEENN,
    EditedNearestNeighbours,
    RandomOverSampler,
    RandomUnderSampler,
    SMOTETomek,
    TomekLinks,
)
from poise.big.engines.local import LocalEngine
from poise.big.methods.decide import decide
from poise.big.methods.explain import forecast
from poise.big.methods.passes import PlannedPass, expected_passes
from poise.big.methods.session import open_session
from poise.big.methods.steps import read_steps
from poise.big.request import read_request
from poise.big.scans.scan import Purpose, Scan
from poise.big.storage.reading import SourceReader
from poise.big.storage.source import open_source

OVER_THEN_CLEAN, CLEAN_FIRST = "oversample-then-clean", "clean-then-oversample"
ENN = EditedNearestNeighbours
RUNS = [
    (RandomOverSampler(random_state=0), OVER_THEN_CLEAN),
    (SMOTE(random_state=0), OVER_THEN_CLEAN),
    (SMOTE(random_state=0, neighbor_space="standard"), OVER_THEN_CLEAN),
    (ADASYN(random_state=0), OVER_THEN_CLEAN),
    (TomekLinks(), OVER_THEN_CLEAN),
    (ENN(sampling_strategy="all"), OVER_THEN_CLEAN),
    (ENN(sampling_strategy="all", kind_sel="mode"), OVER_THEN_CLEAN),
    (RandomUnderSampler(random_state=0), OVER_THEN_CLEAN),
    (SMOTETomek(random_state=0), OVER_THEN_CLEAN),
    (SMOTETomek(random_state=0), CLEAN_FIRST),
    (SMOTEENN(random_state=0), OVER_THEN_CLEAN),
    (SurroundedRows(), OVER_THEN_CLEAN),
]


class Recorder(LocalEngine):
    """Notes the purpose of each scan, and how many rows it found."""

    def __init__(self, table: pa.Table) -> None:
        super().__init__(SourceReader(open_source(table)))
        self.purposes: list[str] = []
        self.n_found = -1

    def run(self, scan: Scan) -> pa.Table:
        self.purposes.append(scan.purpose)
        found = super().run(scan)
        self.n_found = found.num_rows
        return found


@pytest.mark.parametrize(("sampler", "order"), RUNS, ids=repr)
@pytest.mark.parametrize(
    "table",
    [numbers(900), numbers(900, n_classes=3), mixed(800)],
    ids=["numbers", "three classes", "mixed"],
)
@pytest.mark.filterwarnings("ignore::poise.core.errors.PoiseWarning")
def test_a_run_makes_the_passes_that_it_lists(table: pa.Table, sampler: Any, order: str) -> None:
    id_column = "id" if "id" in table.column_names else "key"
    options: Any = {"memory": "2GB", "rate": None, "order": order, "extra": ()}
    request = read_request(table.schema, sampler, target="y", id=id_column, **options)
    engine = Recorder(table)
    session = open_session(request, read_steps(request), engine, engine.reader.sample(100))
    listed = [each.purpose for each in expected_passes(forecast(session))]
    engine.purposes.clear()
    decide(session)
    is_nothing_left = engine.n_found == 0  # then passes over what was found are left out
    assert engine.purposes == (listed[: len(engine.purposes)] if is_nothing_left else listed)


def test_an_answer_that_two_parts_need_is_found_once() -> None:
    class Listing:
        """A part with passes of its own."""

        def passes(self) -> list[PlannedPass]:
            return [
                PlannedPass(Purpose.FIND_RANGES, list, ("ranges",)),
                PlannedPass(Purpose.FIND_NEAREST, list),
                PlannedPass(Purpose.CHOOSE_ROWS, list, is_expected=False),
            ]

    parts: Any = [Listing(), Listing()]
    purposes = [each.purpose for each in expected_passes(parts)]
    assert purposes == [Purpose.FIND_RANGES, Purpose.FIND_NEAREST, Purpose.FIND_NEAREST]
