"""What the reference study says: mean gains over origins, and the verdict on every claim of claims.md.

    python benchmarks/study/analysis.py

Reads benchmarks/results/study and writes benchmarks/results/study_analysis.json, which docs/evidence.md shows.
Gains are in margins. Claims are tested by the rules that were written down before the first fit.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from design import TUNED, UNTUNED
from prior import RATIO, measured_gains
from random_effects import Pooled, by_origin, pooled
from run import RESULTS, about
from scipy.stats import binomtest, t

from poise.comparison.approaches import AS_IS, DEFAULT_APPROACHES
from poise.study.effect_prior import posterior_of
from poise.study.reference import prior_of
from poise.study.statistics import measured_by_folds

OUT = RESULTS.parent / "study_analysis.json"
SIZE = 150
EVERY = (*UNTUNED, *TUNED)
APPROACHES = [name for name in DEFAULT_APPROACHES if name != AS_IS]
PR, AUC, F1, HALF = "average_precision", "roc_auc", "f1 tuned", "f1 as trained 0.5"
RAW_LOSS, LOSS, BALANCED = "log_loss as trained", "log_loss corrected", "balanced_accuracy tuned"
CONFIRMED, REFUTED, OPEN, MISSING = "confirmed", "refuted", "open", "not measured"


class Gained(NamedTuple):
    """A gain on one table, in margins."""

    origin: str
    table: str
    gain: float
    error: float
    posterior: float
    n_columns: float
    by_fold: Any = None


Found = dict[tuple[str, str, str, int], list[Gained]]  # estimator, approach, value, size


def read() -> Found:
    """Return the gains of all tables."""
    found: Found = defaultdict(list)
    for path in sorted(RESULTS.glob("[!.]*.parquet")):
        facts = about(path)
        for key, gain, result, margin in measured_gains(path, facts):
            prior, _ = prior_of(
                key.estimator, key.approach, key.value, facts["n_events"], result.error / margin
            )
            after = posterior_of(result.mean, result.normal_error, margin, prior)
            found[key.estimator, key.approach, key.value, facts["size"]].append(
                Gained(
                    facts["origin"],
                    facts["table"],
                    result.mean / margin,
                    result.normal_error / margin,
                    after.mean / margin,
                    facts.get("n_encoded", np.nan),
                    gain.by_fold / margin,
                )
            )
    return found


def mean_gain(gains: Iterable[Gained]) -> Pooled:
    """Return the mean gain over origins."""
    gains = list(gains)
    y, v, _ = by_origin(
        [one.gain for one in gains], [one.error for one in gains], [one.origin for one in gains]
    )
    return pooled(y, v)


def shown(one: Pooled) -> dict[str, float]:
    """Return a pooled gain as numbers of the results."""
    return one._asdict() | {
        "p_gain": one.chance_above(1),
        "p_equal": one.chance_above(-1) - one.chance_above(1),
        "p_loss": 1 - one.chance_above(-1),
    }


def paired(
    found: Found, one: tuple[str, str, str, int], other: tuple[str, str, str, int]
) -> list[Gained]:
    """Return the difference of two gains on the same tables, with the error of the corrected resampled t-test."""
    base = {gain.table: gain for gain in found[other]}
    pairs = []
    for gain in found[one]:
        if gain.table in base:
            difference = gain.by_fold - base[gain.table].by_fold
            result = measured_by_folds(difference, RATIO)
            pairs.append(
                gain._replace(
                    gain=gain.gain - base[gain.table].gain, error=result.error, by_fold=difference
                )
            )
    return [gain for gain in pairs if np.isfinite(gain.error)]


def verdict(confirmed: bool, refuted: bool) -> str:  # noqa: FBT001  # two rules, in their order
    return CONFIRMED if confirmed else REFUTED if refuted else OPEN


def most(hits: list[bool]) -> bool:
    """Tell whether more than half are true."""
    return sum(hits) > len(hits) / 2


# The claims, in the order of claims.md


def cleaning_is_best(found: Found) -> dict[str, Any]:
    """Claim 1: SMOTE with a cleaning step gives the best results for most tables."""
    figures, lows, highs = {}, [], []
    for value in (PR, F1):
        for estimator in EVERY:
            means: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
            for approach in APPROACHES:
                for gain in found[estimator, approach, value, SIZE]:
                    means[gain.origin][approach].append(gain.posterior)
            best = []
            for of_origin in means.values():
                candidates = {"as-is": 0.0} | {a: float(np.mean(g)) for a, g in of_origin.items()}
                best.append(max(candidates, key=candidates.__getitem__))
            hits = sum(name in ("smote-tomek", "smote-enn") for name in best)
            if best:
                low, high = binomtest(hits, len(best)).proportion_ci()
                figures[f"{estimator}, {value}"] = {
                    "share": hits / len(best),
                    "low": low,
                    "high": high,
                    "n": len(best),
                }
                if value == PR:
                    lows.append(low > 0.5)
                    highs.append(high < 0.5)
    is_whole = len(lows) == len(EVERY)
    return {
        "verdict": verdict(most(lows), most(highs)) if is_whole else MISSING,
        "figures": figures,
    }


def many_dimensions(found: Found) -> dict[str, Any]:
    """Claim 2: SMOTE struggles with many dimensions."""
    figures, below, within = {}, [], []
    for value in (PR, AUC):
        for estimator in UNTUNED:
            gains = found[estimator, "smote", value, SIZE]
            if len(gains) < 10:
                continue
            origins, _, x, errors, _, columns, _ = zip(*gains, strict=True)
            y, v, _ = by_origin(x, errors, origins)
            log_columns, _, _ = by_origin(np.log10(columns), errors, origins)
            slope = pooled(y, v, log_columns)
            figures[f"{estimator}, {value}"] = slope._asdict()
            if value == PR:
                below.append(slope.high < 0)
                within.append((slope.low > -1 and slope.high < 1) or slope.low > 0)
    is_whole = len(below) == len(UNTUNED)
    return {
        "verdict": verdict(most(below), most(within)) if is_whole else MISSING,
        "figures": figures,
    }


def few_rows(found: Found) -> dict[str, Any]:
    """Claim 3: below about ten minority rows, SMOTE does not do better than up-sampling."""
    figures = {
        f"{estimator}, {value}": mean_gain(
            paired(found, (estimator, "smote", value, 12), (estimator, "random-over", value, 12))
        )
        for estimator in ("logistic", "boosting")
        for value in (PR, F1)
        if len(found[estimator, "smote", value, 12]) > 2
    }
    return claim(
        figures,
        4,
        lambda every: all(one.high < 1 for one in every),
        lambda every: any(one.low > 0 for one in every),
    )


def means_of(
    found: Found, estimators: Iterable[str], approaches: Iterable[str], values: Iterable[str]
) -> dict[str, Pooled]:
    """Return mean gains by "estimator, approach, value"."""
    return {
        f"{estimator}, {approach}, {value}": mean_gain(found[estimator, approach, value, SIZE])
        for estimator in estimators
        for approach in approaches
        for value in values
        if len(found[estimator, approach, value, SIZE]) > 2
    }


def claim(
    figures: dict[str, Pooled],
    n: int,
    confirmed: Callable[[Iterable[Pooled]], bool],
    refuted: Callable[[Iterable[Pooled]], bool],
) -> dict[str, Any]:
    """Return the verdict on a claim about all of `n` mean gains; none if some were not measured."""
    every = list(figures.values())
    return {
        "verdict": verdict(confirmed(every), refuted(every)) if len(every) == n else MISSING,
        "figures": {name: shown(one) for name, one in figures.items()},
    }


def strong_ranking(found: Found) -> dict[str, Any]:
    """Claim 4: strong classifiers do not gain in ranking."""
    return claim(
        means_of(found, TUNED, ["smote"], [AUC, PR]),
        6,
        lambda every: all(one.high < 1 for one in every),
        lambda every: any(one.low > 1 for one in every),
    )


def at_half(found: Found) -> dict[str, Any]:
    """Claim 5: at 0.5, all classifiers gain in F1."""
    figures = {
        estimator: mean_gain(
            paired(found, (estimator, "smote", HALF, SIZE), (estimator, "as-is", HALF, SIZE))
        )
        for estimator in EVERY
        if found[estimator, "as-is", HALF, SIZE]
    }
    return claim(
        figures,
        len(EVERY),
        lambda every: all(one.low > 0 for one in every),
        lambda every: any(one.high < 0 for one in every),
    )


def tuned_helps_weak(found: Found) -> dict[str, Any]:
    """Claim 6: with a tuned threshold, SMOTE helps only weak classifiers."""
    weak = means_of(found, ["logistic", "k-nn"], ["smote"], [F1])
    strong = means_of(found, TUNED, ["smote"], [F1])
    confirmed = all(one.low > 0 for one in weak.values()) and all(
        one.high < 1 for one in strong.values()
    )
    refuted = any(one.high < 0 for one in weak.values()) or any(
        one.low > 1 for one in strong.values()
    )
    is_whole = (len(weak), len(strong)) == (2, len(TUNED))
    return {
        "verdict": verdict(confirmed, refuted) if is_whole else MISSING,
        "figures": {name: shown(one) for name, one in (weak | strong).items()},
    }


BALANCING = ("random-over", "random-under", "smote")


def calibration_of_logistic(found: Found) -> dict[str, Any]:
    """Claim 7: balancing harms the calibration of logistic regression, and its ranking does not gain."""
    losses = means_of(found, ["logistic"], BALANCING, [RAW_LOSS])
    areas = means_of(found, ["logistic"], BALANCING, [AUC])
    confirmed = all(one.high < -1 for one in losses.values()) and all(
        one.high < 1 for one in areas.values()
    )
    refuted = any(one.low > -1 for one in losses.values()) or any(
        one.low > 1 for one in areas.values()
    )
    is_whole = len(losses) == len(areas) == len(BALANCING)
    return {
        "verdict": verdict(confirmed, refuted) if is_whole else MISSING,
        "figures": {name: shown(one) for name, one in (losses | areas).items()},
    }


def small_changes(found: Found) -> dict[str, Any]:
    """Claim 8: changes of ROC AUC are within -0.02 to +0.01."""
    return claim(
        means_of(found, ["logistic", "boosting"], BALANCING, [AUC]),
        6,
        lambda every: all(one.low > -2 and one.high < 1 for one in every),
        lambda every: any(one.high < -2 or one.low > 1 for one in every),
    )


def variants_alike(found: Found) -> dict[str, Any]:
    """Claim 9: variants of SMOTE differ little in ROC AUC."""
    figures, below, above = {}, [], []
    names = ("smote", "borderline-smote", "smote-tomek", "smote-enn")
    rng = np.random.RandomState(0)
    for estimator in EVERY:
        columns = []
        for name in names:
            gains = found[estimator, name, AUC, SIZE]
            if gains:
                y, _, origins = by_origin(
                    [g.gain for g in gains], [g.error for g in gains], [g.origin for g in gains]
                )
                columns.append(dict(zip(origins, y, strict=True)))
        if len(columns) < len(names):
            continue
        common = sorted(set.intersection(*(set(column) for column in columns)))
        table = np.array([[column[origin] for column in columns] for origin in common])
        ranges = [
            float(np.ptp(table[rng.randint(len(table), size=len(table))].mean(axis=0)))
            for _ in range(2000)
        ]
        low, high = np.quantile(ranges, [0.025, 0.975])
        figures[estimator] = {
            "range": float(np.ptp(table.mean(axis=0))),
            "low": float(low),
            "high": float(high),
            "n": len(common),
        }
        below.append(high < 1)
        above.append(low > 1)
    is_whole = len(below) == len(EVERY)
    return {
        "verdict": verdict(most(below), most(above)) if is_whole else MISSING,
        "figures": figures,
    }


def in_many(
    found: Found, value: str, estimator: str, *, wide: bool, approach: str = "smote"
) -> list[Gained]:
    """Return gains on tables with at least 30 columns after encoding, or on the others."""
    return [
        gain for gain in found[estimator, approach, value, SIZE] if (gain.n_columns >= 30) == wide
    ]


def many_columns_risk(found: Found) -> dict[str, Any]:
    """Claim 10: in many columns, SMOTE's risk exceeds that of random over-sampling."""
    figures = {}
    for estimator in ("logistic", "boosting"):
        wide = {gain.table for gain in in_many(found, LOSS, estimator, wide=True)}
        pairs = paired(
            found, (estimator, "smote", LOSS, SIZE), (estimator, "random-over", LOSS, SIZE)
        )
        pairs = [gain for gain in pairs if gain.table in wide]
        if len(pairs) > 2:
            figures[estimator] = mean_gain(pairs)
    return claim(
        figures,
        2,
        lambda every: all(one.high < 0 for one in every),
        lambda every: any(one.low > 0 for one in every),
    )


def threshold_most_consistent(found: Found) -> dict[str, Any]:
    """Claim 11: SMOTE, weights and a threshold all beat doing nothing in F1, the threshold most consistently."""
    figures: dict[str, Any] = {}
    confirmed, refuted = [], []
    for estimator in ("logistic", "boosting", "forest", *TUNED):
        base = (estimator, "as-is", HALF, SIZE)
        if not found[base]:
            continue
        of_threshold = [gain._replace(gain=-gain.gain) for gain in found[base]]
        ways = {"threshold": of_threshold}
        for approach in ("smote", "class-weights"):
            gains = paired(found, (estimator, approach, HALF, SIZE), base)
            if gains:
                ways[approach] = gains
        shares = {
            way: float(
                np.mean(
                    by_origin(
                        [g.gain for g in gains], [g.error for g in gains], [g.origin for g in gains]
                    )[0]
                    > 0
                )
            )
            for way, gains in ways.items()
        }
        means = {way: mean_gain(gains) for way, gains in ways.items()}
        for way, one in means.items():
            figures[f"{estimator}, {way}"] = shown(one) | {"share of origins": shares[way]}
        is_first = max(shares, key=lambda way: shares[way]) == "threshold"
        confirmed.append(all(one.low > 0 for one in means.values()) and is_first)
        refuted.append(any(one.high < 0 for one in means.values()) or not is_first)
    is_whole = len(confirmed) == 6
    return {
        "verdict": verdict(all(confirmed), any(refuted)) if is_whole else MISSING,
        "figures": figures,
    }


def prior_does_not_mend(found: Found) -> dict[str, Any]:
    """Claim 12: correcting the prior does not mend SMOTE's probabilities."""
    return claim(
        means_of(found, ["boosting", "forest"], ["smote"], [LOSS]),
        2,
        lambda every: all(one.high < -1 for one in every),
        lambda every: all(one.low > -1 for one in every),
    )


def neighbours_in_many_columns(found: Found) -> dict[str, Any]:
    """Claim 13: after SMOTE, k-NN in many columns does worse than in few."""
    parts = {
        name: in_many(found, BALANCED, "k-nn", wide=wide)
        for name, wide in (("30 columns or more", True), ("fewer columns", False))
    }
    if any(len(part) < 3 for part in parts.values()):
        return {"verdict": MISSING, "figures": {}}
    wide, narrow = (mean_gain(part) for part in parts.values())
    difference, error = wide.mean - narrow.mean, float(np.hypot(wide.error, narrow.error))
    half = float(t.ppf(0.975, min(wide.n, narrow.n) - 1)) * error
    low, high = difference - half, difference + half
    figures = {name: shown(mean_gain(part)) for name, part in parts.items()}
    figures["difference"] = {"mean": difference, "low": low, "high": high}
    return {"verdict": verdict(high < 0, low > 0), "figures": figures}


CLAIMS = (
    cleaning_is_best,
    many_dimensions,
    few_rows,
    strong_ranking,
    at_half,
    tuned_helps_weak,
    calibration_of_logistic,
    small_changes,
    variants_alike,
    many_columns_risk,
    threshold_most_consistent,
    prior_does_not_mend,
    neighbours_in_many_columns,
)


def main() -> None:
    """Write the analysis."""
    found = read()
    means = {
        f"{estimator} | {approach} | {value} | {size}": shown(mean_gain(gains))
        for (estimator, approach, value, size), gains in sorted(found.items())
        if len(gains) > 2
    }
    claims = {
        str(number): {"claim": test.__doc__.split(": ", 1)[1]} | test(found)
        for number, test in enumerate(CLAIMS, start=1)
    }
    facts = [about(path) for path in RESULTS.glob("[!.]*.parquet")]
    content = {
        "tables": len({one["table"] for one in facts}),
        "origins": len({one["origin"] for one in facts}),
        "hours": round(sum(one["seconds"] for one in facts) / 3600, 2),
        "claims": claims,
        "means": means,
    }
    Path(OUT).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    for number, one in claims.items():
        print(number, one["verdict"], one["claim"])


if __name__ == "__main__":
    main()
