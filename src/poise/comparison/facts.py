"""Facts about a comparison that are known before anything is fitted: its folds, its scales and versions."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from poise.comparison.approaches import Approach
from poise.comparison.estimators import Estimator
from poise.comparison.fitting import N_INNER, N_MEMBERS
from poise.comparison.folds import Fold
from poise.decisions import CostMatrix, ReweightedClassifier
from poise.ensemble import BalancedBaggingClassifier
from poise.study.event_table import EventTable
from poise.weights._schemes import DEFAULT_BETA, DEFAULT_CAP

_ENOUGH_GROUPS = 100


def facts_of_costs(rows: EventTable, costs: CostMatrix | None) -> dict[str, Any]:
    """Return the cost per row of the better constant decision, and what perfect decisions save of it.

    "costs", "trivial_cost" and "cost_range" are None without costs.
    """
    if costs is None:
        return {"costs": None, "trivial_cost": None, "cost_range": None}
    y = rows.truth.astype(int)
    constant = np.average(costs.costs[y], axis=0, weights=rows.weights)
    perfect = float(np.average(costs.costs.min(axis=1)[y], weights=rows.weights))
    least = float(constant.min())
    return {
        "costs": costs.costs.tolist(),
        "trivial_cost": least,
        "cost_range": least - perfect,
    }


def facts_of_plan(
    approaches: Sequence[Approach], estimators: Sequence[Estimator], folds: Sequence[Fold]
) -> dict[str, Any]:
    """Return the planned folds, what the reference study calls the arms, and the installed versions.

    "ratio" is the mean number of test rows divided by that of training rows.
    """
    n_test, n_train = (
        float(np.mean([len(part) for part in parts]))
        for parts in zip(*((fold.test, fold.train) for fold in folds), strict=True)
    )
    return {
        "n_planned": len(folds),
        "ratio": n_test / n_train,
        "shares": {one.name: [one.parent, one.share] for one in approaches if one.parent},
        "methods": {one.name: one.method for one in approaches},
        "families": {one.name: one.family for one in estimators},
        "approaches": {one.name: _in_words(one) for one in approaches},
        "estimators": {one.name: _with_parameters(one.model) for one in estimators},
        "versions": {name: version(name) for name in ("poise", "scikit-learn", "numpy")}
        | {"python": platform.python_version()},
    }


def facts_of_columns(rows: EventTable) -> dict[str, list[str]]:
    """Return the names of the columns by the kind that they were read as."""
    if rows.is_embedded:
        return {"embedding": [f"{len(rows.columns):,} numbers"]}
    if rows.is_sparse:
        return {"sparse numbers": [f"{len(rows.columns):,} columns"]}
    found: dict[str, list[str]] = {}
    for name, kind in zip(rows.columns, rows.read_as, strict=True):
        found.setdefault(kind, []).append(str(name))
    return found


def _in_words(approach: Approach) -> str:
    """Return what an approach does, with every parameter."""
    if approach.sampler is not None:
        return _with_parameters(approach.sampler)
    if approach.candidates:
        tried = "; ".join(map(_with_parameters, approach.candidates))
        return f"the one with the best average precision in {N_INNER} folds of the training rows: {tried}"
    if approach.class_scheme is not None:
        return (
            f'class weights by the scheme "{approach.class_scheme}"{_more(approach.class_scheme)}'
        )
    if approach.scheme is not None:
        around = ReweightedClassifier(LogisticRegression(), approach.scheme)
        return f"{_with_parameters(around, without='estimator')} around the estimator"
    if approach.is_bagged:
        around = BalancedBaggingClassifier(LogisticRegression(), N_MEMBERS, n_jobs=1)
        return f"{_with_parameters(around, without='estimator')} around the estimator"
    return "the rows as they are"


def _more(scheme: str) -> str:
    """Return the parameters of a scheme that has some."""
    known = {"effective": f" with beta={DEFAULT_BETA}", "capped": f" with cap={DEFAULT_CAP}"}
    return known.get(scheme, "")


def _with_parameters(estimator: Any, without: str = "") -> str:
    """Return the class of an estimator with all of its parameters, including defaults and those of its parts."""
    if not hasattr(estimator, "get_params"):
        return type(estimator).__name__
    parts = (
        f"{name}={_value_in_words(value)}"
        for name, value in estimator.get_params(deep=False).items()
        if name != without
    )
    return f"{type(estimator).__name__}({', '.join(parts)})"


def _value_in_words(value: Any) -> str:
    """Return a parameter: estimators with theirs, also in the lists that pipelines have."""
    if hasattr(value, "get_params") and not isinstance(value, type):
        return _with_parameters(value)
    if isinstance(value, list | tuple):
        inner = ", ".join(map(_value_in_words, value))
        return f"[{inner}]" if isinstance(value, list) else f"({inner})"
    return repr(value)


def reason_for_folds(cv: Any, groups: NDArray[np.intp] | None, time: Any) -> str:
    """Return why errors are at least those of the corrected t-test over folds; "" if they need not be."""
    if time is not None:
        return "the folds go forward in time"
    if not isinstance(cv, int):
        return "the folds are those of a splitter of yours"
    if groups is not None:
        sizes = np.unique(groups, return_counts=True)[1].astype(float)
        n_effective = sizes.sum() ** 2 / (sizes**2).sum()
        if n_effective < _ENOUGH_GROUPS:
            is_unequal = round(n_effective) < len(sizes)
            sized = f" of unequal sizes (effective number {n_effective:.0f})" if is_unequal else ""
            return f"there are only {len(sizes)} groups{sized}"
    return ""
