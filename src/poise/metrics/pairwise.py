"""The value difference metric: distances between rows of categories."""

from __future__ import annotations

from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data

from poise.core.errors import InputError
from poise.core.neighbors.value_difference import class_shares
from poise.core.numbers import floats_of, is_number
from poise.core.sampling.constructors import names_parameters
from poise.core.saved import PickledWithVersion


@names_parameters
class ValueDifferenceMetric(PickledWithVersion, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no type hints
    """Distances between rows of categories, by the shares of the classes in each category.

    Two categories of a column are near if the classes have similar shares among the rows of each.

    Parameters
    ----------
    n_categories : "auto", or array-like of shape (n_columns,), default="auto"
        Number of categories of each column; by default those that occur in `fit`.
    k : int, default=1
        Exponent of the difference between two shares of a class.
    r : int, default=2
        Exponent of the difference in a column: 1 as in the Manhattan distance, 2 as in the squared
        Euclidean distance.

    Attributes
    ----------
    n_categories_ : ndarray of shape (n_columns,), int64
        Number of categories of each column.
    proba_per_class_ : list of ndarray of shape (n_categories, n_classes), float64
        For each column, the share of each class among the rows of each category.
    n_features_in_ : int
        Number of columns of X.

    Notes
    -----
    Cost: O(n m d c) for the distances between n and m rows of d columns, with c classes.

    References
    ----------
    .. [1] Stanfill, C. and Waltz, D. (1986). Toward memory-based reasoning. CACM 29, 1213-1228.
       doi:10.1145/7902.7906

    Examples
    --------
    >>> import numpy as np
    >>> from poise.metrics import ValueDifferenceMetric
    >>> X = np.array([[0], [0], [1], [2]])
    >>> ValueDifferenceMetric().fit(X, [1, 0, 1, 0]).pairwise([[0], [1]]).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """

    def __init__(
        self, *, n_categories: Literal["auto"] | ArrayLike = "auto", k: int = 1, r: int = 2
    ) -> None:
        self.n_categories = n_categories
        self.k = k
        self.r = r

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Compute the share of each class among the rows of each category.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_columns)
            Codes of categories: whole numbers from 0.
        y : array-like of shape (n_rows,)
            Labels.

        Returns
        -------
        self

        Raises
        ------
        InputError
            If a code is negative or no whole number, or a parameter does not fit X.
        """
        self._check_parameters()
        codes = _as_codes(X)
        _, labels = validate_data(self, X, y, dtype=None)
        _, classes = np.unique(labels, return_inverse=True)
        shares = class_shares(codes.astype(np.float64), classes, int(classes.max()) + 1)
        seen = np.array([len(share) for share in shares])
        is_auto = isinstance(self.n_categories, str) and self.n_categories == "auto"
        wanted = seen if is_auto else floats_of("n_categories", self.n_categories)
        if wanted.shape != seen.shape or not ((wanted >= seen) & (wanted == np.rint(wanted))).all():
            raise InputError(
                f"n_categories={self.n_categories!r} does not fit X, whose columns have "
                f"{seen.tolist()} categories. Pass at least these numbers, or 'auto'."
            )
        self.n_categories_: NDArray[np.int64] = wanted.astype(np.int64)
        # A category that does not occur in X has the share 0 of every class.
        self.proba_per_class_: list[NDArray[np.float64]] = [
            np.vstack([share, np.zeros((n - len(share), share.shape[1]))])
            for share, n in zip(shares, self.n_categories_.tolist(), strict=True)
        ]
        return self

    def _check_parameters(self) -> None:
        for name in ("k", "r"):
            given = getattr(self, name)
            if not is_number(given) or given <= 0:
                raise InputError(f"{name}={given!r} must be a number above 0, such as 1 or 2.")

    def pairwise(self, X: ArrayLike, Y: ArrayLike | None = None) -> NDArray[np.float64]:
        """Return the distances between rows; no root is taken, as in the paper.

        Parameters
        ----------
        X : array-like of shape (n, n_columns)
            Codes of categories.
        Y : array-like of shape (m, n_columns), optional
            Codes of categories; by default X.

        Returns
        -------
        ndarray of shape (n, m), float64

        Raises
        ------
        InputError
            If a code is negative, or did not occur in `fit`.
        """
        check_is_fitted(self)
        rows = _as_codes(validate_data(self, X, reset=False, dtype=None))
        others = (
            rows if Y is None else _as_codes(validate_data(self, Y, reset=False, dtype=None), "Y")
        )
        for codes in (rows, others):
            if (codes >= self.n_categories_).any():
                raise InputError(
                    "X has categories that fit has not seen. Pass n_categories to allow them."
                )
        total = np.zeros((len(rows), len(others)))
        for j, shares in enumerate(self.proba_per_class_):
            difference = np.zeros_like(total)
            for of_class in shares.T:
                difference += (
                    np.abs(of_class[rows[:, j]][:, np.newaxis] - of_class[others[:, j]]) ** self.k
                )
            total += difference**self.r
        return total


def _as_codes(X: Any, name: str = "X") -> NDArray[np.int64]:
    numbers = floats_of(name, X)
    if not np.isfinite(numbers).all():
        raise InputError(
            f"Input {name} contains NaN or infinity; codes of categories are whole numbers from 0. Encode {name} first."
        )
    if (numbers < 0).any():
        raise InputError(
            f"{name} has negative codes; codes of categories are whole numbers from 0. Encode {name} first."
        )
    if not (numbers == np.rint(numbers)).all():
        raise InputError(
            f"{name} has fractions among its codes; codes of categories are whole numbers from 0. Encode {name} first."
        )
    return numbers.astype(np.int64)
