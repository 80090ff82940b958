"""Small tables of HTML for notebooks: no colours of their own, so they look right in light and in dark ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

STYLE = "text-align:right;font-variant-numeric:tabular-nums"


def table_of(sentence: str, head: Sequence[str], rows: Iterable[Sequence[str | int]]) -> str:
    """Return a sentence and a table below it; the first column holds names, the others counts.

    Examples
    --------
    >>> table_of("One row.", ["class", "rows"], [["<a>", 1000]]).count("&lt;a&gt;")
    1
    """
    names = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    lines = "".join(
        f'<tr><th scope="row">{escape(str(name))}</th>'
        + "".join(f'<td style="{STYLE}">{count:,}</td>' for count in counts)
        + "</tr>"
        for name, *counts in rows
    )
    return (
        f"<div><p>{escape(sentence)}</p><table><thead><tr>{names}</tr></thead>"
        f"<tbody>{lines}</tbody></table></div>"
    )
