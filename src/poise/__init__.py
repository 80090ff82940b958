"""Poise: learning from imbalanced tables.

Resampling on the table as it is, exactly. Start with `poise.resample`, or with the samplers as
steps of `poise.pipeline.make_pipeline`. Public names load when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from poise import (
        big,
        combine,
        datasets,
        ensemble,
        forensics,
        metrics,
        model_selection,
        over_sampling,
        pipeline,
        plot,
        testing,
        under_sampling,
    )
    from poise._api import METHODS, Resampled, resample
    from poise.batches import balanced_batches
    from poise.combine import SMOTEENN, Chain, SMOTETomek
    from poise.comparison import compare
    from poise.core.allocation import Proportion
    from poise.core.plan import Lineage, Plan
    from poise.diagnosis import diagnose, diagnose_resampled
    from poise.function_sampler import FunctionSampler
    from poise.over_sampling import (
        ADASYN,
        MGS,
        ROSE,
        SMOTE,
        SMOTEN,
        SMOTENC,
        SVMSMOTE,
        BorderlineSMOTE,
        KMeansSMOTE,
        PolynomFitSMOTE,
        ProWSyn,
        RandomOverSampler,
        SafeLevelSMOTE,
    )
    from poise.pipeline import Pipeline, make_pipeline
    from poise.under_sampling import (
        AllKNN,
        ClusterCentroids,
        CondensedNearestNeighbour,
        EditedNearestNeighbours,
        InstanceHardnessThreshold,
        NearMiss,
        NeighbourhoodCleaningRule,
        OneSidedSelection,
        RandomUnderSampler,
        RepeatedEditedNearestNeighbours,
        TomekLinks,
    )

_HOMES = {
    "METHODS": "poise._api",
    "Resampled": "poise._api",
    "resample": "poise._api",
    "compare": "poise.comparison",
    "diagnose": "poise.diagnosis",
    "diagnose_resampled": "poise.diagnosis",
    "Chain": "poise.combine",
    "FunctionSampler": "poise.function_sampler",
    "balanced_batches": "poise.batches",
    "SMOTEENN": "poise.combine",
    "SMOTETomek": "poise.combine",
    "Lineage": "poise.core.plan",
    "Plan": "poise.core.plan",
    "BorderlineSMOTE": "poise.over_sampling",
    "RandomOverSampler": "poise.over_sampling",
    "SMOTE": "poise.over_sampling",
    "SMOTEN": "poise.over_sampling",
    "SMOTENC": "poise.over_sampling",
    "ADASYN": "poise.over_sampling",
    "MGS": "poise.over_sampling",
    "ROSE": "poise.over_sampling",
    "SVMSMOTE": "poise.over_sampling",
    "KMeansSMOTE": "poise.over_sampling",
    "PolynomFitSMOTE": "poise.over_sampling",
    "ProWSyn": "poise.over_sampling",
    "SafeLevelSMOTE": "poise.over_sampling",
    "Proportion": "poise.core.allocation",
    "Pipeline": "poise.pipeline",
    "make_pipeline": "poise.pipeline",
    "EditedNearestNeighbours": "poise.under_sampling",
    "AllKNN": "poise.under_sampling",
    "ClusterCentroids": "poise.under_sampling",
    "CondensedNearestNeighbour": "poise.under_sampling",
    "InstanceHardnessThreshold": "poise.under_sampling",
    "NearMiss": "poise.under_sampling",
    "NeighbourhoodCleaningRule": "poise.under_sampling",
    "OneSidedSelection": "poise.under_sampling",
    "RepeatedEditedNearestNeighbours": "poise.under_sampling",
    "RandomUnderSampler": "poise.under_sampling",
    "TomekLinks": "poise.under_sampling",
}
_MODULES = (
    "base",
    "batches",
    "big",
    "combine",
    "datasets",
    "ensemble",
    "forensics",
    "metrics",
    "model_selection",
    "over_sampling",
    "pipeline",
    "plot",
    "testing",
    "under_sampling",
)

__all__ = [  # the names are those of the table above
    "ADASYN",
    "METHODS",
    "MGS",
    "ROSE",
    "SMOTE",
    "SMOTEENN",
    "SMOTEN",
    "SMOTENC",
    "SVMSMOTE",
    "AllKNN",
    "BorderlineSMOTE",
    "Chain",
    "ClusterCentroids",
    "CondensedNearestNeighbour",
    "EditedNearestNeighbours",
    "FunctionSampler",
    "InstanceHardnessThreshold",
    "KMeansSMOTE",
    "Lineage",
    "NearMiss",
    "NeighbourhoodCleaningRule",
    "OneSidedSelection",
    "Pipeline",
    "Plan",
    "PolynomFitSMOTE",
    "ProWSyn",
    "Proportion",
    "RandomOverSampler",
    "RandomUnderSampler",
    "RepeatedEditedNearestNeighbours",
    "Resampled",
    "SMOTETomek",
    "SafeLevelSMOTE",
    "TomekLinks",
    "balanced_batches",
    "base",
    "batches",
    "big",
    "combine",
    "compare",
    "datasets",
    "diagnose",
    "diagnose_resampled",
    "ensemble",
    "forensics",
    "make_pipeline",
    "metrics",
    "model_selection",
    "over_sampling",
    "pipeline",
    "plot",
    "resample",
    "testing",
    "under_sampling",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return importlib.import_module("importlib.metadata").version("poise")
    if name in _MODULES:
        return importlib.import_module(f"poise.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'poise' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
