"""Resampling of tables larger than memory, or spread over several machines.

`resample` reads Parquet files, Arrow streams and Spark DataFrames. The rows of small classes are kept
in memory, those of large classes are read in blocks, and new rows are written beside the source.
"""

from __future__ import annotations

try:
    import pyarrow as pa  # noqa: F401  # gives a clear error before another module needs it
except ImportError as _error:
    from poise.core.errors import MissingDependencyError

    raise MissingDependencyError(
        'poise.big needs pyarrow. Install it with: pip install "poise[scale]"'
    ) from _error

from poise.big.api import explain, resample
from poise.big.methods.explain import Explanation, Pass
from poise.big.result import BigResampled
from poise.big.storage.check import Difference, ResultCheck, check
from poise.core.progress import Progress

__all__ = [
    "BigResampled",
    "Difference",
    "Explanation",
    "Pass",
    "Progress",
    "ResultCheck",
    "check",
    "explain",
    "resample",
]
