"""Types of parameters: choices, samplers and estimators of any package, tables and columns.

Each set of choices is written once, here; what is checked when a program runs is read from it with
`choices`. `poise.typing` hands these names to users.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, Protocol, TypeAlias, TypeVar, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Choices of samplers

OverName: TypeAlias = Literal["auto", "minority", "not minority", "not majority", "all"]
UnderName: TypeAlias = Literal["auto", "majority", "not minority", "not majority", "all"]
StrategyName: TypeAlias = Literal[
    "auto", "minority", "majority", "not minority", "not majority", "all"
]
SamplingType: TypeAlias = Literal[
    "over-sampling", "under-sampling", "clean-sampling", "ensemble", "bypass"
]
ColumnKind: TypeAlias = Literal["continuous", "integer", "bool", "categorical"]
Carried: TypeAlias = Literal["seed", "missing", "new", "negative"]
SpaceName: TypeAlias = Literal["raw", "standard", "robust"]
RowsOf: TypeAlias = Literal["copy", "blend"]
Balance: TypeAlias = Literal["class", "class-group"]
FewRows: TypeAlias = Literal["raise", "fewer-neighbors", "copy"]
Nominal: TypeAlias = Literal["donor", "vote"]
BorderlineKind: TypeAlias = Literal["borderline-1", "borderline-2"]
Topology: TypeAlias = Literal["bus", "mesh", "star"]
NearMissVersion: TypeAlias = Literal[1, 2, 3]
Agreement: TypeAlias = Literal["all", "mode"]
Voting: TypeAlias = Literal["auto", "hard", "soft"]

# Choices of everything else

Backend: TypeAlias = Literal["pandas", "polars", "pyarrow"]
Order: TypeAlias = Literal["oversample-then-clean", "clean-then-oversample"]
IfExists: TypeAlias = Literal["fail", "skip", "extend", "replace"]
Links: TypeAlias = Literal["hard", "copy", "symbolic"]
LineageColumn: TypeAlias = Literal["_new", "_origin", "_seed", "_partner", "_gap"]
ComparedEstimator: TypeAlias = Literal["logistic", "boosting", "tree", "k-nn"]
Picture: TypeAlias = Literal["forest", "gain", "ratio", "pr", "reliability", "threshold"]
Average: TypeAlias = Literal["binary", "micro", "macro", "weighted"]
Bins: TypeAlias = Literal["quantile", "uniform"]
Epoch: TypeAlias = Literal["largest", "smallest"]
Scheme: TypeAlias = Literal["balanced", "sqrt", "effective", "capped"]
WeightLibrary: TypeAlias = Literal["sklearn", "xgboost", "lightgbm", "catboost", "torch", "keras"]
BatchCounts: TypeAlias = Literal["exact", "expected"]
Status: TypeAlias = Literal["issue", "tip", "passed", "not applicable"]
Severity: TypeAlias = Literal["note", "warning", "error"]
ComparedMetric: TypeAlias = Literal[
    "fit_seconds",
    "roc_auc",
    "average_precision",
    "brier",
    "log_loss",
    "f1",
    "mcc",
    "balanced_accuracy",
    "g_mean",
    "recall_at_precision",
    "cost",
]
CountMetric: TypeAlias = Literal[
    "precision",
    "recall",
    "specificity",
    "alerts",
    "accuracy",
    "balanced_accuracy",
    "f1",
    "mcc",
    "g_mean",
    "youden",
]
Algorithm: TypeAlias = Literal["SAMME", "SAMME.R", "deprecated"]
GainVerdict: TypeAlias = Literal[
    "better", "worse", "practically equal", "no gain worth having", "open"
]
EffectPrior: TypeAlias = Literal["reference", "flat"]
SyntheticVerdict: TypeAlias = Literal["interpolated", "copied", "clean", "cannot tell"]
SplitVerdict: TypeAlias = Literal["leak", "clean", "cannot tell"]
Criterion: TypeAlias = Literal["gini", "entropy", "log_loss"]
Calibration: TypeAlias = Literal["check", "sigmoid", "isotonic"]
TunedMetric: TypeAlias = Literal["f1", "mcc", "balanced_accuracy", "g_mean", "youden", "accuracy"]


def choices(alias: Any) -> tuple[Any, ...]:
    """Return the values of a set of choices, in the order in which they are written.

    Parameters
    ----------
    alias : Literal

    Examples
    --------
    >>> choices(Nominal)
    ('donor', 'vote')
    """
    return get_args(alias)


# Numbers of Python and of numpy

Integer: TypeAlias = int | np.integer[Any]
Number: TypeAlias = float | np.integer[Any] | np.floating[Any]
Seed: TypeAlias = Integer | np.random.RandomState | None


# Samplers and estimators of any package


class Sampler(Protocol):
    """What resamples: it has `fit_resample`, like the samplers of Poise and of imbalanced-learn."""

    def fit_resample(self, X: Any, y: Any, /) -> Any:
        """Return the resampled table and its labels."""
        ...


class Estimator(Protocol):
    """What can be fitted."""

    def fit(self, *args: Any, **kwargs: Any) -> Any:
        """Fit it, and return it."""
        ...


class Classifier(Estimator, Protocol):
    """What predicts labels, like the classifiers and pipelines of scikit-learn."""

    @property
    def predict(self) -> Any:
        """Method that returns the predicted label of each row."""
        ...


class Cache(Protocol):
    """What stores results of functions, like `joblib.Memory`."""

    def cache(self, *args: Any, **kwargs: Any) -> Any:
        """Return a function whose results are stored."""
        ...


class Splitter(Protocol):
    """What divides rows into folds, like `sklearn.model_selection.StratifiedKFold`."""

    def split(self, *args: Any, **kwargs: Any) -> Any:
        """Return pairs of row numbers: of the training and of the test part."""
        ...

    def get_n_splits(self, *args: Any, **kwargs: Any) -> Any:
        """Return the number of folds."""
        ...


class Clusterer(Estimator, Protocol):
    """What divides rows into clusters, like `sklearn.cluster.KMeans`."""

    @property
    def fit_predict(self) -> Any:
        """Method that returns the cluster of each row."""
        ...


class Transformer(Estimator, Protocol):
    """What changes a table, like the scalers and encoders of scikit-learn."""

    @property
    def transform(self) -> Any:
        """Method that returns the changed table."""
        ...


class NeighborEstimator(Protocol):
    """What searches neighbours, with an `n_neighbors`, such as `sklearn.neighbors.NearestNeighbors`."""

    def fit(self, *args: Any, **kwargs: Any) -> Any:
        """Store the rows to search among."""
        ...

    def kneighbors(self, *args: Any, **kwargs: Any) -> Any:
        """Return distances and row numbers of the nearest rows."""
        ...


KNeighbors: TypeAlias = Integer | NeighborEstimator
Folds: TypeAlias = Integer | Splitter | Iterable[Any] | None


# Tables and columns


class Frame(Protocol):
    """A data frame, of pandas, polars, pyarrow or narwhals."""

    @property
    def columns(self) -> Any:
        """Names of the columns, or the columns themselves."""
        ...

    @property
    def shape(self) -> Any:
        """Number of rows and of columns."""
        ...


FrameT = TypeVar("FrameT", bound=Frame)
LabelsT = TypeVar("LabelsT")
NumberT = TypeVar("NumberT", bound=np.number[Any] | np.bool_)

# One entry per row: an array, a list, or a column of a frame.
Column: TypeAlias = ArrayLike | Sequence[Any]
# Shares of classes: of the event, of each class in sorted order, or by label.
Shares: TypeAlias = Number | ArrayLike | Mapping[Any, Any]
# Columns of a table, by name, by position or as a mask.
Columns: TypeAlias = Sequence[Any] | NDArray[Any]

# Values are text here, not choices: a dictionary that was stored in a variable is one of text to a type checker.
ColumnKinds: TypeAlias = Mapping[Any, str]
CategoricalFeatures: TypeAlias = Literal["auto", "all"] | Columns
CarriedColumns: TypeAlias = Mapping[Any, str | int] | list[Any] | tuple[Any, ...]
Constraints: TypeAlias = list[Any] | tuple[Any, ...]
OverStrategy: TypeAlias = OverName | Number | Mapping[Any, Integer] | Callable[[Any], Any]
UnderStrategy: TypeAlias = UnderName | Number | Mapping[Any, Integer] | Callable[[Any], Any]
CleaningStrategy: TypeAlias = (
    UnderName
    | list[Any]
    | tuple[Any, ...]
    | set[Any]
    | frozenset[Any]
    | NDArray[Any]
    | Callable[[Any], Any]
)
