"""A sampler of one's own: its parameters, and what its fit finds."""

from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray

from poise.base import (
    Problem,
    SeedNeighborPairs,
    SmoteFamily,
    fitted,
    in_class,
    parameter,
    sampler,
)


@sampler
class CloseSMOTE(SmoteFamily):
    """SMOTE with new rows on the first part of the segment to the neighbour."""

    k_neighbors: int = parameter(default=5)
    reach: float = parameter(default=0.3)

    n_classes_: int = fitted()

    def pairs(self, problem: Problem, code: int) -> SeedNeighborPairs:
        """Return all rows of the class, each with its nearest neighbours."""
        seeds = problem.labels.members(code)
        problem.found["n_classes_"] = len(problem.labels.classes)
        return SeedNeighborPairs(seeds, in_class(problem, code, self.k_neighbors), self.k_neighbors)

    def gaps(self, uniforms: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return gaps near the seed row."""
        return self.reach * uniforms


# The constructor has the parameters of the class and of its base, by name.
close = CloseSMOTE(k_neighbors=3, reach=0.1, sampling_strategy={1: 20}, random_state=0)
assert_type(close.reach, float)
assert_type(close.within_groups, bool)

X = np.random.default_rng(0).normal(size=(40, 2))
y = [0] * 30 + [1] * 10
X_new, y_new = close.fit_resample(X, y)
assert_type(X_new, NDArray[np.float64])
assert_type(y_new, list[int])
assert_type(close.fit(X, y), CloseSMOTE)
assert_type(close.sampling_strategy_, dict[Any, int])
assert_type(close.n_classes_, int)
assert close.plan_.lineage().gap[30:].size
