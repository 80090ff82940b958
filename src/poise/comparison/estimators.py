"""Estimators: classifiers by name or as objects, with the preprocessing that they need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import sklearn.pipeline
from sklearn.base import is_classifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from poise.comparison.approaches import named
from poise.core.errors import UnknownNameError, UnsupportedTypeError, nearest_name
from poise.study.event_table import EventTable
from poise.study.models import boosting, layers, new_logistic
from poise.study.reference import FAMILIES

# The table as it was passed; numbers and codes; numbers alone, with imputed values and columns of 0 and 1; the same,
# as a sparse matrix where most of it is 0.
Form: TypeAlias = Literal["given", "numbers", "encoded", "sparse"]

DEFAULT_ESTIMATORS = ("logistic", "boosting")
_BY_NAME: dict[str, tuple[Form, Callable[[EventTable], Any]]] = {
    "logistic": ("sparse", lambda _: new_logistic()),
    "boosting": ("numbers", boosting),
    "tree": ("encoded", lambda _: DecisionTreeClassifier()),
    "k-nn": ("encoded", lambda _: KNeighborsClassifier()),
}


@dataclass(frozen=True, eq=False)
class Estimator:
    """A classifier and the form of the table that it is fitted on.

    Attributes
    ----------
    name : str
    model : classifier
    form : {"given", "numbers", "encoded", "sparse"}
        The table as it was passed; numbers and category codes; or what an encoder makes of these, which is fitted
        once for each fold.
    given : str or classifier
        What `read_estimators` read.
    """

    name: str
    model: Any
    form: Form = "numbers"
    given: Any = None

    @property
    def as_given(self) -> bool:
        """Whether it is fitted on the table as it was passed."""
        return self.form == "given"

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
    usual = DEFAULT_ESTIMATORS[:1] if rows.is_sparse else DEFAULT_ESTIMATORS
    items = named(usual if given is None else given, "estimators")
    return [_estimator(name, item, rows) for name, item in items.items()]


def _estimator(name: str, item: Any, rows: EventTable) -> Estimator:
    if isinstance(item, str):
        if item not in _BY_NAME:
            raise UnknownNameError(
                f"There is no estimator {item!r}; there are {', '.join(_BY_NAME)}, and classifiers as "
                f"objects.{nearest_name(item, _BY_NAME)}"
            )
        form, make = _BY_NAME[item]
        if rows.is_sparse and form == "numbers":
            raise UnsupportedTypeError(
                f"{item!r} does not take a sparse matrix. Pass a dense table, or estimators that do: logistic, tree, k-nn, or "
                "lightgbm.LGBMClassifier()."
            )
        return Estimator(name, make(rows), form, item)
    if isinstance(item, type) or not hasattr(item, "fit") or not is_classifier(item):
        raise UnsupportedTypeError(
            f"estimator {item!r} is not a scikit-learn classifier. Pass an instance, such as "
            "LogisticRegression()."
        )
    if not hasattr(item, "predict_proba") and not hasattr(item, "decision_function"):
        raise UnsupportedTypeError(
            f"estimator {item!r} has neither predict_proba nor decision_function, so it ranks no rows, and no metric can be computed. "
            "Pass one that does, such as VotingClassifier(..., voting='soft')."
        )
    return Estimator(name, item, "given" if _takes_tables(item) else "encoded", item)


def _takes_tables(item: Any) -> bool:
    """Tell whether an estimator is a pipeline, or a search or a calibration around one."""
    return any(isinstance(layer, sklearn.pipeline.Pipeline) for layer in layers(item))
