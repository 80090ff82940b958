"""The pages that results write, opened as files: no errors, no requests, accessible, readable on a phone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browsers import BROKEN_IMAGES, OVERFLOWS, serious, watched

import poise
from poise.datasets import load_hypothyroid, load_wine_quality

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("reports")
    thyroid, wine = load_hypothyroid(), load_wine_quality()
    X = thyroid.frame("pandas")
    y = X.pop(thyroid.target)
    whole = wine.frame("pandas")
    paths = {name: folder / f"{name}.html" for name in ("compare", "diagnose", "resample")}
    poise.compare(
        X, y, approaches=["smote", "class-weights"], estimators=["logistic"], n_repeats=1, n_jobs=1
    ).to_html(paths["compare"])
    poise.diagnose(X, y).to_html(paths["diagnose"])
    poise.resample(whole, target="target", method="smote-tomek").to_html(paths["resample"])
    return paths


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", ["compare", "diagnose", "resample"])
def test_a_report_is_a_page_for_everybody(
    browser: Any, written: dict[str, Path], name: str, width: int, scheme: str
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    problems = watched(page, "file:")
    page.goto(written[name].as_uri())
    assert problems == []
    assert page.evaluate(BROKEN_IMAGES) == []
    assert page.evaluate(OVERFLOWS) <= 0
    assert serious(page) == []
    page.close()
