"""Passes as data: a part of a run lists them, `explain` counts the list, and the part runs the list."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import NamedTuple, Protocol

from poise.core.tables.labels import Labels


class PlannedPass(NamedTuple):
    """A pass over the rows that a part of a run will make.

    Attributes
    ----------
    purpose : str
        See `Purpose`.
    run : callable
        Makes the pass, and keeps what it finds.
    answers : tuple of hashable
        What the pass finds, if the session keeps it: a pass that only finds what is known is not made again.
    is_expected : bool
        False for a pass that only few tables need; `explain` does not count it.
    """

    purpose: str
    run: Callable[[], object]
    answers: tuple[Hashable, ...] = ()
    is_expected: bool = True


class Part(Protocol):
    """A part of a run: the over-sampling, the cleaning, or the under-sampling.

    Attributes
    ----------
    labels : Labels
        With the number of rows per class.
    n_in_memory : int
        Rows in memory at most, without those that passes find.
    found_per_row : int
        Rows that passes find for each row in memory, at most.
    searches : bool
        Whether neighbours are searched at all.
    """

    labels: Labels

    @property
    def n_in_memory(self) -> int: ...
    @property
    def found_per_row(self) -> int: ...
    @property
    def searches(self) -> bool: ...
    def passes(self) -> list[PlannedPass]:
        """Return the passes in the order in which they are made; calling this makes none."""
        ...


def run_passes(part: Part) -> None:
    """Make the passes that a part lists."""
    for each in part.passes():
        each.run()


def expected_passes(parts: list[Part]) -> list[PlannedPass]:
    """Return the passes that a run of several parts is expected to make, each answer once."""
    known: set[Hashable] = set()
    expected = []
    for each in (planned for part in parts for planned in part.passes()):
        is_known = bool(each.answers) and known.issuperset(each.answers)
        if each.is_expected and not is_known:
            expected.append(each)
            known.update(each.answers)
    return expected
