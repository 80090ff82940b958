"""Digests of what a stored step depends on: equal for equal values, in every process."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from big_tables import mixed

from poise import SMOTE
from poise.big.storage.digests import digest_of, digest_of_file


@dataclass(frozen=True, eq=False)
class Kernel:
    rows: Any
    k: int = 5

    @cached_property
    def n_rows(self) -> int:
        return len(self.rows)


def test_chunks_slices_and_values_under_missing_ones_do_not_matter() -> None:
    table = mixed(700)
    expected = digest_of(table)
    assert digest_of(pa.concat_tables([table.slice(0, 123), table.slice(123)])) == expected
    assert digest_of(pa.concat_tables([table, table]).slice(700)) == expected
    clean = pa.array([1, 0, 3], mask=np.array([False, True, False]))
    numbers = pa.array([1, 99, 3]).buffers()[1]
    dirty = pa.Array.from_buffers(pa.int64(), 3, [clean.buffers()[0], numbers])
    assert digest_of(clean) == digest_of(dirty)


CHANGES = [
    (pa.array([1, 2]), pa.array([1, 3])),
    (pa.array([1, 2]), pa.array([1, 2], pa.int32())),
    (pa.array([1, None]), pa.array([1, 1])),
    (pa.array([None, 1]), pa.array([1, None])),
    (pa.array(["ab", "c"]), pa.array(["a", "bc"])),
    (pa.array([True, False]), pa.array([True, True])),
    (pa.table({"a": [1]}), pa.table({"b": [1]})),
    (np.arange(4), np.arange(4).reshape(2, 2)),
    (np.zeros(4), np.array([0, 0, 0, 1e-300])),
    (SMOTE(k_neighbors=5), SMOTE(k_neighbors=4)),
    (Kernel([1]), Kernel([1], 6)),
    (pa.schema([("a", pa.int64())]), pa.schema([("a", pa.int32())])),
]


@pytest.mark.parametrize(("one", "other"), CHANGES)
def test_what_differs_has_another_digest(one: Any, other: Any) -> None:
    assert digest_of(one) != digest_of(other)


def test_properties_that_were_cached_do_not_matter() -> None:
    kernel = Kernel(pa.array([1, 2]))
    before = digest_of(kernel)
    assert kernel.n_rows == 2
    assert digest_of(kernel) == before


def test_another_process_finds_the_same_digest() -> None:
    code = (
        "from big_tables import mixed; from poise import SMOTE; from poise.big.storage.digests import digest_of; "
        "print(digest_of(mixed(300), SMOTE(), {'a': 1}))"
    )
    here = digest_of(mixed(300), SMOTE(), {"a": 1})
    run = partial(subprocess.run, capture_output=True, text=True, check=True)
    path = os.pathsep.join(sys.path)
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": hash_seed}
        assert run([sys.executable, "-c", code], env=environment).stdout.strip() == here


def test_a_file_is_known_by_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    (tmp_path / "b").write_bytes(b"abd")
    assert digest_of_file(tmp_path / "a").startswith("ba7816bf")
    assert digest_of_file(tmp_path / "a") != digest_of_file(tmp_path / "b")
