"""Can a model distinguish new rows from real ones by how a sampler fills columns?

    python benchmarks/honest_rows.py FOLDER [TABLE ...]

For each Parquet file of the folder (target: the column "target", or the last one), for the smallest class:
the
cross-validated AUC of a model that distinguishes new rows from real ones, by the pattern of missing values
alone, and by whether values of whole-number columns are fractional alone; 0.5 is chance. Also the share of
new
rows with a combination of known categories that no row of the class has, for SMOTE and for the vote of
SMOTE-NC.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_score

from poise.over_sampling import SMOTE, SMOTENC


def separable(features: np.ndarray, is_new: np.ndarray) -> float:
    """Return the cross-validated AUC of a model that distinguishes new rows from real ones."""
    model = HistGradientBoostingClassifier(max_iter=50, random_state=0)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    return float(cross_val_score(model, features, is_new, cv=folds, scoring="roc_auc").mean())


def whole_number_columns(X: pd.DataFrame) -> list[str]:
    """Return the numeric columns with whole numbers only."""
    numbers = X.select_dtypes("number")
    return [name for name in numbers if (numbers[name].dropna() % 1 == 0).all()]


def unseen(X_old: pd.DataFrame, X_new: pd.DataFrame) -> float:
    """Return the share of new rows with a combination of known categories that no real row has."""
    text = [name for name in X_old if X_old[name].dtype.kind not in "iufb"]
    if not text:
        return float("nan")
    old = X_old[text].astype(object).to_numpy()
    judged: dict[str, bool] = {}
    n_unseen = 0
    for row in X_new[text].astype(object).to_numpy():
        key = repr(row.tolist())
        if key not in judged:
            is_known = ~pd.isna(row)
            judged[key] = not (old[:, is_known] == row[is_known]).all(axis=1).any()
        n_unseen += judged[key]
    return n_unseen / len(X_new)


def main() -> None:
    """Print one line per table."""
    folder, names = Path(sys.argv[1]), sys.argv[2:]
    print(
        f"{'table':<24}{'rows':>8}{'missing':>9}{'by missing':>11}{'by fractions':>14}{'unseen':>8}{'by vote':>9}"
    )
    for path in sorted(folder.glob("*.parquet")):
        if names and path.stem not in names:
            continue
        X = pd.read_parquet(path)
        y = X.pop("target" if "target" in X else X.columns[-1])
        whole = whole_number_columns(X)
        kinds = dict.fromkeys(whole, "integer")
        rare = y.value_counts().idxmin()
        is_rare = y == rare
        n_new = max(int(is_rare.sum()), 300)
        wanted = {rare: int(is_rare.sum()) + n_new}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = []
            for kind in (SMOTE, SMOTENC):
                sampler = kind(
                    sampling_strategy=wanted, column_kinds=kinds, random_state=0, k_neighbors=3
                )
                made.append(sampler.fit_resample(X, y)[0].iloc[len(X) :])
        old, new = X[is_rare], made[0]
        both = pd.concat([old, new])
        is_new = np.repeat([0, 1], [len(old), len(new)])
        is_missing = both.isna().to_numpy().astype(float)
        fractions = (both[whole] % 1 > 0).to_numpy().astype(float)
        by_missing = separable(is_missing, is_new) if is_missing.any() else float("nan")
        by_fractions = separable(fractions, is_new) if whole else float("nan")
        print(
            f"{path.stem:<24}{len(X):>8}{is_missing.mean():>9.1%}{by_missing:>11.3f}{by_fractions:>14.3f}"
            f"{unseen(old, new):>8.1%}{unseen(old, made[1]):>9.1%}",
            flush=True,
        )


if __name__ == "__main__":
    main()
