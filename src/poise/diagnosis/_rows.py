"""Checks of how many rows there are, and of rows that repeat or contradict each other."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import roc_auc_score

from poise.diagnosis._examined import Examined
from poise.diagnosis._finding import ERROR, NOTE, WARNING, Check, Finding
from poise.study.minority_kinds import N_AROUND
from poise.study.statistics import N_FOLDS, Design, default_repeats, smallest_difference

TOO_FEW_ROWS = Check(
    "P04",
    "too-few-rows",
    ERROR,
    "SMOTE joins a row with its k nearest rows of the event, so it needs more than k of them in every fold.",
)
CONTRADICTORY_ROWS = Check(
    "P06",
    "contradictory-rows",
    WARNING,
    (
        "Rows that are equal in every column and differ in the label cannot be told apart by anything; new rows "
        "around them teach noise."
    ),
)
REPEATED_ROWS = Check(
    "P07",
    "repeated-rows",
    WARNING,
    (
        "A row whose twin is in the training part is scored by heart, so cross-validation looks better than it is; and "
        "SMOTE's partners are copies, so its rows are too."
    ),
)
ENOUGH_ROWS = Check(
    "P12",
    "enough-rows",
    NOTE,
    (
        "What limits a model is how many rows of the event there are, not their share: with many, imbalance is no "
        "problem in itself (Juba and Le 2019; van Smeden et al. 2019 on events per parameter)."
    ),
)
DETECTABLE_DIFFERENCE = Check(
    "P13",
    "detectable-difference",
    NOTE,
    "A comparison cannot show differences below its resolution; wins below it are luck (poise.compare).",
)

_MANY_CONTRADICTORY, _MANY_REPEATED = 0.05, 0.05
_EVENTS_A_COLUMN, _EVENTS_ENOUGH = 20, 200
_COARSE = 0.05
_SHOWN = 1000  # rows named in the evidence


def too_few_rows(table: Examined) -> Finding:
    """Rows of the event against the neighbours that SMOTE asks for."""
    n, k = table.n_events, N_AROUND
    in_folds = n - -(-n // 5)
    found = {"events": n, "events_in_training_folds": in_folds, "k_neighbors": k}
    message = f"{n:,} rows of the event; {in_folds:,} of them in the training part of five folds."
    if in_folds <= k:
        most = max(in_folds - 1, 1)
        advice = (
            f"Pass k_neighbors={most} or less, or use poise.RandomOverSampler. With so few rows nothing can be "
            "judged: look for more of the event before anything else."
        )
        return TOO_FEW_ROWS.issue(
            f"{message} SMOTE with k_neighbors={k} needs more than {k}.", advice, **found
        )
    if in_folds < 4 * k:
        advice = "Pass k_neighbors=3: five neighbours are a good part of the whole class."
        return TOO_FEW_ROWS.tip(message, advice, **found)
    return TOO_FEW_ROWS.passed(message, **found)


def contradictory_rows(table: Examined) -> Finding:
    """Rows that are equal to one of the other class."""
    is_mixed = table.is_contradictory
    share = float(is_mixed[table.rows.is_event].mean())
    found = {
        "rows": np.flatnonzero(is_mixed)[:_SHOWN].tolist(),
        "n_rows": int(is_mixed.sum()),
        "share_of_events": round(share, 4),
    }
    message = f"{found['n_rows']:,} rows equal one of the other class; {share:.1%} of the rows of the event do."
    advice = "A column that tells them apart is missing, or labels are wrong: look at the rows in the evidence."
    if share >= _MANY_CONTRADICTORY:
        return CONTRADICTORY_ROWS.issue(message, advice, **found)
    if is_mixed.any():
        return CONTRADICTORY_ROWS.tip(message, advice, **found)
    return CONTRADICTORY_ROWS.passed("No row equals one of the other class.", **found)


def repeated_rows(table: Examined) -> Finding:
    """Rows that repeat one of their class."""
    is_twin, is_event = table.is_repeated, table.rows.is_event
    shares = [float(is_twin[members].mean()) for members in (is_event, ~is_event)]
    found = {
        "rows": np.flatnonzero(is_twin)[:_SHOWN].tolist(),
        "n_rows": int(is_twin.sum()),
        "share_of_events": round(shares[0], 4),
        "share_of_others": round(shares[1], 4),
    }
    message = f"{shares[0]:.1%} of the rows of the event and {shares[1]:.1%} of the others have a twin in their class."
    advice = (
        "Keep twins in one fold: pass groups= to poise.compare, a number for each distinct row. If the table was "
        "over-sampled before you got it, poise.forensics.find_synthetic tells."
    )
    if max(shares) >= _MANY_REPEATED:
        return REPEATED_ROWS.issue(message, advice, **found)
    if max(shares) > 0:
        return REPEATED_ROWS.tip(message, advice, **found)
    return REPEATED_ROWS.passed("No row repeats another of its class.", **found)


def enough_rows(table: Examined) -> Finding:
    """Rows of the event against what a model of these columns takes."""
    n, d = table.n_events, table.rows.numbers.shape[1]
    needed = max(_EVENTS_ENOUGH, _EVENTS_A_COLUMN * d)
    found = {"events": n, "columns": d, "events_a_column": round(n / d, 1), "enough": needed}
    if n >= needed:
        message = (
            f"{n:,} rows of the event for {d} columns are plenty: that they are {n / table.rows.n_rows:.1%} of all "
            "is no problem in itself. Choose a threshold instead of resampling."
        )
        return ENOUGH_ROWS.passed(message, **found)
    message = f"{n:,} rows of the event for {d} columns; {needed:,} would be plenty ({_EVENTS_A_COLUMN} a column)."
    advice = (
        f"What is lacking is rows of the event, which copies and blends do not replace: look for "
        f"{needed - n:,} more, use fewer columns, or a model with a strong penalty."
    )
    return ENOUGH_ROWS.tip(message, advice, **found)


def detectable_difference(table: Examined) -> Finding:
    """The smallest difference in AUC that cross-validation on these rows can show."""
    n, n_repeats = table.rows.n_rows, default_repeats(table.rows.n_rows)
    if not table.can_be_learnt:
        return DETECTABLE_DIFFERENCE.not_applicable("A class has fewer than 10 rows.")
    n_folds = N_FOLDS * n_repeats
    design = Design(n, table.n_events, n_folds, n / N_FOLDS, n * (N_FOLDS - 1) / N_FOLDS)
    smallest = smallest_difference(
        design, lambda y, p, _, __: float(roc_auc_score(y, p)), n_draws=100, seed=table.seed
    )
    found = {"roc_auc": round(smallest, 4), "folds": n_folds}
    message = (
        f"{n_repeats} x {N_FOLDS} folds of these rows tell unlike models apart from a difference of {smallest:.3f} in AUC on; "
        "models that are alike, from less on."
    )
    if smallest > _COARSE:
        advice = "Differences between approaches that you read about are .002 to .02: do not expect to see them here."
        return DETECTABLE_DIFFERENCE.tip(message, advice, **found)
    return DETECTABLE_DIFFERENCE.passed(message, **found)
