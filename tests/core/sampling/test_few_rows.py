"""Classes with too few rows for the neighbours asked for: an error, fewer neighbours, or copies."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from poise import ADASYN, SMOTE, SMOTENC, BorderlineSMOTE, SMOTETomek, big
from poise.core.errors import FewRowsWarning, ParameterError, TooFewRowsError
from poise.core.sampling.few_rows import neighbors_to_search
from poise.core.sampling.problem import Problem
from poise.core.tables.labels import encode
from poise.over_sampling import MGS, KMeansSMOTE, PolynomFitSMOTE, ProWSyn

LABEL = np.random.RandomState(7).permutation(np.repeat([0, 1, 2, 3], [60, 20, 4, 1]))
NUMBERS = np.random.RandomState(8).normal(size=(85, 3)) + LABEL[:, np.newaxis] / 5


def test_by_default_a_class_with_few_rows_raises_and_the_error_names_the_parameter() -> None:
    with pytest.raises(
        TooFewRowsError, match=r"class 2 has 4.*or pass on_few_rows='fewer-neighbors'\."
    ):
        SMOTE().fit(NUMBERS, LABEL)
    with pytest.raises(TooFewRowsError, match=r"class 3 has 1.*or pass on_few_rows='copy'\."):
        SMOTE(k_neighbors=2).fit(NUMBERS, LABEL)
    with pytest.raises(TooFewRowsError, match=r"class 3.*has 1.*pass on_few_rows='copy'\."):
        PolynomFitSMOTE().fit(NUMBERS, LABEL)


def test_fewer_neighbors_uses_all_other_rows_and_copies_a_single_row() -> None:
    sampler = SMOTE(random_state=0, on_few_rows="fewer-neighbors")
    with pytest.warns(FewRowsWarning) as caught:
        _, y_new = sampler.fit_resample(NUMBERS, LABEL)
    said = [item for item in caught if item.category is FewRowsWarning]
    assert len(said) == 1
    assert str(said[0].message) == (
        "SMOTE needs more than k_neighbors=5 rows in every class it grows. With "
        "on_few_rows='fewer-neighbors', fewer neighbours are searched for class 2, which has 4 rows, and rows "
        "are copied for class 3, which has 1 row. Collect more rows of such a class if you can."
    )
    assert np.bincount(y_new).tolist() == [60] * 4
    lineage = sampler.plan_.lineage()
    new = lineage.origin != "kept"
    assert set(lineage.partner[new & (y_new == 2)]) == set(np.flatnonzero(LABEL == 2))
    assert set(lineage.origin[new & (y_new == 3)]) == {"copied"}


def test_copy_copies_every_class_with_few_rows_and_no_other() -> None:
    sampler = SMOTE(random_state=0, on_few_rows="copy")
    with pytest.warns(FewRowsWarning, match="rows are copied for the classes 2, 3"):
        _, y_new = sampler.fit_resample(NUMBERS, LABEL)
    lineage = sampler.plan_.lineage()
    new = lineage.origin != "kept"
    assert set(lineage.origin[new & (y_new >= 2)]) == {"copied"}
    assert set(lineage.origin[new & (y_new == 1)]) == {"blended"}
    assert set(lineage.seed[new & (y_new == 2)]) == set(np.flatnonzero(LABEL == 2))


def test_classes_with_enough_rows_are_the_same_and_nothing_is_said() -> None:
    several = LABEL < 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        usual = SMOTE(random_state=0).fit(NUMBERS[several], LABEL[several]).plan_.lineage()
        for way in ("fewer-neighbors", "copy"):
            sampler = SMOTE(random_state=0, on_few_rows=way)
            same = sampler.fit(NUMBERS[several], LABEL[several]).plan_.lineage()
            np.testing.assert_array_equal(same.gap, usual.gap)
            np.testing.assert_array_equal(same.partner, usual.partner)


def test_a_cluster_with_few_rows_has_fewer_neighbors() -> None:
    X = np.concatenate([np.random.RandomState(0).normal(size=(40, 2)), [[50.0, 50], [51, 50.5]]])
    sampler = KMeansSMOTE(random_state=0, kmeans_estimator=2, on_few_rows="fewer-neighbors")
    with pytest.warns(FewRowsWarning, match="for class 1, which has 2 rows"):
        sampler.fit(X, [0] * 40 + [1] * 2)
    assert set(sampler.plan_.lineage().seed[42:]) == {40, 41}


def test_mgs_takes_the_distribution_of_the_rows_there_are() -> None:
    sampler = MGS(random_state=0, on_few_rows="fewer-neighbors")
    with pytest.warns(FewRowsWarning):
        sampler.fit(NUMBERS, LABEL)
    of_class = sampler.plan_.parents()[85:][LABEL[sampler.plan_.source[85:]] == 2]
    assert (of_class.sum(axis=1) == 4).all()


def test_methods_without_neighbors_in_the_class_copy_a_single_row() -> None:
    for sampler in (
        ProWSyn(random_state=0, on_few_rows="fewer-neighbors"),
        PolynomFitSMOTE(random_state=0, on_few_rows="copy"),
    ):
        with pytest.warns(FewRowsWarning, match="needs two rows .* are copied for class 3"):
            _, y_new = sampler.fit_resample(NUMBERS, LABEL)
        assert np.bincount(y_new).tolist() == [60] * 4


def test_combined_samplers_take_it_from_their_over_sampler() -> None:
    sampler = SMOTETomek(random_state=0, smote=SMOTE(on_few_rows="copy"))
    with pytest.warns(FewRowsWarning, match="SMOTE needs .* the classes 2, 3"):
        sampler.fit(NUMBERS, LABEL)
    assert sampler.sampling_strategy_ == {1: 40, 2: 56, 3: 59}


@pytest.mark.parametrize("way", ["fewer-neighbors", "copy"])
@pytest.mark.parametrize(
    "sampler",
    [
        SMOTE(random_state=0),
        SMOTENC(random_state=0),
        BorderlineSMOTE(random_state=0, m_neighbors=7),
        BorderlineSMOTE(random_state=0, kind="borderline-2"),
        ADASYN(random_state=0),
        SMOTETomek(random_state=0),
    ],
    ids=repr,
)
@pytest.mark.filterwarnings("ignore:.*adds no rows")
def test_streamed_rows_are_those_of_memory(sampler: Any, way: str) -> None:
    if isinstance(sampler, SMOTETomek):
        sampler.set_params(smote=SMOTE(on_few_rows=way))
    else:
        sampler.set_params(on_few_rows=way)
    table = pa.table({f"x{j}": NUMBERS[:, j] for j in range(3)} | {"y": LABEL})
    with pytest.warns(FewRowsWarning):
        rows = big.resample(table, sampler, target="y").reader().read_all()
    rows = rows.select(["x0", "x1", "x2", "y"])
    with pytest.warns(FewRowsWarning):
        X_new, y_new = sampler.fit_resample(NUMBERS, LABEL)
    assert len(y_new) > len(LABEL)
    found = sorted(zip(*(rows[name].to_pylist() for name in rows.column_names), strict=True))
    assert found == sorted(
        (*row, label) for row, label in zip(X_new.tolist(), y_new.tolist(), strict=True)
    )


def test_another_word_is_refused() -> None:
    with pytest.raises(ParameterError, match="'raise', 'fewer-neighbors' or 'copy'. Got 'skip'"):
        SMOTE(on_few_rows="skip").fit(NUMBERS, LABEL)  # type: ignore[arg-type]


def test_the_number_of_neighbors_is_that_of_the_other_rows_at_most() -> None:
    problem = Problem(encode(np.repeat([0, 1], [9, 3])), method_name="M")
    assert neighbors_to_search(problem, 1, "k", 5, "fewer-neighbors") == 2
    assert neighbors_to_search(problem, 0, "k", 5) == 5
    with pytest.raises(TooFewRowsError, match="M needs more than k=3 rows"):
        neighbors_to_search(problem, 1, "k", 3)
