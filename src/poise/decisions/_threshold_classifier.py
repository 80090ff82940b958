"""A classifier that decides by a policy: a threshold for the event, or the costs of several classes."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from sklearn import get_config
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.utils import Tags, get_tags
from sklearn.utils.metadata_routing import MetadataRouter, process_routing
from sklearn.utils.validation import check_is_fitted

from poise.core.errors import InputError
from poise.core.exporting import Exportable, exported
from poise.core.numbers import some_weights_of
from poise.core.sampling.available import available_if
from poise.core.sampling.checks import check_takes_weights
from poise.core.sampling.constructors import names_parameters
from poise.core.sampling.parameters import N_PROCESSES, Allowed, check_allowed, having
from poise.core.sampling.seeds import fresh
from poise.core.tables.convert import check_one_order
from poise.core.types import Classifier, Column, Folds
from poise.decisions._around import (
    check_fit_parameters,
    check_has_probabilities,
    copy_names,
    plain_labels,
    routed_to_fit,
    with_event,
)
from poise.decisions._class_thresholds import decided_by
from poise.decisions._out_of_fold import CV, out_of_fold, splits_of
from poise.decisions._shares import warn_of_moved_shares
from poise.pipeline import takes_in_fit
from poise_inference import CorrectedClassifier, cheapest, over_thresholds

Floats = NDArray[np.float64]


class Policy(Protocol):
    """A rule for decisions, by a threshold or by costs."""

    needs_rows: ClassVar[bool]
    needs_right_probabilities: ClassVar[bool]

    @property
    def pos_label(self) -> Any:
        """Label of the event, or None."""
        ...

    def for_labels(self, labels: list[Any], event: Any) -> Any:
        """Return the policy for a target with these labels, or raise InputError."""
        ...

    def threshold(
        self, y_true: Any, proba: Any, *, sample_weight: Any = None, pos_label: Any = None
    ) -> float:
        """Return the threshold for these rows."""
        ...


@names_parameters
class ThresholdClassifier(Exportable, ClassifierMixin, MetaEstimatorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no type hints
    """A classifier whose decisions follow a policy instead of the largest probability.

    Parameters
    ----------
    policy : FixedThreshold, CostThreshold, LowestCost, TunedThreshold, RecallAtPrecision or AlertBudget
        How decisions are made.
    estimator : classifier with `predict_proba`
        It is copied, not fitted.
    pos_label : label, optional
        Label of the event; by default that of the policy, or else the class with the fewest rows, and of two
        equal ones the one that sorts last.
    cv : int, splitter or iterable, default=5
        Folds for policies that need labelled rows: their threshold is found on the probabilities of all folds
        together, and the classifier is then fitted on all rows.
    n_jobs : int or None, default=None
        Number of folds that are fitted in parallel.

    Attributes
    ----------
    estimator_ : classifier
        Fitted on all rows.
    classes_ : ndarray of shape (n_classes,)
    pos_label_ : label
        The event.
    threshold_ : float or None
        Rows whose probability of the event is at least this are decided for the event; None if there are
        several classes.
    class_thresholds_ : ndarray of shape (n_classes,) or None
        With several classes and a policy without costs, one for each class: decisions are for the class with the
        largest ratio of probability to threshold.
    n_features_in_, feature_names_in_
        Number of columns, and their names if all are text.

    Raises
    ------
    InputError
        If the policy cannot decide between the labels, or no threshold qualifies.
    UnsupportedTypeError
        If the estimator has no `predict_proba`.
    TooFewRowsError
        If a class has fewer rows than there are folds.

    Notes
    -----
    One fit, and one more per fold for policies that need labelled rows. The threshold is found with classifiers that
    are fitted to fewer rows than the final one. Probabilities of boosted trees can be higher after more rows, and
    give more alerts than an `AlertBudget` allows; more folds, or a calibrated classifier, come closer.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from poise.decisions import AlertBudget, ThresholdClassifier
    >>> X, y = make_classification(1000, weights=[0.9], random_state=0)
    >>> model = ThresholdClassifier(AlertBudget(30, rows=1000), LogisticRegression()).fit(X, y)
    >>> model.pos_label_, int((model.predict(X) == 1).sum())
    (1, 31)
    """

    # A threshold that is found on resampled rows is wrong, and so is the event: Pipeline and ensembles refuse it.
    needs_original_rows: ClassVar[bool] = True

    estimator_: Any
    classes_: NDArray[Any]
    n_features_in_: int
    feature_names_in_: NDArray[Any]
    pos_label_: Any
    threshold_: float | None
    class_thresholds_: Floats | None

    _allowed: ClassVar[dict[str, Allowed]] = {
        "policy": having("threshold", "for_labels"),
        "cv": CV,
        "n_jobs": N_PROCESSES,
    }

    def __init__(
        self,
        policy: Policy,
        estimator: Classifier,
        *,
        pos_label: Any = None,
        cv: Folds = 5,
        n_jobs: int | None = None,
    ) -> None:
        self.policy = policy
        self.estimator = estimator
        self.pos_label = pos_label
        self.cv = cv
        self.n_jobs = n_jobs

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Column | None = None,
        *,
        groups: Column | None = None,
        **params: Any,
    ) -> Self:
        """Find the threshold and fit the classifier.

        Parameters
        ----------
        X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
        y : array-like of shape (n_rows,)
        sample_weight : array-like of shape (n_rows,), optional
            Weight of each row, for the classifier and for the threshold.
        groups : array-like of shape (n_rows,), optional
            Group of each row, for a `cv` that keeps groups together.
        **params : dict
            Further arguments that `fit` of the classifier takes; if metadata routing of scikit-learn is
            enabled, routed arguments.

        Returns
        -------
        self
        """
        check_one_order(X, y=y, sample_weight=sample_weight, groups=groups)
        check_allowed(self, self._allowed)
        check_has_probabilities(self.estimator, "a policy decides by probabilities")
        labels = plain_labels(y)
        if sample_weight is not None:
            sample_weight = some_weights_of(sample_weight, len(labels.codes))
        pos_label = self.policy.pos_label if self.pos_label is None else self.pos_label
        self.pos_label_ = event = labels.classes[labels.event_code(pos_label)]
        policy = self.policy.for_labels(list(labels.classes), event)
        model = fresh(self.estimator)
        if len(labels.classes) == 2:
            model = with_event(model, event)
        given = self._routed(params, sample_weight)
        if groups is not None and takes_in_fit(model, "groups", by_name=True):
            given = given | {"groups": groups}
        self.threshold_, self.class_thresholds_ = None, None
        if len(labels.classes) == 2:
            self.threshold_ = self._threshold_of(policy, model, X, labels, given, groups)
        elif self.pos_label is not None and getattr(policy, "costs", None) is None:
            raise InputError(
                f"pos_label={self.pos_label!r} names an event, and {policy} decides between {len(labels.classes)} classes. Leave it out, "
                f"or pass y == {self.pos_label!r}."
            )
        elif policy.needs_rows:
            proba, seen, weights = self._held_out(model, X, labels, given, groups)
            self.class_thresholds_ = policy.class_thresholds(
                labels.of_rows[seen], proba, sample_weight=weights
            )
        elif getattr(policy, "costs", None) is None:  # for the largest probability
            self.class_thresholds_ = np.full(len(labels.classes), 1 / len(labels.classes))
        self.estimator_ = fresh(model).fit(X, labels.of_rows, **given)
        if policy.needs_right_probabilities:
            warn_of_moved_shares(self.estimator_, policy)
        self.classes_, self._policy = self.estimator_.classes_, policy
        copy_names(self, X)
        return self

    def _threshold_of(
        self, policy: Any, model: Any, X: Any, labels: Any, given: dict[str, Any], groups: Any
    ) -> float:
        event = self.pos_label_
        if not policy.needs_rows:
            return float(policy.threshold(None, None, pos_label=event))
        proba, seen, weights = self._held_out(model, X, labels, given, groups)
        return float(
            policy.threshold(
                labels.of_rows[seen],
                proba[:, labels.classes.index(event)],
                sample_weight=weights,
                pos_label=event,
            )
        )

    def _held_out(
        self, model: Any, X: Any, labels: Any, given: dict[str, Any], groups: Any
    ) -> tuple[Floats, NDArray[np.bool_], Any]:
        """Return the probabilities of rows that are tested in a fold, which these are, and their weights."""
        splits = splits_of(self.cv, X, labels, groups, "a policy with a fixed threshold")
        proba = out_of_fold(model, X, labels, given, splits, self.n_jobs)
        seen = ~np.isnan(proba[:, 0])
        weights = given.get("sample_weight")
        return proba[seen], seen, None if weights is None else np.asarray(weights)[seen]

    def _routed(self, params: dict[str, Any], sample_weight: Any) -> dict[str, Any]:
        """Return the arguments for `fit` of the estimator."""
        given = params if sample_weight is None else params | {"sample_weight": sample_weight}
        if get_config()["enable_metadata_routing"]:
            return dict(process_routing(self, "fit", **given).estimator.fit)
        check_fit_parameters(self.estimator, params)
        if sample_weight is not None:
            check_takes_weights(self.estimator)
        return given

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the decision for each row.

        Parameters
        ----------
        X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
        """
        proba = self.predict_proba(X)
        if self.class_thresholds_ is not None:
            return np.asarray(self.classes_[decided_by(proba, self.class_thresholds_)])
        if self.threshold_ is None:
            return np.asarray(self._policy.costs.decide(proba), dtype=self.classes_.dtype)
        place = self.classes_.tolist().index(self.pos_label_)
        is_event = proba[:, place] >= self.threshold_
        return np.asarray(self.classes_[np.where(is_event, place, 1 - place)])

    def predict_proba(self, X: Any) -> Floats:
        """Return the probability of each class, as the classifier predicts it.

        Parameters
        ----------
        X : array-like, sparse matrix or frame of shape (n_rows, n_columns)

        Returns
        -------
        ndarray of shape (n_rows, n_classes)
        """
        check_is_fitted(self)
        return np.asarray(self.estimator_.predict_proba(X), dtype=np.float64)

    @available_if(lambda self: hasattr(self.estimator, "decision_function"))
    def decision_function(self, X: Any) -> Any:
        """Return the decision values of the classifier, on which the policy has no effect."""
        check_is_fitted(self)
        return self.estimator_.decision_function(X)

    def _inference(self) -> Any:
        model = exported(self.estimator_)
        if self.class_thresholds_ is not None:
            rule = (over_thresholds, self.class_thresholds_)
            return CorrectedClassifier(model, self.classes_, decide=rule)
        if self.threshold_ is None:
            return CorrectedClassifier(
                model, self.classes_, decide=(cheapest, self._policy.costs.costs)
            )
        found = FixedThresholdClassifier(
            model,
            threshold=self.threshold_,
            pos_label=self.pos_label_,
            response_method="predict_proba",
        )
        found.estimator_ = model
        return found

    def get_metadata_routing(self) -> MetadataRouter:
        """Return which metadata goes to the classifier."""
        return routed_to_fit(self)

    def __sklearn_tags__(self) -> Tags:
        tags, own = super().__sklearn_tags__(), get_tags(self.estimator)
        tags.input_tags, tags.classifier_tags = own.input_tags, own.classifier_tags
        return tags
