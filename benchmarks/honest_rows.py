"""Can a model tell new rows from old ones by what a sampler does to columns?

    python benchmarks/honest_rows.py FOLDER [TABLE ...]

For each Parquet file of the folder (target: a column of that name, or the last one): cross-validated AUC of telling the smallest
class's new rows from its old ones, by the pattern of missing values alone, and by whether values of
whole-number columns are fractional alone; 0.5 is no better than chance. Beside it, the share of new
rows whose categories no row of the class has together (of those that the row knows), for SMOTE and
for SMOTE-NC's vote.
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
    """Return the cross-validated AUC of telling new rows from old ones."""
    model = HistGradientBoostingClassifier(max_iter=50, random_state=0)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    return float(cross_val_score(model, features, is_new, cv=folds, scoring="roc_auc").mean())


def join_target_columns(X: pd.DataFrame) -> list[str]:
    """Return the columns of numbers that hold whole ones alone."""
    numbers = X.select_dtypes("number")
    return [name for name in numbers if (numbers[name].dropna() % 1 == 0).all()]


def unseen(X_old: pd.DataFrame, X_new: pd.DataFrame) -> float:
    """Return the share of new rows whose known categories no old row has together."""
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
    """Print a line a table."""
    folder, names = Path(sys.argv[1]), sys.argv[2:]
    print(
        f"{'table':<24}{'rows':>8}{'missing':>9}{'by gaps':>9}{'by fractions':>14}{'unseen':>8}{'by vote':>9}"
    )
    for path in sorted(folder.glob("*.parquet")):
        if names and path.stem not in names:
            continue
        X = pd.read_parquet(path)
        y = X.pop("target" if "target" in X else X.columns[-1])
        whole = join_target_columns(X)
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
        gaps = both.isna().to_numpy().astype(float)
        fractions = (both[whole] % 1 > 0).to_numpy().astype(float)
        by_gaps = separable(gaps, is_new) if gaps.any() else float("nan")
        by_fractions = separable(fractions, is_new) if whole else float("nan")
        print(
            f"{path.stem:<24}{len(X):>8}{gaps.mean():>9.1%}{by_gaps:>9.3f}{by_fractions:>14.3f}"
            f"{unseen(old, new):>8.1%}{unseen(old, made[1]):>9.1%}",
            flush=True,
        )


if __name__ == "__main__":
    main()
