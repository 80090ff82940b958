"""The share of each class in a batch, from a weighting scheme or as it is given."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from poise.core.errors import InputError, UnknownNameError, listed, nearest_name
from poise.core.numbers import is_number
from poise.core.tables.labels import Labels
from poise.weights._schemes import DEFAULT_BETA, DEFAULT_CAP, weights_of_classes

_ROUNDING = 1e-9  # of shares that were typed or computed, and should sum to 1


def parts_of(labels: Labels, scheme: Any, shares: Any) -> list[int]:
    """Return the share of each class in a batch as whole numbers, in parts of their sum.

    Decimals are taken as they are written, so that 0.1 of 30 rows is 3 rows.

    Raises
    ------
    InputError
        If the scheme is not known, or weights or shares are not one number above 0 for each label.

    Examples
    --------
    >>> from poise.core.tables.labels import encode_items
    >>> import numpy as np
    >>> labels = encode_items(np.array([0, 0, 0, 1]))
    >>> parts_of(labels, "balanced", None), parts_of(labels, {0: 1, 1: 1.5}, None)
    ([1, 1], [2, 1])
    >>> parts_of(labels, "balanced", {0: 0.75, 1: 0.25})
    [3, 1]
    """
    if shares is None:
        return _whole(_weighted(labels, scheme))
    if not isinstance(scheme, str) or scheme != "balanced":
        raise InputError(
            f"Both scheme={scheme!r} and shares are given, and each sets the share of every class. Pass one of them."
        )
    given = _by_code("shares", labels, shares)
    if abs(float(sum(given)) - 1) > _ROUNDING:
        raise InputError(
            f"shares must sum to 1; {shares!r} sums to {float(sum(given)):g}. Divide each by the sum, or pass weights "
            "as scheme."
        )
    return _whole(given)


def _weighted(labels: Labels, scheme: Any) -> list[Fraction]:
    """Return the number of rows of each class times its weight."""
    counts = labels.counts.tolist()
    if isinstance(scheme, Mapping):
        weights = _by_code("scheme", labels, scheme)
        return [n * weight for n, weight in zip(counts, weights, strict=True)]
    if isinstance(scheme, str) and scheme == "balanced":
        return [Fraction(1)] * len(counts)  # exactly, which weights that are rounded would not give
    found = weights_of_classes(
        labels.counts, labels.classes, scheme, beta=DEFAULT_BETA, cap=DEFAULT_CAP
    )
    return [n * Fraction(repr(weight)) for n, weight in zip(counts, found.tolist(), strict=True)]


def _by_code(name: str, labels: Labels, given: Any) -> list[Fraction]:
    if not isinstance(given, Mapping):
        raise InputError(
            f"{name}={given!r} must be a dict with a number for each label: {listed(labels.classes)}."
        )
    unknown = [label for label in given if label not in labels.classes]
    if unknown:
        raise UnknownNameError(
            f"{name} names {unknown[0]!r}, which is not a label of y; its labels are "
            f"{listed(labels.classes)}.{nearest_name(unknown[0], labels.classes)} Leave it out, or correct it."
        )
    absent = [label for label in labels.classes if label not in given]
    if absent:
        raise InputError(
            f"{name} has no number for the label {absent[0]!r} of y. Pass one for each of "
            f"{listed(labels.classes)}."
        )
    return [_positive(name, label, given[label]) for label in labels.classes]


def _positive(name: str, label: Any, value: Any) -> Fraction:
    if not is_number(value) or value <= 0:
        raise InputError(
            f"{name} has {value!r} for the label {label!r}; it must be a finite number above 0. Pass a small "
            "one for a class that should be rare."
        )
    return Fraction(repr(float(value)))


def _whole(fractions: list[Fraction]) -> list[int]:
    """Return whole numbers in the same proportion."""
    scale = math.lcm(*{part.denominator for part in fractions})
    whole = [int(part * scale) for part in fractions]
    divisor = math.gcd(*whole)
    return [part // divisor for part in whole]
