"""Base classes and functions for writing your own sampler.

A sampler is one function from arrays to a plan. Subclass

================  =======================================================  =============================
`SmoteFamily`     ``pairs(problem, code)``, ``gaps(uniforms)``             seed rows and their neighbours
`OverSampler`     ``grow(problem, code, n_rows, rng)``                     a recipe for the new rows
`UnderSampler`    ``keeper(problem, rng)``, called with (code, n_rows)     the rows that are kept
`Cleaner`         ``remove(problem, codes, rng)``                          a mask of rows to remove
`Resampler`       ``make_plan(problem, rng)``                              a whole plan
================  =======================================================  =============================

and declare its parameters, as fields of a class with the decorator `sampler` or in ``__init__``. The base class handles containers, column kinds, missing
values, labels, counts, the random state, lineage, metadata such as weights, and the output.
The class attributes
`needs`, `partners` and `gap_range` declare what is special about a method. `docs/own_method.md` has a
worked example.

`BaseSampler` and `SamplerMixin` are the base classes of imbalanced-learn, for samplers that exist already:
they define ``_fit_resample(X, y)`` on arrays, and have no plan.
"""

from poise.core.plan.plan import Plan
from poise.core.plan.recipes import Copy, Jitter, Mean, Recipe, Segment, Vote
from poise.core.sampling.draws import SeedNeighborPairs, among, draw, in_class
from poise.core.sampling.parameters import fitted, parameter, sampler
from poise.core.sampling.problem import Problem
from poise.core.sampling.resampler import Cleaner, OverSampler, Resampler, SmoteFamily, UnderSampler
from poise.core.sampling.rules import MutualRule, VoteRule
from poise.function_sampler import FunctionSampler
from poise.pipeline import is_sampler
from poise.utils._samplers import BaseSampler, SamplerMixin

__all__ = [
    "BaseSampler",
    "Cleaner",
    "Copy",
    "FunctionSampler",
    "Jitter",
    "Mean",
    "MutualRule",
    "OverSampler",
    "Plan",
    "Problem",
    "Recipe",
    "Resampler",
    "SamplerMixin",
    "SeedNeighborPairs",
    "Segment",
    "SmoteFamily",
    "UnderSampler",
    "Vote",
    "VoteRule",
    "among",
    "draw",
    "fitted",
    "in_class",
    "is_sampler",
    "parameter",
    "sampler",
]
