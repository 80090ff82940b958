"""Classes with too few rows for the neighbours that are searched: what `on_few_rows` does with them."""

from __future__ import annotations

from collections.abc import Sequence

from poise.core.errors import FewRowsWarning, listed, warn
from poise.core.sampling.problem import Problem, check_more_rows_than
from poise.core.types import FewRows

_FOUND = "classes with few rows"


def neighbors_to_search(
    problem: Problem, code: int, parameter: str, k: int, on_few_rows: FewRows = "raise"
) -> int:
    """Return the number of neighbours to search among the other rows of a class.

    Parameters
    ----------
    problem : Problem
    code : int
        Code of the class.
    parameter : str
        Name of the parameter that states `k`, for the message.
    k : int
        Number of neighbours that the user asks for.
    on_few_rows : {"raise", "fewer-neighbors", "copy"}, default="raise"

    Returns
    -------
    int
        `k`, or the number of the other rows if these are fewer.

    Raises
    ------
    TooFewRowsError
        If the class has `k` rows or fewer, and `on_few_rows` is "raise".
    """
    if on_few_rows == "raise":
        check_more_rows_than(problem, code, parameter, k, "RandomOverSampler")
    return min(k, int(problem.labels.counts[code]) - 1)


def is_copied(problem: Problem, code: int, k: int, on_few_rows: FewRows) -> bool:
    """Return whether the rows of a class are copied because it has `k` rows or fewer.

    A class with few rows is noted in the problem, for the warning.
    """
    count = int(problem.labels.counts[code])
    if on_few_rows == "raise" or count > k:
        return False
    copies = on_few_rows == "copy" or count == 1
    problem.cached(_FOUND, dict)[code] = copies
    return copies


def warn_of_few_rows(problem: Problem, needed: str, on_few_rows: FewRows) -> None:
    """Warn once about all classes with few rows that have grown.

    Parameters
    ----------
    problem : Problem
    needed : str
        The number of rows that a class needs, in words.
    on_few_rows : {"raise", "fewer-neighbors", "copy"}
    """
    found: dict[int, bool] = problem.cache.pop(_FOUND, {})
    if not found:
        return
    copied = [code for code, copies in found.items() if copies]
    searched = [code for code, copies in found.items() if not copies]
    done = [
        f"{what} for {_named(problem, codes)}"
        for what, codes in (
            ("fewer neighbours are searched", searched),
            ("rows are copied", copied),
        )
        if codes
    ]
    warn(
        f"{problem.method_name} needs {needed} in every class it grows. With on_few_rows={on_few_rows!r}, "
        f"{', and '.join(done)}. Collect more rows of such a class if you can.",
        FewRowsWarning,
    )


def _named(problem: Problem, codes: Sequence[int]) -> str:
    labels, counts = problem.labels.classes, problem.labels.counts
    if len(codes) > 1:
        return f"the classes {listed(labels[code] for code in codes)}"
    count = int(counts[codes[0]])
    return f"class {labels[codes[0]]!r}, which has {count} row{'s' if count > 1 else ''}"
