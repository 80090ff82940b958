"""Checks of what a method returns, so that a slip is an error that names it and not a wrong row."""

from __future__ import annotations

from typing import Any

import numpy as np

from poise.core.errors import MethodError
from poise.core.plan.plan import Plan
from poise.core.plan.recipes import Ids, Recipe
from poise.core.sampling.problem import Problem


def checked_keeper(keep: Any, problem: Problem) -> Any:
    """Return what `keeper` returned, if it can be called."""
    if callable(keep):
        return keep
    raise MethodError(
        f"{problem.method_name}.keeper returned a {type(keep).__name__}. Return a function from a class code and a "
        "number of rows to the rows to keep."
    )


def checked_growth(new: Any, problem: Problem, code: int, n_rows: int) -> Recipe | Plan | None:
    """Return what `grow` returned for a class, if it makes as many rows as asked for."""
    label = problem.labels.classes[code]
    if new is None:
        return None
    if not isinstance(new, Recipe | Plan):
        raise MethodError(
            f"{problem.method_name}.grow returned a {type(new).__name__} for class {label!r}. Return a recipe "
            "(such as poise.base.Segment), a Plan, or None if the class cannot grow."
        )
    if isinstance(new, Recipe):
        new.check(problem.n_rows)
    if isinstance(new, Plan) and new.n_rows != problem.n_rows:
        raise MethodError(
            f"{problem.method_name}.grow returned a plan for {new.n_rows} rows; the table has {problem.n_rows}. "
            "Return a plan of the rows of the table."
        )
    seeds = new.seeds if isinstance(new, Recipe) else new.source
    if (problem.labels.codes[seeds] != code).any():
        raise MethodError(
            f"{problem.method_name}.grow returned new rows for class {label!r} whose seed rows are of other classes. "
            "Number rows in the table: choose seed rows among problem.labels.members(code)."
        )
    if isinstance(new, Plan) and not new.is_new.all():
        raise MethodError(
            f"{problem.method_name}.grow returned a plan whose output has rows of the table, for class {label!r}. They "
            "are kept anyway: list only new rows in its order."
        )
    if len(new) != n_rows:
        raise MethodError(
            f"{problem.method_name}.grow returned {len(new)} new rows for class {label!r}, but {n_rows} were "
            "asked for. Return exactly as many."
        )
    return new


def checked_kept(rows: Any, problem: Problem, code: int, n_rows: int) -> Ids:
    """Return the rows that the function of `keeper` returned, if they are of the class and as many as asked for."""
    label = problem.labels.classes[code]
    try:
        kept = np.asarray(rows)
    except ValueError:  # lists of different lengths
        kept = np.empty((0, 0))
    if kept.ndim != 1 or kept.dtype.kind not in "iu" or len(kept) != n_rows:
        raise MethodError(
            f"{problem.method_name}.keeper returned an array of shape {kept.shape} and dtype {kept.dtype} for "
            f"class {label!r}. Return the numbers of exactly {n_rows} rows."
        )
    is_there = (kept >= 0) & (kept < problem.n_rows)
    if not is_there.all() or (problem.labels.codes[kept] != code).any():
        raise MethodError(
            f"{problem.method_name}.keeper returned rows that are not of class {label!r}. Choose among "
            "problem.labels.members(code)."
        )
    return kept.astype(np.intp, copy=False)


def checked_removal(mask: Any, problem: Problem, codes: list[int]) -> Any:
    """Return the mask that `remove` returned, if it has one entry per row and spares other classes."""
    if not isinstance(mask, np.ndarray) or mask.dtype != bool or mask.shape != (problem.n_rows,):
        shape = getattr(mask, "shape", type(mask).__name__)
        raise MethodError(
            f"{problem.method_name}.remove returned {shape} of dtype {getattr(mask, 'dtype', None)}. Return a "
            f"boolean mask of shape ({problem.n_rows},), True for the rows to remove."
        )
    spared = mask & ~np.isin(problem.labels.codes, codes)
    if spared.any():
        label = problem.labels.classes[int(problem.labels.codes[np.flatnonzero(spared)[0]])]
        raise MethodError(
            f"{problem.method_name}.remove removes {int(spared.sum())} rows of classes that are not to be cleaned, "
            f"such as {label!r}. Leave rows out whose class is not in codes."
        )
    return mask
