"""Mistakes that a type checker must report: each line names the rule that does. It is checked and not run."""

import numpy as np
from sklearn.linear_model import LogisticRegression

import poise
from poise import SMOTE, big, make_pipeline
from poise.decisions import CostThreshold, ResampledClassifier, TunedThreshold
from poise.ensemble import BalancedBaggingClassifier, BalancedRandomForestClassifier
from poise.metrics import expected_calibration_error
from poise.over_sampling import BorderlineSMOTE, RandomOverSampler
from poise.under_sampling import EditedNearestNeighbours, NearMiss, TomekLinks

X, y = np.eye(4), [0, 0, 1, 1]

# One mistake a line, with its rule beside it.
# fmt: off

# Misspelt choices
SMOTE(sampling_strategy="minorty")  # reported: reportArgumentType
SMOTE(sampling_strategy="majority")  # reported: reportArgumentType
SMOTE(nominal="votes")  # reported: reportArgumentType
SMOTE(neighbor_space="standardised")  # reported: reportArgumentType
TomekLinks(sampling_strategy="minority")  # reported: reportArgumentType
BorderlineSMOTE(kind="borderline1")  # reported: reportArgumentType
NearMiss(version=4)  # reported: reportArgumentType
EditedNearestNeighbours(kind_sel="any")  # reported: reportArgumentType
TunedThreshold("f2")  # reported: reportArgumentType
BalancedRandomForestClassifier(criterion="ginny")  # reported: reportArgumentType
expected_calibration_error(y, [0.1, 0.2, 0.7, 0.8], strategy="quantiles")  # reported: reportArgumentType
poise.resample(X, y, method="smoteenn")  # reported: reportArgumentType
poise.compare(X, y, estimators=["forest"])  # reported: reportArgumentType
poise.diagnose(X, y).at_least("serious")  # reported: reportArgumentType
poise.resample(X, y).frame("panda")  # reported: reportArgumentType
big.resample("a.parquet", SMOTE(), target="y", if_exists="overwrite")  # reported: reportArgumentType

# Values of the wrong type
SMOTE(random_state="0")  # reported: reportArgumentType
SMOTE(k_neighbors=2.5)  # reported: reportArgumentType
RandomOverSampler(shrinkage="auto")  # reported: reportArgumentType
ResampledClassifier(LogisticRegression(), SMOTE())  # reported: reportArgumentType, reportArgumentType
BalancedBaggingClassifier(sampler=LogisticRegression())  # reported: reportArgumentType
CostThreshold(9)  # reported: reportArgumentType
big.resample("a.parquet", LogisticRegression(), target="y")  # reported: reportArgumentType

# Names that do not exist, values without their name, and parts that are missing
SMOTE(k_neighbours=3)  # reported: reportCallIssue
SMOTE("minority")  # reported: reportCallIssue
SMOTE().fit(X)  # reported: reportCallIssue
SMOTE().fit_resample(X, y)[2]  # reported: reportGeneralTypeIssues
SMOTE().fit_resampled(X, y)  # reported: reportAttributeAccessIssue
SMOTE().plan_.linage()  # reported: reportAttributeAccessIssue
make_pipeline(SMOTE(), LogisticRegression(), verbos=True)  # reported: reportCallIssue
big.resample("a.parquet", SMOTE())  # reported: reportCallIssue
