"""Base classes and functions for writing your own sampler.

A sampler is one function from arrays to a plan. Subclass

================  =======================================================  ====================
`OverSampler`     ``_grow(problem, code, n_rows, rng)``                    a recipe for the new rows
`UnderSampler`    ``_keeper(problem, rng)``, called with (code, n_rows)    the rows that are kept
`Cleaner`         ``_remove(problem, codes, rng)``                         a mask of rows to remove
`Resampler`       ``_plan(problem, rng)``                                  a whole plan
================  =======================================================  ====================

and set its parameters in ``__init__``. The base class handles containers, column kinds, missing
values, labels, counts, the random state, lineage, metadata such as weights, and the output.
The class attributes
`needs`, `partners` and `gap_range` declare what is special about a method. `docs/own_method.md` has a
worked example.
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
