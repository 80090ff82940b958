"""The form of a comparison that is stored as JSON, checked before it is used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np

from poise.comparison.approaches import AS_IS
from poise.comparison.class_metrics import metrics_for
from poise.comparison.metrics import Key
from poise.core.files import json_value
from poise.core.types import EffectPrior, choices
from poise.study.gains import Gain

_TEXTS = [str]
_LARGEST, _LARGEST_COUNT = 1e300, 1 << 53


def _fits(value: Any, form: Any) -> bool:
    """Tell whether a value has a form.

    A form is a type; a list of one form, for a list of any length; a tuple, for a list with these items; a
    dictionary with the keys that are needed, or with `str` for any; or a function.
    """
    if isinstance(form, list):
        return isinstance(value, list) and all(_fits(item, form[0]) for item in value)
    if isinstance(form, tuple):
        return isinstance(value, list) and len(value) == len(form) and all(map(_fits, value, form))
    if isinstance(form, dict):
        forms = dict.fromkeys(value, form[str]) if isinstance(value, dict) and str in form else form
        return isinstance(value, dict) and all(_fits(value.get(key), forms[key]) for key in forms)
    return isinstance(value, form) if isinstance(form, type) else bool(form(value))


def _optional(form: Any) -> Callable[[Any], bool]:
    return lambda value: value is None or _fits(value, form)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and abs(value) < _LARGEST


def _not_negative(value: Any) -> bool:
    return _number(value) and value >= 0


def _positive(value: Any) -> bool:
    return isinstance(value, int) and 0 < value < _LARGEST_COUNT


_maybe_number = _optional(_number)
_maybe_text = _optional(str)
_KEY = (str, str, _maybe_text, _maybe_text, str)


def _are_values(values: Any) -> bool:
    """Tell whether these are values by the parts of a `Key`, of metrics that are known."""
    form = [(*_KEY, [_maybe_number])]
    return _fits(values, form) and len({len(numbers) for *_, numbers in values}) <= 1


def _is_curve(value: Any) -> bool:
    return _fits(value, (str, str, [_number], [_number])) and len(value[2]) == len(value[3])


def _is_reliability(value: Any) -> bool:
    columns = {"predicted": [_maybe_number], "observed": [_maybe_number]}
    is_whole = _fits(value, (str, str, columns))
    return is_whole and len(value[2]["predicted"]) == len(value[2]["observed"])


def _is_scatter(value: Any) -> bool:
    form = {
        "points": [(_number, _number)],
        "label": [int],
        "fate": _TEXTS,
        "classes": _TEXTS,
        "counts": [(str, int, int)],
        "axes": (str, str),
        "approach": str,
    }
    if not _fits(value, form):
        return False
    n_classes = len(value["classes"])
    codes = {*value["label"], *(code for _, code, _ in value["counts"])}
    n_points = {len(value[name]) for name in ("points", "label", "fate")}
    return len(n_points) == 1 and all(0 <= code < n_classes for code in codes)


_FINDING = dict.fromkeys(("code", "name", "status", "severity", "message", "why", "advice"), str)


def _is_gain(value: Any) -> bool:
    form = {
        "by_repeat": [_number],
        "weights": [_not_negative],
        "by_fold": [_maybe_number],
        **dict.fromkeys(("row_variance", "freedom", "likeness"), _maybe_number),
    }
    is_whole = _fits(value, form) and len(value["by_repeat"]) == len(value["weights"]) > 0
    return is_whole and sum(value["weights"]) > 0 and (value["row_variance"] or 0) >= 0


def _margins(value: Any) -> bool:
    return _fits(value, {str: _number}) and min(value.values(), default=0) > 0


_FACTS = {
    **dict.fromkeys(("n_rows", "n_columns", "n_events", "n_folds", "n_planned"), _positive),
    **dict.fromkeys(("n_categorical", "random_state"), int),
    **dict.fromkeys(("precision", "ratio", "seconds"), _not_negative),
    **dict.fromkeys(("trivial_cost", "cost_range"), _maybe_number),
    "weights_of_repeats": lambda value: _fits(value, [_not_negative]) and sum(value) > 0,
    **dict.fromkeys(("event", "folds", "with_folds"), str),
    "share": lambda value: _number(value) and 0 < value < 1,
    "has_weights": bool,
    "effect_prior": lambda value: value in choices(EffectPrior),
    "primary_metric": str,
    "classes": _TEXTS,
    "class_shares": [_number],
    "margins": lambda value: isinstance(value, dict) and _margins(value),
    "shares": {str: (str, _number)},
    "methods": {str: str},
    "approaches": {str: str},
    "estimators": {str: str},
    "columns": {str: _TEXTS},
    "costs": _optional([[_number]]),
    "families": {str: str},
    "versions": {str: str},
    "warnings": _TEXTS,
    "left_out": _TEXTS,
    "constraints": _TEXTS,
}
FORM: dict[str, Any] = {
    "facts": _FACTS,
    "values": _are_values,
    "by_repeat": [(*_KEY, [_number])],
    "gains": [(*_KEY, _is_gain)],
    "priors": [(*_KEY, lambda value: _fits(value, (_number, _not_negative, int)) and value[1] > 0)],
    "described": [(*_KEY, [_maybe_number])],
    "status": [(str, str, _TEXTS)],
    "pictures": {
        "scatter": _optional(_is_scatter),
        "features": [(str, _number)],
        "pr": [_is_curve],
        "threshold": [_is_curve],
        "threshold_metric": lambda value: (
            value in ("f1", "mcc", "balanced_accuracy", "g_mean", "cost")
        ),
        "reliability": [_is_reliability],
        "diagnosis": [_FINDING],
    },
}


def check_form(content: Any) -> None:
    """Raise ValueError unless this is what `Comparison.save` writes."""
    if not _fits(content, FORM):
        raise ValueError
    facts = content["facts"]
    if facts["n_events"] >= facts["n_rows"] or len(facts["classes"]) != len(facts["class_shares"]):
        raise ValueError
    metrics = metrics_for(facts["classes"])
    judged = {name for name, metric in metrics.items() if metric.has_verdict}
    n_classes = len(facts["classes"]) or 2
    is_square = (
        facts["costs"] is None or [len(row) for row in facts["costs"]] == [n_classes] * n_classes
    )
    if facts["primary_metric"] not in judged or {*facts["margins"]} != judged or not is_square:
        raise ValueError
    arms = {(estimator, approach) for estimator, approach, _ in content["status"]}
    names = ("values", "by_repeat", "gains", "priors")
    keys = {name: {Key(*key) for *key, _ in content[name]} for name in names}
    if not arms or any(
        k[:2] not in arms or k.metric not in metrics for k in set().union(*keys.values())
    ):
        raise ValueError
    bases = {Key(k.estimator, AS_IS, *metrics[k.metric].baseline, k.metric) for k in keys["gains"]}
    if not keys["gains"] | bases <= keys["by_repeat"] or not all(
        metrics[k.metric].has_verdict for k in keys["gains"]
    ):
        raise ValueError


def plain_gain(gain: Gain) -> dict[str, Any]:
    """Return a gain as JSON types."""
    return {one.name: json_value(np.asarray(getattr(gain, one.name))) for one in fields(Gain)}


def gain_of(parts: dict[str, Any]) -> Gain:
    """Return a gain from what `plain_gain` made of it."""
    arrays, numbers = ("by_repeat", "weights", "by_fold"), ("row_variance", "freedom", "likeness")
    by_repeat, weights, by_fold = (np.array(parts[name], dtype=float) for name in arrays)
    variance, freedom, likeness = (float(np.array(parts[name], dtype=float)) for name in numbers)
    return Gain(by_repeat, weights, by_fold, variance, freedom, likeness)
