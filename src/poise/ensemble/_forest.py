"""A random forest whose trees are each fitted on a balanced draw of the rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import Tags
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted, validate_data

from poise.core.errors import InputError
from poise.core.exporting import Exportable
from poise.core.plan.recipes import Ids
from poise.core.sampling.checks import check_private_methods
from poise.core.sampling.constructors import names_parameters
from poise.core.sampling.parameters import (
    BOOLEAN,
    N_PROCESSES,
    RANDOM_STATE,
    Allowed,
    check_allowed,
    having,
    integer,
)
from poise.core.tables.aligned import take
from poise.core.tables.convert import check_one_order
from poise.core.tables.labels import Labels
from poise.core.types import Column, Criterion, Number, Seed, UnderStrategy
from poise.ensemble._bagging import (
    HOOKS_OF_OTHERS,
    check_out_of_bag,
    out_of_bag,
    read_labels,
    warm_members,
)
from poise.ensemble._draws import (
    MemberDraws,
    check_weights,
    draws_of,
    member_seeds,
    pipelines_of,
    samplers_of,
    under_sampler,
)
from poise.pipeline import Pipeline
from poise.under_sampling import RandomUnderSampler

Floats = NDArray[np.float64]
_OF_TREES = (
    "criterion",
    "max_depth",
    "min_samples_split",
    "min_samples_leaf",
    "min_weight_fraction_leaf",
    "max_features",
    "max_leaf_nodes",
    "min_impurity_decrease",
    "ccp_alpha",
    "monotonic_cst",
)


@names_parameters
class BalancedRandomForestClassifier(Exportable, RandomForestClassifier):  # type: ignore[misc]  # scikit-learn has no type hints
    """A random forest whose trees are each fitted on a balanced draw of the rows.

    It is a ``sklearn.ensemble.RandomForestClassifier`` with other rows for each tree, so whatever reads a
    forest of scikit-learn reads this one.

    Parameters
    ----------
    n_estimators : int, default=100
        Number of trees.
    criterion, max_depth, min_samples_split, min_samples_leaf, min_weight_fraction_leaf, max_features, \
max_leaf_nodes, min_impurity_decrease, ccp_alpha, monotonic_cst
        Parameters of each tree; see ``sklearn.ensemble.RandomForestClassifier``.
    bootstrap : bool, default=False
        Whether to draw a bootstrap sample for each tree, which is then balanced.
    oob_score : bool or callable, default=False
        Whether to score each row by the trees that were not fitted on it: by accuracy, or by a function of
        true and predicted labels. Requires `bootstrap`.
    sampling_strategy : str, float, dict or callable, default="all"
        Which classes are under-sampled for each tree, and to how many rows, by the user's labels; see
        `RandomUnderSampler`.
    replacement : bool, default=True
        Whether a row may be drawn more than once for the same tree.
    n_jobs : int or None, default=None
        Number of trees that are fitted in parallel.
    random_state : int, RandomState or None, default=None
        Random seed; with None, each fit draws differently.
    verbose : int, default=0
        How much joblib reports about the trees in parallel.
    warm_start : bool, default=False
        Whether a second `fit` keeps the trees, and adds others if `n_estimators` has grown.
    class_weight : dict, "balanced", "balanced_subsample" or None, default=None
        Weight of each class by label, in addition to the balanced draw; "balanced" is computed from all
        rows, "balanced_subsample" from those of each tree.
    max_samples : int, float or None, default=None
        Rows of each bootstrap sample: a number, or a share of all rows.

    Attributes
    ----------
    estimators_ : list of DecisionTreeClassifier
        The fitted trees.
    estimators_samples_ : list of ndarray of intp
        Rows that each tree was fitted on.
    classes_ : ndarray of shape (n_classes,)
        The labels.
    n_classes_ : int
        Number of labels.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Column names of X, if it has names that are all strings.
    feature_importances_ : ndarray of shape (n_columns,)
        Mean decrease in impurity by each column.
    oob_score_ : float
        Score of the rows by trees that were not fitted on them, if `oob_score` is set.
    oob_decision_function_ : ndarray of shape (n_rows, n_classes)
        Their probabilities; NaN for a row that every tree was fitted on.

    Notes
    -----
    The trees learn from balanced rows, so probabilities of rare classes are too high for the original
    table; `poise.decisions.shift_prior` corrects them. Cost: that of fitting `n_estimators` trees to
    under-sampled tables.

    References
    ----------
    .. [1] Chen, C., Liaw, A. and Breiman, L. (2004). Using random forest to learn imbalanced data.
       University of California, Berkeley, technical report 666.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise.ensemble import BalancedRandomForestClassifier
    >>> X, y = make_classification(weights=[0.9], random_state=0)
    >>> forest = BalancedRandomForestClassifier(20, random_state=0).fit(X, y)
    >>> forest.feature_importances_.shape
    (20,)
    """

    estimator_: Any
    classes_: NDArray[Any]
    n_features_in_: int
    feature_names_in_: NDArray[Any]
    estimators_: list[Any]
    n_classes_: int
    n_outputs_: int
    oob_score_: float
    oob_decision_function_: NDArray[np.float64]

    _allowed: ClassVar[dict[str, Allowed]] = {
        "n_estimators": integer(1),
        "random_state": RANDOM_STATE,
        "n_jobs": N_PROCESSES,
        "warm_start": BOOLEAN,
        "replacement": BOOLEAN,
        "bootstrap": BOOLEAN,
        "oob_score": BOOLEAN | having("__call__"),
    }

    def __init__(
        self,
        n_estimators: int = 100,
        *,
        criterion: Criterion = "gini",
        max_depth: int | None = None,
        min_samples_split: Number = 2,
        min_samples_leaf: Number = 1,
        min_weight_fraction_leaf: float = 0.0,
        max_features: Literal["sqrt", "log2"] | Number | None = "sqrt",
        max_leaf_nodes: int | None = None,
        min_impurity_decrease: float = 0.0,
        bootstrap: bool = False,
        oob_score: bool | Callable[..., Any] = False,
        sampling_strategy: UnderStrategy = "all",
        replacement: bool = True,
        n_jobs: int | None = None,
        random_state: Seed = None,
        verbose: int = 0,
        warm_start: bool = False,
        class_weight: Mapping[Any, Any] | Literal["balanced", "balanced_subsample"] | None = None,
        ccp_alpha: float = 0.0,
        max_samples: Number | None = None,
        monotonic_cst: ArrayLike | None = None,
    ) -> None:
        super().__init__(
            n_estimators,
            criterion=criterion,
            max_depth=max_depth,
            min_samples_split=min_samples_split,
            min_samples_leaf=min_samples_leaf,
            min_weight_fraction_leaf=min_weight_fraction_leaf,
            max_features=max_features,
            max_leaf_nodes=max_leaf_nodes,
            min_impurity_decrease=min_impurity_decrease,
            bootstrap=bootstrap,
            oob_score=oob_score,
            n_jobs=n_jobs,
            random_state=random_state,
            verbose=verbose,
            warm_start=warm_start,
            class_weight=class_weight,
            ccp_alpha=ccp_alpha,
            max_samples=max_samples,
            monotonic_cst=monotonic_cst,
        )
        self.sampling_strategy = sampling_strategy
        self.replacement = replacement

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        check_private_methods(cls, HOOKS_OF_OTHERS)

    def fit(self, X: Any, y: Any, sample_weight: Column | None = None) -> Self:
        """Fit all trees, each on its own balanced draw of the rows.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_rows, n_columns)
            The table, of numbers; NaN marks a missing value.
        y : array-like of shape (n_rows,)
            The labels.
        sample_weight : array-like of shape (n_rows,), optional
            Weights of the rows, passed to `fit` of the trees with the rows.

        Returns
        -------
        self

        Raises
        ------
        InputError
            If a column holds text.
        TooFewRowsError
            If a bootstrap sample holds no row of a class.
        """
        check_one_order(X, y=y, sample_weight=sample_weight)
        check_allowed(self, self._allowed)
        self._check_bootstrap()
        X = self._read(X)
        labels, classes = read_labels(y, X.shape[0])
        weights = self._weights(check_weights(sample_weight, X.shape[0]), labels, classes)
        draws = draws_of(self, labels, under_sampler(self))
        known = warm_members(self, list(getattr(self, "estimators_", [])))
        seeds = member_seeds(self.random_state, self.n_estimators)
        self.estimator_ = DecisionTreeClassifier()
        of_trees = {name: getattr(self, name) for name in _OF_TREES}
        # A tree looks for missing values in its rows, unless X, which `_read` has checked, has none.
        is_complete = not sp.issparse(X) and not np.isnan(X).any()
        is_per_draw = self.class_weight == "balanced_subsample"
        fitted = Parallel(n_jobs=self.n_jobs, verbose=self.verbose, prefer="threads")(
            delayed(_fit_tree)(
                DecisionTreeClassifier(**of_trees, random_state=seed),
                X,
                weights,
                draws,
                is_per_draw,
                is_complete,
            )
            for seed in seeds[len(known) :]
        )
        self.estimators_, self.n_outputs_ = known + fitted, 1
        self.classes_, self.n_classes_ = classes, len(classes)
        # Trees that stay in a warm start were drawn from the table of their own fit.
        of_known: list[MemberDraws] = self._draws[: len(known)] if known else []
        self._draws: list[MemberDraws] = [*of_known, *[draws] * len(fitted)]
        self.__dict__.pop("oob_score_", None)
        self.__dict__.pop("oob_decision_function_", None)
        if self.oob_score:
            self._score_out_of_bag(X, labels)
        return self

    def _check_bootstrap(self) -> None:
        if not self.bootstrap and self.max_samples is not None:
            raise InputError(
                "`max_sample` cannot be set if `bootstrap=False`. Either switch to `bootstrap=True` or set "
                "`max_sample=None`."
            )
        check_out_of_bag(self)

    def _read(self, X: Any) -> Any:
        try:
            X = validate_data(
                self, X, accept_sparse="csr", dtype=np.float32, ensure_all_finite="allow-nan"
            )
        except ValueError as error:
            if "could not convert string" not in str(error):
                raise InputError(f"X cannot be read as numbers: {error}") from error
            raise InputError(
                f"The trees of a forest need numbers, and X holds text: {error}. Encode these columns, or use "
                "BalancedBaggingClassifier with a classifier that takes categories, such as "
                "HistGradientBoostingClassifier(categorical_features='from_dtype')."
            ) from error
        if sp.issparse(X):
            X.sort_indices()
        return X

    def _weights(
        self, weights: Floats | None, labels: Labels, classes: NDArray[Any]
    ) -> Floats | None:
        """Return the weights of the rows by `sample_weight` and by class."""
        if self.class_weight is None or self.class_weight == "balanced_subsample":
            return weights
        of_class = compute_sample_weight(self.class_weight, classes[labels.codes])
        return np.asarray(of_class if weights is None else weights * of_class)

    @property
    def samplers_(self) -> list[RandomUnderSampler]:
        """A sampler for each member, with its random seed; made when it is read."""
        check_is_fitted(self)
        return samplers_of(self, self.estimators_)

    @property
    def pipelines_(self) -> list[Pipeline]:
        """A pipeline of sampler and classifier for each member; made when it is read."""
        return pipelines_of(self.samplers_, self.estimators_)

    @property
    def estimators_samples_(self) -> list[Ids]:
        """Rows that each tree was fitted on."""
        check_is_fitted(self)
        trees = zip(self._draws, self.estimators_, strict=True)
        return [draws.rows(tree.random_state) for draws, tree in trees]

    def _score_out_of_bag(self, X: Any, labels: Labels) -> None:
        n_rows = {len(draws.labels.codes) for draws in self._draws}
        if n_rows != {len(labels.codes)}:
            raise InputError(
                f"oob_score needs trees that were all drawn from these {len(labels.codes)} rows, but some stay from a fit "
                "to another number of rows. Set warm_start=False, or oob_score=False."
            )

        def predictor(tree: Any) -> Callable[[Ids], Floats]:
            return lambda out: tree.predict_proba(X[out])

        self.oob_score_, self.oob_decision_function_ = out_of_bag(
            zip(self.estimators_samples_, map(predictor, self.estimators_), strict=True),
            labels,
            self.classes_,
            self.oob_score,
        )

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = tags.target_tags.multi_output = False
        return tags

    def _inference(self) -> RandomForestClassifier:
        plain = RandomForestClassifier()
        plain.set_params(**{name: getattr(self, name) for name in plain.get_params()})
        fitted = ("estimator_", "estimators_", "classes_", "n_classes_", "n_outputs_")
        for name in (*fitted, "n_features_in_", "feature_names_in_"):
            if hasattr(self, name):
                setattr(plain, name, getattr(self, name))
        return plain


def _fit_tree(
    tree: Any,
    X: Any,
    weights: Floats | None,
    draws: MemberDraws,
    is_per_draw: bool,  # noqa: FBT001  # private
    is_complete: bool,  # noqa: FBT001  # private
) -> Any:
    rows = draws.rows(tree.random_state)
    draws.check_weights_of(rows, weights)
    codes = draws.labels.codes[rows]
    w = None if weights is None else weights[rows]
    if is_per_draw:
        of_class = compute_sample_weight("balanced", codes)
        w = of_class if w is None else w * of_class
    # Codes as floats, as in the trees of scikit-learn's forests.
    return tree.fit(
        take(X, rows), codes.astype(np.float64), sample_weight=w, check_input=not is_complete
    )
