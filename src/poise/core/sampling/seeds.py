"""Random seeds of a fit, and copies and seeds of other packages' estimators."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state

from poise.core.errors import InputError, ParameterError


def random_stream(random_state: Any) -> np.random.RandomState:
    """Return the random generator of a fit.

    Raises
    ------
    ParameterError
        If `random_state` is not a valid random seed or generator.
    """
    try:
        return check_random_state(random_state)
    except ValueError as error:
        raise ParameterError(
            f"random_state={random_state!r} is not a valid random seed: {error} Pass a whole number from 0 to "
            "2**32 - 1, a numpy.random.RandomState, or None."
        ) from None


def check_seed(random_state: Any) -> None:
    """Raise InputError unless a random seed is a whole number that numpy accepts."""
    is_whole = isinstance(random_state, int | np.integer) and not isinstance(random_state, bool)
    if not is_whole or not 0 <= random_state < 1 << 32:
        raise InputError(
            f"random_state={random_state!r} must be a whole number from 0 to 2**32 - 1."
        )


def seeded(estimator: Any, random_seed: int) -> Any:
    """Set every `random_state` of an estimator that is None to the random seed, and return it."""
    parameters = estimator.get_params()
    free = {
        key: random_seed
        for key, value in parameters.items()
        if key.rpartition("__")[2] == "random_state" and value is None
    }
    return estimator.set_params(**free)


def reseeded(estimator: Any, random_seed: int) -> Any:
    """Set every `random_state` of an estimator, whatever it is, to the random seed, and return it."""
    every = (key for key in estimator.get_params() if key.rpartition("__")[2] == "random_state")
    return estimator.set_params(**dict.fromkeys(every, random_seed))


def fresh(estimator: Any) -> Any:
    """Return an unfitted copy of an estimator.

    scikit-learn refuses to clone estimators that change their parameters, such as a CatBoostClassifier with
    `cat_features`; these are built again from copies of their parameters.
    """
    try:
        return clone(estimator)
    except RuntimeError:
        parameters = estimator.get_params(deep=False)
        return type(estimator)(**{name: _copied(value) for name, value in parameters.items()})


def _copied(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return type(value)(map(_copied, value))
    is_estimator = hasattr(value, "get_params") and not isinstance(value, type)
    return fresh(value) if is_estimator else deepcopy(value)
