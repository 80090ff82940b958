"""Checks of neighbourhoods: three failures of SMOTE, kinds of minority rows, and units of columns."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components
from scipy.stats import skew

from poise.core.neighbors.index import Index
from poise.core.plan.recipes import Ids
from poise.diagnosis._examined import Examined
from poise.diagnosis._finding import WARNING, Check, Finding
from poise.over_sampling import SMOTE
from poise.study.event_table import EventTable, Floats
from poise.study.minority_kinds import KINDS, N_AROUND, kinds_among

MANY_DIMENSIONS = Check(
    "P01",
    "many-dimensions",
    WARNING,
    (
        "In many columns, the neighbours of a row are hardly nearer than any other row, and SMOTE's rows have only two "
        "thirds of the variance of real rows, so k-NN predicts the event for nearly every row, related or not "
        "(Blagus and Lusa 2013)."
    ),
)
CLASS_OVERLAP = Check(
    "P02",
    "class-overlap",
    WARNING,
    (
        "If classes overlap, new rows land among the other class, and no method separates them: that needs other columns. "
        "How well classes can be separated does not say by itself whether resampling helps; poise.compare measures it."
    ),
)
TINY_CLUSTERS = Check(
    "P03",
    "tiny-clusters",
    WARNING,
    (
        "In a cluster of at most k rows, SMOTE blends rows with those of other clusters, across whatever lies between "
        "(small disjuncts: Jo and Japkowicz 2004)."
    ),
)
MINORITY_KINDS = Check(
    "P05",
    "minority-kinds",
    WARNING,
    (
        "Classifiers miss the rare and outlying rows of the event, and over-samplers make noise from them "
        "(Napierala and Stefanowski 2016)."
    ),
)
UNSCALED_COLUMNS = Check(
    "P08",
    "unscaled-columns",
    WARNING,
    (
        "Distances add squared differences, so a column of large numbers alone decides which rows are neighbours, "
        "whatever it means."
    ),
)

# Thresholds from simulations (benchmarks/diagnosis.py); docs/evidence.md has the results.
_NULL_ISSUE, _NULL_TIP = 0.6, 0.5
_NULL_DRAWS, _NULL_ROWS = 5, 1000
_HARDLY, _OVERLAP, _MANY_AMONG_OTHERS = 0.7, 0.85, 1 / 3  # the first two of an AUC
_TINY, _TINY_BEYOND_CHANCE, _FEW_BETWEEN = 10, 0.3, 0.1
_FEWEST_CLUSTERED, _N_SHUFFLED = 20, 3
_FEWEST_OF_KINDS, _BEHIND = 10, 0.1  # the second in shares of the other rows
_LEAST_SHUFFLES, _MOST_SHUFFLES, _SHUFFLED_ROWS = 3, 20, 20_000
_BEYOND_CHANCE = 4  # standard deviations of shuffled labels
_FAR = 4.0  # times the distance to the second neighbour; farther rows are not joined
_DECIDES = 0.9


# Many dimensions


def many_dimensions(table: Examined) -> Finding:
    """Measure how often k-NN predicts the event after SMOTE if labels are shuffled."""
    rows = table.rows
    if table.n_events < 6 or rows.n_rows < 30:
        return MANY_DIMENSIONS.not_applicable(
            "Fewer than 6 rows of the event, or fewer than 30 rows in all."
        )
    d = rows.numbers.shape[1]
    predicted_event = _predicted_under_the_null(table)
    found: dict[str, Any] = {
        "columns": d,
        "events": table.n_events,
        "predicted_event_under_null": round(predicted_event, 3),
        "predicted_variance_ratio": round(_predicted_variance(table), 3),
        "nearest_to_median_distance": round(_contrast(table), 3),
        "hubness": round(_hubness(table), 2),
    }
    message = (
        f"With shuffled labels, 5-NN fitted after SMOTE predicts the event for {predicted_event:.0%} of held-out rows "
        f"({d} columns, {table.n_events:,} rows of the event); above {_NULL_ISSUE:.0%} there are too many columns."
    )
    advice = (
        "Select columns before over-sampling, or use poise.RandomUnderSampler or class weights. If you need SMOTE, do "
        "not use k-NN after it."
    )
    if predicted_event > _NULL_ISSUE:
        return MANY_DIMENSIONS.issue(message, advice, **found)
    if predicted_event > _NULL_TIP:
        return MANY_DIMENSIONS.tip(message, advice, **found)
    return MANY_DIMENSIONS.passed(message, **found)


def _predicted_under_the_null(table: Examined) -> float:
    """Return the share of held-out rows for which 5-NN predicts the event, after SMOTE on random labels."""
    rows, rng = table.rows, np.random.RandomState(table.random_seed)
    kinds = dict.fromkeys(range(rows.numbers.shape[1]), "continuous")
    kinds |= dict.fromkeys(rows.categorical, "categorical")
    shares = []
    for _ in range(_NULL_DRAWS):
        drawn = rng.permutation(rows.n_rows)[: 2 * _NULL_ROWS]
        half = len(drawn) // 2
        n_events = max(N_AROUND + 1, round(half * table.n_events / rows.n_rows))
        n_events = min(n_events, half // 2)
        label = np.arange(half) < n_events
        sampler = SMOTE(
            k_neighbors=min(N_AROUND, n_events - 1),
            random_state=rng.randint(1 << 30),
            column_kinds=kinds,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            X, y = sampler.fit_resample(rows.standard[drawn[:half]], label)
        index = Index(X, len(rows.categorical), measure_of_all=rows.standard_index.measure)
        near = index.nearest(rows.standard[drawn[half:]], N_AROUND).rows
        shares.append(float((y[near].mean(axis=1) > 0.5).mean()))
    return float(np.mean(shares))


def _predicted_variance(table: Examined) -> float:
    """Return the variance of SMOTE's rows relative to that of real rows, over numeric columns.

    For a row x + u (z - x), with u uniform from 0 to 1, the second moment is (E x^2 + E x z + E z^2) / 3.
    """
    values = table.rows.standard[table.events][:, : table.rows.n_numbers]
    values = np.nan_to_num(values - _means(values))
    near = values[table.partners.rows]
    own, of_partners = (values**2).mean(axis=0), (near**2).mean(axis=(0, 1))
    together = (values[:, np.newaxis] * near).mean(axis=(0, 1))
    varying = own > 0
    if not varying.any():
        return float("nan")
    mean = ((own + of_partners + together) / 3)[varying] - _offset(values, near)[varying]
    return float((mean / own[varying]).mean())


def _offset(values: Floats, near: Floats) -> Floats:
    """Return the squared mean of SMOTE's rows, given that the mean of real rows is 0."""
    return ((values.mean(axis=0) + near.mean(axis=(0, 1))) / 2) ** 2


def _means(values: Floats) -> Floats:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # columns without any value
        return np.asarray(np.nan_to_num(np.nanmean(values, axis=0)))


def _contrast(table: Examined) -> float:
    """Return the median nearest-neighbour distance divided by the median distance, among rows of the event."""
    rng = np.random.RandomState(table.random_seed)
    pairs = rng.randint(table.n_events, size=(500, 2))
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    values = np.nan_to_num(table.event_index.values)
    far = np.sqrt(((values[pairs[:, 0]] - values[pairs[:, 1]]) ** 2).sum(axis=1))
    near = np.sqrt(table.partners.distances[:, 0])
    known = near[np.isfinite(near)]
    median = float(np.median(far)) if len(far) else 0.0
    return float(np.median(known) / median) if len(known) and median else float("nan")


def _hubness(table: Examined) -> float:
    """Return the skewness of the number of times that each row of the event is a partner."""
    chosen = table.partners.rows
    times = np.bincount(chosen[chosen >= 0], minlength=table.n_events)
    return float(skew(times)) if times.std() > 0 else 0.0


# Overlap


def class_overlap(table: Examined) -> Finding:
    """Measure how well classifiers separate the event on held-out rows."""
    if not table.can_be_learnt:
        return CLASS_OVERLAP.not_applicable(
            "A class has fewer than 10 rows, too few to train and test on."
        )
    auc, low, high, estimator = table.separation
    among_others = float("nan") if table.rows.is_sparse else table.among_others
    found = {
        "auc": round(auc, 3),
        "low": round(low, 3),
        "high": round(high, 3),
        "estimator": estimator,
        "new_rows_among_others": round(among_others, 3),
    }
    message = f"On held-out rows, {estimator} separates the event with an AUC of {auc:.3f} ({low:.3f} to {high:.3f})"
    if not np.isnan(among_others):
        message += f"; {among_others:.0%} of the rows that SMOTE would make are nearest to a row of another class"
    message += "."
    if high < _HARDLY or (high < _OVERLAP and among_others >= _MANY_AMONG_OTHERS):
        advice = (
            "Look for columns that tell the classes apart better: new rows of the same kind do not. poise.compare(X, y) shows whether "
            "over-sampling, cleaning or another threshold helps at all."
        )
        return CLASS_OVERLAP.issue(message, advice, **found)
    if table.is_apart:
        advice = (
            "Resampling can hardly improve this. Keep the rows as they are, and choose the threshold "
            "(poise.decisions)."
        )
        return CLASS_OVERLAP.tip(f"{message} The classes are well separated.", advice, **found)
    return CLASS_OVERLAP.passed(message, **found)


# Tiny clusters


def tiny_clusters(table: Examined) -> Finding:
    """Find clusters of fewer than ten rows of the event, and the segments of SMOTE between clusters."""
    if min(table.n_events, table.n_others) < _FEWEST_CLUSTERED:
        return TINY_CLUSTERS.not_applicable(
            f"Fewer than {_FEWEST_CLUSTERED} rows of a class: one close group of them would be a cluster."
        )
    share, bridges, sizes = clusters_of(table.rows, table.rows.is_event)
    rng = np.random.RandomState(table.random_seed)
    by_chance = float(
        np.mean(
            [
                clusters_of(table.rows, rng.permutation(table.rows.is_event))[0]
                for _ in range(_N_SHUFFLED)
            ]
        )
    )
    n_small = int((sizes <= N_AROUND).sum())
    found = {
        "share_in_tiny_clusters": round(share, 3),
        "by_chance": round(by_chance, 3),
        "segments_between_clusters": round(bridges, 3),
        "new_rows_among_others": round(table.among_others, 3),
        "clusters": sorted(sizes.tolist(), reverse=True)[:50],
        "clusters_of_at_most_k": n_small,
    }
    message = (
        f"{share:.0%} of the rows of the event are in clusters of 2 to {_TINY - 1} rows ({by_chance:.0%} by "
        f"chance); {bridges:.0%} of the segments between a row and its SMOTE partner would connect two clusters, and "
        f"{table.among_others:.0%} of the new rows are nearest to a row of another class."
    )
    # Clusters do no harm while SMOTE stays within them.
    if share - by_chance < _TINY_BEYOND_CHANCE or bridges < _FEW_BETWEEN:
        return TINY_CLUSTERS.passed(message, **found)
    k = max(1, int(np.median(sizes)) - 1)
    fewer = f"Pass k_neighbors={k}, or use" if k < N_AROUND else "Use"
    advice = f"{fewer} poise.KMeansSMOTE, which stays within clusters, or poise.RandomOverSampler, which only copies rows."
    return TINY_CLUSTERS.issue(message, advice, **found)


def clusters_of(rows: EventTable, is_event: NDArray[np.bool_]) -> tuple[float, float, Ids]:
    """Cluster the rows of the event by their neighbours.

    A row belongs to a cluster if its nearest row is of the event. Two such rows are in the same cluster if
    one is among the k nearest rows of the event of the other, unless a row of another class is nearest to
    the middle between them, or both have two rows of the event within a quarter of the distance.

    Parameters
    ----------
    rows : EventTable
    is_event : ndarray of shape (n_rows,), bool

    Returns
    -------
    share : float
        Share of the rows of the event that are in clusters of 2 to 9 rows.
    bridges : float
        Share of the segments between neighbours that connect two clusters.
    sizes : ndarray of intp
        Number of rows of each cluster of at least two.
    """
    events = np.flatnonzero(is_event)
    index = rows.standard_index
    nearest = index.nearest_others(events, 1).rows[:, 0]
    is_inside = (nearest >= 0) & is_event[nearest]
    values = rows.standard[events]
    near = rows.index_of(events).nearest_others(
        np.arange(len(events)), min(N_AROUND, len(events) - 1)
    )
    k = near.rows.shape[1]
    a, b = np.repeat(np.arange(len(events)), k), near.rows.ravel()
    is_pair = (b >= 0) & is_inside[a] & is_inside[b]
    a, b, distance = a[is_pair], b[is_pair], near.distances.ravel()[is_pair]
    if not len(a):
        return 0.0, 0.0, np.empty(0, dtype=np.intp)
    middle = (values[a] + values[b]) / 2
    middle[:, rows.n_numbers :] = values[a][:, rows.n_numbers :]
    at_middle = index.nearest(middle, 1).rows[:, 0]
    second = near.distances[:, min(1, k - 1)]
    is_far = distance > _FAR**2 * np.maximum(second[a], second[b])
    is_joined = is_event[at_middle] & (at_middle >= 0) & ~is_far
    links = sp.coo_array(
        (np.ones(int(is_joined.sum())), (a[is_joined], b[is_joined])), shape=(len(events),) * 2
    )
    _, label = connected_components(links, directed=False)
    sizes = np.bincount(label[is_inside], minlength=label.max() + 1)
    of_row = sizes[label]
    is_tiny = is_inside & (of_row >= 2) & (of_row < _TINY)
    return float(is_tiny.mean()), float((~is_joined).mean()), sizes[sizes >= 2]


# Kinds


def minority_kinds(table: Examined) -> Finding:
    """Count safe, borderline, rare and outlying rows of the event."""
    if table.n_events < _FEWEST_OF_KINDS or table.rows.n_rows <= N_AROUND:
        return MINORITY_KINDS.not_applicable(
            f"Fewer than {_FEWEST_OF_KINDS} rows of the event: they have too few neighbours of their kind."
        )
    counts = dict(zip(KINDS, np.bincount(table.kinds, minlength=len(KINDS)).tolist(), strict=True))
    message = "Of the rows of the event, " + ", ".join(
        f"{n:,} are {kind}{'s' if kind == 'outlier' and n != 1 else ''}"
        for kind, n in counts.items()
    )
    n_lone = counts["rare"] + counts["outlier"]
    by_chance, has_structure = _kinds_by_chance(table)
    message += (
        f" (by their five nearest neighbours). With shuffled labels, {by_chance:.0%} of them would be rare or outliers; here "
        f"{n_lone / table.n_events:.0%} are."
    )
    counts |= {"rare_or_outlier_by_chance": round(by_chance, 3), "ranked_lower_by": table.behind}
    if not has_structure:
        return MINORITY_KINDS.passed(
            f"{message} By chance rows of the event would be as near to one another, so their kinds say nothing.",
            **counts,
        )
    is_many = n_lone >= 0.5 * table.n_events
    if is_many and table.behind is not None and table.behind >= _BEHIND:
        advice = (
            "Look at these rows first: diagnosis.rows() lists them. Over-sampling multiplies isolated rows, and "
            "cleaning methods remove the rows around them."
        )
        return MINORITY_KINDS.issue(
            f"{message} A classifier ranks the rare and outlying ones lower, by {table.behind:.0%} of the other rows.",
            advice,
            **counts,
        )
    if counts["safe"] < 0.5 * table.n_events and not table.is_apart and not is_many:
        advice = (
            "Compare poise.BorderlineSMOTE and poise.SMOTEENN, which are made for borderline rows."
        )
        return MINORITY_KINDS.tip(message, advice, **counts)
    return MINORITY_KINDS.passed(message, **counts)


def _kinds_by_chance(table: Examined) -> tuple[float, bool]:
    """Compare the neighbours of rows of the event with those if labels are shuffled.

    Returns
    -------
    lone : float
        Mean share of rare and outlying rows with shuffled labels.
    has_structure : bool
        Whether rows of the event have more neighbours of the event than with shuffled labels, by the count of
        Cuzick and Edwards (1990, doi:10.1111/j.2517-6161.1990.tb01773.x).
    """
    rng, is_event = np.random.RandomState(table.random_seed), table.rows.is_event
    n_draws = int(np.clip(_SHUFFLED_ROWS // table.n_events, _LEAST_SHUFFLES, _MOST_SHUFFLES))
    lone, joined = [], []
    for _ in range(n_draws):
        shuffled = rng.permutation(is_event)
        around = table.rows.standard_index.nearest_others(np.flatnonzero(shuffled), N_AROUND).rows
        lone.append((kinds_among(around, shuffled) >= KINDS.index("rare")).mean())
        joined.append(_n_of_event(around, shuffled))
    # A few shuffles may be alike by luck: counts of independent neighbours would vary as those of Poisson.
    mean = np.mean(joined)
    most = mean + _BEYOND_CHANCE * max(np.std(joined, ddof=1), np.sqrt(mean))
    return float(np.mean(lone)), bool(_n_of_event(table.around.rows, is_event) > most)


def _n_of_event(around: Ids, is_event: NDArray[np.bool_]) -> int:
    """Count the neighbours that are rows of the event."""
    return int((is_event[around] & (around >= 0)).sum())


# Units


def unscaled_columns(table: Examined) -> Finding:
    """Find a column whose unit alone decides which rows are neighbours."""
    rows = table.rows
    values = rows.numbers[:, : rows.n_numbers]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # columns without any value
        variance = np.nan_to_num(np.nanvar(values, axis=0))
    varying = np.flatnonzero(variance > 0)
    if len(varying) < 2 or table.n_events < 2:
        return UNSCALED_COLUMNS.not_applicable("Fewer than two numeric columns vary.")
    share = variance / variance.sum()
    leading = int(share.argmax())
    name = rows.names[leading]
    kept = _same_neighbors(table)
    found = {
        "column": name,
        "share_of_distance": round(float(share[leading]), 3),
        "neighbors_kept": round(kept, 3),
    }
    message = (
        f"{name} makes up {share[leading]:.0%} of squared distances in raw units; {kept:.0%} of the neighbours stay the "
        "same in standard units."
    )
    advice = 'Pass neighbor_space="standard" to the sampler: it searches neighbours in standard units and blends rows in raw units.'
    if share[leading] >= _DECIDES and kept < 0.5:
        return UNSCALED_COLUMNS.issue(message, advice, **found)
    if kept < 0.5:
        return UNSCALED_COLUMNS.tip(message, advice, **found)
    return UNSCALED_COLUMNS.passed(message, **found)


def _same_neighbors(table: Examined) -> float:
    """Return the share of SMOTE partners that are the same in raw and in standard units."""
    rows = table.rows
    k = table.partners.rows.shape[1]
    raw = Index(rows.numbers[table.events], len(rows.categorical)).nearest_others(
        np.arange(table.n_events), k
    )
    same = (raw.rows[:, :, np.newaxis] == table.partners.rows[:, np.newaxis]).any(axis=2)
    return float(same.mean())
