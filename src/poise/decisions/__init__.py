"""Probabilities and decisions: prior correction, calibration, thresholds and costs."""

from poise.decisions._classifier import ResampledClassifier
from poise.decisions._costs import CostMatrix
from poise.decisions._cross_fitted import CrossFitted, cross_fitted
from poise.decisions._curves import (
    CostCurve,
    ReliabilityCurve,
    ThresholdCurve,
    cost_curve,
    reliability_curve,
    threshold_curve,
)
from poise.decisions._priors import PriorEstimate, class_prior, estimate_prior, shift_prior
from poise.decisions._recalibration import Residual
from poise.decisions._reweighted import ReweightedClassifier
from poise.decisions._threshold_classifier import ThresholdClassifier
from poise.decisions._thresholds import (
    AlertBudget,
    CostThreshold,
    FixedThreshold,
    LowestCost,
    RecallAtPrecision,
    TunedThreshold,
)
from poise.decisions._weights import PrevalenceWeights

__all__ = [
    "AlertBudget",
    "CostCurve",
    "CostMatrix",
    "CostThreshold",
    "CrossFitted",
    "FixedThreshold",
    "LowestCost",
    "PrevalenceWeights",
    "PriorEstimate",
    "RecallAtPrecision",
    "ReliabilityCurve",
    "ResampledClassifier",
    "Residual",
    "ReweightedClassifier",
    "ThresholdClassifier",
    "ThresholdCurve",
    "TunedThreshold",
    "class_prior",
    "cost_curve",
    "cross_fitted",
    "estimate_prior",
    "reliability_curve",
    "shift_prior",
    "threshold_curve",
]
