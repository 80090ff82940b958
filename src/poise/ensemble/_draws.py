"""The rows of each member of an ensemble: a bootstrap sample, and a balanced draw from it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from inspect import signature
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn import config_context
from sklearn.base import clone, is_regressor
from sklearn.ensemble import AdaBoostClassifier

from poise.core.errors import ParameterError, TooFewRowsError, UnsupportedTypeError
from poise.core.numbers import some_weights_of
from poise.core.plan.recipes import Ids
from poise.core.sampling.problem import Problem
from poise.core.sampling.resampler import Resampler, checked_plan
from poise.core.sampling.seeds import random_stream, reseeded
from poise.core.tables.aligned import take
from poise.core.tables.labels import Labels
from poise.pipeline import Pipeline, make_pipeline
from poise.under_sampling import RandomUnderSampler

_LARGEST_SEED = np.iinfo(np.int32).max


@dataclass(frozen=True, eq=False)
class MemberDraws:
    """How the rows of the members are drawn; the rows of a member follow from its random seed.

    Attributes
    ----------
    labels : Labels
        The classes of all rows.
    n_bag : int
        Size of each bootstrap sample.
    bootstrap : bool
        Whether it is drawn with replacement.
    sampler : sampler
        Balances each bootstrap sample.
    max_samples : object
        What the user passed, for messages.
    """

    labels: Labels
    n_bag: int
    bootstrap: bool
    sampler: Any
    max_samples: Any = None

    @property
    def only_rows(self) -> bool:
        """Whether the sampler needs no values and makes none: its output is rows of the bootstrap sample."""
        is_own = isinstance(self.sampler, Resampler)
        is_plain = is_own and type(self.sampler).fit_resample is Resampler.fit_resample
        return (
            is_plain
            and self.sampler.needs == "rows"
            and not getattr(self.sampler, "shrinkage", 0)
            and not self.sampler.shuffle
            and self.sampler.balance == "class"
        )

    def bag(self, seed: int) -> Ids:
        """Return the bootstrap sample of a member.

        Raises
        ------
        TooFewRowsError
            If a class has no row in it.
        """
        return self._bag(np.random.RandomState(seed))[0]

    def rows(self, seed: int) -> Ids:
        """Return the rows that a member is fitted on; the bootstrap sample, if the sampler makes new rows."""
        rng = np.random.RandomState(seed)
        bag, labels = self._bag(rng)
        if not self.only_rows:
            return bag
        problem = Problem(labels, method_name=type(self.sampler).__name__)
        plan, _ = checked_plan(self.sampler.make_plan(problem, rng), problem)
        return plan.source.copy() if self._has_all_rows else bag[plan.source]

    def resampled(self, X: Any, y: Any, weights: Any, seed: int) -> tuple[Any, Any, Any]:
        """Return the table, the labels and the weights (or None) that a member is fitted on.

        Raises
        ------
        UnsupportedTypeError
            If there are weights, and the sampler is of another package and does not resample them.
        """
        if self.only_rows:
            rows = self.rows(seed)
            self.check_weights_of(rows, weights)
            return take(X, rows), take(y, rows), None if weights is None else weights[rows]
        rng = np.random.RandomState(seed)
        bag, _ = self._bag(rng)
        self.check_weights_of(bag, weights)
        sampler = reseeded(clone(self.sampler), int(rng.randint(_LARGEST_SEED)))
        own = None if weights is None else weights[bag]
        return resampled(sampler, take(X, bag), take(y, bag), own)

    @property
    def _has_all_rows(self) -> bool:
        """Whether the sample of every member is all rows in their order."""
        return not self.bootstrap and self.n_bag == len(self.labels.codes)

    @cached_property
    def _shared(self) -> Labels:
        """The labels of all rows, whose rows by class are found once for all members."""
        return Labels(self.labels.codes, self.labels.classes)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_shared"}

    def _bag(self, rng: np.random.RandomState) -> tuple[Ids, Labels]:
        """Return the bootstrap sample of a member, and the labels of its rows."""
        n_rows = len(self.labels.codes)
        if self._has_all_rows:
            # Only a sampler of our own is sure to leave the rows of a class, which others get too, unchanged.
            is_own = type(self.sampler) is RandomUnderSampler
            return np.arange(n_rows), self._shared if is_own else Labels(
                self.labels.codes, self.labels.classes
            )
        draws = rng.randint(0, n_rows, self.n_bag) if self.bootstrap else rng.permutation(n_rows)
        bag = draws[: self.n_bag]
        labels = self.labels.take(bag)
        self._check_classes(labels)
        return bag, labels

    def check_weights_of(self, rows: Ids, weights: Any) -> None:
        """Raise TooFewRowsError if all rows of a class in the draw of a member have the weight 0."""
        if weights is None:
            return
        totals = np.bincount(self.labels.codes[rows], weights[rows], len(self.labels.classes))
        if not totals.all():
            code = int(totals.argmin())
            n_weighted = np.count_nonzero(weights[self.labels.codes == code])
            raise TooFewRowsError(
                f"A member is drawn {len(rows)} rows, in which all rows of class {self.labels.classes[code]!r} have the "
                f"weight 0; {n_weighted} of its {self.labels.counts[code]} rows have another. Leave rows of weight 0 out of "
                "the table, or draw more rows for each member."
            )

    def _check_classes(self, labels: Labels) -> None:
        counts = labels.counts
        if counts.all():
            return
        code = int(counts.argmin())
        way_out = "set bootstrap=False" if self.bootstrap else "leave max_samples out"
        if self.n_bag < len(self.labels.codes):
            way_out = f"pass a larger max_samples than {self.max_samples!r}, or {way_out}"
        raise TooFewRowsError(
            f"A bootstrap sample of {self.n_bag} rows holds no row of class {self.labels.classes[code]!r}, which "
            f"has {self.labels.counts[code]} of {len(self.labels.codes)} rows. To have every class in each sample, "
            f"{way_out}."
        )


def resampled(sampler: Any, X: Any, y: Any, weights: Any) -> tuple[Any, Any, Any]:
    """Resample a table; return it, its labels, and the weights of its rows or None.

    Raises
    ------
    UnsupportedTypeError
        If there are weights, and the sampler is of another package and does not resample them.
    """
    given = {} if weights is None else {"sample_weight": weights}
    if given and "sample_weight" not in signature(sampler.fit_resample).parameters:
        raise UnsupportedTypeError(
            f"{sampler!r} is not a sampler of Poise, so the weights of its rows are not known. Leave "
            "sample_weight out, or use the sampler of Poise with that name."
        )
    X_new, y_new = sampler.fit_resample(X, y, **given)
    if hasattr(sampler, "sample_weight_"):  # it computes the weights itself
        return X_new, y_new, sampler.sample_weight_
    return X_new, y_new, sampler.aligned_["sample_weight"] if given else None


def under_sampler(ensemble: Any) -> RandomUnderSampler:
    """Return the sampler that the parameters of an ensemble describe."""
    return RandomUnderSampler(
        sampling_strategy=ensemble.sampling_strategy, replacement=ensemble.replacement
    )


def samplers_of(ensemble: Any, members: list[Any]) -> list[RandomUnderSampler]:
    """Return a sampler for each member, with the random seed of the member."""
    return [under_sampler(ensemble).set_params(random_state=each.random_state) for each in members]


def pipelines_of(samplers: list[RandomUnderSampler], members: list[Any]) -> list[Pipeline]:
    """Return a pipeline of the sampler and the classifier of each member."""
    return [make_pipeline(*pair) for pair in zip(samplers, members, strict=True)]


def draws_of(ensemble: Any, labels: Labels, sampler: Any) -> MemberDraws:
    """Return how the rows of the members of an ensemble are drawn, with a sampler of its own."""
    n_rows, given = len(labels.codes), ensemble.max_samples
    n_bag = number_of("max_samples", given, n_rows, n_rows)
    return MemberDraws(compact(labels), n_bag, ensemble.bootstrap, sampler, given)


def compact(labels: Labels) -> Labels:
    """Return the same labels with codes in few bytes, because pickles of ensembles hold them."""
    return Labels(labels.codes.astype(np.min_scalar_type(len(labels.classes))), labels.classes)


def member_seeds(random_state: Any, n_members: int) -> list[int]:
    """Return a random seed for each member; more members have the same first seeds."""
    seeds = random_stream(random_state).randint(_LARGEST_SEED, size=n_members)
    return np.asarray(seeds).tolist()


def number_of(name: str, given: Any, n: int, default: int) -> int:
    """Return a number of rows or columns, given as a whole number or as a share.

    Raises
    ------
    ParameterError
        If it is neither, or out of range.
    """
    if given is None:
        return default
    if isinstance(given, Integral) and not isinstance(given, bool):
        if 1 <= int(given) <= n:
            return int(given)
    elif isinstance(given, Real) and not isinstance(given, bool) and 0 < float(given) <= 1:
        return max(1, int(float(given) * n))
    raise ParameterError(
        f"{name}={given!r} must be a whole number from 1 to {n}, or a share above 0 and at most 1."
    )


def check_not_a_regressor(estimator: Any) -> None:
    """Raise UnsupportedTypeError for a regressor, which predicts no classes, and what is not an estimator."""
    if isinstance(estimator, type) or not hasattr(estimator, "fit"):
        raise UnsupportedTypeError(
            f"estimator={estimator!r} is not a classifier. Pass an instance, such as DecisionTreeClassifier()."
        )
    if is_regressor(estimator):
        raise UnsupportedTypeError(
            f"estimator={estimator!r} is a regressor, and the members predict classes. Pass a classifier."
        )


def check_weights(weights: Any, n_rows: int) -> Any:
    """Return row weights as an array; None stays None.

    Raises
    ------
    InputError
        If they are not one finite number of 0 or more per row, or all 0.
    """
    if weights is None:
        return None
    return some_weights_of(weights, n_rows)


@contextmanager
def weights_arrive(estimator: Any) -> Iterator[None]:
    """While an AdaBoostClassifier is fitted, let it take weights, also of 0.

    It takes the logarithm of weights, and none at all where metadata routing is enabled, because
    scikit-learn does not route metadata to its members.
    """
    if not isinstance(estimator, AdaBoostClassifier):
        yield
        return
    with config_context(enable_metadata_routing=False), np.errstate(divide="ignore"):
        yield
