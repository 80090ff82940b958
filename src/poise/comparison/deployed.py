"""From a comparison to a model: an arm as a classifier that is fitted on all rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from poise.comparison.approaches import read_approaches
from poise.comparison.estimators import read_estimators
from poise.comparison.fitting import Parts, encoders_of, fit_arm, settled
from poise.comparison.folds import ForwardInTime
from poise.core.errors import (
    InputError,
    UnknownNameError,
    UnsupportedTypeError,
    listed,
    nearest_name,
)
from poise.core.exporting import Exportable, exported
from poise.core.numbers import some_weights_of
from poise.core.sampling.constructors import names_parameters
from poise.core.sampling.seeds import check_seed
from poise.core.tables.carried import declared_without, read_carried, without_carried
from poise.core.tables.constraints import check_constraints
from poise.core.tables.convert import check_one_order
from poise.core.tables.declared import Declared
from poise.core.tables.read import read_table, text_names
from poise.core.tables.rows import is_list_of_texts, n_dimensions
from poise.core.types import (
    Classifier,
    Column,
    ColumnKinds,
    ComparedEstimator,
    Constraints,
    Integer,
    Sampler,
)
from poise.decisions import (
    CostMatrix,
    CostThreshold,
    FixedThreshold,
    LowestCost,
    RecallAtPrecision,
    ThresholdClassifier,
    TunedThreshold,
    shift_prior,
)
from poise.decisions._priors import shift_factors
from poise.study.event_table import Floats, flat, read_event_table
from poise.study.parameters import check_labelling, read_groups
from poise.study.row_reader import RowReader
from poise.study.statistics import N_FOLDS
from poise_inference import (
    CorrectedClassifier,
    in_columns,
    of_event,
    read_columns,
    take_columns,
    times_factors,
)


@names_parameters
class ComparedClassifier(Exportable, ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no type hints
    """The classifier that `poise.compare` fits in each fold, for use on its own.

    It prepares the table, resamples it or weights its classes, and fits the estimator, in the same way. Probabilities
    are corrected for the true shares of the classes. `predict` decides by the largest probability; `Comparison.unfitted`
    returns it with a tuned threshold around it.

    Parameters
    ----------
    approach : str or sampler
        As in `poise.compare`: "as-is", "class-weights", "smote", a sampler, ...
    estimator : str or classifier
        As in `poise.compare`: "logistic", "boosting", "tree", "k-nn", a classifier or a pipeline.
    column_kinds : dict, optional
        Kinds of columns by name or position; see `poise.SMOTE`.
    carry_columns : list of names or positions, optional
        Columns that no model and no neighbour search uses, such as identifiers; new rows in a frame may omit them.
    constraints : list of constraints, optional
        Rules of `poise.constraints` that new rows keep.
    pos_label : label, optional
        The event; by default the class with the fewest rows, and of two equal ones the one that sorts last. Leave it
        out for several classes.
    random_state : int, default=0

    Attributes
    ----------
    estimator_ : classifier
        Fitted on numbers that the table was turned into; a pipeline, on the table as it was passed.
    classes_ : ndarray of shape (n_classes,)
    pos_label_ : label
        The event; of several classes, the rarest.
    trained_prior_, deployment_prior_ : dict of label to share
        Class shares that `estimator_` was trained on, and those of y, which probabilities are corrected to.
    n_features_in_ : int
    feature_names_in_ : ndarray of str
        Only set if X has column names that are all strings.

    Raises
    ------
    UnsupportedTypeError
        If the estimator has no `predict_proba`.
    InputError
        If y has one class, or more than two and `pos_label` is given; or the estimator cannot be weighted as the
        approach asks for.

    Notes
    -----
    One fit; six for "reweighted", and 18 more for "tuned-smote". New rows may have categories that the table did not
    have: they count as rare ones.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise.comparison import ComparedClassifier
    >>> X, y = make_classification(300, weights=[0.85], random_state=0)
    >>> model = ComparedClassifier("smote-tomek", "logistic").fit(X, y)
    >>> bool(abs(model.predict_proba(X)[:, 1].mean() - y.mean()) < 0.02)
    True
    """

    estimator_: Any
    classes_: NDArray[Any]
    pos_label_: Any
    trained_prior_: dict[Any, float]
    deployment_prior_: dict[Any, float]
    n_features_in_: int
    feature_names_in_: NDArray[Any]

    def __init__(
        self,
        approach: str | Sampler,
        estimator: ComparedEstimator | Classifier,
        *,
        column_kinds: ColumnKinds | None = None,
        carry_columns: list[Any] | tuple[Any, ...] | None = None,
        constraints: Constraints | None = None,
        pos_label: Any = None,
        random_state: Integer = 0,
    ) -> None:
        self.approach = approach
        self.estimator = estimator
        self.column_kinds = column_kinds
        self.carry_columns = carry_columns
        self.constraints = constraints
        self.pos_label = pos_label
        self.random_state = random_state

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Column | None = None,
        *,
        groups: Column | None = None,
        embedding: Any = None,
    ) -> Self:
        """Prepare, resample and fit.

        Parameters
        ----------
        X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
        y : array-like of shape (n_rows,)
        sample_weight : array-like of shape (n_rows,), optional
            Weight of each row; a new row has that of the row that it was made from.
        groups : array-like of shape (n_rows,), optional
            Group of each row, for a sampler with ``within_groups=True``.
        embedding : array-like of shape (n_rows, d), optional
            Numbers for each row of X, which the sampler searches neighbours in before a pipeline is fitted on X. For other
            estimators, pass the embedding as X.

        Returns
        -------
        self
        """
        check_one_order(X, y=y, sample_weight=sample_weight, groups=groups, embedding=embedding)
        check_labelling(self.pos_label, self.column_kinds)
        check_seed(self.random_state)
        seed = int(self.random_state)
        check_list("carry_columns", self.carry_columns)
        check_list("constraints", self.constraints)
        approach = read_approaches(_by_name(self.approach))[-1]
        if embedding is None and is_list_of_texts(X) and approach.keeps_rows:
            embedding = np.zeros((len(X), 1))  # nothing is searched in it
        features, kinds = features_of(X, self.carry_columns, self.column_kinds)
        rows = read_event_table(
            features,
            y,
            self.pos_label,
            kinds,
            embedding=embedding,
            or_several=self.pos_label is None,
            or_sparse=True,
            or_embedded=True,
        )
        table = read_table(rows.numbers if rows.is_embedded else X)
        rows = replace(
            rows,
            constraints=check_constraints(self.constraints),
            weights=None if sample_weight is None else some_weights_of(sample_weight, rows.n_rows),
            groups=None if groups is None else read_groups(groups, rows.n_rows),
        )
        (estimator,) = read_estimators(_by_name(self.estimator), rows)
        if not hasattr(estimator.model, "predict_proba"):
            raise UnsupportedTypeError(
                f"estimator={self.estimator!r} has no predict_proba, so its probabilities cannot be corrected. Wrap it: "
                "sklearn.calibration.CalibratedClassifierCV(estimator)."
            )
        if embedding is not None and not estimator.as_given:
            raise InputError(
                f"estimator={self.estimator!r:.200} is not a pipeline, so it is fitted on the embedding alone, and new rows need one as well. Pass the "
                "embedding as X, in fit and in predict."
            )
        every = np.arange(rows.n_rows)
        parts = Parts(rows, encoders_of(rows, every, [estimator]), seed)
        approach = settled(parts, every, approach, estimator)
        part, found = fit_arm(parts, every, approach, estimator)
        own = replace(rows, given=rows.numbers) if rows.is_embedded else rows
        self._reader = None if estimator.as_given or rows.is_sparse else RowReader.of(own)
        self._left_out = columns_left_out(X, self.carry_columns)
        self._fitted, self._encoder, self._labels = found, part.encoder, rows.classes
        self.classes_, self.pos_label_ = np.unique(rows.labels), rows.event
        self.deployment_prior_, self.trained_prior_ = (
            _by_label(rows, prior) for prior in (rows.prior_of(every), found.trained_prior)
        )
        self.n_features_in_, names = table.n_columns, text_names(table)
        self.__dict__.pop("feature_names_in_", None)
        if names is not None:
            self.feature_names_in_ = names
        self.estimator_ = found.model
        return self

    def predict_proba(self, X: Any) -> Floats:
        """Return the probability of each class, corrected to the shares in y.

        Parameters
        ----------
        X : array-like, sparse matrix or frame of shape (n_rows, n_columns)

        Returns
        -------
        ndarray of shape (n_rows, n_classes)
        """
        check_is_fitted(self, "estimator_")
        X, _ = features_of(X, self._left_out, None, is_new=True)
        if self._reader is not None and n_dimensions(X) > 2:
            X = flat(X)
        if self._reader is not None:
            X = self._reader.numbers_of(X)
        if self._encoder is not None:
            X = self._encoder.transform(X)
        found, _ = self._fitted.scores_of(X)
        if found.ndim == 1:
            is_event = self.classes_ == self.pos_label_
            found = np.where(is_event, found[:, None], 1 - found[:, None])
        if self.trained_prior_ == self.deployment_prior_:
            return found
        return shift_prior(
            found, self.trained_prior_, self.deployment_prior_, classes=self.classes_.tolist()
        )

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the most probable class of each row.

        Parameters
        ----------
        X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
        """
        decided = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[decided])

    def _inference(self) -> CorrectedClassifier:
        model = exported(self._fitted.model)
        pipeline = Pipeline([*self._steps_before(), ("model", model)])
        labels, known = self.classes_.tolist(), list(self._fitted.classes)
        sorted_as = dict(zip(known, self._labels, strict=True))
        places = [labels.index(sorted_as[name]) for name in model.classes_.tolist()]
        corrections: list[tuple[Any, ...]] = []
        if places != sorted(places):
            corrections.append((in_columns, places, len(labels)))
        if len(labels) == 2:
            corrections.append((of_event, labels.index(self.pos_label_)))
        else:
            corrections.append((times_factors, 1.0))
        if self.trained_prior_ != self.deployment_prior_:
            factors = shift_factors(self.trained_prior_, self.deployment_prior_, labels)
            corrections.append((times_factors, factors))
        return CorrectedClassifier(pipeline, self.classes_, corrections)

    def _steps_before(self) -> list[tuple[str, Any]]:
        """Return the steps that bring new rows into the form of the fitted model, without Poise."""
        encoder, steps = self._encoder, []
        if self._reader is not None:
            is_used = getattr(encoder, "is_known_", None)
            columns = self._reader.for_inference(is_used)
            read = FunctionTransformer(read_columns, kw_args={"columns": columns})
            encode = [] if is_used is not None else [("encode", encoder)]
            return [("read", read), *encode]
        if self._left_out:
            names = getattr(self, "feature_names_in_", range(self.n_features_in_))
            kept = [name for name in names if name not in self._left_out]
            steps.append(("columns", FunctionTransformer(take_columns, kw_args={"columns": kept})))
        return steps if encoder is None else [*steps, ("encode", encoder)]

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        takes = tags.input_tags
        takes.allow_nan = takes.string = takes.categorical = takes.sparse = True
        return tags


def _by_label(rows: Any, prior: float | tuple[float, ...]) -> dict[Any, float]:
    """Return the share of each class by its label."""
    if isinstance(prior, tuple):
        return dict(zip(rows.several, prior, strict=True))
    return {rows.event: prior, rows.other: 1 - prior}


@dataclass(frozen=True, eq=False)
class Setups:
    """What a comparison was called with, so that each arm can be fitted again.

    Attributes
    ----------
    approaches, estimators : dict of str to object
        What `ComparedClassifier` takes, by the names in the comparison.
    column_kinds : dict or None
    carry_columns : list of names or positions
        Columns that are left out.
    constraints : list of Constraint
    event : label or None
        None for several classes.
    classes : tuple of labels
        Several classes; empty for two.
    random_state : int
    costs : CostMatrix or None
    precision : float
    splitter : splitter
        How folds are drawn to find a threshold.
    """

    approaches: Mapping[str, Any]
    estimators: Mapping[str, Any]
    column_kinds: Any
    carry_columns: Any
    constraints: Any
    event: Any
    classes: tuple[Any, ...]
    random_state: int
    costs: CostMatrix | None
    precision: float
    splitter: Any

    def unfitted(self, approach: str, estimator: str, metric: str | None) -> ThresholdClassifier:
        """Return an arm as a classifier with a threshold that is tuned for a metric, or with that of 0.5.

        Raises
        ------
        UnknownNameError
            If the approach or the estimator was not compared.
        """
        compared = _known(self.estimators, estimator, "estimator")
        if not isinstance(compared, str) and not hasattr(compared, "predict_proba"):
            raise UnsupportedTypeError(
                f"{estimator!r} has no predict_proba, so it was compared by decision values, and a threshold here needs probabilities. "
                "Compare sklearn.calibration.CalibratedClassifierCV around it."
            )
        model = ComparedClassifier(
            _known(self.approaches, approach, "approach"),
            compared,
            column_kinds=self.column_kinds,
            carry_columns=self.carry_columns or None,
            constraints=self.constraints or None,
            pos_label=self.event,
            random_state=self.random_state,
        )
        return ThresholdClassifier(
            self._policy(metric), model, pos_label=self.event, cv=self.splitter
        )

    def _policy(self, metric: str | None) -> Any:
        if metric == "cost" and self.classes:
            return CostThreshold(self.costs)  # type: ignore[arg-type]  # as below
        if metric is None:
            return FixedThreshold()
        if metric == "recall_at_precision":
            return RecallAtPrecision(self.precision)
        if metric == "cost":
            return LowestCost(self.costs)  # type: ignore[arg-type]  # "cost" is a metric only where there are costs
        return TunedThreshold(metric)  # type: ignore[arg-type]  # all others can be tuned for


def check_list(name: str, given: Any) -> None:
    """Raise InputError unless an argument is a list, a tuple or None."""
    if not isinstance(given, list | tuple | None):
        raise InputError(
            f"{name}={given!r:.100} is a {type(given).__name__}; it must be a list. Write [{given!r:.100}]."
        )


def features_of(
    X: Any, left_out: Any, column_kinds: Any, *, is_new: bool = False
) -> tuple[Any, Any]:
    """Return a table without some columns, and the kinds that were declared for the others.

    Parameters
    ----------
    X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
    left_out : list of names or positions, or None
    column_kinds : dict or None
    is_new : bool
        Whether a frame may lack the columns, as new rows can.
    """
    if not left_out:
        return X, column_kinds
    if n_dimensions(X) > 2 or is_list_of_texts(X):
        raise InputError(
            f"{listed(list(left_out))}: columns are left out of tables, and X has none. Leave out carry_columns=, and pass groups and times "
            "as arrays."
        )
    table = read_table(X)
    names, n_columns = table.names, table.n_columns
    if is_new and names is not None:
        left_out = [column for column in left_out if column in names]
    carried = read_carried(list(left_out), names, n_columns)
    positions = np.setdiff1d(np.arange(n_columns), list(carried))
    declared = declared_without(Declared(kinds=column_kinds), positions, names, n_columns)
    return without_carried(X, positions), declared.kinds


def columns_left_out(X: Any, left_out: Any) -> list[Any]:
    """Return the names of columns that are left out of a table; their positions if it has no names."""
    if not left_out:
        return []
    table = read_table(X)
    places = read_carried(list(left_out), table.names, table.n_columns)
    return [place if table.names is None else table.names[place] for place in places]


def splitter_for(cv: Any, groups: Any, time: Any, random_state: int) -> Any:
    """Return how folds are drawn to find a threshold on all rows: as many as in the comparison, five for a splitter."""
    n_folds = cv if isinstance(cv, int) else N_FOLDS
    if time is not None:
        return ForwardInTime(n_folds)
    kind = StratifiedKFold if groups is None else StratifiedGroupKFold
    return kind(n_folds, shuffle=True, random_state=random_state)


def _known(given: Mapping[str, Any], name: str, what: str) -> Any:
    if name not in given:
        raise UnknownNameError(
            f"There is no {what} {name!r} in this comparison; there are {listed(list(given))}."
            f"{nearest_name(name, given)}"
        )
    return given[name]


def _by_name(item: Any) -> dict[str, Any]:
    return {item if isinstance(item, str) else type(item).__name__: item}
