"""Weights instead of shares: resampled rows that weigh as the classes did before."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.utils import Tags, get_tags

from poise.core.errors import VanishingClassWarning, warn
from poise.core.sampling.checks import check_sampler
from poise.core.tables.labels import encode
from poise.core.tables.read import read_target


class PrevalenceWeights(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no type hints
    """A sampler whose rows are weighted, so that each class weighs what it weighed before.

    What is learnt of where a class lies then comes from more rows, or fewer, and its prevalence from
    the data: probabilities stay right on average. In a `poise.pipeline.Pipeline` and in
    `ResampledClassifier` the weights go to the classifier by themselves.

    Parameters
    ----------
    resampler : sampler
        Anything with `fit_resample`; it is cloned.

    Attributes
    ----------
    sample_weight_ : ndarray of shape (n_output,)
        Of each row put out: the given one, or 1, times what its class weighed before over what it
        would weigh now.
    resampler_ : sampler
        The fitted one.
    plan_ : Plan
        Its plan, where it has one.

    Examples
    --------
    >>> import numpy as np
    >>> from poise import SMOTE
    >>> from poise.decisions import PrevalenceWeights
    >>> X, y = np.arange(8.0).reshape(8, 1) / 3, np.array([0, 0, 0, 0, 0, 0, 1, 1])
    >>> sampler = PrevalenceWeights(SMOTE(k_neighbors=1, random_state=0))
    >>> X_new, y_new = sampler.fit_resample(X, y)
    >>> np.bincount(y_new), np.bincount(y_new, sampler.sample_weight_)
    (array([6, 6]), array([6., 2.]))
    """

    def __init__(self, resampler: Any) -> None:
        self.resampler = resampler

    def fit_resample(self, X: Any, y: Any, *, sample_weight: Any = None) -> tuple[Any, Any]:
        """Resample a table, and weigh its rows.

        Parameters
        ----------
        X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
        y : array-like of shape (n_rows,)
        sample_weight : array-like of shape (n_rows,), optional
            Goes along with the rows; needs a sampler of Poise.

        Returns
        -------
        X_resampled, y_resampled
            As the sampler gives them. The weights are in `sample_weight_`.

        Raises
        ------
        UnsupportedTypeError
            For what is no sampler.

        Warns
        -----
        VanishingClassWarning
            Where a class has no rows left that could weigh anything.
        """
        check_sampler("resampler=", self.resampler)
        self.__dict__.pop("plan_", None)
        self.resampler_ = clone(self.resampler)
        given = {} if sample_weight is None else {"sample_weight": sample_weight}
        X_new, y_new = self.resampler_.fit_resample(X, y, **given)
        carried = getattr(self.resampler_, "carried_", given).get("sample_weight")
        self.sample_weight_ = _as_before(y, sample_weight, y_new, carried)
        if hasattr(self.resampler_, "plan_"):
            self.plan_ = self.resampler_.plan_
        return X_new, y_new

    def __sklearn_tags__(self) -> Tags:
        return get_tags(self.resampler)


def _as_before(y: Any, weights: Any, y_new: Any, weights_new: Any) -> NDArray[np.float64]:
    """Return weights after resampling with which each class weighs what it weighed before."""
    before = encode(read_target(y))
    after = encode(read_target(y_new))
    codes = np.array([before.code_of(label) for label in after.classes])[after.codes]
    given = None if weights is None else np.asarray(weights, dtype=float)
    total = np.bincount(before.codes, given, len(before.classes)).astype(float)
    own = np.ones(len(codes)) if weights_new is None else np.asarray(weights_new, dtype=float)
    now = np.bincount(codes, own, len(before.classes))
    for code in np.flatnonzero((now == 0) & (total > 0)).tolist():
        warn(
            f"Class {before.classes[code]!r} has no rows left that could weigh anything, so its "
            "prevalence is lost.",
            VanishingClassWarning,
        )
    factor = np.divide(total, now, out=np.zeros_like(now), where=now > 0)
    return own * factor[codes]
