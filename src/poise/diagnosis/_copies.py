"""Copies: whether more rows of a class repeat others than nature explains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom, rankdata

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
from poise.study.event_table import Floats

_NATURAL_REPEATS = 0.2  # if more rows than this repeat by nature, repeats are not evidence
# A class of which half of the rows repeat an earlier one can be natural: its rows were recorded twice, or come
# from few machines. Such a class is the same as one that was copied to twice its size.
_MOST_NATURAL = 0.5
_ALPHA = 1e-4
_SPREAD = 0.3  # share of copies, or of rows, that must repeat different rows
_FEWEST_JUDGES = 5  # test rows of a class that says how the table was split
_UNEQUAL = 0.01  # probability of the shares of two classes in two parts of the same table
_LATER = 0.99  # probability that a copy comes after an original, if all copies were appended


class _Repeats(NamedTuple):
    """How often rows repeat another row, with one entry per class.

    Attributes
    ----------
    n, n_found : ndarray of intp
        Rows examined, and those that repeat another row.
    n_later : ndarray of intp
        Rows of the whole class that repeat an earlier row.
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
    n_later: Ids
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
        """Return the classes whose repeats are random copies: most of their rows, of many different rows."""
        return [
            c
            for c in self.are_more()
            if self.n_found[c] >= SURE * self.n[c]
            and binom.sf(self.n_later[c] - 1, self.size[c], _MOST_NATURAL) < _ALPHA
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
            why = (
                f"{message}: more than in the largest class, but up to half of a class can repeat by nature, like rows that were "
                "recorded twice."
            )
            return Evidence(CANNOT_TELL, why)
        return Evidence(CLEAN, f"{message}.")


class Copies(NamedTuple):
    """Rows that repeat others.

    Attributes
    ----------
    rows, first : ndarray of intp
        Each row, and the row that it equals.
    how : ndarray of str
        "copy" for the later one of two rows; "pair" if nothing shows which one came first.
    """

    rows: Ids
    first: Ids
    how: NDArray[np.str_]


def copies_in(read: Read) -> tuple[Evidence, Copies]:
    """Find classes of which most rows repeat others, far more than in the largest class.

    Returns
    -------
    Evidence
    Copies
        Rows of such classes.
    """
    codes, counts = read.labels.codes, read.labels.counts
    first, is_later = _first_of_group(equal_groups(read.whole), codes)
    n_later = np.bincount(codes[is_later], minlength=len(counts))
    largest = int(np.argmax(counts - n_later))
    repeats = _Repeats(
        n=counts,
        n_found=n_later,
        n_later=n_later,
        n_different=_different(first[is_later], codes[is_later], len(counts)),
        n_distinct=counts - n_later,
        size=counts,
        natural=(n_later[largest] + 1) / (counts[largest] + 2),
        largest=largest,
    )
    made = repeats.are_copied()
    message = _shares_message(read.labels, n_later, counts) + " repeat an earlier row"
    found = Evidence(COPIED, f"{message}: far more than in the largest class.") if made else None
    named = [_named(read.labels.members(c), first, is_later) for c in made]
    return repeats.evidence(found, message), joined(named)


def _named(members: Ids, first: Ids, is_later: NDArray[np.bool_]) -> Copies:
    """Return the copies of a class; or all of its equal rows, if copies do not come after the originals."""
    later, originals = members[is_later[members]], members[~is_later[members]]
    if _come_after(later, originals):
        return Copies(later, first[later], np.full(len(later), "copy"))
    # For the first row of a group, name the next one.
    repeated, at = np.unique(first[later], return_index=True)
    rows, others = np.concatenate([later, repeated]), np.concatenate([first[later], later[at]])
    return Copies(rows, others, np.full(len(rows), "pair"))


def _come_after(later: Ids, originals: Ids) -> bool:
    """Return whether copies were appended: a copy comes after nearly every original, not only its own."""
    ranks = rankdata(np.concatenate([later, originals]))[: len(later)]
    n_before = ranks - (1 + np.arange(len(later)))  # `later` is in ascending order
    return bool(n_before.mean() >= _LATER * len(originals))


def copies_across(read: Read, n_train: int) -> tuple[Evidence, Copies]:
    """Find classes whose test rows repeat training rows far more often than rows repeat by nature.

    Returns
    -------
    Evidence
    Copies
        Test rows of such classes, and the training row that each of them repeats.

    Notes
    -----
    A training part that was resampled after the split has other shares of the classes than the test part.
    The number of its rows before that follows from the test part, and repeats in a class that was grown are
    not counted against the split.
    """
    codes, n_classes = read.labels.codes, len(read.labels.classes)
    first, is_later = _first_of_group(equal_groups(read.whole), codes)
    of_train, of_test = np.split(first, [n_train])
    code_of_train, code_of_test = np.split(codes, [n_train])
    times = np.bincount(of_train, minlength=len(codes))
    n_train_of, n_twins, n_distinct = (
        np.bincount(code_of_train, weights, minlength=n_classes)
        for weights in (None, times[of_train] > 1, 1 / times[of_train])
    )
    n_test_of = np.bincount(code_of_test, minlength=n_classes)
    growth = _growth(n_train_of, n_test_of)
    is_seen = of_test < n_train
    largest = int(np.argmax(n_distinct / growth))
    natural = np.minimum((n_twins + 1) / (n_train_of / growth + 2), 1.0)
    repeats = _Repeats(
        n=n_test_of,
        n_found=np.bincount(code_of_test[is_seen], minlength=n_classes),
        n_later=np.bincount(codes[is_later], minlength=n_classes),
        n_different=_different(of_test[is_seen], code_of_test[is_seen], n_classes),
        n_distinct=n_distinct,
        size=read.labels.counts,
        natural=float(natural[largest]),
        largest=largest,
    )
    # If the same rows are in both parts, every class shows it, compared with its own training rows.
    in_both = [
        c
        for c in range(n_classes)
        if n_train_of[c] and _is_beyond(repeats.n_found[c], repeats.n[c], natural[c])
    ]
    copied = [c for c in repeats.are_copied() if growth[c] == 1]
    leaking = sorted({*in_both, *copied})
    message = (
        _shares_message(read.labels, repeats.n_found, repeats.n, "test rows")
        + " repeat a training row"
    )
    why = f"{message}: rows were copied before the split, or are in both parts."
    found = Evidence(LEAK, why) if leaking else None
    rows = np.flatnonzero(is_seen & np.isin(code_of_test, leaking))
    copies = Copies(n_train + rows, of_test[rows], np.full(len(rows), "pair"))
    return repeats.evidence(found, message), copies


def _growth(n_train: Ids, n_test: Ids) -> Floats:
    """Return how many times as large each class of the training part is as the test part lets one expect.

    It is 1 for classes whose share in the training part is that in the test part, up to chance.
    """
    growth = np.ones(len(n_train))
    judges = np.flatnonzero((n_train > 0) & (n_test >= _FEWEST_JUDGES))
    if not len(judges):
        return growth
    least = judges[np.argmin(n_train[judges] / n_test[judges])]
    for c in np.flatnonzero((n_train > 0) & (n_test > 0)):
        share = n_train[c] / (n_train[c] + n_train[least])
        if binom.cdf(n_test[c], n_test[c] + n_test[least], share) < _UNEQUAL:
            growth[c] = n_train[c] / n_test[c] * n_test[least] / n_train[least]
    return growth


def joined(copies: Sequence[Copies]) -> Copies:
    """Return all copies as one."""
    nothing = Copies(*(np.empty(0, dtype=np.intp),) * 2, np.empty(0, dtype="<U4"))
    return Copies(*(np.concatenate(parts) for parts in zip(nothing, *copies, strict=True)))


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
