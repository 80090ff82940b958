"""The form of a comparison that is stored as JSON, checked before it is used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from poise.comparison.metrics import METRICS, Key

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


def _are_values(values: Any) -> bool:
    """Tell whether these are values by the parts of a `Key`, of metrics that are known."""
    form = [(str, str, _maybe_text, _maybe_text, str, [_maybe_number])]
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
_FACTS = {
    **dict.fromkeys(("n_rows", "n_columns", "n_events", "n_folds", "n_planned"), _positive),
    **dict.fromkeys(("n_categorical", "random_state"), int),
    **dict.fromkeys(("precision", "events_a_fold", "ratio", "seconds"), _not_negative),
    **dict.fromkeys(("trivial_cost",), _maybe_number),
    **dict.fromkeys(("event", "folds"), str),
    "widths": lambda value: _fits(value, {str: _number}) and value.keys() <= METRICS.keys(),
    "shares": {str: (str, _number)},
    "versions": {str: str},
    "warnings": _TEXTS,
}
FORM: dict[str, Any] = {
    "facts": _FACTS,
    "values": _are_values,
    "described": [(str, str, _maybe_text, _maybe_text, str, [_maybe_number])],
    "status": [(str, str, _TEXTS)],
    "pictures": {
        "scatter": _optional(_is_scatter),
        "pr": [_is_curve],
        "threshold": [_is_curve],
        "reliability": [_is_reliability],
        "diagnosis": [_FINDING],
    },
    "smallest_differences": {str: _number},
}


def check_form(content: Any) -> None:
    """Raise ValueError unless this is what `Comparison.to_json` writes."""
    if not _fits(content, FORM):
        raise ValueError
    if content["facts"]["n_events"] >= content["facts"]["n_rows"]:
        raise ValueError
    arms = {(estimator, approach) for estimator, approach, _ in content["status"]}
    keys = [Key(*key) for *key, _ in content["values"]]
    if not arms or any(
        (k.estimator, k.approach) not in arms or k.metric not in METRICS for k in keys
    ):
        raise ValueError
