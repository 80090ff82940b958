"""Class and row weights by scheme, in the parameters of each library; no framework is imported."""

from poise.weights._losses import FocalObjective, logit_adjustment
from poise.weights._parameters import weight_parameters
from poise.weights._schemes import class_weights, sample_weights

__all__ = [
    "FocalObjective",
    "class_weights",
    "logit_adjustment",
    "sample_weights",
    "weight_parameters",
]
