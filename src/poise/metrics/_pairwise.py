"""The value difference metric as an estimator: distances of rows of categories."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data

from poise.core.errors import InputError
from poise.core.neighbors.value_difference import class_shares


class ValueDifferenceMetric(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no type hints
    """Distance of rows of categories by how alike the classes are among them.

    Parameters
    ----------
    n_categories : "auto", or array-like of shape (n_columns,), default="auto"
        Categories of each column; by default those seen in `fit`.
    k : int, default=1
        Power of the difference of two shares of a class.
    r : int, default=2
        Power of a column's difference; 1 adds them as in the Manhattan distance.

    Attributes
    ----------
    n_categories_ : ndarray of shape (n_columns,), int64
    proba_per_class_ : list of ndarray of shape (n_categories, n_classes)
        Share of each class among the rows of each category.
    n_features_in_ : int

    References
    ----------
    .. [1] Stanfill, C. and Waltz, D. (1986). Toward memory-based reasoning. CACM 29, 1213-1228.

    Examples
    --------
    >>> import numpy as np
    >>> from poise.metrics import ValueDifferenceMetric
    >>> X = np.array([[0], [0], [1], [2]])
    >>> ValueDifferenceMetric().fit(X, [1, 0, 1, 0]).pairwise([[0], [1]]).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """

    def __init__(self, *, n_categories: Any = "auto", k: int = 1, r: int = 2) -> None:
        self.n_categories = n_categories
        self.k = k
        self.r = r

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn the share of each class among the rows of each category.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_columns)
            Codes of categories: whole numbers from 0.
        y : array-like of shape (n_rows,)

        Returns
        -------
        self
        """
        codes, labels = validate_data(self, X, y, dtype=np.int64)
        _check_not_negative(codes)
        _, classes = np.unique(labels, return_inverse=True)
        shares = class_shares(codes.astype(np.float64), classes, int(classes.max()) + 1)
        seen = np.array([len(share) for share in shares])
        is_auto = isinstance(self.n_categories, str) and self.n_categories == "auto"
        wanted = seen if is_auto else np.asarray(self.n_categories)
        if wanted.shape != seen.shape or (wanted < seen).any():
            raise InputError(
                f"n_categories={self.n_categories!r} does not fit X, whose columns have "
                f"{seen.tolist()} categories."
            )
        self.n_categories_ = wanted.astype(np.int64)
        # A category that was never seen is in no class.
        self.proba_per_class_ = [
            np.vstack([share, np.zeros((n - len(share), share.shape[1]))])
            for share, n in zip(shares, wanted.tolist(), strict=True)
        ]
        return self

    def pairwise(self, X: ArrayLike, Y: ArrayLike | None = None) -> NDArray[np.float64]:
        """Return the distances of rows; not rooted, as the paper has it.

        Parameters
        ----------
        X : array-like of shape (n, n_columns)
        Y : array-like of shape (m, n_columns), optional
            By default X.

        Returns
        -------
        ndarray of shape (n, m)
        """
        check_is_fitted(self)
        rows = validate_data(self, X, reset=False, dtype=np.int64)
        others = rows if Y is None else validate_data(self, Y, reset=False, dtype=np.int64)
        for codes in (rows, others):
            _check_not_negative(codes)
            if (codes >= self.n_categories_).any():
                raise InputError("there are categories that fit did not see; give n_categories.")
        total = np.zeros((len(rows), len(others)))
        for j, shares in enumerate(self.proba_per_class_):
            difference = np.zeros_like(total)
            for of_class in shares.T:
                difference += (
                    np.abs(of_class[rows[:, j]][:, np.newaxis] - of_class[others[:, j]]) ** self.k
                )
            total += difference**self.r
        return total


def _check_not_negative(codes: NDArray[np.int64]) -> None:
    if (codes < 0).any():
        raise InputError("codes of categories are whole numbers from 0; encode X first.")
