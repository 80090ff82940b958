"""Fit one arm (an approach with an estimator) on training rows: in a fold of a comparison, or for use."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from inspect import signature
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import has_fit_parameter

from poise.comparison.approaches import Approach
from poise.comparison.estimators import Estimator, Form
from poise.comparison.scores import average_precision, macro
from poise.core.errors import EstimatorError, InputError
from poise.core.plan.recipes import Ids
from poise.core.sampling.seeds import fresh, seeded
from poise.decisions import ReweightedClassifier
from poise.decisions._reweighted import name_of_weights, takes_weights
from poise.ensemble import BalancedBaggingClassifier
from poise.pipeline import followed, stays_within_groups
from poise.study.event_table import EventTable, Floats
from poise.study.models import (
    KnownColumns,
    encoder,
    layers,
    needs_codes,
    prepared_sampler,
    stops_early,
    weighing_classes,
)
from poise.weights._schemes import DEFAULT_BETA, DEFAULT_CAP, weights_of_classes

_PARTS_TO_STOP = 10
_ROUNDING = 1e-4  # of probabilities in single precision
N_INNER, N_MEMBERS = 3, 10


class NotApplicableError(InputError):
    """An approach cannot be combined with an estimator."""


@dataclass(frozen=True, eq=False)
class Part:
    """Training rows after an approach, in the form that an estimator is fitted on.

    Attributes
    ----------
    X, y : array-like
    weights : ndarray of shape (n_rows,) or None
        Weight of each row; a new row has that of the row that it was made from.
    encoder : transformer or None
        Brings other rows into the form of X; None if they have it.
    seconds : float
        Time for resampling and encoding.
    notes : tuple of str
        Warnings of the sampler.
    """

    X: Any
    y: Any
    weights: Floats | None = None
    encoder: Any = None
    seconds: float = 0.0
    notes: tuple[str, ...] = ()

    def encoded(self, X: Any) -> Any:
        """Return other rows in the form of the training rows."""
        return X if self.encoder is None else self.encoder.transform(X)


class Fitted(NamedTuple):
    """A fitted classifier.

    Attributes
    ----------
    model : classifier
    classes : tuple of labels
        What it calls the classes; of two, the event is last.
    trained_prior : float or tuple of float
        Share of the event that it was trained on, with weights; with several classes, the share of each.
    seconds : float
        Time for fitting.
    notes : tuple of str
        Warnings of the classifier.
    """

    model: Any
    classes: tuple[Any, ...]
    trained_prior: float | tuple[float, ...]
    seconds: float
    notes: tuple[str, ...]

    def scores_of(self, X: Any) -> tuple[Floats, bool]:
        """Return scores of the event or of several classes, and whether they are probabilities; else they are decision values."""
        known = self.model.classes_.tolist()
        if len(known) != len(self.classes):
            raise EstimatorError(f"it was fitted on {len(known)} of {len(self.classes)} classes")
        places = [known.index(label) for label in self.classes]
        has_probabilities = hasattr(self.model, "predict_proba")
        compute = "predict_proba" if has_probabilities else "decision_function"
        values = np.asarray(getattr(self.model, compute)(X), dtype=np.float64)
        if has_probabilities and not ((values >= 0) & (values <= 1)).all():
            raise EstimatorError("predict_proba returned values that are not from 0 to 1")
        if not np.isfinite(values).all():
            raise EstimatorError("decision_function returned values that are not finite")
        if has_probabilities and len(places) > 2:
            off = np.abs(values.sum(axis=1) - 1)
            if off.max(initial=0) > _ROUNDING:
                raise EstimatorError(
                    f"predict_proba returned rows that do not add up to 1, such as row {int(off.argmax())}"
                )
            values = values / values.sum(axis=1, keepdims=True)
        if values.ndim == 1:
            return (values if places[1] == 1 else -values), False
        if values.shape[1] != len(places):
            raise EstimatorError(
                f"{compute} returned {values.shape[1]} columns for {len(places)} classes"
            )
        return values[:, places[1] if len(places) == 2 else places], has_probabilities


class TrainingRows(NamedTuple):
    """The training rows of an arm.

    Attributes
    ----------
    fit : ndarray of intp
        Those that are resampled and fitted on.
    stop : ndarray of intp
        Those that an estimator with early stopping is watched on: a tenth, never resampled; none for others.
    """

    fit: Ids
    stop: Ids


def rows_for(rows: EventTable, train: Ids, estimator: Estimator, random_seed: int) -> TrainingRows:
    """Return which training rows an estimator is fitted on, and which it is watched on."""
    if not stops_early(estimator.model):
        return TrainingRows(train, train[:0])
    fit, stop = next(_splits(rows, train, _PARTS_TO_STOP, random_seed))
    return TrainingRows(fit, stop)


def _splits(
    rows: EventTable, train: Ids, n_folds: int, random_seed: int
) -> Iterator[tuple[Ids, Ids]]:
    """Yield folds of training rows; rows of one group are never in both parts."""
    kind = StratifiedKFold if rows.groups is None else StratifiedGroupKFold
    folds = kind(n_folds, shuffle=True, random_state=random_seed)
    groups = None if rows.groups is None else rows.groups[train]
    for fit, test in folds.split(train, rows.truth[train], groups):
        yield train[fit], train[test]


def encoders_of(rows: EventTable, train: Ids, estimators: Sequence[Estimator]) -> dict[Form, Any]:
    """Return the encoders that estimators need, fitted on training rows before an approach changes them."""
    forms = {estimator.form for estimator in estimators}
    needed: list[Form] = [form for form in ("encoded", "sparse") if form in forms]
    X = rows.take(train, as_given=False) if needed else None
    return {form: encoder(rows, sparse=form == "sparse").fit(X) for form in needed}


def resampled(
    rows: EventTable,
    train: Ids,
    approach: Approach,
    *,
    as_given: bool,
    random_seed: int,
) -> Part:
    """Return training rows after an approach, as numbers and codes, or as the table that the user passed.

    Raises whatever the sampler raises, and InputError if it leaves no rows.

    Parameters
    ----------
    rows : EventTable
    train : ndarray of intp
    approach : Approach
    as_given : bool
        Whether the sampler gets the table that the user passed.
    random_seed : int
    """
    weights = rows.weights_of(train)
    X, y = rows.take(train, as_given=as_given), rows.labels[train]
    if approach.sampler is None:
        return Part(X, y, weights)
    start = time.perf_counter()
    with _noted() as notes:
        sampler = prepared_sampler(
            approach.sampler, rows, as_given=as_given, random_seed=random_seed
        )
        along = {}
        if rows.groups is not None and stays_within_groups(sampler):
            along["groups"] = rows.groups[train]
        if as_given and rows.is_embedded and _takes_embedding(sampler):
            along["embedding"] = rows.numbers[train]
        X, y = sampler.fit_resample(X, y, **along)
    if not len(y):
        raise InputError(
            f"The sampler {approach.name!r} left no rows. Choose one that keeps rows of both classes."
        )
    if weights is not None:
        weights = followed(weights, sampler, "sample_weight")
    return Part(X, y, weights, None, time.perf_counter() - start, tuple(notes))


def _takes_embedding(sampler: Any) -> bool:
    """Tell whether a sampler searches neighbours in an embedding that is passed beside the rows."""
    return "embedding" in signature(sampler.fit_resample).parameters


def in_form(part: Part, form: Form, encoders: Mapping[Form, Any]) -> Part:
    """Return training rows of numbers and codes in the form that an estimator needs."""
    start = time.perf_counter()
    fitted_encoder = encoders[form] if form in encoders else KnownColumns().fit(part.X)
    X = fitted_encoder.transform(part.X)
    seconds = part.seconds + time.perf_counter() - start
    return replace(part, X=X, encoder=fitted_encoder, seconds=seconds)


def fitted(
    part: Part,
    approach: Approach,
    estimator: Estimator,
    classes: tuple[Any, ...],
    random_seed: int,
    watched: tuple[Any, Any] | None = None,
) -> Fitted:
    """Fit the classifier of an arm.

    Raises whatever the classifier raises, and NotApplicableError if it cannot be weighted.

    Parameters
    ----------
    part : Part
    approach : Approach
    estimator : Estimator
    classes : tuple of labels
        Of two, the event is last.
    random_seed : int
    watched : (array-like, array-like), optional
        Rows in the form of the part, and their classes, that early stopping is decided on.
    """
    if approach.is_bagged and watched is not None:
        raise NotApplicableError(
            "not applicable: members of balanced bagging cannot stop early. Leave it out, or pass an estimator without early stopping."
        )
    model = seeded(_new_model(part, approach, estimator), random_seed)
    codes, has_codes = _codes(part.y, classes), needs_codes(model)
    weights = _weights(part, approach, estimator.model, codes, len(classes))
    along: dict[str, Any] = {} if weights is None else {name_of_weights(model): weights}
    start = time.perf_counter()
    with _noted() as notes:
        if watched is not None:
            X, y = watched
            along |= _watching(model, part.X, X, _codes(y, classes) if has_codes else y)
        model = model.fit(part.X, codes if has_codes else part.y, **along)
    seconds = time.perf_counter() - start
    shares = _shares(approach, codes, len(classes), weights)
    prior = float(shares[1]) if len(classes) == 2 else tuple(shares.tolist())
    names = tuple(range(len(classes))) if has_codes else classes
    return Fitted(model, names, prior, seconds, tuple(notes))


def _watching(model: Any, X: Any, X_watched: Any, y_watched: Any) -> dict[str, Any]:
    """Return the arguments of `fit` with which a classifier is watched on held-out rows.

    In a pipeline, they go through its first steps, fitted on the training rows.
    """
    prefix, every = "", list(layers(model))
    for layer in every:
        if isinstance(layer, Pipeline):
            if len(layer.steps) > 1:
                first = fresh(layer[:-1]).fit(X)
                X, X_watched = first.transform(X), first.transform(X_watched)
            prefix += f"{layer.steps[-1][0]}__"
    along: dict[str, Any] = {f"{prefix}eval_set": [(X_watched, y_watched)]}
    if has_fit_parameter(every[-1], "verbose"):
        along[f"{prefix}verbose"] = False
    return along


def _codes(y: Any, classes: tuple[Any, ...]) -> NDArray[np.intp]:
    """Return the place of each label among some classes."""
    y, codes = np.asarray(y), np.zeros(len(y), dtype=np.intp)
    for place, label in enumerate(classes):
        codes[y == label] = place
    return codes


def _new_model(part: Part, approach: Approach, estimator: Estimator) -> Any:
    """Return a new classifier of an arm."""
    model = fresh(estimator.model)
    if approach.class_scheme == "balanced" and _has_class_weight(part, model):
        return weighing_classes(model)
    if approach.is_bagged:
        return BalancedBaggingClassifier(model, N_MEMBERS, n_jobs=1)
    return model if approach.scheme is None else ReweightedClassifier(model, approach.scheme)


def _weights(
    part: Part, approach: Approach, model: Any, codes: NDArray[np.intp], n_classes: int
) -> Floats | None:
    """Return the weights of rows for `fit`: with those of classes, where the estimator has no parameter for them."""
    scheme = approach.class_scheme
    has_parameter = scheme == "balanced" and _has_class_weight(part, model)
    needs_weights = part.weights is not None or approach.scheme is not None
    if (needs_weights or (scheme is not None and not has_parameter)) and not takes_weights(model):
        lacks = (
            "takes no sample_weight"
            if needs_weights
            else "has no class_weight, and takes no sample_weight"
        )
        raise NotApplicableError(
            f"not applicable: the estimator {lacks}. Leave it out, or pass one that does."
        )
    if scheme is None or has_parameter:
        return part.weights
    own = np.ones(len(codes)) if part.weights is None else part.weights
    totals = np.bincount(codes, own, n_classes)
    of_class = weights_of_classes(
        totals, range(n_classes), scheme, beta=DEFAULT_BETA, cap=DEFAULT_CAP
    )
    return np.asarray(own * of_class[codes])


def _shares(
    approach: Approach, codes: NDArray[np.intp], n_classes: int, weights: Floats | None
) -> Floats:
    """Return the share of each class by weight; members of balanced bagging have as many rows of each class."""
    if approach.class_scheme == "balanced":
        return np.full(n_classes, 1 / n_classes)
    totals = np.bincount(codes, weights, n_classes).astype(np.float64)
    if approach.is_bagged:
        totals /= np.bincount(codes, minlength=n_classes)
    return np.asarray(totals / totals.sum())


def _has_class_weight(part: Part, model: Any) -> bool:
    """Tell whether class weights are a parameter; some libraries balance counts there, even where rows have weights."""
    return part.weights is None and weighing_classes(model) is not None


@dataclass(frozen=True, eq=False)
class Parts:
    """Training rows after approaches: each is resampled once for all estimators of one form.

    Attributes
    ----------
    rows : EventTable
    encoders : dict of form to transformer
    random_seed : int
    known : dict
        What was computed so far: a Part, or the exception that was raised.
    """

    rows: EventTable
    encoders: Mapping[Form, Any]
    random_seed: int
    known: dict[Any, Part | Exception] = field(default_factory=dict)

    def of(self, form: Form, train: Ids, approach: Approach) -> Part:
        """Return training rows in a form; raises whatever the sampler raises.

        Rows are known by their number: they are those of a fold, or those of it that early stopping leaves.
        """
        key = (form == "given", len(train), id(approach.sampler))
        part = self._once(("resampled", *key), self._resampled, train, approach, form == "given")
        if form == "given":
            return part
        return self._once((form, *key), in_form, part, form, self.encoders)

    def _resampled(self, train: Ids, approach: Approach, as_given: bool) -> Part:  # noqa: FBT001  # private
        return resampled(
            self.rows, train, approach, as_given=as_given, random_seed=self.random_seed
        )

    def _once(self, key: Any, compute: Callable[..., Part], *given: Any) -> Part:
        if key not in self.known:
            try:
                self.known[key] = compute(*given)
            except Exception as error:  # noqa: BLE001  # it is raised again for each estimator
                self.known[key] = error
        found = self.known[key]
        if isinstance(found, Exception):
            raise found
        return found


def settled(parts: Parts, train: Ids, approach: Approach, estimator: Estimator) -> Approach:
    """Return an approach with the candidate that has the best average precision in folds of the training rows.

    With several classes, it is the mean over them.
    Candidates that fail in a fold are passed over; if all fail, what the last one raised is raised.
    """
    if not approach.candidates:
        return approach
    folds = list(_splits(parts.rows, train, N_INNER, parts.random_seed))
    values: list[float] = []
    for sampler in approach.candidates:
        one = replace(approach, sampler=sampler, candidates=())
        try:
            found = [
                _precision_of(replace(parts, known={}), *fold, one, estimator) for fold in folds
            ]
            values.append(float(np.mean(found)))
        except Exception:
            values.append(-np.inf)
            if len(values) == len(approach.candidates) and not np.isfinite(values).any():
                raise
    return replace(approach, sampler=approach.candidates[int(np.argmax(values))], candidates=())


def _precision_of(
    parts: Parts, fit: Ids, test: Ids, approach: Approach, estimator: Estimator
) -> float:
    """Return the average precision of an arm on rows that it was not fitted on."""
    rows = parts.rows
    part, model = fit_arm(parts, fit, approach, estimator)
    scores, _ = model.scores_of(part.encoded(rows.take(test, as_given=estimator.as_given)))
    score = macro(average_precision) if rows.several else average_precision
    return score(rows.truth[test], scores, rows.weights_of(test))


def fit_arm(
    parts: Parts, train: Ids, approach: Approach, estimator: Estimator
) -> tuple[Part, Fitted]:
    """Resample training rows and fit the classifier of an arm; return what it was fitted on, and the classifier."""
    rows, seed = parts.rows, parts.random_seed
    fit, stop = rows_for(rows, train, estimator, seed)
    part, watched = parts.of(estimator.form, fit, approach), None
    if len(stop):
        held_out = rows.take(stop, as_given=estimator.as_given)
        watched = (part.encoded(held_out), rows.labels[stop])
    return part, fitted(part, approach, estimator, rows.classes, seed, watched)


@contextmanager
def _noted() -> Iterator[list[str]]:
    """Collect the warnings of a block as texts, each once."""
    notes: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield notes
    notes += dict.fromkeys(f"{w.category.__name__}: {w.message}" for w in caught)
