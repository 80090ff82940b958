"""What does each check of poise.diagnose say on real tables, what does it find there if a fault is planted, and is it true?

    python benchmarks/diagnosis_tables.py FOLDER [--out benchmarks/results/diagnosis_tables.json] [--only WORD]

FOLDER has Parquet tables with the column `target`, and manifest.csv. Results of tables that are in the file already are
kept, so that a run can be continued; delete the file to start again.

Origins are split in halves by a hash of their names: thresholds of checks may be chosen on half A, and the figures that
count are those of half B.

untouched   The status of each check, and for each issue whether the consequence that it states appears, by the test in
            CONSEQUENCES below, which was written before the checks were changed. An issue whose consequence does not appear is
            false.
planted     Each fault of FAULTS is planted in the table; the check that is to find it must say so (an issue, or a tip
            where that is named), and must not have said so before.
"""

from __future__ import annotations

import csv
import hashlib
import json
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, StratifiedKFold, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from sklearn.preprocessing import StandardScaler

import poise
from poise import SMOTE

RESULT = Path(__file__).parent / "results" / "diagnosis_tables.json"
_MOST, _MOST_PLANTED = 20_000, 4_000  # rows of a table, drawn at random
_SMALL = 0.01  # of an AUC: less is no consequence


def origin_of(name: str) -> str:
    """Return what tables that share rows have in common: yeast1 and yeast4 are one origin."""
    stem = name.removesuffix(".parquet").rstrip("0123456789").partition("_")[0]
    return f"{stem.rstrip('0123456789')}"


def half_of(origin: str) -> str:
    """Return "A" or "B" by a hash of the name of an origin."""
    return "AB"[int(hashlib.sha256(origin.encode()).hexdigest(), 16) % 2]


def numbers_of(X: pd.DataFrame) -> np.ndarray:
    """Return a table as standardised numbers: text as codes, missing values as the median."""
    found = X.copy()
    for name in found:
        if not pd.api.types.is_numeric_dtype(found[name]):
            found[name] = found[name].astype("category").cat.codes.replace(-1, np.nan)
    values = found.to_numpy(float)
    middle = np.nan_to_num(np.nanmedian(values, axis=0))
    values = np.where(np.isfinite(values), values, middle)
    return StandardScaler().fit_transform(values)


def auc(
    X: np.ndarray, y: np.ndarray, model: Any = None, cv: Any = None, groups: Any = None
) -> float:
    """Return the AUC of held-out rows."""
    model = HistGradientBoostingClassifier(random_state=0) if model is None else model
    cv = StratifiedKFold(5, shuffle=True, random_state=0) if cv is None else cv
    found = cross_val_predict(model, X, y, cv=cv, groups=groups, method="predict_proba")[:, 1]
    return float(roc_auc_score(y, found))


class Tried(NamedTuple):
    """A table, its numbers in standard units, whether each row is of the event, and what was found."""

    X: pd.DataFrame
    V: np.ndarray
    y: np.ndarray
    found: Any


def new_rows(V: np.ndarray, y: np.ndarray) -> np.ndarray:
    k = min(5, int(y.sum()) - 1)
    made, _ = SMOTE(k_neighbors=k, random_state=0).fit_resample(V, y)
    return made[len(V) :]


def among_others(V: np.ndarray, y: np.ndarray) -> float:
    """Return the share of SMOTE's rows whose nearest real row is of the other class."""
    near = NearestNeighbors(n_neighbors=1).fit(V).kneighbors(new_rows(V, y))[1][:, 0]
    return float(1 - y[near].mean())


# The consequence that each issue states, and whether it appears. Written before the checks were changed.


def many_dimensions(t: Tried) -> bool:
    """After SMOTE, 5-NN ranks held-out rows worse than before it, or decides for the event more than twice as often as it occurs."""
    half = np.arange(len(t.y)) % 2 == 0
    k = min(5, int(t.y[half].sum()) - 1)
    made, label = SMOTE(k_neighbors=k, random_state=0).fit_resample(t.V[half], t.y[half])
    after = KNeighborsClassifier(5).fit(made, label).predict_proba(t.V[~half])[:, 1]
    before = KNeighborsClassifier(5).fit(t.V[half], t.y[half]).predict_proba(t.V[~half])[:, 1]
    worse = roc_auc_score(t.y[~half], before) - roc_auc_score(t.y[~half], after) > _SMALL
    return bool(worse or (after > 0.5).mean() > 2 * t.y.mean())


def class_overlap(t: Tried) -> bool:
    """A third of SMOTE's rows or more are nearest to a row of the other class."""
    return among_others(t.V, t.y) >= 1 / 3


def tiny_clusters(t: Tried) -> bool:
    """As for overlap: rows that are blended across clusters land among the other class."""
    return among_others(t.V, t.y) >= 1 / 3


def too_few_rows(t: Tried) -> bool:
    """SMOTE raises an error in the training part of a fold."""
    events = np.flatnonzero(t.y)
    kept = np.ones(len(t.y), bool)
    kept[events[: -(-len(events) // 5)]] = False
    try:
        SMOTE(random_state=0).fit_resample(t.V[kept], t.y[kept])
    except poise.exceptions.TooFewRowsError:
        return True
    return False


def minority_kinds(t: Tried) -> bool:
    """Held-out rows of the event that are rare or outliers are ranked below the others of it, by 0.1 of AUC at least."""
    rows = t.found.rows("pandas")
    lone = rows["kind"].isin(["rare", "outlier"]).to_numpy()
    scores = cross_val_predict(
        HistGradientBoostingClassifier(random_state=0),
        t.V,
        t.y,
        cv=StratifiedKFold(min(5, int(t.y.sum())), shuffle=True, random_state=0),
        method="predict_proba",
    )[:, 1]
    others = scores[t.y == 0]
    parts = [scores[(t.y == 1) & part] for part in (lone, ~lone)]
    if not all(map(len, parts)):
        return bool(roc_auc_score(t.y, scores) < 0.8)
    ranked = [np.mean([(others < s).mean() for s in part]) for part in parts]
    return bool(ranked[1] - ranked[0] >= 0.1)


def contradictory_rows(t: Tried) -> bool:
    """One row of the event in twenty equals a row of the other class in every column."""
    keys = pd.util.hash_pandas_object(t.X.astype(str), index=False)
    return bool(keys[t.y == 1].isin(set(keys[t.y == 0])).mean() >= 0.05)


def repeated_rows(t: Tried) -> bool:
    """The AUC is lower where equal rows are kept in one fold."""
    keys = pd.factorize(pd.util.hash_pandas_object(t.X.astype(str), index=False))[0]
    model = KNeighborsClassifier(1)
    together = auc(t.V, t.y, model, GroupKFold(5), keys)
    return bool(auc(t.V, t.y, model) - together > _SMALL)


def unscaled_columns(t: Tried) -> bool:
    """The neighbours by that column alone are most of the neighbours in all columns as they are."""
    numeric = t.X.select_dtypes("number")
    name = t.found["unscaled-columns"].evidence["column"]
    values = numeric.fillna(numeric.median()).to_numpy(float)
    place = [f"column {one!r}" for one in numeric].index(name)
    events = values[t.y == 1]
    near = [
        NearestNeighbors(n_neighbors=min(6, len(events))).fit(part).kneighbors(part)[1][:, 1:]
        for part in (events, events[:, [place]])
    ]
    same = [len(set(a) & set(b)) / len(a) for a, b in zip(*near, strict=True)]
    return bool(np.mean(same) >= 0.5)


def identifier_column(t: Tried) -> bool:
    """Nearly every value differs, and the AUC does not fall without the column."""
    names = [str(c) for c in t.found["identifier-column"].evidence["columns"]]
    places = [n for n, one in enumerate(t.X) if f"column {one!r}" in names]
    rest = np.delete(t.V, places, axis=1)
    differs = all(t.X.iloc[:, n].nunique() >= 0.9 * len(t.X) for n in places)
    return bool(differs and auc(t.V, t.y) - auc(rest, t.y) <= _SMALL)


def leaking_column(t: Tried) -> bool:
    """The AUC falls by more than 0.05 without the columns."""
    names = list(t.found["leaking-column"].evidence["columns"])
    places = [n for n, one in enumerate(t.X) if f"column {one!r}" in names]
    rest = np.delete(t.V, places, axis=1)
    return bool(auc(t.V, t.y) - (auc(rest, t.y) if rest.shape[1] else 0.5) > 0.05)


def one_class_category(t: Tried) -> bool:
    """In the other half of the rows, rows with these categories are events four times in five."""
    half = np.arange(len(t.y)) % 2 == 0
    rows = [one["example_row"] for one in t.found["one-class-category"].evidence["only_event"]]
    columns = [one["column"] for one in t.found["one-class-category"].evidence["only_event"]]
    hits = []
    for row, column in zip(rows, columns, strict=True):
        name = next(one for one in t.X if f"column {one!r}" == column)
        hits.append((t.X[name] == t.X[name].iloc[row]).to_numpy() & half)
    chosen = np.any(hits, axis=0)
    return bool(chosen.any() and t.y[chosen].mean() >= 0.8)


def near_constant_column(t: Tried) -> bool:
    """The columns hold a single value."""
    names = list(t.found["near-constant-column"].evidence["columns"])
    return any(len(t.X[one].drop_duplicates()) == 1 for one in t.X if f"column {one!r}" in names)


def date_like_column(t: Tried) -> bool:
    """The share of the event, or another column, drifts along the column: early and late rows can be told apart by an AUC of 0.6."""
    name = next(
        one for one in t.X if f"column {one!r}" in t.found["date-like-column"].evidence["columns"]
    )
    place = list(t.X).index(name)
    late = (t.V[:, place] > np.median(t.V[:, place])).astype(int)
    rest = np.column_stack([np.delete(t.V, place, axis=1), t.y])
    return bool(auc(rest, late) >= 0.6)


def numbers_as_text(t: Tried) -> bool:
    """Four fifths of the cells are numbers, of which there are more than 20 different ones."""
    names = list(t.found["numbers-as-text"].evidence["columns"])
    for one in t.X:
        if f"column {one!r}" in names:
            read = pd.to_numeric(t.X[one], errors="coerce")
            return bool(
                read.notna().mean() >= 0.8 * t.X[one].notna().mean() and read.nunique() > 20
            )
    return False


# The consequences of checks that came later, written before they were judged.


def missing_value_mark(t: Tried) -> bool:
    """Without the cells that hold the mark, the mean or the standard deviation of a column changes by a tenth of the latter."""
    found = t.found["missing-value-mark"].evidence["columns"]
    for one in t.X:
        if f"column {one!r}" in found:
            values = t.X[one].to_numpy(float)
            rest = values[values != found[f"column {one!r}"]["value"]]
            spread = np.nanstd(values)
            moved = max(abs(np.nanmean(values) - np.nanmean(rest)), abs(spread - np.nanstd(rest)))
            if moved < spread / 10:
                return False
    return True


def repeated_identifier(t: Tried) -> bool:
    """The AUC is lower where the rows of one value are kept in one fold."""
    found = t.found["repeated-identifier"].evidence["columns"]
    name = next(one for one in t.X if f"column {one!r}" in found)
    groups = pd.factorize(t.X[name].astype(str))[0]
    return bool(auc(t.V, t.y) - auc(t.V, t.y, cv=GroupKFold(5), groups=groups) > 0)


CONSEQUENCES: dict[str, Callable[[Tried], bool]] = {
    "many-dimensions": many_dimensions,
    "class-overlap": class_overlap,
    "tiny-clusters": tiny_clusters,
    "too-few-rows": too_few_rows,
    "minority-kinds": minority_kinds,
    "contradictory-rows": contradictory_rows,
    "repeated-rows": repeated_rows,
    "unscaled-columns": unscaled_columns,
    "identifier-column": identifier_column,
    "leaking-column": leaking_column,
    "one-class-category": one_class_category,
    "near-constant-column": near_constant_column,
    "date-like-column": date_like_column,
    "numbers-as-text": numbers_as_text,
    "missing-value-mark": missing_value_mark,
    "repeated-identifier": repeated_identifier,
}


# Faults that are planted, the check that is to find each, and with which status.


def leak(X: pd.DataFrame, y: np.ndarray, rng: Any) -> tuple[pd.DataFrame, np.ndarray]:
    return X.assign(planted=y + 0.1 * rng.standard_normal(len(y))), y


def twins(X: pd.DataFrame, y: np.ndarray, rng: Any) -> tuple[pd.DataFrame, np.ndarray]:
    some = rng.permutation(len(y))[: len(y) // 8]
    return pd.concat([X, X.iloc[some]], ignore_index=True), np.append(y, y[some])


def identifier(X: pd.DataFrame, y: np.ndarray, rng: Any) -> tuple[pd.DataFrame, np.ndarray]:
    return X.assign(planted=[f"C{n:06d}" for n in rng.permutation(len(y))]), y


def clusters(X: pd.DataFrame, y: np.ndarray, rng: Any) -> tuple[pd.DataFrame, np.ndarray]:
    """Two thirds of the event in tight clusters of four, each around a row of the other class."""
    events = rng.permutation(np.flatnonzero(y))
    moved = events[: len(events) * 2 // 3 // 4 * 4]
    centers = np.repeat(rng.permutation(np.flatnonzero(y == 0))[: len(moved) // 4], 4)
    found = X.copy()
    for name in X:
        values = X[name].iloc[centers].to_numpy()
        if pd.api.types.is_float_dtype(X[name]):
            values = values + 0.05 * np.nanstd(X[name]) * rng.standard_normal(len(moved))
        found.iloc[moved, list(X).index(name)] = values
    return found, y


def label_noise(X: pd.DataFrame, y: np.ndarray, rng: Any) -> tuple[pd.DataFrame, np.ndarray]:
    """Labels of the event at random rows, but for one in ten."""
    events = rng.permutation(np.flatnonzero(y))
    moved = events[len(events) // 10 :]
    found = y.copy()
    found[moved] = 0
    others = rng.permutation(np.flatnonzero(found == 0))[: len(moved)]
    found[others] = 1
    return X, found


FAULTS: dict[str, tuple[Callable[..., Any], str, set[str]]] = {
    "leak": (leak, "leaking-column", {"issue"}),
    "twins": (twins, "repeated-rows", {"issue"}),
    "identifier": (identifier, "identifier-column", {"issue"}),
    "tiny clusters": (clusters, "tiny-clusters", {"issue", "tip"}),
    "label noise": (label_noise, "class-overlap", {"issue"}),
}


def sampled(X: pd.DataFrame, y: np.ndarray, most: int) -> tuple[pd.DataFrame, np.ndarray]:
    if len(y) <= most:
        return X, y
    rows = np.sort(np.random.default_rng(0).permutation(len(y))[:most])
    return X.iloc[rows].reset_index(drop=True), y[rows]


def read(path: Path) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Return a table, whether each row is of the rarest class, and its labels."""
    table = pd.read_parquet(path)
    labels = table.pop("target").to_numpy()
    X, labels = sampled(table, labels, _MOST)
    names, counts = np.unique(labels, return_counts=True)
    return X, (labels == names[counts.argmin()]).astype(int), labels


def examined(path: Path) -> dict[str, Any]:
    """Return what all checks say about a table, whether it is true, and which planted faults are found."""
    X, y, labels = read(path)
    start = time.perf_counter()
    found = poise.diagnose(X, labels)
    seconds = time.perf_counter() - start
    tried = Tried(X, numbers_of(X), y, found)
    checks = {}
    for one in found.findings:
        checks[one.name] = {"status": one.status, "severity": one.severity, "message": one.message}
        if one.status == "issue" and one.name in CONSEQUENCES:
            checks[one.name]["is_true"] = bool(CONSEQUENCES[one.name](tried))
    origin = origin_of(path.name)
    return {
        "origin": origin,
        "half": half_of(origin),
        "rows": len(y),
        "events": int(y.sum()),
        "classes": len(np.unique(labels)),
        "seconds": round(seconds, 1),
        "checks": checks,
        "planted": planted(X, y) if y.sum() >= 20 else {},
    }


def planted(X: pd.DataFrame, y: np.ndarray) -> dict[str, Any]:
    X, y = sampled(X, y, _MOST_PLANTED)
    before = poise.diagnose(X, y)
    found = {}
    for number, (name, (plant, check, wanted)) in enumerate(FAULTS.items()):
        was = before[check].status
        X_new, y_new = plant(X, y, np.random.default_rng(number))
        only = [one.name for one in before.findings if one.name != check]
        now = poise.diagnose(X_new, y_new, mute=only)[check].status
        found[name] = {"before": was, "after": now, "is_found": now in wanted and was != "issue"}
        found[name]["counts"] = was not in wanted
    return found


def summary(tables: dict[str, Any], half: str) -> dict[str, Any]:
    """Return the shares of false issues and of planted faults that are found, in one half."""
    own = [one for one in tables.values() if one["half"] in half]
    pairs = [check for one in own for check in one["checks"].values()]
    issues = [check for check in pairs if check["status"] == "issue"]
    false = [check for check in issues if check.get("is_true") is False]
    detection = {}
    for name in FAULTS:
        tried = [one["planted"][name] for one in own if one["planted"]]
        tried = [one for one in tried if one["counts"]]
        detection[name] = {"tables": len(tried), "found": sum(one["is_found"] for one in tried)}
    return {
        "tables": len(own),
        "pairs": len(pairs),
        "issues": len(issues),
        "tips": sum(check["status"] == "tip" for check in pairs),
        "false_issues": len(false),
        "share_of_false_issues": round(len(false) / max(len(pairs), 1), 4),
        "detection": detection,
    }


def main() -> None:
    """Examine all tables and write what was found."""
    folder, words = Path(sys.argv[1]), sys.argv[2:]
    out = Path(words[words.index("--out") + 1]) if "--out" in words else RESULT
    only = words[words.index("--only") + 1] if "--only" in words else ""
    warnings.simplefilter("ignore")
    lines = csv.DictReader((folder / "manifest.csv").read_text(encoding="utf-8").splitlines())
    done = json.loads(out.read_text())["tables"] if out.exists() else {}
    for line in lines:
        if only not in line["file"] or line["file"] in done:
            continue
        done[line["file"]] = examined(folder / line["file"])
        whole = {half: summary(done, half) for half in ("A", "B", "AB")}
        out.write_text(json.dumps({"summary": whole, "tables": done}, indent=1) + "\n")
        one = done[line["file"]]
        issues = [name for name, check in one["checks"].items() if check["status"] == "issue"]
        print(
            line["file"],
            one["half"],
            f"{one['seconds']} s",
            issues,
            one["planted"]
            and [name for name, fault in one["planted"].items() if fault["is_found"]],
        )
    print(json.dumps({half: summary(done, half) for half in ("A", "B", "AB")}, indent=1))


if __name__ == "__main__":
    main()
