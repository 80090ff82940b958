"""What a run will do, told before it does it: passes, bytes, memory, arithmetic; and whether it fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np

from poise.big.memory import BASE_BYTES, in_words
from poise.big.methods.clean import CLEANERS
from poise.big.methods.decide import COMBINED, first_cleaner, streamed_class
from poise.big.methods.over import LOOKS_AROUND, OWN_CLASS, most_neighbors
from poise.big.methods.session import Work
from poise.big.methods.under import rates_of
from poise.core import allocation
from poise.core.errors import DoesNotFitError, InputError
from poise.core.neighbors import count_of
from poise.under_sampling import EditedNearestNeighbours, RandomUnderSampler, TomekLinks


class Pass(NamedTuple):
    """One reading of the rows.

    Attributes
    ----------
    does : str
    columns : int
    n_bytes : int
        Of Arrow's columns; compressed files are smaller.
    """

    does: str
    columns: int
    n_bytes: int


@dataclass(frozen=True)
class Explanation:
    """What a run does, and what it needs.

    Attributes
    ----------
    method, how : str
    n_rows : int
        Rows of the source.
    passes : tuple of Pass
        The reading that writes the result included.
    rows_shipped, bytes_shipped : int
        Rows that are held, and sent to each worker, while others are looked at.
    rows_made : int
    bytes_written : int
    block_rows : int
        Rows that are looked at at once.
    memory : int
        Bytes that the run will take at most, as it is estimated.
    memory_given : int
    distances : int
        Pairs of rows that the searches are about; a tree looks at far fewer of them in few columns.
    exact : bool
        Always true: what cannot be done exactly is refused.
    fits : bool
    instead : str
        Where it does not fit, what would.
    """

    method: str
    how: str
    n_rows: int
    passes: tuple[Pass, ...]
    rows_shipped: int
    bytes_shipped: int
    rows_made: int
    bytes_written: int
    block_rows: int
    memory: int
    memory_given: int
    distances: int
    exact: bool
    fits: bool
    instead: str

    @property
    def bytes_read(self) -> int:
        """Bytes of Arrow's columns over all passes."""
        return sum(each.n_bytes for each in self.passes)

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values.

        Returns
        -------
        dict
        """
        passes = [each._asdict() for each in self.passes]
        return asdict(self) | {"passes": passes, "bytes_read": self.bytes_read}

    def __str__(self) -> str:
        lines = [f"{self.method} on {self.n_rows:,} rows: {self.how}", ""]
        lines += [
            f"  pass {i}  {each.does} ({each.columns} column{'s' * (each.columns != 1)}, {in_words(each.n_bytes)})"
            for i, each in enumerate(self.passes, 1)
        ]
        lines += [
            "",
            f"  ships      {self.rows_shipped:,} rows, {in_words(self.bytes_shipped)}",
            f"  makes      {self.rows_made:,} rows",
            f"  reads      {in_words(self.bytes_read)}, writes {in_words(self.bytes_written)}",
            f"  memory     {in_words(self.memory)} of {in_words(self.memory_given)}",
            f"  arithmetic {self.distances:.2g} pairs of rows, before trees pass over most",
            f"  exact      {'yes' if self.exact else 'no'}",
        ]
        return "\n".join(lines if self.fits else [*lines, "", f"  Does not fit. {self.instead}"])


def explained(work: Work) -> Explanation:
    """Return what the run of a request will do."""
    return _Estimate(work).explanation()


def refuse_unfit(told: Explanation) -> None:
    """Raise where a run would need more memory than it was given."""
    if not told.fits and not told.rows_shipped:
        raise DoesNotFitError(
            f"{told.method} needs about {in_words(told.memory)} to read a block of rows at a time; memory is "
            f"{in_words(told.memory_given)}. {told.instead}"
        )
    if not told.fits:
        raise DoesNotFitError(
            f"{told.method} would hold {told.rows_shipped:,} rows while it looks at the others, which takes "
            f"about {in_words(told.memory)}; memory is {in_words(told.memory_given)}. {told.instead}"
        )


class _Estimate:
    def __init__(self, work: Work) -> None:
        self.work, self.sampler, self.labels = work, work.job.sampler, work.counted.labels
        self.counts = self.labels.counts
        self.n = work.counted.n_rows
        self.added = self._rows_added()

    def _rows_added(self) -> int:
        sampler: Any = self.sampler
        if isinstance(sampler, COMBINED):
            sampler = sampler._steps()[0]
        if not isinstance(sampler, (*OWN_CLASS, *LOOKS_AROUND)):
            return 0
        return sum(self._to_add(sampler).values())

    def _streamed(self) -> int:
        """Return the class that is not held."""
        added = np.zeros(len(self.counts), dtype=np.intp)
        if self.is_as_given:
            added[self._growing()] = 1
        return streamed_class(self.labels, added)

    def _cleaner(self) -> Any:
        if not isinstance(self.sampler, COMBINED):
            return self.sampler
        return self.sampler._steps()[1] if self.is_as_given else first_cleaner(self.sampler)

    def _growing(self) -> list[int]:
        sampler: Any = self.sampler
        sampler = sampler._steps()[0] if isinstance(sampler, COMBINED) else sampler
        return [code for code, n_rows in self._to_add(sampler).items() if n_rows]

    def _to_add(self, sampler: Any) -> allocation.Counts:
        try:
            return allocation.rows_to_add(sampler.sampling_strategy, self.labels)
        except InputError:
            if isinstance(self.sampler, COMBINED) and not self.is_as_given:
                return {}  # what is asked may be right when the table has been cleaned
            raise

    @property
    def is_as_given(self) -> bool:
        """Whether rows are made before the table is cleaned."""
        return isinstance(self.sampler, COMBINED) and self.work.job.order == "oversample-then-clean"

    def shipped(self) -> int:
        """Return how many rows are held at most, but for those that are found."""
        if isinstance(self.sampler, RandomUnderSampler):
            return 0
        if isinstance(self.sampler, (*OWN_CLASS, *LOOKS_AROUND)):
            return int(self.counts[self._growing()].sum())
        return self.n - int(self.counts[self._streamed()]) + (self.added if self.is_as_given else 0)

    def found(self) -> int:
        """Return how many rows of other classes are found, about, and held too."""
        if isinstance(self.sampler, LOOKS_AROUND):
            near = self.shipped() * most_neighbors(self.sampler)
            return min(near, self.n - self.shipped())
        if not isinstance(self.sampler, (*CLEANERS, *COMBINED)):
            return 0
        cleaner = self._cleaner()
        ways = 2 if isinstance(cleaner, TomekLinks) else 4 * count_of(cleaner.n_neighbors)
        return min(self.shipped() * ways, self.n - self.shipped())

    def passes(self) -> list[Pass]:
        job, n_all = self.work.job, len(self.work.job.schema.names)
        few = 1 if job.id is None else 2
        names = [("counting classes", few)]
        if isinstance(self.sampler, RandomUnderSampler):
            names += [("drawing the rows that stay", few)] * (job.rate is None)
            return self._sized([*names, ("writing", n_all)])
        names += [("collecting the shipped rows", n_all)] * self._collections()
        names += self._looks(n_all)
        names += [(does, n_all) for does in self._searches()]
        only_adds = isinstance(self.sampler, (*OWN_CLASS, *LOOKS_AROUND))
        if job.extra or not only_adds or not self.work.are_linked:
            names.append(("writing", n_all))
        return self._sized(names)

    def _looks(self, n_all: int) -> list[tuple[str, int]]:
        """Return the passes that find out what all rows look like."""
        is_own, is_standard = isinstance(self.sampler, OWN_CLASS), self.work.job.space == "standard"
        searches = not isinstance(self.sampler, OWN_CLASS[0])
        names = []
        if not is_own or (searches and (self.work.has_times or is_standard)):
            names.append(("finding all ranges", n_all))
        measures = (is_standard and searches) + (not is_own and self.work.sample_categories > 0)
        return names + [("measuring every column", n_all)] * measures

    def _collections(self) -> int:
        """Return how often rows are collected: once, but where other classes grow than are shipped."""
        if not isinstance(self.sampler, COMBINED):
            return 1
        growing, largest = self._growing(), self._streamed()
        others = [code for code in range(len(self.counts)) if code != largest]
        return 1 + (bool(growing) and growing != others)

    def _searches(self) -> list[str]:
        sampler: Any = self.sampler
        if isinstance(sampler, (RandomUnderSampler, *OWN_CLASS)):
            return []
        if isinstance(sampler, LOOKS_AROUND):
            return ["looking for the nearest rows"]
        cleaner = self._cleaner()
        if isinstance(cleaner, TomekLinks):
            return ["looking for the nearest rows", "looking for rows nearer still"]
        assert isinstance(cleaner, EditedNearestNeighbours)  # noqa: S101  # the other one
        codes = allocation.classes_to_clean(cleaner.sampling_strategy, self.labels)
        largest = self._streamed()
        of_small = (
            ["looking for the nearest rows"] if any(code != largest for code in codes) else []
        )
        of_large = ["looking for outvoted rows", "counting who saves them"]
        return of_small + (of_large if largest in codes else [])

    def _sized(self, names: Sequence[tuple[str, int]]) -> list[Pass]:
        whole, n_all = self.work.room.row_bytes * self.n, len(self.work.job.schema.names)
        # Rows without ids are numbered on the way.
        numbers = 8 * self.n if self.work.job.id is None else 0
        return [
            Pass(
                does, columns, int(whole * columns / n_all) + numbers * (does != "counting classes")
            )
            for does, columns in names
        ]

    def explanation(self) -> Explanation:
        room, shipped, found = self.work.room, self.shipped(), self.found()
        held = shipped + found
        scans = bool(self._searches())
        block = min(room.block_rows(held) if scans else room.piece_rows, max(self.n, 1))
        made = int(2 * min(room.piece_rows, self.added) * room.row_bytes)
        memory = BASE_BYTES + room.shipped(held) + made
        memory += int(block * room.shipped_row_bytes * (1 if scans else 0.5))
        fits = memory <= room.memory and (not scans or room.fits(held))
        passes = self.passes()
        kept = self._rows_kept() if passes[-1].does == "writing" else 0
        return Explanation(
            self.work.job.method,
            self._how(),
            self.n,
            tuple(passes),
            shipped,
            int(shipped * room.row_bytes),
            self.added,
            int((kept + self.added) * room.row_bytes),
            block,
            memory,
            room.memory,
            self._distances(shipped),
            exact=True,
            fits=fits,
            instead="" if fits else self._instead(memory, held),
        )

    def _rows_kept(self) -> int:
        """Return how many rows of the source are written, at most."""
        if not isinstance(self.sampler, RandomUnderSampler):
            return self.n
        if self.work.job.rate is not None:
            rates = rates_of(self.work.job.rate, self.work.counted, self.sampler)
            return int((self.counts * rates).sum())
        kept = allocation.rows_to_keep(self.sampler.sampling_strategy, self.labels)
        return self.n - sum(int(self.counts[code]) - n for code, n in kept.items())

    def _how(self) -> str:
        if isinstance(self.sampler, COMBINED):
            left = "" if self.is_as_given else "; the smallest class is not cleaned"
            return f"in the order {self.work.job.order}{left}"
        if isinstance(self.sampler, RandomUnderSampler):
            return "by a rate" if self.work.job.rate is not None else "to exact counts"
        if isinstance(self.sampler, CLEANERS):
            return "all classes but the largest are shipped, the largest is looked at"
        return "the classes that grow are shipped"

    def _distances(self, shipped: int) -> int:
        if isinstance(self.sampler, (RandomUnderSampler, OWN_CLASS[0])):
            return 0
        return shipped * shipped + len(self._searches()) * shipped * self.n

    def _instead(self, memory: int, held: int) -> str:
        room = self.work.room
        enough = in_words(np.ceil(1.2 * memory / 1e8) * 1e8)
        ways = [f"Pass memory={enough.replace(' ', '')!r} or more"]
        if self.is_as_given:
            ways.append(
                "or order='clean-then-oversample', another estimator that is exact here: the table is cleaned "
                "before rows are made"
            )
            ratio = max(room.most_shipped - held + self.added, 0) / max(int(self.counts.max()), 1)
            if ratio >= 0.001:
                ways.append(f"or a smaller ratio, about sampling_strategy={ratio:.2g}")
        elif held:
            ways.append("or take a part of the rows first, with RandomUnderSampler")
        return ", ".join(ways) + "."
