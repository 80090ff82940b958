"""Costs of decisions: the decision with the lowest expected cost, given probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from poise.core.errors import InputError, listed
from poise.core.numbers import floats_of, some_weights_of
from poise.core.sampling.constructors import names_parameters
from poise.core.saved import PickledWithVersion
from poise.core.tables.labels import Labels
from poise.core.tables.read import read_target
from poise.decisions._priors import read_columns
from poise.metrics._events import event_of, labels_in

Floats = NDArray[np.float64]


@names_parameters
class CostMatrix(PickledWithVersion):
    """The cost of each decision for each true class, the same for all rows or per row.

    Parameters
    ----------
    costs : array-like of shape (n_classes, n_classes) or (n_rows, n_classes, n_classes)
        ``costs[i, j]`` is the cost if class i is true and class j is decided, as in scikit-learn's
        confusion matrix. Gains are negative costs.
    classes : sequence of labels, optional
        In sorted order, as in a classifier's `classes_`. Without them, the costs are of the labels 0, 1, ...
        (after `of_two`: of any two labels, the rarer of which is the event).

    Attributes
    ----------
    costs : ndarray, float64
    classes : ndarray of shape (n_classes,), or None
    event : label or None
        The class of interest, if `of_two` was given the classes.

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
    >>> costs = CostMatrix.of_two(false_positive=1, false_negative=9, classes=["fine", "fraud"])
    >>> costs.threshold
    0.1
    >>> costs.decide([0.05, 0.3]).tolist()
    ['fine', 'fraud']
    >>> costs.expected([0.05, 0.3]).round(2).tolist()
    [0.45, 0.7]
    """

    def __init__(self, costs: ArrayLike, classes: Sequence[Any] | None = None) -> None:
        self.costs: Floats = floats_of("costs", costs).copy()
        shape = self.costs.shape
        if len(shape) not in (2, 3) or shape[-1] != shape[-2] or shape[-1] < 2:
            raise InputError(
                f"costs has shape {shape}; it must be (n_classes, n_classes), or "
                "(n_rows, n_classes, n_classes) for costs per row."
            )
        self.classes: NDArray[Any] | None = None if classes is None else _read_classes(classes)
        self.event: Any = None
        self._is_of_event = False
        if self.classes is not None:
            _check_classes(self.classes, len(self.costs.T))
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
        classes : sequence of two labels, optional
            The event is the second one, whatever the sorted order is. By default, the labels and the event are
            those of the y that the costs are used with.

        Returns
        -------
        CostMatrix

        Examples
        --------
        >>> amounts = [20.0, 500.0]
        >>> CostMatrix.of_two(false_positive=5, false_negative=amounts).threshold.round(3).tolist()
        [0.2, 0.01]
        """
        cells = [
            _read_cell(name, cell)
            for name, cell in (
                ("true_negative", true_negative),
                ("false_positive", false_positive),
                ("false_negative", false_negative),
                ("true_positive", true_positive),
            )
        ]
        try:
            flat = np.broadcast_arrays(*cells)
        except ValueError:
            shapes = ", ".join(str(cell.shape) for cell in cells)
            raise InputError(
                f"The costs have shapes {shapes}; each must be a number or have one entry per row."
            ) from None
        costs = np.stack(flat, axis=-1)
        costs = costs.reshape(*costs.shape[:-1], 2, 2)
        if classes is None:
            found = cls(costs)
            found._is_of_event = True
            return found
        labels = _read_classes(classes).tolist()
        is_turned = len(labels) == 2 and labels[1] < labels[0]
        found = cls(costs[..., ::-1, ::-1], labels[::-1]) if is_turned else cls(costs, labels)
        found.event = classes[1]
        return found

    @property
    def _labels(self) -> list[Any]:
        """The classes; without them, 0, 1, ..."""
        return list(range(len(self.costs.T))) if self.classes is None else self.classes.tolist()

    def for_labels(self, labels: Sequence[Any], event: Any) -> CostMatrix:
        """Return the same costs with the labels of a target as classes.

        Parameters
        ----------
        labels : sequence
            The labels that occur, sorted.
        event : label
            The class of interest: the second class of `of_two`, if it was given no classes.

        Raises
        ------
        InputError
            If the costs have other classes.
        """
        labels = list(labels)
        if self._is_of_event and len(labels) != 2:
            raise InputError(
                f"The costs are of two classes, given by false alarms and misses; y has {len(labels)} classes, {listed(labels)}. "
                "Pass CostMatrix(...) with a row and a column for each class."
            )
        if self._is_of_event:
            is_turned = event == labels[0]
            found = CostMatrix(self.costs[..., ::-1, ::-1] if is_turned else self.costs, labels)
            found.event = event
            return found
        if self._labels != labels:
            raise self._other_labels(labels)
        return self if self.classes is not None else CostMatrix(self.costs, labels)

    def _other_labels(self, labels: Sequence[Any]) -> InputError:
        has = "no classes, and are thus of" if self.classes is None else "the classes"
        return InputError(
            f"The costs have {has} {listed(self._labels)}; y has the labels {listed(labels)}. Pass CostMatrix(..., "
            f"classes={list(labels)!r}), with the rows and columns of costs in this order."
        )

    def of_event(self, labels: Sequence[Any], event: Any) -> Floats:
        """Return costs of shape (2, 2) or (n_rows, 2, 2) with the event second, for one or two labels that occur."""
        if self._is_of_event:
            return self.costs
        own = self._labels
        if len(own) != 2 or event not in own or not set(labels) <= set(own):
            raise self._other_labels(labels)
        return self.costs if event == own[1] else self.costs[..., ::-1, ::-1]

    def __repr__(self) -> str:
        shown = self.costs.tolist() if self.costs.ndim == 2 else f"array of {self.costs.shape}"
        classes = None if self.classes is None else self.classes.tolist()
        return f"CostMatrix({shown}, classes={classes!r})"

    @property
    def threshold(self) -> Any:
        """Probability from which deciding for the event, or else the second class, is cheaper (Elkan's formula).

        A float, or an ndarray of shape (n_rows,) if costs are per row: 0 if an alarm never costs more than
        silence, infinity if an alarm is never worth its cost.
        """
        if len(self.costs.T) != 2:
            raise InputError(
                f"A threshold is defined for two classes; these costs have {len(self.costs.T)}. Use decide(proba)."
            )
        costs = self.costs if self._place_of_event() else self.costs[..., ::-1, ::-1]
        (true_negative, false_positive), (false_negative, true_positive) = np.moveaxis(
            costs, (-2, -1), (0, 1)
        )
        alarm, miss = false_positive - true_negative, false_negative - true_positive
        with np.errstate(over="ignore"):
            # Divided by a power of two where their sum would overflow.
            part = np.where(np.isinf(alarm + miss), 0.5, 1.0)
        alarm, miss = alarm * part, miss * part
        if self.costs.ndim == 2:
            return float(alarm / (alarm + miss))
        are_losses = (alarm > 0) & (miss > 0)  # no mutant: without a loss of a miss, as below
        found = np.divide(alarm, alarm + miss, out=np.zeros_like(alarm), where=are_losses)
        return np.where((miss <= 0) & (alarm > 0), np.inf, found)

    def _place_of_event(self) -> int:
        if self.classes is None or self.event is None:
            return 1  # no mutant: any number but 0
        return self.classes.tolist().index(self.event)

    def expected_of_each(self, proba: ArrayLike) -> Floats:
        """Return the expected cost of each decision for each row.

        Parameters
        ----------
        proba : array-like of shape (n_rows,) or (n_rows, n_classes)
            Probabilities, corrected if necessary (see `shift_prior`). A single column has those of the event, or
            else of the second class.

        Returns
        -------
        ndarray of shape (n_rows, n_classes)
        """
        columns = read_columns(proba)
        if np.ndim(proba) != 1 and self._is_of_event:
            raise InputError(
                "The costs are of an event and the rest, and do not tell which column of proba is that of the event. Pass "
                "that column alone, or costs with classes=."
            )
        if np.ndim(proba) == 1 and not self._place_of_event():
            columns = columns[:, ::-1]
        n_rows, n_classes = columns.shape
        if n_classes != len(self.costs.T):
            raise InputError(
                f"proba has {n_classes} columns; the costs have {len(self.costs.T)} classes"
                + (f", {listed(self.classes.tolist())}." if self.classes is not None else ".")
            )
        self._check_same_rows(n_rows)
        if self.costs.ndim == 2:
            return np.einsum("ni,ij->nj", columns, self.costs)
        return np.einsum("ni,nij->nj", columns, self.costs)

    def decide(
        self, proba: ArrayLike, *, classes: Sequence[Any] | None = None, pos_label: Any = None
    ) -> NDArray[Any]:
        """Return the decision with the lowest expected cost for each row; on a tie the event, or the later class.

        Parameters
        ----------
        proba : array-like of shape (n_rows,) or (n_rows, n_classes)
        classes : sequence of labels, optional
            The labels in sorted order, such as `classes_` of the classifier. Needed if the costs have none.
        pos_label : label, optional
            The event. Needed after `of_two` without classes.

        Returns
        -------
        ndarray of shape (n_rows,), with the dtype of the labels

        Raises
        ------
        InputError
            If the labels are not known.
        """
        if classes is not None:
            return self._for_classes(classes, pos_label).decide(proba)
        if self.classes is None:
            raise InputError(
                "The costs have no classes, so the labels of the decisions are not known. Pass classes=model.classes_"
                + (" and pos_label=, the event," if self._is_of_event else "")
                + " or costs with classes."
            )
        each = self.expected_of_each(proba)
        if self._place_of_event() == 0:  # of two classes
            return np.asarray(self.classes[1 - (each[:, 0] <= each[:, 1])])
        # A probability equal to the threshold is an alarm, as in scikit-learn's FixedThresholdClassifier.
        last_best = each.shape[1] - 1 - each[:, ::-1].argmin(axis=1)
        return np.asarray(self.classes[last_best])

    def _for_classes(self, classes: Sequence[Any], pos_label: Any) -> CostMatrix:
        """Return the same costs with these classes, sorted, and this event."""
        labels = _read_classes(classes)
        _check_classes(labels, len(self.costs.T))
        if self._is_of_event and pos_label not in labels.tolist():
            raise InputError(
                f"The costs are of an event and the rest, and pos_label={pos_label!r} is not one of the classes "
                f"{listed(labels.tolist())}. Pass the event as pos_label=."
            )
        return self.for_labels(labels.tolist(), pos_label)

    def expected(self, proba: ArrayLike) -> Floats:
        """Return the expected cost of the best decision for each row."""
        return self.expected_of_each(proba).min(axis=1)

    def mean(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        pos_label: Any = None,
    ) -> float:
        """Return the mean cost per row of given decisions.

        Parameters
        ----------
        y_true, y_pred : array-like of shape (n_rows,)
        sample_weight : array-like of shape (n_rows,), optional
        pos_label : label, optional
            The event, if `of_two` was given no classes: by default the rarer label in `y_true`.

        Examples
        --------
        >>> CostMatrix.of_two(false_positive=1, false_negative=9).mean([0, 0, 1, 1], [0, 1, 1, 0])
        2.5
        """
        true, decided = (labels_in(name, y) for name, y in (("y_true", y_true), ("y_pred", y_pred)))
        if len(true.codes) != len(decided.codes):
            raise InputError(f"y_true has {len(true.codes)} rows and y_pred {len(decided.codes)}.")
        self._check_same_rows(len(true.codes))
        place = self._places(true, decided, pos_label)
        of_true, of_decided = (
            np.array([place[label] for label in known.classes], dtype=np.intp)[known.codes]
            for known in (true, decided)
        )
        rows = np.arange(len(of_true))
        each = (
            self.costs[of_true, of_decided]
            if self.costs.ndim == 2
            else self.costs[rows, of_true, of_decided]
        )
        if sample_weight is None:
            return float(each.mean())
        return float(np.average(each, weights=some_weights_of(sample_weight, len(each))))

    def _places(self, true: Labels, decided: Labels, pos_label: Any) -> dict[Any, int]:
        """Return the position of each label among the costs."""
        labels = sorted({*true.classes, *decided.classes})
        if self._is_of_event:
            counts = dict.fromkeys(labels, 0) | true.counts_by_label()
            known = Labels(true.codes, tuple(labels), np.array([counts[label] for label in labels]))
            event = event_of(known, pos_label)
            return {label: int(label == event) for label in labels}
        place = {label: code for code, label in enumerate(self._labels)}
        unknown = [label for label in labels if label not in place]
        if unknown:
            raise InputError(
                f"y has the label {unknown[0]!r}; the costs have the classes {listed(place)}. Pass CostMatrix(..., "
                "classes=) with the labels of y."
            )
        return place

    def class_weights(
        self, *, classes: Sequence[Any] | None = None, pos_label: Any = None
    ) -> dict[Any, float]:
        """Return what a wrong decision costs for each true class, as a scheme of `poise.weights`.

        A classifier that is fitted with these weights decides by the largest probability as one without weights
        decides by the costs, if its probabilities are right. It cannot then be used with other costs:
        `decide` needs probabilities without weights.

        Parameters
        ----------
        classes : sequence of labels, optional
            The labels in sorted order. Needed after `of_two` without classes.
        pos_label : label, optional
            The event. Needed after `of_two` without classes.

        Returns
        -------
        dict of label to weight
            The mean of the differences from the right decision, in the unit of the costs; of two classes it
            is exact, and of more if all wrong decisions for a class cost the same (Ting 2002).

        Raises
        ------
        InputError
            If costs are per row, the labels are not known, or a class has the weight 0.

        References
        ----------
        .. [1] Ting, K. M. (2002). An instance-weighting method to induce cost-sensitive trees. IEEE
           Transactions on Knowledge and Data Engineering 14, 659-665.
           doi:10.1109/TKDE.2002.1000348

        Examples
        --------
        >>> costs = CostMatrix.of_two(false_positive=1, false_negative=9, classes=["fine", "fraud"])
        >>> costs.class_weights()
        {'fine': 1.0, 'fraud': 9.0}
        """
        if classes is not None:
            return self._for_classes(classes, pos_label).class_weights()
        if self._is_of_event:
            raise InputError(
                "The costs are of an event and the rest, whose labels are not known. Pass classes=, the labels in sorted order, "
                "and pos_label=, the event."
            )
        if self.costs.ndim == 3:
            raise InputError(
                "The costs differ from row to row, so that classes have no single weight. Pass costs of one number each, such "
                "as their means."
            )
        losses = self.costs - np.diagonal(self.costs)[:, np.newaxis]
        found = losses.sum(axis=1) / (len(losses) - 1)
        if not found.all():
            raise InputError(
                f"A wrong decision costs nothing more than the right one for class {self._labels[int(found.argmin())]!r}, whose "
                "weight would be 0. Use decide(proba)."
            )
        return dict(zip(self._labels, found.tolist(), strict=True))

    def take(self, rows: Any) -> Self:
        """Return the costs of some rows."""
        if self.costs.ndim == 2:
            return self
        found = copy(self)
        try:
            found.costs = self.costs[rows]
        except IndexError as error:
            raise InputError(
                f"rows={rows!r:.100} cannot be taken: there are costs for {len(self.costs)} rows. Pass row numbers counted "
                "from 0, or a mask with one entry per row."
            ) from error
        return found

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
        matrices = self.costs.reshape(-1, *self.costs.shape[-2:])  # no mutant: any number below 0
        names = self._labels
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


def read_costs(costs: Any) -> CostMatrix:
    """Return costs as a `CostMatrix`: one, or a pair of what a false alarm and a miss cost.

    Raises
    ------
    InputError
        If they are neither.

    Examples
    --------
    >>> read_costs((1, 4)).threshold
    0.2
    """
    if isinstance(costs, CostMatrix):
        return costs
    if not isinstance(costs, str | dict | None) and np.shape(costs) == (2,):
        alarm, miss = floats_of("costs", costs).tolist()
        if np.isfinite([alarm, miss]).all():
            return CostMatrix.of_two(false_positive=alarm, false_negative=miss)
    raise InputError(
        f"costs={costs!r} must be a CostMatrix, such as CostMatrix.of_two(false_positive=1, false_negative=9), or a pair "
        "of what a false alarm and a missed event cost, such as (1, 9)."
    )


def _read_cell(name: str, cell: Any) -> Floats:
    found = floats_of(name, cell)
    if not np.isfinite(found).all():
        raise InputError(
            f"{name} must hold finite numbers, but some are NaN or infinite. Replace them."
        )
    return found


def _read_classes(classes: Any) -> NDArray[Any]:
    """Return labels as an array without changing their types."""
    labels = read_target(classes, "classes")
    given = labels.tolist() if labels.ndim == 1 else []
    if not given or any(item != item or item is None for item in given):  # noqa: PLR0124  # NaN
        raise InputError(f"classes={classes!r} must be a list of labels, none of them missing.")
    try:
        sorted(given)
    except TypeError:
        raise InputError(
            f"classes={classes!r} has labels of different types, which have no order. Make them one type."
        ) from None
    return labels


def _check_classes(classes: NDArray[Any], n_classes: int) -> None:
    if len(classes) != n_classes:
        raise InputError(
            f"classes has {len(classes)} labels, {listed(classes.tolist())}; costs has {n_classes} classes."
        )
    if classes.tolist() != np.unique(classes).tolist():
        raise InputError(
            f"classes={classes.tolist()} must be sorted and without repeats, as in a classifier's classes_."
        )
