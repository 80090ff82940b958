"""Hashes of row ids as reproducible random numbers, and the scan for those near a cutoff."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from poise.big.scans.arrow import one_array, positions_in
from poise.big.scans.scan import Batches

Words = NDArray[np.uint64]

_WORD = 8
_ONES = np.uint64(2**64 - 1)
_STEP = np.uint64(0x9E3779B97F4A7C15)
_ROUNDS = (
    (np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)),
    (np.uint64(27), np.uint64(0x94D049BB133111EB)),
)


def hashes_of(ids: Any, seed: int) -> Words:
    """Return a number from 0 to 2**64 - 1 for each id, as if drawn uniformly.

    Parameters
    ----------
    ids : pyarrow.Array or ChunkedArray of integers or text, without nulls
    seed : int

    Examples
    --------
    >>> hashes_of(pa.array([1, 2]), 0) == hashes_of(pa.array([2, 1], pa.int32()), 0)[::-1]
    array([ True,  True])
    """
    array = one_array(ids)
    start = mix_bits(np.array([seed], dtype=np.uint64) + _STEP)
    if pa.types.is_integer(array.type):
        numbers = array.to_numpy(zero_copy_only=False)
        wide = numbers if numbers.dtype.kind == "u" else numbers.astype(np.int64, copy=False)
        return mix_bits(wide.astype(np.uint64) * _STEP + start)
    return _hashes_of_texts(array, start)


def mix_bits(words: Words) -> Words:
    """Mix the bits of words in place: inputs that differ in one bit differ in about half of them.

    The final step of splitmix64 (Steele, Lea and Flood 2014): it turns ``start + i * _STEP`` into the
    i-th number of the generator that starts at ``start``.
    """
    for shift, factor in _ROUNDS:
        words ^= words >> shift
        words *= factor
    words ^= words >> np.uint64(31)
    return words


def _hashes_of_texts(texts: Any, start: Words) -> Words:
    texts = texts.cast(pa.large_binary())
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int64)[texts.offset :][: len(texts) + 1]
    data = np.frombuffer(texts.buffers()[2] or b"", dtype=np.uint8)[offsets[0] : offsets[-1]]
    padded = np.concatenate([data, np.zeros(_WORD, dtype=np.uint8)])
    # The word of 64 bits that begins at each byte.
    words: Words = np.ndarray(len(data) + 1, "<u8", padded, strides=(1,))
    begins, lengths = offsets[:-1] - offsets[0], np.diff(offsets)
    state = mix_bits(lengths.astype(np.uint64) ^ start)
    for n_read in range(0, int(lengths.max(initial=0)), _WORD):
        rest = lengths - n_read
        is_there = rest > 0
        # What follows the end of an id belongs to the next one.
        n_unused = np.maximum(_WORD - rest[is_there], 0).astype(np.uint64)
        word = words[begins[is_there] + n_read] & (_ONES >> (n_unused * np.uint64(8)))
        state[is_there] = mix_bits((state[is_there] ^ word) + _STEP)
    return state


@dataclass(frozen=True, eq=False)
class HashesNearCutoff:
    """Yields the hashes of the rows near the cutoff below which rows are kept.

    Attributes
    ----------
    target, key : str
    labels : pyarrow.Array
    bounds : ndarray of shape (n_labels, 2), uint64
        Lowest and highest hash of interest for each label.
    seed : int
    """

    target: str
    key: str
    labels: pa.Array
    bounds: Words
    seed: int

    found: ClassVar[pa.Schema] = pa.schema(
        [("label", pa.int64()), ("below", pa.int64()), ("number", pa.int64())]
    )

    def __call__(self, batches: Batches) -> Batches:
        below = np.zeros(len(self.labels), dtype=np.int64)
        for batch in batches:
            label = positions_in(batch[self.target], self.labels)
            is_wanted = label >= 0
            if not is_wanted.any():
                continue
            label, hashes = label[is_wanted], hashes_of(batch[self.key], self.seed)[is_wanted]
            low, high = self.bounds[label].T
            below += np.bincount(label[hashes < low], minlength=len(below))
            is_near = (hashes >= low) & (hashes <= high)
            n_near = int(is_near.sum())
            # Spark has no unsigned integers: the bits are reinterpreted.
            yield self._batch(label[is_near], np.zeros(n_near), hashes[is_near].view(np.int64))
        # A row with a count in `below` has no hash; it says how many rows were below the bounds.
        some = np.flatnonzero(below)
        yield self._batch(some, below[some], np.zeros(len(some)))

    def _batch(self, label: Any, below: Any, number: Any) -> pa.RecordBatch:
        columns = (pa.array(np.asarray(part, dtype=np.int64)) for part in (label, below, number))
        return pa.record_batch(list(columns), schema=self.found)
