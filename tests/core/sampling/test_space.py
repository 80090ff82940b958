"""Neighbours are searched in raw, standard or robust units, or after a transformer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import sklearn
from one_column import NUMBERS, N, Y, smote
from sklearn.decomposition import PCA
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    QuantileTransformer,
    StandardScaler,
)

from poise.combine import SMOTETomek
from poise.core.errors import InputError
from poise.core.sampling.space import ColumnLabels, read_space
from poise.core.tables.read import read_table
from poise.over_sampling import SMOTE


def test_a_transformer_cannot_write_into_the_users_table() -> None:
    X = np.random.RandomState(1).randn(N, 3) * 10
    before = X.copy()
    X_new, _ = smote(neighbor_space=StandardScaler(copy=False)).fit_resample(X, Y)
    np.testing.assert_array_equal(X, before)
    assert np.abs(X_new[N:]).max() > 3


@pytest.mark.parametrize("output", ["pandas", "polars"])
def test_scikit_learns_output_setting_changes_nothing(output: str) -> None:
    frame = pd.DataFrame({"a": NUMBERS, "b": 2 * NUMBERS[::-1]})
    plain = smote(neighbor_space="standard").fit_resample(frame, Y)[0]
    with sklearn.config_context(transform_output=output):
        pd.testing.assert_frame_equal(
            smote(neighbor_space="standard").fit_resample(frame, Y)[0], plain
        )


@pytest.mark.parametrize(
    ("space", "words"),
    [
        (StandardScaler, "must be a str or an object implementing"),
        (FunctionTransformer(lambda X: X[:3]), "one row for each row"),
        (FunctionTransformer(lambda X: X.tolist()), "must return numbers"),
        (FunctionTransformer(lambda X: X / 0), "finite values"),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_transformer_that_returns_no_finite_numbers_raises(space: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        smote(neighbor_space=space).fit_resample(np.abs(NUMBERS).reshape(-1, 1), Y)


def test_a_space_may_be_sparse_beside_categories() -> None:
    frame = pd.DataFrame({"a": np.arange(N) % 4, "c": list("xyz") * 7})
    assert len(smote(neighbor_space=OneHotEncoder()).fit_resample(frame, Y)[0]) == 28


rng = np.random.RandomState(4)
X = np.concatenate([rng.randn(90, 3), rng.randn(30, 3) + 0.8])
y = np.repeat(["no", "yes"], [90, 30])


def seeds_and_partners(**parameters: Any) -> set[tuple[int, int]]:
    table = X * [1.0, 1.0, 1000.0]
    lineage = SMOTE(k_neighbors=1, random_state=0, **parameters).fit(table, y).plan_.lineage()
    return set(zip(lineage.seed[120:].tolist(), lineage.partner[120:].tolist(), strict=True))


@pytest.mark.parametrize(
    "space", ["standard", "robust", QuantileTransformer(n_quantiles=50), PCA(2, whiten=True)]
)
def test_neighbours_are_searched_in_the_given_space(space: Any) -> None:
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


def test_both_steps_use_the_space_of_the_input() -> None:
    table = X * [1.0, 1.0, 1000.0]
    plain = SMOTETomek(random_state=0, neighbor_space="standard").fit(table, y).plan_
    scaled = SMOTETomek(random_state=0).fit(table / table.std(axis=0), y).plan_
    np.testing.assert_array_equal(plain.order, scaled.order)


def test_a_transformer_that_fails_on_missing_values_raises_an_input_error() -> None:
    table = X.copy()
    table[0, 0] = np.nan
    with pytest.raises(InputError, match="neighbor_space=PCA.*cannot be fitted"):
        SMOTE(neighbor_space=PCA(2)).fit_resample(table, y)
    assert len(SMOTE(neighbor_space="standard").fit_resample(table, y)[0]) == 180


@pytest.mark.parametrize("space", ["standard", "robust"])
def test_other_units_keep_a_sparse_table_sparse(space: str) -> None:
    rows = sp.random(60, 4, density=0.5, random_state=0, format="csr")
    rows = rows @ sp.diags_array([1.0, 10.0, 0.1, 100.0])
    label = np.repeat([0, 1], [45, 15])
    X_new, _ = SMOTE(neighbor_space=space, random_state=0).fit_resample(rows, label)
    dense, _ = SMOTE(neighbor_space=space, random_state=0).fit_resample(rows.toarray(), label)
    np.testing.assert_allclose(X_new.toarray(), dense)


def test_a_space_knows_the_names_of_its_columns() -> None:
    assert list(read_space(read_table(pd.DataFrame({"a": [1.0], "b": [2.0]}))).names) == ["a", "b"]
    assert list(read_space(read_table(np.ones((1, 2)))).names) == [0, 1]


def test_an_unknown_space_and_missing_values_in_a_sparse_table_are_refused() -> None:
    with pytest.raises(InputError, match="neighbor_space='rawr' is not known; it can be 'raw'"):
        read_space(read_table(np.ones((1, 2))), units="rawr")
    with pytest.raises(InputError, match=r"needs every value; .* column 1 \(1 row\)"):
        read_space(read_table(sp.csr_array([[1.0, np.nan]])))


@pytest.mark.parametrize("space", ["standard", "robust"])
def test_a_column_without_any_value_gives_no_warning_in_other_units(space: str) -> None:
    table = np.column_stack([NUMBERS, np.full(N, np.nan)])
    assert np.isnan(smote(neighbor_space=space).fit_resample(table, Y)[0][:, 1]).all()


def test_labels_of_columns_are_made_when_they_are_read() -> None:
    labels = ColumnLabels(None, 10**12)
    assert (len(labels), labels[7], labels[-1]) == (10**12, "column 7", f"column {10**12 - 1}")
    assert list(ColumnLabels(["a", "b"], 2)) == ["column 'a'", "column 'b'"]


def test_codes_of_categories_stay_beside_numbers_that_are_moderated() -> None:
    frame = pd.DataFrame({"a": [0.0, 1e200, 2e200], "c": pd.Categorical(["x", "y", "z"])})
    space = read_space(read_table(frame))
    moved = space.moderate(space.raw, "SMOTE")
    assert moved[:, 0].max() < 4
    assert moved[:, 1].tolist() == [0.0, 1.0, 2.0]
