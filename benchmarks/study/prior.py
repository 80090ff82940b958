"""Fit the prior of gains to the results of the study, and write it into the package.

    python benchmarks/study/prior.py [--check] [--powers]

Reads benchmarks/results/study/*.parquet, refuses everything of the held-out origins, and writes
src/poise/study/reference.json: for each estimator, approach and value (metric, prior, threshold) the location and
scale of the prior at 12, 40, 150 and 500 events, and how precisely 5 x 5 folds measured gains.
--check   write nothing; exit with 1 if the file differs from what the results give
--powers  write benchmarks/results/prior_powers.json instead: how likely the gains of the study are if the scale of the
          prior is proportional to powers of a table's error
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from design import SIZES
from held_out import refuse_held_out
from run import RESULTS, about

from poise.comparison.metrics import METRICS, Key
from poise.study.effect_prior import SCALES, fit_prior
from poise.study.gains import Gain, measured
from poise.study.statistics import Measured

REFERENCE = Path(__file__).parents[2] / "src" / "poise" / "study" / "reference.json"
RATIO = 1 / 4  # of test to training rows in five folds
FEWEST_ORIGINS = 8
POWERS = (0.0, 0.25, 0.5, 0.75, 1.0)
POWERS_FILE = RESULTS.parent / "prior_powers.json"
# On tables where approaches are equally good and rank rows alike (nulls.py, "seeds", with other seeds), gains of rankings
# and decisions in errors have standard deviations of 0.52 to 1.01, half of them below 0.84; those of probabilities about 1.
OVERSTATED = 1 / 0.85


def stored_gains(path: Path) -> Iterator[tuple[Key, Gain]]:
    """Yield the gains in a file of results."""
    for line in pq.read_table(path).to_pylist():
        arrays = (np.array(line[name]) for name in ("by_repeat", "weights", "by_fold"))
        numbers = (line[name] for name in ("row_variance", "freedom", "likeness"))
        yield Key(*(line[name] for name in Key._fields)), Gain(*arrays, *numbers)


def measured_gains(
    path: Path, facts: Mapping[str, Any]
) -> Iterator[tuple[Key, Gain, Measured, float]]:
    """Yield gains with their errors, as a comparison has them, and the margin; those without an error are left out.

    Parameters
    ----------
    path : Path
    facts : mapping
        "n_rows" and "n_events" of the table.
    """
    for key, gain in stored_gains(path):
        result = measured(gain, RATIO)
        if np.isfinite(result.error):
            yield key, gain, result, METRICS[key.metric].usual_margin(facts)


def collected() -> tuple[dict[tuple[str, int], list[tuple[str, float, float]]], dict[str, Any]]:
    """Return (origin, gain, error) in margins by name and size, and the half-widths of intervals."""
    found: dict[tuple[str, int], list[tuple[str, float, float]]] = defaultdict(list)
    halves: dict[tuple[str, str], list[tuple[str, float]]] = defaultdict(list)
    paths = sorted(RESULTS.glob("[!.]*.parquet"))
    facts = [about(path) for path in paths]
    refuse_held_out(
        [one["origin"] for one in facts],
        [one["sha256"] for one in facts],
        [mark for one in facts for mark in one["marks"]],
    )
    for path, one in zip(paths, facts, strict=True):
        for key, _, result, margin in measured_gains(path, one):
            name = f"{key.estimator} | {key.approach} | {key.value}"
            found[name, one["size"]].append(
                (one["origin"], result.mean / margin, result.error / margin)
            )
            if key[2:4] == METRICS[key.metric].baseline and one["size"] >= SIZES[1]:
                half = 1.96 * result.normal_error * np.sqrt(one["n_events"])
                halves[key.estimator, key.metric].append((one["origin"], half))
    return found, {"halves": halves, "facts": facts}


def reference() -> dict[str, Any]:
    """Return the content of the package's file."""
    found, rest = collected()
    priors: dict[str, list[list[float]]] = defaultdict(list)
    for (name, size), gains in sorted(found.items(), key=lambda item: (item[0][0], item[0][1])):
        origins, x, errors = zip(*gains, strict=True)
        n_origins = len(set(origins))
        if n_origins >= FEWEST_ORIGINS:
            metric = METRICS[name.rpartition(" | ")[2].partition(" ")[0]]
            is_probability = metric.family == "probability"
            fit = fit_prior(x, errors, origins, overstated=1.0 if is_probability else OVERSTATED)
            numbers = (*fit.prior, fit.typical_error)
            priors[name].append([size, *(round(number, 3) for number in numbers), n_origins])
    half_widths: dict[str, dict[str, float]] = defaultdict(dict)
    for (estimator, metric), values in sorted(rest["halves"].items()):
        of_origins: dict[str, list[float]] = defaultdict(list)
        for origin, half in values:
            of_origins[origin].append(half)
        median = np.median([np.median(halves) for halves in of_origins.values()])
        half_widths[estimator][metric] = round(float(median), 3)
    facts = rest["facts"]
    return {
        "format": 2,
        "provenance": {
            "study": "benchmarks/study, docs/evidence.md",
            "tables": len({one["table"] for one in facts}),
            "origins": len({one["origin"] for one in facts}),
            "comparisons": len(facts),
            "claims": sorted({one["claims"] for one in facts}),
            "margins": {name: m.width for name, m in METRICS.items() if m.has_verdict},
            "versions": facts[0]["versions"],
        },
        "priors": priors,
        "half_widths": half_widths,
    }


def likelihoods() -> dict[str, float]:
    """Return the mean log-likelihood per origin of gains at 40 and 150 events, like compared with like, by power."""
    found, _ = collected()
    fair = {
        " ".join([metric.name, *(part for part in metric.baseline if part)])
        for metric in METRICS.values()
        if metric.has_verdict
    }
    some = [
        gains
        for (name, size), gains in found.items()
        if size in SIZES[1:3] and name.rpartition(" | ")[2] in fair
    ]
    totals = {}
    for power in POWERS:
        fits, n_origins = 0.0, 0
        for gains in some:
            origins, x, errors = zip(*gains, strict=True)
            if len(set(origins)) >= FEWEST_ORIGINS:
                fits += fit_prior(x, errors, origins, power=power).fit
                n_origins += len(set(origins))
        totals[f"{power:g}"] = round(fits / n_origins, 4)
    return totals


def as_text(content: dict[str, Any]) -> str:
    """Return the file: one line per prior, so that changes can be read."""
    lines = ["{"]
    for name, part in content.items():
        if name in ("priors", "half_widths"):
            inner = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in part.items()]
            text = "{\n" + ",\n".join(inner) + "\n }"
        else:
            text = json.dumps(part)
        lines.append(f" {json.dumps(name)}: {text},")
    return "\n".join(lines).rstrip(",") + "\n}\n"


def main() -> None:
    """Write the file, or compare it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--powers", action="store_true")
    given = parser.parse_args()
    if given.powers:
        POWERS_FILE.write_text(json.dumps(likelihoods()) + "\n", encoding="utf-8")
        print(f"Written: {POWERS_FILE}")
        return
    content = reference()
    text = as_text(content)
    scales = np.array([size[2] for sizes in content["priors"].values() for size in sizes])
    for end in (SCALES[0], SCALES[-1]):
        n = int(np.isclose(scales, end, atol=5e-4).sum())
        print(f"{n} of {len(scales)} scales are at {end:.2f}, an end of what is tried.")
    if not given.check:
        REFERENCE.write_text(text, encoding="utf-8")
        print(f"Written: {REFERENCE}")
    elif text != REFERENCE.read_text(encoding="utf-8"):
        sys.exit(f"{REFERENCE} is not what the results give; run {Path(__file__).name}.")


if __name__ == "__main__":
    main()
