"""Do the forensic checks find over-sampled tables and leaking splits, and accept real ones?

    python benchmarks/forensics.py FOLDER [--draws N]

FOLDER holds Parquet files with a column "target" (or "y", or "class"; else the last one). Results go to
benchmarks/results/forensics.json.

made      Tables made by SMOTE, Borderline-SMOTE and ADASYN, raw, standardised, and rounded to 4 decimals: the
          verdict, the share of synthetic rows that are found, and the share of real rows that are flagged.
real      Untouched tables: the verdict on each.
          The same tables, split unchanged, and after copying and SMOTE.
splits    Over-sampled first and split after (SMOTE at several ratios; copies), and split honestly.
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
import pandas as pd
from sklearn.datasets import load_breast_cancer, make_classification
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from poise import ADASYN, SMOTE, BorderlineSMOTE, RandomOverSampler
from poise.diagnosis._forensics import check_split, find_synthetic

RESULT = Path(__file__).parent / "results" / "forensics.json"
COLUMNS = (3, 5, 10, 20, 30)
RATIOS = (0.3, 0.5, 1.0)


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


def tables_in(folder: Path) -> dict[str, tuple[pd.DataFrame, pd.Series]]:
    """Return the tables of a folder with their targets."""
    found = {}
    for path in sorted(folder.glob("*.parquet")):
        table = pd.read_parquet(path)
        names = [c for c in table.columns if c.lower() in ("target", "y", "class")]
        target = table.pop(names[0] if names else table.columns[-1])
        found[path.stem] = (table, target)
    return found


def real(folder: Path) -> dict[str, Any]:
    """Check untouched tables."""
    found = {}
    for name, (table, target) in tables_in(folder).items():
        start = time.perf_counter()
        result = find_synthetic(table, target)
        found[name] = {
            "verdict": result.verdict,
            "reason": result.reasons[0],
            "seconds": round(time.perf_counter() - start, 1),
        }
    return found


def splits(n_draws: int) -> list[dict[str, Any]]:
    """Check splits that leak, and honest ones."""
    found = []
    for d in COLUMNS:
        for ratio in (*RATIOS, "copies", None):
            n_leaks = 0
            for seed in range(n_draws):
                X, y = make_classification(
                    1000,
                    n_features=d,
                    n_informative=min(d, 5),
                    n_redundant=0,
                    weights=[0.9],
                    random_state=seed,
                )
                if ratio is not None:
                    make = SMOTE if ratio != "copies" else RandomOverSampler
                    share = ratio if ratio != "copies" else 1.0
                    X, y = make(sampling_strategy=share, random_state=seed).fit_resample(X, y)
                parts = train_test_split(X, y, test_size=0.3, random_state=seed, stratify=y)
                X_train, X_test, y_train, y_test = parts
                if ratio is None:  # resampling only the training part is right
                    X_train, y_train = SMOTE(random_state=seed).fit_resample(X_train, y_train)
                n_leaks += check_split(X_train, y_train, X_test, y_test).is_leak
            how = "honest" if ratio is None else str(ratio)
            found.append({"columns": d, "ratio": how, "leaks": n_leaks, "draws": n_draws})
    return found


def splits_of_real(folder: Path) -> dict[str, dict[str, Any]]:
    """Check real tables split unchanged, and after copying or SMOTE, with their share of repeated rows."""
    found = {}
    for name, (whole, labels) in tables_in(folder).items():
        few = np.random.RandomState(0).permutation(len(whole))[:20_000]
        table, target = (part.iloc[few].reset_index(drop=True) for part in (whole, labels))
        split: dict[str, Any] = {"test_size": 0.3, "random_state": 0}
        found[name] = {"repeated": round(float(table.assign(_=target).duplicated().mean()), 4)}
        for how, sampler in (("honest", None), ("copies", RandomOverSampler()), ("SMOTE", SMOTE())):
            try:
                X, y = (table, target) if sampler is None else sampler.fit_resample(table, target)
            except ValueError:
                found[name][how] = "too few rows"
                continue
            parts = train_test_split(X, y, **split)
            found[name][how] = check_split(parts[0], parts[2], parts[1], parts[3]).verdict
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
    """Run all studies and write the results."""
    words = sys.argv[1:]
    n_draws = int(words[words.index("--draws") + 1]) if "--draws" in words else 20
    if not words or words[0].startswith("-"):
        sys.exit(__doc__)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole = {
            "made": made(),
            "real": real(Path(words[0])),
            "splits": splits(n_draws),
            "splits_of_real": splits_of_real(Path(words[0])),
            "speed": speed(),
        }
    RESULT.write_text(json.dumps(whole, indent=1) + "\n")
    for row in (*whole["made"], *whole["splits"]):
        sys.stdout.write(f"{row}\n")
    for name, row in whole["real"].items():
        sys.stdout.write(f"{name}: {row}\n")
    sys.stdout.write(f"{whole['speed']}\n")


if __name__ == "__main__":
    main()
