"""Checks of the number of rows, and of rows that repeat or contradict each other."""

from __future__ import annotations

import numpy as np

from poise.diagnosis._examined import Examined
from poise.diagnosis._finding import ERROR, NOTE, WARNING, Check, Finding
from poise.study.minority_kinds import N_AROUND
from poise.study.reference import smallest_difference

TOO_FEW_ROWS = Check(
    "P04",
    "too-few-rows",
    ERROR,
    "SMOTE blends a row with one of its k nearest rows of the event, so every training fold needs more than k rows of the event.",
)
CONTRADICTORY_ROWS = Check(
    "P06",
    "contradictory-rows",
    WARNING,
    (
        "Rows that are equal in every column and differ in the label cannot be separated by any model; new rows "
        "around them add noise."
    ),
)
REPEATED_ROWS = Check(
    "P07",
    "repeated-rows",
    WARNING,
    (
        "If an equal row is in the training part, a model has memorised the answer, so cross-validation looks better than "
        "it is. SMOTE's partners are copies too, so it only makes more copies."
    ),
)
ENOUGH_ROWS = Check(
    "P12",
    "enough-rows",
    NOTE,
    (
        "The number of rows of the event limits a model, not their share (Juba and Le 2019). Whether more rows would help is "
        "seen in a learning curve: from half of the rows to all of them."
    ),
)
DETECTABLE_DIFFERENCE = Check(
    "P13",
    "detectable-difference",
    NOTE,
    "A comparison cannot show differences below its resolution; smaller gains are luck (poise.compare).",
)

_MANY_CONTRADICTORY, _MANY_REPEATED = 0.05, 0.05
_RISES = 0.005  # of the AUC, from half of the rows to all
_COARSE = 0.02
_SHOWN = 1000  # largest number of rows listed in the evidence


def too_few_rows(table: Examined) -> Finding:
    """Compare the number of rows of the event with the neighbours that SMOTE needs."""
    n, k = table.n_events, N_AROUND
    in_folds = n - -(-n // 5)
    found = {"events": n, "events_in_training_folds": in_folds, "k_neighbors": k}
    message = f"{_counted(n, 'row')} of the event; {in_folds:,} of them in the training part of five folds."
    if in_folds <= k:
        most = in_folds - 1
        or_less = " or less" if most > 1 else ""
        fewer = f"Pass k_neighbors={most}{or_less}, or use" if most >= 1 else "Use"
        advice = (
            f"{fewer} poise.RandomOverSampler. With this few rows no method can be judged: first collect more rows of "
            "the event."
        )
        return TOO_FEW_ROWS.issue(
            f"{message} SMOTE with k_neighbors={k} needs more than {k}.", advice, **found
        )
    if in_folds < 4 * k:
        advice = "Pass k_neighbors=3: five neighbours are a large part of this class."
        return TOO_FEW_ROWS.tip(message, advice, **found)
    return TOO_FEW_ROWS.passed(message, **found)


def contradictory_rows(table: Examined) -> Finding:
    """Find rows that equal a row of another class."""
    is_mixed = table.is_contradictory
    share = float(is_mixed[table.rows.is_event].mean())
    found = {
        "rows": np.flatnonzero(is_mixed)[:_SHOWN].tolist(),
        "n_rows": int(is_mixed.sum()),
        "share_of_events": round(share, 4),
    }
    message = f"{_counted(found['n_rows'], 'row')} {'equals' if found['n_rows'] == 1 else 'equal'} a row of another class, among them {share:.1%} of the rows of the event."
    advice = "Either a column that separates them is missing, or labels are wrong: look at the rows listed in the evidence."
    if share >= _MANY_CONTRADICTORY:
        return CONTRADICTORY_ROWS.issue(message, advice, **found)
    if is_mixed.any():
        return CONTRADICTORY_ROWS.tip(message, advice, **found)
    return CONTRADICTORY_ROWS.passed("No row equals a row of another class.", **found)


def repeated_rows(table: Examined) -> Finding:
    """Find rows that equal another row of their class."""
    is_repeated, is_event = table.is_repeated, table.rows.is_event
    shares = [float(is_repeated[members].mean()) for members in (is_event, ~is_event)]
    found = {
        "rows": np.flatnonzero(is_repeated)[:_SHOWN].tolist(),
        "n_rows": int(is_repeated.sum()),
        "share_of_events": round(shares[0], 4),
        "share_of_others": round(shares[1], 4),
    }
    message = f"{shares[0]:.1%} of the rows of the event and {shares[1]:.1%} of the other rows equal another row of their class."
    advice = (
        "Keep equal rows in one fold: pass groups= to poise.compare, with one number per distinct row. Find out with "
        "poise.forensics.find_synthetic whether the table was over-sampled before."
    )
    if max(shares) >= _MANY_REPEATED:
        return REPEATED_ROWS.issue(message, advice, **found)
    if max(shares) > 0:
        return REPEATED_ROWS.tip(message, advice, **found)
    return REPEATED_ROWS.passed("No row equals another row of its class.", **found)


def enough_rows(table: Examined) -> Finding:
    """Measure whether the AUC still rises with the number of rows: from half of them to all."""
    if not table.can_be_learnt:
        return ENOUGH_ROWS.not_applicable("A class has fewer than 10 rows.")
    n = table.n_events
    if table.is_apart:
        return ENOUGH_ROWS.passed(
            f"The classes are well separated (AUC of {table.separation.auc:.3f}) by {_counted(n, 'row')} of the event.",
            events=n,
        )
    gain, low, high = table.growth
    found = {
        "events": n,
        "gain_in_auc": round(gain, 4),
        "low": round(low, 4),
        "high": round(high, 4),
    }
    message = (
        f"From half of the rows to all of them, the AUC of {table.separation.estimator} on held-out rows changes by {gain:+.3f} ({low:+.3f} to "
        f"{high:+.3f}), with {_counted(n, 'row')} of the event."
    )
    if low > 0 and gain >= _RISES:
        advice = "It still rises, so more real rows of the event would help; copies and blended rows do not replace them."
        return ENOUGH_ROWS.tip(message, advice, **found)
    return ENOUGH_ROWS.passed(f"{message} More rows are not seen to help.", **found)


def detectable_difference(table: Examined) -> Finding:
    """State the smallest difference in AUC that cross-validation finds on tables with as many events."""
    if not table.can_be_learnt:
        return DETECTABLE_DIFFERENCE.not_applicable("A class has fewer than 10 rows.")
    found = {
        family: round(smallest_difference(family, "roc_auc", table.n_events) or 0.0, 4)
        for family in ("logistic", "boosting")
    }
    message = (
        f"On other tables with {_counted(table.n_events, 'row')} of the event, 5 x 5 folds found a difference in AUC between "
        f"two approaches four times in five if it was {found['logistic']:.3f} with logistic regression, and "
        f"{found['boosting']:.3f} with boosted trees."
    )
    if min(found.values()) > _COARSE:
        advice = "Published differences between approaches are 0.002 to 0.02: they cannot be seen on this table."
        return DETECTABLE_DIFFERENCE.tip(message, advice, **found)
    return DETECTABLE_DIFFERENCE.passed(message, **found)


def _counted(n: int, noun: str) -> str:
    """Return a number with its noun, such as "1 row" and "1,200 rows"."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
