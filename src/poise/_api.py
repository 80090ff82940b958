"""`poise.resample`, and the registry of method names."""

from __future__ import annotations

import inspect
from typing import Any

from sklearn.base import clone

import poise
from poise._methods import METHODS, MethodName
from poise._resampled import Resampled
from poise.core.errors import (
    InputError,
    UnknownNameError,
    UnsupportedTypeError,
    listed,
    nearest_name,
)
from poise.core.sampling.resampler import Resampler
from poise.core.tables.carried import carried_with_id
from poise.core.tables.convert import column_position, labels_once, split_target
from poise.core.tables.suspicious import warn_of_identifiers
from poise.core.types import Column, RowsOf, Seed


def method_class(method: MethodName) -> type[Resampler]:
    """Return the sampler class of a method.

    Parameters
    ----------
    method : str
        A key of `METHODS`, such as "random-over".

    Raises
    ------
    UnknownNameError
        If there is no such method. The message suggests the most similar name.
    UnsupportedTypeError
        If `method` is a sampler instead of a name.
    """
    if not isinstance(method, str) or method not in METHODS:
        if hasattr(method, "fit_resample"):
            raise UnsupportedTypeError(
                f"method={method!r} is a sampler, but method must be a name. Call the fit_resample(X, y) "
                "of the sampler instead."
            )
        raise UnknownNameError(
            f"There is no method {method!r}.{nearest_name(method, METHODS)} The methods are {', '.join(METHODS)}."
        )
    found: type[Resampler] = getattr(poise, METHODS[method])
    return found


def make_sampler(method: MethodName, random_state: Seed = None, **parameters: Any) -> Resampler:
    """Return a new sampler by the name of its method, for example in a search over methods.

    Parameters
    ----------
    method : str
        A key of `METHODS`, such as "random-over".
    random_state : int, RandomState or None
        Random seed; ignored if the method is deterministic.
    **parameters
        Parameters of the sampler class.

    Returns
    -------
    Resampler

    Raises
    ------
    UnknownNameError
        If the method or a parameter is unknown. The message suggests the most similar name.

    Examples
    --------
    >>> import poise
    >>> poise.make_sampler("smote", random_state=0, k_neighbors=3)
    SMOTE(k_neighbors=3, random_state=0)
    """
    return sampler_of_class(method_class(method), method, random_state, **parameters)


def sampler_of_class(
    kind: type[Resampler], method: str, random_state: Any = None, /, **parameters: Any
) -> Resampler:
    """Return a new sampler of a class; see `make_sampler`."""
    known = list(inspect.signature(kind).parameters)
    for name in parameters:
        if name not in known:
            raise UnknownNameError(
                f"{method} has no parameter {name!r}.{nearest_name(name, known)} Its parameters are {', '.join(known)}."
            )
    if "random_state" in known:
        parameters["random_state"] = random_state
    return kind(**parameters)


def resample(
    X: Any,
    y: Any = None,
    *,
    method: MethodName | Resampler = "smote",
    target: Any = None,
    random_state: Seed = 0,
    sample_weight: Column | None = None,
    groups: Column | None = None,
    time: Any = None,
    embedding: Any = None,
    rows: RowsOf | None = None,
    id: Any = None,  # noqa: A002  # the word that users have for it
    **parameters: Any,
) -> Resampled:
    """Resample a table in one call.

    Parameters
    ----------
    X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
        The table. It is not modified.
    y : array-like of shape (n_rows,), optional
        The labels. If they are a column of X, leave y out and pass `target`.
    method : str or sampler, default="smote"
        Name of the method (the command ``poise methods`` lists all names), or a sampler, such as one of
        your own; a copy of it is used, with its own parameters and random seed.
    target : str, optional
        Name of the column of X that holds the labels.
    random_state : int, RandomState or None, default=0
        Random seed; with None, each call draws differently. Not used if `method` is a sampler.
    sample_weight : array-like of shape (n_rows,), optional
        Weights of the rows. The weight of a new row is blended from those of its parents.
    groups : array-like of shape (n_rows,), optional
        Groups of the rows. A new row belongs to the group of its seed row (the row it starts
        from).
    time : column name, or array-like of shape (n_rows,), optional
        Time at which each row was recorded. A new row gets the latest time of the rows that it
        depends on, and the output is sorted by time.
    embedding : array-like, sparse matrix or frame of shape (n_rows, d), optional
        Numbers that describe the rows, in which neighbours are searched. X may then be anything with one
        entry per row: images, sequences, texts.
    rows : {"copy", "blend"}, optional
        With `embedding`: whether a new row copies the nearer of the two rows that it lies between, or blends them.
        By default "blend" for frames, sparse matrices and arrays of two dimensions, and "copy" for lists and
        everything else.
    id : column name, optional
        Column of X that identifies rows: its values must differ. It is not a feature, and new rows get no
        id of a real row. Short for ``carry_columns={id: "new"}``; pass another value there.
    **parameters
        Parameters of the sampler class, such as ``sampling_strategy`` or ``k_neighbors``.

    Returns
    -------
    Resampled
        Unpacks to X and y, and has the attributes ``is_new``, ``plan``, ``aligned``, ``removed`` and ``facts``, and methods
        for an audit.

    Warns
    -----
    IdentifierWarning
        If a column of a frame names or numbers the rows.
    NumbersAsTextWarning
        If a column of text holds numbers.

    Raises
    ------
    UnknownNameError
        If the method, a parameter or the target column is unknown. The message suggests the most
        similar name.
    InputError
        If the table, the labels or a parameter cannot be used.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise import resample
    >>> X, y = make_classification(weights=[0.9], random_state=0)
    >>> result = resample(X, y, method="smote", k_neighbors=3)
    >>> int(result.is_new.sum())
    82
    """
    whole = X
    X, y = labels_once(X, y, target)
    name_and_position = None if target is None else (target, column_position(whole, target))
    sampler = _sampler(method, random_state, parameters)
    if id is not None:
        sampler.set_params(carry_columns=carried_with_id(X, id, sampler.carry_columns))
    X_new, y_new = sampler.fit_resample(
        X,
        y,
        sample_weight=sample_weight,
        groups=groups,
        time=time,
        embedding=embedding,
        rows=rows,
    )
    plan = sampler.plan_
    if sampler.needs != "rows" and embedding is None:
        warn_of_identifiers(X, sampler.declared.carried)
    ids = None if id is None else split_target(X, id)[1]
    return Resampled(
        X_new, y_new, plan.is_new, plan, sampler.aligned_, sampler, name_and_position, (X, y), ids
    )


def _sampler(method: Any, random_state: Any, parameters: dict[str, Any]) -> Resampler:
    """Return a new sampler: of a method by its name, or a copy of the one given."""
    if not isinstance(method, Resampler):
        return make_sampler(method, random_state, **parameters)
    if parameters:
        raise InputError(
            f"method is a sampler, which has its own parameters, so {listed(parameters)} cannot be set here. "
            f"Set them in {type(method).__name__}(...), or pass the name of a method."
        )
    return clone(method)
