"""The report is one page that needs nothing else, and reads without colours, scripts and a mouse."""

from __future__ import annotations

import html
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_classification

import poise
from poise import compare
from poise.comparison import Comparison, pages

VOID = {"meta", "img", "br", "hr", "input", "link"}


class Checked(HTMLParser):
    """Refuses tags that do not close, and remembers what there is."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, Any]]] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_shares_have_a_section_if_they_were_compared(with_ratios: Comparison, page: str) -> None:
    assert "Shares of an approach" in with_ratios.to_html()
    assert "Shares of an approach" not in page


def test_the_page_is_small_and_complete_and_fetches_nothing(page: str) -> None:
    assert len(page.encode()) < 500_000
    checked = Checked()
    checked.feed(page)
    assert not checked.open
    for tag, attributes in checked.seen:
        for name in ("src", "href", "xlink:href"):
            value = attributes.get(name) or "#"
            assert value.startswith(("#", "data:")), (tag, value)
    assert not re.search(r"url\((?!#)", page)
    assert "@import" not in page


def test_thousands_of_points_do_not_make_it_heavy() -> None:
    X, y = make_classification(4000, n_features=6, weights=[0.85], random_state=0)
    large = compare(X, y, estimators=["logistic"], cv=2, n_repeats=1, n_jobs=1, progress=False)
    page = large.to_html()
    assert "2,000 of" in page
    assert len(page.encode()) < 400_000


def test_what_users_wrote_is_escaped(page: str) -> None:
    assert "<script>alert(1)</script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert page.count("<script") == 1


def test_tables_and_pictures_say_what_they_are(page: str) -> None:
    tables = re.findall(r"<table.*?</table>", page, re.DOTALL)
    assert len(tables) >= 4
    assert all("<caption>" in table and 'scope="' in table for table in tables)
    pictures = re.findall(r"<svg[^>]*>", page)
    assert len(pictures) >= 8
    assert all('role="img"' in tag and 'aria-label="' in tag for tag in pictures)
    assert 'lang="en"' in page
    assert "color-scheme: light dark" in page


def test_the_page_holds_the_advice_and_every_arm(page: str, escaped: Comparison) -> None:
    for sentence in escaped.advice:
        assert sentence.split("<")[0][:40] in page
    for estimator, approach in escaped.status:
        assert f"<td>{estimator}</td><td>{approach}</td>" in page


def test_markdown_and_notebooks_have_it_too(result: Comparison, tmp_path: Path) -> None:
    text = result.to_markdown(tmp_path / "r.md")
    assert (tmp_path / "r.md").read_text(encoding="utf-8") == text
    assert f"- {result.advice[0]}" in text
    assert result._repr_html_().count("<tr>") == len(result.status) + 1


def test_words_of_statistics_are_explained_where_they_stand(page: str) -> None:
    assert '<th scope="col" title="Calibration slope: 1 is right' in page
    assert "A setup is one approach with one estimator." in page
    for word in ("unlike models", "In the large", " arm", "tell apart"):
        assert word not in re.sub(
            r"<svg.*?</svg>|<style.*?</style>|<script.*", "", page, flags=re.DOTALL
        )


def test_the_page_says_what_the_unchanged_rows_have_at_half(result: Comparison) -> None:
    value = result.mean(("logistic", "as-is", "as trained", "0.5", "f1"))
    assert f"the unchanged rows have {value:.3f}." in result.to_html()


@pytest.mark.browser
def test_a_real_browser_shows_it(page: str, tmp_path: Path) -> None:
    (tmp_path / "r.html").write_text(page, encoding="utf-8")
    flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={tmp_path / 'profile'}",
    ]
    done = subprocess.run(
        ["chromium", *flags, "--dump-dom", f"file://{tmp_path / 'r.html'}"],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    # The script ran, and made the headers of tables buttons.
    assert done.stdout.count('<th scope="col"><button>') > 20


HOSTILE = ("<script>alert(1)</script>", "a|b\nc", "$x$ [l](javascript:y)", "_`*#{{ 7*7 }}")


@pytest.fixture(scope="module")
def hostile() -> Comparison:
    """Labels, columns, approaches and estimators with names that are marks of every format."""
    X, y = make_classification(200, n_features=4, weights=[0.7], random_state=0)
    return compare(
        pd.DataFrame(X, columns=list(HOSTILE)),
        np.where(y == 1, HOSTILE[1], HOSTILE[0]),
        approaches={HOSTILE[0]: poise.SMOTE(), HOSTILE[1]: "random-over", HOSTILE[3]: "smote@0.5"},
        estimators={HOSTILE[0]: "logistic", HOSTILE[2]: "tree", HOSTILE[3]: "tree"},
        cv=2,
        n_repeats=1,
        n_jobs=1,
        progress=False,
    )


def test_markdown_of_hostile_names_is_text(hostile: Comparison) -> None:
    lines = hostile.to_markdown().splitlines()
    cells = [line for line in lines if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in cells} == {16}
    assert len(cells) == 2 + len(
        [d for d in hostile.differences if hostile.is_fair(d.key) and d.key.approach != "as-is"]
    )
    text = "\n".join(lines)
    assert "<" not in text
    assert re.search(r"(?<!\\)[\[`*$]", text) is None
    assert lines[0].startswith(r"# 60 rows of a\|b c among")


def test_pages_of_hostile_names_are_text(hostile: Comparison) -> None:
    for text in (hostile.to_html(), f"<div>{hostile._repr_html_()}</div>"):
        page = Checked()
        page.feed(text)
        assert not page.open
        assert "<script>alert" not in text
        assert "{{ 7*7 }}" in text
        assert not any(name.startswith("on") for _, attributes in page.seen for name in attributes)
    shown = html.unescape(hostile.to_html())
    assert all(name in shown or " ".join(name.split()) in shown for name in HOSTILE)


def test_what_each_setup_finds_stands_first(result: Comparison) -> None:
    page = result.to_html()
    assert page.index("What each setup finds") < page.index("<svg") < page.index("<h2>The table")
    key = ("logistic", "smote", None, "tuned")
    found, true = (result.mean((*key, f"{name}_by_cost")) for name in ("recall", "precision"))
    at = result.mean((*key, "threshold_by_cost"))
    row = re.search(r"<tr><td>logistic</td><td>smote</td>.*?</tr>", page)
    assert row is not None
    cells = re.findall(r"<td>(.*?)</td>", row.group())
    assert cells[4:] == [f"{100 * found:.0f}", f"{100 * (1 - true):.0f}", f"{at:.3g}"]
    assert page.count('<tr class="advised">') == 1
    assert "cost per row by threshold" in page


def test_columns_parameters_and_costs_are_printed(page: str, result: Comparison) -> None:
    assert "How each column was read" in page
    assert "SMOTE(" in page
    assert "neighbor_space=&#39;standard&#39;" in page
    assert "LogisticRegression(C=1.0" in page
    (_, false_alarm), (miss, _) = result.facts["costs"]
    assert f"{false_alarm:g} for a false alarm, {miss:g} for a missed event" in result.to_html()


def test_a_page_of_many_setups_is_small_and_led_by_its_metric() -> None:
    X, y = make_classification(240, 5, weights=[0.8], random_state=0)
    given = {"ratios": [0.25, 0.5, 0.75], "cv": 3, "n_repeats": 1, "n_jobs": 1}
    estimators = ["logistic", "tree", "k-nn"]
    found = poise.compare(X, y, estimators=estimators, costs=(100, 2000), **given)
    page = found.to_html()
    assert len(page) < 500_000
    assert f"of {len(found.differences):,}".replace(",", "") in page
    assert f"{len(found.status)} setups compared" in page
    names = [name for name, _ in pages._matrix_columns(found)]
    assert names[0] == "cost per row, tuned"
    by_f1 = found.judged(primary_metric="f1")
    assert [name for name, _ in pages._arm_columns(by_f1)][:2] == [
        "F1 tuned",
        "cost per row, tuned",
    ]
    axes = found.plot("threshold")
    low, high = axes.get_ylim()
    lowest = min(min(ys) for _, _, _, ys in found.pictures["threshold"])
    assert low <= lowest < high  # in the units of the costs
    plt.close("all")


def test_advice_does_not_contradict_itself_where_nothing_is_found() -> None:
    rng = np.random.default_rng(4)
    X, y = rng.normal(size=(300, 3)), (np.arange(300) % 7 == 0).astype(int)
    found = poise.compare(
        X,
        y,
        approaches=["smote"],
        estimators=["logistic"],
        costs=(1, 2),
        cv=3,
        n_repeats=1,
        n_jobs=1,
    )
    assert found.advice[0].startswith("At these costs no setup pays")
    assert not any(one.startswith(("Leave", "Use", "On held-out")) for one in found.advice)
    by_f1 = found.judged(primary_metric="average_precision")
    text = " ".join(by_f1.advice[:2])
    assert not ("gains nothing" in text and "at its tuned threshold" in text)
