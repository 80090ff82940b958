"""How often do the forensic checks accuse honest tables, and how often do they find over-sampled ones?

    python benchmarks/forensics_rates.py FOLDER [--seeds N] [--jobs N] [--only TABLE,...] [--out FILE]

FOLDER holds real tables as Parquet files, with the label in the column "target" or in the last one. Of each,
at most 1,500 rows are drawn per seed, and classes of fewer than 12 rows are left out. There are two views of
a table: its numeric columns and complete rows ("numbers"), and, if it has categories or missing values, the
table as it is ("whole"). One quarter of the rows is the test part. Methods of over-sampling are those of
Poise, and of imbalanced-learn if their name ends in "(peer)"; they get no more neighbours than the smallest
class allows.

honest    Splits of the table as it is. The training part is unchanged, over-sampled, cleaned, or standardised
          by its own means. A verdict "leak" is a false alarm.
leaking   The table is over-sampled before it is split, and then standardised, rounded, cast to float32,
          stripped of half of its columns, or changed in one column.
untouched find_synthetic on the table as it is. Any accusation is a false alarm.
made      find_synthetic on the over-sampled tables of the first seed.
twins     Honest splits of simulated tables, 1,500 x 6 with 150 events, in which a share of the rows of one or
          of both classes repeats another row of its class.

Tables that come from the same study have one origin. The origins are sorted by the SHA-256 hash of their
names and divided in two halves, A and B. Thresholds of the checks were chosen on half A; half B judges them.
There are 4 seeds, which take 20 minutes on two idle cores; fewer on slow tables (SEEDS). The rates of the first
version, in forensics_rates_before.json, are of 20 seeds, and of 2 to 10 on slow tables. Results are counts of verdicts, in benchmarks/results/forensics_rates.json.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import imblearn.combine
import imblearn.over_sampling
import numpy as np
import pandas as pd
from imblearn.under_sampling import EditedNearestNeighbours as PeerENN
from joblib import Parallel, delayed
from sklearn.model_selection import train_test_split

import poise
from poise.forensics import check_split, find_synthetic

RESULT = Path(__file__).parent / "results" / "forensics_rates.json"
N_ROWS, FEWEST, N_MADE = 1500, 12, 1
SEEDS = {"us_crime": 1, "sylva": 1, "satimage": 2, "census_kdd": 3, "page_blocks": 3}
SEEDS |= dict.fromkeys(("flights_cancelled", "hypothyroid", "letter_Z", "wine_quality"), 10)
SEEDS |= dict.fromkeys(("page_blocks0", "thyroid0387_hyper", "nass_cds", "bank_full"), 10)
STUDIES = ("abalone", "ecoli", "page_blocks", "yeast")  # several tables each
THYROID = ("hypothyroid", "thyroid0387_hyper")  # of one clinic
SHARES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5)
Table = tuple[pd.DataFrame, pd.Series]
Method = Callable[[pd.DataFrame, pd.Series, int], Table]


def origin_of(name: str) -> str:
    """Return the study that a table comes from."""
    if name in THYROID:
        return "thyroid"
    return next((study for study in STUDIES if name.startswith(study)), name)


def halves(names: list[str]) -> dict[str, str]:
    """Return the half, "A" or "B", of each table."""
    origins = {origin_of(name) for name in names}
    ranked = sorted(origins, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    first = set(ranked[: (len(ranked) + 1) // 2])
    return {name: "A" if origin_of(name) in first else "B" for name in names}


# Tables


def read(path: Path, seed: int) -> Table:
    """Return some rows of a table, in their order, without its smallest classes."""
    table = pd.read_parquet(path)
    y = table.pop("target" if "target" in table else table.columns[-1])
    rows = np.sort(np.random.RandomState(seed).permutation(len(table))[:N_ROWS])
    rows = rows[(y.iloc[rows].map(y.iloc[rows].value_counts()) >= FEWEST).to_numpy()]
    return table.iloc[rows].reset_index(drop=True), y.iloc[rows].reset_index(drop=True)


def numbers_of(X: pd.DataFrame, y: pd.Series) -> Table:
    """Return the numeric columns with few missing values, and the complete rows in these."""
    X = X.select_dtypes("number")
    X = X.loc[:, X.isna().mean() <= 0.1]
    kept = X.notna().all(axis=1).to_numpy()
    return X[kept].reset_index(drop=True), y[kept].reset_index(drop=True)


def k_of(y: pd.Series) -> int:
    """Return five neighbours, or as many as the smallest class has."""
    return int(min(5, y.value_counts().min() - 1))


# Methods of over-sampling


def ours(name: str) -> Method:
    def run(X: pd.DataFrame, y: pd.Series, seed: int) -> Table:
        kind = getattr(poise, name)
        if name == "SMOTETomek":
            sampler = kind(smote=poise.SMOTE(k_neighbors=k_of(y)), random_state=seed)
        elif name == "RandomOverSampler":
            sampler = kind(random_state=seed)
        elif name == "ADASYN":
            sampler = kind(n_neighbors=k_of(y), random_state=seed)
        else:
            sampler = kind(k_neighbors=k_of(y), random_state=seed)
        return sampler.fit_resample(X, y)

    return run


def peers(name: str) -> Method:
    def run(X: pd.DataFrame, y: pd.Series, seed: int) -> Table:
        package = imblearn.combine if name == "SMOTETomek" else imblearn.over_sampling
        kind = getattr(package, name)
        if name == "SMOTETomek":
            smote = imblearn.over_sampling.SMOTE(k_neighbors=k_of(y), random_state=seed)
            sampler = kind(smote=smote, random_state=seed)
        elif name == "RandomOverSampler":
            sampler = kind(random_state=seed)
        elif name == "ADASYN":
            sampler = kind(n_neighbors=k_of(y), random_state=seed)
        elif name == "SMOTENC":
            named = list(X.select_dtypes(exclude="number"))
            sampler = kind(categorical_features=named, k_neighbors=k_of(y), random_state=seed)
        else:
            sampler = kind(k_neighbors=k_of(y), random_state=seed)
        return sampler.fit_resample(X, y)

    return run


NAMES = ("SMOTE", "BorderlineSMOTE", "ADASYN", "SMOTETomek", "RandomOverSampler")
OF_NUMBERS: dict[str, Method] = {name: ours(name) for name in NAMES}
OF_NUMBERS |= {f"{name} (peer)": peers(name) for name in NAMES}
OF_WHOLE: dict[str, Method] = {
    name: ours(name) for name in ("SMOTE", "SMOTENC", "SMOTETomek", "RandomOverSampler")
}
OF_WHOLE |= {f"{name} (peer)": peers(name) for name in ("SMOTENC", "RandomOverSampler")}


def cleaned(X: pd.DataFrame, y: pd.Series, _: int) -> Table:
    return poise.TomekLinks().fit_resample(X, y)


def cleaned_by_peer(X: pd.DataFrame, y: pd.Series, _: int) -> Table:
    return PeerENN().fit_resample(X, y)


# Changes afterwards


def standardised(X: pd.DataFrame) -> pd.DataFrame:
    return (X - X.mean()) / X.std().replace(0, 1)


def without_half(X: pd.DataFrame) -> pd.DataFrame:
    return X.iloc[:, ::2]


def in_one_column(change: Callable[[pd.Series], Any]) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Return the change of the column with the most different values."""

    def run(X: pd.DataFrame) -> pd.DataFrame:
        X = X.astype(float)
        column = X.nunique().idxmax()
        return X.assign(**{column: change(X[column])})

    return run


ALTERED: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "standardised": standardised,
    "rounded": lambda X: X.round(2),
    "float32": lambda X: X.astype(np.float32),
    "half of the columns": without_half,
    "log of one column": in_one_column(lambda x: np.log(x - x.min() + x.std())),
    "rank of one column": in_one_column(lambda x: x.rank()),
    "one column rounded": in_one_column(lambda x: (4 * x / x.std()).round() / 4),
}


def tables_made(view: str, X: pd.DataFrame, y: pd.Series, seed: int) -> Iterator[tuple[str, Table]]:
    """Yield over-sampled tables by name: of each method, and some of them changed afterwards."""
    for name, method in (OF_NUMBERS if view == "numbers" else OF_WHOLE).items():
        try:
            made, labels = method(X, y, seed)
        except ValueError:  # the method cannot take this table: missing values, nothing in danger
            continue
        yield name, (made, labels)
        if view == "numbers" and name == "SMOTE":
            for how, change in ALTERED.items():
                yield f"{name}, {how}", (change(made), labels)
        if view == "numbers" and name == "RandomOverSampler":
            yield f"{name}, standardised", (standardised(made), labels)


# Verdicts


def verdict_of(X: pd.DataFrame, y: pd.Series, seed: int, prepare: Any = None) -> str:
    """Return the verdict of check_split, after the training part, or both parts, were prepared."""
    a, b, ya, yb = train_test_split(X, y, test_size=0.25, random_state=seed, stratify=y)
    if prepare is not None:
        try:
            a, ya, b = prepare(a.reset_index(drop=True), ya.reset_index(drop=True), b)
        except ValueError:
            return "method fails"
    return check_split(a, ya, b.reset_index(drop=True), yb.reset_index(drop=True)).verdict


def after_the_split(method: Method, seed: int) -> Any:
    return lambda a, ya, b: (*method(a, ya, seed), b)


def by_training_part(method: Method | None, seed: int) -> Any:
    def prepare(a: pd.DataFrame, ya: pd.Series, b: pd.DataFrame) -> Any:
        mean, deviation = a.mean(), a.std().replace(0, 1)
        a, b = (a - mean) / deviation, (b - mean) / deviation
        return (a, ya, b) if method is None else (*method(a, ya, seed), b)

    return prepare


def honest(view: str, X: pd.DataFrame, y: pd.Series, seed: int) -> Iterator[tuple[str, str]]:
    yield "unchanged", verdict_of(X, y, seed)
    for name, method in (OF_NUMBERS if view == "numbers" else OF_WHOLE).items():
        yield name, verdict_of(X, y, seed, after_the_split(method, seed))
    if view == "numbers":
        for name, method in (("cleaned", cleaned), ("cleaned (peer)", cleaned_by_peer)):
            yield name, verdict_of(X, y, seed, after_the_split(method, seed))
        yield "standardised", verdict_of(X, y, seed, by_training_part(None, seed))
        then = by_training_part(OF_NUMBERS["SMOTE"], seed)
        yield "standardised, SMOTE", verdict_of(X, y, seed, then)


def of_table(path: Path, seed: int) -> tuple[str, Counter[tuple[str, str, str, str]], float]:
    """Return the counts of (part, view, case, verdict) of one table and seed."""
    warnings.simplefilter("ignore")
    start, found = time.perf_counter(), Counter()
    X, y = read(path, seed)
    views = {"numbers": numbers_of(X, y)}
    if len(X.columns) > len(views["numbers"][0].columns) or X.isna().any(axis=None):
        views["whole"] = X, y
    found["untouched", "whole", "as it is", find_synthetic(X, y).verdict] += 1
    for view, (values, labels) in views.items():
        if not len(values.columns) or labels.nunique() < 2:
            continue
        for case, verdict in honest(view, values, labels, seed):
            found["honest", view, case, verdict] += 1
        for case, (made, grown) in tables_made(view, values, labels, seed):
            found["leaking", view, case, verdict_of(made, grown, seed)] += 1
            if seed < N_MADE:
                found["made", view, case, find_synthetic(made, grown).verdict] += 1
    return path.stem, found, time.perf_counter() - start


def of_twins(share: float, where: str, seed: int) -> Counter[tuple[str, str, str, str]]:
    """Return the counts of verdicts of one simulated table with natural twins."""
    warnings.simplefilter("ignore")
    rng, found = np.random.RandomState(seed), Counter()
    values, codes = rng.randn(N_ROWS, 6), (np.arange(N_ROWS) < N_ROWS // 10).astype(int)
    allowed = {"both": codes >= 0, "event": codes == 1, "others": codes == 0}[where]
    twin = np.flatnonzero((rng.rand(N_ROWS) < share) & allowed)
    partner = [rng.choice(np.flatnonzero(codes == code)) for code in codes[twin]]
    values[twin] = values[partner]
    X = pd.DataFrame(values, columns=list("abcdef"))
    y = pd.Series(codes if seed % 2 else 1 - codes)  # the event is the second or the first class
    found["twins", where, f"{share:.0%}, unchanged", verdict_of(X, y, seed)] += 1
    for name, method in OF_NUMBERS.items():
        if "peer" not in name:
            verdict = verdict_of(X, y, seed, after_the_split(method, seed))
            found["twins", where, f"{share:.0%}, {name}", verdict] += 1
    return found


# Rates


def rates(counts: dict[str, Counter[tuple[str, str, str, str]]], half: dict[str, str]) -> Any:
    """Return, for each half, the rates that the checks are judged by."""
    found = {}
    for side in ("A", "B"):
        of_table = {name: counts[name] for name in sorted(counts) if half.get(name) == side}
        whole: Counter[tuple[str, str, str, str]] = sum(of_table.values(), Counter())
        accused = ("leak", "interpolated", "copied")
        by_table = {name: share(c, "honest", accused) for name, c in of_table.items()}
        cases = sorted({case for part, _, case, _ in whole if part == "honest"})
        by_case = {case: share(whole, "honest", accused, case) for case in cases}
        leaks = sorted({case for part, _, case, _ in whole if part == "leaking"})
        found[side] = {
            "tables": list(of_table),
            "false alarms": share(whole, "honest", accused),
            "false alarms, worst table": max(
                by_table.items(), key=lambda item: item[1][2], default=None
            ),
            "false alarms, worst method": max(
                by_case.items(), key=lambda item: item[1][2], default=None
            ),
            "untouched": verdicts(whole, "untouched"),
            "found": {case: verdicts(whole, "leaking", case) for case in leaks},
            "made": {case: verdicts(whole, "made", case) for case in leaks},
        }
    return found


def share(
    counts: Counter[Any], part: str, verdicts: tuple[str, ...], case: str | None = None
) -> tuple[int, int, float]:
    """Return how many checks had one of the verdicts, of how many, and the share."""
    some = [
        (verdict, n)
        for (one, _, name, verdict), n in counts.items()
        if one == part and verdict != "method fails" and case in (None, name)
    ]
    n, n_all = sum(n for verdict, n in some if verdict in verdicts), sum(n for _, n in some)
    return n, n_all, round(n / max(n_all, 1), 4)


def verdicts(counts: Counter[Any], part: str, case: str | None = None) -> dict[str, int]:
    found: Counter[str] = Counter()
    for (one, _, name, verdict), n in counts.items():
        if one == part and case in (None, name):
            found[verdict] += n
    return dict(sorted(found.items()))


def nested(counts: Counter[tuple[str, str, str, str]]) -> dict[str, Any]:
    """Return counts as nested dictionaries."""
    found: dict[str, Any] = {}
    for (part, view, case, verdict), n in sorted(counts.items()):
        found.setdefault(part, {}).setdefault(view, {}).setdefault(case, {})[verdict] = n
    return found


def main() -> None:
    """Check all tables, and write the counts and the rates."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="")
    parser.add_argument("--out", type=Path, default=RESULT)
    options = parser.parse_args()
    start = time.perf_counter()
    paths = sorted(options.folder.glob("*.parquet"))
    half = halves([path.stem for path in paths])
    if options.only:
        paths = [path for path in paths if path.stem in options.only.split(",")]
    jobs = [
        (path, seed)
        for path in paths
        for seed in range(min(options.seeds, SEEDS.get(path.stem, options.seeds)))
    ]
    jobs.sort(key=lambda job: SEEDS.get(job[0].stem, 20))  # the slow ones first
    counts: dict[str, Counter[Any]] = {path.stem: Counter() for path in paths}
    seconds: Counter[str] = Counter()
    run = Parallel(n_jobs=options.jobs, return_as="generator_unordered")
    for name, found, taken in run(delayed(of_table)(*job) for job in jobs):
        counts[name] += found
        seconds[name] += taken
        print(f"{name} {taken:.0f} s", flush=True)
    twins = [
        (share_of, where, seed)
        for share_of in SHARES
        for where in ("both", "event", "others")
        for seed in range(0 if options.only else options.seeds // 2)
    ]
    simulated: Counter[Any] = sum(run(delayed(of_twins)(*job) for job in twins), Counter())
    whole = {
        "minutes": round((time.perf_counter() - start) / 60, 1),
        "halves": half,
        "seeds": Counter(path.stem for path, _ in jobs),
        "seconds": {name: round(taken) for name, taken in sorted(seconds.items())},
        "rates": rates(counts, half) | {"twins": share(simulated, "twins", ("leak",))},
        "counts": {name: nested(found) for name, found in counts.items()} | nested(simulated),
    }
    options.out.write_text(json.dumps(whole, indent=1) + "\n")
    print(json.dumps(whole["rates"], indent=1))


if __name__ == "__main__":
    main()
