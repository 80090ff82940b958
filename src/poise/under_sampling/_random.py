"""Random under-sampling: keep random rows of a class."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np

from poise.core.plan.recipes import Ids
from poise.core.sampling.parameters import BALANCE, BOOLEAN, RANDOM_STATE, parameter, sampler
from poise.core.sampling.problem import Problem
from poise.core.sampling.resampler import Needs, UnderSampler, drawn_once
from poise.core.types import Balance, Seed


@sampler
class RandomUnderSampler(UnderSampler):
    """Under-sample by keeping random rows of the larger classes.

    Any table can be used, also with text, dates and missing values, because no value is computed.

    Parameters
    ----------
    sampling_strategy : str, float, dict or callable, default="auto"
        Which classes shrink, and to how many rows: "auto" (all but the smallest class, to its
        size), "majority", "not minority", "not majority" or "all"; for two classes, the ratio of
        the smaller to the larger; a dictionary ``{label: rows wanted}``; or a function of y that
        returns such a dictionary. `poise.Ratio` takes ratios to the largest class for any
        number of classes.
    balance : {"class", "class-group"}, default="class"
        What is balanced: classes, or the rows of each class in each group of `groups` (cells). For cells
        the keys of `sampling_strategy` are pairs ``(class, group)``.
    random_state : int, RandomState or None, default=None
        Random seed; with None, each call draws differently.
    shuffle : bool, default=False
        Whether the output rows come in random order; the order is drawn last, so the rows are the same.
    replacement : bool, default=False
        Whether a row may be kept more than once.
    carry_columns : list of columns, dict of column to what new rows get, or None, default=None
        Columns, by name or position, that are not searched, such as identifiers and names.

    Attributes
    ----------
    plan_ : Plan
        Which input rows are kept.
    sampling_strategy_ : dict
        Number of rows kept in each class that may shrink, by label.
    sample_indices_ : ndarray of shape (n_output,)
        Input row number of each output row.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Column names of X, if it has names that are all strings.

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
    Cost: O(n) for n rows. Rows are returned in input order.

    Examples
    --------
    >>> import numpy as np
    >>> from poise.under_sampling import RandomUnderSampler
    >>> X = np.array([["a"], ["b"], ["c"]])
    >>> RandomUnderSampler(random_state=0).fit_resample(X, [0, 0, 1])[1]
    [0, 1]
    """

    why_removed: ClassVar[str] = "not drawn"

    needs: ClassVar[Needs] = "rows"

    balance: Balance = parameter(default="class", allowed=BALANCE)
    random_state: Seed = parameter(default=None, allowed=RANDOM_STATE)
    shuffle: bool = parameter(default=False, allowed=BOOLEAN)
    replacement: bool = parameter(default=False, allowed=BOOLEAN)

    def keeper(self, problem: Problem, rng: np.random.RandomState) -> Callable[[int, int], Ids]:
        def keep(code: int, n_rows: int) -> Ids:
            members = problem.labels.members(code)
            if self.replacement:
                return members[rng.randint(0, len(members), size=n_rows)]
            return drawn_once(members, n_rows, rng)

        return keep
