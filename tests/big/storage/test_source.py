"""Sources that can be read several times; others raise an error."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from big_tables import (
    TABLE,
    assert_same_rows,
    files_of,
    in_memory,
    mixed,
    resampled,
)

from poise import (
    SMOTE,
    TomekLinks,
    big,
)
from poise.core.errors import (
    UnsupportedTypeError,
)


def test_text_of_polars_is_read(tmp_path: Path) -> None:
    table = mixed(500)
    plain = table.set_column(
        table.column_names.index("kind"), "kind", table["kind"].cast(pa.string())
    )
    found = big.resample(pl.from_arrow(plain), TomekLinks(), target="y", id="key").reader()
    expected = in_memory(TomekLinks(), plain, "y", "key")
    assert_same_rows(found.read_all(), expected)


def test_sources_that_can_be_read_only_once_raise() -> None:
    with pytest.raises(UnsupportedTypeError, match="can be read only once.*Pass a function"):
        big.resample(TABLE.to_reader(), "smote", target="y")
    reader = TABLE.to_reader()
    with pytest.raises(UnsupportedTypeError, match="returned the same reader twice"):
        big.resample(lambda: reader, "smote", target="y")
    with pytest.raises(UnsupportedTypeError, match="which is not an Arrow stream"):
        big.resample(lambda: 3, "smote", target="y")
    with pytest.raises(UnsupportedTypeError, match="source is a int. Pass a Parquet file"):
        big.resample(3, "smote", target="y")


def test_a_filtered_dataset_is_read(tmp_path: Path) -> None:

    dataset = ds.dataset(files_of(TABLE, tmp_path / "in", 2)).filter(pc.field("x0") > 0)
    assert_same_rows(resampled(dataset), resampled(dataset.to_table()))


def test_a_dataset_with_another_schema_is_not_linked_to(tmp_path: Path) -> None:
    pq.write_table(TABLE, tmp_path / "one.parquet")
    narrow = TABLE.schema.set(1, pa.field("x0", pa.float32()))
    dataset = ds.dataset([str(tmp_path / "one.parquet")], schema=narrow)
    result = big.resample(dataset, SMOTE(random_state=0), target="y", id="id", out=tmp_path / "out")
    assert result.reader().read_all().schema.field("x0").type == pa.float32()
    assert resampled(tmp_path / "out", TomekLinks(), id=None)
