"""poise.diagnose_resampled: checks of the rows that a sampler makes."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm
from sklearn.base import clone
from sklearn.model_selection import StratifiedGroupKFold

from poise.core.errors import PoiseError, UnsupportedTypeError, listed
from poise.core.neighbors.equal_rows import equal_groups
from poise.core.plan.recipes import Ids
from poise.core.sampling.checks import check_magnitudes
from poise.core.sampling.resampler import Resampler
from poise.core.sampling.seeds import check_seed, seeded
from poise.core.tables.convert import check_one_order
from poise.core.tables.labels import Labels, encode
from poise.core.tables.read import read_target
from poise.core.threads import limited_for, thread_limit
from poise.diagnosis._diagnose import facts_of, points_of
from poise.diagnosis._examined import Examined, auc_with_interval
from poise.diagnosis._finding import WARNING, Check, Finding
from poise.diagnosis._lines import NO_COLUMNS, usable
from poise.diagnosis._recoverable import recovered_rows
from poise.diagnosis._result import Diagnosis
from poise.study.event_table import EventTable, Floats, read_event_table
from poise.study.models import KnownColumns, boosting, prepared_sampler

FAKE_ROWS = Check(
    "R01",
    "fake-rows",
    WARNING,
    (
        "If a classifier can distinguish new rows from real ones, a model can learn which rows are new instead of which "
        "are the event: fractions in columns of whole numbers, constant values, combinations that do not occur."
    ),
)
CATEGORY_COMBINATIONS = Check(
    "R02",
    "category-combinations",
    WARNING,
    (
        "If the category of each column is chosen independently, new rows have combinations that no real row has "
        "(coherence: Sakho et al. 2025)."
    ),
)
VARIANCE_RATIO = Check(
    "R03",
    "variance-ratio",
    WARNING,
    (
        "A blend of two rows varies less than real rows, down to two thirds if partners are far: new rows crowd in the "
        "middle of the class (Blagus and Lusa 2013; Elreedy and Atiya 2019)."
    ),
)
FOREIGN_TERRITORY = Check(
    "R04",
    "foreign-territory",
    WARNING,
    (
        "A new row whose nearest real row is of another class has the wrong label. To leave out its own parents, rows "
        "made from one half of the table are compared with the other half (Hassanat et al. 2022)."
    ),
)
NEAR_DUPLICATES = Check(
    "R05",
    "near-duplicates",
    WARNING,
    (
        "New rows next to a real row add weight but no information; with a fixed k, SMOTE approaches copying as the table "
        "grows (Sakho et al. 2024)."
    ),
)
USE_PER_PARENT = Check(
    "R06",
    "use-per-parent",
    WARNING,
    "If most new rows descend from few real rows, the errors of these rows are multiplied.",
)

RECOVERABLE_ROWS = Check(
    "R07",
    "recoverable-rows",
    WARNING,
    (
        "Rows made from the same two rows are on one line, such lines meet in the real rows, and copies are real rows. Whoever "
        "gets the new rows alone can reconstruct the real ones (Ganev et al. 2026)."
    ),
)

_MOST_ROWS = 4000  # real and new rows together, for the classifier of fake-rows
_FAKE, _RATHER_FAKE = 0.9, 0.75
_UNSEEN = 0.1
_SHRUNK = 0.85
_NEAR = 0.1  # of the usual distance between real rows
_MOSTLY, _MUCH = 0.5, 0.2
_MOST_USED = 0.1
_BEYOND_REAL = 0.05


@dataclass(frozen=True, eq=False)
class ResampledTable:
    """A table, and the new rows of one of its classes.

    Attributes
    ----------
    rows : EventTable
        The table; the event is the class with the most new rows.
    made : ndarray of shape (m, n_columns), float64
        New rows of the event, coded like `rows.numbers`.
    source : ndarray of shape (m,), intp
        The seed row of each new row: the row that it starts from.
    parents : ndarray of shape (n_rows,), intp
        Number of new rows that depend on each row.
    grow : callable
        Runs the sampler on the rows of these numbers, and returns (made, source).
    random_seed : int
        Random seed.
    """

    rows: EventTable
    made: Floats
    source: Ids
    parents: Ids
    grow: Callable[[Ids], tuple[Floats, Ids]]
    random_seed: int

    @cached_property
    def events(self) -> Ids:
        """Row numbers of the real rows of the event."""
        return np.flatnonzero(self.rows.is_event)

    def standard(self, values: Floats) -> Floats:
        """Return values in the units of `rows.standard`."""
        return np.asarray(values / self.rows.units)


def diagnose_resampled(sampler: Resampler, X: Any, y: Any, *, random_state: int = 0) -> Diagnosis:
    """Check the rows that a sampler makes: whether they are realistic, valid, and new.

    Parameters
    ----------
    sampler : Resampler
        A sampler of Poise. It is cloned, not fitted.
    X : array-like or frame of shape (n_rows, n_columns)
    y : array-like of shape (n_rows,)
    random_state : int, default=0
        Random seed of the checks, and of the sampler if it has none.

    Returns
    -------
    Diagnosis
        Of the class with the most new rows.

    Raises
    ------
    UnsupportedTypeError
        If the sampler is from another package, because only Poise records which rows are new.
    InputError, TooFewRowsError
        As raised by the sampler.

    Notes
    -----
    The sampler runs three times: on all rows, and on each half of them. The new rows of one half are
    compared with the real rows of the other.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise import SMOTE, diagnose_resampled
    >>> X, y = make_classification(400, n_features=4, weights=[0.85], random_state=0)
    >>> found = diagnose_resampled(SMOTE(), X, y)
    >>> found["near-duplicates"].status
    'passed'
    """
    if not isinstance(sampler, Resampler):
        raise UnsupportedTypeError(
            f"{sampler!r} is not a sampler of Poise, and only these record which rows are new. Pass an instance, "
            "such as poise.SMOTE()."
        )
    check_seed(random_state)
    check_one_order(X, y=y)
    rows = read_event_table(X, y, None, sampler.declared, or_rest=True)
    check_magnitudes(rows.numbers, rows.names)
    with thread_limit(sampler.n_jobs):
        resampled = _resampled(sampler, rows, encode(read_target(y)), random_state)
        if resampled is None:
            findings = [check.not_applicable("The sampler makes no rows.") for check, _ in _CHECKS]
            return Diagnosis(facts_of(rows) | {"n_made": 0}, findings, {}, None)
        findings = [run(resampled) for _, run in _CHECKS]
        table = Examined(resampled.rows, random_state)
        points = points_of(table, {"made": resampled.standard(resampled.made)})
    columns = {
        "row": np.arange(resampled.rows.n_rows),
        "is_event": resampled.rows.is_event,
        "children": resampled.parents,
    }
    facts = facts_of(resampled.rows) | {"n_made": len(resampled.made)}
    return Diagnosis(facts, findings, columns, points)


def _resampled(
    sampler: Resampler, rows: EventTable, y_labels: Labels, random_seed: int
) -> ResampledTable | None:
    codes = y_labels.codes
    sampler = _without_declared_kinds(sampler)
    ready = prepared_sampler(sampler, rows, as_given=False, random_seed=random_seed)
    X_new, y_new = ready.fit_resample(rows.numbers, codes)
    plan = ready.plan_
    is_new = plan.is_new
    if not is_new.any():
        return None
    code = int(np.bincount(np.asarray(y_new)[is_new]).argmax())
    rows = replace(rows, is_event=codes == code, event=y_labels.classes[code], other=None)
    of_event = is_new & (np.asarray(y_new) == code)

    def grow(part: Ids) -> tuple[Floats, Ids]:
        again = prepared_sampler(sampler, rows, as_given=False, random_seed=random_seed)
        X_part, y_part = again.fit_resample(rows.numbers[part], codes[part])
        chosen = again.plan_.is_new & (np.asarray(y_part) == code)
        return X_part[chosen], part[again.plan_.source[chosen]]

    links = plan.parents()[np.flatnonzero(of_event)]
    children = np.asarray(links.astype(np.int32).sum(axis=0)).reshape(-1).astype(np.intp)
    return ResampledTable(rows, X_new[of_event], plan.source[of_event], children, grow, random_seed)


def _without_declared_kinds(sampler: Resampler) -> Resampler:
    """Return a copy without declared kinds of columns, which name columns of the user's own table."""
    sampler = clone(sampler)
    defaults = {"column_kinds": None, "categorical_features": "auto"}
    settings = {
        key: defaults[key.rpartition("__")[2]]
        for key in sampler.get_params()
        if key.rpartition("__")[2] in defaults
    }
    return sampler.set_params(**settings)


# Real or new


def fake_rows(resampled: ResampledTable) -> Finding:
    """Measure how well a classifier distinguishes new rows from real ones, and by which columns."""
    if len(resampled.events) < 20 or len(resampled.made) < 20:
        return FAKE_ROWS.not_applicable("Fewer than 20 real or 20 new rows.")
    real, made = (
        _some(len(part), resampled.random_seed) for part in (resampled.events, resampled.made)
    )
    values = KnownColumns().fit_transform(
        np.concatenate([resampled.rows.numbers[resampled.events[real]], resampled.made[made]])
    )
    is_new = np.arange(len(values)) >= len(real)
    family = np.concatenate(
        [resampled.events[real], resampled.source[made]]
    )  # a row and its descendants stay in one fold
    with limited_for(len(values)):
        separable = _separable(resampled, values, is_new, family)
    if separable is None:
        return FAKE_ROWS.not_applicable(
            "New rows have too few parents to split them into training and test parts."
        )
    auc, low, high, revealing = separable
    found = {
        "auc": round(auc, 3),
        "low": round(low, 3),
        "high": round(high, 3),
        "columns": revealing,
    }
    message = f"On held-out rows, boosted trees distinguish new rows from real ones with an AUC of {auc:.3f} ({low:.3f} to {high:.3f})"
    by = f", mostly by {', '.join(revealing)}." if revealing else "."
    advice = (
        "Declare whole numbers and categories (column_kinds=), and look at these columns with "
        "poise.plot.before_after. Or use poise.RandomOverSampler or class weights, which make no new values."
    )
    if low > _FAKE:
        return FAKE_ROWS.issue(message + by, advice, **found)
    if low > _RATHER_FAKE:
        return FAKE_ROWS.tip(message + by, advice, **found)
    return FAKE_ROWS.passed(f"{message}.", **found)


def _some(n: int, random_seed: int) -> Ids:
    return np.sort(np.random.RandomState(random_seed).permutation(n)[: _MOST_ROWS // 2])


def _separable(
    resampled: ResampledTable, values: Floats, is_new: NDArray[np.bool_], family: Ids
) -> tuple[float, float, float, dict[str, float]] | None:
    """Return the held-out AUC with its interval, and the loss in AUC from shuffling each column."""
    rng = np.random.RandomState(resampled.random_seed)
    scores, shuffled = np.full(len(values), np.nan), np.full((values.shape[1], len(values)), np.nan)
    folds = StratifiedGroupKFold(3, shuffle=True, random_state=resampled.random_seed)
    for train, test in folds.split(values, is_new, family):
        if is_new[train].all() or not is_new[train].any():
            return None
        model = seeded(boosting(resampled.rows), resampled.random_seed).fit(
            values[train], is_new[train]
        )
        scores[test] = _probability_new(model, values[test])
        order = rng.permutation(len(test))
        for j in range(values.shape[1]):
            other = values[test].copy()
            other[:, j] = other[order, j]
            shuffled[j, test] = _probability_new(model, other)
    auc, low, high = auc_with_interval(is_new, scores)
    loss = {
        name: round(auc - auc_with_interval(is_new, shuffled[j])[0], 3)
        for j, name in enumerate(resampled.rows.names)
    }
    revealing = sorted((name for name in loss if loss[name] >= 0.02), key=lambda name: -loss[name])
    return auc, low, high, {name: loss[name] for name in revealing[:5]}


def _probability_new(model: Any, values: Floats) -> Floats:
    return np.asarray(model.predict_proba(values)[:, 1], dtype=np.float64)


def category_combinations(resampled: ResampledTable) -> Finding:
    """Measure the share of new rows with a combination of categories that no real row has."""
    rows = resampled.rows
    if len(rows.categorical) < 2:
        return CATEGORY_COMBINATIONS.not_applicable("Fewer than two columns are categorical.")
    group = equal_groups(
        np.concatenate([rows.numbers[:, rows.n_numbers :], resampled.made[:, rows.n_numbers :]])
    )
    is_seen = np.zeros(group.max() + 1, dtype=bool)
    is_seen[group[: rows.n_rows]] = True
    unseen = float((~is_seen[group[rows.n_rows :]]).mean())
    found = {"unseen": round(unseen, 4), "columns": [rows.names[j] for j in rows.categorical]}
    message = f"{unseen:.1%} of the new rows have a combination of categories that no real row has."
    advice = 'Take all categories of a new row from one parent: poise.SMOTE(nominal="donor"). Or use poise.RandomOverSampler.'
    if unseen > _UNSEEN:
        return CATEGORY_COMBINATIONS.issue(message, advice, **found)
    if unseen > 0:
        return CATEGORY_COMBINATIONS.tip(message, advice, **found)
    return CATEGORY_COMBINATIONS.passed(message, **found)


def variance_ratio(resampled: ResampledTable) -> Finding:
    """Compare the variance of new rows with that of real rows of their class."""
    n = resampled.rows.n_numbers
    real, made = resampled.rows.numbers[resampled.events][:, :n], resampled.made[:, :n]
    known = ~np.isnan(real).all(axis=0) & ~np.isnan(made).all(axis=0)
    of_real = np.nanvar(real[:, known], axis=0)
    varying = of_real > 0
    if not varying.any() or len(made) < 2:
        return VARIANCE_RATIO.not_applicable(
            "No numeric column varies among the rows of the event."
        )
    ratios = np.nanvar(made[:, known], axis=0)[varying] / of_real[varying]
    ratio = float(ratios.mean())
    found = {"ratio": round(ratio, 3), "least": round(float(ratios.min()), 3)}
    message = f"New rows have {ratio:.2f} times the variance of real rows, on average over {len(ratios)} numeric columns."
    advice = (
        "Expect k-NN and other models of distances to predict the event too often. poise.ROSE and poise.MGS add noise "
        "and keep the variance, and so do copies."
    )
    if ratio < _SHRUNK:
        return VARIANCE_RATIO.tip(message, advice, **found)
    return VARIANCE_RATIO.passed(message, **found)


def foreign_territory(resampled: ResampledTable) -> Finding:
    """Measure how many new rows are nearest to a row of another class, parents excluded."""
    rows = resampled.rows
    if min(rows.n_events, rows.n_rows - rows.n_events) < 30:
        return FOREIGN_TERRITORY.not_applicable(
            "A class has fewer than 30 rows, too few to split it into two halves."
        )
    try:
        is_foreign, parents, of_real = _judged_by_halves(resampled)
    except PoiseError as error:
        return FOREIGN_TERRITORY.not_applicable(
            f"Half of the rows is too few for the sampler: {error}"
        )
    if not len(is_foreign):
        return FOREIGN_TERRITORY.not_applicable("The sampler makes no rows from half of the table.")
    share, low, high = _share_by_parent(is_foreign, parents)
    found = {
        "share": round(share, 3),
        "low": round(low, 3),
        "high": round(high, 3),
        "of_real_rows": round(of_real, 3),
    }
    message = (
        f"{share:.0%} of new rows ({low:.0%} to {high:.0%}) have a row of another class as their nearest, among rows that "
        f"they are not made from; of real rows of the event, {of_real:.0%} do."
    )
    advice = "Clean afterwards (poise.SMOTEENN, poise.SMOTETomek), pass a smaller k_neighbors, or use poise.SafeLevelSMOTE or poise.RandomOverSampler."
    if low > of_real + _BEYOND_REAL:
        return FOREIGN_TERRITORY.issue(message, advice, **found)
    if low > _MOSTLY:
        return FOREIGN_TERRITORY.tip(message, advice, **found)
    return FOREIGN_TERRITORY.passed(message, **found)


def _judged_by_halves(resampled: ResampledTable) -> tuple[NDArray[np.bool_], Ids, float]:
    """Return which new rows of a half are foreign to the other, their parents, and the share of real rows."""
    rows, rng = resampled.rows, np.random.RandomState(resampled.random_seed)
    half = np.zeros(rows.n_rows, dtype=bool)
    for members in (resampled.events, np.flatnonzero(~rows.is_event)):
        half[rng.permutation(members)[: len(members) // 2]] = True
    foreign: list[NDArray[np.bool_]] = []
    real: list[NDArray[np.bool_]] = []
    parents: list[Ids] = []
    for is_part in (half, ~half):
        part, judges = np.flatnonzero(is_part), np.flatnonzero(~is_part)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the run on all rows has warned already
            made, source = resampled.grow(part)
        foreign.append(_are_foreign(rows, judges, resampled.standard(made)))
        real.append(_are_foreign(rows, judges, rows.standard[part[rows.is_event[part]]]))
        parents.append(source)
    return np.concatenate(foreign), np.concatenate(parents), float(np.concatenate(real).mean())


def _are_foreign(rows: EventTable, judges: Ids, points: Floats) -> NDArray[np.bool_]:
    """Return whether the nearest judge of each point is not of the event, or there is no judge."""
    if not len(points):
        return np.empty(0, dtype=bool)
    near = rows.index_of(judges).nearest(points, 1).rows[:, 0]
    return np.asarray((near < 0) | ~rows.is_event[judges[near]])


def _share_by_parent(is_foreign: NDArray[np.bool_], parent: Ids) -> tuple[float, float, float]:
    """Return a share with a 95 % interval that is clustered by parent."""
    share = float(is_foreign.mean())
    of_row = np.unique(parent, return_inverse=True)[1].reshape(-1)
    off = np.bincount(of_row, is_foreign - share)
    n_parents = len(off)
    error = np.sqrt((off**2).sum() * n_parents / max(n_parents - 1, 1)) / len(is_foreign)
    half = float(norm.ppf(0.975) * error)
    return share, max(share - half, 0.0), min(share + half, 1.0)


def near_duplicates(resampled: ResampledTable) -> Finding:
    """Measure the share of new rows that are very near to a real row."""
    if len(resampled.events) < 3:
        return NEAR_DUPLICATES.not_applicable("Fewer than 3 real rows.")
    index = resampled.rows.index_of(resampled.events)
    real = np.sqrt(index.nearest_others(np.arange(index.n_rows), 1).distances[:, 0])
    made = np.sqrt(index.nearest(resampled.standard(resampled.made), 1).distances[:, 0])
    usual = float(np.median(real[np.isfinite(real)])) if np.isfinite(real).any() else 0.0
    share = float((made <= _NEAR * usual).mean())
    found = {
        "share": round(share, 3),
        "median_distance_to_real": float(np.median(made)),
        "median_between_real": usual,
    }
    message = f"{share:.0%} of new rows are nearer to a real row than a tenth of the usual distance between real rows."
    advice = "Such rows only add weight to real ones: class weights have the same effect without new rows."
    if share > _MOSTLY:
        return NEAR_DUPLICATES.issue(message, advice, **found)
    if share > _MUCH:
        return NEAR_DUPLICATES.tip(message, advice, **found)
    return NEAR_DUPLICATES.passed(message, **found)


def use_per_parent(resampled: ResampledTable) -> Finding:
    """Measure how evenly new rows descend from the real rows."""
    times = resampled.parents[resampled.parents > 0]
    share = times / len(resampled.made)
    n_even = float(times.sum() ** 2 / (times.astype(np.float64) ** 2).sum())
    most = int(resampled.parents.argmax())
    found = {
        "parents": len(times),
        "of_even_use": round(n_even, 1),
        "most_used_row": most,
        "most_used_share": round(float(share.max()), 4),
    }
    message = (
        f"{len(times):,} of {len(resampled.events):,} rows of the event are parents of new rows, as concentrated as {n_even:,.0f} parents that are used "
        f"equally often; row {most} is a parent of {share.max():.1%} of the new rows."
    )
    advice = "Look at that row. A larger k_neighbors, or poise.RandomOverSampler, uses more rows as parents."
    is_concentrated = n_even < 0.5 * len(resampled.events) and len(resampled.made) >= len(
        resampled.events
    )
    if share.max() > _MOST_USED and is_concentrated:
        return USE_PER_PARENT.issue(message, advice, **found)
    if is_concentrated:
        return USE_PER_PARENT.tip(message, advice, **found)
    return USE_PER_PARENT.passed(message, **found)


def recoverable_rows(resampled: ResampledTable) -> Finding:
    """Count the real rows of the event that the new rows alone reveal: as copies, or where their lines meet."""
    rows, events, made = resampled.rows, resampled.events, resampled.made
    if not (made[0] != made).any():
        return RECOVERABLE_ROWS.not_applicable("All new rows are equal.")
    group = equal_groups(np.concatenate([rows.numbers[events], made]))
    is_copied = np.isin(group[: len(events)], group[len(events) :])
    real = rows.numbers[events][:, : rows.n_numbers]
    columns, is_known = usable(real, NO_COLUMNS)
    known = made[:, columns][~np.isnan(made[:, columns]).any(axis=1)]
    searched = recovered_rows(real[:, columns][is_known], known)
    if searched is None and not is_copied.any():
        return RECOVERABLE_ROWS.not_applicable(
            "New rows have fewer than three independent numeric columns: lines meet by chance."
        )
    is_recovered, precision = is_copied.copy(), float("nan")
    if searched is not None:
        is_recovered[is_known], precision = is_copied[is_known] | searched[0], searched[1]
    named = events[is_recovered]
    found = {
        "recoverable": len(named),
        "copied": int(is_copied.sum()),
        "precision": None if np.isnan(precision) else round(precision, 3),
        "rows": named.tolist(),
    }
    message = f"{len(named):,} of {len(events):,} real rows of the event are revealed by the new rows alone"
    if not len(named):
        return RECOVERABLE_ROWS.passed(f"{message}.", **found)
    how = f"{is_copied.sum():,} as copies, the others in their numeric columns, where lines through new rows meet"
    advice = (
        "Do not share new rows of people or of secrets in place of the real ones. Share counts, a plan without the data, or "
        "coarser categories."
    )
    return RECOVERABLE_ROWS.tip(
        f"{message} (rows {listed(named.tolist())}; {how}).", advice, **found
    )


_CHECKS = (
    (FAKE_ROWS, fake_rows),
    (CATEGORY_COMBINATIONS, category_combinations),
    (VARIANCE_RATIO, variance_ratio),
    (FOREIGN_TERRITORY, foreign_territory),
    (NEAR_DUPLICATES, near_duplicates),
    (USE_PER_PARENT, use_per_parent),
    (RECOVERABLE_ROWS, recoverable_rows),
)
