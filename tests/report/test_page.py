"""HTML pages: strings are escaped, and a missing library has an installation command."""

from __future__ import annotations

import sys

import jinja2
import pytest

from poise.core.errors import MissingDependencyError
from poise.report.page import rendered

FINDING = {"name": "a", "code": "P01", "status": "issue", "severity": "error", "why": "Because."}
FINDING |= {"message": "Column <script> leaks.", "advice": "Leave it out."}


def test_strings_of_the_user_are_escaped() -> None:
    page = rendered("findings.html", {"diagnosis": {"findings": [FINDING], "picture": None}})
    assert "Column &lt;script&gt; leaks." in page
    assert "<script>" not in page


def test_a_value_that_a_template_needs_must_be_given() -> None:
    with pytest.raises(jinja2.UndefinedError, match="diagnosis"):
        rendered("findings.html", {})


def test_a_page_without_jinja2_raises_an_error_with_the_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(MissingDependencyError, match=r'pip install "poise\[report\]"'):
        rendered("findings.html", {})


def test_half_a_character_can_be_written() -> None:
    context = {"advice": ["a\udcffb"], "arm_names": [], "arms": []}
    assert "a\ufffdb" in rendered("notebook.html", context).encode().decode()
