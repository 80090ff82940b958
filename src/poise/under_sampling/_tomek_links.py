"""Tomek links: pairs of rows of different classes that are nearest to each other."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from poise.core.errors import TooFewRowsError
from poise.core.neighbors.tomek import in_links
from poise.core.sampling.parameters import sampler
from poise.core.sampling.problem import Problem
from poise.core.sampling.resampler import Cleaner, Mask
from poise.core.sampling.rules import MutualRule


@sampler
class TomekLinks(Cleaner):
    """Remove rows that form a Tomek link with a row of another class.

    Two rows of different classes form a Tomek link if no third row is strictly nearer to either of
    them. Two equal rows of different classes therefore always form one. The rule depends on the
    values only: the order of the rows cannot change which rows are removed.

    Parameters
    ----------
    sampling_strategy : str, list or callable, default="auto"
        Which classes lose their rows in links: "auto" (all but the smallest), "majority",
        "not minority", "not majority", "all", a list of labels, or a function of y that returns
        such a list.
    column_kinds : dict or None, default=None
        Column kinds, by column name or position; see `poise.over_sampling.SMOTE`.
    carry_columns : list of columns, dict of column to what new rows get, or None, default=None
        Columns, by name or position, that are not searched, such as identifiers and names.
    neighbor_space : {"raw", "standard", "robust"} or transformer, default="raw"
        How columns are scaled before distances are computed; see
        `poise.over_sampling.SMOTE`.
    n_jobs : int or None, default=None
        Number of threads; None uses every core that the process may use.

    Attributes
    ----------
    plan_ : Plan
        Which input rows are kept.
    sampling_strategy_ : dict
        Number of rows kept in each class that may lose rows, by label.
    sample_indices_ : ndarray of shape (n_output,)
        Input row number of each output row.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Column names of X, if it has names that are all strings.

    Warns
    -----
    VanishingClassWarning
        If a class loses all of its rows.

    Notes
    -----
    Cost: a few neighbour searches for each row that is not of the largest class. Rows of the
    largest class need no search of their own, because a link joins two classes.

    References
    ----------
    .. [1] Tomek, I. (1976). Two modifications of CNN. IEEE Transactions on Systems, Man, and
       Cybernetics 6, 769-772.
       doi:10.1109/TSMC.1976.4309452

    Examples
    --------
    >>> import numpy as np
    >>> from poise.under_sampling import TomekLinks
    >>> X = np.array([[0.0], [1.0], [1.1], [5.0]])
    >>> TomekLinks().fit_resample(X, [0, 0, 1, 0])[0].ravel().tolist()
    [0.0, 1.1, 5.0]
    """

    why_removed: ClassVar[str] = (
        "in a Tomek link: it and a row of another class are each other's nearest neighbour"
    )

    @property
    def rule(self) -> MutualRule:
        """Rows of different classes that are each other's nearest rows."""
        return MutualRule()

    def remove(
        self,
        problem: Problem,
        codes: list[int],
        rng: np.random.RandomState,  # noqa: ARG002  # the rule is deterministic
    ) -> Mask:
        if problem.n_rows < 2:
            raise TooFewRowsError(
                "TomekLinks needs at least 2 rows; the table has 1. Pass more rows."
            )
        is_linked = in_links(problem.index, problem.labels.codes)
        return is_linked & np.isin(problem.labels.codes, codes)
