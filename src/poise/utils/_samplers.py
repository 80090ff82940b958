"""Base classes of samplers that resample arrays themselves, under the contract of imbalanced-learn.

A subclass defines ``_fit_resample(X, y)`` on checked arrays and returns the new arrays. It makes no plan, so
it has no lineage and cannot be streamed; the base classes that make one are in `poise.base`.
"""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from typing import Any, ClassVar, Self

from sklearn.base import BaseEstimator, OneToOneFeatureMixin
from sklearn.utils import Tags
from sklearn.utils.metadata_routing import MetadataRequest
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from poise.core.sampling.resampler import Cleaner, OverSampler, Resampler, UnderSampler
from poise.core.saved import PickledWithVersion
from poise.core.tables.convert import check_one_order
from poise.utils._validation import ArraysTransformer, check_sampling_strategy, check_target_type

_STRATEGY = """sampling_strategy : {kinds}, default='auto'
        Which classes are resampled, and to how many rows.

        - A number is the ratio of the smaller to the larger class afterwards, for two classes.
        - A name is {names} or 'auto', which means {auto}.
        - A dictionary gives the number of rows by label.
        - A function of `y` returns such a dictionary."""


class SamplerMixin(metaclass=ABCMeta):
    """Mixin with `fit` and `fit_resample` for a sampler with ``_fit_resample(X, y)``.

    The sampler also has ``_check_X_y(X, y)``, the parameter `sampling_strategy` and the class attribute
    ``_sampling_type``; `BaseSampler` and its subclasses have all three.

    Examples
    --------
    >>> import numpy as np
    >>> from poise.base import SamplerMixin
    >>> class EverySecond(SamplerMixin):
    ...     '''Keep every second row.'''
    ...     _sampling_type, sampling_strategy = "bypass", "auto"
    ...     def _check_X_y(self, X, y):
    ...         return np.asarray(X), np.asarray(y), False
    ...     def _fit_resample(self, X, y):
    ...         return X[::2], y[::2]
    >>> EverySecond().fit_resample([[1], [2], [3], [4]], ["a", "a", "b", "b"])
    ([[1], [3]], ['a', 'b'])
    """

    _estimator_type = "sampler"
    sampling_strategy_: dict[Any, int]

    def fit(self, X: Any, y: Any, **params: Any) -> Self:  # noqa: ARG002  # the contract of scikit-learn
        """Check the table and the labels, and set `sampling_strategy_`.

        Parameters
        ----------
        X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
        y : array-like of shape (n_rows,)
        **params
            Ignored.

        Returns
        -------
        self
        """
        self._checked(X, y)
        return self

    def fit_resample(self, X: Any, y: Any, **params: Any) -> tuple[Any, ...]:
        """Resample a table.

        Parameters
        ----------
        X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
        y : array-like of shape (n_rows,), (n_rows, 1), or one-hot (n_rows, n_classes)
        **params
            Passed to ``_fit_resample``.

        Returns
        -------
        X_resampled, y_resampled
            In the same containers. What ``_fit_resample`` returns beside them follows.

        Raises
        ------
        InputError
            If `sampling_strategy` is invalid for these labels.
        MethodError
            If the sampler returned labels that y does not have.
        """
        check_one_order(X, y=y)
        checked_X, checked_y = self._checked(X, y)
        new_X, new_y, *others = self._fit_resample(checked_X, checked_y, **params)
        return (*ArraysTransformer(X, y).transform(new_X, new_y), *others)

    def _checked(self, X: Any, y: Any) -> tuple[Any, Any]:
        check_classification_targets(y)
        sampler: Any = self
        checked_X, checked_y, _ = sampler._check_X_y(X, y)  # noqa: SLF001  # a hook of the contract
        self.sampling_strategy_ = check_sampling_strategy(
            sampler.sampling_strategy,
            checked_y,
            sampler._sampling_type,  # noqa: SLF001  # as above
        )
        return checked_X, checked_y

    @abstractmethod
    def _fit_resample(self, X: Any, y: Any, **params: Any) -> tuple[Any, ...]:
        """Return the resampled arrays.

        Parameters
        ----------
        X : ndarray or sparse matrix of shape (n_rows, n_columns)
        y : ndarray of shape (n_rows,)
        """


class BaseSampler(PickledWithVersion, SamplerMixin, OneToOneFeatureMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no type hints
    """Base of samplers that resample arrays themselves.

    A subclass defines ``_fit_resample(X, y)`` and the class attribute ``_sampling_type``.

    Parameters
    ----------
    sampling_strategy : str, float, dict, list or callable, default="auto"

    Attributes
    ----------
    sampling_strategy_ : dict
        Number of rows by label; see `poise.utils.check_sampling_strategy`.
    n_features_in_ : int
    feature_names_in_ : ndarray of str
        Only set if all column names of the table are strings.

    Examples
    --------
    >>> import numpy as np
    >>> class FirstTen(BaseSampler):
    ...     '''Keep the first ten rows.'''
    ...     _sampling_type = "bypass"
    ...     def _fit_resample(self, X, y):
    ...         return X[:10], y[:10]
    >>> X, y = FirstTen().fit_resample(np.eye(20), [0, 1] * 10)
    >>> X.shape, y[:3]
    ((10, 20), [0, 1, 0])
    """

    _sampling_type = "bypass"
    # For subclasses that extend it; what it holds is not checked.
    _parameter_constraints: ClassVar[dict[str, Any]] = {}

    def __init__(self, sampling_strategy: Any = "auto") -> None:
        self.sampling_strategy = sampling_strategy

    def _check_X_y(self, X: Any, y: Any, accept_sparse: Any = None) -> tuple[Any, Any, bool]:  # noqa: N802  # a hook of the contract
        labels, is_one_hot = check_target_type(y, indicate_one_vs_all=True)
        formats = ["csr", "csc"] if accept_sparse is None else accept_sparse
        X, labels = validate_data(self, X=X, y=labels, reset=True, accept_sparse=formats)
        return X, labels, is_one_hot

    def set_fit_resample_request(self, **requests: Any) -> Self:
        """Request metadata for `fit_resample`, as scikit-learn's ``set_fit_request`` does for `fit`.

        Parameters
        ----------
        **requests : True, False, None or str
            For each parameter of `fit_resample`: whether it is passed by a pipeline, or the name under
            which it is passed there.

        Returns
        -------
        self
        """
        self._requests = {**self.__dict__.get("_requests", {}), **requests}
        return self

    def get_metadata_routing(self) -> MetadataRequest:
        """Return the metadata requests; those for `fit_resample` count as those for `fit`.

        Returns
        -------
        MetadataRequest
        """
        routing = super().get_metadata_routing()
        for name, alias in self.__dict__.get("_requests", {}).items():
            routing.fit.add_request(param=name, alias=alias)
        return routing

    def __sklearn_clone__(self) -> Self:
        copy: Self = super().__sklearn_clone__()
        if "_requests" in self.__dict__:
            copy.set_fit_resample_request(**self._requests)
        return copy

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.estimator_type = "sampler"
        tags.target_tags.required = True
        tags.input_tags.sparse = True
        return tags


class BaseOverSampler(BaseSampler):
    """Base of over-samplers: ``sampling_strategy_`` holds the number of rows to add by label.

    See `BaseSampler`.
    """

    _sampling_type = "over-sampling"
    _sampling_strategy_docstring: ClassVar[str] = _STRATEGY.format(
        kinds="float, str, dict or callable",
        names="'minority', 'not minority', 'not majority', 'all'",
        auto="'not majority'",
    )


class BaseUnderSampler(BaseSampler):
    """Base of under-samplers: ``sampling_strategy_`` holds the number of rows to keep by label.

    See `BaseSampler`.
    """

    _sampling_type = "under-sampling"
    _sampling_strategy_docstring: ClassVar[str] = _STRATEGY.format(
        kinds="float, str, dict or callable",
        names="'majority', 'not minority', 'not majority', 'all'",
        auto="'not minority'",
    )


class BaseCleaningSampler(BaseSampler):
    """Base of cleaning methods: the keys of ``sampling_strategy_`` are the classes to clean.

    See `BaseSampler`.
    """

    _sampling_type = "clean-sampling"
    _sampling_strategy_docstring: ClassVar[
        str
    ] = """sampling_strategy : str, list or callable, default='auto'
        The classes to clean: a list of labels, a function of `y` that returns one, or a name:
        'majority', 'not minority', 'not majority', 'all' or 'auto', which means 'not minority'."""


# The samplers of Poise are samplers for code that asks with isinstance, without inheriting anything.
SamplerMixin.register(Resampler)  # type: ignore[type-abstract]  # registering makes no instance
BaseSampler.register(Resampler)
BaseOverSampler.register(OverSampler)
BaseUnderSampler.register(UnderSampler)
BaseCleaningSampler.register(Cleaner)
