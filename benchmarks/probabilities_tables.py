"""Prior correction after resampling, for forests and boosted trees on real tables: does it work after SMOTE?

    python benchmarks/probabilities_tables.py [SPLITS]

One study of five tables (arXiv:2606.29720) reports that the analytic correction "does not transfer to SMOTE", and that
Platt scaling mends what under-sampling does. Here: the eight tables that ship with Poise, each split SPLITS times (5)
into training and test rows. Written to benchmarks/results/probabilities_tables.md: medians over tables of the means over
splits, measured on test rows.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import OneHotEncoder

from poise import SMOTE, RandomUnderSampler, datasets
from poise.decisions import ResampledClassifier
from poise.metrics import calibration_in_the_large, expected_calibration_error

RESULT = Path(__file__).parent / "results" / "probabilities_tables.md"
TABLES = [name for name in datasets.__all__ if name.startswith("load_")]
ESTIMATORS = {
    "forest": RandomForestClassifier(random_state=0),
    "boosted trees": HistGradientBoostingClassifier(random_state=0),
}
SAMPLERS = {
    "SMOTE": SMOTE(neighbor_space="standard", random_state=0),
    "random under-sampling": RandomUnderSampler(random_state=0),
}
# What is done about the changed prior: nothing, the analytic shift, and Platt scaling after the shift.
REMEDIES: dict[str, dict[str, Any]] = {
    "as trained": {"correct_prior": False},
    "corrected": {},
    "corrected, then sigmoid": {"calibrate": "sigmoid"},
}
LEAST_EVENTS = 30  # test rows of fewer events say too little about probabilities
METRICS = ["log loss", "ECE", "in the large"]


def numbers(X: pd.DataFrame, X_test: pd.DataFrame) -> tuple[Any, Any]:
    """Return the columns as numbers, encoded and imputed as the training rows say."""
    nominal = make_column_selector(dtype_exclude="number")
    encode = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), nominal),
        remainder=SimpleImputer(strategy="median"),
    )
    return encode.fit_transform(X), encode.transform(X_test)


def measured(y: Any, proba: Any) -> list[float]:
    """Return the metrics of probabilities of the event on test rows."""
    # The votes of a hundred trees can be 0, where log loss is infinite.
    clipped = np.clip(proba, 1e-3, 1 - 1e-3)
    return [
        log_loss(y, clipped),
        expected_calibration_error(y, proba),
        calibration_in_the_large(y, clipped),
    ]


def of_a_split(X: pd.DataFrame, y: Any, seed: int) -> dict[tuple[str, str], list[float]]:
    """Return the metrics of every estimator and way of training, on one split."""
    X, X_test, y, y_test = train_test_split(X, y, test_size=0.4, stratify=y, random_state=seed)
    X, X_test = numbers(X, X_test)
    found = {}
    for name, estimator in ESTIMATORS.items():
        plain = estimator.fit(X, y).predict_proba(X_test)[:, 1]
        found[name, "as it is"] = measured(y_test, plain)
        for sampler, step in SAMPLERS.items():
            for remedy, settings in REMEDIES.items():
                model = ResampledClassifier(step, estimator, pos_label=1, **settings).fit(X, y)
                proba = model.predict_proba(X_test)[:, 1]
                found[name, f"{sampler}, {remedy}"] = measured(y_test, proba)
    return found


def main(n_splits: int) -> None:
    """Measure, and write the page."""
    warnings.simplefilter("ignore")
    kept, of_tables = [], []
    for loader in TABLES:
        data = getattr(datasets, loader)()
        X = data.frame("pandas")
        labels = X.pop(data.target)
        y = (labels == labels.value_counts().idxmin()).to_numpy().astype(int)
        if 0.4 * y.sum() < LEAST_EVENTS:
            continue
        splits = [pd.DataFrame(of_a_split(X, y, seed)) for seed in range(n_splits)]
        of_tables.append(sum(splits) / n_splits)
        kept.append(f"{data.name} ({y.sum()} of {len(y)})")
        print(kept[-1], flush=True)
    stacked = np.median(np.stack([frame.to_numpy() for frame in of_tables]), axis=0)
    medians = pd.DataFrame(stacked, index=METRICS, columns=of_tables[0].columns).T
    worst = np.stack([frame.to_numpy()[0] for frame in of_tables]).max(axis=0)
    lines = [
        "# Prior correction of forests and boosted trees on real tables",
        "",
        f"Medians over {len(kept)} tables that ship with Poise of means over {n_splits} splits; `python "
        f"benchmarks/probabilities_tables.py {n_splits}`. Events of rows: {', '.join(kept)}. *ECE*: expected calibration error. "
        "*In the large*: average bias of the log-odds; 0 is right, below 0 the probabilities are too high. *Highest log loss*: of "
        "the tables.",
        "",
    ]
    for name in ESTIMATORS:
        lines += [
            f"## {name.capitalize()}",
            "",
            "| training | log loss | ECE | in the large | highest log loss |",
            "|---|---|---|---|---|",
        ]
        for (estimator, training), row in medians.iterrows():
            if estimator == name:
                high = worst[medians.index.get_loc((estimator, training))]
                lines.append(
                    f"| {training} | {row['log loss']:.3f} | {row['ECE']:.3f} | {row['in the large']:+.2f} | {high:.3f} |"
                )
        lines.append("")
    RESULT.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
