"""Rules by which cleaners remove rows, as data: enough to find the rows that a rule may concern."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class MutualRule:
    """Two rows of different classes go if each is the nearest row of the other.

    Attributes
    ----------
    k : int
        Number of nearest neighbours of each row.
    found_per_row : int
        Estimated number of rows of the largest class that a scan finds for each row in memory.

    Examples
    --------
    >>> from poise.under_sampling import TomekLinks
    >>> TomekLinks().rule
    MutualRule(k=1, found_per_row=2)
    """

    k: int = 1
    found_per_row: int = 2


@dataclass(frozen=True)
class VoteRule:
    """A row goes only if fewer than `wanted` rows of its class are nearer than its `rank`-th enemy.

    Attributes
    ----------
    k : int
        Neighbours that vote.
    rank, wanted : int
    is_exact : bool
        Whether every such row goes, whatever the number of classes; otherwise only with two classes
        and no missing values, and the in-memory cleaner decides about the rows found.

    Examples
    --------
    >>> from poise.under_sampling import EditedNearestNeighbours
    >>> EditedNearestNeighbours().rule
    VoteRule(k=3, rank=1, wanted=3, is_exact=True)
    """

    k: int
    rank: int
    wanted: int
    is_exact: bool

    @property
    def found_per_row(self) -> int:
        """Estimated number of rows of the largest class that a scan finds for each row in memory."""
        return 2 * self.k


Rule: TypeAlias = MutualRule | VoteRule
