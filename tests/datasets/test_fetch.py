"""The benchmark data sets are read from the files that imbalanced-learn keeps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from poise.core.errors import FileError, InputError, UnknownNameError
from poise.datasets import fetch_datasets
from poise.datasets._fetch import NAMES


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "zenodo").mkdir()
    for number in (1, 25):
        np.savez(
            tmp_path / "zenodo" / f"x{number}data.npz",
            data=np.arange(20.0).reshape(10, 2) + number,
            label=np.repeat([-1, 1], [8, 2]),
        )
    return tmp_path


def test_data_sets_are_read_by_name_and_by_number(home: Path) -> None:
    found = fetch_datasets(data_home=str(home), filter_data=("mammography", 1))
    assert list(found) == ["mammography", "ecoli"]
    assert found["ecoli"].data[0].tolist() == [1.0, 2.0]
    assert found["ecoli"].target.tolist() == [-1] * 8 + [1] * 2
    assert found["mammography"].DESCR == "mammography"
    assert len(NAMES) == 27


def test_rows_are_shuffled_with_their_labels(home: Path) -> None:
    ecoli = fetch_datasets(data_home=home, filter_data=("ecoli",), shuffle=True, random_state=0)[
        "ecoli"
    ]
    order = ((ecoli.data[:, 0] - 1) / 2).astype(int)
    assert sorted(order) == list(range(10))
    assert order.tolist() != list(range(10))
    np.testing.assert_array_equal(ecoli.target, np.where(order < 8, -1, 1))


def test_a_missing_file_says_where_to_get_it(home: Path) -> None:
    with pytest.raises(
        FileError, match=r"'oil' is not in .*zenodo.*benchmark-imbalanced-learn.tar.gz"
    ):
        fetch_datasets(data_home=home, filter_data=("oil",))
    with pytest.raises(OSError, match="not in"):
        fetch_datasets(data_home=home)


@pytest.mark.parametrize("item", ["ecolli", 0, 28])
def test_an_unknown_data_set_is_named(home: Path, item: object) -> None:
    with pytest.raises(UnknownNameError, match="contains the unknown data set"):
        fetch_datasets(data_home=home, filter_data=(item,))  # type: ignore[arg-type]


def test_a_wrong_type_is_refused(home: Path) -> None:
    with pytest.raises(InputError, match="holds names"):
        fetch_datasets(data_home=home, filter_data=(1.5,))  # type: ignore[arg-type]
