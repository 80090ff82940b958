"""Do comparisons keep what they promise? Nulls and the truth panel against the bars that were set before.

    python benchmarks/study/acceptance.py [--reason TEXT]

Reads benchmarks/results/nulls and benchmarks/results/truth, judges every gain with the package's prior, and adds one
entry to benchmarks/results/acceptance.json: every figure with its interval and its bar. The first entry is never
changed; a later one needs --reason, which stands beside it, and without one figures are only printed.

Truths are means over parts of a table, and have errors of their own, which are counted in what is said: intervals and
probabilities are those of the measured truth.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from nulls import SETTINGS
from prior import measured_gains
from scipy.stats import binomtest, norm
from truth import N_DRAWS
from truth import panel as panel_of_truth

from poise.comparison.metrics import METRICS, Key
from poise.comparison.verdicts import verdict_of
from poise.study.effect_prior import mixture_after, posterior_of
from poise.study.reference import prior_of, reference
from poise.study.statistics import BETTER, EQUAL, OPEN, WORSE

RESULTS = Path(__file__).parents[1] / "results"
OUT = RESULTS / "acceptance.json"
MOST_OPEN = {"roc_auc": 0.35, "average_precision": 0.40, "f1": 0.45}
N_BINS = 10


def rate(hits: Iterable[bool]) -> dict[str, Any]:
    """Return a rate with its exact 95 % interval."""
    found = np.fromiter(hits, dtype=bool)
    if not len(found):
        return {"rate": 0.0, "low": 0.0, "high": 1.0, "n": 0}
    low, high = binomtest(int(found.sum()), len(found)).proportion_ci()
    return {"rate": float(found.mean()), "low": float(low), "high": float(high), "n": len(found)}


def of_nulls() -> list[dict[str, Any]]:
    """Return the rates of false verdicts and of false advice in each setting, with both priors."""
    lines = []
    for path in sorted((RESULTS / "nulls").glob("[!.]*.parquet")):
        draws = json.loads(pq.read_schema(path).metadata[b"null"])["draws"]
        most = 0.09 if draws >= 400 else 0.12
        verdicts: dict[tuple[str, str], list[bool]] = defaultdict(list)
        advised: dict[tuple[str, str], list[bool]] = defaultdict(list)
        for line in pq.read_table(path).to_pylist():
            if line["advised"] is not None:
                advised[line["prior_of_effect"], line["metric"]].append(line["advised"])
            elif line["is_fair"]:
                is_false = line["verdict"] in (BETTER, WORSE)
                verdicts[line["prior_of_effect"], line["metric"]].append(is_false)
        for what, found in (("better or worse", verdicts), ("Use X", advised)):
            for (prior, metric), hits in sorted(found.items()):
                one = rate(hits)
                lines.append(
                    {
                        "part": "null",
                        "what": what,
                        "setting": path.stem,
                        "prior": prior,
                        "metric": metric,
                    }
                    | one
                    | {
                        "bar": f"at most 6 %, upper end {most:.0%}",
                        "met": one["rate"] <= 0.06 and one["high"] <= most,
                    }
                )
    return lines


def truths() -> dict[tuple[Any, ...], tuple[float, float]]:
    """Return the mean difference to the unchanged rows and its error by (table, size, key)."""
    found = {}
    for path in sorted((RESULTS / "truth").glob("[!.]*.parquet")):
        if "#" in path.stem:
            continue
        about = json.loads(pq.read_schema(path).metadata[b"truth"])
        values: dict[Key, dict[int, float]] = defaultdict(dict)
        for line in pq.read_table(path).to_pylist():
            values[Key(*(line[name] for name in Key._fields))][line["draw"]] = line["true"]
        for key, of_draws in values.items():
            metric = METRICS[key.metric]
            base = values.get(Key(key.estimator, "as-is", *metric.baseline, key.metric), {})
            gains = np.array([metric.sign * (of_draws[d] - base[d]) for d in of_draws if d in base])
            gains = gains[np.isfinite(gains)]
            if len(gains) > 2:
                error = float(gains.std(ddof=1) / np.sqrt(len(gains)))
                found[about["table"], about["size"], key] = (float(gains.mean()), error)
    return found


def panel() -> list[dict[str, Any]]:
    """Return one entry per comparison of the truth panel: what is said and what is true, in margins."""
    known, found = truths(), []
    for path in sorted((RESULTS / "truth").glob("[!.]*#*.parquet")):
        about = json.loads(pq.read_schema(path).metadata[b"truth"])
        facts = {"n_rows": about["n_rows"], "n_events": about["size"]}
        for key, _, result, margin in measured_gains(path, facts):
            at = (about["table"], about["size"], key)
            if at not in known:
                continue
            prior, n_origins = prior_of(
                key.estimator, key.approach, key.value, about["size"], result.error / margin
            )
            said = posterior_of(result.mean, result.normal_error, margin, prior)
            mixture = mixture_after(result.mean / margin, result.normal_error / margin, prior)
            true, error = (part / margin for part in known[at])
            found.append(
                {
                    "origin": about["origin"],
                    "size": about["size"],
                    "key": key,
                    "is_fair": key[2:4] == METRICS[key.metric].baseline,
                    "n_origins": n_origins,
                    "true": true,
                    "error": error,
                    "cdf": cdf_with_error(mixture, error),
                    "mean": said.mean / margin,
                    "verdict": verdict_of(said),
                }
            )
    return found


def cdf_with_error(mixture: tuple[Any, Any, Any], error: float) -> Any:
    """Return the distribution function of what is measured as the truth."""
    weight, means, deviations = mixture
    return lambda x: float(weight @ norm.cdf(x, means, np.hypot(deviations, error)))


def of_truth() -> list[dict[str, Any]]:
    """Return coverage, calibration, wrong verdicts and open comparisons on the truth panel."""
    found = [one for one in panel() if one["is_fair"]]
    lines = []
    for estimator in ("logistic", "boosting"):
        for size in (40, 150):
            cell = [
                one for one in found if one["key"].estimator == estimator and one["size"] == size
            ]
            where = {"part": "truth", "estimator": estimator, "size": size}
            if cell:
                lines += [where | line for line in of_cell(cell, estimator, size)]
    for what, said, happened in (
        ("gain", lambda one: 1 - one["cdf"](1), lambda one: one["true"] > 1),
        ("equal", lambda one: one["cdf"](1) - one["cdf"](-1), lambda one: abs(one["true"]) <= 1),
    ):
        lines += calibration(found, what, said, happened)
    return lines


def of_cell(cell: list[dict[str, Any]], estimator: str, size: int) -> list[dict[str, Any]]:
    """Return the lines of one estimator and size."""
    lines = []
    for metric in sorted({one["key"].metric for one in cell}):
        some = [one for one in cell if one["key"].metric == metric]
        inside = [0.025 <= one["cdf"](one["true"]) <= 0.975 for one in some]
        covered = rate(inside)
        lines.append(
            {"what": "coverage", "metric": metric}
            | covered
            | {"bar": "92 to 98 %", "met": 0.92 <= covered["rate"] <= 0.98}
        )
        if estimator == "logistic" and size == 40 and metric in MOST_OPEN:
            is_open = rate(one["verdict"] == OPEN for one in some)
            most = MOST_OPEN[metric]
            lines.append(
                {"what": "open", "metric": metric}
                | is_open
                | {"bar": f"at most {most:.0%}", "met": is_open["rate"] <= most}
            )
    beyond = [one for one in cell if abs(one["true"]) > 2]
    most = 0.05 if (estimator, size) == ("logistic", 40) else 0.10
    for what, bar, is_wrong in (
        ("wrong sign beyond two margins", 0.005, has_wrong_sign),
        ("equal beyond two margins", most, lambda one: one["verdict"] == EQUAL),
    ):
        one = rate(is_wrong(each) for each in beyond)
        lines.append(
            {"what": what, "metric": "all"}
            | one
            | {"bar": f"at most {bar:.1%}", "met": one["rate"] <= bar}
        )
    return lines


def has_wrong_sign(one: dict[str, Any]) -> bool:
    """Tell whether a verdict says better where the truth is a loss, or the other way round."""
    return (one["verdict"] == BETTER and one["true"] < 0) or (
        one["verdict"] == WORSE and one["true"] > 0
    )


def calibration(
    found: list[dict[str, Any]], what: str, said: Any, happened: Any
) -> list[dict[str, Any]]:
    """Return one line per bin of probabilities: what was said, and how often it happened.

    Comparisons of one origin are not independent, so the sampling error is that of the means of origins.
    """
    p = np.array([said(one) for one in found])
    hit = np.array([happened(one) for one in found], dtype=float)
    origins = np.array([one["origin"] for one in found])
    lines = []
    for low in np.arange(N_BINS) / N_BINS:
        inside = (p >= low) & (p < low + 1 / N_BINS + (low == (N_BINS - 1) / N_BINS))
        if inside.sum() < 10:
            continue
        surplus = hit[inside] - p[inside]
        _, place = np.unique(origins[inside], return_inverse=True)
        sums = np.bincount(place, surplus)
        n = len(sums)
        error = float(np.sqrt((sums**2).sum() * n / max(n - 1, 1)) / inside.sum())
        difference = float(surplus.mean())
        lines.append(
            {
                "part": "truth",
                "what": f"P({what})",
                "metric": "all",
                "said": float(p[inside].mean()),
                "rate": float(hit[inside].mean()),
                "low": float(p[inside].mean() + difference - 2.2 * error),
                "high": float(p[inside].mean() + difference + 2.2 * error),
                "n": int(inside.sum()),
                "bar": "what was said lies in the interval",
                "met": bool(abs(difference) <= 2.2 * error),
            }
        )
    return lines


def whole() -> dict[str, tuple[int, int]]:
    """Return how many results there are of how many, by what was run."""
    nulls = {path.stem for path in (RESULTS / "nulls").glob("[!.]*.parquet")}
    truth = {path.stem for path in (RESULTS / "truth").glob("[!.]*.parquet")}
    n_tables = len(panel_of_truth())
    return {
        "nulls": (len(nulls & {setting.name for setting in SETTINGS}), len(SETTINGS)),
        "comparisons": (len({name for name in truth if "#" in name}), n_tables * N_DRAWS),
        "truths": (len({name for name in truth if "#" not in name}), n_tables),
    }


def main() -> None:
    """Add one entry to the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--reason")
    given = parser.parse_args()
    before = json.loads(OUT.read_text(encoding="utf-8")) if OUT.exists() else []
    lines = of_nulls() + of_truth()
    entry = {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "reason": given.reason or "the first run",
        "prior": reference()["provenance"],
        "lines": lines,
    }
    missing = [f"{name}: {n} of {wanted}" for name, (n, wanted) in whole().items() if n < wanted]
    if missing:
        print(f"Not stored, because something was not run: {'; '.join(missing)}.")
    elif before and given.reason is None:
        print("Not stored, because there is a result already: pass --reason TEXT.")
    else:
        text = ",\n".join(json.dumps(one) for one in [*before, entry])
        OUT.write_text(f"[\n{text}\n]\n", encoding="utf-8")
    missed = [line for line in lines if not line["met"]]
    print(f"{len(lines) - len(missed)} of {len(lines)} bars are met.")
    for line in missed:
        print({name: round(v, 3) if isinstance(v, float) else v for name, v in line.items()})


if __name__ == "__main__":
    main()
