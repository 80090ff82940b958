"""Approaches: what is done to the training rows, or to class weights, before an estimator is fitted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, cast

from poise._api import make_sampler, method_class
from poise._methods import METHODS, MethodName
from poise.comparison.ratios import PartOf
from poise.core.errors import InputError, UnknownNameError, UnsupportedTypeError, nearest_name
from poise.core.sampling.allocation import Proportion
from poise.core.sampling.resampler import Resampler
from poise.core.types import Scheme

AS_IS = "as-is"
CLASS_WEIGHTS = "class-weights"
DEFAULT_APPROACHES = (
    AS_IS,
    CLASS_WEIGHTS,
    "random-over",
    "random-under",
    "smote",
    "borderline-smote",
    "smote-tomek",
    "smote-enn",
)
# Weights of rows whose effect on probabilities is taken back, by scheme of `poise.weights`.
REWEIGHTED: dict[str, Scheme] = {
    "reweighted": "balanced",
    "reweighted-sqrt": "sqrt",
    "reweighted-effective": "effective",
    "reweighted-capped": "capped",
}
# Weights of classes as they are, by scheme.
WEIGHTED: dict[str, Scheme] = {
    CLASS_WEIGHTS: "balanced",
    "class-weights-sqrt": "sqrt",
    "class-weights-effective": "effective",
    "class-weights-capped": "capped",
}
BAGGING = "balanced-bagging"
TUNED_SMOTE = "tuned-smote"
_KNOWN = (AS_IS, *WEIGHTED, *REWEIGHTED, BAGGING, TUNED_SMOTE, *METHODS)
# What "tuned-smote" tries: shares of the rows that the event lacks, and numbers of neighbours.
_PROPORTIONS, _NEIGHBORS = (0.25, 0.5, 1.0), (3, 8)


@dataclass(frozen=True, eq=False)
class Approach:
    """What is done before fitting.

    Attributes
    ----------
    name : str
    sampler : sampler or None
    class_scheme : str or None
        Scheme of the class weights of the estimator.
    scheme : str or None
        Scheme of the weights of a `ReweightedClassifier` around the estimator.
    is_bagged : bool
        Whether a `BalancedBaggingClassifier` of ten members is around the estimator.
    candidates : tuple of sampler
        The samplers that are tried on the training rows; the best one is used.
    parent : str or None
        The approach of which this one is a share.
    share : float
        Share of the parent's changes; 1 if there is no parent.
    """

    name: str
    sampler: Any = None
    class_scheme: Scheme | None = None
    scheme: Scheme | None = None
    is_bagged: bool = False
    candidates: tuple[Any, ...] = ()
    parent: str | None = None
    share: float = 1.0

    @property
    def given(self) -> Any:
        """What `read_approaches` reads as this approach: a sampler or a name."""
        if self.sampler is not None:
            return self.sampler
        if self.is_bagged or self.candidates:
            return BAGGING if self.is_bagged else TUNED_SMOTE
        known = WEIGHTED if self.class_scheme else REWEIGHTED
        scheme = self.class_scheme or self.scheme
        return next((name for name, one in known.items() if one == scheme), AS_IS)

    @property
    def keeps_rows(self) -> bool:
        """Whether rows are neither made nor removed before the estimator is fitted."""
        return self.sampler is None and not self.candidates

    @property
    def method(self) -> str:
        """What the reference study calls such approaches: the name of a method; "" if it has none."""
        if self.sampler is None:
            return self.given if self.given in (AS_IS, CLASS_WEIGHTS) else ""
        return next((name for name in METHODS if type(self.sampler) is method_class(name)), "")


def read_approaches(given: Any, ratios: Any = None) -> list[Approach]:
    """Return approaches from names, samplers, or a dictionary of either by name; as-is comes first.

    Parameters
    ----------
    given : list, dict or None
        A name is "as-is", "class-weights" or "reweighted" (both also with "-sqrt", "-effective" or "-capped"),
        "balanced-bagging", "tuned-smote", or one of `poise.METHODS`; "smote@0.5" makes half of SMOTE's changes.
    ratios : list of float, optional
        Adds every sampler with these shares of its changes.

    Raises
    ------
    UnknownNameError, UnsupportedTypeError, InputError
    """
    shares = [share for share in _shares(ratios) if 0 < share < 1]
    found = {AS_IS: Approach(AS_IS)}
    for name, item in named(DEFAULT_APPROACHES if given is None else given, "approaches").items():
        approach = _approach(name, item)
        has_parts = approach.sampler is not None and approach.share == 1
        parts = [part_of(approach, share) for share in shares] if has_parts else []
        found |= {one.name: one for one in (*parts, approach)}
    return list(found.values())


def named(given: Any, parameter: str) -> dict[str, Any]:
    """Return names and objects as a dictionary by name; a second object of a class gets a number."""
    if isinstance(given, str) or hasattr(given, "fit") or hasattr(given, "fit_resample"):
        given = [given]
    if isinstance(given, Mapping):
        found = {str(name): item for name, item in given.items()}
    elif isinstance(given, Iterable):
        found = {}
        for item in given:
            name = item if isinstance(item, str) else type(item).__name__
            number = sum(key.partition(" ")[0] == name for key in found)
            found[f"{name} ({number + 1})" if number else name] = item
    else:
        raise UnsupportedTypeError(
            f"{parameter}={given!r} must be a list of names and objects, or a dictionary of them by name."
        )
    if not found:
        raise InputError(f"{parameter} is empty; leave it out for the default ones.")
    return found


def part_of(parent: Approach, share: float) -> Approach:
    """Return the approach that makes a share of the changes of another one.

    Raises
    ------
    UnsupportedTypeError
        If the sampler is not one of Poise's: others do not say which rows they make and remove.
    """
    if not isinstance(parent.sampler, Resampler):
        raise UnsupportedTypeError(
            f"{parent.name} is not a sampler of Poise, and does not say which rows it makes and removes, "
            "so no share of it can be compared. Leave out ratios, or that approach."
        )
    name = f"{parent.name}@{share:g}"
    return Approach(name, PartOf(parent.sampler, share), parent=parent.name, share=share)


def _shares(ratios: Any) -> list[float]:
    """Return the requested shares, the smallest first."""
    if ratios is None:
        return []
    shares = _numbers(ratios)
    if shares is None:
        raise InputError(f"ratios={ratios!r} must be a list of numbers, such as [0.25, 0.5].")
    outside = [share for share in shares if not 0 <= share <= 1]
    if outside:
        raise InputError(
            f"ratios={ratios!r} holds {outside[0]:g}; a share of a sampler's changes is from 0 to 1."
        )
    return shares


def _numbers(values: Any) -> list[float] | None:
    """Return different numbers in ascending order; None if the values are something else."""
    try:
        return None if isinstance(values, str) else sorted({float(value) for value in values})
    except (TypeError, ValueError):
        return None


def _approach(name: str, item: Any) -> Approach:
    if name == AS_IS and item != AS_IS:
        raise InputError(
            f"{AS_IS!r} is the name of the unchanged rows; give {item!r} another name."
        )
    if isinstance(item, str) and item == AS_IS:
        return Approach(name)
    if isinstance(item, str):
        return _approach_by_name(name, item)
    if isinstance(item, type) or not hasattr(item, "fit_resample"):
        raise UnsupportedTypeError(
            f"approach {item!r} is neither a name nor a sampler (with fit_resample). Pass an instance, "
            "such as poise.SMOTE(); a classifier goes into estimators."
        )
    if isinstance(item, Resampler):
        item.check_parameters()
    return Approach(name, item)


def _approach_by_name(name: str, item: str) -> Approach:
    """Return the approach with the name of a method, or a share of it ("smote@0.5")."""
    if item in WEIGHTED:
        return Approach(name, class_scheme=WEIGHTED[item])
    if item == BAGGING:
        return Approach(name, is_bagged=True)
    if item == TUNED_SMOTE:
        tried = (
            _default_sampler("smote").set_params(
                sampling_strategy=Proportion(proportion),
                k_neighbors=k,
                on_few_rows="fewer-neighbors",
            )
            for proportion, k in product(_PROPORTIONS, _NEIGHBORS)
        )
        return Approach(name, candidates=tuple(tried))
    if item in REWEIGHTED:
        return Approach(name, scheme=REWEIGHTED[item])
    method, at, ratio = item.partition("@")
    if method not in _KNOWN:
        raise UnknownNameError(
            f"There is no approach {item!r}; there are {', '.join(_KNOWN)}, and samplers as objects."
            f"{nearest_name(method, _KNOWN)}"
        )
    approach = Approach(method, _default_sampler(method))
    if at:
        approach = part_of(approach, _share(item, ratio))
    return replace(approach, name=name)


def _default_sampler(method: str) -> Any:
    sampler = make_sampler(cast("MethodName", method))
    if "neighbor_space" in sampler.get_params():
        sampler.set_params(neighbor_space="standard")
    return sampler


def _share(item: str, ratio: str) -> float:
    try:
        (share,) = _shares([ratio])
    except InputError as error:
        raise InputError(f"{item!r}: the share must be a number from 0 to 1.") from error
    return share
