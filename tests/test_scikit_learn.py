"""The estimator checks of scikit-learn pass, except those that only apply to predictors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.utils.estimator_checks import check_estimator

import poise
from poise._api import method_class
from poise._methods import METHODS
from poise.core.errors import NothingToDoWarning, TooFewRowsError, VanishingClassWarning

# Few neighbours, because the tables of the checks have classes of a few rows.
SMALL: dict[str, dict[str, Any]] = {
    "BorderlineSMOTE": {"k_neighbors": 1, "m_neighbors": 2},
    "SVMSMOTE": {"k_neighbors": 1, "m_neighbors": 2},
    "NearMiss": {"n_neighbors": 1},
    "InstanceHardnessThreshold": {"estimator": LogisticRegression(), "cv": 2},
    "ADASYN": {"n_neighbors": 1},
} | {
    name: {"k_neighbors": 1}
    for name in ("SMOTE", "SMOTENC", "SMOTEN", "SafeLevelSMOTE", "MGS", "KMeansSMOTE")
}
NOT_FOR_SAMPLERS = {
    "check_all_zero_sample_weights_error": "weights are only resampled, nothing is fitted to them",
    "check_sample_weight_equivalence_on_dense_data": "weights do not influence which rows are made",
    "check_sample_weight_equivalence_on_sparse_data": "weights do not influence which rows are made",
    "check_dtype_object": "objects are treated as categories, or raise a ValueError of Poise",
}
# A table of the checks can be too small for a method, which then raises; that is correct.
TOO_SMALL = (TooFewRowsError, VanishingClassWarning, NothingToDoWarning)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("method", METHODS)
def test_the_checks_of_scikit_learn_pass(method: str) -> None:
    np.random.seed(0)  # some of the checks draw from the global stream
    kind = method_class(method)
    sampler = kind(**SMALL.get(kind.__name__, {}))
    if hasattr(sampler, "smote"):
        sampler.set_params(smote=poise.SMOTE(k_neighbors=1))
    results = check_estimator(sampler, on_fail=None, on_skip=None)
    assert sum(result["status"] == "passed" for result in results) >= 25
    failed = {
        result["check_name"]: result["exception"]
        for result in results
        if result["status"] == "failed" and result["check_name"] not in NOT_FOR_SAMPLERS
    }
    message = {name: error for name, error in failed.items() if not _is_too_small(error)}
    assert not message


def _is_too_small(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, TOO_SMALL) or any(kind.__name__ in str(error) for kind in TOO_SMALL):
            return True
        error = error.__cause__ or error.__context__
    return False
