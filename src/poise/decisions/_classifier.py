"""A classifier that is fitted on resampled rows and gives probabilities for the rows there are."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn import get_config
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.model_selection import check_cv
from sklearn.utils import Tags, get_tags
from sklearn.utils._param_validation import InvalidParameterError, StrOptions
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from poise.core.errors import InputError, ParameterError, TooFewRowsError, UnsupportedTypeError
from poise.core.sampling.checks import check_sampler, check_takes_weights
from poise.core.tables.carry import take
from poise.core.tables.read import length, read_target
from poise.decisions._priors import class_prior, shift_prior
from poise.decisions._recalibration import (
    Residual,
    calibration_fits,
    fitted_calibrators,
    recalibrate,
)
from poise.decisions._weights import PrevalenceWeights
from poise.pipeline import followed, has_entry_a_row, is_sampler, weigh

Floats = NDArray[np.float64]


class ResampledClassifier(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no type hints
    """A classifier that is fitted on resampled rows, with probabilities for the rows there are.

    Resampling changes the shares of the classes, so every probability of a classifier fitted on the
    result is off. The shares are known, and taken back (`shift_prior`). Where rows go or are repeated
    at random that is all that resampling itself does; where rows are made, or removed by a rule, the
    classes change too, and a flexible classifier takes repeated rows for certain. What is left is
    measured on rows that the classifier did not see, told in `residual_`, and mended where asked.

    Parameters
    ----------
    resampler : sampler
        Anything with `fit_resample`; it is cloned.
    estimator : classifier with `predict_proba`
        It is cloned.
    correct_prior : bool, default=True
        Whether shares are taken back.
    deployment_prior : None, float, array-like of shape (n_classes,), or dict of label to share
        Shares of the classes where the classifier is used; None for those of `y`. See
        `estimate_prior` for where they are unknown.
    calibrate : {"auto", "sigmoid", "isotonic"} or None, default="auto"
        "auto" measures what is left; "sigmoid" (Platt) and "isotonic" measure and mend it; None does
        neither. The rows measured on are original ones, each by a classifier fitted without it.
    cv : int, splitter or iterable, default=5
        The folds for it, as scikit-learn takes them.
    n_jobs : int or None, default=None
        Folds fitted at once.

    Attributes
    ----------
    estimator_ : classifier
        Fitted on the resampled rows; neither these nor the plan are kept.
    classes_ : ndarray of shape (n_classes,)
    trained_prior_ : dict of label to share
        What `estimator_` saw, its `class_weight` counted.
    deployment_prior_ : dict of label to share
        What probabilities are for.
    residual_ : Residual or None
        None where nothing was measured.
    n_features_in_ : int
    feature_names_in_ : ndarray of str
        Only there when X has column names that are all strings.

    Raises
    ------
    UnsupportedTypeError
        For an estimator without `predict_proba`.
    TooFewRowsError
        Where a class has fewer rows than there are folds.

    Notes
    -----
    One fit, and `cv` more where something is measured or mended.

    References
    ----------
    .. [1] Dal Pozzolo, A., Caelen, O., Johnson, R. A. and Bontempi, G. (2015). Calibrating probability
       with undersampling for unbalanced classification. SSCI 2015.
    .. [2] van den Goorbergh, R., van Smeden, M., Timmerman, D. and Van Calster, B. (2022). The harm of
       class imbalance corrections for risk prediction models. JAMIA 29, 1525-1534.

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

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "resampler": "no_validation",
        "estimator": "no_validation",
        "correct_prior": ["boolean"],
        "deployment_prior": "no_validation",
        "calibrate": [StrOptions({"auto", "sigmoid", "isotonic"}), None],
        "cv": ["cv_object"],
        "n_jobs": [int, None],
    }

    def __init__(
        self,
        resampler: Any,
        estimator: Any,
        *,
        correct_prior: bool = True,
        deployment_prior: Any = None,
        calibrate: str | None = "auto",
        cv: Any = 5,
        n_jobs: int | None = None,
    ) -> None:
        self.resampler = resampler
        self.estimator = estimator
        self.correct_prior = correct_prior
        self.deployment_prior = deployment_prior
        self.calibrate = calibrate
        self.cv = cv
        self.n_jobs = n_jobs

    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, *, groups: Any = None, **params: Any
    ) -> Self:
        """Resample, fit, and measure or mend what is left.

        Parameters
        ----------
        X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
        y : array-like of shape (n_rows,)
        sample_weight : array-like of shape (n_rows,), optional
            Goes along with the rows, and to the classifier.
        groups : array-like of shape (n_rows,), optional
            For a `cv` that keeps groups whole.
        **params : dict
            Routed, where scikit-learn's metadata routing is enabled.

        Returns
        -------
        self
        """
        self._check(params)
        if sample_weight is not None:
            sample_weight = np.asarray(sample_weight, dtype=np.float64)
        given = params if sample_weight is None else params | {"sample_weight": sample_weight}
        target = np.asarray(read_target(y))
        check_classification_targets(target)
        self._fit_on_resampled(X, y, given)
        here = class_prior(y, sample_weight=sample_weight)
        lost = [label for label in here if not self.trained_prior_.get(label)]
        if lost:
            raise InputError(
                f"No row of class {lost[0]!r} that weighs anything is left after {self.resampler!r}. Choose "
                "one that keeps it, and weights above 0."
            )
        self._prior_here = here
        self.deployment_prior_ = self._read_deployment(here)
        self._calibrators: list[Any] = []
        self.residual_: Residual | None = None
        if self.calibrate is not None:
            self._measure(X, target.ravel(), given, groups)
        return self

    def _check(self, params: dict[str, Any]) -> None:
        try:
            self._validate_params()
        except InvalidParameterError as error:
            raise ParameterError(str(error)) from None
        _check_resampler(self.resampler)
        _check_estimator(self.estimator)
        if self.deployment_prior is not None and not self.correct_prior:
            raise InputError(
                "deployment_prior is what probabilities are corrected to, and correct_prior=False "
                "corrects nothing. Leave one of them out."
            )
        if params and not get_config()["enable_metadata_routing"]:
            raise InputError(
                f"fit takes X, y and sample_weight; {', '.join(params)} can be passed where metadata "
                "routing is enabled: sklearn.set_config(enable_metadata_routing=True)."
            )

    def _fit_on_resampled(self, X: Any, y: Any, given: dict[str, Any]) -> None:
        to_sampler, to_estimator = self._routed(given)
        sampler = clone(self.resampler)
        X_new, y_new = sampler.fit_resample(X, y, **to_sampler)
        n_rows = length(X)
        along = {
            name: followed(values, sampler, name) if has_entry_a_row(values, n_rows) else values
            for name, values in to_estimator.items()
        }
        if hasattr(sampler, "sample_weight_"):
            weigh(along, self.estimator, sampler)
        self.estimator_ = clone(self.estimator).fit(X_new, y_new, **along)
        self.trained_prior_ = class_prior(
            y_new,
            sample_weight=along.get("sample_weight"),
            class_weight=_class_weight_of(self.estimator),
        )
        self.classes_ = self.estimator_.classes_
        for name in ("n_features_in_", "feature_names_in_"):
            self.__dict__.pop(name, None)
            if hasattr(self.estimator_, name):
                setattr(self, name, getattr(self.estimator_, name))

    def _routed(self, given: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what the sampler and what the estimator are given."""
        if get_config()["enable_metadata_routing"]:
            routed = process_routing(self, "fit", **given)
            return dict(routed.resampler.fit), dict(routed.estimator.fit)
        if not given:
            return {}, {}
        if isinstance(self.resampler, PrevalenceWeights):
            return given, {}
        check_takes_weights(self.estimator)
        return {}, given

    def _read_deployment(self, here: dict[Any, float]) -> dict[Any, float]:
        if self.deployment_prior is None:
            return here
        labels = list(here)
        even = np.full((1, len(labels)), 1 / len(labels))
        # Checked, and put in order, by what it is for.
        shares = shift_prior(even, even[0], self.deployment_prior, classes=labels)[0]
        return dict(zip(labels, shares.tolist(), strict=True))

    # What is left after the shift

    def _measure(self, X: Any, target: NDArray[Any], given: dict[str, Any], groups: Any) -> None:
        codes = np.searchsorted(self.classes_, target)
        splits = self._splits(X, target, groups)
        predicted = self._out_of_fold(X, target, given, splits)
        seen = ~np.isnan(predicted[:, 0])
        weights = given.get("sample_weight")
        w = np.ones(len(codes)) if weights is None else weights
        events = self._events()
        shifted = calibration_fits(predicted[seen], codes[seen], w[seen], events)
        recalibrated = None
        if self.calibrate != "auto":
            method = str(self.calibrate)
            crossed = np.full_like(predicted, np.nan)
            for _, test in splits:
                rest = seen.copy()
                rest[test] = False
                calibrators = fitted_calibrators(
                    method, predicted[rest], codes[rest], w[rest], events
                )
                crossed[test] = recalibrate(calibrators, predicted[test])
            recalibrated = calibration_fits(crossed[seen], codes[seen], w[seen], events)
            self._calibrators = fitted_calibrators(
                method, predicted[seen], codes[seen], w[seen], events
            )
        labels = tuple(self.classes_[list(events)].tolist())
        self.residual_ = Residual(labels, shifted, recalibrated, int(seen.sum()))

    def _splits(self, X: Any, target: NDArray[Any], groups: Any) -> list[tuple[Any, Any]]:
        """Return the folds, each of which must train on all classes."""
        known, counts = np.unique(target, return_counts=True)
        if isinstance(self.cv, int) and counts.min() < self.cv:
            self._check_settings(known, counts.min(), counts, f"in cv={self.cv} folds")
        folds = check_cv(self.cv, target, classifier=True)
        try:
            splits = list(folds.split(X, target, groups))
        except ValueError as error:
            raise InputError(
                f"cv={self.cv!r} cannot split these rows: {error} Groups are passed as fit(..., groups=)."
            ) from error
        for train, _ in splits:
            missing_name = np.setdiff1d(known, target[train])
            if len(missing_name):
                counts_there = np.array([(target[train] == label).sum() for label in known])
                self._check_settings(
                    known, 0, counts_there, "and a fold would train on none of them"
                )
        return splits

    def _check_settings(
        self, known: NDArray[Any], least: int, counts: NDArray[Any], where: str
    ) -> None:
        label = np.asarray(known[counts.argmin()]).item()
        raise TooFewRowsError(
            f"What is left after prior correction is measured out of fold, {where}; class {label!r} has "
            f"{least} rows there. Pass a cv that has rows of each class in every training part, or "
            "calibrate=None."
        )

    def _out_of_fold(
        self, X: Any, target: NDArray[Any], given: dict[str, Any], splits: list[tuple[Any, Any]]
    ) -> Floats:
        """Return what is said of each row by classifiers that did not see it; NaN for rows never held out."""
        plain = type(self)(
            self.resampler, self.estimator, correct_prior=self.correct_prior, calibrate=None
        )
        parts = Parallel(n_jobs=self.n_jobs)(
            delayed(_probabilities_of)(clone(plain), X, target, given, train, test)
            for train, test in splits
        )
        total = np.zeros((len(target), len(self.classes_)))
        times = np.zeros(len(target))
        for (_, test), part in zip(splits, parts, strict=True):
            total[test] += part
            times[test] += 1
        return np.divide(
            total,
            times[:, np.newaxis],
            out=np.full_like(total, np.nan),
            where=times[:, np.newaxis] > 0,
        )

    def _events(self) -> tuple[int, ...]:
        return (1,) if len(self.classes_) == 2 else tuple(range(len(self.classes_)))

    # After fitting

    def predict_proba(self, X: Any) -> Floats:
        """Return the probability of each class where the classifier is used.

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
        predicted = recalibrate(self._calibrators, predicted) if self._calibrators else predicted
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

    def get_metadata_routing(self) -> MetadataRouter:
        """Return which metadata goes to the sampler and which to the classifier."""
        mapping = MethodMapping().add(caller="fit", callee="fit")
        return (
            MetadataRouter(owner=self)
            .add(resampler=self.resampler, method_mapping=mapping)
            .add(estimator=self.estimator, method_mapping=mapping)
        )

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        own, theirs = get_tags(self.estimator), get_tags(self.resampler)
        for name in ("sparse", "string", "categorical", "allow_nan"):
            both = getattr(own.input_tags, name) and getattr(theirs.input_tags, name)
            setattr(tags.input_tags, name, both)
        tags.classifier_tags = own.classifier_tags
        return tags


def _probabilities_of(
    model: Any, X: Any, target: NDArray[Any], given: dict[str, Any], train: Any, test: Any
) -> Floats:
    """Return what a model that is fitted on some rows says of others."""
    n_rows = len(target)
    own = {
        name: take(values, train) if has_entry_a_row(values, n_rows) else values
        for name, values in given.items()
    }
    model.fit(take(X, train), target[train], **own)
    found: Floats = model.predict_proba(take(X, test))
    return found


def _check_resampler(resampler: Any) -> None:
    check_sampler("resampler=", resampler)
    if any(not is_sampler(step) for _, step in getattr(resampler, "steps", ())):
        raise UnsupportedTypeError(
            "The resampler is a pipeline that also transforms, and rows to predict would not be "
            "transformed. Put the transformers before the classifier: "
            "estimator=make_pipeline(StandardScaler(), ...)."
        )


def _check_estimator(estimator: Any) -> None:
    if any(is_sampler(step) for _, step in getattr(estimator, "steps", ())):
        raise UnsupportedTypeError(
            "The estimator is a pipeline that resamples by itself, so the shares that its classifier "
            "sees are not known. Pass its sampler as the resampler."
        )
    if isinstance(estimator, type) or not hasattr(estimator, "predict_proba"):
        raise UnsupportedTypeError(
            f"estimator={estimator!r} has no predict_proba, and it is probabilities that are "
            "corrected. Wrap it: sklearn.calibration.CalibratedClassifierCV(estimator)."
        )


def _class_weight_of(estimator: Any) -> Any:
    """Return the class weights that a classifier, or the last step of a pipeline, is fitted with."""
    last = estimator.steps[-1][1] if hasattr(estimator, "steps") else estimator
    return last.get_params().get("class_weight") if hasattr(last, "get_params") else None
