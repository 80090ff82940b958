"""Losses for rare classes: logit adjustment, and the focal loss with its gradient and Hessian."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, log_expit, log_softmax

from poise.core.errors import InputError
from poise.core.numbers import floats_of, is_number
from poise.core.sampling.constructors import names_parameters
from poise.core.sampling.parameters import checked, real
from poise.core.saved import PickledWithVersion

Floats = NDArray[np.float64]
_SUM = 1e-6  # no mutant: tolerance of sums of shares
_LEAST_HESSIAN = 1e-16  # no mutant: LightGBM's and XGBoost's own floor is of this size


@checked(tau=real(0, np.inf, "left"))
def logit_adjustment(prior: Any, tau: float = 1.0) -> Floats:
    """Return what logit adjustment adds to the logits of the classes in training: ``tau * log(prior)``.

    Added to the logits inside the loss, it makes a network balance the classes without weights; subtracted from
    the logits of a trained one, it does so afterwards (Menon et al. [1]_). Both predict for equal shares: add
    ``log(prior)`` to the logits again, or use `shift_prior`, for probabilities.

    Parameters
    ----------
    prior : float, array-like of shape (n_classes,), or dict of label to share
        Shares of the classes in training, such as ``class_prior(y)``; a dictionary is taken in sorted order of
        the labels. A single number is the share of the event.
    tau : float, default=1.0
        0 changes nothing, and 1 balances the classes.

    Returns
    -------
    ndarray of shape (n_classes,), float64
        A model with one logit, that of the event, takes the last entry minus the first.

    Raises
    ------
    InputError
        If shares are not above 0, or do not add up to 1.

    References
    ----------
    .. [1] Menon, A. K., Jayasumana, S., Rawat, A. S., Jain, H., Veit, A. and Kumar, S. (2021). Long-tail
       learning via logit adjustment. ICLR 2021.
       doi:10.48550/arXiv.2007.07314

    Examples
    --------
    >>> logit_adjustment({"no": 0.9, "yes": 0.1}).round(3)
    array([-0.105, -2.303])
    """
    if hasattr(prior, "items") and not isinstance(prior, Mapping):
        prior = dict(prior.items())  # of a Series, such as value_counts
    if isinstance(prior, Mapping):
        try:
            prior = [prior[label] for label in sorted(prior)]
        except TypeError:
            raise InputError(
                f"prior={prior!r:.200} has labels that cannot be sorted. Pass a list of shares."
            ) from None
    shares = floats_of("prior", prior)
    if shares.ndim == 0:
        shares = np.array([1 - shares, shares])
    if shares.ndim != 1 or not (shares > 0).all() or not abs(shares.sum() - 1) <= _SUM:
        raise InputError(
            f"prior={prior!r:.200} must hold shares above 0 that add up to 1, one for each class. Divide counts by their sum, "
            "and leave out classes without rows."
        )
    return np.asarray(tau * np.log(shares))


@names_parameters
@dataclass(frozen=True)
class FocalObjective(PickledWithVersion):
    """The focal loss, ``-alpha * (1 - p)^gamma * log(p)`` of the probability p of the true class, for boosted trees.

    Rows that are predicted well count less. Pass it as ``XGBClassifier(objective=FocalObjective())`` or
    ``LGBMClassifier(objective=FocalObjective())``, with any number of classes.

    Parameters
    ----------
    gamma : float, default=2.0
        How much less; 0 gives the log loss.
    alpha : float or sequence of float, optional
        Weights of the classes: that of the event, above 0 and below 1, if the other class has 1 - alpha
        as in [1]_; or one for each class, in sorted order. None weights none.

    Raises
    ------
    InputError
        If a number is out of range.

    Notes
    -----
    The loss is not convex in the logits. Where its second derivative is below 1e-16, calling the objective gives
    1e-16, because boosting divides by sums of them; `hessian` has the exact one. Of several classes it is
    the diagonal.

    The probabilities of a model that is fitted by the focal loss are not calibrated, with no known prior to take
    back: calibrate it, with ``sklearn.calibration.CalibratedClassifierCV``. LightGBM returns logits from
    `predict_proba` if it is given an objective.

    References
    ----------
    .. [1] Lin, T.-Y., Goyal, P., Girshick, R., He, K. and Dollár, P. (2017). Focal loss for dense object
       detection. ICCV 2017, 2980-2988.
       doi:10.1109/ICCV.2017.324

    Examples
    --------
    >>> focal = FocalObjective(gamma=2.0)
    >>> focal.loss([1, 1], [0.0, 3.0]).round(4).tolist()  # the second row is predicted well
    [0.1733, 0.0001]
    >>> gradient, hessian = focal([1, 1], [0.0, 3.0])
    >>> gradient.round(4).tolist()
    [-0.2983, -0.0003]
    """

    gamma: float = 2.0
    alpha: Any = None

    def __post_init__(self) -> None:
        if not is_number(self.gamma) or self.gamma < 0:
            raise InputError(f"gamma={self.gamma!r} must be a finite number of 0 or more.")
        if self.alpha is None:
            return
        given = floats_of("alpha", self.alpha)
        if given.ndim == 0 and not 0 < float(given) < 1:
            raise InputError(
                f"alpha={self.alpha!r} must be above 0 and below 1, or a list with one weight for each class."
            )
        if (
            given.ndim > 1
            or len(given.ravel()) == 0
            or not (np.isfinite(given) & (given >= 0)).all()
        ):
            raise InputError(
                f"alpha={self.alpha!r} must hold a finite number of 0 or more for each class."
            )

    def __call__(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> tuple[Floats, Floats]:
        """Return the gradient and the Hessian of each row, with weights, as XGBoost and LightGBM call it.

        Parameters
        ----------
        y_true : array-like of shape (n_rows,)
            0, 1, ...: the position of the class of each row.
        y_pred : array-like of shape (n_rows,) or (n_rows, n_classes)
            Logits: of the event, or of each class.
        sample_weight : array-like of shape (n_rows,), optional

        Returns
        -------
        gradient, hessian : ndarray with the shape of `y_pred`
        """
        gradient, hessian = self.gradient(y_true, y_pred), self.hessian(y_true, y_pred)
        hessian = np.maximum(hessian, _LEAST_HESSIAN)
        if sample_weight is None:
            return gradient, hessian
        weights = np.asarray(sample_weight, dtype=np.float64)
        weights = weights.reshape(-1, *[1] * (gradient.ndim - 1))
        return gradient * weights, hessian * weights

    def loss(self, y_true: ArrayLike, y_pred: ArrayLike) -> Floats:
        """Return the loss of each row, of shape (n_rows,); the parameters are those of a call."""
        codes, logits = _read(y_true, y_pred)
        alpha = self._alpha(codes, logits)
        if logits.ndim == 1:
            margin = np.where(codes == 1, logits, -logits)
            return np.asarray(-alpha * expit(-margin) ** self.gamma * log_expit(margin))
        log_p, _, miss = _of_true_class(codes, logits)
        return np.asarray(-alpha * miss**self.gamma * log_p)

    def gradient(self, y_true: ArrayLike, y_pred: ArrayLike) -> Floats:
        """Return the first derivative by each logit; the parameters are those of a call."""
        codes, logits = _read(y_true, y_pred)
        alpha = self._alpha(codes, logits)
        if logits.ndim == 1:
            sign = np.where(codes == 1, 1.0, -1.0)
            p, miss, log_p = _of_margin(sign * logits)
            return np.asarray(alpha * sign * miss**self.gamma * (self.gamma * p * log_p - miss))
        log_p, ratios, miss = _of_true_class(codes, logits)
        slope = miss**self.gamma * (self.gamma * np.exp(log_p) * log_p - miss)
        return np.asarray((alpha * slope)[:, np.newaxis] * ratios)

    def hessian(self, y_true: ArrayLike, y_pred: ArrayLike) -> Floats:
        """Return the second derivative by each logit, which can be negative; the parameters are those of a call."""
        codes, logits = _read(y_true, y_pred)
        alpha, gamma = self._alpha(codes, logits), self.gamma
        if logits.ndim == 1:
            p, miss, log_p = _of_margin(np.where(codes == 1, logits, -logits))
            inner = miss * (1 + 2 * gamma) + gamma * log_p * (miss - gamma * p)
            return np.asarray(alpha * miss**gamma * p * inner)
        log_p, ratios, miss = _of_true_class(codes, logits)
        p = np.exp(log_p)
        others = np.exp(log_softmax(logits, axis=1))
        bend = gamma * p * miss**gamma * ((1 - gamma) * p * log_p + miss * (log_p + 2))
        slope = miss**gamma * (gamma * p * _log_over_miss(log_p, miss) - 1)
        return np.asarray(
            alpha[:, np.newaxis]
            * (bend[:, np.newaxis] * ratios**2 - slope[:, np.newaxis] * others * (1 - others))
        )

    def _alpha(self, codes: NDArray[np.intp], logits: Floats) -> Floats:
        """Return the weight of the class of each row."""
        if self.alpha is None:
            return np.ones(len(codes))
        given = np.asarray(self.alpha, dtype=np.float64)
        of_classes = np.array([1 - given, given]) if given.ndim == 0 else given
        n_classes = 2 if logits.ndim == 1 else logits.shape[1]
        if len(of_classes) != n_classes:
            raise InputError(
                f"alpha={self.alpha!r} has {len(of_classes)} weights; there are {n_classes} classes. Pass one for each."
            )
        return np.asarray(of_classes[codes])


def _read(y_true: ArrayLike, y_pred: ArrayLike) -> tuple[NDArray[np.intp], Floats]:
    """Check labels and logits, and return them."""
    labels, logits = floats_of("y_true", y_true), floats_of("y_pred", y_pred)
    if logits.ndim not in (1, 2) or labels.shape != logits.shape[:1]:
        raise InputError(
            f"y_true has the shape {labels.shape} and y_pred {logits.shape}. Pass a label for each row, and one logit for each "
            "row or for each row and class."
        )
    n_classes = 2 if logits.ndim == 1 else logits.shape[1]
    is_bad = ~np.isin(labels, np.arange(n_classes))
    if is_bad.any():
        row = int(is_bad.argmax())
        raise InputError(
            f"y_true must hold whole numbers from 0 to {n_classes - 1}, the positions of the classes; row {row} has "
            f"{labels[row]:g}. Encode the labels first, for example with sklearn.preprocessing.LabelEncoder."
        )
    return labels.astype(np.intp), logits


def _of_margin(margin: Floats) -> tuple[Floats, Floats, Floats]:
    """Return p, 1 - p and log(p) of the true one of two classes."""
    return expit(margin), expit(-margin), log_expit(margin)


def _of_true_class(codes: NDArray[np.intp], logits: Floats) -> tuple[Floats, Floats, Floats]:
    """Return log(p), (delta_j - p_j) / (1 - p) and 1 - p of the true one of several classes."""
    log_shares = log_softmax(logits, axis=1)
    rows = np.arange(len(codes))
    others = np.exp(log_shares)
    others[rows, codes] = 0
    miss = others.sum(axis=1)
    # Near p = 1 the logarithm of p has lost its digits, and 1 - p has not.
    log_p = np.where(miss < 0.5, np.log1p(-np.minimum(miss, 0.5)), log_shares[rows, codes])
    ratios = np.divide(
        -others, miss[:, np.newaxis], out=np.zeros_like(others), where=miss[:, np.newaxis] > 0
    )
    ratios[rows, codes] = 1
    return log_p, ratios, miss


def _log_over_miss(log_p: Floats, miss: Floats) -> Floats:
    """Return log(p) / (1 - p), which is -1 for p = 1."""
    return np.divide(log_p, miss, out=np.full_like(log_p, -1.0), where=miss > 0)
