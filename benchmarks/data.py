"""Tables for the benchmarks: clusters, isotropic and overlapping rows, mixed tables, texts as sparse rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import scipy.sparse as sp

N_GROUPS = 60  # of rows that are alike in a generated mixed table
N_TOPICS, N_WORDS, WORDS_PER_TEXT = 40, 50_000, 60


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


def overlapping(n_rows: int, n_columns: int, seed: int = 0) -> np.ndarray:
    """Return twelve clusters that overlap: each has a covariance matrix of full rank and of its own.

    Centres are standard normal, and so are the entries of the matrices that mix the columns, divided by the
    square root of the number of columns: centres are as far from each other as rows of one cluster.
    """
    rng = np.random.default_rng(seed)
    cluster = rng.integers(0, 12, n_rows)
    X = np.empty((n_rows, n_columns))
    for number in range(12):
        rows = np.flatnonzero(cluster == number)
        mixing = rng.standard_normal((n_columns, n_columns)) / np.sqrt(n_columns)
        centre = rng.standard_normal(n_columns)
        X[rows] = centre + rng.standard_normal((len(rows), n_columns)) @ mixing
    return X


KINDS = {"clusters": clusters, "isotropic": isotropic, "overlapping clusters": overlapping}


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


def mixed_table(n_rows: int, seed: int = 0) -> tuple[pd.DataFrame, pd.Series]:
    """Return a frame of 8 numbers and 24 categories that depend on each other, and labels with 5 % in one class.

    Rows are of 60 groups, the i-th of which has a share in proportion to 1 / i. Numbers are a centre of the
    group and a mixture of two common factors and noise; four are whole, and two of these are 0 in 90 % of rows.
    A category is the usual one of the group in 85 % of rows and any other in the rest; each third column is a
    coarser grouping of the column before it. Values are missing in 5 % of rows in two numbers, and in 10 % in four
    categories, in the same rows in two of them. Labels depend on two numbers, on the group and on chance.
    """
    rng = np.random.default_rng(seed)
    shares = 1 / np.arange(1, N_GROUPS + 1)
    group = rng.choice(N_GROUPS, n_rows, p=shares / shares.sum())
    factors = rng.standard_normal((n_rows, 2)) @ rng.standard_normal((2, 8))
    numbers = 2 * rng.standard_normal((N_GROUPS, 8))[group] + factors
    numbers += 0.5 * rng.standard_normal((n_rows, 8))
    score = numbers[:, 0] + numbers[:, 1] + rng.standard_normal(N_GROUPS)[group]
    score += 2 * rng.standard_normal(n_rows)
    numbers[:, :4] = np.round(10 * numbers[:, :4])
    numbers[:, 2:4] = np.abs(numbers[:, 2:4]) * (rng.random((n_rows, 2)) < 0.1)
    numbers[rng.random(n_rows) < 0.05, 4] = np.nan
    numbers[rng.random(n_rows) < 0.05, 5] = np.nan
    columns = {f"number {i}": numbers[:, i] for i in range(8)}
    together = rng.random(n_rows) < 0.1
    codes = np.zeros(n_rows, int)
    for i in range(24):
        n_codes = (2, 3, 5, 9, 17, 50)[i % 6]
        if i % 3 == 2:
            codes, n_codes = codes // 2, (n_codes + 1) // 2
        else:
            codes = rng.integers(0, n_codes, N_GROUPS)[group]
            codes = np.where(rng.random(n_rows) < 0.15, rng.integers(0, n_codes, n_rows), codes)
        texts = np.array([f"value {code}" for code in range(50)], dtype=object)[codes]
        if i in (3, 6, 12, 15):
            texts[together if i < 10 else rng.random(n_rows) < 0.1] = None
        columns[f"category {i}"] = texts
    y = pd.Series((score > np.quantile(score, 0.95)).astype(int), name="target")
    return pd.DataFrame(columns), y


def stored_table(folder: str, name: str, n_rows: int | None) -> tuple[pd.DataFrame, pd.Series]:
    """Return a real table and its column "target", or a random part of it that has `n_rows` rows."""
    frame = pd.read_parquet(Path(folder) / f"{name}.parquet")
    if n_rows is not None and n_rows < len(frame):
        frame = frame.sample(n_rows, random_state=0).reset_index(drop=True)
    y = frame.pop("target")
    return frame, y


def category_codes(frame: pd.DataFrame) -> np.ndarray:
    """Return bytes for the columns that are no numbers, with a code for missing values.

    Columns of more than 255 categories do not fit into bytes and are left out.
    """
    texts = [name for name in frame if frame[name].dtype.kind not in "iufb"]
    codes = [pd.factorize(frame[name], use_na_sentinel=False)[0] for name in texts]
    return np.column_stack([column for column in codes if column.max() < 255]).astype(np.uint8)


def sparse_text(n_rows: int, seed: int = 0) -> tuple[sp.csr_array, np.ndarray]:
    """Return texts of 60 different words of 50,000 as unit rows of weights, and labels with 5 % in one class.

    The i-th word has a share in proportion to 1 / (i + 10). Half of a text's words are moved by a number that
    its topic has, of 40 topics. Rare words weigh more, as in TF-IDF. Labels depend on the topic and on chance.
    """
    rng = np.random.default_rng(seed)
    ends = np.cumsum(1 / (np.arange(N_WORDS) + 10))
    topic = rng.integers(0, N_TOPICS, n_rows)
    words = np.empty((n_rows, WORDS_PER_TEXT), int)
    for row in range(n_rows):
        drawn = np.searchsorted(ends, rng.random(4 * WORDS_PER_TEXT) * ends[-1])
        drawn[::2] = (drawn[::2] + 1000 * topic[row]) % N_WORDS
        words[row] = np.sort(rng.permutation(np.unique(drawn))[:WORDS_PER_TEXT])
    counts = np.bincount(words.ravel(), minlength=N_WORDS)
    weights = np.log((1 + n_rows) / (1 + counts))[words]
    weights /= np.sqrt((weights**2).sum(axis=1, keepdims=True))
    starts = np.arange(0, words.size + 1, WORDS_PER_TEXT)
    X = sp.csr_array((weights.ravel(), words.ravel(), starts), shape=(n_rows, N_WORDS))
    score = rng.standard_normal(N_TOPICS)[topic] + rng.standard_normal(n_rows)
    return X, (score > np.quantile(score, 0.95)).astype(int)


def text_labels(n_rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return two numeric columns, and text labels with 5 % in one class."""
    rng = np.random.default_rng(seed)
    labels = np.where(rng.random(n_rows) < 0.05, "churned", "stayed").astype(object)
    return rng.standard_normal((n_rows, 2)), labels


LABELLED = {
    "mixed frame": mixed_frame,
    "text labels": text_labels,
    "generated mixed table": mixed_table,
    "sparse text": sparse_text,
}
