"""Checks of alternatives to resampling."""

from __future__ import annotations

from poise.diagnosis._examined import Examined
from poise.diagnosis._finding import NOTE, Check, Finding

CLASS_WEIGHTS = Check(
    "P16",
    "class-weights",
    NOTE,
    (
        "Class weights have the mean effect of random over-sampling, without new rows; moving the threshold changes "
        "decisions as both do, without another fit (Elkan 2001)."
    ),
)
_RARE, _MATTERS = 0.01, 0.005  # a share of rows; a gain in AUC


def class_weights(table: Examined) -> Finding:
    """Measure how class weights change the ranking of the better of two classifiers."""
    if not table.can_be_learnt:
        return CLASS_WEIGHTS.not_applicable("A class has fewer than 10 rows.")
    gain, low, high = table.weighted_gain
    prevalence = table.n_events / table.rows.n_rows
    found = {
        "gain_in_auc": round(gain, 4),
        "low": round(low, 4),
        "high": round(high, 4),
        "prevalence": round(prevalence, 5),
    }
    message = f"Class weights change the AUC of {table.separation.estimator} on held-out rows by {gain:+.4f} ({low:+.4f} to {high:+.4f})."
    if low > 0 and gain >= _MATTERS:
        advice = 'Try class_weight="balanced" before you make new rows, and correct the probabilities (poise.decisions).'
        return CLASS_WEIGHTS.tip(message, advice, **found)
    if prevalence < _RARE and table.n_events >= 100 and not table.is_apart:
        advice = (
            "With an event this rare, only the rows of the highest probability matter: judge by precision at your number of "
            "alerts (poise.decisions.AlertBudget), and try a ranking objective, such as LightGBM's lambdarank."
        )
        return CLASS_WEIGHTS.tip(message, advice, **found)
    return CLASS_WEIGHTS.passed(f"{message} Choosing a threshold is cheaper.", **found)
