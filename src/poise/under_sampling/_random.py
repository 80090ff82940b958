"""Random under-sampling: a random part of a class is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from poise.core.plan.recipes import Ids
from poise.core.sampling.parameters import RANDOM
from poise.core.sampling.problem import Problem
from poise.core.sampling.resampler import UnderSampler, drawn_once


class RandomUnderSampler(UnderSampler):
    """Under-sample by keeping rows of the larger classes at random.

    Takes any table: text, dates, gaps and all, because no value is computed.

    Parameters
    ----------
    sampling_strategy : str, float, dict or callable, default="auto"
        Which classes shrink, and to what: "auto" (all but the smallest, to its size),
        "majority", "not minority", "not majority", "all"; a ratio of the smaller to the larger
        of two classes; ``{label: rows wanted}``; or a function of y that returns such a
        dictionary.
    random_state : int, RandomState or None, default=None
        Seed of the draws; None draws anew each time.
    replacement : bool, default=False
        Whether a row may be kept more than once.

    Attributes
    ----------
    plan_ : Plan
    sampling_strategy_ : dict
        Rows kept of each class that may shrink, by label.
    sample_indices_ : ndarray of shape (n_output,)
        Input row of each output row.
    n_features_in_ : int
    feature_names_in_ : ndarray of str

    Raises
    ------
    InputError
        When more rows are asked for than there are.

    Warns
    -----
    VanishingClassWarning
        When a class loses all of its rows.

    Notes
    -----
    O(n). Rows are kept in input order.

    Examples
    --------
    >>> import numpy as np
    >>> from poise.under_sampling import RandomUnderSampler
    >>> X = np.array([["a"], ["b"], ["c"]])
    >>> RandomUnderSampler(random_state=0).fit_resample(X, [0, 0, 1])[1]
    [0, 1]
    """

    needs = "rows"

    _parameter_constraints: ClassVar[dict[str, Any]] = RANDOM | {
        "replacement": ["boolean"],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        random_state: Any = None,
        replacement: bool = False,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.replacement = replacement

    def _keeper(self, problem: Problem, rng: np.random.RandomState) -> Callable[[int, int], Ids]:
        def keep(code: int, n_rows: int) -> Ids:
            members = problem.labels.members(code)
            if self.replacement:
                return members[rng.randint(0, len(members), size=n_rows)]
            return drawn_once(members, n_rows, rng)

        return keep
