"""The contract of all samplers, checked in each kind of container.

It is public: ``check_resampler(MySampler())`` passes, or its error names the broken rule.
"""

from __future__ import annotations

import pickle
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from types import MappingProxyType
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils import get_tags

from poise.core.errors import FewRowsWarning, InputError, UnsupportedTypeError
from poise.core.plan.constraints import Between, Constraint, LessEqual, OneHot, Sum
from poise.core.sampling.resampler import Cleaner, OverSampler, Resampler, SmoteFamily, UnderSampler
from poise.core.tables.columns import is_missing_item
from poise.core.tables.convert import frame_from_columns, values_of
from poise.core.tables.convert import signature_of as frame_signature
from poise.core.tables.items import fits_floats, floats_of_items
from poise.core.tables.read import read_table
from poise.core.tables.rows import compares_categories
from poise.core.types import Backend, FewRows, choices

Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Container:
    """A container in which samplers are tested.

    Attributes
    ----------
    make : callable
        Function from columns and labels to a table and labels in this container.
    needs : str
        The package that must be installed.
    any_table : bool
        Whether the table also holds text and missing values, which only some methods accept.

    Examples
    --------
    >>> from poise.testing import CONTAINERS, example
    >>> X, y = CONTAINERS["csr_array"].make(*example())
    >>> X.format, X.shape
    ('csr', (160, 5))
    >>> CONTAINERS["mixed polars"].needs, CONTAINERS["mixed polars"].any_table
    ('polars', True)
    """

    make: Callable[[Columns, NDArray[Any]], tuple[Any, Any]]
    needs: str = "numpy"
    any_table: bool = False


def example() -> tuple[Columns, NDArray[Any]]:
    """Return example columns of several dtypes, and labels of three overlapping classes.

    Returns
    -------
    columns : dict of str to ndarray of shape (160,)
    labels : ndarray of shape (160,), str
        "a" (90 rows), "b" (45 rows) and "c" (25 rows), shuffled.

    Examples
    --------
    >>> columns, labels = example()
    >>> {name: values.dtype.name for name, values in columns.items()}
    {'height': 'float64', 'width': 'float32', 'count': 'int64', 'flag': 'bool', 'depth': 'float64'}
    """
    rng = np.random.RandomState(5)
    labels = rng.permutation(np.repeat(["a", "b", "c"], [90, 45, 25]))
    shift = np.select([labels == "a", labels == "b"], [0.0, 0.8], 1.4)
    columns = {
        "height": 6 * (rng.randn(160) + 2 * shift),
        "width": (6 * (rng.randn(160) - shift)).astype(np.float32),
        "count": rng.poisson(6, size=160).astype(np.int64),
        "flag": rng.uniform(size=160) < 0.4,
        "depth": 6 * (rng.randn(160) + shift),
    }
    return columns, labels


def _array(columns: Columns, y: NDArray[Any], dtype: str = "f8", order: Any = "C") -> Any:
    # Add 0.25, because float columns of whole numbers would warn.
    shift = 0.0 if dtype == "i8" else 0.25
    return np.array(np.column_stack(list(columns.values())) + shift, dtype=dtype, order=order), y


def _read_only(columns: Columns, y: NDArray[Any]) -> Any:
    X, y = _array(columns, y.copy())
    X.setflags(write=False)
    y.setflags(write=False)
    return X, y


def _lists(columns: Columns, y: NDArray[Any]) -> Any:
    return _array(columns, y)[0].tolist(), y.tolist()


def _sparse(columns: Columns, y: NDArray[Any], kind: str) -> Any:
    return getattr(sp, kind)(np.column_stack(list(columns.values())).astype(float)), y


def _pandas(columns: Columns, y: NDArray[Any], index: str = "range", dtypes: str = "") -> Any:
    pandas = import_module("pandas")
    labels = {"range": None, "text": [f"row {i}" for i in range(len(y))], "dates": None}[index]
    X, kind = pandas.DataFrame(columns, index=labels), pandas.Series(y, index=labels, name="kind")
    if index == "dates":
        X.index = kind.index = pandas.date_range("2026-01-01", periods=len(y))
    if dtypes:
        return X.convert_dtypes(dtype_backend=dtypes), kind.convert_dtypes(dtype_backend=dtypes)
    return X, kind.astype("category") if index == "text" else kind


def _polars(columns: Columns, y: NDArray[Any]) -> Any:
    polars = import_module("polars")
    return polars.DataFrame(columns), polars.Series("kind", y.tolist())


def _arrow(columns: Columns, y: NDArray[Any]) -> Any:
    arrow = import_module("pyarrow")
    return arrow.table(columns), arrow.chunked_array([y.tolist()])


def _mixed(columns: Columns, y: NDArray[Any], library: Backend) -> Any:
    """Return a table with numbers, text, dates, ordered categories and missing values."""
    n_rows = len(y)
    text = np.array(["red", None, "green", "blue"], dtype=object)[np.arange(n_rows) % 4]
    missing = np.where(np.arange(n_rows) % 7 == 0, np.nan, columns["height"])
    days = np.datetime64("2026-01-01", "ns") + np.arange(n_rows) * np.timedelta64(36, "h")
    more = columns | {"colour": text, "income": missing, "day": days}
    X = _with_ordered_and_nullable(frame_from_columns(more, library), n_rows)
    return X, frame_from_columns({"kind": y.astype(object)}, library)["kind"]


def _with_ordered_and_nullable(X: Any, n_rows: int) -> Any:
    """Add two columns to a frame: ordered categories, and integers with missing values."""
    order = ["low", "middle", "high"]
    level = [None if i % 11 == 0 else order[i % 3] for i in range(n_rows)]
    visits = [None if i % 5 == 0 else i % 9 for i in range(n_rows)]
    library = import_module(type(X).__module__.partition(".")[0])
    if library.__name__ == "pandas":
        ordered = library.Categorical(level, categories=order, ordered=True)
        return X.assign(level=ordered, visits=library.array(visits, dtype="Int16"))
    if library.__name__ == "polars":
        enum, whole = library.Enum(order), library.Int16
        more = library.Series("level", level, enum), library.Series("visits", visits, whole)
        return X.with_columns(*more)
    codes = library.array([None if item is None else order.index(item) for item in level], "int8")
    ordered = library.DictionaryArray.from_arrays(codes, order, ordered=True)
    return X.append_column("level", ordered).append_column(
        "visits", library.array(visits, library.int16())
    )


def _objects(columns: Columns, y: NDArray[Any]) -> Any:
    X = np.empty((len(y), 3), dtype=object)
    X[:, 0], X[:, 1], X[:, 2] = columns["height"], columns["width"], None
    X[::3, 2] = "seen"
    return X, y


CONTAINERS: Mapping[str, Container] = MappingProxyType(
    {
        "numpy float64": Container(_array),
        "numpy float32": Container(partial(_array, dtype="f4")),
        "numpy int64": Container(partial(_array, dtype="i8")),
        "numpy by columns": Container(partial(_array, order="F")),
        "numpy read-only": Container(_read_only),
        "numpy objects": Container(partial(_array, dtype="O")),
        "lists": Container(_lists),
        **{
            name: Container(partial(_sparse, kind=name))
            for name in ("csr_array", "csc_array", "csr_matrix", "csc_matrix", "coo_array")
        },
        "pandas": Container(_pandas, "pandas"),
        "pandas by text": Container(partial(_pandas, index="text"), "pandas"),
        "pandas by dates": Container(partial(_pandas, index="dates"), "pandas"),
        "pandas nullable": Container(partial(_pandas, dtypes="numpy_nullable"), "pandas"),
        "pandas arrow": Container(partial(_pandas, dtypes="pyarrow"), "pyarrow"),
        "polars": Container(_polars, "polars"),
        "pyarrow": Container(_arrow, "pyarrow"),
        "mixed pandas": Container(partial(_mixed, library="pandas"), "pandas", any_table=True),
        "mixed polars": Container(partial(_mixed, library="polars"), "polars", any_table=True),
        "mixed pyarrow": Container(partial(_mixed, library="pyarrow"), "pyarrow", any_table=True),
        "mixed objects": Container(_objects, any_table=True),
    }
)


def check_resampler(sampler: Resampler, containers: Iterable[str] | None = None) -> None:
    """Check that a sampler obeys the contract of all samplers.

    The checks: the input is unchanged; the output has the container, names and dtypes of the input; kept
    rows are equal to input rows; counts are exact; lineage, missing values and categories of new rows
    are right; new rows keep `constraints`, if it is a parameter; the same random seed gives the same rows for any `n_jobs`, and streamed if the sampler states
    `looks_at` or `rule`; the sampler can be cloned and pickled. If partners of other classes or gaps outside 0 to 1 are part of the method, declare them with
    the attributes `partners` and `gap_range` of `OverSampler`.

    Parameters
    ----------
    sampler : Resampler
        An instance; it is cloned.
    containers : iterable of str, optional
        Names from `CONTAINERS`; by default all whose package is installed.

    Raises
    ------
    AssertionError
        If a rule is broken; the message names the rule and the container.

    Examples
    --------
    >>> from poise.over_sampling import SMOTE
    >>> check_resampler(SMOTE(), containers=["numpy float64", "lists"])
    """
    tags = get_tags(sampler).input_tags
    for name in CONTAINERS if containers is None else containers:
        container = CONTAINERS[name]
        if containers is None and not _is_installed(container.needs):
            continue
        X, y = container.make(*example())
        is_accepted = tags.string if container.any_table else tags.sparse or not sp.issparse(X)
        checks = _CHECKS if is_accepted else [_check_error]
        for check in checks:
            try:
                check(_seeded(sampler), X, y)
            except AssertionError as error:
                broken = f"{type(sampler).__name__} on {name}: {error}"
                raise AssertionError(broken) from error


def _is_installed(package: str) -> bool:
    try:
        import_module(package)
    except ImportError:
        return False
    return True


def _seeded(sampler: Resampler) -> Resampler:
    fresh = clone(sampler)
    if "random_state" in fresh.get_params():
        fresh.set_params(random_state=7)
    return fresh


def _expect(holds: object, rule: str) -> None:
    if not holds:
        raise AssertionError(rule)


def rows_of(table: Any) -> list[Any]:
    """Return the rows of a table or column as Python values."""
    if sp.issparse(table):
        return [tuple(row) for row in table.toarray().tolist()]
    if isinstance(table, np.ndarray):
        cells = as_returned(table).tolist()
        return [tuple(row) if isinstance(row, list) else row for row in cells]
    if isinstance(table, list | tuple):
        return [tuple(row) if isinstance(row, list) else row for row in table]
    values = values_of(table)
    _expect(values is not None, f"a {type(table).__name__} is not a table")
    return list(values or [])


def as_returned(table: Any) -> Any:
    """Return a table in the form in which it comes back: object arrays of numbers as floats, COO as CSR."""
    if sp.issparse(table):
        return table if table.format in ("csr", "csc") else table.tocsr()
    is_table = isinstance(table, np.ndarray) and table.dtype == object and table.ndim == 2
    return floats_of_items(table) if is_table and all(map(fits_floats, table.T)) else table


def signature_of(table: Any) -> tuple[Any, ...]:
    """Return what resampling must not change: container, names, column order and dtypes."""
    table = as_returned(table)
    if sp.issparse(table):
        return type(table), table.format, table.dtype, table.shape[1]
    if isinstance(table, np.ndarray):
        return type(table), table.dtype, table.shape[1:]
    if isinstance(table, list | tuple):
        return (type(table),)
    return frame_signature(table)


def _same(left: list[Any], right: list[Any]) -> bool:
    # repr distinguishes NaN, None, -0.0, 1 and 1.0, and shows floats to the last bit.
    return list(map(repr, left)) == list(map(repr, right))


def _check_input_unchanged(sampler: Resampler, X: Any, y: Any) -> None:
    before = rows_of(X), rows_of(y), signature_of(X), signature_of(y)
    sampler.fit_resample(X, y)
    after = rows_of(X), rows_of(y), signature_of(X), signature_of(y)
    _expect(_same(before[0], after[0]), "the user's table was changed")
    _expect(_same(before[1], after[1]), "the user's labels were changed")
    _expect(before[2:] == after[2:], "the user's dtypes were changed")


def _check_same_kind_out(sampler: Resampler, X: Any, y: Any) -> None:
    X_new, y_new = sampler.fit_resample(X, y)
    _expect(
        signature_of(X_new) == signature_of(X),
        f"X was {signature_of(X)} and became {signature_of(X_new)}",
    )
    _expect(
        signature_of(y_new) == signature_of(y),
        f"y was {signature_of(y)} and became {signature_of(y_new)}",
    )
    _expect(len(rows_of(X_new)) == len(rows_of(y_new)), "X and y have different lengths")


def _check_kept_rows_equal(sampler: Resampler, X: Any, y: Any) -> None:
    X_new, y_new = sampler.fit_resample(X, y)
    plan, rows, labels = sampler.plan_, rows_of(X), rows_of(y)
    out, out_labels = rows_of(X_new), rows_of(y_new)
    kept = np.flatnonzero(~plan.is_new)
    _expect(
        _same([out[i] for i in kept], [rows[i] for i in plan.order[kept]]),
        "a kept row differs from its input row",
    )
    _expect(
        _same(out_labels, [labels[i] for i in plan.source]),
        "a row does not have the label of its seed row",
    )
    _expect((np.diff(plan.order[kept]) > 0).all(), "kept rows are not in input order")


def _check_missing_values(sampler: Resampler, X: Any, y: Any) -> None:
    X_new, _ = sampler.fit_resample(X, y)
    plan, out = sampler.plan_, rows_of(X_new)
    if sp.issparse(X):
        return
    missing = np.array([[is_missing_item(cell) for cell in row] for row in rows_of(X)])
    new = np.flatnonzero(plan.is_new)
    made = np.array([[is_missing_item(cell) for cell in out[i]] for i in new.tolist()])
    _expect(
        len(new) == 0 or np.array_equal(made, missing[plan.source[new]]),
        "the missing values of a new row are not those of its seed row",
    )


def _check_categories(sampler: Resampler, X: Any, y: Any) -> None:
    if sp.issparse(X):
        return
    rows = rows_of(X)
    out = rows_of(sampler.fit_resample(X, y)[0])
    for j in range(len(rows[0])):
        column = [row[j] for row in rows]
        if any(isinstance(item, str) for item in column):
            seen = {item for item in column if not is_missing_item(item)}
            made = {row[j] for row in out if not is_missing_item(row[j])}
            _expect(
                made <= seen,
                f"new rows have categories that no input row has in column {j}, such as {made - seen}",
            )


def _check_exact_counts(sampler: Resampler, X: Any, y: Any) -> None:
    _, y_new = sampler.fit_resample(X, y)
    before, after = Counter(rows_of(y)), Counter(rows_of(y_new))
    amounts = sampler.sampling_strategy_
    is_auto = sampler.sampling_strategy == "auto"
    if isinstance(sampler, OverSampler):
        expected = {label: n + amounts.get(label, 0) for label, n in before.items()}
        balanced = dict.fromkeys(before, max(before.values()))
    elif isinstance(sampler, UnderSampler):
        expected = {label: amounts.get(label, n) for label, n in before.items()}
        balanced = dict.fromkeys(before, min(before.values()))
    else:
        _expect(
            max(after.values()) <= max(before.values()),
            "a class is larger than the largest input class",
        )
        return
    _expect(after == Counter(expected), f"counts are {dict(after)} instead of {expected}")
    _expect(
        not is_auto or after == Counter(balanced),
        f"counts are {dict(after)}, which is not balanced",
    )


def _check_cleaning(sampler: Resampler, X: Any, y: Any) -> None:
    if not isinstance(sampler, Cleaner):
        return
    _, y_new = sampler.fit_resample(X, y)
    before, after = Counter(rows_of(y)), Counter(rows_of(y_new))
    rarest = min(before, key=lambda label: before[label])
    _expect(after <= before, "a cleaning method added rows")
    _expect(
        sampler.sampling_strategy != "auto" or after[rarest] == before[rarest],
        "the smallest class lost rows",
    )
    for label, kept in sampler.sampling_strategy_.items():
        _expect(after[label] == kept, "sampling_strategy_ does not hold the number of kept rows")


def _check_lineage(sampler: Resampler, X: Any, y: Any) -> None:
    _, y_new = sampler.fit_resample(X, y)
    plan, n_rows = sampler.plan_, len(rows_of(X))
    lineage = plan.lineage()
    _expect(plan.n_rows == n_rows, "the plan is for another number of rows")
    _expect(len(lineage.seed) == len(rows_of(y_new)), "the lineage has the wrong length")
    is_blended = lineage.origin == "blended"
    _expect(
        plan.has_voters or (lineage.partner != lineage.seed)[is_blended].all(),
        "a blended row has its seed row as its partner; partners are other rows",
    )
    _expect(((lineage.partner >= 0) == is_blended).all(), "only blended rows must have a partner")
    _expect((np.isnan(lineage.gap) != is_blended).all(), "only blended rows must have a gap")
    _expect(
        ((lineage.origin == "kept") == ~plan.is_new).all(), "origin 'kept' does not match is_new"
    )
    depends = plan.parents()
    _expect(depends.shape == (len(plan), n_rows), "parents() has the wrong shape")
    has_seed = depends[np.arange(len(plan)), lineage.seed]
    _expect(bool(np.all(has_seed)), "a seed row is not among the parents")
    labels = np.array(rows_of(y), dtype=object)
    if getattr(sampler, "partners", "own class") == "own class":
        partners = labels[lineage.partner[is_blended]]
        _expect(
            (partners == labels[lineage.seed[is_blended]]).all(),
            "a partner is of another class than its seed row; if this is part of the method, set "
            "partners = 'any class' in the class",
        )
    low, high = getattr(sampler, "gap_range", (0.0, 1.0))
    gaps = lineage.gap[is_blended]
    _expect(
        ((gaps >= low) & (gaps <= high)).all(),
        f"a gap is outside gap_range = ({low}, {high}); if this is part of the method, set gap_range in "
        "the class",
    )
    has_indices = hasattr(sampler, "sample_indices_")
    _expect(
        has_indices == plan.only_originals,
        "sample_indices_ must be set exactly if all output rows are input rows",
    )


def _check_partners_are_near(sampler: Resampler, X: Any, y: Any) -> None:
    """Count the rows that are nearer to a seed row than its partner; fewer than the k searched."""
    plain = isinstance(X, np.ndarray) and X.dtype == np.float64 and sampler.neighbor_space == "raw"
    if not (isinstance(sampler, SmoteFamily) and plain):
        return
    lineage = sampler.fit(X, y).plan_.lineage()
    labels, is_blended = np.array(rows_of(y), dtype=object), lineage.origin == "blended"
    seeds, partners = lineage.seed[is_blended], lineage.partner[is_blended]
    distances = ((X[seeds, np.newaxis] - X) ** 2).sum(axis=2)
    is_nearer = distances < distances[np.arange(len(seeds)), partners][:, np.newaxis]
    is_nearer[np.arange(len(seeds)), seeds] = False
    if sampler.partners == "own class":
        is_nearer &= labels[seeds][:, np.newaxis] == labels
    _expect(
        (is_nearer.sum(axis=1) < sampler.n_searched).all(),
        f"a partner is not among the {sampler.n_searched} nearest rows of its seed row, which n_searched "
        "promises. Search as many as the parameters that end in 'neighbors' say, or override n_searched",
    )


def _check_gaps_one_by_one(sampler: Resampler, X: Any, y: Any) -> None:  # noqa: ARG001  # one signature
    """Compare the gaps of all uniform numbers with those of a part of them."""
    if not isinstance(sampler, SmoteFamily):
        return
    uniforms = np.random.RandomState(0).uniform(size=64)
    every, some = sampler.gaps(uniforms.copy()), sampler.gaps(uniforms[5:9].copy())
    _expect(
        np.array_equal(np.asarray(every)[5:9], some),
        "gaps() of some uniform numbers differ from those of the same numbers among others. New rows are drawn in "
        "pieces, so compute each gap from its own number, as an inverse distribution function",
    )


def _check_streamed(sampler: Resampler, X: Any, y: Any) -> None:
    """Compare the rows of a larger table in memory and streamed, if the sampler says that it can be streamed."""
    is_first = isinstance(X, np.ndarray) and X.dtype == np.float64 and X.flags.c_contiguous
    states = getattr(sampler, "looks_at", None) or getattr(sampler, "rule", None)
    if not (is_first and states and y is not None and _is_installed("pyarrow")):
        return
    from poise import big  # noqa: PLC0415  # needs pyarrow

    rng = np.random.RandomState(3)
    label = (np.arange(900) % 6 == 0).astype(int)
    numbers = rng.normal(size=(900, 3)) + label[:, np.newaxis]
    table = frame_from_columns({f"x{j}": numbers[:, j] for j in range(3)} | {"y": label}, "pyarrow")
    try:
        streamed = rows_of(big.resample(table, sampler, target="y").reader().read_all())
    except UnsupportedTypeError:
        return  # a parameter that poise.big refuses
    X_new, y_new = clone(sampler).fit_resample(numbers, label)
    in_memory = [(*row, value) for row, value in zip(rows_of(X_new), rows_of(y_new), strict=True)]
    statement = "looks_at" if getattr(sampler, "looks_at", None) else "rule"
    _expect(
        _same(sorted(streamed), sorted(in_memory)),
        f"poise.big.resample gives {len(streamed)} rows that are not the {len(in_memory)} of fit_resample, so "
        f"{statement} does not describe the method. Correct {statement}, or set it to None",
    )


def _check_shuffled(sampler: Resampler, X: Any, y: Any) -> None:
    """Compare the rows in random order with those without it."""
    if not hasattr(sampler, "shuffle") or "shuffle" not in sampler.get_params():
        return
    outputs = []
    for is_shuffled in (False, True):
        changed = clone(sampler).set_params(shuffle=is_shuffled)
        X_new, y_new = changed.fit_resample(X, y)
        lineage = changed.plan_.lineage()
        columns = rows_of(X_new), rows_of(y_new), *(part.tolist() for part in lineage)
        outputs.append(list(map(repr, zip(*columns, strict=True))))
        _expect(
            signature_of(X_new) == signature_of(X),
            f"with shuffle={is_shuffled}, X was {signature_of(X)} and became {signature_of(X_new)}",
        )
    plain, mixed = outputs
    _expect(sorted(plain) == sorted(mixed), "shuffle=True gave other rows than shuffle=False")
    _expect(plain != mixed, "shuffle=True left the rows in their order")


def _check_few_rows(sampler: Resampler, X: Any, y: Any) -> None:  # noqa: ARG001  # one signature
    """Resample classes of five rows, of two and of one, in each way that `on_few_rows` offers."""
    is_first = isinstance(X, np.ndarray) and X.dtype == np.float64 and X.flags.c_contiguous
    if not (is_first and "on_few_rows" in sampler.get_params()):
        return
    rng = np.random.RandomState(4)
    label = rng.permutation(np.repeat([0, 1, 2, 3], [60, 5, 2, 1]))
    numbers = rng.normal(size=(68, 3)) + label[:, np.newaxis] / 4
    for way in choices(FewRows)[1:]:
        changed = clone(sampler).set_params(on_few_rows=way, sampling_strategy="auto")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            _, y_new = changed.fit_resample(numbers, label)
        messages = [str(item.message) for item in caught if item.category is FewRowsWarning]
        _expect(
            len(messages) == 1 and "3" in messages[0],
            f"on_few_rows={way!r} must warn once of the class of one row; the warnings are {messages}",
        )
        counts, lineage = np.bincount(y_new).tolist(), changed.plan_.lineage()
        _expect(
            set(counts) <= {60, 5, 2, 1} and counts[3] == 60,
            f"on_few_rows={way!r} gave {counts} rows",
        )
        _expect(
            set(lineage.origin[y_new == 3]) == {"kept", "copied"},
            f"on_few_rows={way!r} must copy the only row of a class",
        )
        if changed.partners == "own class":
            is_blended = lineage.origin == "blended"
            _expect(
                (label[lineage.partner[is_blended]] == y_new[is_blended]).all(),
                f"with on_few_rows={way!r} a partner is of another class",
            )


def table_with_rules(X: NDArray[Any]) -> tuple[NDArray[Any], list[Constraint]]:
    """Return an array with columns added that obey rules, and one rule of each kind about them.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_columns) of numbers

    Returns
    -------
    X_with : ndarray of shape (n_rows, n_columns + 7), of the dtype of X
    rules : list of Sum, LessEqual, OneHot and Between
    """
    rng, n_rows, first = np.random.RandomState(11), *X.shape
    part = rng.poisson(3, n_rows)
    larger = part + rng.poisson(2, n_rows)
    one_hot = np.eye(3)[rng.randint(3, size=n_rows)]
    bounded = rng.poisson(1, n_rows)
    added = np.column_stack([part, larger, part + larger, one_hot, bounded]).astype(X.dtype)
    a, b, total, x, y, z, size = range(first, first + 7)
    rules = [Sum(total, [a, b]), LessEqual(a, b), OneHot([x, y, z]), Between(size, 0, None)]
    return np.column_stack([X, added]), rules


def n_broken(X: NDArray[Any], rules: Iterable[Constraint]) -> list[int]:
    """Return how many rows of an array of numbers break each rule."""
    columns = dict(enumerate(X.T))
    return [int((~rule.holds(columns)).sum()) for rule in rules]


def _check_constraints(sampler: Resampler, X: Any, y: Any) -> None:
    is_array = isinstance(X, np.ndarray) and X.dtype in (np.float64, np.int64)
    if not is_array or "constraints" not in sampler.get_params() or y is None:
        return
    table, rules = table_with_rules(X)
    _check_one_hot_categories(sampler, table, y, [r for r in rules if isinstance(r, OneHot)])
    if compares_categories(sampler.declared):
        return  # the other rules are about numbers
    keeping = clone(sampler).set_params(constraints=rules)
    X_new = _rows_keeping(keeping, table, y)
    again = keeping.plan_.apply(table)
    is_jittered = (keeping.plan_.lineage().origin == "jittered").any()
    _expect(is_jittered or np.array_equal(again, X_new), "plan_.apply gives other rows")
    _check_exact_counts(keeping, table, y)


def _check_one_hot_categories(
    sampler: Resampler, table: NDArray[Any], y: Any, rules: list[OneHot]
) -> None:
    """Check that one-hot columns stay so where they are declared categories, on which a method may vote."""
    known = sampler.get_params()
    kinds = dict(known.get("column_kinds") or {})
    if "column_kinds" in known:
        kinds |= {column: "categorical" for rule in rules for column in rule.columns}
    keeping = clone(sampler).set_params(constraints=rules)
    _rows_keeping(keeping.set_params(column_kinds=kinds) if kinds else keeping, table, y)


def _rows_keeping(keeping: Resampler, table: NDArray[Any], y: Any) -> Any:
    """Return the rows that a method makes of an array, after a check that they keep its rules."""
    X_new, _ = keeping.fit_resample(table, y)
    rules = keeping.rules_of_new_rows
    broken = n_broken(X_new, rules)
    _expect(
        not any(broken), f"rows break rules: {dict(zip(map(repr, rules), broken, strict=True))}"
    )
    return X_new


def _check_same_seed_same_plan(sampler: Resampler, X: Any, y: Any) -> None:
    first = _rows_out(sampler, X, y)
    _expect(
        _same(first, _rows_out(clone(sampler), X, y)), "the same random seed gave different rows"
    )
    _expect(_same(first, _rows_out(sampler, X, y)), "a second fit gave different rows")
    if "n_jobs" in sampler.get_params():
        for n_jobs in (1, 2, -1):
            again = clone(sampler).set_params(n_jobs=n_jobs)
            _expect(_same(first, _rows_out(again, X, y)), f"n_jobs={n_jobs} gave different rows")


def _rows_out(sampler: Resampler, X: Any, y: Any) -> list[Any]:
    X_new, y_new = sampler.fit_resample(X, y)
    return [*rows_of(X_new), *rows_of(y_new)]


def _check_fit_alone(sampler: Resampler, X: Any, y: Any) -> None:
    plan = clone(sampler).fit(X, y).plan_
    sampler.fit_resample(X, y)
    _expect(
        np.array_equal(plan.order, sampler.plan_.order), "fit and fit_resample make different plans"
    )
    _expect(
        np.array_equal(plan.lineage().gap, sampler.plan_.lineage().gap, equal_nan=True),
        "fit and fit_resample make different plans",
    )


def _check_pickle(sampler: Resampler, X: Any, y: Any) -> None:
    sampler.fit_resample(X, y)
    again = pickle.loads(pickle.dumps(sampler))  # noqa: S301  # a pickle that was just made here
    _expect(repr(again) == repr(sampler), "a pickled sampler has different parameters")
    _expect(np.array_equal(again.plan_.order, sampler.plan_.order), "a pickled plan differs")
    rows = np.arange(again.plan_.n_rows, dtype=np.float64)
    _expect(
        np.array_equal(again.plan_.apply(rows, "seed"), sampler.plan_.apply(rows, "seed")),
        "a pickled plan differs",
    )


def _check_fitted_attributes(sampler: Resampler, X: Any, y: Any) -> None:
    sampler.fit_resample(X, y)
    table = read_table(X)
    _expect(sampler.n_features_in_ == table.n_columns, "n_features_in_ is wrong")
    names = getattr(sampler, "feature_names_in_", None)
    expected = table.names if table.names and isinstance(table.names[0], str) else None
    _expect((None if names is None else list(names)) == expected, "feature_names_in_ is wrong")
    _expect(
        set(sampler.sampling_strategy_) <= set(rows_of(y)),
        "the keys of sampling_strategy_ are not labels of y",
    )


def _check_embedding(sampler: Resampler, X: Any, y: Any) -> None:  # noqa: ARG001  # one signature
    """Rows of any shape follow a plan that is made in their embedding."""
    if compares_categories(sampler.declared):
        return
    columns, _ = example()
    embedding = np.column_stack([columns["height"], columns["width"]])
    images = np.arange(len(embedding) * 6).reshape(-1, 2, 3)
    lineage = clone(sampler).fit(embedding, y).plan_.lineage()
    is_nearer_partner = (lineage.partner >= 0) & (lineage.gap >= 0.5)
    nearer = np.where(is_nearer_partner, lineage.partner, lineage.seed)
    copied, y_new = sampler.fit_resample(images, y, embedding=embedding)
    _expect(
        np.array_equal(copied, images[nearer]),
        "with an embedding, a new row must copy the nearer of the rows that it lies between",
    )
    _expect(len(rows_of(y_new)) == len(copied), "with an embedding, X and y differ in length")
    _expect(
        np.array_equal(sampler.aligned_["embedding"], embedding[nearer]),
        "the embedding in aligned_ is not that of the output rows",
    )
    blended, _ = sampler.fit_resample(images, y, embedding=embedding, rows="blend")
    expected = clone(sampler).fit(embedding, y).plan_.apply(images)
    _expect(np.array_equal(blended, expected), "with rows='blend', rows do not follow the plan")


def _check_error(sampler: Resampler, X: Any, y: Any) -> None:
    before = rows_of(X)
    try:
        sampler.fit_resample(X, y)
    except InputError as error:
        message = str(error)
        _expect(
            "column" in message or "sparse" in message,
            f"the error does not name the column: {message}",
        )
        has_way_out = "RandomOverSampler" in message or "Pass" in message
        _expect(has_way_out, f"the error suggests no alternative: {message}")
    else:
        _expect(holds=False, rule="the sampler accepted a table that its tags exclude")
    _expect(_same(before, rows_of(X)), "the user's table was changed")


_CHECKS = (
    _check_input_unchanged,
    _check_same_kind_out,
    _check_kept_rows_equal,
    _check_missing_values,
    _check_categories,
    _check_exact_counts,
    _check_cleaning,
    _check_lineage,
    _check_partners_are_near,
    _check_gaps_one_by_one,
    _check_streamed,
    _check_few_rows,
    _check_shuffled,
    _check_constraints,
    _check_same_seed_same_plan,
    _check_fit_alone,
    _check_pickle,
    _check_fitted_attributes,
    _check_embedding,
)
