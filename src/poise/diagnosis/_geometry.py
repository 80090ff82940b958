"""Checks of where the rows of the event are: the three failures of SMOTE, kinds of rows, and units."""

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
from poise.study.minority_kinds import KINDS, N_AROUND

MANY_DIMENSIONS = Check(
    "P01",
    "many-dimensions",
    WARNING,
    (
        "In many columns a row's neighbours are hardly nearer than any other row, and SMOTE's rows, means of two, "
        "vary two thirds as much as real ones: k-NN then says the event of nearly everything, related or not "
        "(Blagus and Lusa 2013)."
    ),
)
CLASS_OVERLAP = Check(
    "P02",
    "class-overlap",
    WARNING,
    (
        "Where classes overlap, new rows land among the other class. How well the classes can be told apart says more "
        "on what resampling gives than the imbalance ratio does (rank correlation -.72 against -.47 in 192 mixtures, "
        "arXiv 2604.04541)."
    ),
)
TINY_CLUSTERS = Check(
    "P03",
    "tiny-clusters",
    WARNING,
    (
        "In a cluster of fewer rows than k + 1, SMOTE joins rows to other clusters, across whatever lies between "
        "(small disjuncts: Jo and Japkowicz 2004)."
    ),
)
MINORITY_KINDS = Check(
    "P05",
    "minority-kinds",
    WARNING,
    (
        "Rare and outlying rows of the event are what classifiers miss, and what over-samplers make more noise from "
        "(Napierala and Stefanowski 2016)."
    ),
)
UNSCALED_COLUMNS = Check(
    "P08",
    "unscaled-columns",
    WARNING,
    (
        "Distances add squared differences: a column of large numbers decides alone who is a neighbour, whatever it "
        "means."
    ),
)

# Simulated in benchmarks/diagnosis.py; see docs/evidence.md.
_NULL_ISSUE, _NULL_TIP = 0.6, 0.5
_NULL_DRAWS, _NULL_ROWS = 5, 1000
_OVERLAP, _SEPARATE = 0.85, 0.95
_TINY, _TINY_BEYOND_CHANCE = 10, 0.3
_FAR = 4.0  # times the distance to the second neighbour
_DECIDES = 0.9


# Many dimensions


def many_dimensions(table: Examined) -> Finding:
    """How k-NN would judge rows that have nothing to do with the label, after SMOTE."""
    rows = table.rows
    if table.n_events < 6 or rows.n_rows < 30:
        return MANY_DIMENSIONS.not_applicable("Fewer than 6 rows of the event, or 30 in all.")
    d = rows.numbers.shape[1]
    predicted_event = _predicted_under_the_null(table)
    found: dict[str, Any] = {
        "columns": d,
        "events": table.n_events,
        "said_event_under_null": round(predicted_event, 3),
        "predicted_variance_ratio": round(_predicted_variance(table), 3),
        "nearest_to_median_distance": round(_contrast(table), 3),
        "hubness": round(_hubness(table), 2),
    }
    message = (
        f"With labels that mean nothing, 5 nearest neighbours say the event of {predicted_event:.0%} of new rows after SMOTE "
        f"({d} columns, {table.n_events:,} rows of the event; 50 % is what balance asks for)."
    )
    advice = (
        "Choose columns before over-sampling, or use poise.RandomUnderSampler or class weights; where you need "
        "SMOTE, do not follow it with k-NN."
    )
    if predicted_event > _NULL_ISSUE:
        return MANY_DIMENSIONS.issue(message, advice, **found)
    if predicted_event > _NULL_TIP:
        return MANY_DIMENSIONS.tip(message, advice, **found)
    return MANY_DIMENSIONS.passed(message, **found)


def _predicted_under_the_null(table: Examined) -> float:
    """Return the share of held-out rows that 5-NN says the event of, SMOTE on labels drawn at random."""
    rows, rng = table.rows, np.random.RandomState(table.seed)
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
        index = Index(X, len(rows.categorical))
        near = index.nearest(rows.standard[drawn[half:]], N_AROUND).rows
        shares.append(float((y[near].mean(axis=1) > 0.5).mean()))
    return float(np.mean(shares))


def _predicted_variance(table: Examined) -> float:
    """Return the variance of SMOTE's rows over that of real ones, columns of numbers alone.

    A row x + u (z - x), u even in 0 to 1, has the second moment (E x^2 + E x z + E z^2) / 3.
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
    """Return the square of the mean of SMOTE's rows, where that of real ones is 0."""
    return ((values.mean(axis=0) + near.mean(axis=(0, 1))) / 2) ** 2


def _means(values: Floats) -> Floats:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of columns that are all missing
        return np.asarray(np.nan_to_num(np.nanmean(values, axis=0)))


def _contrast(table: Examined) -> float:
    """Return the distance to the nearest over the median distance, among rows of the event."""
    rng = np.random.RandomState(table.seed)
    pairs = rng.randint(table.n_events, size=(500, 2))
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    values = np.nan_to_num(table.event_index.values)
    far = np.sqrt(((values[pairs[:, 0]] - values[pairs[:, 1]]) ** 2).sum(axis=1))
    near = np.sqrt(table.partners.distances[:, 0])
    known = near[np.isfinite(near)]
    median = float(np.median(far)) if len(far) else 0.0
    return float(np.median(known) / median) if len(known) and median else float("nan")


def _hubness(table: Examined) -> float:
    """Return the skewness of how often a row of the event is a partner."""
    chosen = table.partners.rows
    times = np.bincount(chosen[chosen >= 0], minlength=table.n_events)
    return float(skew(times)) if times.std() > 0 else 0.0


# Overlap


def class_overlap(table: Examined) -> Finding:
    """How well the event can be told, on rows that were not learnt from."""
    if not table.can_be_learnt:
        return CLASS_OVERLAP.not_applicable(
            "A class has fewer than 10 rows, too few to learn and test on."
        )
    auc, low, high, estimator = table.separation
    found = {
        "auc": round(auc, 3),
        "low": round(low, 3),
        "high": round(high, 3),
        "learner": estimator,
    }
    message = f"Held out, {estimator} tells the event apart with an AUC of {auc:.3f} ({low:.3f} to {high:.3f})."
    if high < _OVERLAP:
        advice = (
            "More columns would help more than more rows. Compare poise.compare(X, y) before you over-sample; "
            "where you do, clean after (poise.SMOTEENN), and tune the threshold."
        )
        return CLASS_OVERLAP.issue(message, advice, **found)
    if low >= _SEPARATE:
        advice = (
            "Resampling has next to nothing to give here. Keep the rows, and choose the threshold "
            "(poise.decisions)."
        )
        return CLASS_OVERLAP.tip(f"{message} The classes are apart.", advice, **found)
    return CLASS_OVERLAP.passed(message, **found)


# Tiny clusters


def tiny_clusters(table: Examined) -> Finding:
    """Clusters of fewer than ten rows of the event, and SMOTE's segments between them."""
    if table.n_events < 6 or table.n_others < 6:
        return TINY_CLUSTERS.not_applicable("Fewer than 6 rows of a class.")
    share, bridges, sizes = clusters_of(table.rows, table.rows.is_event)
    rng = np.random.RandomState(table.seed)
    by_chance = float(
        np.mean(
            [clusters_of(table.rows, rng.permutation(table.rows.is_event))[0] for _ in range(3)]
        )
    )
    n_small = int((sizes <= N_AROUND).sum())
    found = {
        "share_in_tiny_clusters": round(share, 3),
        "by_chance": round(by_chance, 3),
        "segments_between_clusters": round(bridges, 3),
        "clusters": sorted(sizes.tolist(), reverse=True)[:50],
        "clusters_of_at_most_k": n_small,
    }
    message = (
        f"{share:.0%} of the rows of the event are in clusters of 2 to {_TINY - 1} rows ({by_chance:.0%} would be "
        f"by chance); {bridges:.0%} of SMOTE's segments would join clusters."
    )
    if share - by_chance < _TINY_BEYOND_CHANCE:
        return TINY_CLUSTERS.passed(message, **found)
    k = max(1, int(np.median(sizes)) - 1)
    advice = (
        f"Pass k_neighbors={min(k, N_AROUND)}, or poise.KMeansSMOTE, which stays within clusters; or "
        "poise.RandomOverSampler, which makes no segments."
    )
    return TINY_CLUSTERS.issue(message, advice, **found)


def clusters_of(rows: EventTable, is_event: NDArray[np.bool_]) -> tuple[float, float, Ids]:
    """Return the share of rows of the event in tiny clusters, that of segments between clusters, and sizes.

    A row is in a cluster where its nearest row is of the event. Two such rows are joined where one is
    among the k nearest rows of the event of the other, unless another class is nearer to the middle, or
    both have two of the event at less than a quarter of the distance.
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
    """Safe, borderline, rare and outlying rows of the event."""
    if table.n_events < 2 or table.rows.n_rows <= N_AROUND:
        return MINORITY_KINDS.not_applicable("Fewer than 2 rows of the event, or 6 in all.")
    counts = dict(zip(KINDS, np.bincount(table.kinds, minlength=len(KINDS)).tolist(), strict=True))
    message = "Of the rows of the event " + ", ".join(
        f"{n:,} are {kind}{'s' if kind == 'outlier' and n != 1 else ''}"
        for kind, n in counts.items()
    )
    message += " (by their five nearest neighbours)."
    n_lone = counts["rare"] + counts["outlier"]
    if n_lone >= 0.5 * table.n_events:
        advice = (
            "Look at these rows first: result.rows() names them. Over-sampling multiplies what is lone; "
            "cleaning methods remove around it. Random under-sampling and a threshold are the safer choices."
        )
        return MINORITY_KINDS.issue(message, advice, **counts)
    if counts["safe"] < 0.5 * table.n_events:
        advice = "poise.BorderlineSMOTE and poise.SMOTEENN are made for borders; compare them."
        return MINORITY_KINDS.tip(message, advice, **counts)
    return MINORITY_KINDS.passed(message, **counts)


# Units


def unscaled_columns(table: Examined) -> Finding:
    """Columns whose units decide the neighbours alone."""
    rows = table.rows
    values = rows.numbers[:, : rows.n_numbers]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of columns that are all missing
        variance = np.nan_to_num(np.nanvar(values, axis=0))
    varying = np.flatnonzero(variance > 0)
    if len(varying) < 2 or table.n_events < 2:
        return UNSCALED_COLUMNS.not_applicable("Fewer than two columns of numbers that vary.")
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
        f"{name} makes up {share[leading]:.0%} of squared distances in raw units; {kept:.0%} of the neighbours are the "
        "same in standard units."
    )
    advice = 'Pass neighbor_space="standard" to the sampler: it searches in standard units and blends in yours.'
    if share[leading] >= _DECIDES and kept < 0.5:
        return UNSCALED_COLUMNS.issue(message, advice, **found)
    if kept < 0.5:
        return UNSCALED_COLUMNS.tip(message, advice, **found)
    return UNSCALED_COLUMNS.passed(message, **found)


def _same_neighbors(table: Examined) -> float:
    """Return the share of partners that are the same in raw and in standard units."""
    rows = table.rows
    k = table.partners.rows.shape[1]
    raw = Index(rows.numbers[table.events], len(rows.categorical)).nearest_others(
        np.arange(table.n_events), k
    )
    same = (raw.rows[:, :, np.newaxis] == table.partners.rows[:, np.newaxis]).any(axis=2)
    return float(same.mean())
