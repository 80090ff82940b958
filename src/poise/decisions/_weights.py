"""Resampled rows with weights that restore the class shares from before resampling."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.utils import Tags, get_tags

from poise.core.errors import VanishingClassWarning, warn
from poise.core.numbers import weights_of
from poise.core.plan.plan import Plan
from poise.core.sampling.checks import check_sampler
from poise.core.sampling.constructors import names_parameters
from poise.core.saved import PickledWithVersion
from poise.core.tables.labels import encode
from poise.core.tables.read import length, read_target
from poise.core.types import Column, Sampler


@names_parameters
class PrevalenceWeights(PickledWithVersion, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no type hints
    """A sampler that also weights the rows, so that each class keeps its total weight.

    A model then learns the shape of a class from the resampled rows, and its share from the original ones,
    so probabilities stay right on average. `poise.pipeline.Pipeline` and `ResampledClassifier` pass the
    weights to the classifier automatically.

    Parameters
    ----------
    resampler : sampler
        Any object with `fit_resample`. It is cloned, not fitted.

    Attributes
    ----------
    sample_weight_ : ndarray of shape (n_output,)
        Weight of each output row: its given weight, or 1, times the total weight of its class before
        resampling, divided by that after it.
    resampler_ : sampler
        The fitted sampler.
    plan_ : Plan
        Its plan, if it has one.

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

    plan_: Plan
    resampler_: Any
    sample_weight_: NDArray[np.float64]

    def __init__(self, resampler: Sampler) -> None:
        self.resampler = resampler

    @property
    def within_groups(self) -> bool:
        """Whether the sampler draws partners from the group of the seed row, or balances groups, and needs them."""
        balances = getattr(self.resampler, "balance", "class") == "class-group"
        return balances or bool(getattr(self.resampler, "within_groups", False))

    def fit(
        self, X: Any, y: Any, *, sample_weight: Column | None = None, groups: Column | None = None
    ) -> Self:
        """Compute the plan and the weights of a table, and do not return its rows; see `fit_resample`."""
        self.fit_resample(X, y, sample_weight=sample_weight, groups=groups)
        return self

    def fit_resample(
        self, X: Any, y: Any, *, sample_weight: Column | None = None, groups: Column | None = None
    ) -> tuple[Any, Any]:
        """Resample a table and compute the weights of its rows.

        Parameters
        ----------
        X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
        y : array-like of shape (n_rows,)
        sample_weight : array-like of shape (n_rows,), optional
            Weight of each row. It needs a sampler of Poise, which passes it on to new rows.
        groups : array-like of shape (n_rows,), optional
            Group of each row, for a sampler with ``within_groups=True``.

        Returns
        -------
        X_resampled, y_resampled
            The output of the sampler. The weights are in `sample_weight_`.

        Raises
        ------
        UnsupportedTypeError
            If `resampler` is not a sampler.

        Warns
        -----
        VanishingClassWarning
            If a class has no rows left to carry its weight.
        """
        check_sampler("resampler=", self.resampler)
        self.__dict__.pop("plan_", None)
        self.resampler_ = clone(self.resampler)
        given = {}
        if sample_weight is not None:
            weights_of(sample_weight, length(y))  # of a sampler of others, which may not check them
            given["sample_weight"] = sample_weight
        if groups is not None and self.within_groups:
            given["groups"] = groups
        X_new, y_new = self.resampler_.fit_resample(X, y, **given)
        aligned = getattr(self.resampler_, "aligned_", given).get("sample_weight")
        self.sample_weight_ = _restored_weights(y, sample_weight, y_new, aligned)
        if hasattr(self.resampler_, "plan_"):
            self.plan_ = self.resampler_.plan_
        return X_new, y_new

    def __sklearn_tags__(self) -> Tags:
        return get_tags(self.resampler)


def _restored_weights(y: Any, weights: Any, y_new: Any, weights_new: Any) -> NDArray[np.float64]:
    """Return weights with which each class has the same total weight as before resampling."""
    before = encode(read_target(y))
    after = encode(read_target(y_new))
    codes = np.array([before.code_of(label) for label in after.classes])[after.codes]
    given = None if weights is None else np.asarray(weights, dtype=float)
    total = np.bincount(before.codes, given, len(before.classes)).astype(float)
    own = np.ones(len(codes)) if weights_new is None else np.asarray(weights_new, dtype=float)
    now = np.bincount(codes, own, len(before.classes))
    for code in np.flatnonzero((now == 0) & (total > 0)).tolist():
        warn(
            f"Class {before.classes[code]!r} has no rows left to carry its weight, so its share is "
            "lost. Choose a sampler that keeps the class.",
            VanishingClassWarning,
        )
    factor = np.divide(total, now, out=np.zeros_like(now), where=now > 0)
    return own * factor[codes]
