"""Search for rows that lie exactly on the line between two others: the trace of interpolation.

A row that SMOTE made lies on a straight line with both of its parents, to the last digits. Real rows do
not, unless values are so coarse that it happens by chance; the probability of that is computed for each
row.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from poise.core.plan.recipes import Ids
from poise.diagnosis._grain import Floats, Grain, Rounding, roundings

_STRAIGHT = 0.03  # largest distance of the cosine from that of a straight line, for candidates
_CHANCE = 0.01  # probability that a row is on a line with some pair around it by chance
_FINE = 0.1  # no mutant: of a column's deviation; speed alone
_CELLS_AT_ONCE = 1 << 24  # no mutant: memory alone


class Line(NamedTuple):
    """Rows that are on a line with two others, with one entry for each row found.

    Attributes
    ----------
    rows : ndarray of intp
        Positions among the points.
    first, second : ndarray of intp
        The two rows on the same line.
    gap : ndarray of float64
        Position on the line, from the first row (0) to the second (1); below 0 or above 1 if both are on
        one side.
    is_off : ndarray of shape (n_found, n_columns), bool
        The columns in which the row is not on the line.
    """

    rows: Ids
    first: Ids
    second: Ids
    gap: Floats
    is_off: NDArray[np.bool_]

    def take(self, some: Ids) -> Line:
        """Return some of the lines."""
        rows, first, second = self.rows[some], self.first[some], self.second[some]
        return Line(rows, first, second, self.gap[some], self.is_off[some])

    def of(self, rows: Ids, ends: Ids, columns: Ids, n_columns: int) -> Line:
        """Return the lines in the row and column numbers of a larger table."""
        is_off = np.zeros((len(self.rows), n_columns), dtype=bool)
        is_off[:, columns] = self.is_off
        return Line(rows[self.rows], ends[self.first], ends[self.second], self.gap, is_off)

    @classmethod
    def joined(cls, lines: Sequence[Line], n_columns: int) -> Line:
        """Return all lines as one."""
        return cls(
            *(np.concatenate(parts) for parts in zip(none_of(n_columns), *lines, strict=True))
        )


def none_of(n_columns: int) -> Line:
    """Return an empty set of lines of a table with this number of columns."""
    return Line(
        *(np.empty(0, dtype=np.intp),) * 3, np.empty(0), np.empty((0, n_columns), dtype=bool)
    )


def on_a_line(
    points: Floats,
    values: Floats,
    around: Ids,
    grain: Grain,
    *,
    within: bool,
    n_changed: int = 0,
    log_chance: Floats | float = 0.0,
) -> Line:
    """Return the points that are on a line with two of the rows around them, beyond chance.

    Parameters
    ----------
    points : ndarray of shape (m, d)
    values : ndarray of shape (n, d)
        Rows among which the lines are sought.
    around : ndarray of shape (m, k), intp
        Candidates for each point, as positions in `values`; -1 for none.
    grain : Grain
    within : bool
        Whether the point must be between the two rows; if not, it may also be an end of the line.
    n_changed : int, default=0
        Number of columns in which a point may be off the line.
    log_chance : ndarray of shape (m,) or float, default=0
        Logarithm of the chance of other signs that a point was made from rows around it.

    Returns
    -------
    Line

    Notes
    -----
    O(m k^2 d).
    """
    d, chosen = points.shape[1], grain.columns
    points, values = points[:, chosen], values[:, chosen]
    grain = Grain(
        np.arange(len(chosen)), grain.step[chosen], grain.spread[chosen], grain.is_grid[chosen]
    )
    k = around.shape[1]
    if len(chosen) <= n_changed:  # no column would be left
        return none_of(d)
    n_looks = (k * (k - 1) / 2 + 1) * comb(len(chosen), n_changed)
    allowed = np.broadcast_to(np.log(_CHANCE / n_looks) - log_chance, len(points))
    at_once = max(1, _CELLS_AT_ONCE // max(k * max(k, points.shape[1]), 1))  # no mutant: memory
    found: list[Line] = []
    for start in range(0, len(points), at_once):
        part = slice(start, start + at_once)
        some = _of_part(
            points[part],
            values,
            around[part],
            grain,
            allowed[part],
            within=within,
            n_changed=n_changed,
        )
        found.append(some._replace(rows=some.rows + start))
    line, every = Line.joined(found, len(chosen)), np.arange(max(len(values), len(points)))
    return line.of(every, every, chosen, d)


def _of_part(
    points: Floats,
    values: Floats,
    around: Ids,
    grain: Grain,
    allowed: Floats,
    *,
    within: bool,
    n_changed: int,
) -> Line:
    away = values[around] - points[:, np.newaxis]
    is_apart = (around >= 0) & (away != 0).any(axis=2)
    spread = _spread_around(away, is_apart)
    found = []
    for rounding in roundings(grain):
        chance = _chance_of_values(away, is_apart, spread, rounding)
        # The finest column gives the position. All others together are the most evidence that a pair can be.
        evidence = np.log(chance)
        some = np.flatnonzero(evidence.sum(axis=1) - evidence.min(axis=1) < allowed)
        i, a, b = _candidates(
            away[some], is_apart[some], grain, rounding, within=within, n_changed=n_changed
        )
        i = some[i]
        triples = Triples(away[i, a], away[i, b], rounding, chance[i])
        kept, gap, is_off, log_chance = triples.on_lines(grain, within=within, n_changed=n_changed)
        i, a, b = i[kept], a[kept], b[kept]
        line = Line(i, around[i, a], around[i, b], gap, is_off)
        is_rare = np.flatnonzero(log_chance < allowed[i])
        found.append((line.take(is_rare), log_chance[is_rare]))
    lines = Line.joined([line for line, _ in found], points.shape[1])
    # Keep the least likely pair of each point.
    order = np.lexsort((np.concatenate([chances for _, chances in found]), lines.rows))
    return lines.take(order[np.flatnonzero(np.diff(lines.rows[order], prepend=-1))])


def _candidates(
    away: Floats,
    is_apart: NDArray[np.bool_],
    grain: Grain,
    rounding: Rounding,
    *,
    within: bool,
    n_changed: int,
) -> tuple[Ids, Ids, Ids]:
    """Return the pairs of rows that can be on a line with a point: point, first and second row."""
    can_be = np.tri(away.shape[1], k=-1, dtype=bool)  # no mutant: each pair once
    can_be = can_be & is_apart[:, :, np.newaxis] & is_apart[:, np.newaxis]
    if within:
        # In each column, one of the two rows is below the point and the other one beyond it.
        coarse = 1.25 * grain.step
        beyond, below = ((side > coarse).astype(np.float32) for side in (away, -away))
        n_conflicts = beyond @ beyond.transpose(0, 2, 1) + below @ below.transpose(0, 2, 1)
        can_be &= n_conflicts <= n_changed
    if not n_changed:
        can_be &= _are_straight(away, grain.spread, rounding, within=within)
    i, a, b = np.nonzero(can_be)
    is_other = (away[i, a] != away[i, b]).any(axis=1)
    return i[is_other], a[is_other], b[is_other]


def _are_straight(
    away: Floats, spread: Floats, rounding: Rounding, *, within: bool
) -> NDArray[np.bool_]:
    """Return whether the angle at the point is that of a straight line, up to what rounding can bend."""
    off = np.maximum(-rounding.low, rounding.high) / spread
    fine = off < _FINE  # coarse columns bend every line
    scaled = (away[:, :, fine] / spread[fine]).astype(np.float32)
    length = np.maximum(np.linalg.norm(scaled, axis=2), np.finfo(np.float32).tiny)
    units = scaled / length[:, :, np.newaxis]
    cosine = units @ units.transpose(0, 2, 1)
    # The cosine of the sum of two angles, by which rounding can bend a line; beyond a right angle any will do.
    bent = np.minimum(np.linalg.norm(off[fine]) / length, np.pi / 2).astype(np.float32)
    cos, sin = np.cos(bent), np.sin(bent)
    least = cos[:, :, np.newaxis] * cos[:, np.newaxis] - sin[:, :, np.newaxis] * sin[:, np.newaxis]
    np.maximum(least, 0, out=least)
    least -= _STRAIGHT
    return np.asarray((-cosine if within else np.abs(cosine)) > least)


def _spread_around(away: Floats, is_apart: NDArray[np.bool_]) -> Floats:
    """Return the range of the rows around each point, for each column."""
    low = np.where(is_apart[:, :, np.newaxis], away, np.inf).min(axis=1, initial=0)
    high = np.where(is_apart[:, :, np.newaxis], away, -np.inf).max(axis=1, initial=0)
    return np.asarray(high - low)


def _chance_of_values(
    away: Floats, is_apart: NDArray[np.bool_], spread: Floats, rounding: Rounding
) -> Floats:
    """Return the chance that a row around each point has the value of the point, for each column.

    It is at least the share of the rows around that have it, and at least that of evenly spread values.
    """
    window = rounding.high - rounding.low
    even = window / np.maximum(spread, window)
    is_near = (away >= rounding.low) & (away <= rounding.high) & is_apart[:, :, np.newaxis]
    return np.maximum(even, is_near.sum(axis=1) / (is_apart.sum(axis=1)[:, np.newaxis] + 1))


def _equally_far(along: Floats) -> NDArray[np.bool_]:
    """Return the columns in which two ends differ by as much as in another: one may follow from the other."""
    far = np.abs(along)
    order = np.argsort(far, axis=1)
    ordered = np.take_along_axis(far, order, axis=1)
    is_same = np.zeros(far.shape, dtype=bool)
    is_same[:, 1:] = np.diff(ordered, axis=1) <= 1e-9 * ordered[:, 1:]
    found = np.empty_like(is_same)
    np.put_along_axis(found, order, is_same, axis=1)
    return found


class Triples(NamedTuple):
    """Points with two rows each, which may be on one line.

    Attributes
    ----------
    to_first, to_second : ndarray of shape (n, d), float64
        The two rows less the point.
    rounding : Rounding
    chance : ndarray of shape (n, d), float64
        Chance of the value of the point in each column.
    """

    to_first: Floats
    to_second: Floats
    rounding: Rounding
    chance: Floats

    def on_lines(
        self, grain: Grain, *, within: bool, n_changed: int
    ) -> tuple[Ids, Floats, NDArray[np.bool_], Floats]:
        """Return which triples are on lines in all columns but some.

        In each column, the positions at which rounding explains the value of the point are an interval. The
        point is where most of these intervals meet. The column in which the ends are most steps apart gives
        the position; each other one is independent evidence.

        Returns
        -------
        kept : ndarray of intp
            The triples that are.
        gap : ndarray of float64
            Position of the point of each of them.
        is_off : ndarray of shape (n_kept, d), bool
            The columns in which it is off the line.
        log_chance : ndarray of float64
            Logarithm of the probability that this is chance.
        """
        along = self.to_second - self.to_first
        reach = np.ones((len(along), 1)) if within else self._reach(along, grain)
        first, last = self._intervals(along, reach)
        inner, outer = (np.maximum(first, 0), np.minimum(last, 1)) if within else (first, last)
        if n_changed:
            gap = _meeting(inner, outer)
            is_off = (gap[:, np.newaxis] < first) | (gap[:, np.newaxis] > last)
            kept = np.flatnonzero(is_off.sum(axis=1) <= n_changed)
            gap, is_off = gap[kept], is_off[kept]
        else:
            inner, outer = inner.max(axis=1), outer.min(axis=1)
            kept = np.flatnonzero(inner <= outer)
            gap, is_off = (
                (inner[kept] + outer[kept]) / 2,
                np.zeros((len(kept), along.shape[1]), dtype=bool),
            )
        along, reach = along[kept], reach[kept]
        steps = np.where(is_off, 0.0, np.abs(along) / grain.step)
        rows, leading = np.arange(len(kept)), steps.argmax(axis=1)
        is_evidence = ~is_off & ((along == 0) | ~_equally_far(along))
        is_evidence[rows, leading] = False
        chance = np.log(np.minimum(1.0, self.chance[kept] * reach))
        # A segment passes through as many positions on the grid as it has steps in all columns.
        n_positions = steps.sum(axis=1) / np.maximum(steps[rows, leading], 1e-300)
        log_chance = np.where(is_evidence, chance, 0.0).sum(axis=1)
        return kept, gap, is_off, log_chance + np.log(np.maximum(n_positions, 1.0))

    def _reach(self, along: Floats, grain: Grain) -> Floats:
        """Return how many times rounding counts: beyond the ends of a segment the error grows."""
        rows, leading = np.arange(len(along)), (np.abs(along) / grain.step).argmax(axis=1)
        gap = self.to_first[rows, leading] / along[rows, leading]
        return np.maximum(1.0, np.abs(gap))[:, np.newaxis]

    def _intervals(self, along: Floats, reach: Floats) -> tuple[Floats, Floats]:
        """Return the first and last position that each column allows; the first is inf if there is none."""
        low, high = self.rounding.low * reach, self.rounding.high * reach
        is_level = along == 0
        slope = np.where(is_level, 1.0, along)
        ends = (low - self.to_first) / slope, (high - self.to_first) / slope
        is_same = (self.to_first >= low) & (self.to_first <= high)
        first = np.where(is_level, np.where(is_same, -np.inf, np.inf), np.minimum(*ends))
        last = np.where(is_level, np.where(is_same, np.inf, -np.inf), np.maximum(*ends))
        return first, last


def _meeting(first: Floats, last: Floats) -> Floats:
    """Return, for each row of interval ends, a position that most of the intervals contain."""
    is_empty = first > last
    ends = np.concatenate(
        [np.where(is_empty, np.inf, first), np.where(is_empty, np.inf, last)], axis=1
    )
    # Where one begins and another one ends, both count.
    order = np.argsort(ends, axis=1, kind="stable")
    n_open = np.where(order < first.shape[1], 1, -1).cumsum(axis=1)
    rows, best = np.arange(len(ends)), n_open.argmax(axis=1)
    start = ends[rows, order[rows, best]]
    stop = ends[rows, order[rows, np.minimum(best + 1, ends.shape[1] - 1)]]
    is_short = np.isfinite(start) & np.isfinite(stop)
    return np.where(is_short, (start + np.where(is_short, stop, 0)) / 2, start)
