"""The byte loop that benchmarks compare with counts the categories in which rows differ."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "byte_loop.py"
# What the processor has, and the two simpler versions.
OPTIONS = ([], ["-DBYTE_LOOP_AVX2"], ["-DBYTE_LOOP_PLAIN"])

pytestmark = pytest.mark.skipif(
    shutil.which("cc") is None, reason="the byte loop is compiled by the system's C compiler"
)


@pytest.fixture(scope="module")
def byte_loop() -> Any:
    spec = importlib.util.spec_from_file_location("byte_loop", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def slow_least(codes: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the four least numbers of differing columns of other rows, from all pairs."""
    differing = (codes[:, None, :] != codes[None]).sum(axis=2)
    np.fill_diagonal(differing, 1000)
    least = np.full((len(codes), 4), 255)
    found = np.sort(differing, axis=1)[:, : min(4, len(codes) - 1)]
    least[:, : found.shape[1]] = found
    return least


@pytest.mark.parametrize("options", OPTIONS, ids=["native", "AVX2", "plain"])
def test_the_byte_loop_finds_the_least_counts_of_all_pairs(
    byte_loop: Any, options: list[str]
) -> None:
    loop = byte_loop.compiled(*options)
    rng = np.random.default_rng(0)
    for n_rows, n_columns, n_codes in (
        (1, 1, 2),
        (3, 5, 255),
        (64, 7, 3),
        (65, 33, 2),
        (130, 255, 255),
        (300, 20, 4),
    ):
        codes = rng.integers(0, n_codes, (n_rows, n_columns)).astype(np.uint8)
        for n_threads in (1, 2, 3):
            found = byte_loop.least_differences(loop, codes, n_threads)
            np.testing.assert_array_equal(found, slow_least(codes))


def test_the_versions_of_the_byte_loop_differ(byte_loop: Any) -> None:
    paths = [byte_loop.compiled(*options).byte_loop_path() for options in OPTIONS]
    assert paths[-1] == b"plain loops"
    assert paths[0] == b"AVX-512BW" or paths[0] == paths[1]


def test_the_byte_loop_takes_bytes_alone(byte_loop: Any) -> None:
    with pytest.raises(ValueError, match="at most 255 columns of bytes"):
        byte_loop.least_differences(None, np.zeros((2, 256), np.uint8), 1)
