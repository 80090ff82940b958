"""A classifier that is fitted on resampled rows and predicts probabilities for the original class shares."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn import get_config
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.utils import Tags, get_tags
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from poise.core.errors import InputError, UnsupportedTypeError
from poise.core.exporting import Exportable, exported
from poise.core.numbers import some_weights_of
from poise.core.sampling.checks import check_keeps_columns, check_takes_weights
from poise.core.sampling.constructors import names_parameters
from poise.core.sampling.parameters import (
    BOOLEAN,
    N_PROCESSES,
    NONE,
    Allowed,
    check_allowed,
    one_of,
)
from poise.core.sampling.seeds import fresh
from poise.core.tables.convert import check_one_order
from poise.core.tables.labels import Labels
from poise.core.tables.read import length, read_target
from poise.core.types import Calibration, Classifier, Column, Folds, Sampler, Shares, choices
from poise.decisions._around import (
    check_fit_parameters,
    check_has_probabilities,
    copy_names,
    plain_labels,
)
from poise.decisions._out_of_fold import CV, out_of_fold, splits_of
from poise.decisions._priors import class_prior, shift_factors, shift_prior
from poise.decisions._recalibration import (
    Residual,
    calibration_fits,
    fitted_calibrators,
)
from poise.decisions._shares import trained_prior
from poise.decisions._weights import PrevalenceWeights
from poise.pipeline import (
    followed,
    has_one_entry_per_row,
    is_sampler,
    stays_within_groups,
    weigh,
)
from poise_inference import CorrectedClassifier, recalibrated, times_factors

Floats = NDArray[np.float64]


@names_parameters
class ResampledClassifier(Exportable, ClassifierMixin, MetaEstimatorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no type hints
    """A classifier that is fitted on resampled rows, with probabilities for the original shares.

    Resampling changes the shares of the classes, so a classifier fitted on the result predicts wrong
    probabilities. The change of the shares is known and is reversed exactly (`shift_prior`). After random
    under- or over-sampling nothing else has changed. Synthetic rows and cleaning rules also change the
    classes themselves, and a flexible classifier is overconfident on repeated rows. The remaining error is
    measured on held-out rows, reported in `residual_`, or corrected by a calibrator, on request.

    Parameters
    ----------
    resampler : sampler or None
        Any object with `fit_resample`; it is cloned, not fitted. None takes back the class weights of the
        estimator alone.
    estimator : classifier with `predict_proba`
        It is cloned, not fitted. Class weights in it are taken back, too: `class_weight`, `scale_pos_weight`,
        `is_unbalance`, `class_weights` and `auto_class_weights`, also inside pipelines, searches and votes.
    correct_prior : bool, default=True
        Whether to correct the probabilities for the changed shares.
    deployment_prior : None, float, array-like of shape (n_classes,), or dict of label to share
        Shares of the classes where the classifier is used; None means those of `y`. A single number is the
        share of the event. If the shares are unknown, see `estimate_prior`.
    calibrate : {"check", "sigmoid", "isotonic"} or None, default=None
        "check" measures the error that is left after prior correction, and warns if it is beyond its standard
        error; "sigmoid" (Platt) and "isotonic" measure and correct it; None does neither. It is measured out of
        fold, on original rows.
    pos_label : label, optional
        Label of the event; by default that of the class with the fewest rows, and of two equal ones the one
        that sorts last.
    cv : int, splitter or iterable, default=5
        The folds for measuring, as in scikit-learn.
    n_jobs : int or None, default=None
        Number of folds that are fitted in parallel.

    Attributes
    ----------
    estimator_ : classifier
        Fitted on the resampled rows; the rows and the plan are not kept.
    classes_ : ndarray of shape (n_classes,)
    pos_label_ : label
        The event.
    trained_prior_ : dict of label to share
        Class shares that `estimator_` was trained on, with the class weights in it.
    deployment_prior_ : dict of label to share
        Class shares that the probabilities are corrected to.
    residual_ : Residual or None
        The error left after prior correction; None if it was not measured.
    n_features_in_ : int
    feature_names_in_ : ndarray of str
        Only set if X has column names that are all strings.

    Raises
    ------
    UnsupportedTypeError
        If the estimator has no `predict_proba`.
    TooFewRowsError
        If a class has fewer rows than there are folds.

    Notes
    -----
    One fit, and one more per fold if `calibrate` is not None.

    References
    ----------
    .. [1] Dal Pozzolo, A., Caelen, O., Johnson, R. A. and Bontempi, G. (2015). Calibrating probability
       with undersampling for unbalanced classification. SSCI 2015.
       doi:10.1109/SSCI.2015.33
    .. [2] van den Goorbergh, R., van Smeden, M., Timmerman, D. and Van Calster, B. (2022). The harm of
       class imbalance corrections for risk prediction models. JAMIA 29, 1525-1534.
       doi:10.1093/jamia/ocac093

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from poise import SMOTE
    >>> from poise.decisions import ResampledClassifier
    >>> X, y = make_classification(1000, weights=[0.95], random_state=0)
    >>> model = ResampledClassifier(SMOTE(random_state=0), LogisticRegression()).fit(X, y)
    >>> round(float(model.estimator_.predict_proba(X)[:, 1].mean()), 2), round(float(y.mean()), 2)
    (0.1, 0.05)
    >>> round(float(model.predict_proba(X)[:, 1].mean()), 2)
    0.05
    """

    estimator_: Any
    classes_: NDArray[Any]
    n_features_in_: int
    feature_names_in_: NDArray[Any]
    pos_label_: Any
    trained_prior_: dict[Any, float]
    deployment_prior_: dict[Any, float]
    residual_: Residual | None

    _allowed: ClassVar[dict[str, Allowed]] = {
        "correct_prior": BOOLEAN,
        "calibrate": one_of(*choices(Calibration)) | NONE,
        "cv": CV,
        "n_jobs": N_PROCESSES,
    }

    def __init__(
        self,
        resampler: Sampler | None,
        estimator: Classifier,
        *,
        correct_prior: bool = True,
        deployment_prior: Shares | None = None,
        calibrate: Calibration | None = None,
        pos_label: Any = None,
        cv: Folds = 5,
        n_jobs: int | None = None,
    ) -> None:
        self.resampler = resampler
        self.estimator = estimator
        self.correct_prior = correct_prior
        self.deployment_prior = deployment_prior
        self.calibrate = calibrate
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
        """Resample, fit, and measure or correct the error that is left.

        Parameters
        ----------
        X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
        y : array-like of shape (n_rows,)
        sample_weight : array-like of shape (n_rows,), optional
            Weight of each row. It is passed to the sampler and to the classifier.
        groups : array-like of shape (n_rows,), optional
            Group of each row, for a `cv` that keeps groups together and for a sampler with
            ``within_groups=True``.
        **params : dict
            Further arguments that `fit` of the classifier takes, such as ``eval_set``; if metadata routing
            of scikit-learn is enabled, routed arguments.

        Returns
        -------
        self
        """
        self._check(params)
        check_one_order(X, y=y, sample_weight=sample_weight, groups=groups)
        if sample_weight is not None:
            sample_weight = some_weights_of(sample_weight, length(y))
        given = params if sample_weight is None else params | {"sample_weight": sample_weight}
        check_classification_targets(np.asarray(read_target(y)))
        labels = plain_labels(y)
        y = labels.of_rows
        self.pos_label_ = labels.classes[labels.event_code(self.pos_label)]
        if groups is not None and stays_within_groups(self.resampler):
            given = given | {"groups": groups}
        self._fit_on_resampled(X, y, given)
        here = class_prior(y, sample_weight=sample_weight)
        lost = [label for label in here if not self.trained_prior_.get(label)]
        if lost:
            raise InputError(
                f"No row of class {lost[0]!r} with a weight above 0 is left after {self.resampler!r}. Choose a sampler "
                "that keeps the class, and pass weights above 0."
            )
        self._prior_here = here
        self.deployment_prior_ = self._read_deployment(here)
        self._calibrators: list[Any] = []
        self.residual_: Residual | None = None
        if self.calibrate is not None:
            self._measure(X, labels, given, groups)
        return self

    def _check(self, params: dict[str, Any]) -> None:
        check_allowed(self, self._allowed)
        if self.resampler is not None:
            check_keeps_columns("resampler", self.resampler)
        _check_estimator(self.estimator)
        if self.deployment_prior is not None and not self.correct_prior:
            raise InputError(
                "deployment_prior sets the shares that probabilities are corrected to, and correct_prior=False "
                "disables the correction. Pass only one of them."
            )
        if not get_config()["enable_metadata_routing"]:
            check_fit_parameters(self.estimator, params)

    def _fit_on_resampled(self, X: Any, y: Any, given: dict[str, Any]) -> None:
        to_sampler, to_estimator = self._routed(given)
        X_new, y_new, along = X, y, to_estimator
        if self.resampler is not None:
            sampler = clone(self.resampler)
            X_new, y_new = sampler.fit_resample(X, y, **to_sampler)
            n_rows = length(X)
            along = {
                name: followed(values, sampler, name)
                if has_one_entry_per_row(name, values, n_rows)
                else values
                for name, values in to_estimator.items()
            }
            if hasattr(sampler, "sample_weight_"):
                weigh(along, self.estimator, sampler)
        self.estimator_ = fresh(self.estimator).fit(X_new, y_new, **along)
        self.trained_prior_ = trained_prior(self.estimator_, y_new, along.get("sample_weight"))
        self.classes_ = self.estimator_.classes_
        copy_names(self, X)

    def _routed(self, given: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the arguments of the sampler and those of the estimator."""
        if get_config()["enable_metadata_routing"]:
            routed = process_routing(self, "fit", **given)
            to_sampler = {} if self.resampler is None else dict(routed.resampler.fit)
            return to_sampler, dict(routed.estimator.fit)
        to_sampler = {name: given[name] for name in given if name == "groups"}
        to_estimator = {name: given[name] for name in given if name not in to_sampler}
        if "sample_weight" not in given:
            return to_sampler, to_estimator
        if isinstance(self.resampler, PrevalenceWeights):
            weights = to_estimator.pop("sample_weight")
            return to_sampler | {"sample_weight": weights}, to_estimator
        check_takes_weights(self.estimator)
        return to_sampler, to_estimator

    def _read_deployment(self, here: dict[Any, float]) -> dict[Any, float]:
        if self.deployment_prior is None:
            return here
        labels = list(here)
        even = np.full((1, len(labels)), 1 / len(labels))
        # shift_prior checks the shares and puts them in the order of the classes.
        given: Any = self.deployment_prior
        if len(labels) == 2 and np.ndim(given) == 0 and not hasattr(given, "items"):
            other = next(label for label in labels if label != self.pos_label_)
            given = {self.pos_label_: given, other: 1 - given}
        shares = shift_prior(even, even[0], given, classes=labels)[0]
        return dict(zip(labels, shares.tolist(), strict=True))

    # Calibration after prior correction

    def _measure(self, X: Any, labels: Labels, given: dict[str, Any], groups: Any) -> None:
        codes = labels.codes
        splits = splits_of(self.cv, X, labels, groups, "calibrate=None")
        uncalibrated = type(self)(
            self.resampler,
            self.estimator,
            correct_prior=self.correct_prior,
            pos_label=self.pos_label_,
        )
        predicted = out_of_fold(uncalibrated, X, labels, given, splits, self.n_jobs)
        seen = ~np.isnan(predicted[:, 0])
        weights = given.get("sample_weight")
        w = np.ones(len(codes)) if weights is None else weights
        events = self._events()
        shifted = calibration_fits(predicted[seen], codes[seen], w[seen], events)
        after = None
        if self.calibrate != "check":
            method = str(self.calibrate)
            crossed = np.full_like(predicted, np.nan)
            for _, test in splits:
                rest = seen.copy()
                rest[test] = False
                calibrators = fitted_calibrators(
                    method, predicted[rest], codes[rest], w[rest], events
                )
                crossed[test] = recalibrated(predicted[test], calibrators, events)
            after = calibration_fits(crossed[seen], codes[seen], w[seen], events)
            self._calibrators = fitted_calibrators(
                method, predicted[seen], codes[seen], w[seen], events
            )
        names = tuple(self.classes_[list(events)].tolist())
        self.residual_ = Residual(names, shifted, after, int(seen.sum()))
        self.residual_.warn_beyond_error()

    def _events(self) -> tuple[int, ...]:
        if len(self.classes_) > 2:
            return tuple(range(len(self.classes_)))
        return (self.classes_.tolist().index(self.pos_label_),)

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
        now = self.trained_prior_
        if self.correct_prior:
            predicted = shift_prior(predicted, now, self._prior_here, classes=labels)
            now = self._prior_here
        if self._calibrators:
            predicted = recalibrated(predicted, self._calibrators, self._events())
        if self.correct_prior and self.deployment_prior_ != now:
            predicted = shift_prior(predicted, now, self.deployment_prior_, classes=labels)
        return predicted

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the most probable class of each row.

        Parameters
        ----------
        X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
        """
        proba = self.predict_proba(X)
        return np.asarray(self.classes_[proba.argmax(axis=1)])

    def _inference(self) -> CorrectedClassifier:
        steps: list[tuple[Any, ...]] = []
        labels, now = self.classes_.tolist(), self.trained_prior_
        if self.correct_prior:
            steps.append((times_factors, shift_factors(now, self._prior_here, labels)))
            now = self._prior_here
        if self._calibrators:
            steps.append((recalibrated, self._calibrators, self._events()))
        if self.correct_prior and self.deployment_prior_ != now:
            steps.append((times_factors, shift_factors(now, self.deployment_prior_, labels)))
        return CorrectedClassifier(exported(self.estimator_), self.classes_, steps)

    def get_metadata_routing(self) -> MetadataRouter:
        """Return which metadata goes to the sampler and which to the classifier."""
        mapping = MethodMapping().add(caller="fit", callee="fit")
        router = MetadataRouter(owner=self).add(estimator=self.estimator, method_mapping=mapping)
        if self.resampler is not None:
            router.add(resampler=self.resampler, method_mapping=mapping)
        return router

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        own = get_tags(self.estimator)
        theirs = own if self.resampler is None else get_tags(self.resampler)
        for name in ("sparse", "string", "categorical", "allow_nan"):
            both = getattr(own.input_tags, name) and getattr(theirs.input_tags, name)
            setattr(tags.input_tags, name, both)
        tags.classifier_tags = own.classifier_tags
        return tags


def _check_estimator(estimator: Any) -> None:
    if any(is_sampler(step) for _, step in getattr(estimator, "steps", ())):
        raise UnsupportedTypeError(
            "The estimator is a pipeline with a sampler, so the class shares that its classifier is trained on are "
            "unknown. Pass the sampler as the resampler."
        )
    check_has_probabilities(estimator, "only probabilities can be corrected")
