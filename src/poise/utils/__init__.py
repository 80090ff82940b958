"""Functions for samplers that are written as classes of arrays, under the names of imbalanced-learn.

A sampler of your own is shorter, and keeps the containers and kinds of columns of its users, with the base
classes of `poise.base` that make a plan; this module is for samplers that exist already.
"""

from poise.utils._docstring import Substitution
from poise.utils._validation import (
    check_neighbors_object,
    check_sampling_strategy,
    check_target_type,
)

__all__ = [
    "Substitution",
    "check_neighbors_object",
    "check_sampling_strategy",
    "check_target_type",
]
