"""What decides the results of a comparison, as one hash for each part of it."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from poise.comparison.approaches import Approach
from poise.comparison.estimators import Estimator
from poise.comparison.folds import Fold
from poise.core.hashing import hash_of
from poise.core.tables.convert import values_in
from poise.pipeline import stays_within_groups
from poise.study.event_table import EventTable

_PACKAGES = ("poise", "scikit-learn", "numpy")


def hashes_of(
    rows: EventTable,
    folds: Sequence[Fold],
    approaches: Sequence[Approach],
    estimators: Sequence[Estimator],
) -> dict[str, str]:
    """Return a hash of each part of a comparison, by the name of the part in messages.

    Costs and the precision for recall are not among them: they are applied to the scores afterwards.
    """
    form, given = values_in(rows.given)
    parts: dict[str, Any] = {
        "versions of packages": {name: version(name) for name in _PACKAGES},
        "names, dtypes or kinds of columns": (rows.names, rows.kinds, rows.time_columns, form),
        "values of the table": (rows.numbers, given),
        "labels": (rows.event, rows.other, rows.is_event),
        "folds or random state": [(fold.train, fold.test, fold.random_seed) for fold in folds],
    }
    if rows.several:
        parts["labels"] = (rows.several, rows.codes)
    if rows.weights is not None:
        parts["weights of rows"] = rows.weights
    if rows.groups is not None and any(stays_within_groups(one.sampler) for one in approaches):
        parts["groups"] = rows.groups
    if rows.constraints:
        parts["constraints"] = rows.constraints
    parts |= {f"approach {one.name!r}": _parts_of_approach(one) for one in approaches}
    parts |= {f"estimator {one.name!r}": (one.form, one.model) for one in estimators}
    return {name: hash_of(part) for name, part in parts.items()}


def _parts_of_approach(approach: Approach) -> tuple[Any, ...]:
    """Return what decides what an approach does."""
    found = (approach.class_scheme == "balanced", approach.scheme, approach.sampler)
    # Other parts are added only where there are any, so that files of earlier runs can be continued.
    more = (approach.class_scheme, approach.is_bagged, approach.candidates)
    is_usual = more in ((None, False, ()), ("balanced", False, ()))
    return found if is_usual else (*found, *more)
