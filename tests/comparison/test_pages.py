"""The report is one page that needs nothing else, and reads without colours, scripts and a mouse."""

from __future__ import annotations

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_classification

from poise import compare
from poise.comparison import Comparison
from poise.core.errors import InputError, UnknownNameError

mpl.use("Agg")

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


@pytest.fixture(scope="module")
def result() -> Comparison:
    X, y = make_classification(500, n_features=4, weights=[0.85], random_state=0)
    table = pd.DataFrame(X, columns=["a", "b", "<c>", "d"])
    labels = np.where(y == 1, "<script>alert(1)</script>", "fine")
    return compare(table, labels, cv=3, n_repeats=1, n_jobs=1, progress=False)


@pytest.fixture(scope="module")
def page(result: Comparison) -> str:
    return result.to_html()


def test_ratios_are_drawn_where_they_were_compared(result: Comparison, page: str) -> None:
    X, y = make_classification(300, n_features=4, weights=[0.85], random_state=0)
    few = {"approaches": ["smote"], "estimators": ["logistic"], "cv": 3, "n_repeats": 1}
    found = compare(X, y, **few, ratios=[0.5], n_jobs=1, progress=False)
    axes = found.plot("ratio", "log_loss")
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["0.0", "0.5", "1.0"]
    plt.close(axes.figure)
    assert "More or less of it" in found.to_html()
    assert found.plot("pr").get_legend_handles_labels()[1] == ["as-is", "smote"]
    assert "More or less of it" not in page
    with pytest.raises(InputError, match=r"Pass ratios=\[0.25, 0.5\]"):
        result.plot("ratio")


def test_the_page_is_small_whole_and_fetches_nothing(page: str) -> None:
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
    large = compare(X, y, estimators=["logistic"], cv=2, n_repeats=1, progress=False)
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


def test_the_page_holds_the_advice_and_every_arm(page: str, result: Comparison) -> None:
    for sentence in result.advice:
        assert sentence.split("<")[0][:40] in page
    for learner, approach in result.status:
        assert f"<td>{learner}</td><td>{approach}</td>" in page


def test_markdown_and_notebooks_have_it_too(result: Comparison, tmp_path: Path) -> None:
    text = result.to_markdown(tmp_path / "r.md")
    assert (tmp_path / "r.md").read_text(encoding="utf-8") == text
    assert f"- {result.advice[0]}" in text
    assert result._repr_html_().count("<tr>") == len(result.status) + 1


@pytest.mark.parametrize("kind", ["forest", "gain", "pr", "reliability", "threshold"])
def test_pictures_are_drawn(result: Comparison, kind: str) -> None:
    axes = result.plot(kind)
    assert axes.get_title()
    mpl.pyplot.close(axes.figure)


def test_pictures_that_are_not_there_are_told(result: Comparison) -> None:
    with pytest.raises(UnknownNameError, match="There is no picture 'bars'"):
        result.plot("bars")
    with pytest.raises(UnknownNameError, match="Did you mean 'f1'"):
        result.plot("forest", "f11")
    with pytest.raises(InputError, match="no differences in cost"):
        result.plot("forest", "cost")


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Chromium")
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
