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

from poise.big.api import explain, resample
from poise.big.engines.local import Progress
from poise.big.methods.explain import Explanation, Pass
from poise.big.result import BigResampled

__all__ = ["BigResampled", "Explanation", "Pass", "Progress", "explain", "resample"]
