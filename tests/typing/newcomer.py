"""A newcomer balances a table with SMOTE."""

from typing import Any, assert_type

import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import RobustScaler

import poise
from poise import SMOTE, Lineage, Plan, Resampled

rng = np.random.default_rng(0)
frame = pd.DataFrame({"income": rng.normal(size=60), "age": rng.normal(size=60)})
labels = ["no"] * 50 + ["yes"] * 10

# A frame comes out as a frame, a list as a list.
smote = SMOTE(k_neighbors=3, sampling_strategy="minority", random_state=0)
X_new, y_new = smote.fit_resample(frame, labels)
assert_type(X_new, pd.DataFrame)
assert_type(y_new, list[str])

pieces = smote.fit_resample(pl.DataFrame({"income": rng.normal(size=60)}), pl.Series(labels))
assert_type(pieces, tuple[pl.DataFrame, pl.Series])

# So does an array of numbers.
points: NDArray[np.float32] = rng.normal(size=(60, 2)).astype(np.float32)
X_array, y_array = smote.fit_resample(points, np.array(labels))
assert_type(X_array, NDArray[np.float32])
assert y_array.shape == (100,)

# What the fit has set is known.
assert_type(smote.plan_, Plan)
assert_type(smote.plan_.lineage(), Lineage)
assert_type(smote.sampling_strategy_, dict[Any, int])
assert_type(smote.n_features_in_, int)

# Objects of scikit-learn, columns of other kinds, and counts by class.
other = SMOTE(
    k_neighbors=NearestNeighbors(n_neighbors=4),
    neighbor_space=RobustScaler(),
    sampling_strategy={"yes": 30},
    random_state=np.random.RandomState(0),
)
assert len(other.fit_resample(frame, labels)[1]) == 80
kinds = {"age": "continuous"}
carrying = SMOTE(column_kinds=kinds, carry_columns=["income"], random_state=np.int64(0))
assert list(carrying.fit_resample(frame, labels)[0].columns) == ["income", "age"]

# The same in one call.
result = poise.resample(frame, labels, method="borderline-smote", k_neighbors=3)
assert_type(result, Resampled)
assert_type(result.plan, Plan)
assert_type(result.aligned, dict[str, Any])
assert result.is_new.sum() == 40
