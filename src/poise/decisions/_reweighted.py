"""A classifier that is fitted with weights and predicts probabilities for the shares without them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
import sklearn.pipeline
from numpy.typing import NDArray
from sklearn import get_config
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin
from sklearn.utils import Tags, get_tags
from sklearn.utils.metadata_routing import MetadataRouter, process_routing
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, has_fit_parameter

from poise.core.errors import InputError, MovedSharesWarning, UnsupportedTypeError, warn
from poise.core.exporting import Exportable, exported
from poise.core.numbers import some_weights_of
from poise.core.sampling.checks import check_takes_weights
from poise.core.sampling.constructors import names_parameters
from poise.core.sampling.parameters import N_PROCESSES, Allowed, check_allowed
from poise.core.sampling.seeds import fresh
from poise.core.tables.convert import check_one_order
from poise.core.tables.labels import Labels
from poise.core.tables.read import check_same_length, length, read_target
from poise.core.types import Classifier, Number, Scheme
from poise.decisions._around import (
    check_fit_parameters,
    check_has_probabilities,
    copy_names,
    plain_labels,
    routed_to_fit,
)
from poise.decisions._in_the_large import odds_factors
from poise.decisions._out_of_fold import CV, out_of_fold, splits_of
from poise.decisions._priors import shift_factors, shift_prior
from poise.decisions._shares import first_moved
from poise.pipeline import takes_in_fit
from poise.weights._schemes import (
    DEFAULT_BETA,
    DEFAULT_CAP,
    NUMBERS,
    check_scheme,
    weights_of_classes,
)
from poise_inference import CorrectedClassifier, times_factors

Floats = NDArray[np.float64]


@names_parameters
class ReweightedClassifier(Exportable, ClassifierMixin, MetaEstimatorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no type hints
    """A classifier that is fitted with class weights, with probabilities for the original shares.

    Weights make the probabilities of rare classes too high by a known ratio, which is taken back exactly
    (`shift_prior`). A classifier that fits its training rows closely, such as boosted trees or a forest, is
    then still wrong on average; so the odds of each class are multiplied by one more factor, with which the mean
    probabilities of rows that were held out equal the shares of the classes.

    Parameters
    ----------
    estimator : classifier with `predict_proba` whose `fit` takes `sample_weight`
        It is cloned, not fitted. It must have no class weights of its own.
    scheme : {"balanced", "sqrt", "effective", "capped"} or dict of label to weight, default="balanced"
        See `poise.weights.class_weights`. The weights are computed in `fit`: in a search, from the rows of each fold.
    beta : float, default=0.999
        Of "effective".
    cap : float, default=10.0
        Of "capped".
    cv : int, splitter, iterable or None, default=5
        The folds for calibration in the large, as in scikit-learn. None leaves it out, and takes back the prior alone.
    n_jobs : int or None, default=None
        Number of folds that are fitted in parallel.

    Attributes
    ----------
    estimator_ : classifier
        Fitted on all rows, with weights.
    classes_ : ndarray of shape (n_classes,)
    class_weights_ : dict of label to weight
    trained_prior_ : dict of label to share
        Class shares that `estimator_` was trained on, with weights.
    deployment_prior_ : dict of label to share
        Class shares of y, which the probabilities are corrected to; pass them to `shift_prior` as `trained`, for
        other ones.
    odds_factors_ : dict of label to factor
        What the odds are multiplied by after prior correction; 1 for the first class. All are 1 if `cv` is None.
    n_features_in_ : int
    feature_names_in_ : ndarray of str
        Only set if X has column names that are all strings.

    Raises
    ------
    UnsupportedTypeError
        If the estimator has no `predict_proba`, or its `fit` takes no weights.
    InputError
        If the estimator has class weights or a sampler of its own, or a class has no weight.
    TooFewRowsError
        If a class has fewer rows than there are folds.

    Warns
    -----
    MovedSharesWarning
        If no factors make the mean held-out probabilities right, because too many of them are 0 or 1.

    Notes
    -----
    One fit, and one more for each fold. The mean is right for held-out rows of models fitted on the other folds, and
    for new rows up to the difference between these and the model of all rows. Training rows
    would not do: a forest of unpruned trees knows their labels (`docs/weights.md` has figures).

    References
    ----------
    .. [1] Elkan, C. (2001). The foundations of cost-sensitive learning. IJCAI 2001, theorem 2.
    .. [2] Steyerberg, E. W. et al. (2004). Validation and updating of predictive logistic regression models: a study
       on sample size and shrinkage. Statistics in Medicine 23, 2567-2586.
       doi:10.1002/sim.1844

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from poise.decisions import ReweightedClassifier
    >>> X, y = make_classification(1000, weights=[0.95], random_state=0)
    >>> model = ReweightedClassifier(LogisticRegression(), "sqrt").fit(X, y)
    >>> model.class_weights_
    {0: 0.85..., 1: 3.57...}
    >>> round(float(model.estimator_.predict_proba(X)[:, 1].mean()), 2), round(float(y.mean()), 2)
    (0.08, 0.05)
    >>> round(float(model.predict_proba(X)[:, 1].mean()), 2)
    0.05
    """

    _allowed: ClassVar[dict[str, Allowed]] = {**NUMBERS, "cv": CV, "n_jobs": N_PROCESSES}

    def __init__(
        self,
        estimator: Classifier,
        scheme: Scheme | Mapping[Any, Number] = "balanced",
        *,
        beta: Number = DEFAULT_BETA,
        cap: Number = DEFAULT_CAP,
        cv: Any = 5,
        n_jobs: int | None = None,
    ) -> None:
        self.estimator = estimator
        self.scheme = scheme
        self.beta = beta
        self.cap = cap
        self.cv = cv
        self.n_jobs = n_jobs

    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, *, groups: Any = None, **params: Any
    ) -> Self:
        """Compute the weights, fit with them, and measure the factors of the odds on held-out rows.

        Parameters
        ----------
        X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
        y : array-like of shape (n_rows,)
        sample_weight : array-like of shape (n_rows,), optional
            Weight of each row, which is multiplied by that of its class. Classes are balanced by their total weights.
        groups : array-like of shape (n_rows,), optional
            Group of each row, for a `cv` that keeps groups together.
        **params : dict
            Further arguments that `fit` of the classifier takes, such as ``eval_set``, in every fold too; if
            metadata routing of scikit-learn is enabled, routed arguments.

        Returns
        -------
        self
        """
        self._check(params)
        check_one_order(X, y=y, sample_weight=sample_weight, groups=groups)
        check_classification_targets(np.asarray(read_target(y)))
        labels = plain_labels(y)
        n_rows = length(X)
        check_same_length("y", len(labels.codes), n_rows)
        own = np.ones(n_rows) if sample_weight is None else some_weights_of(sample_weight, n_rows)
        totals = np.bincount(labels.codes, own / own.mean(), len(labels.classes))
        weights = self._weights(labels, totals)
        given = params if sample_weight is None else params | {"sample_weight": own}
        along = self._routed(given) | {name_of_weights(self.estimator): weights[labels.codes] * own}
        estimator = fresh(self.estimator).fit(X, labels.of_rows, **along)
        shares = totals / totals.sum()
        moved = shares * weights / (shares @ weights)
        factors = np.ones(len(shares))
        if self.cv is not None and len(shares) > 1:
            factors = self._factors(X, labels, given, groups, own)
        self.estimator_, self.classes_ = estimator, estimator.classes_
        self.class_weights_, self.trained_prior_, self.deployment_prior_, self.odds_factors_ = (
            dict(zip(labels.classes, of_classes.tolist(), strict=True))
            for of_classes in (weights, moved, shares, factors)
        )
        copy_names(self, X)
        return self

    def _check(self, params: dict[str, Any]) -> None:
        check_allowed(self, self._allowed)
        check_scheme(self.scheme)
        check_has_probabilities(self.estimator, "only probabilities can be corrected")
        moved = first_moved(self.estimator)
        if moved is not None:
            raise InputError(
                f"estimator={self.estimator!r} moves the class shares itself, by {moved}, besides scheme={self.scheme!r:.100}. Leave "
                "that out; or take it back alone, by ResampledClassifier(None, estimator)."
            )
        if not get_config()["enable_metadata_routing"]:
            check_fit_parameters(self.estimator, params)
        name = name_of_weights(self.estimator)
        if name in params:
            raise InputError(
                f"{name} holds weights of rows, which are multiplied by those of the classes. Pass them as sample_weight=."
            )

    def _weights(self, labels: Labels, totals: NDArray[Any]) -> Floats:
        """Return the weight of each class, from its total weight in units of rows."""
        if not totals.all():
            raise InputError(
                f"sample_weight is 0 in every row of class {labels.classes[int(totals.argmin())]!r}, so it has no weight. Leave "
                "its rows out, or pass weights above 0."
            )
        found = weights_of_classes(
            totals, labels.classes, self.scheme, beta=self.beta, cap=self.cap
        )
        if not found.all():
            raise InputError(
                f"scheme gives class {labels.classes[int(found.argmin())]!r} the weight 0, so that its probability cannot be "
                "taken back. Give it a weight above 0, or leave its rows out."
            )
        return found

    def _routed(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments of `fit` of the estimator."""
        if get_config()["enable_metadata_routing"]:
            return dict(process_routing(self, "fit", **given).estimator.fit)
        return {name: value for name, value in given.items() if name != "sample_weight"}

    def _factors(
        self, X: Any, labels: Labels, given: dict[str, Any], groups: Any, own: Floats
    ) -> Floats:
        """Return the factors of the odds with which the means of held-out rows are right."""
        splits = splits_of(self.cv, X, labels, groups, "cv=None")
        alone = type(self)(self.estimator, self.scheme, beta=self.beta, cap=self.cap, cv=None)
        predicted = out_of_fold(alone, X, labels, given, splits, self.n_jobs)
        seen = ~np.isnan(predicted[:, 0])
        counts = np.bincount(labels.codes[seen], own[seen], len(labels.classes))
        found = None
        if counts.all():
            found = odds_factors(predicted[seen], own[seen], counts / counts.sum())
        if found is None:
            warn(
                "No factors of the odds make the mean held-out probability of each class its share, because too many probabilities "
                "are 0 or 1, or a class has no held-out row. They are left as they are: pass a classifier with less extreme "
                "ones, such as CalibratedClassifierCV(estimator), another cv, or cv=None.",
                MovedSharesWarning,
            )
            return np.ones(len(counts))
        return found

    # After fitting

    def predict_proba(self, X: Any) -> Floats:
        """Return the probability of each class, corrected to `deployment_prior_`.

        Parameters
        ----------
        X : array-like, sparse matrix or frame of shape (n_rows, n_columns)

        Returns
        -------
        ndarray of shape (n_rows, n_classes)
        """
        check_is_fitted(self)
        predicted = np.asarray(self.estimator_.predict_proba(X), dtype=np.float64)
        labels = self.classes_.tolist()
        if len(labels) == 1:
            return predicted
        predicted = shift_prior(
            predicted, self.trained_prior_, self.deployment_prior_, classes=labels
        )
        return times_factors(predicted, np.array([self.odds_factors_[label] for label in labels]))

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the most probable class of each row.

        Parameters
        ----------
        X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
        """
        proba = self.predict_proba(X)
        return np.asarray(self.classes_[proba.argmax(axis=1)])

    def _inference(self) -> CorrectedClassifier:
        labels = self.classes_.tolist()
        steps = []
        if len(labels) > 1:
            shift = shift_factors(self.trained_prior_, self.deployment_prior_, labels)
            odds = np.array([self.odds_factors_[label] for label in labels])
            steps = [(times_factors, shift), (times_factors, odds)]
        return CorrectedClassifier(exported(self.estimator_), self.classes_, steps)

    def get_metadata_routing(self) -> MetadataRouter:
        """Return which metadata goes to the classifier."""
        return routed_to_fit(self)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        own = get_tags(self.estimator)
        for name in ("sparse", "string", "categorical", "allow_nan"):
            setattr(tags.input_tags, name, getattr(own.input_tags, name))
        tags.classifier_tags = own.classifier_tags
        return tags


def takes_weights(estimator: Any) -> bool:
    """Return whether `fit` of a classifier, or of the one inside a pipeline or a search, takes weights of rows."""
    try:
        return bool(name_of_weights(estimator))
    except UnsupportedTypeError:
        return False


def name_of_weights(estimator: Any) -> str:
    """Return the name under which `fit` of an estimator takes weights, or raise UnsupportedTypeError.

    A pipeline passes them to its last step under the name of that step: a scaler before it would take them, too.
    """
    name = "sample_weight"
    if has_fit_parameter(estimator, name) or get_config()["enable_metadata_routing"]:
        return name
    if isinstance(estimator, sklearn.pipeline.Pipeline):
        step, last = estimator.steps[-1]
        return f"{step}__{name_of_weights(last)}"
    if hasattr(estimator, "best_estimator_") or hasattr(estimator, "scoring"):  # a search
        return name_of_weights(estimator.estimator)
    if not takes_in_fit(estimator, name):
        check_takes_weights(estimator)
    return name
