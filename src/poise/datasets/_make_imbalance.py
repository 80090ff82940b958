"""Make a table more imbalanced than it is, to study what that does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from poise.core.errors import InputError
from poise.core.sampling.allocation import ROUNDING, Counts, rarest_of_two, ratio_of, rows_to_keep
from poise.core.sampling.resampler import drawn_once, plan_of_kept, random_stream
from poise.core.tables.carry import seeds_of
from poise.core.tables.labels import Labels, encode
from poise.core.tables.read import check_same_length, read_table, read_target


def make_imbalance(
    X: Any,
    y: Any,
    *,
    sampling_strategy: Mapping[Any, int] | float | Callable[[Any], Mapping[Any, int]],
    random_state: int | np.random.RandomState | None = None,
) -> tuple[Any, Any]:
    """Return part of a table, with as many rows of each class as asked for.

    Parameters
    ----------
    X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
    y : array-like of shape (n_rows,)
    sampling_strategy : dict, float or callable
        ``{label: rows to keep}``, where classes left out are kept whole; for two classes the
        ratio that the class with fewer rows (the second, on a tie) is brought down to; or a
        function of y that returns a dictionary.
    random_state : int, RandomState or None, default=None
        Seed of the draws.

    Returns
    -------
    X_part, y_part
        Of the kinds of X and y, rows in input order.

    Raises
    ------
    InputError
        When more rows are asked for than there are.

    Warns
    -----
    VanishingClassWarning
        When a class loses all of its rows.

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
    table = read_table(X)
    known = encode(read_target(y))
    check_same_length("y", len(known.codes), table.n_rows)
    to_keep = _rows_to_keep(sampling_strategy, known)
    rng = random_stream(random_state)
    plan = plan_of_kept(known, to_keep, lambda code, n: drawn_once(known.members(code), n, rng))
    return table.output(plan), seeds_of(y, plan)


def _rows_to_keep(strategy: Any, known: Labels) -> Counts:
    if callable(strategy) or isinstance(strategy, Mapping):
        return rows_to_keep(strategy, known)
    if isinstance(strategy, str) or strategy is None:
        raise InputError(
            f"sampling_strategy={strategy!r} does not say how many rows to keep. Pass "
            "{label: rows to keep}, a ratio of two classes, or a function of y."
        )
    ratio = ratio_of(strategy, known)
    rarest = rarest_of_two(known)
    wanted = int(ratio * known.counts[1 - rarest] + ROUNDING)
    return rows_to_keep({known.classes[rarest]: wanted}, known)
