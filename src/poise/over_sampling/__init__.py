"""Over-sampling: methods that add rows to the smaller classes."""

from poise.over_sampling._adasyn import ADASYN
from poise.over_sampling._borderline_smote import BorderlineSMOTE
from poise.over_sampling._kmeans_smote import KMeansSMOTE
from poise.over_sampling._mgs import MGS
from poise.over_sampling._polynom_fit_smote import PolynomFitSMOTE
from poise.over_sampling._prowsyn import ProWSyn
from poise.over_sampling._random import ROSE, RandomOverSampler
from poise.over_sampling._safe_level_smote import SafeLevelSMOTE
from poise.over_sampling._smote import SMOTE, SMOTENC
from poise.over_sampling._smoten import SMOTEN
from poise.over_sampling._svm_smote import SVMSMOTE

__all__ = [
    "ADASYN",
    "MGS",
    "ROSE",
    "SMOTE",
    "SMOTEN",
    "SMOTENC",
    "SVMSMOTE",
    "BorderlineSMOTE",
    "KMeansSMOTE",
    "PolynomFitSMOTE",
    "ProWSyn",
    "RandomOverSampler",
    "SafeLevelSMOTE",
]
