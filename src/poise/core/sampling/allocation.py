"""Allocation: compute the number of rows of each class from `sampling_strategy`.

======================  ==========================  ==========================================
strategy                over-sampling               under-sampling
======================  ==========================  ==========================================
"auto"                  same as "not majority"      same as "not minority"
"minority"              the smallest class grows    (cannot shrink)
"majority"              (cannot grow)               the largest class shrinks
"not majority"          all but the largest grow    all but the largest shrink
"not minority"          all but the smallest grow   all but the smallest shrink
"all"                   all classes                 all classes
0.5                     smallest to 0.5 x largest   largest to smallest / 0.5
Ratio(0.5)              smaller to 0.5 x largest    larger to smallest / 0.5
Ratio({label: 0.5})     these to 0.5 x largest      these to 0.5 x largest
Proportion(0.5)         half of what is missing     (cannot shrink)
{label: count}          these to that count         these to that count
callable                y -> {label: count}         y -> {label: count}
======================  ==========================  ==========================================

With a name, classes grow to the size of the largest class, or shrink to the size of the smallest.
Cleaning methods accept a name or a list of labels; their rule decides how many rows they remove.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poise.core.errors import InputError, UnknownNameError, listed, nearest_name
from poise.core.plan.recipes import Ids
from poise.core.saved import PickledWithVersion
from poise.core.tables.labels import Labels
from poise.core.types import Integer, Number, StrategyName, choices

Strategy = str | Number | Mapping[Any, Integer] | Iterable[Any] | Callable[[Any], Any]
Counts = dict[int, int]

_NAMES = choices(StrategyName)

# Added before rounding down, because 0.29 * 100 is slightly below 29 in floating point.
ROUNDING = 1e-9
_MOST_ROWS = 1 << 40  # no mutant: more than fits into memory


def rows_to_add(strategy: Strategy, labels: Labels) -> Counts:
    """Return the number of rows to add to each class that may grow, by class code.

    Raises
    ------
    InputError
        If the strategy is invalid or asks for fewer rows than a class has.

    Examples
    --------
    >>> from poise.core.tables.labels import encode
    >>> rows_to_add("auto", encode(np.array([0, 0, 0, 1])))
    {1: 2}
    """
    check_several_classes(labels)
    counts, largest = labels.counts.tolist(), int(labels.counts.max())
    strategy = _called(strategy, labels)
    if isinstance(strategy, str):
        codes = _named(strategy, labels, auto="not majority", impossible="majority")
        return {code: largest - counts[code] for code in codes}
    if isinstance(strategy, Mapping):
        wanted = _wanted(strategy, labels)
        for code, count in wanted.items():
            if count < counts[code]:
                raise InputError(
                    f"sampling_strategy asks for {count} rows of class {labels.classes[code]!r}, "
                    f"which has {counts[code]}; over-sampling only adds rows. Ask for "
                    f"{counts[code]} or more, or use an under-sampler."
                )
        return {code: count - counts[code] for code, count in wanted.items()}
    ratio = ratio_of(strategy, labels)
    smallest = rarest_of_two(labels)
    target = math.floor(ratio * counts[1 - smallest] + ROUNDING)
    if target < counts[smallest]:
        raise InputError(
            f"sampling_strategy={ratio:g} asks for {target} rows of class "
            f"{labels.classes[smallest]!r}, which has {counts[smallest]} already (a ratio of "
            f"{counts[smallest] / counts[1 - smallest]:.3g}). Pass a larger ratio, or use an "
            "under-sampler."
        )
    return {smallest: target - counts[smallest]}


def rows_to_keep(strategy: Strategy, labels: Labels) -> Counts:
    """Return the number of rows to keep of each class that may shrink, by class code.

    Raises
    ------
    InputError
        If the strategy is invalid or asks for more rows than a class has.

    Examples
    --------
    >>> from poise.core.tables.labels import encode
    >>> rows_to_keep(0.5, encode(np.array([0, 0, 0, 1])))
    {0: 2}
    """
    check_several_classes(labels)
    counts, smallest = labels.counts.tolist(), int(labels.counts.min())
    strategy = _called(strategy, labels, removes=True)
    if isinstance(strategy, str):
        codes = _named(strategy, labels, auto="not minority", impossible="minority")
        return dict.fromkeys(codes, smallest)
    if isinstance(strategy, Mapping):
        wanted = _wanted(strategy, labels)
        for code, count in wanted.items():
            if count > counts[code]:
                raise InputError(
                    f"sampling_strategy asks for {count} rows of class {labels.classes[code]!r}, "
                    f"which has {counts[code]}; under-sampling only removes rows. Ask for "
                    f"{counts[code]} or fewer, or use an over-sampler."
                )
        return wanted
    ratio = ratio_of(strategy, labels)
    largest = 1 - rarest_of_two(labels)
    target = math.floor(counts[1 - largest] / ratio + ROUNDING)
    if target > counts[largest]:
        raise InputError(
            f"sampling_strategy={ratio:g} asks for {target} rows of class "
            f"{labels.classes[largest]!r}, which has {counts[largest]} (a ratio of "
            f"{counts[1 - largest] / counts[largest]:.3g} already). Pass a larger ratio, or use "
            "an over-sampler."
        )
    return {largest: target}


def classes_to_clean(strategy: Strategy, labels: Labels) -> list[int]:
    """Return the codes of the classes from which a cleaning method may remove rows.

    Raises
    ------
    InputError
        If the strategy is invalid or gives numbers of rows.

    Examples
    --------
    >>> from poise.core.tables.labels import encode
    >>> classes_to_clean(["b"], encode(np.array(["a", "b", "a"])))
    [1]
    """
    check_several_classes(labels)
    if not isinstance(strategy, Ratio):
        strategy = _called(strategy, labels)
    if isinstance(strategy, str):
        return _named(strategy, labels, auto="not minority", impossible="minority")
    if isinstance(strategy, Mapping | Real | Ratio):
        raise InputError(
            f"sampling_strategy={strategy!r} asks for a number of rows; a cleaning method "
            "removes what its rule finds. Pass a list of the labels to clean, for example "
            f"{[labels.classes[0]]!r}, or use RandomUnderSampler for exact counts."
        )
    if not isinstance(strategy, Iterable) or isinstance(strategy, bytes | bytearray):
        raise InputError(
            f"sampling_strategy={strategy!r} is not understood; it can be {listed(_NAMES, limit=None)}, a "
            "list of the labels to clean, or a function of y that returns one."
        )
    return sorted({labels.code_of(label) for label in strategy})


def check_several_classes(labels: Labels) -> None:
    """Raise InputError for a target of a single class."""
    if len(labels.classes) < 2:
        only = (
            f"; all {labels.counts.sum()} rows are {labels.classes[0]!r}" if labels.classes else ""
        )
        raise InputError(
            f"The target 'y' needs to have more than 1 class{only}. Check that y is the right column, and "
            "that a filter has not removed the other class."
        )


def _called(strategy: Strategy, labels: Labels, *, removes: bool = False) -> Strategy:
    if not callable(strategy) or isinstance(strategy, type):
        return strategy
    if isinstance(strategy, Ratio):
        of_counts = strategy.kept_of_counts if removes else strategy.of_counts
        return of_counts(labels.counts_by_label())
    if hasattr(strategy, "of_counts"):  # a strategy that needs only the counts, such as Proportion
        return _called(strategy.of_counts(labels.counts_by_label()), labels, removes=removes)
    if labels.known is not None:
        raise InputError(
            "sampling_strategy is a function of y, but y is not in memory here. Pass a dictionary "
            "from label to number of rows, a ratio, poise.Ratio or poise.Proportion."
        )
    of_classes = np.array(labels.classes)
    if of_classes.ndim > 1:  # pairs of class and group
        of_classes = np.fromiter(labels.classes, dtype=object, count=len(labels.classes))
    answer = strategy(of_classes[labels.codes])
    if isinstance(answer, Ratio):
        return _called(answer, labels, removes=removes)
    if not isinstance(answer, Mapping | list):
        raise InputError(
            f"The sampling_strategy function returned {answer!r}; it must return a dictionary "
            "from label to number of rows."
        )
    return answer


def _named(name: str, labels: Labels, auto: str, impossible: str) -> list[int]:
    if name not in _NAMES:
        raise UnknownNameError(
            f"sampling_strategy={name!r} is not known; it can be {listed(_NAMES, limit=None)}, a ratio, "
            f"or a dictionary from label to number of rows.{nearest_name(name, _NAMES)}"
        )
    if name == impossible:
        verb = "grow" if impossible == "majority" else "shrink"
        raise InputError(
            f"sampling_strategy={name!r} would {verb} the {name} class, which cannot balance "
            f"anything. Pass {auto!r}."
        )
    largest, smallest = int(labels.counts.argmax()), int(labels.counts.argmin())
    every = list(range(len(labels.classes)))
    chosen = {
        "minority": [smallest],
        "majority": [largest],
        "not minority": [code for code in every if code != smallest],
        "not majority": [code for code in every if code != largest],
        "all": every,
    }
    return chosen[auto if name == "auto" else name]


def _wanted(strategy: Mapping[Any, Any], labels: Labels) -> Counts:
    for label, count in strategy.items():
        if not isinstance(count, Integral) or isinstance(count, bool) or count < 0:
            raise InputError(
                f"sampling_strategy asks for {count!r} rows of class {label!r}; a count is a "
                "whole number of 0 or more."
            )
        if int(count) > _MOST_ROWS:
            raise InputError(
                f"sampling_strategy asks for {count} rows of class {label!r}, more than any memory "
                "can hold. Pass a smaller count."
            )
    return dict(sorted((labels.code_of(label), int(count)) for label, count in strategy.items()))


def ratio_of(strategy: object, labels: Labels) -> float:
    """Return a strategy as the ratio of two class sizes.

    Raises
    ------
    InputError
        If the strategy is not a ratio above 0 and at most 1, or there are not two classes.
    """
    if isinstance(strategy, list | tuple | set | frozenset):
        raise InputError(
            f"sampling_strategy={strategy!r} is a list of labels, which only cleaning methods "
            "take. Pass a dictionary from label to number of rows."
        )
    if not isinstance(strategy, Real) or isinstance(strategy, bool):
        raise InputError(
            f"sampling_strategy={strategy!r} is not understood; it can be {listed(_NAMES, limit=None)}, "
            "a ratio, a dictionary from label to number of rows, or a function of y."
        )
    if not 0 < float(strategy) <= 1:
        raise InputError(
            f"sampling_strategy={strategy!r} is a ratio of the smaller to the larger class; it "
            "must be above 0 and at most 1."
        )
    if len(labels.classes) != 2:
        rarest = labels.classes[int(labels.counts.argmin())]
        example = {rarest: int(labels.counts.max())}
        raise InputError(
            f"sampling_strategy={strategy!r} is a ratio, which is only defined for two classes; "
            f"the target has {len(labels.classes)}. Pass poise.Ratio({strategy!r}), for each class relative to the "
            f"largest, or a dictionary from label to number of rows, for example {example!r}."
        )
    return float(strategy)


def rarest_of_two(labels: Labels) -> int:
    """Return the code of the smaller of two classes; of two equal classes, the second."""
    return 1 if labels.counts[1] <= labels.counts[0] else 0


def by_shares(n_rows: int, weights: NDArray[np.float64]) -> Ids:
    """Divide `n_rows` in proportion to weights into whole numbers, by the largest remainders.

    Parameters
    ----------
    n_rows : int
    weights : ndarray of shape (n,), float64
        0 or more, not all 0. Of equal remainders the first is rounded up.

    Returns
    -------
    ndarray of shape (n,), intp
        The sum is `n_rows`.

    Examples
    --------
    >>> by_shares(5, np.array([1.0, 1.0, 2.0])).tolist()
    [1, 1, 3]
    """
    exact = n_rows * (weights / weights.sum())
    whole = np.floor(exact + ROUNDING).astype(np.intp)  # no mutant: else its remainder is largest
    left = n_rows - int(whole.sum())
    whole[np.argsort(whole - exact, kind="stable")[:left]] += 1
    return whole


@dataclass(frozen=True)
class Proportion(PickledWithVersion):
    """A `sampling_strategy` that closes part of the difference between each class and the largest.

    Parameters
    ----------
    share : float
        Share of the difference that is filled: 0 adds nothing, 1 balances all classes.

    Raises
    ------
    InputError
        If `share` is not a number from 0 to 1.

    Examples
    --------
    >>> from poise.over_sampling import RandomOverSampler
    >>> y = [0] * 10 + [1] * 4 + [2] * 2
    >>> half = RandomOverSampler(sampling_strategy=Proportion(0.5), random_state=0)
    >>> half.fit([[i] for i in range(16)], y).sampling_strategy_
    {1: 3, 2: 4}
    """

    share: float

    def __post_init__(self) -> None:
        if not isinstance(self.share, Real) or not 0 <= float(self.share) <= 1:
            raise InputError(f"Proportion({self.share!r}) must be from 0 to 1.")

    def __call__(self, y: Any) -> dict[Any, int]:
        """Return the wanted number of rows of each class that grows, by label."""
        return self.of_counts(Counter(np.asarray(y).ravel().tolist()))

    def of_counts(self, counts: Mapping[Any, int]) -> dict[Any, int]:
        """Return the wanted number of rows of each class that grows, from the current counts."""
        most = max(counts.values())
        return {
            label: n + int((most - n) * self.share + ROUNDING)
            for label, n in sorted(counts.items())
            if n < most
        }


@dataclass(frozen=True)
class Ratio(PickledWithVersion):
    """A `sampling_strategy` in rows relative to the largest class, for any number of classes.

    With a number, no class has less than this ratio (rounded down) of the rows of the largest class afterwards:
    over-sampling adds rows to the smaller classes, and under-sampling removes rows from the larger
    ones. Classes with enough rows (or few enough) stay as they are.

    With a dictionary, the classes that it names get this ratio of the number of rows that the largest
    class has before resampling. It is an error if over-sampling would have to remove rows for that, or
    under-sampling to add some.

    Parameters
    ----------
    ratio : float, or dict of label to float
        Above 0 and at most 1. Numbers of rows are rounded down, and at least 1.

    Raises
    ------
    InputError
        If a ratio is not a number above 0 and at most 1, or a dictionary is empty.

    Examples
    --------
    >>> from poise.over_sampling import RandomOverSampler
    >>> y = [0] * 10 + [1] * 6 + [2] * 2
    >>> X = [[i] for i in range(18)]
    >>> RandomOverSampler(sampling_strategy=Ratio(0.5)).fit(X, y).sampling_strategy_
    {1: 0, 2: 3}
    >>> RandomOverSampler(sampling_strategy=Ratio({2: 0.8})).fit(X, y).sampling_strategy_
    {2: 6}
    """

    ratio: Number | Mapping[Any, Number]

    def __post_init__(self) -> None:
        if not isinstance(self.ratio, Mapping):
            if not _is_ratio(self.ratio):
                raise InputError(
                    f"Ratio({self.ratio!r}) must be a number above 0 and at most 1, or a dictionary from label "
                    "to such a number. For numbers of rows pass a dictionary alone, without Ratio."
                )
            return
        if not self.ratio:
            raise InputError(
                "Ratio({}) names no class. Pass a number for all classes, or a dictionary such as "
                "Ratio({'yes': 0.5})."
            )
        for label, ratio in self.ratio.items():
            if not _is_ratio(ratio):
                raise InputError(
                    f"Ratio has {ratio!r} for class {label!r}; it must be a number above 0 and at most 1. For "
                    "numbers of rows pass a dictionary alone, without Ratio."
                )

    def __call__(self, y: Any) -> dict[Any, int]:
        """Return the number of rows of each class after over-sampling, by label, for classes that may grow."""
        return self.of_counts(Counter(np.asarray(y).ravel().tolist()))

    def of_counts(self, counts: Mapping[Any, int]) -> dict[Any, int]:
        """Return the number of rows of classes after over-sampling, from the current counts."""
        most = max(counts.values())
        if isinstance(self.ratio, Mapping):
            return {label: _part_of(most, ratio) for label, ratio in self.ratio.items()}
        target = _part_of(most, self.ratio)
        return {label: max(n, target) for label, n in counts.items() if n < most}

    def kept_of_counts(self, counts: Mapping[Any, int]) -> dict[Any, int]:
        """Return the number of rows of classes after under-sampling, from the current counts."""
        if isinstance(self.ratio, Mapping):
            return self.of_counts(counts)
        least = min(counts.values())
        target = math.floor(least / float(self.ratio) + ROUNDING)
        return {label: min(n, target) for label, n in counts.items() if n > least}


def _is_ratio(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and 0 < float(value) <= 1


def _part_of(n_rows: int, ratio: Number) -> int:
    return max(math.floor(float(ratio) * n_rows + ROUNDING), 1)
