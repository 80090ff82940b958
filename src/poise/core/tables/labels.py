"""Labels: encode y once as whole numbers, which all later steps use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poise.core.errors import InputError, UnknownNameError, listed, nearest_name
from poise.core.plan.recipes import Ids
from poise.core.tables.columns import codes_of, is_missing_item

_ALWAYS_ALLOWED_CLASSES = 30
_LARGEST_SMALL_LABEL = 1000  # codes of classes are usually smaller, regression targets larger
_FEW_CLASSES = 4  # up to here, one pass per class is faster than sorting; no mutant: speed alone

_OF_ONE_CLASS = (
    "It is that of a model of one class against all others, which is fitted with y == label."
)


@dataclass(frozen=True, eq=False)
class Labels:
    """The classes of a target, coded as 0, 1, ... in sorted order of the labels.

    Attributes
    ----------
    codes : ndarray of shape (n_rows,), intp
        Class of each row.
    classes : tuple
        The user's label for each code, as Python values.
    known : ndarray of shape (n_classes,), intp, or None
        Number of rows of each class, if the rows are counted but not all in memory; otherwise None.
    """

    codes: Ids
    classes: tuple[Any, ...]
    known: Ids | None = None

    @cached_property
    def counts(self) -> Ids:
        """Number of rows of each class, by code."""
        if self.known is not None:
            return self.known
        return np.bincount(self.codes, minlength=len(self.classes))

    @cached_property
    def _by_class(self) -> list[Ids]:
        if len(self.classes) <= _FEW_CLASSES:  # no mutant: the same rows, found faster
            return [np.flatnonzero(self.codes == code) for code in range(len(self.classes))]
        # numpy sorts 16-bit integers by radix, in one pass over the rows.
        is_few = len(self.classes) < 1 << 15  # no mutant: the same order, sorted faster
        small = self.codes.astype(np.int16) if is_few else self.codes
        order = np.argsort(small, kind="stable")
        return np.split(order, np.cumsum(self.counts)[:-1])

    def members(self, code: int) -> Ids:
        """Return the rows of a class in ascending order."""
        return self._by_class[code]

    @property
    def of_rows(self) -> NDArray[Any]:
        """The user's label of each row, for estimators; codes for labels that they refuse, such as dates."""
        classes = np.asarray(self.classes)
        return classes[self.codes] if classes.dtype.kind in "biufU" else self.codes

    def counts_by_label(self) -> dict[Any, int]:
        """Return the number of rows of each class by label."""
        return dict(zip(self.classes, self.counts.tolist(), strict=True))

    def code_of(self, label: object) -> int:
        """Return the code of a label; the error for an unknown label suggests the most similar one."""
        try:
            return self.classes.index(label)
        except ValueError:
            raise UnknownNameError(
                f"There is no class {label!r} in the target; its classes are "
                f"{listed(self.classes)}.{nearest_name(label, self.classes)}"
            ) from None

    def event_code(self, pos_label: object = None) -> int:
        """Return the code of the event, the class of interest.

        Parameters
        ----------
        pos_label : label, optional
            Label of the event; by default that of the class with the fewest rows, and of several such
            classes the one that sorts last.

        Raises
        ------
        UnknownNameError
            If `pos_label` is not a label.
        """
        if pos_label is None:
            return len(self.counts) - 1 - int(np.argmin(self.counts[::-1]))
        if pos_label not in self.classes:
            raise UnknownNameError(
                f"pos_label={pos_label!r} is not among the labels {listed(self.classes)}.{nearest_name(pos_label, self.classes)} "
                f"{_OF_ONE_CLASS if pos_label is True else 'Pass one of them.'}"
            )
        return self.classes.index(pos_label)

    def with_counts(self, counts: NDArray[np.intp]) -> Labels:
        """Return the same classes with other numbers of rows."""
        return Labels(self.codes, self.classes, counts)

    def take(self, rows: Ids) -> Labels:
        """Return the labels of these rows with the same codes."""
        return Labels(self.codes[rows], self.classes)


def encode_groups(values: NDArray[Any]) -> Ids:
    """Return a group code for each row; rows with a missing group form one group."""
    if values.ndim > 1 and values.shape[1:] != (1,):
        raise InputError(
            f"groups must hold one group per row; it has the shape {values.shape}. Pass one column."
        )
    try:
        return codes_of(values.reshape(len(values))).astype(np.intp)
    except TypeError:
        raise InputError(
            "groups holds values that cannot be compared, such as lists. Pass one string or number per "
            "row."
        ) from None


def encode_cells(labels: Labels, groups: NDArray[Any]) -> Labels:
    """Return labels whose classes are the pairs of class and group that occur, in sorted order.

    Parameters
    ----------
    labels : Labels
    groups : ndarray of shape (n_rows,) or (n_rows, 1)

    Raises
    ------
    InputError
        If a group is missing, or groups have mixed types.

    Examples
    --------
    >>> labels = encode(np.array(["no", "yes", "no"]))
    >>> encode_cells(labels, np.array([2, 2, 1])).classes
    (('no', 1), ('no', 2), ('yes', 2))
    """
    codes = encode_groups(groups)
    items = _python_items(groups.reshape(len(groups)))
    missing = [row for row, item in enumerate(items) if is_missing_item(item)]
    if missing:
        raise InputError(
            f"groups is missing in {len(missing)} rows, the first of them row {missing[0]} (counted from 0), so these "
            "rows are in no cell of class and group. Fill it, or drop such rows first."
        )
    first = np.unique(codes, return_index=True)[1]
    group_of = {items[row]: int(codes[row]) for row in first.tolist()}
    try:
        names = sorted(group_of)
    except TypeError:
        kinds = sorted({type(item).__name__ for item in group_of})
        raise InputError(
            f"groups mixes values of the types {', '.join(kinds)}, which have no order. Make them all text or numbers."
        ) from None
    place = np.empty(len(names), dtype=np.intp)
    place[[group_of[name] for name in names]] = np.arange(len(names))
    present, cells = np.unique(labels.codes * len(names) + place[codes], return_inverse=True)
    pairs = (divmod(cell, len(names)) for cell in present.tolist())
    return Labels(cells, tuple((labels.classes[code], names[group]) for code, group in pairs))


def encode(values: NDArray[Any]) -> Labels:
    """Encode a target as class codes.

    Parameters
    ----------
    values : ndarray of shape (n_rows,), (n_rows, 1), or one-hot (n_rows, n_classes)

    Returns
    -------
    Labels

    Raises
    ------
    InputError
        If labels are missing or have mixed types, if y looks like a regression target or an
        identifier, or if it has several outputs.

    Examples
    --------
    >>> labels = encode(np.array(["no", "yes", "no"]))
    >>> labels.codes, labels.classes
    (array([0, 1, 0]), ('no', 'yes'))
    """
    if values.ndim > 2:
        raise InputError(f"y has {values.ndim} dimensions; it must have one label per row.")
    if values.ndim == 2 and values.shape[1] > 1:
        return _encode_one_hot(values)
    labels = encode_items(values.reshape(len(values)))
    check_number_of_classes(labels, are_numbers=values.dtype.kind in "iuf")
    return labels


def encode_texts(codes: Ids, texts: list[str]) -> Labels:
    """Encode a target of text, which has a code for each row already, and a text for each code."""
    classes = sorted(texts)
    rank = {text: place for place, text in enumerate(classes)}
    labels = Labels(np.array([rank[text] for text in texts])[codes], tuple(classes))
    check_number_of_classes(labels, are_numbers=False)
    return labels


def encode_items(values: NDArray[Any]) -> Labels:
    """Encode labels of shape (n_rows,) with any number of classes; see `encode`."""
    if values.dtype.kind in "biu":
        return _encode_integers(values)
    return _encode_floats(values) if values.dtype.kind == "f" else _encode_any(values)


def _encode_one_hot(values: NDArray[Any]) -> Labels:
    is_one = values == 1
    bad = np.flatnonzero((is_one.sum(axis=1) != 1) | ((values != 0) & ~is_one).any(axis=1))
    if len(bad):
        raise InputError(
            f"y has {values.shape[1]} columns, so each row must be one-hot (a single 1, the "
            f"rest 0); {len(bad)} rows are not, the first is row {bad[0]}. Targets with several "
            "labels or outputs per row cannot be resampled: resample for one of them at a time."
        )
    every = Labels(is_one.argmax(axis=1), tuple(range(values.shape[1])))
    present = np.flatnonzero(every.counts)
    codes = np.searchsorted(present, every.codes)
    return Labels(codes, tuple(present.tolist()))


def _encode_integers(values: NDArray[Any]) -> Labels:
    if not len(values):
        return Labels(np.zeros(0, dtype=np.intp), ())
    if values.dtype.kind == "b":
        values = values.view(np.uint8)
        present = np.flatnonzero(np.bincount(values))
        return Labels(np.searchsorted(present, values), tuple((present == 1).tolist()))
    low, high = int(values.min()), int(values.max())
    if high - low > 4 * len(values):  # no mutant: the same codes, found faster
        classes, codes = np.unique(values, return_inverse=True)
        return Labels(codes, tuple(classes.tolist()))
    # Narrow signed dtypes would overflow; unsigned ones cannot, since low is the smallest value.
    wide = values if values.dtype.kind == "u" else values.astype(np.int64)
    offsets = (wide - wide.dtype.type(low) if low else wide).astype(np.intp, copy=False)
    counts = np.bincount(offsets, minlength=high - low + 1)
    is_there = counts > 0
    if is_there.all():
        found = Labels(offsets, tuple(range(low, high + 1)))
        vars(found)["counts"] = counts  # no mutant: the same counts, not counted twice
        return found
    code_of = np.cumsum(is_there) - 1
    known = tuple(offset + low for offset in np.flatnonzero(is_there).tolist())
    return Labels(code_of[offsets], known)


def _encode_floats(values: NDArray[Any]) -> Labels:
    _check_no_missing(np.isnan(values))
    if np.isinf(values).any():
        raise InputError(
            "y holds infinity, which is not a label: this looks like regression. Drop these rows, or "
            "bin the target first."
        )
    is_whole = np.rint(values) == values
    if not is_whole.all():
        example = values[np.flatnonzero(~is_whole)[0]]
        raise InputError(
            f"y holds fractional numbers such as {example:g}: this looks like regression (a continuous target). "
            "Poise balances classes; bin the target first, for example with numpy.digitize."
        )
    classes, codes = np.unique(values, return_inverse=True)
    return Labels(codes, tuple(classes.tolist()))


def _encode_any(values: NDArray[Any]) -> Labels:
    # A dictionary needs one pass over the strings; sorting them all is ten times slower.
    items = _python_items(values)
    try:
        distinct = set(items)
    except TypeError:
        raise InputError(
            "y holds values that cannot be labels, such as lists or arrays. Pass one string, number "
            "or boolean per row."
        ) from None
    missing = [item for item in distinct if is_missing_item(item)]
    if missing:
        _check_no_missing(np.array([is_missing_item(item) for item in items]))
    if distinct and all(isinstance(item, float) for item in distinct):
        return _encode_floats(values.astype(np.float64))
    try:
        classes = sorted(distinct)
    except TypeError:
        kinds = sorted({type(item).__name__ for item in distinct})
        found = (
            f"mixes labels of the types {', '.join(kinds)}"
            if kinds[1:]
            else f"has labels of the type {kinds[0]}"
        )
        raise InputError(
            f"y {found}, which have no order. Make them all text or numbers."
        ) from None
    code_of = {label: code for code, label in enumerate(classes)}
    codes = np.fromiter(map(code_of.__getitem__, items), dtype=np.intp, count=len(items))
    return Labels(codes, tuple(classes))


def _python_items(values: NDArray[Any]) -> list[Any]:
    if values.dtype.kind in "mM":
        # numpy converts nanoseconds to integers, but labels should be dates.
        coarse = values.astype(f"{values.dtype.kind}8[us]")
        is_same = (coarse == values) | np.isnat(values)
        values = coarse if is_same.all() else values
    return values.tolist()


def _check_no_missing(is_missing: NDArray[np.bool_]) -> None:
    if is_missing.any():
        rows = np.flatnonzero(is_missing)
        raise InputError(
            f"y has {len(rows)} missing label{'s' if len(rows) > 1 else ''}, the first in row "
            f"{rows[0]} (counted from 0). A row without a label cannot be balanced: drop such rows "
            "first."
        )


def check_number_of_classes(labels: Labels, *, are_numbers: bool = True) -> None:
    """Raise InputError for a target of many values that looks like a regression target or an identifier.

    Text, categories, dates, booleans and small whole numbers are labels however many they are, as long
    as rows share them.

    Parameters
    ----------
    labels : Labels
    are_numbers : bool, default=True
        Whether they were passed as numbers, and not as categories or objects.
    """
    n_rows, n_classes = int(labels.counts.sum()), len(labels.classes)
    if n_classes <= max(_ALWAYS_ALLOWED_CLASSES, n_rows / 10):
        return
    message = f"y has {n_classes} different values in {n_rows} rows: this looks like "
    if n_classes == n_rows:
        raise InputError(
            f"{message}an identifier{'' if isinstance(labels.classes[0], str) else ', or regression'}. Poise balances "
            "classes: pass the class of each row."
        )
    if are_numbers and any(
        _is_large_number(label) for label in (labels.classes[0], labels.classes[-1])
    ):
        raise InputError(
            f"{message}regression. Poise balances classes: bin the target first, for example with "
            "numpy.digitize, or pass the labels as text if they are names."
        )


def _is_large_number(label: object) -> bool:
    return isinstance(label, int | float) and abs(label) > _LARGEST_SMALL_LABEL
