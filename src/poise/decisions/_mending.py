"""What prior correction leaves: measured, told, and mended by a regression on what was said."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from poise.core.tables.convert import frame_from_columns
from poise.metrics import CalibrationFit, calibration_fit

Floats = NDArray[np.float64]
_EPSILON = float(np.finfo(np.float64).eps)


class Residual(NamedTuple):
    """What is wrong with the probabilities after prior correction, as measured out of fold.

    Attributes
    ----------
    events : tuple of labels
        The second of two classes, or each of more.
    shifted : tuple of CalibrationFit
        Of the probabilities with the prior corrected, one an event.
    mended : tuple of CalibrationFit, or None
        Of the mended ones, each fold by a mender that was fitted on the other folds.
    n_rows : int
        What it was measured on.
    """

    events: tuple[Any, ...]
    shifted: tuple[CalibrationFit, ...]
    mended: tuple[CalibrationFit, ...] | None
    n_rows: int

    def to_dict(self) -> dict[str, NDArray[Any]]:
        """Return the columns by name, a row an event and stage."""
        stages = {"shifted": self.shifted, "mended": self.mended or ()}
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

    def frame(self, backend: str | None = None) -> Any:
        """Return it as a frame of a library that is installed."""
        return frame_from_columns(self.to_dict(), backend)


def calibration_fits(
    said: Floats, codes: NDArray[np.intp], weights: Any, events: tuple[int, ...]
) -> tuple[CalibrationFit, ...]:
    """Return the calibration of what was said of each event.

    Parameters
    ----------
    said : ndarray of shape (n_rows, n_classes)
    codes : ndarray of shape (n_rows,)
        Class of each row.
    weights : ndarray of shape (n_rows,)
    events : tuple of int
        Classes to tell of.
    """
    return tuple(
        calibration_fit(codes == event, said[:, event], sample_weight=weights, pos_label=True)
        for event in events
    )


def fitted_menders(
    method: str, said: Floats, codes: NDArray[np.intp], weights: Floats, events: tuple[int, ...]
) -> list[Any]:
    """Return a fitted regression of each event on what was said of it; takes what `calibration_fits` does.

    Parameters
    ----------
    method : {"sigmoid", "isotonic"}
    said, codes, weights, events
    """
    found = []
    for event in events:
        mender = (
            IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
            if method == "isotonic"
            else LogisticRegression(C=np.inf)
        )
        is_event = codes == event
        found.append(mender.fit(_as_input(mender, said[:, event]), is_event, sample_weight=weights))
    return found


def _as_input(mender: Any, said: Floats) -> Floats:
    if isinstance(mender, IsotonicRegression):
        return said
    return np.asarray(logit(np.clip(said, _EPSILON, 1 - _EPSILON)))[:, np.newaxis]


def mended_by(menders: list[Any], said: Floats) -> Floats:
    """Return probabilities as the menders have them, adding up to 1.

    Parameters
    ----------
    menders : list of fitted regressions
        One, of the second of two classes, or one a class.
    said : ndarray of shape (n_rows, n_classes)
    """
    first = said.shape[1] - len(menders)
    events = np.column_stack(
        [
            mender.predict(_as_input(mender, said[:, first + j]))
            if isinstance(mender, IsotonicRegression)
            else mender.predict_proba(_as_input(mender, said[:, first + j]))[:, 1]
            for j, mender in enumerate(menders)
        ]
    )
    if first:
        return np.column_stack([1 - events, events])
    total = events.sum(axis=1, keepdims=True)
    return np.where(total > 0, events / np.where(total > 0, total, 1), 1 / events.shape[1])
