"""Random numbers of rows: a hash of a seed and what identifies the row, the same wherever it is computed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Words = NDArray[np.uint64]

_WORD = 8
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
    whole = ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids
    start = mixed(np.array([seed], dtype=np.uint64) + _STEP)
    if pa.types.is_integer(whole.type):
        numbers = whole.to_numpy(zero_copy_only=False)
        wide = numbers if numbers.dtype.kind == "u" else numbers.astype(np.int64, copy=False)
        return mixed(wide.astype(np.uint64) * _STEP + start)
    words, lengths = _words_of(whole)
    # Words beyond an id's end would make it another id, so they leave its number alone.
    state = mixed(lengths.astype(np.uint64) ^ start)
    for j in range(words.shape[1]):
        is_there = lengths > j * _WORD
        state[is_there] = mixed((state[is_there] ^ words[is_there, j]) + _STEP)
    return state


def mixed(words: Words) -> Words:
    """Return words that differ in about half of their bits where the given ones differ in one; in place.

    The finishing step of splitmix64 (Steele, Lea and Flood 2014): of ``start + i * _STEP`` it makes the
    i-th number of the generator that starts there.
    """
    for shift, factor in _ROUNDS:
        words ^= words >> shift
        words *= factor
    words ^= words >> np.uint64(31)
    return words


def _words_of(texts: Any) -> tuple[Words, NDArray[np.int64]]:
    """Return the bytes of texts as words of 64 bits, padded with zeros, and their lengths in bytes."""
    texts = texts.cast(pa.large_binary())
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int64)[texts.offset :][: len(texts) + 1]
    lengths = np.diff(offsets)
    n_words = int(-(-lengths.max(initial=0) // _WORD))
    padded = np.zeros((len(texts), n_words * _WORD), dtype=np.uint8)
    if n_words:
        data = np.frombuffer(texts.buffers()[2], dtype=np.uint8)[offsets[0] : offsets[-1]]
        row = np.repeat(np.arange(len(texts)), lengths)
        place = np.arange(len(data)) - np.repeat(offsets[:-1] - offsets[0], lengths)
        padded[row, place] = data
    return padded.view("<u8").astype(np.uint64), lengths
