"""Make a table more imbalanced, for experiments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from poise.core.errors import InputError, listed
from poise.core.sampling.allocation import ROUNDING, Counts, rarest_of_two, ratio_of, rows_to_keep
from poise.core.sampling.parameters import ANYTHING, ARRAY_LIKE, RANDOM_STATE, checked
from poise.core.sampling.resampler import drawn_once, plan_of_kept
from poise.core.sampling.seeds import random_stream
from poise.core.tables.aligned import resampled
from poise.core.tables.labels import Labels, encode
from poise.core.tables.read import check_same_length, read_target
from poise.core.tables.rows import read_rows
from poise.core.types import Integer, Number, Seed


@checked(
    X=ARRAY_LIKE,
    y=ARRAY_LIKE,
    sampling_strategy=ANYTHING,  # checked against the labels
    random_state=RANDOM_STATE,
)
def make_imbalance(
    X: Any,
    y: Any,
    *,
    sampling_strategy: Mapping[Any, Integer] | Number | Callable[..., Mapping[Any, Integer]],
    random_state: Seed = None,
    **kwargs: Any,
) -> tuple[Any, Any]:
    """Return a random part of a table, with a given number of rows of each class.

    Parameters
    ----------
    X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
        The table. It is not modified.
    y : array-like of shape (n_rows,)
        The labels.
    sampling_strategy : dict, float or callable
        A dictionary ``{label: rows to keep}``; all rows of other classes are kept. Or, for two
        classes, the ratio of the smaller to the larger class in the result; if both have the same
        number of rows, the second in sorted order becomes the smaller. Or a function of y that
        returns such a dictionary.
    random_state : int, RandomState or None, default=None
        Random seed; with None, each call draws differently.
    **kwargs
        Passed to `sampling_strategy` beside y, if it is a function.

    Returns
    -------
    X_part, y_part
        Of the same kinds as X and y, with rows in input order.

    Raises
    ------
    InputError
        If more rows are requested than a class has.

    Warns
    -----
    VanishingClassWarning
        If a class loses all of its rows.

    Notes
    -----
    Cost: O(n) for n rows.

    Examples
    --------
    >>> from collections import Counter
    >>> from sklearn.datasets import load_iris
    >>> from poise.datasets import make_imbalance
    >>> X, y = load_iris(return_X_y=True)
    >>> X_part, y_part = make_imbalance(X, y, sampling_strategy={0: 10, 1: 20}, random_state=0)
    >>> sorted(Counter(y_part.tolist()).items())
    [(0, 10), (1, 20), (2, 50)]
    """
    table = read_rows(X)
    labels = encode(read_target(y))
    check_same_length("y", len(labels.codes), table.n_rows)
    if kwargs and callable(sampling_strategy):
        sampling_strategy = partial(sampling_strategy, **kwargs)
    elif kwargs:
        raise InputError(
            f"{listed(kwargs)} can only be passed to a function, but sampling_strategy is {sampling_strategy!r}."
        )
    to_keep = _rows_to_keep(sampling_strategy, labels)
    rng = random_stream(random_state)
    plan = plan_of_kept(labels, to_keep, lambda code, n: drawn_once(labels.members(code), n, rng))
    return resampled(table, X, y, plan)


def _rows_to_keep(strategy: Any, labels: Labels) -> Counts:
    if callable(strategy) or isinstance(strategy, Mapping):
        return rows_to_keep(strategy, labels)
    if isinstance(strategy, str) or strategy is None:
        raise InputError(
            f"sampling_strategy={strategy!r} does not say how many rows to keep. Pass "
            "{label: rows to keep}, a ratio of two classes, or a function of y."
        )
    ratio = ratio_of(strategy, labels)
    rarest = rarest_of_two(labels)
    wanted = int(ratio * labels.counts[1 - rarest] + ROUNDING)
    return rows_to_keep({labels.classes[rarest]: wanted}, labels)
