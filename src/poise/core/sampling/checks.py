"""Input checks shared by samplers, with their error messages."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import numpy as np
import scipy.sparse as sp
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import FeatureUnion
from sklearn.pipeline import Pipeline as SklearnPipeline
from sklearn.utils.validation import has_fit_parameter

from poise.core.errors import (
    DoesNotFitError,
    InputError,
    MethodError,
    TooFewRowsError,
    UnsupportedTypeError,
)
from poise.core.memory import memory_of_machine
from poise.core.plan.plan import Plan
from poise.core.progress import format_bytes

_ANY_TABLE = (
    "or use RandomOverSampler (without shrinkage) or RandomUnderSampler, which take any table"
)
_SHOWN = 5  # columns in a message; no mutant: a matter of taste
# Larger values overflow when they are squared and summed.
_SMALLEST = 1e-130  # no mutant: squares of differences a million times smaller are floats
_LARGEST = 1e150  # no mutant: 1e150 + 1 is the same number

# Of a new row in a plan: the number of its source, and its place in the order.
LEAST_BYTES = 16


_TAKE_TRANSFORMERS = (SklearnPipeline, FeatureUnion, ColumnTransformer)


class MissingMethod:
    """A method that samplers do not have, because they change the number of rows: asking for it says so.

    scikit-learn's pipelines only look whether the method is there, and then say that their steps must be
    transformers. A TypeError reaches their user instead; elsewhere it is an AttributeError, as usual.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, sampler: Any, kind: type) -> NoReturn:
        frame = inspect.currentframe()
        caller = None if frame is None else frame.f_back
        owner = None if caller is None else caller.f_locals.get("self")
        error = UnsupportedTypeError if type(owner) in _TAKE_TRANSFORMERS else AttributeError
        raise error(
            f"{kind.__name__} has no {self._name}, because it changes the number of rows: it is a sampler. Call "
            "fit_resample(X, y), or make it a step of poise.pipeline.make_pipeline(...), which resamples in fit alone."
        )


def raise_does_not_fit(method_name: str, n_rows: int, strategy: Any) -> NoReturn:
    """Raise DoesNotFitError for new rows whose plan alone is larger than the memory of the machine."""
    raise DoesNotFitError(
        f"{method_name} would make {n_rows} new rows, whose row numbers alone take {format_bytes(n_rows * LEAST_BYTES)}; "
        f"this machine has {format_bytes(memory_of_machine())} of memory. Ask for fewer rows: "
        f"sampling_strategy={strategy!r:.200}."
    )


def raise_wrong_plan(method_name: str, plan: Any, n_rows: int) -> NoReturn:
    """Raise MethodError for what `make_plan` returned in place of a plan for a table of `n_rows` rows."""
    is_plan = isinstance(plan, Plan)
    found = f"a plan for {plan.n_rows} rows" if is_plan else f"a {type(plan).__name__}"
    raise MethodError(
        f"{method_name}.make_plan returned {found}; the table has {n_rows}. Return a Plan of the rows of the table."
    )


def check_larger_table(method_name: str, n_rows: int, parameter: str, k: int) -> None:
    """Raise TooFewRowsError unless a table has more than k rows."""
    if n_rows <= k:
        raise TooFewRowsError(
            f"{method_name} needs more than {parameter}={k} rows; the table has {n_rows}. "
            f"Pass {parameter}={max(n_rows - 1, 1)} or less."
        )


def raise_not_numeric(method_name: str, column: str, what: str, more: Sequence[str] = ()) -> None:
    """Raise InputError for a column that does not hold numbers, and name further such columns."""
    also = f", and so do {_listing(more)}" if more else ""
    raise InputError(
        f"{method_name} needs numbers; {column} holds {what}{also}. Leave such columns out, encode them "
        f"first (for text, sklearn.preprocessing.OneHotEncoder), {_ANY_TABLE}."
    )


def check_finite(method_name: str, values: Any, columns: Sequence[str]) -> None:
    """Raise InputError if a value is infinite.

    Parameters
    ----------
    method_name : str
        Name of the method for the message.
    values : ndarray or csr_array of shape (n, d)
        NaN marks a missing value.
    columns : sequence of str
        Name of each column for the message.
    """
    affected = _columns_where(np.isinf, values, columns)
    if affected:
        raise InputError(
            f"{method_name} needs finite values; infinity is in {_listing(affected)}. Replace it by the largest "
            "plausible value, or drop these rows."
        )


def check_complete(method_name: str, values: Any, columns: Sequence[str]) -> None:
    """Raise InputError if a value is missing; the parameters are those of `check_finite`."""
    affected = _columns_where(np.isnan, values, columns)
    if affected:
        raise InputError(
            f"{method_name} needs every value; missing values (NaN) are in {_listing(affected)}. Fill them in, "
            "for example with sklearn.impute.SimpleImputer as an earlier step of the same "
            f"pipeline, drop these rows, {_ANY_TABLE}."
        )


def raise_too_different(
    method_name: str, values: Any, columns: Sequence[str], wide: int, narrow: int
) -> None:
    """Raise InputError for two columns whose squared differences no float can hold together."""
    largest = np.nanmax(np.abs(values[:, [wide]].data if sp.issparse(values) else values[:, wide]))
    raise InputError(
        f"{method_name} cannot compare rows: {columns[wide]} holds values as large as {largest:.1e}, beside which the "
        f"squared differences in {columns[narrow]} vanish. Replace numbers that stand for missing values, "
        f"or change the unit of {columns[wide]}."
    )


def _columns_where(is_bad: Any, values: Any, columns: Sequence[str]) -> list[str]:
    numbers = values.data if sp.issparse(values) else values
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(numbers.sum()):
            return []
    if not sp.issparse(values):
        counts = [int(is_bad(values[:, j]).sum()) for j in range(values.shape[1])]
    else:
        counts = np.bincount(
            values.indices[is_bad(values.data)], minlength=values.shape[1]
        ).tolist()
    return [with_row_count(name, n) for name, n in zip(columns, counts, strict=True) if n]


def with_row_count(column: str, n_rows: int) -> str:
    """Return the name of a column followed by a number of rows.

    Examples
    --------
    >>> with_row_count("column 'age'", 1)
    "column 'age' (1 row)"
    """
    return f"{column} ({n_rows} row{'s' if n_rows != 1 else ''})"


def _listing(columns: Sequence[str]) -> str:
    more = len(columns) - _SHOWN
    shown = ", ".join(columns[:_SHOWN])
    return f"{shown} and {more} more columns" if more > 0 else shown


def check_sampler(name: str, sampler: Any) -> None:
    """Raise UnsupportedTypeError unless an object is an instance with `fit_resample`."""
    if isinstance(sampler, type) or not hasattr(sampler, "fit_resample"):
        raise UnsupportedTypeError(
            f"{name}{sampler!r} is not a sampler: it has no fit_resample, or is a class. Pass an instance, "
            "such as poise.SMOTE()."
        )


def check_keeps_columns(name: str, sampler: Any) -> None:
    """Raise UnsupportedTypeError unless an object is a sampler, and no pipeline with transformers among its steps."""
    check_sampler(f"{name}=", sampler)
    if any(not hasattr(step, "fit_resample") for _, step in getattr(sampler, "steps", ())):
        raise UnsupportedTypeError(
            f"The {name} is a pipeline with transformers, which would not be applied to the rows to predict. "
            "Put the transformers before the classifier: estimator=make_pipeline(StandardScaler(), ...)."
        )


def check_takes_resampled_rows(estimator: Any) -> None:
    """Raise UnsupportedTypeError for a classifier that needs the rows as they were before a sampler."""
    if getattr(estimator, "needs_original_rows", False):
        raise UnsupportedTypeError(
            f"{type(estimator).__name__} would find its threshold on resampled rows, and its event among them. Put the sampler "
            "inside: policy.classifier(poise.make_pipeline(sampler, classifier))."
        )


def check_takes_weights(estimator: Any) -> None:
    """Raise UnsupportedTypeError if a classifier does not accept `sample_weight`."""
    if not has_fit_parameter(estimator, "sample_weight"):
        raise UnsupportedTypeError(
            f"{estimator!r} takes no sample_weight. Leave the weights out, or pass a classifier that "
            "takes them."
        )


def check_magnitudes(numbers: Any, names: Sequence[str]) -> None:
    """Raise InputError for infinite values, and for values whose squares would overflow or vanish.

    Parameters
    ----------
    numbers : ndarray of shape (n, d)
    names : sequence of str
        Name of each column for the message.
    """
    known = np.where(np.isnan(numbers), 0.0, np.abs(numbers))  # no mutant: any small number
    for name, largest in zip(names, known.max(axis=0), strict=False):
        if not largest < _LARGEST:
            what = "infinite values" if np.isinf(largest) else f"values as large as {largest:.0e}"
            raise InputError(
                f"{name} holds {what}, for which no distance can be computed. Replace them, or change "
                "the unit."
            )
    low, high = (end.reduce(numbers, axis=0) for end in (np.fmin, np.fmax))
    for name, spread in zip(names, high - low, strict=False):
        if 0 < spread < _SMALLEST:
            raise InputError(
                f"{name} holds values that differ by {spread:.0e} at most, and the squares of such numbers vanish. "
                "Scale it, or change the unit."
            )


def check_private_methods(cls: type, instead: Mapping[str, str]) -> None:
    """Raise MethodError if a class defines a private method of imbalanced-learn that nothing calls here.

    Parameters
    ----------
    cls : type
        A class that is being defined.
    instead : mapping of str to str
        For each private method, what to override instead.
    """
    for name, public in instead.items():
        home = next((base for base in cls.__mro__ if name in vars(base)), None)
        if home is not None and not home.__module__.startswith(("poise.", "sklearn.")):
            raise MethodError(
                f"{cls.__name__} defines {name}, which Poise does not call. Override {public} instead; "
                "docs/migrating.md and docs/own_method.md show how."
            )
