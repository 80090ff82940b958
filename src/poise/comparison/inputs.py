"""The inputs of a comparison: the table, approaches, estimators and folds, read before anything is fitted."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poise.comparison.approaches import Approach, read_approaches
from poise.comparison.class_metrics import metrics_for
from poise.comparison.deployed import (
    Setups,
    check_list,
    columns_left_out,
    features_of,
    splitter_for,
)
from poise.comparison.estimators import Estimator, read_estimators
from poise.comparison.facts import facts_of_columns, facts_of_costs, facts_of_plan, reason_for_folds
from poise.comparison.folds import Fold, folds_in_words, make_folds, read_cv, usable
from poise.comparison.metrics import Metric, margins, primary
from poise.comparison.scored_fold import DecisionSettings
from poise.core.errors import InputError, listed
from poise.core.numbers import some_weights_of
from poise.core.plan.constraints import Constraint
from poise.core.tables.constraints import check_constraints, read_rules
from poise.core.tables.convert import check_one_order, split_target
from poise.core.tables.frames import read_frame
from poise.core.tables.read import read_table
from poise.core.tables.suspicious import identifier_columns
from poise.core.types import EffectPrior
from poise.decisions import CostMatrix
from poise.diagnosis._diagnose import diagnosis_of
from poise.diagnosis._geometry import CLASS_OVERLAP
from poise.diagnosis._remedies import CLASS_WEIGHTS
from poise.diagnosis._rows import DETECTABLE_DIFFERENCE
from poise.study.event_table import EventTable, Floats, read_event_table
from poise.study.parameters import read_groups

# Checks whose question the comparison itself answers.
_ANSWERED_BY_COMPARING = {CLASS_OVERLAP.code, CLASS_WEIGHTS.code, DETECTABLE_DIFFERENCE.code}


@dataclass(frozen=True, eq=False)
class Inputs:
    """What is compared, on which folds, and how it is judged.

    Attributes
    ----------
    rows : EventTable
    approaches : list of Approach
    estimators : list of Estimator
    folds : list of Fold
    settings : DecisionSettings
    random_state : int
    facts : dict
        See `Comparison`; without the number of folds run and their time.
    findings : list of dict
        What `poise.diagnose` finds in the table.
    kinds : ndarray of str
        The kind of each event by its neighbours ("safe", "borderline", ...); "" for other rows.
    setups : Setups
    groups : ndarray of intp or None
        The number of each row's group.
    """

    rows: EventTable
    approaches: list[Approach]
    estimators: list[Estimator]
    folds: list[Fold]
    settings: DecisionSettings
    random_state: int
    facts: dict[str, Any]
    findings: list[dict[str, Any]]
    kinds: NDArray[np.str_]
    setups: Setups
    groups: NDArray[np.intp] | None = None


def read_inputs(
    X: Any,
    y: Any,
    *,
    approaches: Any,
    estimators: Any,
    ratios: Any,
    cv: Any,
    n_repeats: int | None,
    groups: Any,
    time: Any,
    sample_weight: Any,
    costs: CostMatrix | None,
    precision: float,
    primary_metric: str | None,
    equivalence_margin: Any,
    effect_prior: EffectPrior,
    pos_label: Any,
    column_kinds: Any,
    carry_columns: Any,
    constraints: Any,
    embedding: Any,
    random_state: int,
) -> Inputs:
    """Read the arguments of `poise.compare`, and diagnose the table."""
    cv = read_cv(cv)
    check_list("carry_columns", carry_columns)
    check_list("constraints", constraints)
    beside = {"groups": groups, "time": time, "sample_weight": sample_weight}
    left_out = [*(carry_columns or ()), *(c for c in beside.values() if isinstance(c, str))]
    groups, time, sample_weight = (_column(X, *pair) for pair in beside.items())
    check_one_order(X, groups=groups, time=time, sample_weight=sample_weight, embedding=embedding)
    features, kinds = features_of(X, left_out, column_kinds)
    rows = read_event_table(
        features,
        y,
        pos_label,
        kinds,
        embedding=embedding,
        or_rest=pos_label is not None,
        or_several=pos_label is None,
        or_sparse=True,
        or_embedded=True,
    )
    rows = replace(
        rows,
        constraints=_read_constraints(constraints, features, rows),
        groups=None if groups is None else read_groups(groups, rows.n_rows),
        weights=_read_weights(sample_weight, rows),
    )
    _check_labels(rows)
    by_class = _costs_of(rows, costs)
    facts = _facts_of_rows(rows) | {"random_state": int(random_state), "precision": precision}
    facts |= facts_of_costs(rows, by_class)
    metrics = metrics_for(facts["classes"])
    facts |= {
        "effect_prior": effect_prior,
        "primary_metric": primary(primary_metric, metrics, has_costs=costs is not None),
        "margins": margins(equivalence_margin, facts, metrics),
    }
    known_approaches = read_approaches(approaches, ratios)
    known_estimators = read_estimators(estimators, rows)
    _check_served(metrics[facts["primary_metric"]], known_estimators, rows)
    folds, warnings = usable(rows, make_folds(rows, cv, n_repeats, groups, time, random_state))
    findings, kinds_of_rows, errors = _diagnosed(rows, int(random_state))
    facts |= facts_of_plan(known_approaches, known_estimators, folds)
    facts |= {
        "folds": folds_in_words(cv, groups, time, folds),
        "with_folds": reason_for_folds(cv, rows.groups, time),
        "left_out": [str(column) for column in left_out],
        "constraints": [repr(rule) for rule in rows.constraints],
        "warnings": [*warnings, *errors, *_on_identifiers(features)],
    }
    setups = Setups(
        approaches={one.name: one.given for one in known_approaches},
        estimators={one.name: one.given for one in known_estimators},
        column_kinds=column_kinds,
        carry_columns=columns_left_out(X, left_out),
        constraints=list(rows.constraints),
        event=None if rows.several else rows.classes[1],
        classes=rows.several,
        random_state=random_state,
        costs=costs,
        precision=precision,
        splitter=splitter_for(cv, groups, time, random_state),
    )
    return Inputs(
        rows,
        known_approaches,
        known_estimators,
        folds,
        DecisionSettings(precision, by_class, is_ordered=time is not None),
        random_state,
        facts,
        findings,
        kinds_of_rows,
        setups,
        rows.groups,
    )


def _check_served(metric: Metric, estimators: list[Estimator], rows: EventTable) -> None:
    """Raise InputError for a primary metric that no estimator has values of, because none has probabilities."""
    needs = metric.family == "probability" or (metric.family == "decision" and rows.several)
    if needs and not any(hasattr(one.model, "predict_proba") for one in estimators):
        names = listed([one.name for one in estimators])
        raise InputError(
            f"The primary metric, {metric.title}, needs probabilities, and {names} {'has' if len(estimators) == 1 else 'have'} no "
            "predict_proba. Wrap it: sklearn.calibration.CalibratedClassifierCV(estimator), or pass another metric, such as "
            "primary_metric='roc_auc'."
        )


def _costs_of(rows: EventTable, costs: CostMatrix | None) -> CostMatrix | None:
    """Return costs by the places of the classes, the event second of two; None if there are none."""
    if costs is None:
        return None
    if rows.several:
        found = costs.for_labels(list(rows.several), rows.event).costs
    else:
        found = costs.of_event(sorted(rows.classes), rows.classes[1])
    return CostMatrix(found, list(range(len(found))))


def _check_labels(rows: EventTable) -> None:
    """Raise InputError for labels that no classifier of scikit-learn takes."""
    labels = np.array(rows.classes)
    if labels.dtype.kind not in "biufU" or labels.tolist() != list(rows.classes):
        raise InputError(
            f"y has labels such as {rows.event!r}, of the type {type(rows.event).__name__}, which classifiers of "
            "scikit-learn do not take. Pass text, whole numbers or booleans."
        )


def _facts_of_rows(rows: EventTable) -> dict[str, Any]:
    return {
        "n_rows": rows.n_rows,
        "n_columns": rows.numbers.shape[1],
        "n_categorical": len(rows.categorical),
        "n_events": rows.n_events,
        "share": rows.share_of_events(np.arange(rows.n_rows)),
        "has_weights": rows.weights is not None,
        "event": str(rows.event),
        "classes": [str(label) for label in rows.several],
        "class_shares": _shares_of_classes(rows),
        "columns": facts_of_columns(rows),
    }


def _shares_of_classes(rows: EventTable) -> list[float]:
    """Return the share of each of several classes among the rows, by weight; nothing for two."""
    prior = rows.prior_of(np.arange(rows.n_rows))
    return list(prior) if isinstance(prior, tuple) else []


def _diagnosed(
    rows: EventTable, random_seed: int
) -> tuple[list[dict[str, Any]], NDArray[np.str_], list[str]]:
    """Return the findings about a table, the kind of each event, and its errors; nothing of a sparse matrix."""
    if rows.is_sparse:
        return [], np.full(rows.n_rows, ""), []
    diagnosis = diagnosis_of(rows.of_event, _ANSWERED_BY_COMPARING, random_seed)
    # A leak is a warning of a table, and makes every score of a comparison too good.
    spoiling = [*diagnosis.at_least("error"), diagnosis["leaking-column"]]
    errors = [f"{found.message} {found.advice}" for found in spoiling if found.severity]
    findings = [asdict(found) for found in diagnosis.ordered]
    return findings, diagnosis.row_columns["kind"], errors


def _on_identifiers(X: Any) -> list[str]:
    """Return a sentence on features that name or number the rows."""
    found = identifier_columns(X)
    if not found:
        return []
    look, them = ("look", "them") if len(found) > 1 else ("looks", "it")
    text = f"{listed(found)} {look} like identifiers of rows, and models use {them}"
    return [f"{text}: leave {them} out with carry_columns={found!r}."]


def _column(X: Any, name: str, given: Any) -> Any:
    """Return groups or times: the column of X with a name, or what was passed."""
    if not isinstance(given, str):
        return given
    if read_frame(X) is None:
        raise InputError(
            f"{name}={given!r} names a column, and X is a {type(X).__name__}, which has no names. Pass the column itself, or a frame."
        )
    return split_target(X, given, f"for {name}=")[1]


def _read_weights(given: Any, rows: EventTable) -> Floats | None:
    """Return the weights of rows, of which each class has some, or raise InputError."""
    if given is None:
        return None
    weights = some_weights_of(given, rows.n_rows)
    sides = [(f"rows of {rows.event!r}", rows.is_event), ("other rows", ~rows.is_event)]
    sides += [(f"rows of {one!r}", rows.truth == k) for k, one in enumerate(rows.several)]
    for which, side in sides:
        if not weights[side].any():
            raise InputError(
                f"sample_weight is 0 for all {which}, so nothing can be learnt from them. Pass weights above 0 for some of them."
            )
    return weights


def _read_constraints(given: Any, X: Any, rows: EventTable) -> tuple[Constraint, ...]:
    """Return constraints that the rows of a table keep, or raise InputError."""
    rules = check_constraints(given)
    if rules:
        read_rules(rules, read_table(X, rows.declared), X)
    return rules
