"""Tables for the benchmarks: (a) ten correlated clusters, (b) isotropic."""

from __future__ import annotations

import numpy as np
import pandas as pd


def clusters(n_rows: int, n_columns: int, seed: int = 0) -> np.ndarray:
    """Return ten clusters of correlated columns, similar to real tables.

    Each cluster has a separate random covariance matrix of full rank.
    """
    rng = np.random.default_rng(seed)
    X = np.empty((n_rows, n_columns))
    cluster = rng.integers(0, 10, n_rows)
    for number in range(10):
        rows = np.flatnonzero(cluster == number)
        mixing = rng.standard_normal((n_columns, n_columns)) / np.sqrt(n_columns)
        centre = 3 * rng.standard_normal(n_columns)
        X[rows] = centre + rng.standard_normal((len(rows), n_columns)) @ mixing
    return X


def isotropic(n_rows: int, n_columns: int, seed: int = 0) -> np.ndarray:
    """Return standard normal rows, without structure that a tree can use."""
    return np.random.default_rng(seed).standard_normal((n_rows, n_columns))


KINDS = {"clusters": clusters, "isotropic": isotropic}


def labelled(
    kind: str, n_rows: int, n_columns: int, minority: float, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Return a table with overlapping classes: the rarer class has higher values in two columns."""
    X = KINDS[kind](n_rows, n_columns, seed)
    rng = np.random.default_rng(seed + 1)
    score = X[:, :2].sum(axis=1) + 1.5 * rng.standard_normal(n_rows)
    return X, (score > np.quantile(score, 1 - minority)).astype(int)


def mixed_frame(n_rows: int, seed: int = 0) -> tuple[pd.DataFrame, pd.Series]:
    """Return a frame with numbers, text, dates and missing values, and labels with 5 % in one class."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "amount": rng.gamma(2.0, 50.0, n_rows),
            "age": rng.integers(18, 90, n_rows),
            "shop": rng.choice(["north", "south", "east", "west"], n_rows),
            "day": pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(0, 365, n_rows), "D"),
            "score": np.where(rng.random(n_rows) < 0.1, np.nan, rng.random(n_rows)),
            "vip": rng.random(n_rows) < 0.2,
        }
    )
    return frame, pd.Series((rng.random(n_rows) < 0.05).astype(int), name="fraud")


def text_labels(n_rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return two numeric columns, and text labels with 5 % in one class."""
    rng = np.random.default_rng(seed)
    labels = np.where(rng.random(n_rows) < 0.05, "churned", "stayed").astype(object)
    return rng.standard_normal((n_rows, 2)), labels
