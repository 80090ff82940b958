"""The statistics of the reference study: means over origins, claims by their rules, and the prior of the package."""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks" / "study"


def test_the_interval_of_a_mean_covers_it(study: SimpleNamespace) -> None:
    rng = np.random.default_rng(0)
    inside, spreads = [], []
    for _ in range(300):
        v = rng.uniform(0.1, 1, 20)
        found = study.random_effects.pooled(
            0.3 + 0.5 * rng.standard_normal(20) + np.sqrt(v) * rng.standard_normal(20), v
        )
        inside.append(found.low <= 0.3 <= found.high)
        spreads.append(found.spread)
    assert 0.91 <= np.mean(inside) <= 0.985
    assert np.mean(spreads) == pytest.approx(0.5, abs=0.1)


def test_without_spread_the_mean_is_weighted_by_precision(study: SimpleNamespace) -> None:
    y, v = np.array([0.0, 0.1, 0.05]), np.array([1.0, 4.0, 1.0])
    found = study.random_effects.pooled(y, v)
    assert found.spread == 0
    assert found.mean == pytest.approx((y / v).sum() / (1 / v).sum())
    assert found.chance_above(found.mean) == pytest.approx(0.5)


def test_a_slope_is_found(study: SimpleNamespace) -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 3, 80)
    v = np.full(80, 0.04)
    found = study.random_effects.pooled(1 - 0.5 * x + 0.3 * rng.standard_normal(80), v, x)
    assert found.low < -0.5 < found.high
    assert found.high < 0


def test_each_origin_counts_once(study: SimpleNamespace) -> None:
    y, v, names = study.random_effects.by_origin([1.0, 3.0, 5.0], [0.2, 0.2, 0.1], ["a", "a", "b"])
    assert names == ["a", "b"]
    assert y.tolist() == [2.0, 5.0]
    assert v == pytest.approx([0.02, 0.01])


def gains_of(study: SimpleNamespace, mean: float, rng: np.random.Generator) -> list[object]:
    """Return gains on 40 tables around a mean, in margins."""
    return [
        study.analysis.Gained(
            f"o{n}", f"t{n}", mean + 0.1 * rng.standard_normal(), 0.1, mean, 10.0 + n
        )
        for n in range(40)
    ]


@pytest.mark.parametrize(("gain", "expected"), [(0.0, "confirmed"), (3.0, "refuted")])
def test_a_claim_is_judged_by_its_rule(study: SimpleNamespace, gain: float, expected: str) -> None:
    rng = np.random.default_rng(0)
    found = defaultdict(list)
    for estimator in study.analysis.TUNED:
        for value in ("roc_auc", "average_precision"):
            found[estimator, "smote", value, 150] = gains_of(study, gain, rng)
    assert study.analysis.strong_ranking(found)["verdict"] == expected


def test_no_data_confirm_and_refute_nothing(study: SimpleNamespace) -> None:
    for test in study.analysis.CLAIMS:
        assert test(defaultdict(list))["verdict"] == "not measured"


def test_every_claim_of_the_page_has_its_test(study: SimpleNamespace) -> None:
    lines = (FOLDER / "claims.md").read_text(encoding="utf-8").splitlines()
    numbers = [line.split("|")[1].strip() for line in lines if line.startswith("| ")]
    assert [n for n in numbers if n.isdigit()] == [
        str(n) for n in range(1, len(study.analysis.CLAIMS) + 1)
    ]
    for number, test in enumerate(study.analysis.CLAIMS, start=1):
        assert test.__doc__.startswith(f"Claim {number}: ")


def test_a_null_is_stored_and_its_rates_are_read(
    study: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nulls").mkdir()
    monkeypatch.setattr(study.nulls, "RESULTS", tmp_path / "nulls")
    monkeypatch.setattr(study.acceptance, "RESULTS", tmp_path)
    arguments = ["nulls.py", "--only", "logistic 300 45", "--draws", "2", "--jobs", "1"]
    monkeypatch.setattr(sys, "argv", arguments)
    study.nulls.main()
    lines = study.acceptance.of_nulls()
    assert {line["what"] for line in lines} == {"better or worse", "Use X"}
    assert {line["n"] for line in lines} == {2}
    assert {line["prior"] for line in lines} == {"reference", "flat"}
    monkeypatch.setattr(study.acceptance, "OUT", tmp_path / "acceptance.json")
    monkeypatch.setattr(sys, "argv", ["acceptance.py"])
    study.acceptance.main()
    assert not (tmp_path / "acceptance.json").exists()  # most of it was not run
