"""Copies: how many rows of a class repeat others, and whether as many would by nature."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from poise.core.labels import Labels
from poise.core.recipes import Ids
from poise.core.repeats import equal_groups
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

_NATURAL_REPEATS = 0.2  # from here on repeats tell nothing
_ALPHA = 1e-4
_GROWN = 0.03  # of the largest class: nobody copies rows to have fewer
_SPREAD = 0.3  # of copies, or of rows, that must repeat different rows


def copies_in(read: Read) -> tuple[Ids, Evidence]:
    """Look for classes whose rows repeat far more often than those of the largest class.

    Returns
    -------
    copies : ndarray of shape (n_copies, 2), intp
        Rows of such classes that repeat an earlier one, and that one.
    Evidence
    """
    codes, counts = read.labels.codes, read.labels.counts
    first, is_copy = _first_of_group(equal_groups(read.whole), codes)
    n_copies = np.bincount(codes[is_copy], minlength=len(counts))
    # Copying makes a small class large; how often rows repeat by nature, the largest one tells.
    largest = int(np.argmax(counts - n_copies))
    if counts[largest] < FEWEST_ROWS:
        few = Evidence(TOO_FEW, "No class has rows enough for repeats to tell anything.")
        return np.empty((0, 2), dtype=np.intp), few
    natural = (n_copies[largest] + 1) / (counts[largest] + 2)
    n_repeated = np.array(
        [len(np.unique(first[is_copy & (codes == c)])) for c in range(len(counts))]
    )
    beyond = {
        code: n_copies[code] / counts[code]
        for code in range(len(counts))
        if code != largest
        and counts[code] <= NOT_BEYOND * counts[largest]
        and _is_beyond(n_copies[code], counts[code], natural)
    }
    made = [
        code
        for code, share in beyond.items()
        if share >= SURE
        and counts[code] >= _GROWN * counts[largest]
        and _is_of_many(n_repeated[code], n_copies[code], counts[code] - n_copies[code])
    ]
    rows = np.flatnonzero(is_copy & np.isin(codes, made))
    told = _shares_told(read.labels, n_copies, counts) + " repeat an earlier row"
    if made:
        verdict = Evidence(COPIED, f"{told}: far more than in the largest class.")
    elif natural > _NATURAL_REPEATS:
        verdict = Evidence(CANNOT_TELL, f"{told} by nature, so copies cannot be told from them.")
    elif max(beyond.values(), default=0.0) >= SUSPICIOUS:
        verdict = Evidence(
            CANNOT_TELL, f"{told}: more than in the largest class, but it may be by nature."
        )
    else:
        verdict = Evidence(CLEAN, f"{told}.")
    return np.column_stack([rows, first[rows]]), verdict


def copies_across(read: Read, n_train: int) -> tuple[Evidence, Ids]:
    """Look for classes whose test rows repeat training rows far more often than rows repeat by nature."""
    codes, n_classes = read.labels.codes, len(read.labels.classes)
    group = np.unique(equal_groups(read.whole) * n_classes + codes, return_inverse=True)[1]
    group = group.reshape(-1)
    of_train, of_test = group[:n_train], group[n_train:]
    in_train = np.bincount(of_train, minlength=group.max() + 1)
    n, n_twins, n_distinct = (
        np.bincount(codes[:n_train], weights, minlength=n_classes)
        for weights in (None, in_train[of_train] > 1, 1 / in_train[of_train])
    )
    is_seen = in_train[of_test] > 0
    n_tested, n_seen = (
        np.bincount(codes[n_train:], weights, minlength=n_classes).astype(int)
        for weights in (None, is_seen)
    )
    natural = (n_twins + 1) / (n + 2)
    largest = int(np.argmax(n_distinct))
    if n[largest] < FEWEST_ROWS:
        few = Evidence(TOO_FEW, "No class has training rows enough for repeats to tell anything.")
        return few, np.empty((0, 2), dtype=np.intp)
    n_different = np.array(
        [len(np.unique(of_test[is_seen & (codes[n_train:] == c)])) for c in range(n_classes)]
    )
    in_both = [
        c for c in range(n_classes) if n[c] and _is_beyond(n_seen[c], n_tested[c], natural[c])
    ]
    more = [c for c in range(n_classes) if _is_beyond(n_seen[c], n_tested[c], natural[largest])]
    copied = [
        c
        for c in more
        if c != largest
        and n_seen[c] >= SURE * n_tested[c]
        and n[c] >= _GROWN * n[largest]
        and _is_of_many(n_different[c], n_seen[c], n_distinct[c])
    ]
    leaking = sorted({*in_both, *copied})
    rows = n_train + np.flatnonzero(is_seen & np.isin(codes[n_train:], leaking))
    first = np.full(group.max() + 1, -1, dtype=np.intp)
    first[of_train[::-1]] = np.arange(n_train)[::-1]
    told = _shares_told(read.labels, n_seen, n_tested, "test rows") + " repeat a training row"
    if leaking:
        verdict = Evidence(
            LEAK, f"{told}: they were copied before the split, or are in both parts."
        )
    elif natural[largest] > _NATURAL_REPEATS:
        verdict = Evidence(CANNOT_TELL, f"{told}; {natural[largest]:.0%} repeat by nature.")
    elif more and more != [largest]:
        verdict = Evidence(
            CANNOT_TELL, f"{told}: more than in the largest class, but it may be by nature."
        )
    else:
        verdict = Evidence(CLEAN, f"{told}.")
    return verdict, np.column_stack([rows, first[group[rows]]])


def _shares_told(known: Labels, n_found: Ids, n: Ids, what: str = "rows") -> str:
    return ", ".join(
        f"{n_found[code]:,} of {n[code]:,} {what} of class {label!r}"
        for code, label in enumerate(known.classes)
        if n[code]
    )


def _is_of_many(n_different: int, n_copies: int, n_distinct: float) -> bool:
    """Tell whether copies are of many rows, as drawn ones are; blank forms are all of one."""
    return bool(n_different >= _SPREAD * min(n_copies, n_distinct))


def _is_beyond(n_found: int, n: int, natural: float) -> bool:
    """Tell whether so many repeats are beyond three times the natural rate, and not by luck."""
    rate = min(3 * natural, 1.0)
    return bool(n_found > (rate + 0.02) * n and binom.sf(n_found - 1, n, rate) < _ALPHA)


def _first_of_group(group: Ids, codes: Ids) -> tuple[Ids, NDArray[np.bool_]]:
    """Return the first row of the same values and class, and whether a row is a later one."""
    _, first, of_row = np.unique(
        group * (codes.max() + 1) + codes, return_index=True, return_inverse=True
    )
    first_row = first[of_row.reshape(-1)]
    return first_row, np.asarray(first_row != np.arange(len(codes)))
