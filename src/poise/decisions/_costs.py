"""Costs of decisions: the decision with the lowest expected cost, given probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import column_or_1d

from poise.core.errors import InputError, listed
from poise.decisions._priors import read_columns

Floats = NDArray[np.float64]


class CostMatrix:
    """The cost of each decision for each true class, the same for all rows or per row.

    Parameters
    ----------
    costs : array-like of shape (n_classes, n_classes) or (n_rows, n_classes, n_classes)
        ``costs[i, j]`` is the cost if class i is true and class j is decided, as in scikit-learn's
        confusion matrix. Gains are negative costs.
    classes : sequence of labels, default=(0, 1, ...)
        In sorted order, as in a classifier's `classes_`.

    Attributes
    ----------
    costs : ndarray, float64
    classes : ndarray of shape (n_classes,)

    Raises
    ------
    InputError
        If the shape is wrong, a value is not finite, or costs are inconsistent: a wrong decision is cheaper
        than the right one, or a decision is never cheaper than another. Costs per row raise it only if the
        wrong decision is cheaper for every true class.

    References
    ----------
    .. [1] Elkan, C. (2001). The foundations of cost-sensitive learning. IJCAI 2001.

    Examples
    --------
    A false alarm costs 1 and a missed fraud 9, so an alarm is worth it from a probability of 1 / (1 + 9).

    >>> from poise.decisions import CostMatrix
    >>> costs = CostMatrix.of_two(false_positive=1, false_negative=9)
    >>> costs.threshold
    0.1
    >>> costs.decide([0.05, 0.3]).tolist()
    [0, 1]
    >>> costs.expected([0.05, 0.3]).round(2).tolist()
    [0.45, 0.7]
    """

    def __init__(self, costs: ArrayLike, classes: Sequence[Any] | None = None) -> None:
        self.costs = np.array(costs, dtype=np.float64)
        shape = self.costs.shape
        if len(shape) not in (2, 3) or shape[-1] != shape[-2] or shape[-1] < 2:
            raise InputError(
                f"costs has shape {shape}; it must be (n_classes, n_classes), or "
                "(n_rows, n_classes, n_classes) for costs per row."
            )
        self.classes = np.arange(shape[-1]) if classes is None else np.asarray(classes)
        if len(self.classes) != shape[-1]:
            raise InputError(
                f"classes has {len(self.classes)} labels, {listed(self.classes.tolist())}; costs has "
                f"{shape[-1]} classes."
            )
        if len(np.unique(self.classes)) != len(self.classes) or (
            self.classes.tolist() != np.unique(self.classes).tolist()
        ):
            raise InputError(
                f"classes={self.classes.tolist()} must be sorted and without repeats, as in a "
                "classifier's classes_."
            )
        self._check_coherent()
        self.costs.setflags(write=False)

    @classmethod
    def of_two(
        cls,
        *,
        false_positive: ArrayLike,
        false_negative: ArrayLike,
        true_positive: ArrayLike = 0.0,
        true_negative: ArrayLike = 0.0,
        classes: Sequence[Any] | None = None,
    ) -> Self:
        """Return the costs of two classes, given by the names of the four outcomes.

        Parameters
        ----------
        false_positive, false_negative, true_positive, true_negative : float or array of shape (n_rows,)
            A number for all rows, or one number per row, such as the amount of a payment.
        classes : sequence of two labels, default=(0, 1)
            The event is the second one, whatever the sorted order is.

        Returns
        -------
        CostMatrix

        Examples
        --------
        >>> amounts = [20.0, 500.0]
        >>> CostMatrix.of_two(false_positive=5, false_negative=amounts).threshold.round(3).tolist()
        [0.2, 0.01]
        """
        cells = (true_negative, false_positive, false_negative, true_positive)
        try:
            flat = np.broadcast_arrays(*(np.asarray(cell, dtype=np.float64) for cell in cells))
        except ValueError:
            shapes = ", ".join(str(np.shape(cell)) for cell in cells)
            raise InputError(
                f"The costs have shapes {shapes}; each must be a number or have one entry per row."
            ) from None
        costs = np.stack(flat, axis=-1)
        costs = costs.reshape(*costs.shape[:-1], 2, 2)
        if classes is not None and len(classes) == 2 and classes[1] < classes[0]:
            return cls(costs[..., ::-1, ::-1], classes[::-1])
        return cls(costs, classes)

    def for_event(self, event: Any) -> CostMatrix:
        """Return the costs of two classes with the event second and classes (0, 1).

        If the event is not one of the classes, their order is kept.
        """
        is_first = len(self.classes) == 2 and event == self.classes[0] and event != self.classes[1]
        is_named = self.classes.tolist() != [0, 1] or event in (0, 1)
        turned = self.costs[..., ::-1, ::-1] if is_first and is_named else self.costs
        return CostMatrix(turned)

    def __repr__(self) -> str:
        return f"CostMatrix({self.costs.tolist()!r}, classes={self.classes.tolist()!r})"

    @property
    def threshold(self) -> Any:
        """Probability from which deciding for the event is cheaper (Elkan's formula).

        A float, or an ndarray of shape (n_rows,) if costs are per row: 0 if an alarm never costs more than
        silence, infinity if an alarm is never worth its cost.
        """
        if len(self.classes) != 2:
            raise InputError(
                f"A threshold is defined for two classes; these costs have {len(self.classes)}. Use decide(proba)."
            )
        (true_negative, false_positive), (false_negative, true_positive) = np.moveaxis(
            self.costs, (-2, -1), (0, 1)
        )
        alarm, miss = false_positive - true_negative, false_negative - true_positive
        if self.costs.ndim == 2:
            return float(alarm / (alarm + miss))
        found = np.divide(
            alarm, alarm + miss, out=np.zeros_like(alarm), where=(alarm > 0) & (miss > 0)
        )
        return np.where((miss <= 0) & (alarm > 0), np.inf, found)

    def expected_of_each(self, proba: ArrayLike) -> Floats:
        """Return the expected cost of each decision for each row.

        Parameters
        ----------
        proba : array-like of shape (n_rows,) or (n_rows, n_classes)
            Probabilities, corrected if necessary (see `shift_prior`). One column is the second of two
            classes.

        Returns
        -------
        ndarray of shape (n_rows, n_classes)
        """
        columns = read_columns(proba)
        n_rows, n_classes = columns.shape
        if n_classes != len(self.classes):
            raise InputError(
                f"proba has {n_classes} columns; the costs have {len(self.classes)} classes, "
                f"{listed(self.classes.tolist())}."
            )
        self._check_same_rows(n_rows)
        return np.einsum(
            "ni,...nij->nj", columns, np.broadcast_to(self.costs, (n_rows, *self.costs.shape[-2:]))
        )

    def decide(self, proba: ArrayLike) -> NDArray[Any]:
        """Return the decision with the lowest expected cost for each row; on a tie, the later class.

        Parameters
        ----------
        proba : array-like of shape (n_rows,) or (n_rows, n_classes)

        Returns
        -------
        ndarray of shape (n_rows,), with the dtype of the labels
        """
        each = self.expected_of_each(proba)
        # A probability equal to the threshold is an alarm, as in scikit-learn's FixedThresholdClassifier.
        last_best = each.shape[1] - 1 - each[:, ::-1].argmin(axis=1)
        return np.asarray(self.classes[last_best])

    def expected(self, proba: ArrayLike) -> Floats:
        """Return the expected cost of the best decision for each row."""
        return self.expected_of_each(proba).min(axis=1)

    def mean(self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: Any = None) -> float:
        """Return the mean cost per row of given decisions.

        Parameters
        ----------
        y_true, y_pred : array-like of shape (n_rows,)
        sample_weight : array-like of shape (n_rows,), optional

        Examples
        --------
        >>> CostMatrix.of_two(false_positive=1, false_negative=9).mean([0, 0, 1, 1], [0, 1, 1, 0])
        2.5
        """
        true, decided = (
            self._codes(name, y) for name, y in (("y_true", y_true), ("y_pred", y_pred))
        )
        if len(true) != len(decided):
            raise InputError(f"y_true has {len(true)} rows and y_pred {len(decided)}.")
        self._check_same_rows(len(true))
        rows = np.arange(len(true))
        each = (
            self.costs[true, decided] if self.costs.ndim == 2 else self.costs[rows, true, decided]
        )
        return float(np.average(each, weights=sample_weight))

    def take(self, rows: Any) -> Self:
        """Return the costs of some rows."""
        if self.costs.ndim == 2:
            return self
        return type(self)(self.costs[rows], self.classes.tolist())

    def _codes(self, name: str, y: ArrayLike) -> NDArray[np.intp]:
        try:
            given = column_or_1d(y)
        except ValueError:
            raise InputError(f"{name} must have one column; it has shape {np.shape(y)}.") from None
        place = np.searchsorted(self.classes, given).clip(0, len(self.classes) - 1)
        is_unknown = self.classes[place] != given
        if is_unknown.any():
            raise InputError(
                f"{name} has the label {given[is_unknown].tolist()[0]!r}; the costs have the classes "
                f"{listed(self.classes.tolist())}."
            )
        return np.asarray(place, dtype=np.intp)

    def _check_same_rows(self, n_rows: int) -> None:
        if self.costs.ndim == 3 and len(self.costs) != n_rows:
            raise InputError(
                f"The costs are for {len(self.costs)} rows, and {n_rows} rows were given. Use take(rows) to select "
                "the costs of these rows."
            )

    def _check_coherent(self) -> None:
        if not np.isfinite(self.costs).all():
            raise InputError(
                "costs must be finite numbers, but some are NaN or infinite. Replace them."
            )
        matrices = self.costs.reshape(-1, *self.costs.shape[-2:])
        names = self.classes.tolist()
        right = np.diagonal(matrices, axis1=1, axis2=2)[:, :, np.newaxis]
        is_cheaper = np.asarray(matrices < right)
        if self.costs.ndim == 3:
            # A row can have an event that is not worth an alarm, but not a cheaper wrong decision for every
            # true class.
            for row in np.flatnonzero(np.asarray(is_cheaper.any(axis=2)).all(axis=1)):
                raise InputError(
                    f"The costs of row {row} are inconsistent: for every true class, the wrong decision costs less than the "
                    "right one. Check that rows are true classes and columns are decisions."
                )
            return
        for _, true, decided in np.argwhere(is_cheaper):
            raise InputError(
                f"The costs are inconsistent: if {names[true]!r} is true, deciding {names[decided]!r} costs less than the right "
                "decision. Check that rows are true classes and columns are decisions."
            )
        for other, name in enumerate(names):
            is_never_better = np.asarray((matrices >= matrices[:, :, [other]]).all(axis=1))
            is_never_better[:, other] = False
            for _, decided in np.argwhere(is_never_better):
                raise InputError(
                    f"The costs are inconsistent: deciding {names[decided]!r} never costs less than deciding {name!r}, so it is "
                    "not optimal for any probability. Leave the class out, or check its costs."
                )
