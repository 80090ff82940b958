"""Prior correction: probabilities for other shares of the classes than a model was trained on.

Where only the shares of the classes differ between training and use, the odds of each class are
multiplied by the ratio of its two shares, and nothing else changes (Elkan 2001, Saerens et al. 2002).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.stats import chi2

from poise.core.errors import InputError, UnknownNameError, listed, nearest_name
from poise.core.tables.labels import encode
from poise.core.tables.read import check_same_length, read_target

Floats = NDArray[np.float64]
_ONE = 1e-6  # how far sums of shares may be from 1: what float32 and print-outs lose
_EM_STEPS = 100_000
_EM_TOLERANCE, _PROFILE_TOLERANCE = 1e-10, 1e-9
_INSIDE = 0.05


def class_prior(y: Any, *, sample_weight: Any = None, class_weight: Any = None) -> dict[Any, float]:
    """Return the share of each class that a model trained on these labels sees.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
    sample_weight : array-like of shape (n_rows,), optional
    class_weight : dict or "balanced", optional
        As the model is given it; multiplied with `sample_weight`. "balanced" makes the weighted shares
        equal, as linear models of scikit-learn do; its trees balance the numbers of rows, so with
        `sample_weight` pass them a dictionary.

    Returns
    -------
    dict of label to share, in sorted order of the labels

    Examples
    --------
    >>> class_prior(["no", "no", "no", "yes"])
    {'no': 0.75, 'yes': 0.25}
    >>> class_prior(["no", "no", "no", "yes"], class_weight="balanced")
    {'no': 0.5, 'yes': 0.5}
    """
    known = encode(read_target(y))
    weights = np.ones(len(known.codes))
    if sample_weight is not None:
        weights = np.asarray(sample_weight, dtype=np.float64).ravel()
        check_same_length("sample_weight", len(weights), len(known.codes))
        if not (weights >= 0).all() or not np.isfinite(weights).all() or not weights.any():
            raise InputError("sample_weight must hold finite numbers from 0 on, not all 0.")
    totals = np.bincount(known.codes, weights, len(known.classes)).astype(np.float64)
    if isinstance(class_weight, Mapping):
        totals *= [float(class_weight.get(label, 1)) for label in known.classes]
    elif class_weight in ("balanced", "balanced_subsample"):
        totals = (totals > 0).astype(np.float64)
    elif class_weight is not None:
        raise InputError(f"class_weight={class_weight!r} must be a dictionary or 'balanced'.")
    return dict(zip(known.classes, (totals / totals.sum()).tolist(), strict=True))


def shift_prior(
    proba: ArrayLike,
    trained: Any,
    deployed: Any,
    *,
    classes: Sequence[Any] | None = None,
) -> Floats:
    """Return probabilities for other shares of the classes than the model was trained on.

    After random over- or under-sampling, and with class or row weights, a model sees other shares than
    there are; this takes them back, exactly. Log-odds move by a constant:
    log(deployed / trained), of a class against another.

    Parameters
    ----------
    proba : array-like of shape (n_rows,) or (n_rows, n_classes)
        One column: of the event.
    trained, deployed : float, array-like of shape (n_classes,), or dict or Series of label to share
        Shares of the classes in training (see `class_prior`) and where the model is used. A single
        number is the event's.
    classes : sequence of labels, optional
        What the columns of `proba` are; needed where the shares are dictionaries whose labels are not
        in sorted order.

    Returns
    -------
    ndarray, of the shape of `proba`, float64

    Raises
    ------
    InputError
        For probabilities outside 0 to 1 or that do not add up to 1, shares that do not, and rows that
        are certain of a class that does not occur.
    UnknownNameError
        For shares of unknown classes.

    Notes
    -----
    O(n). The order of rows by the probability of an event is kept, so the area under the ROC curve is.
    Where rows were *made*, or removed by a rule, the classes themselves differ too, and a part of the
    error is left: `ResampledClassifier` measures it.

    References
    ----------
    .. [1] Elkan, C. (2001). The foundations of cost-sensitive learning. IJCAI 2001, theorem 2.
    .. [2] Saerens, M., Latinne, P. and Decaestecker, C. (2002). Adjusting the outputs of a classifier
       to new a priori probabilities. Neural Computation 14, 21-41.
    .. [3] Dal Pozzolo, A., Caelen, O., Johnson, R. A. and Bontempi, G. (2015). Calibrating probability
       with undersampling for unbalanced classification. SSCI 2015.

    Examples
    --------
    >>> shift_prior([0.5, 0.9], trained=0.5, deployed=0.01).round(3)
    array([0.01 , 0.083])
    >>> shift_prior([[0.2, 0.3, 0.5]], [1/3, 1/3, 1/3], [0.90, 0.09, 0.01]).round(3)
    array([[0.849, 0.127, 0.024]])
    """
    columns = read_columns(proba)
    n_classes = columns.shape[1]
    known = _labels_of(trained, deployed, classes, n_classes)
    before = _read_prior("trained", trained, known, n_classes)
    after = _read_prior("deployed", deployed, known, n_classes)
    shifted = _shifted(columns, before, after)
    return shifted if np.ndim(proba) == 2 else shifted[:, 1]


def _shifted(columns: Floats, before: Floats, after: Floats) -> Floats:
    is_impossible = (before == 0) & (columns > 0).any(axis=0)
    if is_impossible.any():
        raise InputError(
            f"trained is 0 for class {int(is_impossible.argmax())} (counted from 0), which has "
            "probabilities above 0: a model knows nothing of a class that it was not shown."
        )
    ratio = np.divide(after, before, out=np.zeros_like(after), where=before > 0)
    weighed = columns * ratio
    total = weighed.sum(axis=1, keepdims=True)
    if not total.all():
        row = int((total == 0).argmax())
        raise InputError(
            f"Row {row} is certain of classes whose deployed share is 0, so nothing can be said of it. "
            "Give every class that can occur a share above 0."
        )
    return weighed / total


class PriorEstimate(NamedTuple):
    """Shares of the classes where a model is used, estimated from its probabilities there.

    Attributes
    ----------
    prior : ndarray of shape (n_classes,)
        They add up to 1, and go into `shift_prior` as `deployed`.
    low, high : ndarray of shape (n_classes,)
        Ends of each share's confidence interval.
    n_steps : int
        Of the EM algorithm; it stops after 100,000, where classes can hardly be told apart.
    """

    prior: Floats
    low: Floats
    high: Floats
    n_steps: int


def estimate_prior(
    proba: ArrayLike,
    trained: Any,
    *,
    classes: Sequence[Any] | None = None,
    confidence: float = 0.95,
) -> PriorEstimate:
    """Estimate the shares of the classes among unlabelled rows: Saerens' EM, with intervals.

    Parameters
    ----------
    proba : array-like of shape (n_rows,) or (n_rows, n_classes)
        What the model says of rows from where it is used.
    trained : float, array-like of shape (n_classes,), or dict of label to share
        Shares of the classes in training; see `class_prior`.
    classes : sequence of labels, optional
        See `shift_prior`.
    confidence : float, default=0.95
        Of each interval, by itself.

    Returns
    -------
    PriorEstimate

    Raises
    ------
    InputError
        As `shift_prior`.

    Notes
    -----
    O(n) for each step of EM, which starts at `trained`. Intervals are those of the profile likelihood,
    so they stay within 0 to 1 and are right also near 0. They count the chance in which rows came, and
    take two things as given: that the model's probabilities were right in training (calibrate it if
    not), and that rows within a class are as they were there.

    References
    ----------
    .. [1] Saerens, M., Latinne, P. and Decaestecker, C. (2002). Adjusting the outputs of a classifier
       to new a priori probabilities. Neural Computation 14, 21-41.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.special import expit
    >>> rng = np.random.RandomState(1)
    >>> z = np.where(rng.uniform(size=2000) < 0.1, 1, -1) + rng.randn(2000)  # 10 % events now
    >>> found = estimate_prior(expit(2 * z), trained=0.5)                   # right where half are
    >>> found.prior.round(2), bool(found.low[1] < 0.1 < found.high[1])
    (array([0.92, 0.08]), True)
    """
    if not 0 < confidence < 1:
        raise InputError(f"confidence={confidence!r} must lie between 0 and 1.")
    columns = read_columns(proba)
    n_classes = columns.shape[1]
    known = _labels_of(trained, None, classes, n_classes)
    before = _read_prior("trained", trained, known, n_classes)
    _shifted(columns, before, before)  # refuses classes that were not trained on
    ratios = np.divide(columns, before, out=np.zeros_like(columns), where=before > 0)
    prior, n_steps = _em(ratios, before)
    ends = [_interval(ratios, prior, code, confidence) for code in range(n_classes)]
    low, high = np.array(ends).T
    return PriorEstimate(prior, low, high, n_steps)


def _em(ratios: Floats, start: Floats, fixed: int | None = None) -> tuple[Floats, int]:
    """Return the most likely shares, with that of one class held fixed where asked."""
    prior, held = start.copy(), None if fixed is None else start[fixed]
    for step in range(1, _EM_STEPS + 1):
        joint = ratios * prior
        total = joint.sum(axis=1, keepdims=True)
        new = np.divide(joint, total, out=np.zeros_like(joint), where=total > 0).mean(axis=0)
        if fixed is not None and held is not None:
            others = np.arange(len(new)) != fixed
            if not new[others].any():
                return prior, step
            new[others] *= (1 - held) / new[others].sum()
            new[fixed] = held
        if np.abs(new - prior).max() < (_EM_TOLERANCE if fixed is None else _PROFILE_TOLERANCE):
            return new, step
        prior = new
    return prior, _EM_STEPS


def _likelihood(ratios: Floats, prior: Floats) -> float:
    with np.errstate(divide="ignore"):
        return float(np.log(ratios @ prior).sum())


def _interval(ratios: Floats, prior: Floats, code: int, confidence: float) -> tuple[float, float]:
    """Return where the profile likelihood of a class's share falls by what chance explains."""
    least = _likelihood(ratios, prior) - chi2.ppf(confidence, 1) / 2
    best = float(prior[code])

    def surplus(share: float) -> float:
        # From inside: a share that starts at 0 never grows.
        others = np.delete(prior, code) + _INSIDE
        others = others / others.sum()
        start = np.insert(others * (1 - share), code, share)
        profile = start if len(prior) == 2 else _em(ratios, start, code)[0]
        return max(_likelihood(ratios, profile) - least, -1e6)

    def end(bound: float) -> float:
        if best == bound or surplus(bound) >= 0:
            return bound
        return float(brentq(surplus, *sorted((bound, best)), xtol=_PROFILE_TOLERANCE))

    return end(0.0), end(1.0)


def read_columns(proba: ArrayLike) -> Floats:
    """Return probabilities with a column a class, checked; a single column is of the second of two.

    Parameters
    ----------
    proba : array-like of shape (n_rows,) or (n_rows, n_classes)

    Returns
    -------
    ndarray of shape (n_rows, n_classes)
    """
    given = np.asarray(proba, dtype=np.float64)
    if given.ndim not in (1, 2) or not given.size or (given.ndim == 2 and given.shape[1] < 2):
        raise InputError(
            f"proba has shape {given.shape}; give the probabilities of the event, or a column a class."
        )
    is_bad = ~((given >= 0) & (given <= 1))
    if is_bad.any():
        where = np.unravel_index(int(is_bad.argmax()), given.shape)
        raise InputError(
            f"proba must lie in 0 to 1; that of row {int(where[0])} is {float(given[where])}."
        )
    if given.ndim == 2:
        sums = given.sum(axis=1)
        is_off = np.abs(sums - 1) > 1e3 * _ONE
        if is_off.any():
            row = int(is_off.argmax())
            raise InputError(
                f"proba must add up to 1 in each row; row {row} adds up to {float(sums[row]):.6g}."
            )
    return given if given.ndim == 2 else np.column_stack([1 - given, given])


def _labels_of(
    trained: Any, deployed: Any, classes: Sequence[Any] | None, n_classes: int
) -> list[Any] | None:
    """Return what the columns are, where it matters."""
    if classes is not None:
        if len(classes) != n_classes:
            raise InputError(
                f"classes has {len(classes)} labels, {listed(classes)}; proba has {n_classes} columns."
            )
        return list(np.asarray(classes).tolist())
    given = [_as_mapping(p) for p in (trained, deployed)]
    dictionary = next((p for p in given if isinstance(p, Mapping)), None)
    if dictionary is None:
        return None
    try:
        return sorted(dictionary)
    except TypeError:
        raise InputError(
            f"The labels {listed(dictionary)} have no order; pass classes=, the labels in the order of "
            "the columns of proba."
        ) from None


def _as_mapping(prior: Any) -> Any:
    """Return a column that is indexed by labels, as pandas' value_counts gives it, as a dictionary."""
    is_indexed = hasattr(prior, "items") and not isinstance(prior, Mapping)
    return dict(prior.items()) if is_indexed else prior


def _read_prior(name: str, prior: Any, known: list[Any] | None, n_classes: int) -> Floats:
    """Return shares in the order of the columns, checked."""
    prior = _as_mapping(prior)
    if isinstance(prior, Mapping):
        return _of_labels(name, prior, known or [], n_classes)
    shares = np.asarray(prior, dtype=np.float64)
    if shares.ndim == 0 and n_classes == 2:
        shares = np.array([1 - float(shares), float(shares)])
    if shares.shape != (n_classes,):
        raise InputError(
            f"{name}={prior!r} must have a share for each of the {n_classes} classes"
            + (", or be the share of the event." if n_classes == 2 else ".")
        )
    return _checked_shares(name, prior, shares)


def _of_labels(name: str, prior: Mapping[Any, Any], known: list[Any], n_classes: int) -> Floats:
    unknown = [label for label in prior if label not in known]
    if unknown:
        raise UnknownNameError(
            f"{name} names class {unknown[0]!r}; the classes are {listed(known)}."
            f"{nearest_name(unknown[0], known)}"
        )
    missing_name = [label for label in known if label not in prior]
    if missing_name or len(known) != n_classes:
        message = f"class {missing_name[0]!r}" if missing_name else f"{n_classes} classes"
        raise InputError(
            f"{name} must have a share for {message}; it has {listed(prior)}. A class that does not occur "
            "has share 0."
        )
    return _checked_shares(name, prior, np.array([prior[label] for label in known], dtype=float))


def _checked_shares(name: str, given: Any, shares: Floats) -> Floats:
    if not ((shares >= 0) & (shares <= 1)).all():
        raise InputError(
            f"{name}={given!r} must hold shares from 0 to 1. Divide counts by their sum, or use "
            "class_prior(y)."
        )
    if abs(shares.sum() - 1) > _ONE:
        raise InputError(
            f"{name}={given!r} must add up to 1; it adds up to {shares.sum():.6g}. Divide counts by "
            "their sum, or use class_prior(y)."
        )
    return shares / shares.sum()
