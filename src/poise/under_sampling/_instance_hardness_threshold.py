"""Instance hardness threshold: keep the rows of a larger class that are easy to classify."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone, is_classifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold
from sklearn.utils import InputTags, Tags, get_tags
from threadpoolctl import threadpool_limits

from poise.core.errors import InputError, TooFewRowsError, UnsupportedTypeError
from poise.core.plan.recipes import Ids
from poise.core.sampling.boosting import splittable_categories
from poise.core.sampling.held_out import held_out_probabilities
from poise.core.sampling.parameters import (
    BOOLEAN,
    KINDS,
    N_JOBS,
    NONE,
    RANDOM_STATE,
    fitted,
    having,
    integer,
    parameter,
    sampler,
)
from poise.core.sampling.problem import Problem
from poise.core.sampling.resampler import UnderSampler
from poise.core.threads import usable_threads
from poise.core.types import ColumnKinds, Estimator, Seed

_WORTH_THREADS = 200_000  # values; no mutant: speed alone


@sampler
class InstanceHardnessThreshold(UnderSampler):
    """Keep the rows of the larger classes that a classifier assigns to their class most clearly.

    The predicted probabilities come from cross-validation: no row is judged by a model that was
    fitted to it. Exactly as many rows are kept as wanted; among rows of the same probability, the
    first in the table are kept.

    Parameters
    ----------
    estimator : classifier with `predict_proba`, optional
        By default ``HistGradientBoostingClassifier``, which takes missing values and categories.
        The default of imbalanced-learn is ``RandomForestClassifier()``.
    sampling_strategy : str, float, dict or callable, default="auto"
        Which classes shrink, and to how many rows: "auto" (all but the smallest class, to its
        size), "majority", "not minority", "not majority" or "all"; for two classes, the ratio of
        the smaller to the larger; a dictionary ``{label: rows wanted}``; or a function of y that
        returns such a dictionary. `poise.Ratio` takes ratios to the largest class for any
        number of classes.
    random_state : int, RandomState or None, default=None
        Random seed of the folds and of the classifier; with None, each call draws differently.
    shuffle : bool, default=False
        Whether the output rows come in random order; the order is drawn last, so the rows are the same.
    cv : int, default=5
        Number of folds of the cross-validation.
    column_kinds : dict or None, default=None
        Column kinds, by column name or position; see `poise.over_sampling.SMOTE`.
    carry_columns : list of columns, dict of column to what new rows get, or None, default=None
        Columns, by name or position, that are not searched, such as identifiers and names.
    n_jobs : int or None, default=None
        Number of folds that are fitted in parallel.

    Attributes
    ----------
    plan_ : Plan
        Which input rows are kept.
    sampling_strategy_ : dict
        Number of rows kept in each class that may lose rows, by label.
    sample_indices_ : ndarray of shape (n_output,)
        Input row number of each output row, in input order.
    estimator_ : classifier
        The classifier with its random seed; not fitted.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Column names of X, if it has names that are all strings.

    Raises
    ------
    TooFewRowsError
        If a class has fewer rows than there are folds.
    InputError
        If the classifier cannot be fitted to the table.

    Notes
    -----
    Cost: `cv` fits of the classifier. The classifier gets all columns as numbers, categories as
    integer codes.

    References
    ----------
    .. [1] Smith, M. R., Martinez, T. and Giraud-Carrier, C. (2014). An instance level analysis of data
       complexity. Machine Learning 95, 225-256.
       doi:10.1007/s10994-013-5422-z

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from poise.under_sampling import InstanceHardnessThreshold
    >>> X, y = make_classification(weights=[0.8], random_state=0)
    >>> sampler = InstanceHardnessThreshold(LogisticRegression(), random_state=0)
    >>> X_new, y_new = sampler.fit_resample(X, y)
    >>> int((y_new == 0).sum()) == int((y_new == 1).sum())
    True
    """

    why_removed: ClassVar[str] = "a held-out classifier gives its own class a low probability"

    estimator: Estimator | None = parameter(
        default=None, allowed=having("fit") | NONE, kw_only=False
    )
    random_state: Seed = parameter(default=None, allowed=RANDOM_STATE)
    shuffle: bool = parameter(default=False, allowed=BOOLEAN)
    cv: int = parameter(default=5, allowed=integer(2))
    column_kinds: ColumnKinds | None = parameter(default=None, allowed=KINDS)
    n_jobs: int | None = parameter(default=None, allowed=N_JOBS)

    estimator_: Any = fitted()

    def keeper(self, problem: Problem, rng: np.random.RandomState) -> Callable[[int, int], Ids]:
        classifier = problem.found["estimator_"] = self._classifier(problem, rng)
        easiness = own_probabilities(problem, classifier, self.cv, rng, self.n_jobs)

        def keep(code: int, n_rows: int) -> Ids:
            members = problem.labels.members(code)
            return members[np.argsort(-easiness[members], kind="stable")[:n_rows]]

        return keep

    def __sklearn_tags__(self) -> Tags:
        tags, own = super().__sklearn_tags__(), tags_of(self.estimator)
        tags.input_tags.sparse = own.sparse
        return tags

    @property
    def needs(self) -> Literal["values", "numbers"]:  # type: ignore[override]  # follows the estimator
        """What the sampler reads: complete numbers, if the classifier takes nothing else."""
        return "values" if tags_of(self.estimator).allow_nan else "numbers"

    def _classifier(self, problem: Problem, rng: np.random.RandomState) -> Any:
        random_state = int(rng.randint(np.iinfo(np.int32).max))
        if problem.is_sparse and not self.__sklearn_tags__().input_tags.sparse:
            raise InputError(
                f"estimator={self.estimator!r} cannot be fitted to a sparse matrix (None is histogram "
                "boosting). Pass one that can, such as sklearn.linear_model.LogisticRegression()."
            )
        if self.estimator is None:
            return HistGradientBoostingClassifier(
                categorical_features=_coded_columns(problem), random_state=random_state
            )
        if not is_classifier(self.estimator) or not hasattr(self.estimator, "predict_proba"):
            raise UnsupportedTypeError(
                f"estimator={self.estimator!r} must be a classifier with predict_proba. Calibrate it "
                "with sklearn.calibration.CalibratedClassifierCV, or pass another classifier."
            )
        classifier = clone(self.estimator)
        names = [name for name in classifier.get_params() if name.endswith("random_state")]
        return classifier.set_params(**dict.fromkeys(names, random_state))


def tags_of(estimator: Any) -> InputTags:
    """Return which kinds of tables a classifier can be fitted to; None is histogram boosting."""
    if estimator is None:
        estimator = HistGradientBoostingClassifier()
    return get_tags(estimator).input_tags if hasattr(estimator, "__sklearn_tags__") else InputTags()


def _coded_columns(problem: Problem) -> list[int] | None:
    n_columns = problem.values.shape[1]
    codes = range(n_columns - problem.n_categorical, n_columns)
    return splittable_categories(problem.values, codes)


def own_probabilities(
    problem: Problem, classifier: Any, n_folds: int, rng: np.random.RandomState, n_jobs: int | None
) -> NDArray[np.float64]:
    """Return for each row the predicted probability of its own class, by cross-validation."""
    fewest = int(problem.labels.counts.min())
    if fewest < n_folds:
        label = problem.labels.classes[int(problem.labels.counts.argmin())]
        raise TooFewRowsError(
            f"InstanceHardnessThreshold needs cv={n_folds} rows in every class; class {label!r} has "
            f"{fewest}. Pass cv={max(fewest, 2)} or less, or use RandomUnderSampler."
        )
    folds = StratifiedKFold(
        n_folds, shuffle=True, random_state=int(rng.randint(np.iinfo(np.int32).max))
    )
    codes = problem.labels.codes
    # On a small table, several threads that wait for each other are slower than one.
    is_small = problem.values.size < _WORTH_THREADS  # no mutant: speed alone
    limit = 1 if is_small else usable_threads()  # no mutant: as above
    try:
        with threadpool_limits(limit):
            probabilities = held_out_probabilities(
                classifier, problem.values, problem.labels, folds, n_jobs
            )
    except (ValueError, TypeError) as error:
        raise InputError(
            f"estimator={classifier!r} cannot be fitted to the table: {error} Pass one that can, such "
            "as a pipeline with an imputer, or leave estimator out."
        ) from error
    return np.asarray(probabilities[np.arange(len(codes)), codes])
