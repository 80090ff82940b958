"""Links to the files of a source: checked against the manifest before a result is read."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from big_tables import numbers

from poise import SMOTE, TomekLinks, big
from poise.core.errors import FileError


def delete(file: Path) -> None:
    file.unlink()


def write_anew(file: Path) -> None:
    pq.write_table(numbers(40), file)


def touch(file: Path) -> None:
    os.utime(file, ns=(1, 1))


@pytest.mark.parametrize("harm", [delete, write_anew, touch])
def test_a_result_of_links_notices_that_its_source_has_changed(
    harm: Callable[[Path], None], source: Path, tmp_path: Path
) -> None:
    smote = SMOTE(random_state=0)
    result = big.resample(source, smote, target="y", id="id", extra=(), out=tmp_path / "out")
    assert result.reader().read_all().num_rows == sum(result.counts_after.values())
    harm(source / "f03.parquet")
    with pytest.raises(FileError, match=r"The source of '.*out' has changed: '.*f03.*make it aga"):
        result.reader()
    with pytest.raises(FileError, match="has changed"):
        big.resample(result.out, smote, target="y")


def test_a_copy_of_a_result_has_no_links_and_a_written_one_needs_none(
    source: Path, tmp_path: Path
) -> None:
    linked = big.resample(
        source, SMOTE(random_state=0), target="y", id="id", extra=(), out=tmp_path / "linked"
    )
    shutil.copytree(linked.out, tmp_path / "copy")  # links are followed
    written = big.resample(
        source, TomekLinks(), target="y", id="id", extra=(), out=tmp_path / "written"
    )
    assert written.manifest["linked"] == {}
    delete(source / "f03.parquet")
    assert written.reader().read_all().num_rows == sum(written.counts_after.values())
    again = big.resample(tmp_path / "copy", TomekLinks(), target="y")
    assert sum(again.counts_before.values()) == sum(linked.counts_after.values())


@pytest.mark.parametrize("text", ["", "[]", '{"linked": 3}', '{"files": []}'])
def test_a_manifest_of_others_is_passed_over(text: str, source: Path) -> None:
    (source / "_manifest.json").write_text(text, encoding="utf-8")
    assert big.explain(source, "smote", target="y", id="id", extra=()).n_rows == 1500
