"""Which samplers can be streamed, and the steps that they consist of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from poise.big.request import ORDERS, Request
from poise.combine import SMOTEENN, SMOTETomek
from poise.core.errors import InputError, UnsupportedTypeError
from poise.core.sampling.resampler import Cleaner, OverSampler, Resampler
from poise.over_sampling import ADASYN, SMOTE, SMOTENC, BorderlineSMOTE, RandomOverSampler
from poise.under_sampling import EditedNearestNeighbours, RandomUnderSampler, TomekLinks

OWN_CLASS = (RandomOverSampler, SMOTE, SMOTENC)  # new rows depend on rows of the same class only
ALL_CLASSES = (BorderlineSMOTE, ADASYN)  # on the nearest rows of all classes
OVER_SAMPLERS = (*OWN_CLASS, *ALL_CLASSES)
CLEANERS = (TomekLinks, EditedNearestNeighbours)  # each has its rule in clean.rule_of
COMBINED = (SMOTETomek, SMOTEENN)
STREAMED = (RandomUnderSampler, *OVER_SAMPLERS, *CLEANERS, *COMBINED)


@dataclass(frozen=True, eq=False)
class Steps:
    """The steps of a sampler; those that it does not have are None.

    Attributes
    ----------
    under : RandomUnderSampler or None
    over : OverSampler or None
    cleaner : Cleaner or None
    cleans_first : bool
        Whether the table is cleaned before new rows are made.
    """

    under: RandomUnderSampler | None = None
    over: OverSampler | None = None
    cleaner: Cleaner | None = None
    cleans_first: bool = False


def read_steps(request: Request) -> Steps:
    """Return the steps of the sampler of a request.

    Raises
    ------
    UnsupportedTypeError
        For a sampler, or a parameter of one, that cannot be streamed exactly.
    InputError
        For a rate that the sampler does not use.
    """
    sampler = request.sampler
    _require_streamed(sampler)
    if isinstance(sampler, RandomUnderSampler):
        return Steps(under=sampler)
    if request.rate is not None:
        raise InputError(
            f"rate={request.rate!r} is the share of rows to keep at random, which {request.method} does not use. "
            "Leave it out, or pass RandomUnderSampler()."
        )
    if isinstance(sampler, CLEANERS):
        return Steps(cleaner=sampler)
    if isinstance(sampler, OVER_SAMPLERS):
        return Steps(over=sampler)
    if isinstance(sampler, COMBINED):
        return _combined(sampler, cleans_first=request.order != ORDERS[0])
    raise NotImplementedError(
        f"{request.method} is in STREAMED, but read_steps does not know its steps. Add it to OVER_SAMPLERS, "
        "CLEANERS or COMBINED, in src/poise/big/methods/steps.py."
    )


def _require_streamed(sampler: Resampler) -> None:
    name = type(sampler).__name__
    if type(sampler) not in STREAMED:
        known = ", ".join(kind.__name__ for kind in STREAMED)
        raise UnsupportedTypeError(
            f"{name} cannot be done exactly on rows that are not all in memory. Supported are: {known}. "
            "Otherwise sample the rows with RandomUnderSampler first, and use poise.resample on the result."
        )
    for parameter, default in (
        ("within_groups", False),
        ("shrinkage", None),
        ("replacement", False),
    ):
        if getattr(sampler, parameter, default) != default:
            raise UnsupportedTypeError(
                f"{name}({parameter}={getattr(sampler, parameter)!r}) is not supported by poise.big. Leave it out, "
                "or use poise.resample in memory."
            )
    _require_streamed_search(sampler)


def _require_streamed_search(sampler: Resampler) -> None:
    """Raise for a space or a neighbour object that needs all rows at once."""
    name, space = type(sampler).__name__, getattr(sampler, "neighbor_space", "raw")
    if not isinstance(space, str) or space not in ("raw", "standard"):
        raise UnsupportedTypeError(
            f"{name}(neighbor_space={space!r}) needs all rows in memory. Pass 'raw' or 'standard', or "
            "transform the columns in the source."
        )
    if isinstance(sampler, SMOTE | SMOTENC):
        return
    for parameter in ("k_neighbors", "m_neighbors", "n_neighbors"):
        neighbors = getattr(sampler, parameter, 1)
        if not isinstance(neighbors, int | np.integer):
            raise UnsupportedTypeError(
                f"{name}({parameter}={neighbors!r}) searches all rows, which is not possible with your own "
                "neighbour object. Pass a number."
            )


def _combined(sampler: SMOTETomek | SMOTEENN, *, cleans_first: bool) -> Steps:
    name = type(sampler).__name__
    over, cleaner = sampler.over_sampler(), sampler.cleaner()
    for step in (over, cleaner):
        _require_streamed(step)
        if type(step) not in (*OWN_CLASS, *CLEANERS):
            raise UnsupportedTypeError(
                f"{name} with {step!r} is not supported by poise.big; its steps can be RandomOverSampler, SMOTE, "
                "SMOTENC, TomekLinks and EditedNearestNeighbours. Run the two steps one after the other."
            )
        if getattr(step, "neighbor_space", sampler.neighbor_space) != sampler.neighbor_space:
            raise UnsupportedTypeError(
                f"{step!r} searches in another space than {name}(neighbor_space={sampler.neighbor_space!r}). Pass "
                "the same to both."
            )
    own = sampler.tomek if isinstance(sampler, SMOTETomek) else sampler.enn
    if cleans_first and own is None:
        # The default cleaner is for balanced classes and cleans all of them; before balancing, it
        # would remove most of the smallest class.
        cleaner = cleaner.set_params(sampling_strategy="auto")
    return Steps(over=over, cleaner=cleaner, cleans_first=cleans_first)
