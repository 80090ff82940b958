"""Writing samplers of one's own: what a subclass builds on.

A method is one function from arrays to a plan. Subclass

================  =======================================================  ====================
`OverSampler`     ``_grow(problem, code, n_rows, rng)``                    a recipe for new rows
`UnderSampler`    ``_keeper(problem, rng)``, called with (code, n_rows)    the rows that are kept
`Cleaner`         ``_remove(problem, codes, rng)``                         a mask of rows to remove
`Resampler`       ``_plan(problem, rng)``                                  a whole plan
================  =======================================================  ====================

and give parameters in ``__init__``. Containers, kinds of columns, gaps, labels, counts, the random
stream, lineage, carried arrays and output come with it. `docs/own_method.md` writes one.
"""

from poise.core.plan.plan import Plan
from poise.core.plan.recipes import Copy, Jitter, Mean, Recipe, Segment, Vote
from poise.core.sampling.draws import SeedNeighborPairs, among, draw, in_class
from poise.core.sampling.problem import Problem
from poise.core.sampling.resampler import Cleaner, OverSampler, Resampler, UnderSampler
from poise.pipeline import is_sampler

__all__ = [
    "Cleaner",
    "Copy",
    "Jitter",
    "Mean",
    "OverSampler",
    "Plan",
    "Problem",
    "Recipe",
    "Resampler",
    "SeedNeighborPairs",
    "Segment",
    "UnderSampler",
    "Vote",
    "among",
    "draw",
    "in_class",
    "is_sampler",
]
