"""Three methods as a user would write them: with public names of poise.base alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from poise import SMOTE
from poise.base import Cleaner, SeedNeighborPairs, SmoteFamily, VoteRule, among, parameter, sampler


class SquaredGapSMOTE(SMOTE):
    """SMOTE with new rows near their seed rows."""

    def gaps(self, uniforms: Any) -> Any:
        return uniforms**2


@sampler
class LNSMOTE(SmoteFamily):
    """SMOTE with partners of any class, and gaps by how safe the two rows are.

    After Maciejewski and Stefanowski (2011): the safe level of a row is the number of rows of its class
    among its neighbours. New rows keep to the safer end, and away from partners of other classes.
    """

    k_neighbors: int = parameter(default=5)
    looks_at = "neighbours of neighbours"
    partners = "any class"

    def pairs(self, problem: Any, code: int) -> SeedNeighborPairs:
        k, is_own = self.k_neighbors, problem.labels.codes == code
        neighbors_of = among(problem, None, k)
        seeds = problem.labels.members(code)
        near = neighbors_of(seeds)
        rows, safe = np.union1d(seeds, near[near >= 0]), np.zeros(problem.n_rows)
        around = neighbors_of(rows)
        safe[rows] = ((around >= 0) & is_own[around]).sum(axis=1)
        # A partner of another class does not count the seed row as one of its safe neighbours.
        partner = np.maximum(safe[near] - ~is_own[near], 1e-9)
        ratio = np.maximum(safe[seeds][:, np.newaxis] / partner, 1e-9)
        low = np.where(ratio < 1, 1 - ratio, 0.0)
        high = np.where(is_own[near], 1.0, partner / k) * np.minimum(1.0, 1 / ratio)
        return SeedNeighborPairs(seeds, neighbors_of, k, gap_ends=(np.minimum(low, high), high))


@sampler
class SurroundedRows(Cleaner):
    """Remove rows that have no row of their class nearer than their k-th row of another class."""

    n_neighbors: int = parameter(default=3)

    @property
    def rule(self) -> VoteRule:
        return VoteRule(self.n_neighbors, rank=self.n_neighbors, wanted=1, is_exact=True)

    def remove(self, problem: Any, codes: list[int], rng: Any) -> Any:
        is_removed, k = np.zeros(problem.n_rows, dtype=bool), self.n_neighbors
        for code in codes:
            own = problem.labels.members(code)
            others = np.flatnonzero(problem.labels.codes != code)
            nearest_own = problem.index_of(own, as_all=True).kth_distances(np.arange(len(own)), 1)
            enemies = problem.index_of(others, as_all=True).nearest(problem.values[own], k)
            is_removed[own] = nearest_own >= enemies.distances[:, -1]
        return is_removed
