"""Published figures come out, in small; benchmarks/probabilities.py has them in full."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "probabilities.py"


@pytest.fixture(scope="module")
def study() -> Any:
    spec = importlib.util.spec_from_file_location("probabilities", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# By how much log-odds move when classes are balanced: log((1 - p) / p).
MOVED = {0.3: -0.85, 0.1: -2.20, 0.01: -4.60}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_van_den_goorberghs_24_scenarios(study: Any) -> None:
    assert len(study.SCENARIOS) == 24
    gains: list[float] = []
    moved: dict[tuple[str, float], list[float]] = {}
    for n, d, prevalence in study.SCENARIOS:
        found = study.scenario(n, d, prevalence, n_draws=1, n_test=5000)
        plain = found["as it is", "raw"]
        for arm in ("random over", "SMOTE"):
            raw, corrected = found[arm, "raw"], found[arm, "corrected"]
            moved.setdefault((arm, prevalence), []).append(raw["in the large"])
            assert raw["log loss"] > 1.1 * plain["log loss"]
            assert corrected["log loss"] < plain["log loss"] * 1.35
            assert corrected["auc"] == pytest.approx(raw["auc"], abs=1e-9)
            gains.append(raw["auc"] - plain["auc"])
    for (_, prevalence), found in moved.items():
        assert np.median(found) == pytest.approx(MOVED[prevalence], abs=0.35)
    assert np.mean(gains) < 0.002  # nor does it rank better


def test_at_one_percent_the_correction_takes_back_what_smote_does(study: Any) -> None:
    # Untouched .054, SMOTE .573, corrected .058; log-odds off by 4.8, in 12 columns.
    found = study.scenario(2500, 12, 0.01, n_draws=6)
    assert found["as it is", "raw"]["log loss"] == pytest.approx(0.054, abs=0.006)
    assert found["SMOTE", "raw"]["log loss"] == pytest.approx(0.573, abs=0.09)
    assert found["SMOTE", "corrected"]["log loss"] == pytest.approx(0.058, abs=0.008)
    assert found["SMOTE", "raw"]["in the large"] == pytest.approx(-4.84, abs=0.5)
    # The slope is not repaired, and no correction says it is.
    assert found["SMOTE", "corrected"]["slope"] < found["as it is", "raw"]["slope"]


def test_boosted_trees_on_the_blog_posts_table(study: Any) -> None:
    # Brier .043 to .027 (untouched .028), log loss .159 to .118 (.117) on three other draws.
    found = study.trees(n_draws=3)
    raw, corrected = found["SMOTE", "raw"], found["SMOTE", "corrected"]
    plain = found["as it is", "raw"]
    for score in ("brier", "log loss"):
        assert raw[score] > 1.25 * plain[score]
        assert corrected[score] == pytest.approx(plain[score], rel=0.12)
    assert np.abs(corrected["in the large"]) < np.abs(raw["in the large"]) / 2
