"""What moves the class shares that a classifier is trained on: samplers and class weights, wherever they are set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from poise.core.errors import MovedSharesWarning, UnsupportedTypeError, warn
from poise.decisions._priors import class_prior
from poise.pipeline import is_sampler

_SAME = 1e-9  # rounding error of shares
# Strategies of balanced ensembles after which all classes have the same share.
_EVEN = ("auto", "all", "not minority")
# Classifiers whose members are fitted on balanced rows, of Poise and imbalanced-learn.
_BALANCED = {
    "BalancedBaggingClassifier",
    "BalancedRandomForestClassifier",
    "EasyEnsembleClassifier",
    "RUSBoostClassifier",
    "BalancedFit",
}
# Classifiers that fit one classifier for each class, or for each pair of classes.
_ONE_BY_ONE = {"OneVsRestClassifier", "OneVsOneClassifier", "OutputCodeClassifier"}
WEIGHTS = (
    "class_weight",
    "class_weights",
    "scale_pos_weight",
    "is_unbalance",
    "auto_class_weights",
)


class Moved(NamedTuple):
    """Something that moves the class shares.

    Attributes
    ----------
    estimator : estimator
        Where it is set.
    parameter : str
        Name of the parameter; "" for samplers and balanced ensembles.
    value : object
        Its value; the sampler, or the ensemble.
    """

    estimator: Any
    parameter: str
    value: Any

    def __str__(self) -> str:
        name = type(self.estimator).__name__
        return f"{self.parameter}={self.value!r} of {name}" if self.parameter else name


def moved_by(estimator: Any) -> Iterator[Moved]:
    """Yield all that moves the class shares of one classifier: in its steps, its own estimator and its search.

    Parameters
    ----------
    estimator : estimator
        Fitted or not. A search that is fitted counts with its best estimator.
    """
    name = type(estimator).__name__
    if name == "CalibratedClassifierCV" or getattr(estimator, "correct_prior", False):
        return  # these lead probabilities back to the shares of the rows they are fitted on
    if name in _BALANCED or hasattr(estimator, "correct_prior"):
        yield Moved(estimator, "", estimator)
    elif hasattr(estimator, "steps"):
        *before, last = (step for _, step in estimator.steps)
        for step in [*filter(is_sampler, before), last]:  # transformers have no effect on shares
            yield from moved_by(step)
    elif is_sampler(estimator):
        if name != "PrevalenceWeights":
            yield Moved(estimator, "", estimator)
    elif hasattr(estimator, "best_estimator_"):
        yield from moved_by(estimator.best_estimator_)
    elif hasattr(estimator, "get_params"):
        yield from _weights_in(estimator)


def _weights_in(estimator: Any) -> Iterator[Moved]:
    """Yield the class weights of an estimator, and of the one that it wraps."""
    parameters = estimator.get_params(deep=False)
    for parameter in WEIGHTS:
        if _moves(parameter, parameters.get(parameter)):
            yield Moved(estimator, parameter, parameters[parameter])
    inner = parameters.get("estimator")
    if hasattr(inner, "get_params") and not isinstance(inner, type):
        yield from moved_by(getattr(estimator, "estimator_", inner))


def _moves(parameter: str, value: Any) -> bool:
    if parameter == "scale_pos_weight":
        return value is not None and float(value) != 1
    return value is not None and value is not False and value != "None"


def trained_prior(estimator: Any, y: Any, sample_weight: Any) -> dict[Any, float]:
    """Return the class shares that a fitted classifier was trained on, with all weights that are set in it.

    Parameters
    ----------
    estimator : fitted classifier
    y : array-like of shape (n_rows,)
        The labels that it was fitted on.
    sample_weight : array-like of shape (n_rows,) or None

    Raises
    ------
    UnsupportedTypeError
        If a sampler inside changes the shares to unknown ones, or members have different ones.
    """
    found = [
        (moved, _prior_of(moved, y, sample_weight)) for moved in _of_each_classifier(estimator)
    ]
    is_one_by_one = type(estimator).__name__ in _ONE_BY_ONE and len(found[0][1]) > 2
    if is_one_by_one and any(moved for moved, _ in found):
        raise UnsupportedTypeError(
            f"{type(estimator).__name__} with class weights trains each of its classifiers on other shares, so that no single "
            "correction is right. Leave the class weights out."
        )
    first = found[0][1]
    for _, prior in found[1:]:
        away = [abs(prior[label] - first[label]) for label in first]
        is_other = max(away) > _SAME  # no mutant: none is as large to the bit
        if is_other:
            raise UnsupportedTypeError(
                f"Classifiers inside {type(estimator).__name__} are trained with different class shares, {first} and {prior}, so "
                "that no single correction is right. Give all the same class weights, or pass each as "
                "ResampledClassifier(None, classifier)."
            )
    return first


def _of_each_classifier(estimator: Any) -> list[list[Moved]]:
    """Return what moves the class shares for each classifier that predicts in an estimator."""
    if hasattr(estimator, "best_estimator_"):
        return _of_each_classifier(estimator.best_estimator_)
    if hasattr(estimator, "steps") and not any(map(is_sampler, dict(estimator.steps).values())):
        return _of_each_classifier(estimator.steps[-1][1])
    if hasattr(estimator, "final_estimator_"):  # of stacking, which alone predicts
        return _of_each_classifier(estimator.final_estimator_)
    if type(estimator).__name__ in ("VotingClassifier", "BaggingClassifier"):
        members = getattr(estimator, "estimators_", None)
        if members is None:
            members = [m for _, m in getattr(estimator, "estimators", [])] or [estimator.estimator]
        return [moved for member in members for moved in _of_each_classifier(member)]
    return [list(moved_by(estimator))]


def _prior_of(moved: list[Moved], y: Any, sample_weight: Any) -> dict[Any, float]:
    prior = class_prior(y, sample_weight=sample_weight)
    for one in moved:
        prior = _moved(prior, one, y, sample_weight)
    return prior


def _moved(prior: dict[Any, float], moved: Moved, y: Any, sample_weight: Any) -> dict[Any, float]:
    """Return class shares as one parameter moves them."""
    labels, value = list(prior), moved.value
    even = dict.fromkeys(labels, 1.0)
    if moved.parameter == "class_weight":
        is_renumbered = isinstance(value, dict) and not set(value) & set(labels)
        if is_renumbered:  # by a vote or a bagging, before its members see the labels
            value = {labels[code]: weight for code, weight in value.items()}
        return class_prior(y, sample_weight=sample_weight, class_weight=value)
    if moved.parameter == "scale_pos_weight":
        weights = even | {labels[-1]: float(value)}
    elif moved.parameter == "class_weights":  # of CatBoost, by label or in the order of the classes
        by_label = value if isinstance(value, dict) else zip(labels, value, strict=True)
        weights = even | dict(by_label)
    elif moved.parameter == "auto_class_weights" and value == "SqrtBalanced":
        weights = {label: share**-0.5 if share else 0.0 for label, share in prior.items()}
    elif moved.parameter or _is_even(value):
        weights = {
            label: 1 / share if share else 0.0  # no mutant: a share of 0 stays 0
            for label, share in prior.items()
        }
    else:
        raise UnsupportedTypeError(
            f"{moved} inside the estimator changes the class shares, so that those that its classifier is trained on are "
            "unknown. Pass the sampler as the resampler."
        )
    total = sum(share * weights[label] for label, share in prior.items())
    return {label: share * weights[label] / total for label, share in prior.items()}


def first_moved(estimator: Any) -> Moved | None:
    """Return the first thing that moves the class shares of a classifier, fitted or not; None if nothing does."""
    return next((one for each in _of_each_classifier(estimator) for one in each), None)


def _is_even(ensemble: Any) -> bool:
    """Return whether the members of a balanced ensemble are fitted on as many rows of every class."""
    parameters = ensemble.get_params(deep=False)  # no mutant: those of members are not looked up
    is_balanced = type(ensemble).__name__ in _BALANCED and parameters.get("sampler") is None
    return is_balanced and parameters.get("sampling_strategy", "auto") in _EVEN


def warn_of_moved_shares(estimator: Any, policy: Any) -> None:
    """Warn if a policy for right probabilities is used with a classifier known to have moved class shares."""
    moved = first_moved(estimator)
    if moved is None:
        return
    warn(
        f"{type(policy).__name__} needs right probabilities, but {moved} makes those of rare classes too high. Use "
        "ResampledClassifier(sampler or None, classifier) inside, which takes that back; for trees and forests with "
        "calibrate='sigmoid', because they fit repeated and heavy rows too closely for the shares alone.",
        MovedSharesWarning,
    )
