"""Text of the user in Markdown: shown as it is, whatever it holds."""

from __future__ import annotations

import html
import re

_MARKS = re.compile(r"([\\`*_{}\[\]|~$#!])")
# At the beginning of a line: a list, a heading or a rule.
_STARTS = re.compile(r"^([-+=]|\d+(?=[.)]))")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


def escaped(text: str) -> str:
    r"""Return a text for a line or a cell of Markdown, without tags, marks, links and line breaks.

    Examples
    --------
    >>> print(escaped("<b>no|pe</b>"))
    &lt;b&gt;no\|pe&lt;/b&gt;
    >>> print(escaped("1. [x](http://y)"))
    1\. \[x\](http://y)
    """
    plain = " ".join(_CONTROLS.sub(" ", text).split())
    marked = _MARKS.sub(r"\\\1", html.escape(plain, quote=False))
    start = _STARTS.match(marked)
    if start is None:
        return marked
    place = start.end() if marked[0].isdigit() else 0
    return f"{marked[:place]}\\{marked[place:]}"


def table(names: list[str], rows: list[list[str]]) -> list[str]:
    """Return a table as lines of Markdown."""
    lines = [names, ["---"] * len(names)]
    cells = [[_cell(cell) for cell in row] for row in rows]
    return [f"| {' | '.join(line)} |" for line in [*lines, *cells]]


def _cell(text: str) -> str:
    """Return the text of a cell, in which signs of numbers begin no list."""
    shown = escaped(text)
    return shown[1:] if shown.startswith(("\\+", "\\-")) else shown
