"""The names of the methods, for `poise.resample` and the command line; imports nothing but Python's own."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

MethodName: TypeAlias = Literal[
    "random-over",
    "smote",
    "smote-nc",
    "smote-n",
    "borderline-smote",
    "svm-smote",
    "kmeans-smote",
    "safe-level-smote",
    "adasyn",
    "polynom-fit-smote",
    "prowsyn",
    "mgs",
    "rose",
    "random-under",
    "tomek-links",
    "edited-nearest-neighbours",
    "repeated-edited-nearest-neighbours",
    "all-knn",
    "neighbourhood-cleaning-rule",
    "condensed-nearest-neighbour",
    "one-sided-selection",
    "near-miss",
    "instance-hardness-threshold",
    "cluster-centroids",
    "smote-tomek",
    "smote-enn",
]

METHODS: Mapping[MethodName, str] = MappingProxyType(
    {
        "random-over": "RandomOverSampler",
        "smote": "SMOTE",
        "smote-nc": "SMOTENC",
        "smote-n": "SMOTEN",
        "borderline-smote": "BorderlineSMOTE",
        "svm-smote": "SVMSMOTE",
        "kmeans-smote": "KMeansSMOTE",
        "safe-level-smote": "SafeLevelSMOTE",
        "adasyn": "ADASYN",
        "polynom-fit-smote": "PolynomFitSMOTE",
        "prowsyn": "ProWSyn",
        "mgs": "MGS",
        "rose": "ROSE",
        "random-under": "RandomUnderSampler",
        "tomek-links": "TomekLinks",
        "edited-nearest-neighbours": "EditedNearestNeighbours",
        "repeated-edited-nearest-neighbours": "RepeatedEditedNearestNeighbours",
        "all-knn": "AllKNN",
        "neighbourhood-cleaning-rule": "NeighbourhoodCleaningRule",
        "condensed-nearest-neighbour": "CondensedNearestNeighbour",
        "one-sided-selection": "OneSidedSelection",
        "near-miss": "NearMiss",
        "instance-hardness-threshold": "InstanceHardnessThreshold",
        "cluster-centroids": "ClusterCentroids",
        "smote-tomek": "SMOTETomek",
        "smote-enn": "SMOTEENN",
    }
)
