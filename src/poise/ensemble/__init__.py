"""Ensembles whose members are each fitted to a balanced sample of the rows."""

from poise.ensemble._balanced import (
    BalancedBaggingClassifier,
    BalancedFit,
    BalancedRandomForestClassifier,
    EasyEnsembleClassifier,
    RUSBoostClassifier,
)

__all__ = [
    "BalancedBaggingClassifier",
    "BalancedFit",
    "BalancedRandomForestClassifier",
    "EasyEnsembleClassifier",
    "RUSBoostClassifier",
]
