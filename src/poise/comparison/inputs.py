"""The inputs of a comparison: the table, approaches, estimators and folds, read before anything is fitted."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poise.comparison.approaches import Approach, read_approaches
from poise.comparison.estimators import Estimator, read_estimators
from poise.comparison.facts import design_of, facts_of_metrics, facts_of_plan
from poise.comparison.folds import Fold, folds_in_words, make_folds, read_cv, usable
from poise.comparison.scored_fold import DecisionSettings
from poise.core.errors import InputError
from poise.core.tables.convert import check_one_order
from poise.decisions import CostMatrix
from poise.diagnosis._diagnose import diagnosis_of
from poise.diagnosis._geometry import CLASS_OVERLAP
from poise.diagnosis._remedies import CLASS_WEIGHTS
from poise.diagnosis._rows import DETECTABLE_DIFFERENCE
from poise.study.event_table import EventTable, read_event_table
from poise.study.statistics import Design

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
    design : Design
    random_state : int
    facts : dict
        See `Comparison`; without the number of folds run and their time.
    findings : list of dict
        What `poise.diagnose` finds in the table.
    kinds : ndarray of str
        The kind of each event by its neighbours ("safe", "borderline", ...); "" for other rows.
    """

    rows: EventTable
    approaches: list[Approach]
    estimators: list[Estimator]
    folds: list[Fold]
    settings: DecisionSettings
    design: Design
    random_state: int
    facts: dict[str, Any]
    findings: list[dict[str, Any]]
    kinds: NDArray[np.str_]


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
    costs: CostMatrix | None,
    precision: float,
    pos_label: Any,
    column_kinds: Any,
    random_state: int,
) -> Inputs:
    """Read the arguments of `poise.compare`, and diagnose the table."""
    cv = read_cv(cv)
    if groups is not None or time is not None:
        check_one_order(X, groups=groups, time=time)
    rows = read_event_table(X, y, pos_label, column_kinds)
    labels = np.array([rows.other, rows.event])
    if labels.dtype.kind not in "biufU" or labels.tolist() != [rows.other, rows.event]:
        raise InputError(
            f"y has labels such as {rows.event!r}, of the type {type(rows.event).__name__}, which classifiers of "
            "scikit-learn do not take. Pass text, whole numbers or booleans."
        )
    facts = {
        "n_rows": rows.n_rows,
        "n_columns": rows.numbers.shape[1],
        "n_categorical": len(rows.categorical),
        "n_events": rows.n_events,
        "event": str(rows.event),
        "random_state": int(random_state),
        "precision": precision,
    }
    if costs is not None:
        both = sorted([rows.other, rows.event])
        costs = CostMatrix(costs.of_event(both, rows.event), [0, 1])
    known_approaches = read_approaches(approaches, ratios)
    known_estimators = read_estimators(estimators, rows)
    folds, warnings = usable(rows, make_folds(rows, cv, n_repeats, groups, time, random_state))
    facts["folds"] = folds_in_words(cv, groups, time, folds)
    diagnosis = diagnosis_of(rows, _ANSWERED_BY_COMPARING, int(random_state))
    warnings += [f"{found.message} {found.advice}" for found in diagnosis.at_least("error")]
    design = design_of(rows, folds)
    return Inputs(
        rows,
        known_approaches,
        known_estimators,
        folds,
        DecisionSettings(precision, costs, is_ordered=time is not None),
        design,
        random_state,
        facts
        | facts_of_metrics(rows, costs, design)
        | facts_of_plan(known_approaches, design)
        | {"warnings": warnings},
        [asdict(found) for found in diagnosis.ordered],
        diagnosis.row_columns["kind"],
    )
