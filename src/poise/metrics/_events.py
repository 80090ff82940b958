"""Input of the metrics of probabilities, checked: events, scores and weights."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from poise.core.errors import EventWarning, InputError, listed, warn
from poise.core.numbers import floats_of, some_weights_of
from poise.core.tables.labels import Labels, encode
from poise.core.tables.read import read_target

Floats = NDArray[np.float64]


class Events(NamedTuple):
    """Events, scores and weights of the rows with a weight above 0, one entry per row.

    Attributes
    ----------
    is_event : ndarray of shape (n_used,), bool
        Which rows belong to the class of interest, the event.
    scores : ndarray of shape (n_used,), float64
    weights : ndarray of shape (n_used,), float64
        Above 0; rows of weight 0 are left out.
    is_used : ndarray of shape (n_rows,), bool
        Which of the rows passed in are included.
    event : label
        The label of the event.
    """

    is_event: NDArray[np.bool_]
    scores: Floats
    weights: Floats
    is_used: NDArray[np.bool_]
    event: Any


def read_scores(
    y_true: ArrayLike, scores: ArrayLike, sample_weight: ArrayLike | None, pos_label: Any
) -> Events:
    """Check labels and scores (on any scale), and return them as `Events`.

    Raises
    ------
    InputError
        If there are more than two classes, the lengths differ, or a score or weight is not a
        finite number.
    """
    return _read("scores", y_true, scores, sample_weight, pos_label)


def _read(
    name: str,
    y_true: ArrayLike,
    scores: ArrayLike,
    sample_weight: ArrayLike | None,
    pos_label: Any,
) -> Events:
    known = labels_in("y_true", y_true)
    y, given = known.codes, floats_of(name, scores)
    if given.ndim != 1 and given.shape[1:] != (1,):
        raise InputError(
            f"{name} must have one column; it has shape {given.shape}. Pass only that of the event, such as {name}[:, 1]."
        )
    given = given.ravel()
    if not len(y) == len(given) > 0:
        raise InputError(
            f"y_true and {name} must have one entry per row; they have {len(y)} and {len(given)}."
        )
    _check_usable(name, given, ~np.isfinite(given), "hold finite numbers")
    weights = np.ones(len(y)) if sample_weight is None else some_weights_of(sample_weight, len(y))
    event = event_of(known, pos_label)
    is_event = y == (known.classes.index(event) if event in known.classes else -1)
    used = weights > 0
    return Events(is_event[used], given[used], weights[used], used, event)


def read_probabilities(
    y_true: ArrayLike, proba: ArrayLike, sample_weight: ArrayLike | None, pos_label: Any
) -> Events:
    """Check labels and probabilities of the event, and return them; see `read_scores`."""
    events = _read("proba", y_true, proba, sample_weight, pos_label)
    is_outside = (events.scores < 0) | (events.scores > 1)
    _check_usable("proba", events.scores, is_outside, "lie in 0 to 1")
    return events


def event_of(known: Labels, pos_label: Any) -> Any:
    """Return the label of the event (the class of interest) whose scores are given.

    Parameters
    ----------
    known : Labels
    pos_label : label or None
        The event. By default the class with the fewest rows, and of two equal ones the one that sorts last;
        of labels that are all 0, all 1 or all -1, the event is 1.

    Raises
    ------
    InputError
        If there are more than two labels, `pos_label` is not among them, or there is one label and
        no `pos_label`.

    Warns
    -----
    EventWarning
        If the labels are 0 and 1, or -1 and 1, and by its rarity the event is not 1.
    """
    classes = known.classes
    if len(classes) > 2:
        raise InputError(
            f"y_true has {len(classes)} classes, {listed(classes)}; this metric needs two. Pass "
            "y_true == label, with the probabilities of that label."
        )
    if len(classes) == 2:
        event = classes[known.event_code(pos_label)]
        if pos_label is None and event != 1 and classes[1] == 1:
            warn(
                f"y_true has fewer rows of {event!r} than of {classes[1]!r}, so {event!r} is the event, and the scores "
                f"are taken to be its own. If they are those of {classes[1]!r}, pass pos_label={classes[1]!r}.",
                EventWarning,
            )
        return event
    if pos_label is not None:
        if classes and isinstance(pos_label, str) != isinstance(classes[0], str):
            raise InputError(f"pos_label={pos_label!r} is not among the labels {listed(classes)}.")
        return pos_label
    if set(classes) <= {0, 1, -1}:
        return 1
    raise InputError(
        f"y_true has one class, {classes[0]!r}, which does not show which label is the event. Pass "
        "pos_label."
    )


def labels_in(name: str, y: Any) -> Labels:
    """Return the labels of one column."""
    values = read_target(y, name)
    if values.ndim > 1 and values.shape[1:] != (1,):
        raise InputError(f"{name} must have one column; it has shape {values.shape}.")
    return encode(values)


def _check_usable(name: str, values: Floats, is_bad: NDArray[np.bool_], must: str) -> None:
    if is_bad.any():
        row = int(is_bad.argmax())
        raise InputError(f"{name} must {must}; that of row {row} is {float(values[row])}.")
