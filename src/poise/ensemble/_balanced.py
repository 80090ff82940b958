"""Ensembles of scikit-learn, with members that are each fitted to a balanced sample of the rows.

Each member is a `BalancedFit`, which samples rows, fits a classifier to them and does not keep
them. The ensemble around the members is one of scikit-learn, unchanged.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.ensemble import AdaBoostClassifier, BaggingClassifier
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import Tags, get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from poise.core.sampling.checks import check_takes_weights
from poise.core.sampling.resampler import random_stream
from poise.under_sampling import RandomUnderSampler

Floats = NDArray[np.float64]


class BalancedFit(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no type hints
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

    def __init__(self, estimator: Any, sampler: Any = None, random_state: Any = None) -> None:
        self.estimator = estimator
        self.sampler = sampler
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
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
        sampler = RandomUnderSampler() if self.sampler is None else clone(self.sampler)
        if "random_state" in sampler.get_params():
            sampler.set_params(random_state=random_stream(self.random_state))
        weight = {}
        if sample_weight is not None:
            check_takes_weights(self.estimator)
            X_new, y_new = sampler.fit_resample(X, y, sample_weight=sample_weight)
            weight = {"sample_weight": sampler.carried_["sample_weight"]}
        else:
            X_new, y_new = sampler.fit_resample(X, y)
        self.estimator_ = clone(self.estimator).fit(X_new, y_new, **weight)
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
        return self.estimator_.predict(X)

    @available_if(lambda self: hasattr(self.estimator, "predict_proba"))  # type: ignore[untyped-decorator]  # scikit-learn's
    def predict_proba(self, X: Any) -> Floats:
        """Return the predicted probability of each class, as learned from balanced rows.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_rows, n_columns)

        Returns
        -------
        ndarray of shape (n_rows, n_classes), float64
        """
        found: Floats = self.estimator_.predict_proba(X)
        return found

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


class _Ensemble(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no type hints
    """Base class: builds an ensemble of scikit-learn and delegates to it."""

    def _built(self) -> Any:
        raise NotImplementedError

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit all members, each to its own balanced sample of the rows.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_rows, n_columns)
            The table.
        y : array-like of shape (n_rows,)
            The labels.
        sample_weight : array-like of shape (n_rows,), optional
            Weights of the rows.

        Returns
        -------
        self
        """
        weight = {} if sample_weight is None else {"sample_weight": sample_weight}
        self.ensemble_ = self._built().fit(X, y, **weight)
        self.classes_ = self.ensemble_.classes_
        self.n_features_in_ = self.ensemble_.n_features_in_
        self.__dict__.pop("feature_names_in_", None)
        if hasattr(self.ensemble_, "feature_names_in_"):
            self.feature_names_in_ = self.ensemble_.feature_names_in_
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
        check_is_fitted(self)
        return self.ensemble_.predict(X)

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
        check_is_fitted(self)
        found: Floats = self.ensemble_.predict_proba(X)
        return found

    @property
    def estimators_(self) -> list[Any]:
        """The fitted members, as a list of `BalancedFit`."""
        return list(self.ensemble_.estimators_)

    @property
    def feature_importances_(self) -> Floats:
        """Mean of the feature importances of the members, if they have them."""
        return np.mean([member.feature_importances_ for member in self.estimators_], axis=0)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


class BalancedBaggingClassifier(_Ensemble):
    """Bagging, with members that are each fitted to a balanced part of a bootstrap sample.

    Parameters
    ----------
    estimator : classifier, optional
        Classifier of each member; by default ``sklearn.tree.DecisionTreeClassifier()``.
    n_estimators : int, default=10
        Number of members.
    max_samples, max_features, bootstrap, bootstrap_features, oob_score, warm_start, verbose
        See ``sklearn.ensemble.BaggingClassifier``.
    sampler : sampler, optional
        Sampler that balances the rows of each member; by default a `RandomUnderSampler` with the
        two parameters below.
    sampling_strategy : str, float, dict or callable, default="auto"
        Which classes are under-sampled for each member, and to how many rows; see
        `RandomUnderSampler`.
    replacement : bool, default=False
        Whether a row may be drawn more than once for the same member.
    n_jobs : int or None, default=None
        Number of members that are fitted in parallel.
    random_state : int, RandomState or None, default=None
        Random seed; with None, each fit draws differently.

    Attributes
    ----------
    ensemble_ : BaggingClassifier
        The fitted ensemble of scikit-learn; its members are `BalancedFit` classifiers.
    classes_ : ndarray of shape (n_classes,)
        The labels.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Column names of X, if it has names that are all strings.

    Notes
    -----
    Cost: that of fitting `n_estimators` classifiers to under-sampled tables.

    References
    ----------
    .. [1] Maclin, R. and Opitz, D. (1997). An empirical evaluation of bagging and boosting. AAAI 1997.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise.ensemble import BalancedBaggingClassifier
    >>> X, y = make_classification(weights=[0.9], random_state=0)
    >>> BalancedBaggingClassifier(random_state=0).fit(X, y).predict_proba(X).shape
    (100, 2)
    """

    def __init__(
        self,
        estimator: Any = None,
        n_estimators: int = 10,
        *,
        max_samples: Any = None,
        max_features: Any = 1.0,
        bootstrap: bool = True,
        bootstrap_features: bool = False,
        oob_score: bool = False,
        warm_start: bool = False,
        sampler: Any = None,
        sampling_strategy: Any = "auto",
        replacement: bool = False,
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.max_samples = max_samples
        self.max_features = max_features
        self.bootstrap = bootstrap
        self.bootstrap_features = bootstrap_features
        self.oob_score = oob_score
        self.warm_start = warm_start
        self.sampler = sampler
        self.sampling_strategy = sampling_strategy
        self.replacement = replacement
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def _built(self) -> Any:
        estimator = DecisionTreeClassifier() if self.estimator is None else self.estimator
        sampler = self.sampler or _under(self)
        if self.warm_start and hasattr(self, "ensemble_"):
            return self.ensemble_.set_params(n_estimators=self.n_estimators)
        return BaggingClassifier(
            BalancedFit(estimator, sampler),
            self.n_estimators,
            max_samples=self.max_samples,
            max_features=self.max_features,
            bootstrap=self.bootstrap,
            bootstrap_features=self.bootstrap_features,
            oob_score=self.oob_score,
            warm_start=self.warm_start,
            n_jobs=self.n_jobs,
            random_state=self.random_state,
            verbose=self.verbose,
        )


class EasyEnsembleClassifier(_Ensemble):
    """Bagging of boosted classifiers, each fitted to a randomly under-sampled table.

    By default, each member is fitted to all rows of the smallest class and as many random rows of
    each other class.

    Parameters
    ----------
    n_estimators : int, default=10
        Number of members.
    estimator : classifier, optional
        Classifier of each member; by default ``sklearn.ensemble.AdaBoostClassifier()``.
    sampling_strategy : str, float, dict or callable, default="auto"
        Which classes are under-sampled for each member, and to how many rows; see
        `RandomUnderSampler`.
    replacement : bool, default=False
        Whether a row may be drawn more than once for the same member.
    n_jobs : int or None, default=None
        Number of members that are fitted in parallel.
    random_state : int, RandomState or None, default=None
        Random seed; with None, each fit draws differently.

    Attributes
    ----------
    ensemble_ : BaggingClassifier
        The fitted ensemble of scikit-learn; its members are `BalancedFit` classifiers.
    classes_ : ndarray of shape (n_classes,)
        The labels.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Column names of X, if it has names that are all strings.

    Notes
    -----
    Cost: that of fitting `n_estimators` classifiers to under-sampled tables.

    References
    ----------
    .. [1] Liu, X.-Y., Wu, J. and Zhou, Z.-H. (2009). Exploratory undersampling for class-imbalance
       learning. IEEE Transactions on Systems, Man, and Cybernetics B 39, 539-550.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise.ensemble import EasyEnsembleClassifier
    >>> X, y = make_classification(weights=[0.9], random_state=0)
    >>> EasyEnsembleClassifier(3, random_state=0).fit(X, y).predict_proba(X).shape
    (100, 2)
    """

    def __init__(
        self,
        n_estimators: int = 10,
        estimator: Any = None,
        *,
        sampling_strategy: Any = "auto",
        replacement: bool = False,
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.n_estimators = n_estimators
        self.estimator = estimator
        self.sampling_strategy = sampling_strategy
        self.replacement = replacement
        self.n_jobs = n_jobs
        self.random_state = random_state

    def _built(self) -> Any:
        estimator = AdaBoostClassifier() if self.estimator is None else self.estimator
        return BaggingClassifier(
            BalancedFit(estimator, _under(self)),
            self.n_estimators,
            bootstrap=False,
            n_jobs=self.n_jobs,
            random_state=self.random_state,
        )


class BalancedRandomForestClassifier(_Ensemble):
    """A random forest whose trees are each fitted to a balanced sample of the rows.

    Parameters
    ----------
    n_estimators : int, default=100
        Number of trees.
    criterion, max_depth, min_samples_split, min_samples_leaf, max_features, max_leaf_nodes
        Parameters of each tree; see ``sklearn.ensemble.RandomForestClassifier``.
    oob_score : bool, default=False
        Whether to compute the out-of-bag score; requires `bootstrap`.
    bootstrap : bool, default=False
        Whether to draw a bootstrap sample for each tree before it is balanced.
    sampling_strategy : str, float, dict or callable, default="all"
        Which classes are under-sampled for each member, and to how many rows; see
        `RandomUnderSampler`.
    replacement : bool, default=True
        Whether a row may be drawn more than once for the same member.
    n_jobs : int or None, default=None
        Number of members that are fitted in parallel.
    random_state : int, RandomState or None, default=None
        Random seed; with None, each fit draws differently.

    Attributes
    ----------
    ensemble_ : BaggingClassifier
        The fitted ensemble of scikit-learn; its members are `BalancedFit` classifiers.
    classes_ : ndarray of shape (n_classes,)
        The labels.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Column names of X, if it has names that are all strings.

    Notes
    -----
    Cost: that of fitting `n_estimators` classifiers to under-sampled tables.

    References
    ----------
    .. [1] Chen, C., Liaw, A. and Breiman, L. (2004). Using random forest to learn imbalanced data.
       University of California, Berkeley, technical report 666.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise.ensemble import BalancedRandomForestClassifier
    >>> X, y = make_classification(weights=[0.9], random_state=0)
    >>> forest = BalancedRandomForestClassifier(20, random_state=0).fit(X, y)
    >>> forest.feature_importances_.shape
    (20,)
    """

    def __init__(
        self,
        n_estimators: int = 100,
        *,
        criterion: str = "gini",
        max_depth: int | None = None,
        min_samples_split: Any = 2,
        min_samples_leaf: Any = 1,
        max_features: Any = "sqrt",
        max_leaf_nodes: int | None = None,
        bootstrap: bool = False,
        oob_score: bool = False,
        sampling_strategy: Any = "all",
        replacement: bool = True,
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.n_estimators = n_estimators
        self.criterion = criterion
        self.max_depth = max_depth
        self.min_samples_split = min_samples_split
        self.min_samples_leaf = min_samples_leaf
        self.max_features = max_features
        self.max_leaf_nodes = max_leaf_nodes
        self.bootstrap = bootstrap
        self.oob_score = oob_score
        self.sampling_strategy = sampling_strategy
        self.replacement = replacement
        self.n_jobs = n_jobs
        self.random_state = random_state

    def _built(self) -> Any:
        tree = DecisionTreeClassifier(
            criterion=self.criterion,
            max_depth=self.max_depth,
            min_samples_split=self.min_samples_split,
            min_samples_leaf=self.min_samples_leaf,
            max_features=self.max_features,
            max_leaf_nodes=self.max_leaf_nodes,
        )
        return BaggingClassifier(
            BalancedFit(tree, _under(self)),
            self.n_estimators,
            bootstrap=self.bootstrap,
            oob_score=self.oob_score,
            n_jobs=self.n_jobs,
            random_state=self.random_state,
        )


class RUSBoostClassifier(_Ensemble):
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
    sampling_strategy : str, float, dict or callable, default="auto"
        Which classes are under-sampled for each member, and to how many rows; see
        `RandomUnderSampler`.
    replacement : bool, default=False
        Whether a row may be drawn more than once for the same member.
    random_state : int, RandomState or None, default=None
        Random seed; with None, each fit draws differently.

    Attributes
    ----------
    ensemble_ : AdaBoostClassifier
        The fitted ensemble of scikit-learn; its members are `BalancedFit` classifiers.
    classes_ : ndarray of shape (n_classes,)
        The labels.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Column names of X, if it has names that are all strings.

    Notes
    -----
    Cost: that of fitting `n_estimators` classifiers to under-sampled tables.

    References
    ----------
    .. [1] Seiffert, C., Khoshgoftaar, T. M., Van Hulse, J. and Napolitano, A. (2010). RUSBoost: a hybrid
       approach to alleviating class imbalance. IEEE Transactions on Systems, Man, and Cybernetics A
       40, 185-197.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise.ensemble import RUSBoostClassifier
    >>> X, y = make_classification(weights=[0.9], random_state=0)
    >>> RUSBoostClassifier(n_estimators=5, random_state=0).fit(X, y).predict(X).shape
    (100,)
    """

    def __init__(
        self,
        estimator: Any = None,
        *,
        n_estimators: int = 50,
        learning_rate: float = 1.0,
        sampling_strategy: Any = "auto",
        replacement: bool = False,
        random_state: Any = None,
    ) -> None:
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.sampling_strategy = sampling_strategy
        self.replacement = replacement
        self.random_state = random_state

    def _built(self) -> Any:
        stump = DecisionTreeClassifier(max_depth=1) if self.estimator is None else self.estimator
        return AdaBoostClassifier(
            BalancedFit(stump, _under(self)),
            n_estimators=self.n_estimators,
            learning_rate=self.learning_rate,
            random_state=self.random_state,
        )


def _under(ensemble: Any) -> RandomUnderSampler:
    return RandomUnderSampler(
        sampling_strategy=ensemble.sampling_strategy, replacement=ensemble.replacement
    )
