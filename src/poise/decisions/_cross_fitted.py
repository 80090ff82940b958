"""Class shares among unlabelled rows, for models that are fitted: the errors of both samples are counted."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm
from sklearn.utils.parallel import Parallel, delayed

from poise.core.errors import InputError
from poise.core.interrupts import tied
from poise.core.sampling.parameters import N_PROCESSES, checked
from poise.core.sampling.seeds import fresh
from poise.core.tables.aligned import take
from poise.core.tables.convert import check_one_order
from poise.core.tables.labels import Labels, encode
from poise.core.tables.read import read_target
from poise.core.types import Classifier, Column, Folds
from poise.decisions._around import check_has_probabilities
from poise.decisions._out_of_fold import Split, splits_of

Floats = NDArray[np.float64]
_SAME = 1e-12  # means that differ by less are equal, but for rounding


class CrossFitted(NamedTuple):
    """Probabilities of labelled and of new rows by the same models, none of which was fitted on the row.

    Attributes
    ----------
    y_true : ndarray of shape (n_rows,)
        The labels of the rows that were held out.
    proba_true : ndarray of shape (n_rows, n_classes)
        Their probabilities.
    proba : ndarray of shape (n_new, n_classes)
        Probabilities of the new rows: means over the models of all folds.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from poise.decisions import cross_fitted
    >>> X, y = make_classification(200, weights=[0.8], random_state=0)
    >>> fitted = cross_fitted(LogisticRegression(), X[:150], y[:150], X[150:])
    >>> fitted.proba_true.shape, fitted.proba.shape
    ((150, 2), (50, 2))
    """

    y_true: NDArray[Any]
    proba_true: Floats
    proba: Floats


@checked(n_jobs=N_PROCESSES)
def cross_fitted(
    estimator: Classifier,
    X: Any,
    y: Any,
    X_new: Any,
    *,
    cv: Folds = 5,
    groups: Column | None = None,
    n_jobs: int | None = None,
) -> CrossFitted:
    """Return probabilities of labelled rows and of new rows that can be compared, for `estimate_prior`.

    A classifier is surer of rows that it was fitted on. Here labelled rows are held out in turn, and new rows
    get the mean of the probabilities of the same models.

    Parameters
    ----------
    estimator : classifier with `predict_proba`
        It is copied for each fold. It may resample and need not be calibrated.
    X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
    y : array-like of shape (n_rows,)
    X_new : array-like, sparse matrix or frame of shape (n_new, n_columns)
        Rows without labels, from where the classifier is used.
    cv : int, splitter or iterable, default=5
        No row may be held out twice.
    groups : array-like of shape (n_rows,), optional
        Group of each row, for a `cv` that keeps groups together.
    n_jobs : int or None, default=None
        Number of folds that are fitted in parallel.

    Returns
    -------
    CrossFitted

    Raises
    ------
    TooFewRowsError
        If a class has fewer rows than there are folds.
    InputError
        If a row is held out twice.

    Notes
    -----
    Cost: one fit per fold.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from poise.decisions import cross_fitted, estimate_prior
    >>> X, y = make_classification(3000, weights=[0.8], random_state=0)
    >>> X_new = np.r_[X[1000:][y[1000:] == 0], X[1000:][y[1000:] == 1][:100]]  # 6 % events
    >>> fitted = cross_fitted(LogisticRegression(), X[:1000], y[:1000], X_new)
    >>> found = estimate_prior(fitted.proba, y_true=fitted.y_true, proba_true=fitted.proba_true)
    >>> bool(found.low[1] < 100 / len(X_new) < found.high[1])
    True
    """
    check_has_probabilities(estimator, "they are what is returned")
    check_one_order(X, y=y, groups=groups)
    labels = encode(read_target(y))
    splits = splits_of(cv, X, labels, groups, "fewer folds")
    tests = np.concatenate([test for _, test in splits])
    if len(np.unique(tests)) < len(tests):
        raise InputError(
            f"cv={cv!r} holds out some rows more than once, so that their errors would be counted as those of several rows. "
            "Pass folds that hold out each row once."
        )
    each = Parallel(n_jobs=n_jobs)(
        delayed(tied(_of_fold))(fresh(estimator), X, labels, X_new, split) for split in splits
    )
    held_out, new = zip(*each, strict=True)
    return CrossFitted(labels.of_rows[tests], np.concatenate(held_out), np.mean(new, axis=0))


def _of_fold(
    estimator: Any, X: Any, labels: Labels, X_new: Any, split: Split
) -> tuple[Floats, Floats]:
    train, test = split
    model = estimator.fit(take(X, train), labels.of_rows[train])
    held_out: Floats = np.asarray(model.predict_proba(take(X, test)), dtype=np.float64)
    return held_out, np.asarray(model.predict_proba(X_new), dtype=np.float64)


def shares_by_means(
    proba: Floats, codes: NDArray[np.intp], proba_true: Floats, confidence: float
) -> tuple[Floats, Floats, Floats]:
    """Return class shares for which the mean probabilities of the classes add up to those of the new rows.

    Parameters
    ----------
    proba : ndarray of shape (n_new, n_classes)
    codes : ndarray of shape (n_rows,)
        Class of each labelled row.
    proba_true : ndarray of shape (n_rows, n_classes)
    confidence : float

    Returns
    -------
    prior, low, high : ndarray of shape (n_classes,)
        Shares, and the ends of intervals that count the errors of the means of both samples: by Fieller's
        method for two classes, by the delta method for more.
    """
    n_classes = proba.shape[1]
    z = float(norm.ppf((1 + confidence) / 2))
    # The last column follows from the others.
    of_new = proba[:, :-1]
    of_class = [proba_true[codes == code, :-1] for code in range(n_classes)]
    target, error = of_new.mean(axis=0), np.atleast_2d(np.cov(of_new.T)) / len(of_new)
    means = np.array([rows.mean(axis=0) for rows in of_class])
    errors = [np.atleast_2d(np.cov(rows.T)) / len(rows) for rows in of_class]
    if n_classes == 2:
        above, apart = target[0] - means[1, 0], means[0, 0] - means[1, 0]
        low, high = _fieller(above, apart, error, errors, z)
        share = above / apart if abs(apart) > _SAME else 0.5  # equal means tell nothing
        prior = np.array([share, 1 - share])
        ends = np.array([low, 1 - high]), np.array([high, 1 - low])
    else:
        system = (means[:-1] - means[-1]).T
        if np.linalg.matrix_rank(system, tol=_SAME) < n_classes - 1:  # some shares have no estimate
            even = np.full(n_classes, 1 / n_classes)
            return even, np.zeros(n_classes), np.ones(n_classes)
        inverse = np.linalg.inv(system)
        first = inverse @ (target - means[-1])
        prior = np.append(first, 1 - first.sum())
        spread = error + sum(p**2 * e for p, e in zip(prior, errors, strict=True))
        covariance = inverse @ spread @ inverse.T
        variance = np.append(np.diag(covariance), covariance.sum())
        ends = prior - z * np.sqrt(variance), prior + z * np.sqrt(variance)
    prior = prior.clip(0, 1)
    return prior / prior.sum(), ends[0].clip(0, 1), ends[1].clip(0, 1)


def _fieller(
    above: float, apart: float, error: Floats, errors: list[Floats], z: float
) -> tuple[float, float]:
    """Return the shares p of the first class for which ``above - p * apart`` is within its error.

    The variance of this difference is that of the mean of the new rows, plus p^2 and (1 - p)^2 times those of
    the means of the classes.
    """
    of_new, first, second = float(error[0, 0]), float(errors[0][0, 0]), float(errors[1][0, 0])
    squared = apart**2 - z**2 * (first + second)
    linear = above * apart - z**2 * second
    constant = above**2 - z**2 * (of_new + second)
    root = linear**2 - squared * constant
    if abs(apart) <= _SAME or squared <= 0 or root < 0:  # the means of the classes are too close
        return 0.0, 1.0
    return (linear - np.sqrt(root)) / squared, (linear + np.sqrt(root)) / squared
