"""Copies: whether more rows of a class repeat others than the largest class has by nature."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from poise.core.neighbors.equal_rows import equal_groups
from poise.core.plan.recipes import Ids
from poise.core.tables.labels import Labels
from poise.diagnosis._evidence import (
    CANNOT_TELL,
    CLEAN,
    COPIED,
    FEWEST_ROWS,
    LEAK,
    NOT_BEYOND,
    SURE,
    SUSPICIOUS,
    TOO_FEW,
    Evidence,
    Read,
)

_NATURAL_REPEATS = 0.2  # if more rows than this repeat by nature, repeats are not evidence
_ALPHA = 1e-4
_OVER_SAMPLED = 0.03  # of the largest class: a smaller class was not over-sampled
_SPREAD = 0.3  # share of copies, or of rows, that must repeat different rows


class _Repeats(NamedTuple):
    """How often rows repeat another row, with one entry per class.

    Attributes
    ----------
    n, n_found : ndarray of intp
        Rows examined, and those that repeat another row.
    n_different, n_distinct : ndarray
        Distinct rows that are repeated, and all distinct rows.
    size : ndarray of intp
        Rows of the class.
    natural : float
        Share of rows that repeat another one in the largest class.
    largest : int
        The class with the most distinct rows: over-sampling copies rows of the other classes.
    """

    n: Ids
    n_found: Ids
    n_different: Ids
    n_distinct: NDArray[np.float64] | Ids
    size: Ids
    natural: float
    largest: int

    def are_more(self) -> list[int]:
        """Return the classes whose rows repeat more often than those of the largest class."""
        return [c for c in range(len(self.n)) if c != self.largest and self._is_more(c)]

    def _is_more(self, c: int) -> bool:
        is_within = self.size[c] <= NOT_BEYOND * self.size[self.largest]
        return bool(is_within and _is_beyond(self.n_found[c], self.n[c], self.natural))

    def are_copied(self) -> list[int]:
        """Return the classes whose repeats look like random copies: many of them, of many different rows."""
        return [
            c
            for c in self.are_more()
            if self.n_found[c] >= SURE * self.n[c]
            and self.size[c] >= _OVER_SAMPLED * self.size[self.largest]
            and self.n_different[c] >= _SPREAD * min(self.n_found[c], self.n_distinct[c])
        ]

    def evidence(self, is_found: Evidence | None, message: str) -> Evidence:
        """Return `is_found`, or why nothing was found."""
        if self.size[self.largest] < FEWEST_ROWS:
            return Evidence(TOO_FEW, "No class has enough rows to judge repeats.")
        if is_found is not None:
            return is_found
        if self.natural > _NATURAL_REPEATS:
            why = f"{message}, and {self.natural:.0%} of the largest class repeat by nature, so copies cannot be distinguished from natural repeats."
            return Evidence(CANNOT_TELL, why)
        more = [self.n_found[c] / self.n[c] for c in self.are_more()]
        if max(more, default=0.0) >= SUSPICIOUS:
            return Evidence(
                CANNOT_TELL, f"{message}: more than in the largest class, but this can be natural."
            )
        return Evidence(CLEAN, f"{message}.")


def copies_in(read: Read) -> tuple[Evidence, Ids]:
    """Find classes whose rows repeat far more often than those of the largest class.

    Returns
    -------
    Evidence
    copies : ndarray of shape (n_copies, 2), intp
        Rows of such classes that repeat an earlier row, and the earlier row.
    """
    codes, counts = read.labels.codes, read.labels.counts
    first, is_copy = _first_of_group(equal_groups(read.whole), codes)
    n_copies = np.bincount(codes[is_copy], minlength=len(counts))
    largest = int(np.argmax(counts - n_copies))
    repeats = _Repeats(
        n=counts,
        n_found=n_copies,
        n_different=_different(first[is_copy], codes[is_copy], len(counts)),
        n_distinct=counts - n_copies,
        size=counts,
        natural=(n_copies[largest] + 1) / (counts[largest] + 2),
        largest=largest,
    )
    made = repeats.are_copied()
    message = _shares_message(read.labels, n_copies, counts) + " repeat an earlier row"
    found = Evidence(COPIED, f"{message}: far more than in the largest class.") if made else None
    rows = np.flatnonzero(is_copy & np.isin(codes, made))
    return repeats.evidence(found, message), np.column_stack([rows, first[rows]])


def copies_across(read: Read, n_train: int) -> tuple[Evidence, Ids]:
    """Find classes whose test rows repeat training rows far more often than rows repeat by nature.

    Returns
    -------
    Evidence
    copies : ndarray of shape (n_copies, 2), intp
        Test rows of such classes, and the training row that each of them repeats.
    """
    codes, n_classes = read.labels.codes, len(read.labels.classes)
    first, _ = _first_of_group(equal_groups(read.whole), codes)
    of_train, of_test = np.split(first, [n_train])
    code_of_train, code_of_test = np.split(codes, [n_train])
    times = np.bincount(of_train, minlength=len(codes))
    n, n_twins, n_distinct = (
        np.bincount(code_of_train, weights, minlength=n_classes)
        for weights in (None, times[of_train] > 1, 1 / times[of_train])
    )
    is_seen = of_test < n_train
    largest = int(np.argmax(n_distinct))
    natural = (n_twins + 1) / (n + 2)
    repeats = _Repeats(
        n=np.bincount(code_of_test, minlength=n_classes),
        n_found=np.bincount(code_of_test[is_seen], minlength=n_classes),
        n_different=_different(of_test[is_seen], code_of_test[is_seen], n_classes),
        n_distinct=n_distinct,
        size=n,
        natural=float(natural[largest]),
        largest=largest,
    )
    # If the same rows are in both parts, every class shows it, compared with its own training rows.
    in_both = [
        c
        for c in range(n_classes)
        if n[c] and _is_beyond(repeats.n_found[c], repeats.n[c], natural[c])
    ]
    leaking = sorted({*in_both, *repeats.are_copied()})
    message = (
        _shares_message(read.labels, repeats.n_found, repeats.n, "test rows")
        + " repeat a training row"
    )
    why = f"{message}: rows were copied before the split, or are in both parts."
    found = Evidence(LEAK, why) if leaking else None
    rows = np.flatnonzero(is_seen & np.isin(code_of_test, leaking))
    return repeats.evidence(found, message), np.column_stack([n_train + rows, of_test[rows]])


def _different(rows: Ids, codes: Ids, n_classes: int) -> Ids:
    """Return the number of distinct rows of each class."""
    return np.array([len(np.unique(rows[codes == code])) for code in range(n_classes)])


def _shares_message(known: Labels, n_found: Ids, n: Ids, what: str = "rows") -> str:
    return ", ".join(
        f"{n_found[code]:,} of {n[code]:,} {what} of class {label!r}"
        for code, label in enumerate(known.classes)
        if n[code]
    )


def _is_beyond(n_found: int, n: int, natural: float) -> bool:
    """Return whether repeats exceed three times the natural rate by more than chance explains."""
    rate = 3 * natural  # if above 1, no number of repeats is beyond it
    return bool(n_found > (rate + 0.02) * n and binom.sf(n_found - 1, n, rate) < _ALPHA)


def _first_of_group(group: Ids, codes: Ids) -> tuple[Ids, NDArray[np.bool_]]:
    """Return the first row with the same values and class as each row, and whether each row is a later one."""
    pair = group * (codes.max() + 1) + codes  # no mutant: any number of its own for each pair
    _, first, of_row = np.unique(pair, return_index=True, return_inverse=True)
    first_row = first[of_row.ravel()]
    return first_row, np.asarray(first_row != np.arange(len(codes)))
