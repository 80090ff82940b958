"""FunctionSampler: use any function of X and y as a sampler."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np
import scipy.sparse as sp
from sklearn.base import BaseEstimator, OneToOneFeatureMixin

from poise.core.errors import InputError, UnsupportedTypeError
from poise.core.plan.plan import Plan
from poise.core.sampling.constructors import names_parameters
from poise.core.saved import PickledWithVersion
from poise.core.tables.aligned import resampled
from poise.core.tables.convert import as_numbers, check_one_order
from poise.core.tables.read import check_same_length, length, read_table, read_target, text_names
from poise.core.tables.rows import read_rows
from poise.utils._validation import ArraysTransformer, labels_of

__all__ = ["FunctionSampler"]


@names_parameters
class FunctionSampler(PickledWithVersion, OneToOneFeatureMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no type hints
    """Resample a table with a function of X and y.

    Parameters
    ----------
    func : callable, optional
        ``func(X, y, **kw_args)`` returns row numbers, a boolean mask, a `Plan`, or the new X and y.
        By default X and y are returned unchanged. If it returns row numbers, a mask or a plan, the
        output has the container and dtypes of X, and `plan_` is set.
    accept_sparse : bool, default=True
        Whether the function accepts sparse matrices.
    kw_args : dict, optional
        Keyword arguments passed to the function.
    validate : bool, default=True
        Whether to check first that X is a table and that y has one value per row. The function then gets a
        table of numbers as an array and y as an array of shape (n_rows,), whatever their containers, and
        new rows that it returns come back in these containers. Other tables, and all if False, are
        passed as they are.

    Attributes
    ----------
    plan_ : Plan
        Only set if the function returned row numbers, a mask or a plan.
    sample_indices_ : ndarray of intp
        Input row of each output row; only set if the plan makes no new values.

    Examples
    --------
    >>> import numpy as np
    >>> from poise import FunctionSampler
    >>> X, y = np.arange(6).reshape(-1, 1), np.array([0, 0, 0, 0, 1, 1])
    >>> first_two = FunctionSampler(lambda X, y: [0, 1, 4, 5])
    >>> first_two.fit_resample(X, y)[0].ravel().tolist()
    [0, 1, 4, 5]
    """

    __metadata_request__fit_resample: ClassVar[dict[str, bool]] = {}

    def __init__(
        self,
        func: Callable[..., Any] | None = None,
        *,
        accept_sparse: bool = True,
        kw_args: Mapping[str, Any] | None = None,
        validate: bool = True,
    ) -> None:
        self.func = func
        self.accept_sparse = accept_sparse
        self.kw_args = kw_args
        self.validate = validate

    def fit_resample(self, X: Any, y: Any) -> tuple[Any, Any]:
        """Resample a table with the function.

        Parameters
        ----------
        X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
        y : array-like of shape (n_rows,)

        Returns
        -------
        X_resampled, y_resampled

        Raises
        ------
        InputError
            If X and y have different lengths, or if the function returns anything else than row numbers,
            a mask, a plan, or X and y.
        UnsupportedTypeError
            If X is sparse and `accept_sparse` is False.
        """
        check_one_order(X, y=y)
        # Another thread may fit this object on another table: what is fitted is set last and not read.
        fitted: dict[str, Any] = {}
        if self.validate:
            table = read_table(X)
            check_same_length("y", len(read_target(y)), table.n_rows)
            fitted["n_features_in_"], names = table.n_columns, text_names(table)
            if names is not None:
                fitted["feature_names_in_"] = names
        if not self.accept_sparse and hasattr(X, "tocsr"):
            raise UnsupportedTypeError(
                "X is sparse, and accept_sparse=False. Pass X.toarray(), or set "
                "accept_sparse=True if the function accepts sparse matrices."
            )
        resampled_rows, plan = self._called(X, y)
        if plan is not None:
            fitted["plan_"] = plan
            if plan.only_originals:
                fitted["sample_indices_"] = plan.source.copy()
        for name in ("plan_", "sample_indices_", "feature_names_in_"):
            if name not in fitted:
                self.__dict__.pop(name, None)
        self.__dict__.update(fitted)
        return resampled_rows

    def _called(self, X: Any, y: Any) -> tuple[tuple[Any, Any], Plan | None]:
        """Return the resampled table and its labels, and the plan, if the function returns one."""
        if self.func is None:
            return (X, y), None
        numbers = as_numbers(X) if self.validate else X
        is_array = self.validate and (isinstance(numbers, np.ndarray) or sp.issparse(numbers))
        given = (numbers, labels_of(y)) if is_array else (X, y)
        result = self.func(*given, **(self.kw_args or {}))
        if isinstance(result, tuple) and len(result) == 2:
            _check_lengths(*result)
            return (ArraysTransformer(X, y).transform(*result) if is_array else result), None
        plan = _plan_of(result, length(X))
        check_same_length("y", length(y), plan.n_rows)
        return resampled(read_rows(X), X, y, plan), plan

    def fit(self, X: Any, y: Any) -> FunctionSampler:
        """Call the function and store its plan in `plan_`, if it returns one.

        Parameters
        ----------
        X, y
            See `fit_resample`.

        Returns
        -------
        self
        """
        self.fit_resample(X, y)
        return self

    def __getattr__(self, name: str) -> Any:
        if name == "plan_":
            raise AttributeError(
                "plan_ is not set: either fit has not been called, or the function returned X and y, "
                "which do not show where their rows come from. Let it return row numbers or a Plan."
            )
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")


def _check_lengths(X: Any, y: Any) -> None:
    n_rows, n_labels = length(X), length(y)
    if n_rows != n_labels:
        raise InputError(
            f"The function returned {n_rows} rows and {n_labels} labels. Return one label per row."
        )


def _plan_of(result: Any, n_rows: int) -> Plan:
    """Return the plan that the function returned, or that of its row numbers or mask."""
    if not isinstance(result, Plan):
        if isinstance(result, str | dict | set) or not hasattr(result, "__len__"):
            raise InputError(
                "The function must return row numbers, a Plan, or the new X and y; it returned "
                f"{type(result).__name__}."
            )
        return Plan.taking(n_rows, result)
    if result.n_rows != n_rows:
        raise InputError(
            f"The function returned a plan for {result.n_rows} rows; X has {n_rows}. Make the plan in the function, on "
            "the X that it gets."
        )
    return result
