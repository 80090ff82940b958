"""poise.compare: approaches to class imbalance, compared on the user's own table by cross-validation."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poise.comparison.class_metrics import metrics_for
from poise.comparison.inputs import read_inputs
from poise.comparison.judging import judge
from poise.comparison.result import Comparison
from poise.comparison.run import run
from poise.core.errors import InputError
from poise.core.files import check_writable
from poise.core.progress import Report, report_for
from poise.core.sampling.seeds import check_seed
from poise.core.tables.convert import labels_once
from poise.core.types import (
    Classifier,
    Column,
    ColumnKinds,
    ComparedEstimator,
    Constraints,
    EffectPrior,
    Folds,
    Integer,
    Sampler,
)
from poise.decisions import CostMatrix
from poise.decisions._costs import read_costs
from poise.study.parameters import (
    check_choice,
    check_labelling,
    check_path,
    read_count,
    read_n_jobs,
    read_number,
)
from poise.study.reference import smallest_difference
from poise.study.statistics import N_FOLDS


def compare(
    X: Any,
    y: Any = None,
    *,
    target: Any = None,
    approaches: Iterable[str | Sampler] | Mapping[str, str | Sampler] | None = None,
    estimators: Iterable[ComparedEstimator | Classifier]
    | Mapping[str, ComparedEstimator | Classifier]
    | None = None,
    ratios: Iterable[float] | None = None,
    cv: Folds = N_FOLDS,
    n_repeats: int | None = None,
    groups: Column | str | None = None,
    time: Column | str | None = None,
    sample_weight: Column | str | None = None,
    costs: CostMatrix | Sequence[float] | NDArray[Any] | None = None,
    precision: float = 0.5,
    primary_metric: str | None = None,
    equivalence_margin: Mapping[str, float] | None = None,
    effect_prior: EffectPrior = "reference",
    pos_label: Any = None,
    column_kinds: ColumnKinds | None = None,
    carry_columns: list[Any] | tuple[Any, ...] | None = None,
    constraints: Constraints | None = None,
    embedding: Any = None,
    random_state: Integer = 0,
    n_jobs: int | None = None,
    progress: bool | Report | None = None,
    time_budget: float | None = None,
    resume: str | Path | None = None,
) -> Comparison:
    """Compare approaches to class imbalance on your own table.

    Sampling and preprocessing happen inside the folds, which are the same for every approach. Thresholds
    are tuned on the folds that are not being scored. Each gain over the unchanged rows with a tuned threshold
    comes with its interval, with the probabilities that it is worth having, that it does not matter, and that it
    is a loss, and with a verdict. They are about the expected gain on tables of this size, not about one fit.

    Parameters
    ----------
    X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
        Text, categories, dates and missing values are allowed. Also arrays with more dimensions, such as images, and with
        `embedding` any rows, such as texts: pipelines are fitted on them.
    y : array-like of shape (n_rows,), optional
        Labels. With more than two classes, all are compared, and metrics are means over the classes; with
        `pos_label`, that one is compared with all others together. If they are a column of X, leave y out and pass
        `target`.
    target : str, optional
        Name of the column of X that holds the labels.
    approaches : list of names and samplers, or dict of them by name, optional
        "as-is", "class-weights", "reweighted" (a `ReweightedClassifier` around the estimator; both also with
        "-sqrt", "-effective" or "-capped"), "balanced-bagging" (a `BalancedBaggingClassifier` of ten members around
        it), any of `poise.METHODS` ("smote@0.5" makes half of SMOTE's changes), any object with `fit_resample`, and
        "tuned-smote", which chooses the amount and the number of neighbours inside the folds (18 more fits). By default as-is, class-weights, random-over, random-under, smote,
        borderline-smote, smote-tomek and smote-enn.
    estimators : list of names and classifiers, or dict of them by name, optional
        "logistic", "boosting" (both by default), "tree", "k-nn", any classifier (after imputing, scaling
        and encoding), any pipeline (fitted on the table as it was passed).
    ratios : list of float, optional
        Adds every sampler of Poise with these shares of the rows that it makes and of those that it
        removes, such as [0.25, 0.5]. Rows of a smaller share are also in the larger ones.
    cv : int, splitter or iterable of (train, test), default=5
    n_repeats : int, optional
        How often the folds are drawn; by default 5 below 10,000 rows, else 2.
    groups : array-like of shape (n_rows,) or str, optional
        Rows of one group are never in both the training and the test part, and samplers with ``within_groups=True``
        blend rows of one group. The name of a column of X takes it out of the features.
    time : array-like of shape (n_rows,) or str, optional
        Training rows are always older than test rows. The name of a column of X takes it out of the features.
    sample_weight : array-like of shape (n_rows,) or str, optional
        Weight of each row in fits, thresholds and metrics; a new row has that of the row that it was made from. Folds,
        diagnosis and the number of events do not depend on it. The name of a column of X takes it out of the features.
    costs : CostMatrix or pair of float, optional
        Costs, the same for every row; a pair is what a false alarm and a missed event cost.
    precision : float, default=0.5
        The lowest precision allowed by "recall at precision".
    primary_metric : str, optional
        The metric that the headline decides by: "average_precision" by default, "cost" if there are costs; any metric
        of the result, also by the name of scikit-learn's scorer, such as "neg_log_loss".
    equivalence_margin : dict of metric to float, optional
        Differences up to this size do not matter, such as ``{"average_precision": 0.01}``. By default 0.01 for
        "roc_auc"; 0.02 for "average_precision", "f1", "mcc", "balanced_accuracy" and "g_mean"; 0.03 for
        "recall_at_precision"; 2 % of the value of one constant prediction for "log_loss", "brier" and "cost".
    effect_prior : {"reference", "flat"}, default="reference"
        How likely each gain is before the data are seen: as on the tables of the reference study, or all alike.
    pos_label : label, optional
        The event; by default the class with the fewest rows, and of two equal ones the one that sorts last. Of more
        than two classes, this one is compared with all others together.
    column_kinds : dict, optional
        Kinds of columns by name or position; see `poise.SMOTE`.
    carry_columns : list of names or positions, optional
        Columns that no model and no neighbour search uses, such as identifiers.
    constraints : list of constraints, optional
        Rules of `poise.constraints` that new rows keep, for every sampler that makes new values.
    embedding : array-like of shape (n_rows, d), optional
        A row of numbers for each row of X, such as the output of a network: samplers search neighbours in it, and
        estimators other than pipelines are fitted on it. By default, all values of an array with more than two
        dimensions.
    random_state : int, default=0
        The result is the same for any `n_jobs`.
    n_jobs : int, optional
        Number of approaches that run in parallel; by default all cores.
    progress : bool or callable, optional
        Called with a `poise.core.progress.Progress` after each fold; by default a line if stderr is a
        terminal.
    time_budget : float, optional
        No new fold starts after this many seconds.
    resume : str or Path, optional
        A file that stores complete folds; a later call continues from it. The table, labels, folds,
        approaches, estimators, `random_state` and the versions of packages must be the same; `costs` and
        `precision` may differ. If the file cannot be written later, that is a warning.

    Returns
    -------
    Comparison
        After an interrupt (Ctrl-C), of the folds run so far.

    Raises
    ------
    InputError
        For invalid parameters.
    TooFewRowsError
        If the folds would have too few rows of the event.
    FileError
        If `resume` was written by a call with other arguments (the message says which), or is not a file
        of a comparison.

    Notes
    -----
    There is one fit for each fold, approach and estimator. An exception of a sampler or an estimator is
    recorded in `status`; all other arms continue.

    References
    ----------
    .. [1] Nadeau, C. and Bengio, Y. (2003). Inference for the generalization error. Machine Learning
       52, 239-281. doi:10.1023/A:1024068626366
    .. [2] Bates, S., Hastie, T. and Tibshirani, R. (2024). Cross-validation: what does it estimate and how well does
       it do it? Journal of the American Statistical Association 119, 1434-1445. doi:10.1080/01621459.2023.2197686

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise import compare
    >>> X, y = make_classification(300, weights=[0.85], random_state=0)
    >>> result = compare(
    ...     X, y, approaches=["smote"], estimators=["logistic"], n_repeats=1, n_jobs=1
    ... )
    >>> result.approaches, sorted(result.verdict_columns())[:3]
    (['as-is', 'smote'], ['approach', 'baseline', 'estimator'])
    """
    costs = _read_costs(costs)
    precision = read_number("precision", precision, "a number above 0 and at most 1", most=1)
    if time_budget is not None:
        time_budget = read_number("time_budget", time_budget, "a number of seconds above 0")
    if n_repeats is not None:
        n_repeats = read_count("n_repeats", n_repeats, 1, 5)
    check_path("resume", resume)
    if resume is not None and not Path(resume).exists():
        check_writable(Path(resume))
    n_jobs = read_n_jobs(n_jobs)
    check_labelling(pos_label, column_kinds)
    check_seed(random_state)
    check_choice("effect_prior", effect_prior, EffectPrior)
    report = report_for(progress)
    X, y = labels_once(X, y, target)
    inputs = read_inputs(
        X,
        y,
        approaches=approaches,
        estimators=estimators,
        ratios=ratios,
        cv=cv,
        n_repeats=n_repeats,
        groups=groups,
        time=time,
        sample_weight=sample_weight,
        costs=costs,
        precision=precision,
        primary_metric=primary_metric,
        equivalence_margin=equivalence_margin,
        effect_prior=effect_prior,
        pos_label=pos_label,
        column_kinds=column_kinds,
        carry_columns=carry_columns,
        constraints=constraints,
        embedding=embedding,
        random_state=int(random_state),
    )
    if report is not None and not callable(progress):
        _announce(inputs.facts)
    runs = run(
        inputs.rows,
        inputs.folds,
        inputs.approaches,
        inputs.estimators,
        n_jobs=n_jobs,
        report=report,
        time_budget=time_budget,
        resume=resume,
    )
    return judge(inputs, runs)


def _announce(facts: Mapping[str, Any]) -> None:
    """Write to the terminal how small a difference is found on other tables with as many events."""
    metric = metrics_for(facts["classes"])[facts["primary_metric"]]
    found = {
        name: smallest_difference(family, metric.name, facts["n_events"])
        for name, family in facts["families"].items()
    }
    known = [f"{value:.3f} ({name})" for name, value in found.items() if value is not None]
    if known:
        sys.stderr.write(
            f"On other tables with {facts['n_events']:,} events, 5 x 5 folds usually found differences in "
            f"{metric.title} from {', '.join(known)}.\n"
        )


def _read_costs(costs: Any) -> CostMatrix | None:
    """Return costs that are the same for every row; None if there are none."""
    if costs is None:
        return None
    if not isinstance(costs, CostMatrix) and not all(map(_is_number, np.ravel(costs))):
        raise InputError(
            f"costs={costs!r} must be two numbers, what a false alarm and a missed event cost, such as (1, 9), or "
            "CostMatrix.of_two(false_positive=1, false_negative=9)."
        )
    found = read_costs(costs)
    if found.costs.ndim != 2:
        raise InputError(
            f"costs={costs!r} must be the same for every row, such as (1, 9): what a false alarm and a missed event cost. "
            "For several classes, pass a CostMatrix with a row and a column for each."
        )
    return found


def _is_number(item: Any) -> bool:
    return isinstance(item, Real) and not isinstance(item, bool | np.bool_)
