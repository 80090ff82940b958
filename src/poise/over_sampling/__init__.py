"""Methods that add rows to the smaller classes."""

from poise.over_sampling._borderline_smote import BorderlineSMOTE
from poise.over_sampling._random import RandomOverSampler
from poise.over_sampling._smote import SMOTE, SMOTENC
from poise.over_sampling._smoten import SMOTEN

__all__ = ["SMOTE", "SMOTEN", "SMOTENC", "BorderlineSMOTE", "RandomOverSampler"]
