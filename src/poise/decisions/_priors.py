"""Prior correction: probabilities for other class shares than those a model was trained on.

If only the shares of the classes (the prior) differ between training and use, the odds of each class are
multiplied by the ratio of its two shares, and nothing else changes (Elkan 2001, Saerens et al. 2002).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.stats import chi2

from poise.core.errors import InputError, TooFewRowsError, UnknownNameError, listed, nearest_name
from poise.core.numbers import floats_of, some_weights_of
from poise.core.tables.labels import encode
from poise.core.tables.read import check_same_length, read_target
from poise.core.types import Column, Shares
from poise.decisions._cross_fitted import shares_by_means
from poise_inference import times_factors

Floats = NDArray[np.float64]
_ONE = 1e-6  # no mutant: tolerance of sums of shares (float32, printed numbers)
_EM_STEPS = 100_000  # no mutant: more than are ever needed
_EM_TOLERANCE, _PROFILE_TOLERANCE = 1e-10, 1e-9
_INSIDE = 0.05
_SHIFT = 500  # no mutant: any exponent that keeps the smallest share from overflowing a ratio
_FEWEST = 5  # labelled rows of a class, whose mean has an error


def class_prior(
    y: Any,
    *,
    sample_weight: Column | None = None,
    class_weight: Mapping[Any, Any] | Literal["balanced", "balanced_subsample"] | None = None,
) -> dict[Any, float]:
    """Return the class shares that a model is trained on, with weights included.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
    sample_weight : array-like of shape (n_rows,), optional
    class_weight : dict or "balanced", optional
        The parameter of the model; it is multiplied by `sample_weight`. "balanced" makes the weighted
        shares equal, as in scikit-learn's linear models; its trees balance the numbers of rows instead, so
        with `sample_weight` pass a dictionary.

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
    if not len(known.codes):
        raise InputError("y is empty, so no class has a share. Pass one label for each row.")
    weights = np.ones(len(known.codes))
    if sample_weight is not None:
        weights = some_weights_of(sample_weight, len(known.codes))
    totals = np.bincount(known.codes, _about_one(weights), len(known.classes)).astype(np.float64)
    if isinstance(class_weight, Mapping):
        of_classes = [class_weight.get(label, 1) for label in known.classes]
        totals *= _about_one(some_weights_of(of_classes, len(of_classes), "class_weight"))
    elif isinstance(class_weight, str) and class_weight in ("balanced", "balanced_subsample"):
        totals = (totals > 0).astype(np.float64)
    elif class_weight is not None:
        raise InputError(f"class_weight={class_weight!r} must be a dictionary or 'balanced'.")
    if not totals.any():
        raise InputError(f"class_weight={class_weight!r} leaves no row a weight above 0.")
    return dict(zip(known.classes, (totals / totals.sum()).tolist(), strict=True))


def _about_one(weights: Floats) -> Floats:
    """Return weights, the largest about 1: divided by a power of two, so that their sum does not overflow."""
    return np.ldexp(weights, -int(np.frexp(weights.max())[1]))


def shift_prior(
    proba: ArrayLike,
    trained: Shares,
    deployed: Shares,
    *,
    classes: Sequence[Any] | None = None,
    pos_label: Any = None,
) -> Floats:
    """Return probabilities for other class shares than those the model was trained on.

    Random over- and under-sampling, class weights and row weights change the class shares that a model is
    trained on; this function corrects for that exactly. The log-odds of one class against another move by a
    constant, the difference of log(deployed / trained) of the two.

    Parameters
    ----------
    proba : array-like of shape (n_rows,) or (n_rows, n_classes)
        A single column has the probabilities of the event.
    trained, deployed : float, array-like of shape (n_classes,), or dict or Series of label to share
        Class shares in training (see `class_prior`) and where the model is used. A single number is the
        share of the event.
    classes : sequence of labels, optional
        Class of each column of `proba`; needed only if shares are dictionaries and the columns are not in
        sorted order of the labels.
    pos_label : label, optional
        The event, whose probabilities a single column has; needed if shares are dictionaries.

    Returns
    -------
    ndarray, float64, with the shape of `proba`

    Raises
    ------
    InputError
        If probabilities or shares are outside 0 to 1 or do not add up to 1, or a row has all its
        probability on classes with a deployed share of 0.
    UnknownNameError
        If shares name an unknown class.

    Notes
    -----
    O(n). With two classes the order of the rows by probability stays the same, and so does the area under
    the ROC curve. Synthetic rows and cleaning rules also change the classes themselves, so a part of the
    error is left: `ResampledClassifier` measures it.

    References
    ----------
    .. [1] Elkan, C. (2001). The foundations of cost-sensitive learning. IJCAI 2001, theorem 2.
    .. [2] Saerens, M., Latinne, P. and Decaestecker, C. (2002). Adjusting the outputs of a classifier
       to new a priori probabilities. Neural Computation 14, 21-41.
       doi:10.1162/089976602753284446
    .. [3] Dal Pozzolo, A., Caelen, O., Johnson, R. A. and Bontempi, G. (2015). Calibrating probability
       with undersampling for unbalanced classification. SSCI 2015.
       doi:10.1109/SSCI.2015.33

    Examples
    --------
    >>> shift_prior([0.5, 0.9], trained=0.5, deployed=0.01).round(3)
    array([0.01 , 0.083])
    >>> shift_prior([[0.2, 0.3, 0.5]], [1/3, 1/3, 1/3], [0.90, 0.09, 0.01]).round(3)
    array([[0.849, 0.127, 0.024]])
    """
    columns = read_columns(proba)
    n_classes = columns.shape[1]
    classes = _classes_of_one_column(proba, (trained, deployed), classes, pos_label)
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
            "probabilities above 0, but a model cannot predict a class it was not trained on. Check trained."
        )
    with np.errstate(invalid="ignore"):
        found = times_factors(columns, _odds_factors(before, after))
    if np.isnan(found).any():
        row = int(np.isnan(found).any(axis=1).argmax())
        raise InputError(
            f"Row {row} has all its probability on classes with a deployed share of 0, so it has no corrected "
            "probability. Give every class that can occur a share above 0."
        )
    return np.asarray(found)


def _odds_factors(before: Floats, after: Floats) -> Floats:
    """Return what the odds of each class are multiplied by if its share changes."""
    with np.errstate(over="ignore"):
        ratio = np.divide(after, before, out=np.zeros_like(after), where=before > 0)
        if np.isinf(ratio).any():  # only the ratios of the ratios count
            larger = np.ldexp(before, _SHIFT)
            ratio = np.divide(after, larger, out=np.zeros_like(after), where=before > 0)
    return ratio


def shift_factors(trained: Shares, deployed: Shares, classes: Sequence[Any]) -> Floats:
    """Return the factors of the odds with which `shift_prior` corrects probabilities.

    Parameters
    ----------
    trained, deployed : float, array-like of shape (n_classes,), or dict of label to share
    classes : sequence of labels

    Returns
    -------
    ndarray of shape (n_classes,)

    Examples
    --------
    >>> shift_factors(0.5, 0.1, [0, 1])
    array([1.8, 0.2])
    """
    known = _labels_of(trained, deployed, classes, len(classes))
    before, after = (
        _read_prior(name, shares, known, len(classes))
        for name, shares in (("trained", trained), ("deployed", deployed))
    )
    return _odds_factors(before, after)


class PriorEstimate(NamedTuple):
    """Class shares where a model is used, estimated from its probabilities there.

    Attributes
    ----------
    prior : ndarray of shape (n_classes,)
        Estimated shares, which add up to 1; pass them to `shift_prior` as `deployed`.
    low, high : ndarray of shape (n_classes,)
        Ends of the confidence interval of each share.
    n_steps : int
        Number of steps of the EM algorithm, at most 100,000; it is high if the classes can hardly be
        separated. 0 if labelled rows were passed.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.special import expit
    >>> from poise.decisions import estimate_prior
    >>> rng = np.random.RandomState(1)
    >>> z = np.where(rng.uniform(size=2000) < 0.1, 1, -1) + rng.randn(2000)  # 10 % are events
    >>> found = estimate_prior(expit(2 * z), trained=0.5)
    >>> print(f"{found.prior[1]:.3f} ({found.low[1]:.3f} to {found.high[1]:.3f})")
    0.082 (0.063 to 0.103)
    """

    prior: Floats
    low: Floats
    high: Floats
    n_steps: int


def estimate_prior(
    proba: ArrayLike,
    trained: Shares | None = None,
    *,
    y_true: ArrayLike | None = None,
    proba_true: ArrayLike | None = None,
    classes: Sequence[Any] | None = None,
    pos_label: Any = None,
    confidence: float = 0.95,
) -> PriorEstimate:
    """Estimate the class shares among unlabelled rows, with intervals.

    For a fitted model, pass labels and held-out probabilities of labelled rows (`cross_fitted` returns both):
    the intervals then count the errors of both samples, and the model need not be calibrated. With `trained`
    instead, the probabilities are taken to be exactly right (Saerens' EM algorithm); intervals for fitted models
    are then far too short.

    Parameters
    ----------
    proba : array-like of shape (n_rows,) or (n_rows, n_classes)
        Probabilities of the model for rows from where it is used. A single column has those of the event.
    trained : float, array-like of shape (n_classes,), or dict of label to share
        Class shares in training, of probabilities that are right; see `class_prior`.
    y_true : array-like of shape (n_labelled,)
        Labels of rows that the model was not fitted on.
    proba_true : array-like of shape (n_labelled,) or (n_labelled, n_classes)
        Probabilities of these rows, as in `proba`.
    classes : sequence of labels, optional
        See `shift_prior`.
    pos_label : label, optional
        The event, whose probabilities a single column has; by default the rarest label in `y_true`.
    confidence : float, default=0.95
        Confidence level of each single interval.

    Returns
    -------
    PriorEstimate
        For a single column, the shares of the other class and of the event, in this order.

    Raises
    ------
    InputError
        As in `shift_prior`, if `confidence` is not between 0 and 1, or if not exactly one of `trained` and the
        labelled rows is passed.

    Notes
    -----
    With labelled rows, the shares are those for which the mean probabilities of the classes add up to the mean
    of the new rows [2]_; O(n). With `trained`, O(n) per step of EM, and profile-likelihood intervals. Both
    assume that the distribution of rows within each class has not changed.

    References
    ----------
    .. [1] Saerens, M., Latinne, P. and Decaestecker, C. (2002). Adjusting the outputs of a classifier
       to new a priori probabilities. Neural Computation 14, 21-41.
       doi:10.1162/089976602753284446
    .. [2] Lipton, Z. C., Wang, Y.-X. and Smola, A. (2018). Detecting and correcting for label shift with
       black box predictors. ICML 2018, 3122-3130.
       doi:10.48550/arXiv.1802.03916

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.special import expit
    >>> rng = np.random.RandomState(1)
    >>> z = np.where(rng.uniform(size=2000) < 0.1, 1, -1) + rng.randn(2000)  # 10 % are events
    >>> found = estimate_prior(expit(2 * z), trained=0.5)  # exactly right for 50 %
    >>> found.prior.round(2), bool(found.low[1] < 0.1 < found.high[1])
    (array([0.92, 0.08]), True)
    """
    if not (isinstance(confidence, Real) and 0 < confidence < 1):
        raise InputError(f"confidence={confidence!r} must be between 0 and 1, such as 0.95.")
    columns = read_columns(proba)
    if (y_true is None) != (proba_true is None) or (trained is None) == (y_true is None):
        raise InputError(
            "Pass either y_true and proba_true, labels and held-out probabilities (see cross_fitted), or trained, the "
            "class shares for which the probabilities are right."
        )
    if y_true is not None:
        given = (y_true, proba_true, classes, pos_label, confidence)
        return _from_labelled(columns, np.ndim(proba), *given)
    n_classes = columns.shape[1]
    classes = _classes_of_one_column(proba, (trained,), classes, pos_label)
    known = _labels_of(trained, None, classes, n_classes)
    before = _read_prior("trained", trained, known, n_classes)
    _shifted(columns, before, before)  # raises for classes that were not trained on
    ratios = np.divide(columns, before, out=np.zeros_like(columns), where=before > 0)
    prior, n_steps = _em(ratios, before)
    ends = [_interval(ratios, prior, code, confidence) for code in range(n_classes)]
    low, high = np.array(ends).T
    return PriorEstimate(prior, low, high, n_steps)


def _from_labelled(
    columns: Floats,
    n_dimensions: int,
    y_true: Any,
    proba_true: Any,
    classes: Any,
    pos_label: Any,
    confidence: float,
) -> PriorEstimate:
    labels, held_out = encode(read_target(y_true, "y_true")), read_columns(proba_true, "proba_true")
    check_same_length("proba_true", len(held_out), len(labels.codes))
    codes = labels.codes
    event = labels.event_code(pos_label)
    if np.ndim(proba_true) != n_dimensions:
        raise InputError(
            "proba and proba_true must both be a single column, or both have one for each class."
        )
    if n_dimensions == 1 and event == 0 and classes is None:
        codes = 1 - codes  # a single column has the probabilities of the event
    elif classes is not None:
        place = {label: code for code, label in enumerate(classes)}
        if set(labels.classes) != set(place):
            raise InputError(
                f"y_true has the labels {listed(labels.classes)}; classes has {listed(place)}."
            )
        codes = np.array([place[label] for label in labels.classes])[codes]
    if not columns.shape[1] == held_out.shape[1] == len(labels.classes):
        raise InputError(
            f"proba has {columns.shape[1]} columns, proba_true {held_out.shape[1]}, and y_true {len(labels.classes)} labels; "
            "pass the same number of each."
        )
    if labels.counts.min() < _FEWEST:
        raise TooFewRowsError(
            f"Class {labels.classes[int(labels.counts.argmin())]!r} has {labels.counts.min()} rows in y_true; an interval needs "
            f"{_FEWEST} at least."
        )
    return PriorEstimate(*shares_by_means(columns, codes, held_out, confidence), 0)


def _em(ratios: Floats, start: Floats, fixed: int | None = None) -> tuple[Floats, int]:
    """Return the most likely shares; the share of class `fixed`, if given, keeps its start value."""
    prior = start.copy()
    for step in range(1, _EM_STEPS + 1):
        joint = ratios * prior
        total = joint.sum(axis=1, keepdims=True)
        new = np.divide(joint, total, out=np.zeros_like(joint), where=total > 0).mean(axis=0)
        if fixed is not None:
            others = np.arange(len(new)) != fixed
            if not new[others].any():
                return prior, step
            new[others] *= (1 - start[fixed]) / new[others].sum()
            new[fixed] = start[fixed]
        if np.abs(new - prior).max() < (_EM_TOLERANCE if fixed is None else _PROFILE_TOLERANCE):
            return new, step
        prior = new
    return prior, _EM_STEPS


def _likelihood(ratios: Floats, prior: Floats) -> float:
    with np.errstate(divide="ignore"):
        return float(np.log(ratios @ prior).sum())


def _interval(ratios: Floats, prior: Floats, code: int, confidence: float) -> tuple[float, float]:
    """Return the profile-likelihood interval of the share of one class."""
    least = _likelihood(ratios, prior) - chi2.ppf(confidence, 1) / 2
    best = float(prior[code])

    def surplus(share: float) -> float:
        # Start inside the simplex: in EM, a share that starts at 0 stays 0.
        others = np.delete(prior, code) + _INSIDE
        others = others / others.sum()
        start = np.insert(others * (1 - share), code, share)
        profile = start if len(prior) == 2 else _em(ratios, start, code)[0]
        return max(_likelihood(ratios, profile) - least, -1e6)  # no mutant: any finite number

    def end(bound: float) -> float:
        if best == bound or surplus(bound) >= 0:  # no mutant: at 0 the search ends there
            return bound
        return float(brentq(surplus, *sorted((bound, best)), xtol=_PROFILE_TOLERANCE))

    return end(0.0), end(1.0)


def read_columns(proba: ArrayLike, name: str = "proba") -> Floats:
    """Check probabilities and return one column per class; a single column is the second of two classes.

    Parameters
    ----------
    proba : array-like of shape (n_rows,) or (n_rows, n_classes)
    name : str
        The argument, for messages.

    Returns
    -------
    ndarray of shape (n_rows, n_classes)
    """
    given = floats_of(name, proba)
    if given.ndim not in (1, 2) or not given.size or (given.ndim == 2 and given.shape[1] < 2):
        raise InputError(
            f"{name} has shape {given.shape}; pass the probabilities of the event, or one column per class."
        )
    is_bad = ~((given >= 0) & (given <= 1))
    if is_bad.any():
        where = np.unravel_index(int(is_bad.argmax()), given.shape)
        raise InputError(
            f"{name} must be from 0 to 1; row {int(where[0])} has {float(given[where])}. Pass the output of "
            "predict_proba."
        )
    if given.ndim == 2:
        sums = given.sum(axis=1)
        is_off = np.abs(sums - 1) > 1e3 * _ONE
        if is_off.any():
            row = int(is_off.argmax())
            raise InputError(
                f"{name} must add up to 1 in each row; row {row} adds up to {float(sums[row]):.6g}."
            )
    return given if given.ndim == 2 else np.column_stack([1 - given, given])


def _classes_of_one_column(
    proba: ArrayLike, shares: Sequence[Any], classes: Sequence[Any] | None, pos_label: Any
) -> Sequence[Any] | None:
    """Return the classes of the columns, the event second if there is a single column of probabilities.

    Raises
    ------
    InputError
        If a single column and shares by label do not tell its class, or `pos_label` is not a class.
    """
    by_label = next((list(p) for p in map(_as_mapping, shares) if isinstance(p, Mapping)), None)
    known = by_label if classes is None else np.asarray(classes).tolist()
    if pos_label is not None and (known is None or pos_label not in known):
        of = "shares by label or classes=" if known is None else f"one of {listed(known)}"
        raise InputError(f"pos_label={pos_label!r} needs {of}. Pass them, or leave it out.")
    if np.ndim(proba) != 1 or known is None or len(known) != 2:
        return classes
    if pos_label is not None:
        if not all(np.ndim(p) == 0 for p in map(_as_mapping, shares) if not isinstance(p, Mapping)):
            raise InputError("pos_label needs shares by label, such as {'no': 0.9, 'yes': 0.1}.")
        return [*(label for label in known if label != pos_label), pos_label]
    if classes is None:
        raise InputError(
            f"A single column of probabilities is that of the event, and shares by label do not tell which of {listed(known)} "
            "it is. Pass pos_label=, or a column for each class."
        )
    return classes


def _labels_of(
    trained: Any, deployed: Any, classes: Sequence[Any] | None, n_classes: int
) -> list[Any] | None:
    """Return the classes of the columns, or None if no shares are given by label."""
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
            f"The labels {listed(dictionary)} cannot be sorted. Pass classes=, the labels in the order of the columns "
            "of proba."
        ) from None


def _as_mapping(prior: Any) -> Any:
    """Return a Series that is indexed by labels, such as pandas' value_counts, as a dictionary."""
    is_indexed = hasattr(prior, "items") and not isinstance(prior, Mapping)
    return dict(prior.items()) if is_indexed else prior


def _read_prior(name: str, prior: Any, known: list[Any] | None, n_classes: int) -> Floats:
    """Check shares and return them in the order of the columns."""
    prior = _as_mapping(prior)
    if isinstance(prior, Mapping):
        return _of_labels(name, prior, known or [], n_classes)
    shares = floats_of(name, prior)
    if shares.ndim == 0 and n_classes == 2:
        shares = np.array([1 - float(shares), float(shares)])
    if shares.shape != (n_classes,):
        raise InputError(
            f"{name}={prior!r} must have one share for each of the {n_classes} classes"
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
    missing = [label for label in known if label not in prior]
    if missing or len(known) != n_classes:
        message = f"class {missing[0]!r}" if missing else f"{n_classes} classes"
        raise InputError(
            f"{name} must have a share for {message}; it has {listed(prior)}. Give a class that does not occur the share "
            "0."
        )
    return _checked_shares(name, prior, floats_of(name, [prior[label] for label in known]))


def _checked_shares(name: str, given: Any, shares: Floats) -> Floats:
    if not (shares >= 0).all() or not np.isfinite(shares).all():
        raise InputError(
            f"{name}={given!r} must hold shares from 0 to 1. Divide counts by their sum, or use "
            "class_prior(y)."
        )
    if abs(shares.sum() - 1) > _ONE:
        raise InputError(
            f"{name}={given!r} must add up to 1; it adds up to {shares.sum():.6g}. Divide counts by "
            "their sum, or use class_prior(y)."
        )
    return shares / shares.sum()  # no mutant: a sum of 1, but for rounding
