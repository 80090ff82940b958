"""Columns that are carried along, and columns that are added: --carry, --id and --extra."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from poise.core.errors import InputError, UnknownNameError, listed, nearest_name
from poise.core.files.arrow import arrow, nested_columns
from poise.core.files.lineage import GAP, NEW, ORIGIN, PARTNER, SEED, lineage_columns
from poise.core.plan.plan import Plan
from poise.core.sampling.resampler import Resampler, makes_rows
from poise.core.tables.carried import HOW
from poise.core.tables.keys import How

# What --extra may name, and the columns that it adds.
EXTRA = {"is_new": NEW, "origin": ORIGIN, "seed": SEED, "partner": PARTNER, "gap": GAP}


def carried_columns(given: Sequence[str], id_column: str | None) -> dict[str, How]:
    """Return what new rows get in each carried column, from ``NAME`` or ``NAME=HOW``.

    Examples
    --------
    >>> carried_columns(["name", "customer=missing", "row=1000"], "id")
    {'id': 'new', 'name': 'seed', 'customer': 'missing', 'row': 1000}
    """
    carried: dict[str, How] = {} if id_column is None else {id_column: "new"}
    named = set()
    for text in given:
        name, how = _name_and_how(text)
        if name in named:
            raise InputError(f"--carry names column {name!r} twice. Pass it once.")
        named.add(name)
        carried[name] = how
    return carried


def _name_and_how(text: str) -> tuple[str, Any]:
    name, is_there, how = text.rpartition("=")
    if is_there and name and (how in HOW or how.isdecimal()):
        return name, int(how) if how.isdecimal() else how
    return text, "seed"  # a name may contain an equals sign


def check_carried(
    carried: Mapping[str, Any], names: Sequence[str], id_column: str | None = None
) -> None:
    """Raise UnknownNameError if a column does not exist, with what its option says."""
    for name in carried:
        if name not in names:
            how = name.rpartition("=")[2] if "=" in name else ""
            way = f" After '=', pass {listed(HOW)} or a whole number.{nearest_name(how, HOW)}"
            raise UnknownNameError(
                f"--{'id' if name == id_column else 'carry'} {name!r} is not a column of the table; its columns are {listed(names)}."
                f"{nearest_name(name, names)}{way if how else ''}"
            )


def carried_by_type(schema: Any, others: Sequence[str | None]) -> dict[str, str]:
    """Return columns of lists, structs and bytes as carried from the seed row, except those with another role."""
    return {name: "seed" for name in nested_columns(schema) if name not in others}


def added_columns(
    given: Sequence[str], id_column: str | None, sampler: Resampler
) -> tuple[str, ...]:
    """Return the names of the columns that are added, with ``_new`` if rows have ids and some may be new.

    Examples
    --------
    >>> from poise import SMOTE
    >>> added_columns(["seed", "gap"], None, SMOTE()), added_columns(["gap"], "id", SMOTE())
    (('_seed', '_gap'), ('_new', '_gap'))
    >>> added_columns(["none"], "id", SMOTE())
    ()
    """
    if list(given) == ["none"]:
        return ()
    if "none" in given:
        raise InputError(
            "--extra none adds no column, and others were named. Leave out one of them."
        )
    for word in given:
        if word not in EXTRA:
            raise UnknownNameError(
                f"--extra {word!r} is not known; it can be {listed([*EXTRA, 'none'], 6)}.{nearest_name(word, EXTRA)}"
            )
    by_default = (NEW,) if id_column is not None and makes_rows(sampler) else ()
    return tuple(dict.fromkeys((*by_default, *(EXTRA[word] for word in given))))


def check_added(added: Sequence[str], names: Sequence[str]) -> None:
    """Raise InputError if the table has a column of the name of one that is added."""
    for name in added:
        if name in names:
            raise InputError(
                f"The table already has a column {name!r}, which the result adds. Leave it out (--drop {name}), or pass "
                "--extra none."
            )


def with_extra(made: Any, names: Sequence[str], plan: Plan, ids: Any = None) -> Any:
    """Return output rows with columns that say where they come from.

    Parameters
    ----------
    made : pyarrow.Table
        The output rows.
    names : sequence of str
        See `added_columns`.
    plan : Plan
    ids : pyarrow.ChunkedArray, optional
        The ids of the input rows; by default their numbers, counted from 0.
    """
    if not names:
        return made
    keys = arrow().array(range(plan.n_rows)) if ids is None else ids
    columns = lineage_columns(plan.lineage(), plan.is_new, keys)
    for name in names:
        made = made.append_column(name, columns[name])
    return made
