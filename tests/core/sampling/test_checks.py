"""Input checks raise errors that name the column, the reason and an alternative."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp
from sklearn import pipeline as sklearn_pipeline
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler
from three_columns import FRAME, error_of, with_values

from poise.combine import SMOTETomek
from poise.core.errors import InputError, MethodError, TooFewRowsError, UnsupportedTypeError
from poise.core.sampling.checks import (
    check_keeps_columns,
    check_larger_table,
    check_magnitudes,
    check_private_methods,
    check_sampler,
    check_takes_resampled_rows,
    check_takes_weights,
)
from poise.decisions import TunedThreshold
from poise.over_sampling import SMOTE, RandomOverSampler
from poise.pipeline import make_pipeline
from poise.under_sampling import RandomUnderSampler, TomekLinks

NOISE = RandomOverSampler(shrinkage=1)  # it computes with every value


@pytest.mark.parametrize("kind", ["numpy", "pandas", "polars", "pyarrow", "sparse"])
def test_missing_values_raise_with_their_column_and_number_of_rows(kind: str) -> None:
    frame = with_values(np.nan, [3, 5])
    table = {
        "numpy": frame.to_numpy(),
        "pandas": frame,
        "polars": pl.from_pandas(frame),
        "pyarrow": pa.Table.from_pandas(frame),
        "sparse": sp.csr_array(frame.to_numpy()),
    }[kind]
    words = error_of(table, sampler=NOISE)
    assert "RandomOverSampler needs every value" in words
    assert ("column 'b'" in words) or ("column 1" in words)
    assert "2 rows" in words
    assert "SimpleImputer" in words
    assert "RandomOverSampler" in words


def test_infinite_values_raise_with_their_column_and_number_of_rows() -> None:
    words = error_of(with_values(np.inf, [3]), sampler=TomekLinks())
    assert "TomekLinks needs finite values; infinity is in column 'b' (1 row)" in words


def test_of_many_columns_with_missing_values_only_five_are_listed() -> None:
    assert "and 4 more columns" in error_of(np.full((40, 9), np.nan), sampler=NOISE)


def test_all_columns_of_text_are_named_at_once() -> None:
    words = error_of(FRAME.assign(job="clerk", town="Rome"), sampler=NOISE)
    assert "column 'job' holds text or categories" in words
    assert "and so do column 'town'" in words


def test_times_raise_with_an_alternative() -> None:
    words = error_of(FRAME.assign(day=pd.Timestamp("2026")), sampler=NOISE)
    assert words.startswith("RandomOverSampler needs numbers; column 'day' holds times")
    assert "OneHotEncoder" in words


def test_a_table_needs_more_rows_than_neighbours() -> None:
    check_larger_table("SMOTE", 6, "k_neighbors", 5)
    with pytest.raises(TooFewRowsError, match="the table has 5. Pass k_neighbors=4 or less"):
        check_larger_table("SMOTE", 5, "k_neighbors", 5)


def test_values_whose_squares_overflow_raise_with_the_column() -> None:
    check_magnitudes(np.array([[1e149, np.nan]]), ["column 'a'", "column 'b'"])
    with pytest.raises(InputError, match="column 'b' holds values as large as 1e\\+150"):
        check_magnitudes(np.array([[1.0, -1e150]]), ["column 'a'", "column 'b'"])
    with pytest.raises(InputError, match="infinite values"):
        check_magnitudes(np.array([[np.inf]]), ["column 'a'"])


@pytest.mark.parametrize("sampler", [SMOTE, "smote", None])
def test_a_sampler_is_an_instance_with_fit_resample(sampler: Any) -> None:
    check_sampler("sampler=", SMOTE())
    with pytest.raises(UnsupportedTypeError, match="is not a sampler.*Pass an instance"):
        check_sampler("sampler=", sampler)


def test_a_classifier_without_sample_weight_raises() -> None:
    check_takes_weights(LogisticRegression())
    with pytest.raises(UnsupportedTypeError, match="takes no sample_weight"):
        check_takes_weights(KNeighborsClassifier())


@pytest.mark.parametrize(("n_rows", "most"), [(1, 1), (2, 1), (5, 4)])
def test_a_table_of_k_rows_is_too_small_and_one_more_is_not(n_rows: int, most: int) -> None:
    with pytest.raises(TooFewRowsError, match=f"=5 rows; the table has {n_rows}. Pass k={most} or"):
        check_larger_table("SMOTE", n_rows, "k", 5)
    check_larger_table("SMOTE", 6, "k", 5)


def test_differences_whose_squares_vanish_are_refused_with_the_column() -> None:
    check_magnitudes(np.array([[1e-200, 1.0], [1e-200, 2.0]]), ["column 'a'", "column 'b'"])
    with pytest.raises(
        InputError, match="column 'a' holds .* 1e-200 at most, .* Scale it, or change"
    ):
        check_magnitudes(np.array([[1e-200, 1.0], [2e-200, np.nan]]), ["column 'a'", "column 'b'"])


def plain_pipelines() -> list[Any]:
    smote = SMOTE(random_state=0)
    return [
        sklearn_pipeline.make_pipeline(StandardScaler(), smote, LogisticRegression()),
        sklearn_pipeline.FeatureUnion([("s", smote)]),
        ColumnTransformer([("s", smote, [0])]),
    ]


@pytest.mark.parametrize("number", range(3))
def test_scikit_learns_pipelines_say_what_a_sampler_needs(number: int) -> None:
    X, y = np.arange(40.0).reshape(20, 2), [0] * 14 + [1] * 6
    with pytest.raises(TypeError, match="SMOTE has no .*transform.*poise.pipeline.make_pipeline"):
        plain_pipelines()[number].fit(X, y)


@pytest.mark.parametrize("name", ["transform", "fit_transform", "fit_sample"])
def test_a_method_of_transformers_is_missing_with_the_way_out(name: str) -> None:
    for sampler in (SMOTE(), SMOTETomek(), RandomUnderSampler()):
        assert not hasattr(sampler, name)
        with pytest.raises(AttributeError, match=f"has no {name}.*fit_resample"):
            getattr(sampler, name)
    with pytest.raises(AttributeError, match="no attribute 'other'"):
        _ = SMOTE().other


def test_five_columns_are_listed_and_of_six_one_is_counted() -> None:
    assert "more columns" not in error_of(np.full((40, 5), np.nan), sampler=NOISE)
    assert "and 1 more columns" in error_of(np.full((40, 6), np.nan), sampler=NOISE)


def test_a_pipeline_of_samplers_keeps_columns_and_one_with_transformers_does_not() -> None:
    check_keeps_columns("sampler", SMOTE())
    check_keeps_columns("sampler", make_pipeline(SMOTE(), TomekLinks()))
    with pytest.raises(UnsupportedTypeError, match="^sampler=.* is not a sampler"):
        check_keeps_columns("sampler", LogisticRegression())
    with pytest.raises(UnsupportedTypeError, match="The sampler is a pipeline with transformers"):
        check_keeps_columns("sampler", make_pipeline(StandardScaler(), SMOTE()))


def test_a_threshold_is_found_on_rows_as_they_were() -> None:
    check_takes_resampled_rows(LogisticRegression())
    with pytest.raises(UnsupportedTypeError, match="ThresholdClassifier would find its threshold"):
        check_takes_resampled_rows(TunedThreshold().classifier(LogisticRegression()))


def test_a_private_method_that_nothing_calls_is_named_with_what_to_override() -> None:
    class Own:
        def _make_samples(self) -> None:
            """Do nothing."""

    check_private_methods(Own, {"_other": "grow"})
    with pytest.raises(MethodError, match="Own defines _make_samples.* Override grow instead"):
        check_private_methods(Own, {"_make_samples": "grow"})
