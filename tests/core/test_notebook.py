"""What notebooks show: tables without colours of their own, with everything escaped, and text where jinja2 is missing."""

from __future__ import annotations

import re
import sys
from typing import Any

import numpy as np
import pytest

import poise
from poise import SMOTE, SMOTETomek
from poise.core.notebook import table_of

rng = np.random.RandomState(0)
X = np.vstack([rng.normal(size=(60, 3)), rng.normal(1.0, size=(20, 3))])
y = np.repeat(["no", "<b>yes</b>"], [60, 20])


@pytest.fixture(scope="module")
def shown() -> dict[str, Any]:
    return {
        "Resampled": poise.resample(X, y, method="smote-tomek", random_state=0),
        "Plan": SMOTETomek(random_state=0).fit(X, y).plan_,
        "Diagnosis": poise.diagnose(X, y),
        "Comparison": poise.compare(
            X, y, approaches=["smote"], estimators=["logistic"], n_repeats=1, n_jobs=1
        ),
        "sampler": SMOTE(random_state=0).fit(X, y),
    }


@pytest.mark.parametrize("name", ["Resampled", "Plan", "Diagnosis", "Comparison", "sampler"])
def test_every_result_has_a_representation_for_notebooks_that_loads_nothing(
    shown: dict[str, Any], name: str
) -> None:
    html = shown[name]._repr_html_()
    assert html.count("<table") == html.count("</table>") >= (name != "Diagnosis")
    assert "<b>yes</b>" not in html
    assert not re.search(r"(?:src|href)=\"(?!#)(?!https?://)[^\"]*\"", html)


@pytest.mark.parametrize("name", ["Resampled", "Plan", "Diagnosis", "Comparison"])
def test_the_colours_are_those_of_the_notebook(shown: dict[str, Any], name: str) -> None:
    assert not re.search(r"(?:color|background)[\w-]*:", shown[name]._repr_html_())


def test_the_counts_are_those_of_the_result(shown: dict[str, Any]) -> None:
    result = shown["Resampled"]
    (yes, no) = result.facts["classes"].values()
    assert yes["after"] == yes["before"] - yes["removed"] + yes["new"]
    cells = re.findall(r"<td[^>]*>([\d,]+)</td>", result._repr_html_())
    assert [int(cell) for cell in cells] == [*yes.values(), *no.values()]
    plan = shown["Plan"]
    origins, counts = np.unique(plan.lineage().origin, return_counts=True)
    for origin, count in zip(origins, counts, strict=True):
        assert re.search(rf">{origin}</th><td[^>]*>{count}</td>", plan._repr_html_())


def test_without_jinja2_a_notebook_shows_the_text(
    shown: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    assert shown["Comparison"]._repr_html_() is None
    assert shown["Diagnosis"]._repr_html_() is None
    assert "<table" in shown["Resampled"]._repr_html_()


def test_thousands_are_separated_and_names_escaped() -> None:
    html = table_of("<i>", ["class", "rows"], [["a & b", 12345]])
    assert "&lt;i&gt;" in html
    assert "a &amp; b" in html
    assert "12,345" in html
