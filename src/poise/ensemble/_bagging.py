"""Bagging, with members that are each fitted on a balanced draw from their own bootstrap sample."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar, Self

import numpy as np
import sklearn.pipeline
from joblib import effective_n_jobs
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.ensemble import AdaBoostClassifier, VotingClassifier
from sklearn.metrics import accuracy_score
from sklearn.preprocessing import FunctionTransformer, LabelEncoder
from sklearn.tree import DecisionTreeClassifier, ExtraTreeClassifier
from sklearn.utils import Bunch, Tags, get_tags
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted, validate_data

from poise.core.errors import (
    InputError,
    ParameterError,
    PoiseError,
    VanishingClassWarning,
    warn,
)
from poise.core.exporting import Exportable, exported
from poise.core.interrupts import tied
from poise.core.plan.recipes import Ids
from poise.core.sampling.available import available_if
from poise.core.sampling.checks import (
    check_keeps_columns,
    check_private_methods,
    check_takes_resampled_rows,
    check_takes_weights,
)
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
from poise.core.sampling.resampler import mask_of
from poise.core.sampling.seeds import fresh, reseeded, seeded
from poise.core.tables.aligned import take, take_columns
from poise.core.tables.convert import check_one_order
from poise.core.tables.labels import Labels, encode
from poise.core.tables.read import check_same_length, length, read_table, read_target, text_names
from poise.core.types import Classifier, Column, Number, Sampler, Seed, UnderStrategy
from poise.ensemble._draws import (
    MemberDraws,
    check_not_a_regressor,
    check_weights,
    draws_of,
    member_seeds,
    number_of,
    under_sampler,
    weights_arrive,
)
from poise.pipeline import Pipeline
from poise_inference import CorrectedClassifier, in_columns
from poise_inference import take_columns as chosen_columns

Floats = NDArray[np.float64]
_TREES = (DecisionTreeClassifier, ExtraTreeClassifier)
_LARGE_TABLE = 500_000  # cells; no mutant: speed alone
_FEW_THREADS = 4  # no mutant: speed alone


def read_labels(y: Any, n_rows: int) -> tuple[Labels, NDArray[Any]]:
    """Return the labels of a target, and the array of its classes in the dtype of the target."""
    target = read_target(y)
    labels = encode(target)
    check_same_length("y", len(labels.codes), n_rows)
    if len(labels.classes) < 2:
        raise InputError(
            f"y holds only one class, {labels.classes[0]!r}. A classifier needs rows of two classes or more."
        )
    classes = np.unique(target) if target.dtype != object else np.asarray(labels.classes)
    return labels, classes if len(classes) == len(labels.classes) else np.asarray(labels.classes)


def warm_members(ensemble: Any, known: list[Any]) -> list[Any]:
    """Return the members of an earlier fit to keep.

    Raises
    ------
    ParameterError
        If there are more of them than asked for.
    """
    if not ensemble.warm_start:
        return []
    if ensemble.n_estimators < len(known):
        raise ParameterError(
            f"n_estimators={ensemble.n_estimators} must be larger or equal to len(estimators_)={len(known)} when "
            "warm_start==True. Pass a larger number, or set warm_start=False."
        )
    if known and ensemble.n_estimators == len(known):
        warnings.warn(
            "Warm-start fitting without increasing n_estimators does not fit new members.",
            stacklevel=3,
        )
    return known


def check_out_of_bag(ensemble: Any) -> None:
    """Raise InputError if rows are to be scored out of bag without bootstrap samples."""
    if ensemble.oob_score and not ensemble.bootstrap:
        raise InputError("Out of bag estimation only available if bootstrap=True. Set it.")


def out_of_bag(
    members: Iterable[tuple[Ids, Callable[[Ids], Floats]]],
    labels: Labels,
    classes: NDArray[Any],
    score: Any,
) -> tuple[float, Floats]:
    """Return the score of the rows that some member was not fitted on, and the shares of the classes.

    Parameters
    ----------
    members : iterable of (rows, predict)
        The rows that a member was fitted on, and a function from other rows to their probabilities.
    labels : Labels
    classes : ndarray of shape (n_classes,)
    score : True or callable
        A function of true and predicted labels; accuracy if it is True.
    """
    decision = np.zeros((len(labels.codes), len(classes)))
    for rows, predict in members:
        out = np.flatnonzero(~mask_of(rows, len(decision)))
        if len(out):
            decision[out] += predict(out)
    total = decision.sum(axis=1, keepdims=True)
    is_known = total[:, 0] > 0
    if not is_known.all():
        warnings.warn(
            f"{int((~is_known).sum())} rows were in the sample of every member, so they have no out-of-bag "
            "prediction (NaN). Pass a larger n_estimators.",
            stacklevel=4,
        )
    shares = np.divide(decision, total, out=np.full_like(decision, np.nan), where=total > 0)
    predicted = classes[np.nan_to_num(shares).argmax(axis=1)]
    metric = score if callable(score) else accuracy_score
    return float(metric(classes[labels.codes][is_known], predicted[is_known])), shares


# Private methods of the ensembles of imbalanced-learn and scikit-learn, and what to override here.
HOOKS_OF_OTHERS = dict.fromkeys(
    ("_validate_estimator", "_get_estimator", "_fit", "_validate_y", "_make_sampler_estimator"),
    "fit, or pass estimator= and sampler=,",
)


class _Bagging(Exportable, ClassifierMixin, MetaEstimatorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no type hints
    """Base of ensembles of independent members: their fits, and the mean of their predictions."""

    # Defaults of parameters that only `BalancedBaggingClassifier` has.
    max_samples: Any = None
    max_features: Any = 1.0
    bootstrap: bool = False
    bootstrap_features: bool = False
    oob_score: Any = False
    sampler: Any = None

    _allowed: ClassVar[dict[str, Allowed]] = {
        "n_estimators": integer(1),
        "random_state": RANDOM_STATE,
        "n_jobs": N_PROCESSES,
        "warm_start": BOOLEAN,
        "replacement": BOOLEAN,
        "bootstrap": BOOLEAN,
        "oob_score": BOOLEAN | having("__call__"),
        "bootstrap_features": BOOLEAN,
    }

    estimator_: Pipeline
    estimators_: list[Pipeline]
    estimators_features_: list[Ids]
    sampler_: Any
    classes_: NDArray[Any]
    n_classes_: int
    n_features_in_: int
    feature_names_in_: NDArray[Any]
    oob_score_: float
    oob_decision_function_: Floats
    _seeds: list[int]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        check_private_methods(cls, HOOKS_OF_OTHERS)

    def _member(self) -> Any:
        """Return the classifier of each member, which is not fitted."""
        raise NotImplementedError

    def fit(self, X: Any, y: Any, sample_weight: Column | None = None) -> Self:
        """Fit all members, each on its own balanced draw of the rows.

        Parameters
        ----------
        X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
            The table; the members get it in the same container.
        y : array-like of shape (n_rows,)
            The labels.
        sample_weight : array-like of shape (n_rows,), optional
            Weights of the rows, passed to `fit` of the members with the rows.

        Returns
        -------
        self

        Raises
        ------
        UnsupportedTypeError
            If there are weights, and the classifier takes none.
        TooFewRowsError
            If a bootstrap sample holds no row of a class.
        """
        check_one_order(X, y=y, sample_weight=sample_weight)
        check_allowed(self, self._allowed)
        check_out_of_bag(self)
        if self.oob_score and self.warm_start:
            raise InputError(
                "Out of bag estimate only available if warm_start=False. Set one of the two to False."
            )
        member = self._member()
        check_takes_resampled_rows(member)
        check_not_a_regressor(member)
        table = read_table(X)
        n_rows = table.n_rows
        validate_data(self, X, skip_check_array=True)
        names = text_names(table)
        if names is not None:  # scikit-learn before 1.8 does not know those of every frame
            self.feature_names_in_ = names
        labels, classes = read_labels(y, n_rows)
        weights = check_weights(sample_weight, n_rows)
        if weights is not None:
            check_takes_weights(member)
        sampler = under_sampler(self) if self.sampler is None else self.sampler
        check_keeps_columns("sampler", sampler)
        draws = draws_of(self, labels, clone(sampler))
        known = warm_members(self, list(getattr(self, "estimators_", [])))
        n_known = len(known)
        new = member_seeds(self.random_state, self.n_estimators)[n_known:]
        # Members that stay keep their seeds and columns, whatever the parameters are now.
        seeds = [*(self._seeds if known else []), *new]
        columns = [*(self.estimators_features_ if known else []), *map(self._columns, new)]
        y_rows = classes[labels.codes]
        prefers = self._prefers(n_rows) if draws.only_rows else None
        with warnings.catch_warnings():
            if prefers == "threads":
                # Threads share the filters of warnings, and one may leave those of another behind.
                warnings.simplefilter("ignore", VanishingClassWarning)
            fitted = Parallel(n_jobs=self.n_jobs, verbose=self.verbose, prefer=prefers)(
                delayed(tied(_fit_member))(
                    member, X, y_rows, weights, draws, self._chosen(own), seed
                )
                for own, seed in zip(columns[n_known:], new, strict=True)
            )
        # With the sampler of its draw, as imbalanced-learn has them; what is fitted is the classifier.
        pipelines = [
            Pipeline([("sampler", reseeded(clone(sampler), seed)), ("classifier", classifier)])
            for classifier, seed in zip(fitted, new, strict=True)
        ]
        self.sampler_ = clone(sampler)
        unfitted = Pipeline([("sampler", clone(sampler)), ("classifier", member)])
        self.estimator_, self.estimators_, self.classes_ = unfitted, known + pipelines, classes
        self.n_classes_, self.estimators_features_ = len(classes), columns
        self._warn_of_missing_classes()
        of_known: list[MemberDraws] = self._draws[:n_known] if known else []
        self._draws: list[MemberDraws] = [*of_known, *[draws] * len(new)]
        self._seeds = seeds
        self.__dict__.pop("oob_score_", None)
        self.__dict__.pop("oob_decision_function_", None)
        if self.oob_score:
            self._set_out_of_bag(X, labels)
        return self

    def __len__(self) -> int:
        return len(self.estimators_)

    def __getitem__(self, position: int) -> Pipeline:
        return self.estimators_[position]

    def __iter__(self) -> Iterator[Pipeline]:
        return iter(self.estimators_)

    def _warn_of_missing_classes(self) -> None:
        known = [getattr(member[-1], "classes_", self.classes_).tolist() for member in self]
        for label in self.classes_.tolist():
            n_without = sum(label not in labels for labels in known)
            if n_without:
                warn(
                    f"{n_without} of {len(known)} members were fitted without any row of class {label!r}: their sampler "
                    "removed all of them. Choose a sampler that keeps the class.",
                    VanishingClassWarning,
                )
                return

    def _prefers(self, n_rows: int) -> str | None:
        """Return "threads" if the members run beside each other in threads, which costs no copies; else None.

        A tree lets other threads run while it is fitted. Boosted trees do so for most of the time if the
        table is large, so that a few threads wait little for each other.
        """
        member = self._member()
        if type(member) is AdaBoostClassifier:
            is_large = n_rows * self.n_features_in_ >= _LARGE_TABLE
            is_tree = member.estimator is None or type(member.estimator) in _TREES
            is_fast = is_large and is_tree and effective_n_jobs(self.n_jobs) <= _FEW_THREADS
        else:
            is_fast = type(member) in _TREES
        return "threads" if is_fast else None

    def _columns(self, seed: int) -> Ids:
        """Return the columns of a member."""
        n = self.n_features_in_
        n_chosen = number_of("max_features", self.max_features, n, n)
        rng = np.random.RandomState([seed, 1])
        if self.bootstrap_features:
            return rng.randint(0, n, n_chosen)
        return np.arange(n) if n_chosen == n else np.sort(rng.permutation(n)[:n_chosen])

    def _chosen(self, columns: Ids) -> Ids | None:
        """Return the columns of a member; None for all of them, which need not be taken."""
        is_all = len(columns) == self.n_features_in_ and (np.diff(columns) == 1).all()
        return None if is_all else columns

    def _set_out_of_bag(self, X: Any, labels: Labels) -> None:
        def predictor(model: Any, columns: Ids) -> Callable[[Ids], Floats]:
            own = self._chosen(columns)
            return lambda out: _probabilities(model[-1], take(X, out), own, self.classes_)

        predictors = map(predictor, self.estimators_, self.estimators_features_)
        self.oob_score_, self.oob_decision_function_ = out_of_bag(
            zip(self.estimators_samples_, predictors, strict=True),
            labels,
            self.classes_,
            self.oob_score,
        )

    @property
    def estimators_samples_(self) -> list[Ids]:
        """Rows that each member was fitted on; its bootstrap sample, if the sampler makes new rows."""
        check_is_fitted(self, "estimators_")
        return [draws.rows(seed) for draws, seed in zip(self._draws, self._seeds, strict=True)]

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the predicted class of each row: the one with the highest mean probability.

        Parameters
        ----------
        X : array-like, sparse matrix or frame of shape (n_rows, n_columns)

        Returns
        -------
        ndarray of shape (n_rows,)
        """
        highest = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[highest])

    def predict_proba(self, X: Any) -> Floats:
        """Return the mean of the members' probabilities; of members without any, the share of votes.

        The members learn from balanced rows, so probabilities of rare classes are too high for the
        original table; `poise.decisions.shift_prior` corrects them.

        Parameters
        ----------
        X : array-like, sparse matrix or frame of shape (n_rows, n_columns)

        Returns
        -------
        ndarray of shape (n_rows, n_classes), float64
        """
        return self._mean_of(X, _probabilities)

    def predict_log_proba(self, X: Any) -> Floats:
        """Return the logarithms of `predict_proba`.

        Parameters
        ----------
        X : array-like, sparse matrix or frame of shape (n_rows, n_columns)

        Returns
        -------
        ndarray of shape (n_rows, n_classes), float64
        """
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(self.predict_proba(X)))

    @available_if(lambda self: hasattr(self._member(), "decision_function"))
    def decision_function(self, X: Any) -> Floats:
        """Return the mean of the decision values of the members, if they have them.

        Parameters
        ----------
        X : array-like, sparse matrix or frame of shape (n_rows, n_columns)

        Returns
        -------
        ndarray of shape (n_rows,) or (n_rows, n_classes), float64
        """
        return self._mean_of(X, _decision_values)

    def _mean_of(self, X: Any, values_of: Callable[..., Floats]) -> Floats:
        check_is_fitted(self, "estimators_")
        prefers = self._prefers(read_table(X).n_rows)
        validate_data(self, X, reset=False, skip_check_array=True)
        each = Parallel(n_jobs=self.n_jobs, verbose=self.verbose, prefer=prefers)(
            delayed(tied(values_of))(model[-1], X, self._chosen(columns), self.classes_)
            for model, columns in zip(self.estimators_, self.estimators_features_, strict=True)
        )
        return np.asarray(sum(each) / len(each))

    def _inference(self) -> VotingClassifier:
        # Not as BaggingClassifier, which makes an array of a frame, and another layout of an array.
        names = getattr(self, "feature_names_in_", None)
        members = [
            self._in_all_classes(_of_columns(exported(member[-1]), self._chosen(own), names))
            for member, own in zip(self.estimators_, self.estimators_features_, strict=True)
        ]
        voting = VotingClassifier([(f"m{n}", one) for n, one in enumerate(members)], voting="soft")
        voting.estimators_, voting.named_estimators_ = members, Bunch(**dict(voting.estimators))
        voting.classes_, voting.le_ = self.classes_, LabelEncoder().fit(self.classes_)
        return voting

    def _in_all_classes(self, member: Any) -> Any:
        """Return a member with a probability for every class; of one without probabilities, its vote."""
        if not hasattr(member, "predict_proba"):
            return CorrectedClassifier(member, self.classes_)
        if len(member.classes_) == self.n_classes_:
            return member
        places = np.searchsorted(self.classes_, member.classes_)
        return CorrectedClassifier(member, self.classes_, [(in_columns, places, self.n_classes_)])

    @property
    def feature_importances_(self) -> Floats:
        """Mean of the feature importances of the members, if they have them; 0 for a column not used."""
        check_is_fitted(self, "estimators_")
        total = np.zeros(self.n_features_in_)
        for model, columns in zip(self.estimators_, self.estimators_features_, strict=True):
            np.add.at(total, columns, model[-1].feature_importances_)
        return total / len(self.estimators_)

    def __sklearn_tags__(self) -> Tags:
        tags, own = super().__sklearn_tags__(), get_tags(self._member())
        tags.input_tags.sparse = own.input_tags.sparse
        tags.input_tags.allow_nan = own.input_tags.allow_nan
        tags.input_tags.string = own.input_tags.string
        tags.input_tags.categorical = own.input_tags.categorical
        return tags


def _fit_member(
    estimator: Any,
    X: Any,
    y: NDArray[Any],
    weights: Floats | None,
    draws: MemberDraws,
    columns: Ids | None,
    seed: int,
) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", VanishingClassWarning)  # one warning for all members
        X_rows, y_rows, w = draws.resampled(X, y, weights, seed)
    params = {} if w is None else {"sample_weight": w}
    if params:
        check_takes_weights(estimator)
    with weights_arrive(estimator):
        try:
            return seeded(fresh(estimator), seed).fit(_selected(X_rows, columns), y_rows, **params)
        except PoiseError:
            raise
        except ValueError as error:
            counts = encode(read_target(y_rows)).counts_by_label()
            raise InputError(
                f"A member, {type(estimator).__name__}, cannot be fitted to its balanced draw of X, which has these rows by class: "
                f"{counts}. It says: {error}"
            ) from error


def _selected(X: Any, columns: Ids | None) -> Any:
    if columns is None:
        return X
    is_repeated = len(np.unique(columns)) < len(columns)
    if is_repeated and not hasattr(X, "nnz"):  # a frame cannot hold a column twice
        return np.asarray(X)[:, columns]
    return take_columns(X, columns)


def _of_columns(member: Any, columns: Ids | None, names: NDArray[Any] | None) -> Any:
    """Return a fitted classifier of some columns as one of all columns."""
    if columns is None:
        return member
    chosen = columns if names is None else names[columns].tolist()
    select = FunctionTransformer(chosen_columns, kw_args={"columns": chosen})
    return sklearn.pipeline.Pipeline([("columns", select), ("classifier", member)])


def _probabilities(model: Any, X: Any, columns: Ids | None, classes: NDArray[Any]) -> Floats:
    chosen, found = _selected(X, columns), np.zeros((length(X), len(classes)))
    if hasattr(model, "predict_proba"):
        found[:, np.searchsorted(classes, model.classes_)] = model.predict_proba(chosen)
    else:
        found[np.arange(len(found)), np.searchsorted(classes, model.predict(chosen))] = 1.0
    return found


def _decision_values(
    model: Any,
    X: Any,
    columns: Ids | None,
    classes: NDArray[Any],  # noqa: ARG001  # as _probabilities
) -> Floats:
    return np.asarray(model.decision_function(_selected(X, columns)))


@names_parameters
class BalancedBaggingClassifier(_Bagging):
    """Bagging, with members that are each fitted on a balanced draw from a bootstrap sample.

    Parameters
    ----------
    estimator : classifier, optional
        Classifier of each member, a pipeline or a search too; by default
        ``sklearn.tree.DecisionTreeClassifier()``.
    n_estimators : int, default=10
        Number of members.
    max_samples : int, float or None, default=None
        Rows of each bootstrap sample: a number, or a share of all rows; None takes as many as there are.
    max_features : int or float, default=1.0
        Columns of each member: a number, or a share of all columns.
    bootstrap : bool, default=True
        Whether the rows of a sample are drawn with replacement.
    bootstrap_features : bool, default=False
        Whether the columns of a member are drawn with replacement.
    oob_score : bool or callable, default=False
        Whether to score each row by the members that were not fitted on it: by accuracy, or by a function
        of true and predicted labels. Requires `bootstrap`.
    warm_start : bool, default=False
        Whether a second `fit` keeps the members, and adds others if `n_estimators` has grown.
    sampler : sampler, optional
        Sampler that balances the bootstrap sample of each member; by default a `RandomUnderSampler` with
        the two parameters below.
    sampling_strategy : str, float, dict or callable, default="auto"
        Which classes are under-sampled for each member, and to how many rows, by the user's labels; see
        `RandomUnderSampler`.
    replacement : bool, default=False
        Whether a row of a bootstrap sample may be drawn more than once for the same member.
    n_jobs : int or None, default=None
        Number of members that are fitted in parallel.
    random_state : int, RandomState or None, default=None
        Random seed; with None, each fit draws differently.
    verbose : int, default=0
        How much joblib reports about the members in parallel.

    Attributes
    ----------
    estimator_ : Pipeline
        The pipeline of each member, not fitted.
    estimators_ : list of Pipeline
        The members: pipelines with the steps "sampler" and "classifier"; ``member[-1]`` is the fitted
        classifier.
    sampler_ : sampler
        What balances the rows of each member, not fitted.
    estimators_samples_ : list of ndarray of intp
        Rows that each member was fitted on; its bootstrap sample, if the sampler makes new rows.
    estimators_features_ : list of ndarray of intp
        Columns of each member.
    classes_ : ndarray of shape (n_classes,)
        The labels.
    n_classes_ : int
        Number of labels.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Column names of X, if it has names that are all strings.
    feature_importances_ : ndarray of shape (n_columns,)
        Mean of the members' feature importances, if they have them.
    oob_score_ : float
        Score of the rows by members that were not fitted on them, if `oob_score` is set.
    oob_decision_function_ : ndarray of shape (n_rows, n_classes)
        Their probabilities; NaN for a row that every member was fitted on.

    Notes
    -----
    The members learn from balanced rows, so probabilities of rare classes are too high for the original
    table; `poise.decisions.shift_prior` corrects them. Cost: that of fitting `n_estimators` classifiers to
    under-sampled tables.

    References
    ----------
    .. [1] Maclin, R. and Opitz, D. (1997). An empirical evaluation of bagging and boosting. AAAI 1997.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise.ensemble import BalancedBaggingClassifier
    >>> X, y = make_classification(weights=[0.9], random_state=0)
    >>> BalancedBaggingClassifier(random_state=0).fit(X, y).predict_proba(X).shape
    (100, 2)
    """

    def __init__(
        self,
        estimator: Classifier | None = None,
        n_estimators: int = 10,
        *,
        max_samples: Number | None = None,
        max_features: Number = 1.0,
        bootstrap: bool = True,
        bootstrap_features: bool = False,
        oob_score: bool | Callable[..., Any] = False,
        warm_start: bool = False,
        sampler: Sampler | None = None,
        sampling_strategy: UnderStrategy = "auto",
        replacement: bool = False,
        n_jobs: int | None = None,
        random_state: Seed = None,
        verbose: int = 0,
    ) -> None:
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.max_samples = max_samples
        self.max_features = max_features
        self.bootstrap = bootstrap
        self.bootstrap_features = bootstrap_features
        self.oob_score = oob_score
        self.warm_start = warm_start
        self.sampler = sampler
        self.sampling_strategy = sampling_strategy
        self.replacement = replacement
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def _member(self) -> Any:
        return DecisionTreeClassifier() if self.estimator is None else self.estimator


@names_parameters
class EasyEnsembleClassifier(_Bagging):
    """Bagging of boosted classifiers, each fitted on a randomly under-sampled table.

    By default, each member is fitted on all rows of the smallest class and as many random rows of
    each other class.

    Parameters
    ----------
    n_estimators : int, default=10
        Number of members.
    estimator : classifier, optional
        Classifier of each member; by default ``sklearn.ensemble.AdaBoostClassifier()``.
    warm_start : bool, default=False
        Whether a second `fit` keeps the members, and adds others if `n_estimators` has grown.
    sampling_strategy : str, float, dict or callable, default="auto"
        Which classes are under-sampled for each member, and to how many rows, by the user's labels; see
        `RandomUnderSampler`.
    replacement : bool, default=False
        Whether a row may be drawn more than once for the same member.
    n_jobs : int or None, default=None
        Number of members that are fitted in parallel.
    random_state : int, RandomState or None, default=None
        Random seed; with None, each fit draws differently.
    verbose : int, default=0
        How much joblib reports about the members in parallel.

    Attributes
    ----------
    estimator_ : Pipeline
        The pipeline of each member, not fitted.
    estimators_ : list of Pipeline
        The members: pipelines with the steps "sampler" and "classifier"; ``member[-1]`` is the fitted
        classifier.
    sampler_ : sampler
        What balances the rows of each member, not fitted.
    estimators_samples_ : list of ndarray of intp
        Rows that each member was fitted on.
    estimators_features_ : list of ndarray of intp
        Columns of each member: all of them.
    classes_ : ndarray of shape (n_classes,)
        The labels.
    n_classes_ : int
        Number of labels.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Column names of X, if it has names that are all strings.

    Notes
    -----
    The members learn from balanced rows, so probabilities of rare classes are too high for the original
    table; `poise.decisions.shift_prior` corrects them. Cost: that of fitting `n_estimators` classifiers to
    under-sampled tables.

    References
    ----------
    .. [1] Liu, X.-Y., Wu, J. and Zhou, Z.-H. (2009). Exploratory undersampling for class-imbalance
       learning. IEEE Transactions on Systems, Man, and Cybernetics B 39, 539-550.
       doi:10.1109/TSMCB.2008.2007853

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise.ensemble import EasyEnsembleClassifier
    >>> X, y = make_classification(weights=[0.9], random_state=0)
    >>> EasyEnsembleClassifier(3, random_state=0).fit(X, y).predict_proba(X).shape
    (100, 2)
    """

    def __init__(
        self,
        n_estimators: int = 10,
        estimator: Classifier | None = None,
        *,
        warm_start: bool = False,
        sampling_strategy: UnderStrategy = "auto",
        replacement: bool = False,
        n_jobs: int | None = None,
        random_state: Seed = None,
        verbose: int = 0,
    ) -> None:
        self.n_estimators = n_estimators
        self.estimator = estimator
        self.warm_start = warm_start
        self.sampling_strategy = sampling_strategy
        self.replacement = replacement
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def _member(self) -> Any:
        return AdaBoostClassifier() if self.estimator is None else self.estimator
