"""Write docs/checks.md: a section for each check of `poise.diagnose`, with an example of each outcome.

    python docs/make_checks.py

Examples are what the checks say about tables that ship with Poise, and about tables with a fault.
"""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

import poise
from poise.datasets import load_abalone, load_hypothyroid, load_wine_quality
from poise.diagnosis import CHECKS, Finding

PAGE = Path(__file__).parent / "checks.md"
HEAD = """# The checks of a table

What does each check of `poise.diagnose` look at, when does it speak, and what does it say then?

Codes and names are stable: `mute=["P12"]` or `mute=["enough-rows"]` leaves a check out (`--mute` in the command), and
`--fail-on warning` makes the command fail if a finding is at least a warning. An *issue* needs attention; a *tip* is worth
knowing; a check *passed*, or is *not applicable*. *The event* is the class of interest, by default the rarer one. With several
classes, checks of a class are made for each class of at least 20 rows against all others, and a finding names the classes. The
sentences below are what the checks say about tables that ship with Poise, and about tables with a fault.
[When SMOTE falls short](diagnosis.md) shows how to call them.
"""
WORDS = {
    "issue": "An issue",
    "tip": "A tip",
    "passed": "Passed",
    "not applicable": "Not applicable",
}


def tables() -> Iterator[tuple[Any, np.ndarray]]:
    """Yield tables with and without faults."""
    rng = np.random.RandomState(0)
    for load in (load_abalone, load_hypothyroid, load_wine_quality):
        data = load()
        table = data.frame("pandas")
        y = table.pop(data.target)
        yield table, (y == y.value_counts().idxmin()).to_numpy()
    n = 600
    y = np.arange(n) < 60
    base = pd.DataFrame(rng.normal(size=(n, 3)), columns=["income", "age", "tenure"])
    yield base, y  # labels that mean nothing
    rises = pd.DataFrame(rng.normal(size=(4000, 30)))
    rises[np.arange(4000) < 60] += 0.25
    yield rises.rename(columns=str), np.arange(4000) < 60
    yield pd.DataFrame(rng.normal(size=(n, 300))).rename(columns=str), y
    clusters = 2 * rng.normal(size=(n, 5))
    clusters[y] = 2 * rng.normal(size=(20, 5))[np.arange(60) // 3] + 0.1 * rng.normal(size=(60, 5))
    yield pd.DataFrame(clusters).rename(columns=str), y
    yield base, np.arange(n) < 5
    lone = base.copy()
    lone.iloc[40:60] += 6
    yield lone, y
    yield pd.concat([base, base[:100]], ignore_index=True), np.append(y, y[:100])
    yield pd.concat([base, base[:40]], ignore_index=True), np.append(y, ~y[:40])
    yield base.assign(income=1000 * base["income"].to_numpy()), y
    yield base.assign(customer=[f"C{i:04d}" for i in range(n)]), y
    yield base.assign(customer=[f"C{i // 3:04d}" for i in rng.permutation(n)]), y
    yield base.assign(card=[f"C{i % 24:04d}" for i in range(n)]), y
    yield base.assign(refund=y + rng.uniform(0, 0.5, n)), y
    yield base.assign(town=np.where(np.arange(n) < 30, "Lima", "Rome")), y
    yield base.assign(country="IT", beta=np.where(np.arange(n) < 2, "yes", "no")), y
    yield base.assign(day=np.sort(rng.randint(0, 90, n))), y
    yield base.assign(price=[f"{x:.2f}" for x in rng.normal(size=n)]), y
    yield base.assign(age=np.where(rng.uniform(size=n) < 0.2, -999, rng.poisson(40, n))), y
    yield base.assign(cents=100 * base["income"]), y
    yield base.assign(total=base.sum(axis=1)), y
    flags = pd.get_dummies(rng.choice(list("abc"), n), prefix="plan").astype(float)
    yield pd.concat([base, flags], axis=1), y
    yield pd.DataFrame(rng.normal(size=(n, 20))).rename(columns=str), y
    yield pd.concat([base, base[-3:]], ignore_index=True), np.append(y, y[-3:])
    yield base, np.arange(n) < 20
    yield pd.DataFrame({"town": list("aabbccaabbcc")}), np.arange(12) < 4
    yield sparse.csr_array(rng.poisson(0.1, (n, 40)).astype(float)), y
    rare = pd.DataFrame(rng.normal(size=(15_000, 3))).rename(columns=str)
    rare[np.arange(15_000) < 120] += 1
    yield rare, np.arange(15_000) < 120


def examples() -> dict[tuple[str, str], Finding]:
    """Return the first finding of each check with each status."""
    found: dict[tuple[str, str], Finding] = {}
    for X, y in tables():
        for one in poise.diagnose(X, y, pos_label=True).findings:
            found.setdefault((one.code, one.status), one)
    return found


def main() -> None:
    """Write the page."""
    warnings.simplefilter("ignore")
    found, parts = examples(), [HEAD]
    for check, _ in CHECKS:
        parts.append(f"## {check.code} {check.name}\n")
        parts.append(textwrap.fill(check.why, 120) + "\n")
        for status, words in WORDS.items():
            one = found.get((check.code, status))
            if one is not None:
                severity = f" ({one.severity})" if one.severity else ""
                advice = f" *{one.advice}*" if one.advice else ""
                parts.append(
                    textwrap.fill(f"**{words}{severity}**: {one.message}{advice}", 120) + "\n"
                )
    PAGE.write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
