"""Metrics of predicted classes, per class, and of the calibration of probabilities."""

from poise.metrics._alerts import net_benefit, precision_at_k
from poise.metrics._classification import (
    classification_report_imbalanced,
    geometric_mean_score,
    macro_averaged_mean_absolute_error,
    make_index_balanced_accuracy,
    sensitivity_score,
    sensitivity_specificity_support,
    specificity_score,
)
from poise.metrics._probability import (
    CalibrationFit,
    ScoreParts,
    brier_score_parts,
    calibration_fit,
    calibration_in_the_large,
    calibration_slope,
    excess_calibration_error,
    expected_calibration_error,
    log_loss_parts,
)
from poise.metrics.pairwise import ValueDifferenceMetric

__all__ = [
    "CalibrationFit",
    "ScoreParts",
    "ValueDifferenceMetric",
    "brier_score_parts",
    "calibration_fit",
    "calibration_in_the_large",
    "calibration_slope",
    "classification_report_imbalanced",
    "excess_calibration_error",
    "expected_calibration_error",
    "geometric_mean_score",
    "log_loss_parts",
    "macro_averaged_mean_absolute_error",
    "make_index_balanced_accuracy",
    "net_benefit",
    "precision_at_k",
    "sensitivity_score",
    "sensitivity_specificity_support",
    "specificity_score",
]
