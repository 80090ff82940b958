"""How many of the synthetic rows do the forensic checks name, how many real ones, and how long do they take?

    python benchmarks/forensics.py

Verdicts on real tables and splits are counted by forensics_rates.py. Results go to
benchmarks/results/forensics.json.

made      Tables made by SMOTE, Borderline-SMOTE and ADASYN, raw, standardised, and rounded to 4 decimals: the
          verdict, the share of synthetic rows that are found, and the share of real rows that are flagged.
speed     50,000 rows of 20 columns.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer, make_classification
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from poise import ADASYN, SMOTE, BorderlineSMOTE
from poise.forensics import check_split, find_synthetic

RESULT = Path(__file__).parent / "results" / "forensics.json"


def few_malignant() -> tuple[Any, Any]:
    """Return breast_cancer with 60 malignant rows."""
    X, y = load_breast_cancer(return_X_y=True)
    malignant, benign = (np.flatnonzero(y == code) for code in (0, 1))
    rows = np.concatenate([benign, malignant[:60]])
    return X[rows], 1 - y[rows]


def made() -> list[dict[str, Any]]:
    """Tables made by over-samplers: raw, standardised and rounded."""
    clouds = make_classification(2000, n_features=10, weights=[0.9], random_state=0)
    found = []
    for name, (X, y) in {"clouds": clouds, "breast cancer": few_malignant()}.items():
        for sampler in (
            SMOTE(random_state=0),
            BorderlineSMOTE(random_state=0),
            ADASYN(random_state=0),
        ):
            X_new, y_new = sampler.fit_resample(X, y)
            is_new = sampler.plan_.is_new
            states = {
                "raw": X_new,
                "standardised": StandardScaler().fit_transform(X_new),
                "rounded": X_new.round(4),
            }
            for state, table in states.items():
                result = find_synthetic(table, y_new)
                found.append(
                    {
                        "table": name,
                        "sampler": type(sampler).__name__,
                        "state": state,
                        "verdict": result.verdict,
                        "found": float(result.is_synthetic[is_new].mean()),
                        "false": float(result.is_synthetic[~is_new].mean()),
                    }
                )
    return found


def speed() -> dict[str, float]:
    """Measure the seconds of both checks."""
    X, y = make_classification(38_000, n_features=20, weights=[0.7], random_state=0)
    X, y = SMOTE(random_state=0).fit_resample(X, y)
    X, y = X[:50_000], y[:50_000]
    start = time.perf_counter()
    find_synthetic(X, y)
    middle = time.perf_counter()
    parts = train_test_split(X, y, test_size=0.3, random_state=0)
    check_split(parts[0], parts[2], parts[1], parts[3])
    return {"find_synthetic": middle - start, "check_split": time.perf_counter() - middle}


def main() -> None:
    """Run both studies and write the results."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole = {"made": made(), "speed": speed()}
    RESULT.write_text(json.dumps(whole, indent=1) + "\n")
    for row in whole["made"]:
        sys.stdout.write(f"{row}\n")
    sys.stdout.write(f"{whole['speed']}\n")


if __name__ == "__main__":
    main()
