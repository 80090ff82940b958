"""Tables larger than memory, and larger than one machine: the same methods, the same rows.

`resample` reads Parquet files, Arrow streams and Spark DataFrames. The rows of small classes are
held; those of large ones are only looked at, a block at a time; new rows are put beside the source.
"""

from __future__ import annotations

try:
    import pyarrow as pa  # noqa: F401  # told here, before a module of ours needs it
except ImportError as error:
    from poise.core.errors import MissingDependencyError

    raise MissingDependencyError(
        'poise.big needs pyarrow. Install it with: pip install "poise[scale]"'
    ) from error

from poise.big._explain import Explanation, Pass
from poise.big._resample import explain, resample
from poise.big._result import BigResampled
from poise.big.stream import Progress

__all__ = ["BigResampled", "Explanation", "Pass", "Progress", "explain", "resample"]
