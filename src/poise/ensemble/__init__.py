"""Ensembles whose members are each fitted on a balanced draw of the rows."""

from poise.ensemble._bagging import BalancedBaggingClassifier, EasyEnsembleClassifier
from poise.ensemble._boosting import BalancedFit, RUSBoostClassifier
from poise.ensemble._forest import BalancedRandomForestClassifier

__all__ = [
    "BalancedBaggingClassifier",
    "BalancedFit",
    "BalancedRandomForestClassifier",
    "EasyEnsembleClassifier",
    "RUSBoostClassifier",
]
