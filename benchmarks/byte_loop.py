"""byte_loop.c, compiled on the fly: the least numbers of categories in which other rows differ."""

from __future__ import annotations

import ctypes
import subprocess
import tempfile
from pathlib import Path

import numpy as np

SOURCE = Path(__file__).with_name("byte_loop.c")
LANES, KEPT = 64, 4


def compiled(*options: str) -> ctypes.CDLL:
    """Compile the loop for this processor, and load it."""
    words = ["-O3", "-march=native", "-std=gnu11", "-shared", "-fPIC", "-pthread", *options]
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "byte_loop.so"
        subprocess.run(["cc", *words, str(SOURCE), "-o", str(library)], check=True)
        loop = ctypes.CDLL(str(library))
    loop.byte_loop_path.restype = ctypes.c_char_p
    return loop


def in_blocks(codes: np.ndarray) -> np.ndarray:
    """Return codes of shape (n, d) in blocks of 64 rows, column after column; the last is filled with zeros."""
    n_rows, n_columns = codes.shape
    filled = np.zeros((-(-n_rows // LANES) * LANES, n_columns), np.uint8)
    filled[:n_rows] = codes
    return np.ascontiguousarray(filled.reshape(-1, LANES, n_columns).transpose(0, 2, 1))


def least_differences(loop: ctypes.CDLL, codes: np.ndarray, n_threads: int) -> np.ndarray:
    """Return, for each row, in how many columns its four most similar other rows differ, in order.

    Where there are fewer than four other rows, 255 is in the places left.
    """
    n_rows, n_columns = codes.shape
    if codes.dtype != np.uint8 or n_columns > 255:
        raise ValueError("The byte loop takes at most 255 columns of bytes.")
    blocks, least = in_blocks(codes), np.empty((n_rows, KEPT), np.uint8)
    failed = loop.byte_loop(
        blocks.ctypes.data_as(ctypes.c_void_p),
        ctypes.c_int64(n_rows),
        ctypes.c_int(n_columns),
        ctypes.c_int(n_threads),
        least.ctypes.data_as(ctypes.c_void_p),
    )
    if failed:
        raise MemoryError("The byte loop has no memory or no threads.")
    return least
