"""What the reference study found on many tables: how large gains are, and how precisely they can be measured."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from poise.study.effect_prior import FittedPrior, Prior

# Names of the study, by the classes of estimators.
FAMILIES = {
    "LogisticRegression": "logistic",
    "HistGradientBoostingClassifier": "boosting",
    "KNeighborsClassifier": "k-nn",
    "RandomForestClassifier": "forest",
    "XGBClassifier": "xgboost",
    "LGBMClassifier": "lightgbm",
    "CatBoostClassifier": "catboost",
}
POWER = 1.43  # from the half-width of a 95 % interval to what is found four times in five


@cache
def reference() -> dict[str, Any]:
    """Return the file of the package: provenance, priors and errors."""
    text = files("poise.study").joinpath("reference.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def prior_of(
    estimator: str, approach: str, value: str, n_events: int, error: float
) -> tuple[Prior, int]:
    """Return the prior of a gain, and from how many origins it was learnt.

    Between the numbers of events of the study it is interpolated on a logarithmic scale.

    Parameters
    ----------
    estimator : str
        A name of the study, such as "logistic"; "" for any other.
    approach : str
        A method, such as "smote", or "class-weights"; "" for any other.
    value : str
        The metric, with the prior and the threshold that it is computed for.
    n_events : int
    error : float
        With which the gain is measured, in margins; see `FittedPrior.of_table`.

    Returns
    -------
    (Prior, int)
        The usual prior around 0 and no origins if the study does not have it.
    """
    found = reference()["priors"].get(f"{estimator} | {approach} | {value}")
    if not found:
        return Prior(), 0
    columns = zip(*found, strict=True)
    events, locations, scales, typical, n_origins = (np.array(column) for column in columns)
    at, known = np.log(n_events), np.log(events)
    location = float(np.interp(at, known, locations))
    scale, usual = (
        float(np.exp(np.interp(at, known, np.log(values)))) for values in (scales, typical)
    )
    prior = FittedPrior(Prior(location, scale), usual).of_table(error)
    return prior, int(n_origins[np.abs(known - at).argmin()])


def smallest_difference(estimator: str, metric: str, n_events: int) -> float | None:
    """Return which difference between approaches 5 x 5 folds usually find four times in five.

    Parameters
    ----------
    estimator : str
        A name of the study; "" for any other, of which the largest is returned.
    metric : str
    n_events : int

    Returns
    -------
    float or None
        In the unit of the metric; None if the study does not have the metric.

    Examples
    --------
    >>> 0.01 < smallest_difference("logistic", "roc_auc", 45) < 0.05
    True
    """
    errors = reference()["half_widths"]
    known = [errors[name] for name in ([estimator] if estimator in errors else errors)]
    found = [of_metric[metric] for of_metric in known if metric in of_metric]
    return POWER * max(found) / float(np.sqrt(n_events)) if found else None
