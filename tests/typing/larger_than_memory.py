"""A table larger than memory, read and written in files."""

# pyarrow has no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import tempfile
from pathlib import Path
from typing import Any, assert_type

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from poise import SMOTE, big

rng = np.random.default_rng(0)
folder = Path(tempfile.mkdtemp())
table: Any = pa.table({"x": rng.normal(size=100), "y": [0] * 90 + [1] * 10})
pq.write_table(table, folder / "source.parquet")

needs = big.explain(folder / "source.parquet", SMOTE(random_state=0), target="y")
assert_type(needs, big.Explanation)
assert_type(needs.fits, bool)
assert_type(needs.rows_made, int)

result = big.resample(
    folder / "source.parquet",
    SMOTE(random_state=0),
    target="y",
    out=folder / "balanced",
    extra=("_new", "_seed"),
    if_exists="replace",
    links="copy",
    progress=False,
)
assert_type(result, big.BigResampled)
assert_type(result.counts_after, dict[Any, int])
assert_type(result.prior_before, dict[Any, float])
assert_type(result.out, Path | None)
assert result.counts_after == {0: 90, 1: 90}

found = result.check()
assert_type(found, big.ResultCheck)
for difference in found.differences:
    assert_type(difference, big.Difference)

# By the name of a method, without files.
stream = big.resample(table, "random-over", target="y")
assert stream.reader().read_all().num_rows == 180
