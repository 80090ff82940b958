"""Which samplers can be streamed, and the steps that they consist of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from poise._api import method_class
from poise._methods import METHODS
from poise.big.request import ORDERS, Request
from poise.combine import OverThenClean
from poise.core.errors import InputError, UnsupportedTypeError
from poise.core.sampling.resampler import Cleaner, OverSampler, Resampler
from poise.core.sampling.rules import Rule
from poise.under_sampling import RandomUnderSampler


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

    @property
    def n_searched(self) -> int:
        """Largest number of neighbours that a step searches for a row."""
        over = 0 if self.over is None else self.over.n_searched
        return max(over, 0 if self.cleaner is None else known_rule(self.cleaner).k)


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
    if isinstance(sampler, Cleaner):
        return Steps(cleaner=sampler)
    if isinstance(sampler, OverSampler):
        return Steps(over=sampler)
    assert isinstance(sampler, OverThenClean)  # noqa: S101  # as can_be_streamed says
    return _combined(sampler, cleans_first=request.order != ORDERS[0])


def require_extendable(request: Request, steps: Steps) -> None:
    """Raise for a sampler that decides again about rows of a result when the source has more rows.

    Raises
    ------
    InputError
    """
    if (steps.over is not None and steps.cleaner is None) or request.rate is not None:
        return
    reason, way = "decides again about all rows when some are added", ""
    if steps.under is not None:
        reason, way = "keeps other rows when some are added", ", or rate= instead of exact counts"
    raise InputError(
        f"if_exists='extend' leaves the rows of a result as they are, and {request.method} {reason}. Pass "
        f"if_exists='replace' (--if-exists replace){way}."
    )


def can_be_streamed(sampler: Resampler) -> bool:
    """Return whether a sampler states which rows its plan depends on."""
    if isinstance(sampler, OverSampler):
        return sampler.looks_at is not None
    if isinstance(sampler, Cleaner):
        return sampler.rule is not None and _is_of_same_class(sampler, "rule", "remove")
    return isinstance(sampler, RandomUnderSampler | OverThenClean)


def _is_of_same_class(sampler: Resampler, statement: str, method: str) -> bool:
    """Return whether no subclass has overridden a method without its statement about the method."""
    kinds = type(sampler).__mro__
    where = [
        next(i for i, kind in enumerate(kinds) if name in vars(kind))
        for name in (statement, method)
    ]
    return where[0] <= where[1]


def streamed_names() -> list[str]:
    """Return the names of Poise's own samplers that can be streamed."""
    classes = [method_class(name) for name in METHODS]
    return [kind.__name__ for kind in classes if can_be_streamed(kind())]


def known_rule(cleaner: Cleaner) -> Rule:
    """Return the rule of a cleaner that can be streamed."""
    assert cleaner.rule is not None  # noqa: S101  # read_steps lets no other cleaner pass
    return cleaner.rule


def _require_streamed(sampler: Resampler) -> None:
    name = type(sampler).__name__
    if not can_be_streamed(sampler):
        raise UnsupportedTypeError(
            f"{name} cannot be done exactly on rows that are not all in memory. Supported are: "
            f"{', '.join(streamed_names())}, and samplers of your own that state `looks_at` (over-samplers) or "
            "`rule` (cleaners). Otherwise sample the rows with RandomUnderSampler first, and use "
            "poise.resample on the result."
        )
    for parameter, default in (
        ("within_groups", False),
        ("shrinkage", None),
        ("replacement", False),
        ("shuffle", False),
        ("balance", "class"),
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
    if isinstance(sampler, OverSampler) and sampler.looks_at == "own class":
        return
    for parameter in ("k_neighbors", "m_neighbors", "n_neighbors"):
        neighbors = getattr(sampler, parameter, 1)
        if not isinstance(neighbors, int | np.integer):
            raise UnsupportedTypeError(
                f"{name}({parameter}={neighbors!r}) searches all rows, which is not possible with your own "
                "neighbour object. Pass a number."
            )


def _combined(sampler: OverThenClean, *, cleans_first: bool) -> Steps:
    name = type(sampler).__name__
    over, cleaner = sampler.over_sampler(), sampler.cleaner()
    for step in (over, cleaner):
        _require_streamed(step)
        if getattr(step, "looks_at", "own class") != "own class":
            raise UnsupportedTypeError(
                f"{name} with {step!r} is not supported by poise.big: its over-sampler must look only at rows of "
                "the class that grows, as SMOTE does. Run the two steps one after the other."
            )
        if getattr(step, "neighbor_space", sampler.neighbor_space) != sampler.neighbor_space:
            raise UnsupportedTypeError(
                f"{step!r} searches in another space than {name}(neighbor_space={sampler.neighbor_space!r}). Pass "
                "the same to both."
            )
    if cleans_first and sampler.given_cleaner is None:
        # The default cleaner is for balanced classes and cleans all of them; before balancing, it
        # would remove most of the smallest class.
        cleaner = cleaner.set_params(sampling_strategy="auto")
    return Steps(over=over, cleaner=cleaner, cleans_first=cleans_first)
