"""Build estimators for a table: impute missing values, encode categories, set random states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Self

import numpy as np
import sklearn.pipeline
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import MaxAbsScaler, OneHotEncoder, StandardScaler
from sklearn.utils.validation import has_fit_parameter

from poise.core.errors import UnsupportedTypeError
from poise.core.sampling.boosting import splittable_categories
from poise.core.sampling.seeds import fresh, seeded
from poise.core.saved import PickledWithVersion
from poise.study.event_table import EventTable, Floats

_FEWEST_KNOWN = 20  # known values per column, so that every fold has some
_MOST_COLUMNS = 30  # one-hot columns per categorical column for a linear model
_STOPPING = ("early_stopping_rounds", "early_stopping_round", "od_wait")
_MOST_FILLED = 0.3  # no mutant: speed alone


def encoder(rows: EventTable, *, sparse: bool = False) -> Any:
    """Return a transformer that imputes and scales numbers, and encodes categories in columns of 0 and 1.

    Parameters
    ----------
    rows : EventTable
        Of a sparse matrix, each column is divided by its largest absolute value.
    sparse : bool
        Whether the output may be a sparse matrix, where less than 30 % of it would be other than 0.
    """
    if rows.is_sparse:
        return MaxAbsScaler()
    numbers = [column for column in range(rows.numbers.shape[1]) if column not in rows.categorical]
    filled = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    columns = OneHotEncoder(
        handle_unknown="infrequent_if_exist", max_categories=_MOST_COLUMNS, sparse_output=sparse
    )
    known = SimpleImputer(strategy="constant", fill_value=-1, keep_empty_features=True)
    parts = [
        ("numbers", sklearn.pipeline.make_pipeline(filled, StandardScaler()), numbers),
        ("categories", sklearn.pipeline.make_pipeline(known, columns), rows.categorical),
    ]
    return ColumnTransformer(
        [part for part in parts if part[2]], sparse_threshold=_MOST_FILLED if sparse else 0.0
    )


def encoded(model: Any, rows: EventTable, *, sparse: bool = False) -> Any:
    """Return a pipeline of imputing, scaling and encoding, followed by a classifier."""
    encode = encoder(rows, sparse=sparse)
    return sklearn.pipeline.Pipeline([("encode", encode), ("model", model)])


def logistic(rows: EventTable, *, sparse: bool = False) -> Any:
    """Return a pipeline of imputing, scaling and encoding (as a sparse matrix where that is smaller), followed by logistic regression."""
    return encoded(new_logistic(), rows, sparse=sparse)


def new_logistic() -> LogisticRegression:
    """Return a logistic regression that has not been fitted."""
    return LogisticRegression(max_iter=1000)  # no mutant: more than are needed


def boosting(rows: EventTable) -> Any:
    """Return histogram gradient boosting with the categorical columns declared."""
    few = splittable_categories(rows.numbers, rows.categorical)
    return HistGradientBoostingClassifier(categorical_features=few)


class KnownColumns(PickledWithVersion, TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no type hints
    """Sets columns with fewer than 20 known values to 0, because boosted trees can fail on them.

    Boosted trees need 20 rows on each side of a split, so they could not use such a column.
    """

    def fit(self, X: Floats, y: Any = None) -> Self:  # noqa: ARG002  # as scikit-learn calls it
        """Find the columns with at least 20 known values; NaN marks a missing one."""
        self.is_known_ = (~np.isnan(X)).sum(axis=0) >= _FEWEST_KNOWN
        return self

    def transform(self, X: Floats) -> Floats:
        """Return rows with 0 in all other columns."""
        return np.asarray(X if self.is_known_.all() else np.where(self.is_known_, X, 0.0))


def weighing_classes(model: Any) -> Any | None:
    """Return a copy with ``class_weight="balanced"``; None if the model has no such parameter."""
    model = fresh(model)
    last = model.steps[-1][0] + "__class_weight" if hasattr(model, "steps") else "class_weight"
    if last not in model.get_params():
        return None
    return model.set_params(**{last: "balanced"})


def needs_codes(model: Any) -> bool:
    """Tell whether a classifier, or one inside it, takes only 0 and 1 as labels, as XGBoost does."""
    inside = model.get_params().values() if hasattr(model, "get_params") else ()
    return any(hasattr(one, "get_xgb_params") for one in (model, *inside))


def stops_early(model: Any) -> bool:
    """Tell whether a classifier, or the one in a pipeline or a search, needs held-out rows to find out when to stop."""
    *_, inner = layers(model)
    if not hasattr(inner, "get_params") or not has_fit_parameter(inner, "eval_set"):
        return False
    given = inner.get_params(deep=False)
    return any(given.get(name) for name in _STOPPING)


def layers(model: Any) -> Iterator[Any]:
    """Yield an estimator, and the ones that it is around in turn: the last step of a pipeline, what is searched or calibrated."""
    while model is not None and not isinstance(model, str):
        yield model
        is_pipeline = isinstance(model, sklearn.pipeline.Pipeline)
        model = model.steps[-1][1] if is_pipeline else getattr(model, "estimator", None)


def prepared_sampler(sampler: Any, rows: EventTable, *, as_given: bool, random_seed: int) -> Any:
    """Return a copy of a sampler with its random state, the column kinds and the constraints set.

    Parameters
    ----------
    sampler : sampler
    rows : EventTable
    as_given : bool
        Whether the sampler gets the user's table; otherwise it gets `rows.numbers`.
    random_seed : int
        The random seed for each `random_state` that is None.

    Raises
    ------
    UnsupportedTypeError
        If a sampler of another package would get categories or missing values.
    """
    sampler = fresh(sampler)
    parameters = sampler.get_params()
    place_of = {column: place for place, column in enumerate(rows.columns)}
    for key, value in parameters.items():
        name = key.rpartition("__")[2]
        if name == "constraints" and (value or rows.constraints):
            rules = list(value or rows.constraints)
            if not as_given:
                rules = [rule.at({c: place_of.get(c, c) for c in rule.columns}) for rule in rules]
            sampler.set_params(**{key: rules})
        elif name == "carry_columns" and value and not as_given and not rows.is_sparse:
            sampler.set_params(**{key: _at_places(value, place_of)})
        elif name == "column_kinds" and not as_given and not rows.is_sparse:
            own = {place_of.get(column, column): kind for column, kind in (value or {}).items()}
            sampler.set_params(**{key: dict(_stated(rows)) | own})
    if not as_given:
        is_plain = rows.is_sparse or not (rows.categorical or np.isnan(rows.numbers).any())
        if not type(sampler).__module__.startswith("poise.") and not is_plain:
            raise UnsupportedTypeError(
                f"{type(sampler).__name__} is not a sampler of Poise, and takes only numbers without missing values. Leave "
                "it out, or use the sampler of Poise with that name."
            )
    return seeded(sampler, random_seed)


def _at_places(columns: Any, place_of: Mapping[Any, int]) -> Any:
    """Return carried columns by their places among the numbers."""
    if isinstance(columns, Mapping):
        return {place_of.get(column, column): value for column, value in columns.items()}
    return [place_of.get(column, column) for column in columns]


def _stated(rows: EventTable) -> Mapping[int, str]:
    every = dict.fromkeys(range(rows.numbers.shape[1]), "continuous")
    return every | dict(rows.kinds)
