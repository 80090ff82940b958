"""Methods that add rows to the smaller classes."""

from poise.over_sampling._random import RandomOverSampler
from poise.over_sampling._smote import SMOTE, BorderlineSMOTE

__all__ = ["SMOTE", "BorderlineSMOTE", "RandomOverSampler"]
