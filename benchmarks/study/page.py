"""The sections of docs/evidence.md on the reference study: mean gains, claims, and what was promised beside what came."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from analysis import APPROACHES, SIZE

RESULTS = Path(__file__).parents[1] / "results"
NAMES = {
    "logistic": "logistic",
    "boosting": "boosted trees",
    "forest": "random forest",
    "k-nn": "k-NN",
    "xgboost": "XGBoost",
    "lightgbm": "LightGBM",
    "catboost": "CatBoost",
}
SHOWN = {
    "PR AUC": ("average_precision", 0.02),
    "ROC AUC": ("roc_auc", 0.01),
    "F1, both tuned": ("f1 tuned", 0.02),
    "log loss, prior corrected": ("log_loss corrected", None),
}


def stored(name: str) -> Any:
    """Return results, or None if there are none yet."""
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def study_lines() -> list[str]:
    """Return the section on the study; nothing before it has been analysed."""
    found = stored("study_analysis")
    if found is None:
        return []
    return [
        "## The reference study",
        "",
        f"{found['tables']} tables of {found['origins']} origins from published packages, cut to 12, 40, 150 and 500 events at "
        f"their own prevalence; eight approaches, seven estimators, 5 x 5 folds, {found['hours']:.1f} hours of CPU "
        "(`make study`). The claims, their estimands and rules, and the twelve held-out origins were written down before the "
        "first fit ([claims](../benchmarks/study/claims.md)). Mean gains over origins at 150 events, at the *same* kind of "
        "threshold, with 95 % intervals (random effects, Knapp and Hartung), and the chance that the gain on a new origin, the error of the mean "
        "included, is worth having (more than the margin: 0.01 of ROC AUC, 0.02 of PR AUC and F1, 2 % of the log loss of predicting the "
        "prevalence; log losses are in margins). Errors below a tenth of a margin count as a tenth:",
        "",
        f"| estimator | approach | {' | '.join(SHOWN)} |",
        f"|---|---|{'---|' * len(SHOWN)}",
        *(line for name in NAMES for line in _rows_of(found["means"], name)),
        "",
        "PR AUC depends on the share of events, so its gains are averaged over tables with different shares; they are not "
        "comparable between tables one by one.",
        "",
        *_on_the_prior(),
        "## Claims",
        "",
        "By the rules that were written before the study; the figures of each are in `benchmarks/results/study_analysis.json`.",
        "",
        "| | claim | verdict | figures |",
        "|---|---|---|---|",
        *(
            f"| {number} | {one['claim']} | **{one['verdict']}** | {_figures(one['figures'])} |"
            for number, one in found["claims"].items()
        ),
        "",
    ]


def _on_the_prior() -> list[str]:
    """Return how the prior of gains was chosen."""
    fits = "; ".join(f"{power}: {value:.3f}" for power, value in stored("prior_powers").items())
    return [
        "The prior of a gain in `compare` is fitted to those of the same approach, estimator and number of events. Tables on "
        "which gains are measured with larger errors have larger gains and losses: the scale of the prior is proportional to the "
        f"error to the power of 0.75, with which the gains of the study are likeliest (mean log-likelihood per origin, by power: {fits}; "
        "`benchmarks/study/prior.py --powers`). Errors of rankings and decisions are a little too large where approaches rank rows alike "
        '(`benchmarks/study/nulls.py`, "seeds": gains in errors have standard deviations of 0.6 to 0.9), so they are multiplied by 0.85 in the fit; what '
        "is taken for noise cannot be taken for differences between tables. Verdicts use the whole errors.",
        "",
    ]


def _rows_of(means: dict[str, Any], estimator: str) -> list[str]:
    """Return the rows of one estimator in the table of mean gains."""
    lines = []
    for approach in APPROACHES:
        cells = [
            _cell(means.get(f"{estimator} | {approach} | {value} | {SIZE}"), margin)
            for value, margin in SHOWN.values()
        ]
        if any(cells):
            lines.append(f"| {NAMES[estimator]} | {approach} | {' | '.join(cells)} |")
    return lines


def _cell(one: dict[str, float] | None, margin: float | None) -> str:
    """Return a mean gain in the unit of the metric, or in margins."""
    if one is None:
        return ""
    unit, digits = (margin, 3) if margin is not None else (1.0, 1)
    mean, low, high = (one[name] * unit for name in ("mean", "low", "high"))
    numbers = f"{mean:+.{digits}f} ({low:+.{digits}f} to {high:+.{digits}f})"
    return f"{numbers}; {_percent(one['p_gain'])}"


def _percent(p: float) -> str:
    return "below 1 %" if p < 0.005 else f"{100 * p:.0f} %"


def _figures(figures: dict[str, Any]) -> str:
    """Return the figures of a claim; the first six if there are more."""
    texts = []
    for name, one in list(figures.items())[:6]:
        value = next(one[key] for key in ("share", "range", "mean") if key in one)
        texts.append(f"{name}: {value:+.2f} ({one['low']:+.2f} to {one['high']:+.2f})")
    more = f"; and {len(figures) - 6} more" if len(figures) > 6 else ""
    return "; ".join(texts) + more


def acceptance_lines() -> list[str]:
    """Return what was promised beside what came, run by run; nothing before the first run."""
    found = stored("acceptance")
    if found is None:
        return []
    lines = [
        "## Does `compare` keep what it promises?",
        "",
        "`make bench-evidence`: settings in which all approaches are equal, and twelve origins of tables that nothing was learnt "
        "from. The bars were set before the first run; its figures are never changed, and later runs stand below with their "
        "reason.",
        "",
    ]
    for run in found:
        missed = [line for line in run["lines"] if not line["met"]]
        lines += [
            f"**{run['date']}, {run['reason']}**: {len(run['lines']) - len(missed)} of {len(run['lines'])} bars are met.",
            "",
            "| what | where | rate | 95 % interval | bar | met |",
            "|---|---|---|---|---|---|",
            *(_acceptance_row(line) for line in _worst_first(run["lines"])),
            "",
        ]
    return lines


def _worst_first(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the lines of the truth panel and those that miss a bar; of nulls, the worst of each kind and prior."""
    nulls = [line for line in lines if line["part"] == "null"]
    worst: dict[tuple[str, str], dict[str, Any]] = {}
    for line in nulls:
        kind = (line["what"], line["prior"])
        worst[kind] = max(worst.get(kind, line), line, key=lambda one: one["rate"])
    kept = [line for line in nulls if not line["met"] or line in worst.values()]
    return kept + [line for line in lines if line["part"] == "truth"]


def _acceptance_row(line: dict[str, Any]) -> str:
    names = ("setting", "prior", "estimator", "size", "metric")
    where = ", ".join(str(line[name]) for name in names if name in line)
    said = f"{line['said']:.2f} said, " if "said" in line else ""
    return (
        f"| {line['what']} | {where} | {said}{line['rate']:.1%} | {line['low']:.1%} to {line['high']:.1%} of {line['n']} | "
        f"{line['bar']} | {'yes' if line['met'] else '**no**'} |"
    )
