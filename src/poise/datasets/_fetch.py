"""The benchmark data sets of imbalanced-learn, read from the files that it keeps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import get_data_home
from sklearn.utils import Bunch, check_random_state

from poise.core.errors import FileError, InputError, UnknownNameError, listed, nearest_name
from poise.core.sampling.parameters import BOOLEAN, NONE, RANDOM_STATE, checked, instance_of
from poise.core.types import Seed

# In the order of their numbers in the file names, from 1.
NAMES = (
    "ecoli",
    "optical_digits",
    "satimage",
    "pen_digits",
    "abalone",
    "sick_euthyroid",
    "spectrometer",
    "car_eval_34",
    "isolet",
    "us_crime",
    "yeast_ml8",
    "scene",
    "libras_move",
    "thyroid_sick",
    "coil_2000",
    "arrhythmia",
    "solar_flare_m0",
    "oil",
    "car_eval_4",
    "wine_quality",
    "letter_img",
    "yeast_me2",
    "webpage",
    "ozone_level",
    "mammography",
    "protein_homo",
    "abalone_19",
)


@checked(
    data_home=instance_of(str, "the path of a folder") | instance_of(Path, "a Path") | NONE,
    filter_data=instance_of(tuple, "a tuple of names or numbers") | NONE,
    download_if_missing=BOOLEAN,
    random_state=RANDOM_STATE,
    shuffle=BOOLEAN,
    verbose=BOOLEAN,
)
def fetch_datasets(
    *,
    data_home: str | Path | None = None,
    filter_data: tuple[str | int, ...] | None = None,
    download_if_missing: bool = True,  # noqa: ARG001  # the parameter of imbalanced-learn
    random_state: Seed = None,
    shuffle: bool = False,
    verbose: bool = False,  # noqa: ARG001  # as above
) -> dict[str, Bunch]:
    """Read the benchmark data sets of imbalanced-learn, if they are on this computer.

    Nothing is downloaded: the error for a missing file says where to get it. The tables that are
    installed with Poise need no file; see `load_ecoli` and its neighbours.

    Parameters
    ----------
    data_home : str, optional
        Folder of the data; by default that of `sklearn.datasets.get_data_home`. The files are in its
        subfolder `zenodo`.
    filter_data : tuple of str or int, optional
        Names or numbers (from 1) of the data sets; by default all 27.
    download_if_missing, verbose : bool
        Accepted for code that was written for imbalanced-learn; without effect.
    random_state : int, RandomState or None, default=None
        Random seed for `shuffle`.
    shuffle : bool, default=False
        Whether to return the rows in random order.

    Returns
    -------
    dict of str to Bunch
        Each with `data`, `target` (1 is the rare class, -1 the other) and `DESCR`, its name.

    Raises
    ------
    FileError
        If a file is missing.
    UnknownNameError
        If a name or number is not that of a data set.

    Examples
    --------
    >>> from poise.datasets import fetch_datasets
    >>> fetch_datasets(data_home="not_there", filter_data=("ecoli",))
    Traceback (most recent call last):
    poise.core.errors.FileError: Data not found: 'ecoli' is not in not_there... Download benchmark-imbalanced-learn.tar.gz ...
    """
    folder = Path(get_data_home() if data_home is None else data_home) / "zenodo"
    wanted = [_name_of(item) for item in (NAMES if filter_data is None else filter_data)]
    rng = check_random_state(random_state)
    return {name: _read(folder, name, rng if shuffle else None) for name in wanted}


def _name_of(item: Any) -> str:
    if isinstance(item, int) and not isinstance(item, bool) and 1 <= item <= len(NAMES):
        return NAMES[item - 1]
    if isinstance(item, str) and item in NAMES:
        return item
    if not isinstance(item, int | str):
        raise InputError(
            f"filter_data contains {item!r}; it holds names such as 'ecoli', or numbers from 1 to {len(NAMES)}."
        )
    raise UnknownNameError(
        f"filter_data contains the unknown data set {item!r}; the data sets, numbered from 1, are "
        f"{listed(NAMES, limit=None)}.{nearest_name(item, NAMES)}"
    )


def _read(folder: Path, name: str, rng: Any) -> Bunch:
    path = folder / f"x{NAMES.index(name) + 1}data.npz"
    if not path.is_file():
        raise FileError(
            f"Data not found: {name!r} is not in {folder}. Download benchmark-imbalanced-learn.tar.gz from "
            "https://zenodo.org/records/61452 and unpack it into that folder."
        )
    with np.load(path) as arrays:
        data, target = arrays["data"], arrays["label"]
    order = slice(None) if rng is None else rng.permutation(len(target))
    return Bunch(data=data[order], target=target[order], DESCR=name)
