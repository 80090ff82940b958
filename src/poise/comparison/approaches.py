"""What is compared: approaches (what is done to the rows) and estimators (what learns from them)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sklearn.pipeline
from sklearn.base import is_classifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from poise._api import METHODS, make_sampler
from poise.comparison.ratios import PartOf
from poise.core.errors import InputError, UnknownNameError, UnsupportedTypeError, nearest_name
from poise.core.models import boosting, encoded, logistic
from poise.core.resampler import Resampler
from poise.core.rows import Rows

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
DEFAULT_ESTIMATORS = ("logistic", "boosting")


@dataclass(frozen=True, eq=False)
class Approach:
    """What is done before fitting.

    Attributes
    ----------
    name : str
    sampler : sampler or None
    weighs_classes : bool
        Whether the estimator weighs classes evenly.
    whole : str
        The approach of which this one is a share.
    share : float
    """

    name: str
    sampler: Any = None
    weighs_classes: bool = False
    whole: str = ""
    share: float = 1.0


@dataclass(frozen=True, eq=False)
class Learner:
    """What learns.

    Attributes
    ----------
    name : str
    model : classifier
        With what it needs of encoding and imputing before it.
    as_given : bool
        Whether it is fitted on the table as it was passed, not on numbers and codes.
    """

    name: str
    model: Any
    as_given: bool = False


def read_approaches(given: Any, ratios: Any = None) -> list[Approach]:
    """Return approaches from names, samplers, or a dictionary of name to either; as-is comes first.

    A name is "as-is", "class-weights" or one of `poise.METHODS`; "smote@0.5" does half of what SMOTE
    does.

    Parameters
    ----------
    given : see above
    ratios : list of float, optional
        Every sampler also with these shares of what it does.

    Raises
    ------
    UnknownNameError, UnsupportedTypeError, InputError
    """
    named = _named(DEFAULT_APPROACHES if given is None else given, "approaches")
    shares = [share for share in _shares(ratios) if 0 < share < 1]
    found = {AS_IS: Approach(AS_IS)}
    for name, item in named.items():
        whole = _approach(name, item)
        parts = [] if whole.sampler is None or whole.share < 1 else shares
        for approach in (*(part_of(whole, share) for share in parts), whole):
            found[approach.name] = approach
    return list(found.values())


def _shares(ratios: Any) -> list[float]:
    """Return the shares asked for, the smallest first."""
    if ratios is None:
        return []
    try:
        shares = sorted({float(share) for share in ratios})
    except (TypeError, ValueError) as error:
        raise InputError(
            f"ratios={ratios!r} must be a list of numbers, such as [0.25, 0.5]."
        ) from error
    outside = [share for share in shares if not 0 <= share <= 1]
    if outside:
        raise InputError(
            f"ratios={ratios!r} holds {outside[0]:g}; a share of what a sampler does is from 0 to 1."
        )
    return shares


def part_of(whole: Approach, share: float) -> Approach:
    """Return the approach that does a share of what another one does.

    Raises
    ------
    UnsupportedTypeError
        Where the sampler does not tell what it does.
    """
    if not isinstance(whole.sampler, Resampler):
        raise UnsupportedTypeError(
            f"{whole.name} is no sampler of Poise's, and does not tell which rows it makes and removes, so "
            "there is no share of it to compare. Leave ratios out, or that approach."
        )
    name = f"{whole.name}@{share:g}"
    return Approach(name, PartOf(whole.sampler, share), whole=whole.name, share=share)


def _approach(name: str, item: Any) -> Approach:
    if name == AS_IS and item not in (None, AS_IS):
        raise InputError(f"{AS_IS!r} is the name of the rows as they are; call {item!r} otherwise.")
    if item is None or (isinstance(item, str) and item == AS_IS):
        return Approach(name)
    if isinstance(item, str):
        if item == CLASS_WEIGHTS:
            return Approach(name, weighs_classes=True)
        method, _, ratio = item.partition("@")
        known = (AS_IS, CLASS_WEIGHTS, *METHODS)
        if method not in known:
            raise UnknownNameError(
                f"There is no approach {item!r}; there are {', '.join(known)}, and samplers as objects."
                f"{nearest_name(method, known)}"
            )
        whole = Approach(method, _default_sampler(method))
        if not ratio:
            return replace(whole, name=name)
        return replace(part_of(whole, _share(item, ratio)), name=name)
    if isinstance(item, type) or not hasattr(item, "fit_resample"):
        raise UnsupportedTypeError(
            f"approach {item!r} is neither a name nor a sampler (with fit_resample). Pass an instance, "
            "such as poise.SMOTE(); a classifier goes into estimators."
        )
    return Approach(name, item)


def _default_sampler(method: str) -> Any:
    sampler = make_sampler(method)
    if "neighbor_space" in sampler.get_params():
        sampler.set_params(neighbor_space="standard")
    return sampler


def _share(item: str, ratio: str) -> float:
    try:
        (share,) = _shares([ratio])
    except InputError as error:
        raise InputError(f"{item!r}: the share is a number from 0 to 1.") from error
    return share


def read_learners(given: Any, rows: Rows) -> list[Learner]:
    """Return estimators from names, classifiers, or a dictionary of name to either.

    Names are "logistic", "boosting", "tree" and "k-nn". A pipeline is fitted on the table as it was
    passed; any other classifier gets numbers, its gaps filled and its categories as columns.

    Raises
    ------
    UnknownNameError, UnsupportedTypeError, InputError
    """
    named = _named(DEFAULT_ESTIMATORS if given is None else given, "estimators")
    return [_learner(name, item, rows) for name, item in named.items()]


def _learner(name: str, item: Any, rows: Rows) -> Learner:
    if isinstance(item, str):
        known = {
            "logistic": lambda: logistic(rows),
            "boosting": lambda: boosting(rows),
            "tree": lambda: encoded(DecisionTreeClassifier(), rows),
            "k-nn": lambda: encoded(KNeighborsClassifier(), rows),
        }
        if item not in known:
            raise UnknownNameError(
                f"There is no estimator {item!r}; there are {', '.join(known)}, and classifiers as "
                f"objects.{nearest_name(item, known)}"
            )
        return Learner(name, known[item]())
    if isinstance(item, type) or not is_classifier(item):
        raise UnsupportedTypeError(
            f"estimator {item!r} is no classifier of scikit-learn's kind. Pass an instance, such as "
            "LogisticRegression()."
        )
    if isinstance(item, sklearn.pipeline.Pipeline):
        return Learner(name, item, as_given=True)
    return Learner(name, encoded(item, rows))


def _named(given: Any, what: str) -> dict[str, Any]:
    if isinstance(given, str) or hasattr(given, "fit") or hasattr(given, "fit_resample"):
        given = [given]
    if isinstance(given, Mapping):
        named = {str(name): item for name, item in given.items()}
    elif isinstance(given, Iterable):
        named = {}
        for item in given:
            name = item if isinstance(item, str) else type(item).__name__
            number = sum(key.partition(" ")[0] == name for key in named)
            named[f"{name} ({number + 1})" if number else name] = item
    else:
        raise UnsupportedTypeError(
            f"{what}={given!r} must be a list of names and objects, or a dictionary of them by name."
        )
    if not named:
        raise InputError(f"{what} is empty; leave it out for the usual ones.")
    return named
