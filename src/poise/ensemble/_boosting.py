"""Boosting, with members that are each fitted on a balanced sample of the rows.

Each member is a `BalancedFit`, which samples rows, fits a classifier on them and does not keep
them. The boosting around the members is that of scikit-learn, unchanged.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.ensemble import AdaBoostClassifier
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import Tags, get_tags
from sklearn.utils.validation import check_is_fitted, validate_data

from poise.core.errors import InputError, PoiseError, TooFewRowsError
from poise.core.exporting import Exportable, exported
from poise.core.sampling.available import available_if
from poise.core.sampling.checks import (
    check_keeps_columns,
    check_private_methods,
    check_takes_resampled_rows,
    check_takes_weights,
)
from poise.core.sampling.constructors import names_parameters
from poise.core.sampling.parameters import (
    BOOLEAN,
    RANDOM_STATE,
    Allowed,
    check_allowed,
    integer,
    one_of,
    real,
)
from poise.core.sampling.seeds import fresh, random_stream, reseeded
from poise.core.tables.convert import check_one_order
from poise.core.tables.labels import Labels, encode
from poise.core.tables.read import length, read_table, read_target
from poise.core.types import Algorithm, Classifier, Column, Sampler, Seed, UnderStrategy, choices
from poise.ensemble._bagging import HOOKS_OF_OTHERS, read_labels
from poise.ensemble._draws import (
    check_not_a_regressor,
    check_weights,
    pipelines_of,
    resampled,
    samplers_of,
    under_sampler,
    weights_arrive,
)
from poise.pipeline import Pipeline
from poise.under_sampling import RandomUnderSampler

Floats = NDArray[np.float64]


@names_parameters
class BalancedFit(Exportable, ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no type hints
    """A classifier that resamples its training rows before it is fitted.

    Parameters
    ----------
    estimator : classifier
        The classifier; it is cloned.
    sampler : sampler, optional
        The sampler; it is cloned. By default ``RandomUnderSampler()``.
    random_state : int, RandomState or None, default=None
        Random seed of the sampler; with None, each fit draws differently.

    Attributes
    ----------
    estimator_ : classifier
        The fitted classifier. The resampled rows and the plan are not stored.
    classes_ : ndarray of shape (n_classes,)
        The labels.
    n_features_in_, feature_names_in_
        Number of columns, and their names if all are text.

    Notes
    -----
    Cost: that of the sampler and of one fit of the classifier.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from poise.ensemble import BalancedFit
    >>> X, y = make_classification(weights=[0.9], random_state=0)
    >>> BalancedFit(DecisionTreeClassifier(), random_state=0).fit(X, y).predict(X[:3]).shape
    (3,)
    """

    estimator_: Any
    classes_: NDArray[Any]
    n_features_in_: int
    feature_names_in_: NDArray[Any]

    def __init__(
        self, estimator: Classifier, sampler: Sampler | None = None, random_state: Seed = None
    ) -> None:
        self.estimator = estimator
        self.sampler = sampler
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Column | None = None) -> Self:
        """Resample the rows and fit the classifier to the result.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_rows, n_columns)
            The table.
        y : array-like of shape (n_rows,)
            The labels.
        sample_weight : array-like of shape (n_rows,), optional
            Weights of the rows. They are resampled and passed to `fit` of the classifier.

        Returns
        -------
        self

        Raises
        ------
        UnsupportedTypeError
            If the classifier takes no `sample_weight`.
        """
        check_one_order(X, y=y, sample_weight=sample_weight)
        validate_data(self, X, skip_check_array=True)
        sampler = RandomUnderSampler() if self.sampler is None else clone(self.sampler)
        check_keeps_columns("sampler", sampler)
        check_takes_resampled_rows(self.estimator)
        check_not_a_regressor(self.estimator)
        sample_weight = check_weights(sample_weight, length(X))
        sampler = reseeded(sampler, int(random_stream(self.random_state).randint(1 << 31)))
        X_new, y_new, weights = resampled(sampler, X, encode(read_target(y)).of_rows, sample_weight)
        weight = {} if weights is None else {"sample_weight": weights}
        if weight:
            check_takes_weights(self.estimator)
        with _as_input_error(f"fitted by {type(self.estimator).__name__}"):
            self.estimator_ = fresh(self.estimator).fit(X_new, y_new, **weight)
        self.classes_ = self.estimator_.classes_
        return self

    def predict(self, X: Any) -> Any:
        """Return the predicted class of each row.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_rows, n_columns)

        Returns
        -------
        ndarray of shape (n_rows,)
        """
        check_is_fitted(self, "estimator_")
        return self.estimator_.predict(X)

    @available_if(lambda self: hasattr(self.estimator, "predict_proba"))
    def predict_proba(self, X: Any) -> Floats:
        """Return the predicted probability of each class, as learned from balanced rows.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_rows, n_columns)

        Returns
        -------
        ndarray of shape (n_rows, n_classes), float64
        """
        check_is_fitted(self, "estimator_")
        found: Floats = self.estimator_.predict_proba(X)
        return found

    def _inference(self) -> Any:
        return exported(self.estimator_)

    @property
    def feature_importances_(self) -> Floats:
        """Feature importances of the classifier, if it has them."""
        found: Floats = self.estimator_.feature_importances_
        return found

    def __sklearn_tags__(self) -> Tags:
        tags, own = super().__sklearn_tags__(), get_tags(self.estimator)
        tags.input_tags.sparse = own.input_tags.sparse
        tags.input_tags.allow_nan = own.input_tags.allow_nan
        return tags


@names_parameters
class RUSBoostClassifier(Exportable, ClassifierMixin, MetaEstimatorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no type hints
    """AdaBoost, with members that are each fitted to a randomly under-sampled table.

    Parameters
    ----------
    estimator : classifier, optional
        Classifier of each member. It must take `sample_weight`; by default
        ``DecisionTreeClassifier(max_depth=1)``.
    n_estimators : int, default=50
        Largest number of members; boosting can stop earlier.
    learning_rate : float, default=1.0
        Factor by which the weight of each member is multiplied; see
        ``sklearn.ensemble.AdaBoostClassifier``.
    algorithm : {"SAMME", "SAMME.R", "deprecated"}, default="deprecated"
        Accepted for code that sets it, with a warning: SAMME is the only algorithm.
    sampling_strategy : str, float, dict or callable, default="auto"
        Which classes are under-sampled for each member, and to how many rows, by the user's labels; see
        `RandomUnderSampler`.
    replacement : bool, default=False
        Whether a row may be drawn more than once for the same member.
    random_state : int, RandomState or None, default=None
        Random seed; with None, each fit draws differently.

    Attributes
    ----------
    ensemble_ : AdaBoostClassifier
        The fitted ensemble of scikit-learn; its members are `BalancedFit` classifiers.
    estimator_ : classifier
        The classifier of each member, not fitted.
    estimators_ : list of classifier
        The fitted members.
    estimator_weights_, estimator_errors_ : ndarray of float
        Weight and weighted error of each member.
    classes_ : ndarray of shape (n_classes,)
        The labels.
    n_classes_ : int
        Number of labels.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Column names of X, if it has names that are all strings.
    feature_importances_ : ndarray of shape (n_columns,)
        Mean of the members' feature importances by their weights, if they have them.

    Notes
    -----
    Cost: that of fitting `n_estimators` classifiers to under-sampled tables.

    References
    ----------
    .. [1] Seiffert, C., Khoshgoftaar, T. M., Van Hulse, J. and Napolitano, A. (2010). RUSBoost: a hybrid
       approach to alleviating class imbalance. IEEE Transactions on Systems, Man, and Cybernetics A
       40, 185-197.
       doi:10.1109/TSMCA.2009.2029559

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise.ensemble import RUSBoostClassifier
    >>> X, y = make_classification(weights=[0.9], random_state=0)
    >>> RUSBoostClassifier(n_estimators=5, random_state=0).fit(X, y).predict(X).shape
    (100,)
    """

    ensemble_: Any
    n_classes_: int
    estimator_: Any
    classes_: NDArray[Any]
    n_features_in_: int
    feature_names_in_: NDArray[Any]

    def __init__(
        self,
        estimator: Classifier | None = None,
        *,
        n_estimators: int = 50,
        learning_rate: float = 1.0,
        algorithm: Algorithm = "deprecated",
        sampling_strategy: UnderStrategy = "auto",
        replacement: bool = False,
        random_state: Seed = None,
    ) -> None:
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.algorithm = algorithm
        self.sampling_strategy = sampling_strategy
        self.replacement = replacement
        self.random_state = random_state

    _allowed: ClassVar[dict[str, Allowed]] = {
        "n_estimators": integer(1),
        "learning_rate": real(0, np.inf, closed="neither"),
        "algorithm": one_of(*choices(Algorithm)),
        "random_state": RANDOM_STATE,
        "replacement": BOOLEAN,
    }

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        check_private_methods(cls, HOOKS_OF_OTHERS)

    def fit(self, X: Any, y: Any, sample_weight: Column | None = None) -> Self:
        """Fit the members in turn, each on a balanced draw of the rows with their current weights.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_rows, n_columns)
            The table.
        y : array-like of shape (n_rows,)
            The labels.
        sample_weight : array-like of shape (n_rows,), optional
            Weights of the rows before the first member.

        Returns
        -------
        self

        Raises
        ------
        UnsupportedTypeError
            If the classifier takes no `sample_weight`, which boosting needs.
        """
        check_allowed(self, self._allowed)
        check_one_order(X, y=y, sample_weight=sample_weight)
        if self.algorithm != "deprecated":
            warnings.warn(
                f"algorithm={self.algorithm!r} has no effect: SAMME is the only algorithm. Leave the parameter out.",
                FutureWarning,
                stacklevel=2,
            )
        member = DecisionTreeClassifier(max_depth=1) if self.estimator is None else self.estimator
        check_not_a_regressor(member)
        check_takes_weights(member)
        boosting = AdaBoostClassifier(
            BalancedFit(member, under_sampler(self)),
            n_estimators=self.n_estimators,
            learning_rate=self.learning_rate,
            random_state=self.random_state,
        )
        n_rows = read_table(X).n_rows
        labels, classes = read_labels(y, n_rows)
        weights = check_weights(sample_weight, n_rows)
        weight = {} if weights is None else {"sample_weight": weights}
        y = classes[labels.codes]
        with weights_arrive(boosting), _as_input_error("boosted", labels):
            self.ensemble_, self.estimator_ = boosting.fit(X, y, **weight), member
        self.classes_, self.n_features_in_ = boosting.classes_, boosting.n_features_in_
        self.n_classes_ = len(self.classes_)
        self.__dict__.pop("feature_names_in_", None)
        if hasattr(boosting, "feature_names_in_"):
            self.feature_names_in_ = boosting.feature_names_in_
        return self

    @property
    def estimators_(self) -> list[Any]:
        """The fitted members."""
        return [member.estimator_ for member in self.ensemble_.estimators_]

    @property
    def samplers_(self) -> list[RandomUnderSampler]:
        """A sampler for each member, with its random seed; made when it is read."""
        check_is_fitted(self, "ensemble_")
        return samplers_of(self, self.estimators_)

    @property
    def pipelines_(self) -> list[Pipeline]:
        """A pipeline of sampler and classifier for each member; made when it is read."""
        return pipelines_of(self.samplers_, self.estimators_)

    @property
    def estimator_weights_(self) -> Floats:
        """Weight of each member."""
        return np.asarray(self.ensemble_.estimator_weights_)

    @property
    def estimator_errors_(self) -> Floats:
        """Weighted error of each member on the rows that it was boosted with."""
        return np.asarray(self.ensemble_.estimator_errors_)

    @property
    def feature_importances_(self) -> Floats:
        """Mean of the feature importances of the members by their weights, if they have them."""
        return np.asarray(self.ensemble_.feature_importances_)

    def _fitted(self) -> Any:
        check_is_fitted(self, "ensemble_")
        return self.ensemble_

    def predict(self, X: Any) -> Any:
        """Return the predicted class of each row.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_rows, n_columns)

        Returns
        -------
        ndarray of shape (n_rows,)
        """
        return self._fitted().predict(X)

    def predict_proba(self, X: Any) -> Floats:
        """Return the predicted probability of each class.

        The members learn from balanced rows, so probabilities of rare classes are too high for the
        original table; see `poise.decisions.shift_prior`.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_rows, n_columns)

        Returns
        -------
        ndarray of shape (n_rows, n_classes), float64
        """
        return np.asarray(self._fitted().predict_proba(X))

    def predict_log_proba(self, X: Any) -> Floats:
        """Return the logarithms of `predict_proba`.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_rows, n_columns)

        Returns
        -------
        ndarray of shape (n_rows, n_classes), float64
        """
        return np.asarray(self._fitted().predict_log_proba(X))

    def decision_function(self, X: Any) -> Floats:
        """Return the weighted votes of the members.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_rows, n_columns)

        Returns
        -------
        ndarray of shape (n_rows,) or (n_rows, n_classes), float64
        """
        return np.asarray(self._fitted().decision_function(X))

    def staged_predict(self, X: Any) -> Iterator[Any]:
        """Yield the predicted classes after each member."""
        yield from self._fitted().staged_predict(X)

    def staged_predict_proba(self, X: Any) -> Iterator[Floats]:
        """Yield the predicted probabilities after each member."""
        yield from self._fitted().staged_predict_proba(X)

    def staged_decision_function(self, X: Any) -> Iterator[Floats]:
        """Yield the weighted votes after each member."""
        yield from self._fitted().staged_decision_function(X)

    def staged_score(self, X: Any, y: Any, sample_weight: Any = None) -> Iterator[float]:
        """Yield the accuracy after each member."""
        yield from self._fitted().staged_score(X, y, sample_weight)

    def _inference(self) -> AdaBoostClassifier:
        plain = copy(self.ensemble_)
        plain.estimators_ = [exported(member) for member in self.estimators_]
        plain.estimator = plain.estimator_ = self.estimator_
        return plain

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


@contextmanager
def _as_input_error(done: str, labels: Labels | None = None) -> Iterator[None]:
    """Raise an error of scikit-learn about X as InputError; `done` is what X cannot be.

    With a class of one row, the draws are two rows each, and no classifier learns from them: then that
    is the reason.
    """
    try:
        yield
    except ValueError as error:
        if isinstance(error, PoiseError):
            raise
        if labels is not None and labels.counts.min() < 2:
            label = labels.classes[int(labels.counts.argmin())]
            raise TooFewRowsError(
                f"Class {label!r} has 1 row, and each member learns from it and one row of each other class. Pass more rows "
                f"of the class, or use class weights. ({error})"
            ) from error
        raise InputError(f"X cannot be {done}: {error}") from error
