"""Probabilities after SMOTE on a table that comes with Poise: raw, corrected and calibrated.

Run with ``python examples/probabilities.py``.
"""

from __future__ import annotations

import warnings

from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from poise import SMOTE
from poise.core.errors import MovedSharesWarning
from poise.datasets import load_wine_quality
from poise.decisions import CostMatrix, ResampledClassifier
from poise.metrics import calibration_fit


def main() -> None:
    """Print the scores of each model on test rows."""
    wine = load_wine_quality()
    X = wine.frame("pandas")
    y = X.pop(wine.target)
    X, X_test, y, y_test = train_test_split(X, y, stratify=y, random_state=0)
    estimator = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    smote = SMOTE(neighbor_space="standard", random_state=0)
    corrected = ResampledClassifier(smote, estimator, calibrate="check")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MovedSharesWarning)  # the last line says by how much
        corrected.fit(X, y)
    models = {
        "as it is": estimator.fit(X, y),
        "SMOTE": corrected.estimator_,
        "SMOTE, corrected": corrected,
        "SMOTE, calibrated": ResampledClassifier(smote, estimator, calibrate="sigmoid").fit(X, y),
    }
    costs = CostMatrix.of_two(false_positive=1, false_negative=20, classes=sorted(y.unique()))
    print(f"{wine.title}: {y_test.mean():.1%} events; a missed one costs 20, a false alarm 1.\n")
    print(
        f"{'':<18}{'ROC AUC':>8}{'log loss':>10}{'Brier':>8}{'average bias':>14}{'slope':>7}{'cost':>7}"
    )
    for name, model in models.items():
        p = model.predict_proba(X_test)[:, 1]
        fit = calibration_fit(y_test, p)
        cost = costs.mean(y_test, costs.decide(p))
        print(
            f"{name:<18}{roc_auc_score(y_test, p):>8.3f}{log_loss(y_test, p):>10.3f}"
            f"{brier_score_loss(y_test, p):>8.3f}{fit.in_the_large:>14.2f}{fit.slope:>7.2f}{cost:>7.3f}"
        )
    left = corrected.residual_.shifted[0]
    print(
        f"\nMeasured out of fold in training, after correction: average bias {left.in_the_large:+.2f} "
        f"({left.in_the_large_error:.2f}), slope {left.slope:.2f} ({left.slope_error:.2f})."
    )


if __name__ == "__main__":
    main()
