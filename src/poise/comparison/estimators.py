"""Estimators: classifiers by name or as objects, with the preprocessing that they need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sklearn.pipeline
from sklearn.base import is_classifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from poise.comparison.approaches import named
from poise.core.errors import UnknownNameError, UnsupportedTypeError, nearest_name
from poise.study.event_table import EventTable
from poise.study.models import boosting, encoded, logistic
from poise.study.reference import FAMILIES

DEFAULT_ESTIMATORS = ("logistic", "boosting")
_BY_NAME: dict[str, Callable[[EventTable], Any]] = {
    "logistic": logistic,
    "boosting": boosting,
    "tree": lambda rows: encoded(DecisionTreeClassifier(), rows),
    "k-nn": lambda rows: encoded(KNeighborsClassifier(), rows),
}


@dataclass(frozen=True, eq=False)
class Estimator:
    """A classifier and the form of the table that it is fitted on.

    Attributes
    ----------
    name : str
    model : classifier
        With its encoding and imputing, if it needs any.
    as_given : bool
        Whether it is fitted on the table as it was passed; otherwise on numbers and codes.
    """

    name: str
    model: Any
    as_given: bool = False

    @property
    def family(self) -> str:
        """What the reference study calls such estimators; "" if it has none."""
        last = self.model.steps[-1][1] if hasattr(self.model, "steps") else self.model
        return FAMILIES.get(type(last).__name__, "")


def read_estimators(given: Any, rows: EventTable) -> list[Estimator]:
    """Return estimators from names, classifiers, or a dictionary of either by name.

    Names are "logistic", "boosting", "tree" and "k-nn". A pipeline is fitted on the table as it was
    passed; any other classifier gets numbers, with missing values imputed and categories one-hot encoded.

    Raises
    ------
    UnknownNameError, UnsupportedTypeError, InputError
    """
    items = named(DEFAULT_ESTIMATORS if given is None else given, "estimators")
    return [_estimator(name, item, rows) for name, item in items.items()]


def _estimator(name: str, item: Any, rows: EventTable) -> Estimator:
    if isinstance(item, str):
        if item not in _BY_NAME:
            raise UnknownNameError(
                f"There is no estimator {item!r}; there are {', '.join(_BY_NAME)}, and classifiers as "
                f"objects.{nearest_name(item, _BY_NAME)}"
            )
        return Estimator(name, _BY_NAME[item](rows))
    if isinstance(item, type) or not hasattr(item, "fit") or not is_classifier(item):
        raise UnsupportedTypeError(
            f"estimator {item!r} is not a scikit-learn classifier. Pass an instance, such as "
            "LogisticRegression()."
        )
    if isinstance(item, sklearn.pipeline.Pipeline):
        return Estimator(name, item, as_given=True)
    return Estimator(name, encoded(item, rows))
