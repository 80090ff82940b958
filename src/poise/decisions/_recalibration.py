"""Calibration after prior correction: measure the remaining error, and correct it by a regression."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from poise.core.errors import MovedSharesWarning, warn
from poise.core.tables.convert import frame_from_columns
from poise.core.types import Backend
from poise.metrics import CalibrationFit, calibration_fit

Floats = NDArray[np.float64]
_EPSILON = float(np.finfo(np.float64).eps)
_BEYOND = 3  # standard errors
_NO_PENALTY = 1e30  # with infinity, scikit-learn 1.8 warns that the parameter C is ignored


class Residual(NamedTuple):
    """The calibration of probabilities after prior correction, measured out of fold.

    It is that of the procedure: of models that are fitted to samples of this size. The standard errors are
    those of the held-out rows; the one model that is fitted to all rows can differ from it by more, after
    random under-sampling and with boosted trees most.

    Attributes
    ----------
    events : tuple of labels
        The event of two classes, or every class if there are more.
    shifted : tuple of CalibrationFit
        Calibration after prior correction, one entry per event.
    recalibrated : tuple of CalibrationFit, or None
        Calibration after recalibration, one entry per event. The calibrator of each fold is fitted on the
        other folds. None if `calibrate` is "check".
    n_rows : int
        Number of rows that it was measured on.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from poise import SMOTE
    >>> from poise.decisions import ResampledClassifier
    >>> X, y = make_classification(1000, weights=[0.9], random_state=0)
    >>> model = ResampledClassifier(SMOTE(random_state=0), LogisticRegression(), calibrate="sigmoid")
    >>> residual = model.fit(X, y).residual_
    >>> round(residual.shifted[0].slope, 1), round(residual.recalibrated[0].slope, 1)
    (0.7, 0.9)
    """

    events: tuple[Any, ...]
    shifted: tuple[CalibrationFit, ...]
    recalibrated: tuple[CalibrationFit, ...] | None
    n_rows: int

    def warn_beyond_error(self) -> None:
        """Warn of probabilities that are still off by more than three standard errors."""
        for event, fit in zip(self.events, self.recalibrated or self.shifted, strict=True):
            is_biased = abs(fit.in_the_large) > _BEYOND * fit.in_the_large_error
            # The slope of recalibrated probabilities means little where some are 0 or 1.
            is_spread = self.recalibrated is None and abs(fit.slope - 1) > _BEYOND * fit.slope_error
            if is_biased or is_spread:
                average = (
                    f"their log-odds are off by {fit.in_the_large:+.2f} on average (standard error "
                    f"{fit.in_the_large_error:.2f})"
                )
                if self.recalibrated is None:
                    message = (
                        f"still off after prior correction: {average}, and should be multiplied by {fit.slope:.2f} "
                        f"({fit.slope_error:.2f}). Pass calibrate='sigmoid' or 'isotonic'."
                    )
                else:
                    message = (
                        f"still off after calibration: {average}. Check that y does not depend on the order of the rows "
                        "(then shuffle the folds with cv=), or collect more rows."
                    )
                warn(f"The probabilities of {event!r} are {message}", MovedSharesWarning)

    def to_dict(self) -> dict[str, NDArray[Any]]:
        """Return the columns by name, with one entry per event and stage."""
        stages = {"shifted": self.shifted, "recalibrated": self.recalibrated or ()}
        rows = [
            (str(event), stage, *fit)
            for stage, fits in stages.items()
            for event, fit in zip(self.events, fits, strict=bool(fits))
            if fits
        ]
        names = ("event", "stage", *CalibrationFit._fields)
        return {
            name: np.array(part) for name, part in zip(names, zip(*rows, strict=True), strict=True)
        }

    def frame(self, backend: Backend | None = None) -> Any:
        """Return the columns as a frame: pandas, polars or pyarrow, if `backend` names one."""
        return frame_from_columns(self.to_dict(), backend)


def calibration_fits(
    predicted: Floats, codes: NDArray[np.intp], weights: Any, events: tuple[int, ...]
) -> tuple[CalibrationFit, ...]:
    """Return the calibration of the probabilities of each event.

    Parameters
    ----------
    predicted : ndarray of shape (n_rows, n_classes)
    codes : ndarray of shape (n_rows,)
        Class of each row.
    weights : ndarray of shape (n_rows,)
    events : tuple of int
        Columns of `predicted` to examine.
    """
    return tuple(
        calibration_fit(codes == event, predicted[:, event], sample_weight=weights, pos_label=True)
        for event in events
    )


def fitted_calibrators(
    method: str,
    predicted: Floats,
    codes: NDArray[np.intp],
    weights: Floats,
    events: tuple[int, ...],
) -> list[Any]:
    """Fit one calibrator per event: a regression of the event on its predicted probability.

    Parameters
    ----------
    method : {"sigmoid", "isotonic"}
    predicted, codes, weights, events
        See `calibration_fits`.

    Returns
    -------
    list of fitted regressions
    """
    found = []
    for event in events:
        calibrator = (
            IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
            if method == "isotonic"
            else LogisticRegression(C=_NO_PENALTY)
        )
        is_event = codes == event
        found.append(
            calibrator.fit(
                _as_input(calibrator, predicted[:, event]), is_event, sample_weight=weights
            )
        )
    return found


def _as_input(calibrator: Any, predicted: Floats) -> Floats:
    if isinstance(calibrator, IsotonicRegression):
        return predicted
    return np.asarray(logit(np.clip(predicted, _EPSILON, 1 - _EPSILON)))[:, np.newaxis]
