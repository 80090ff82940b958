"""Markdown: whatever the user wrote is text, and tables keep their columns."""

from __future__ import annotations

import pytest

from poise.report.markdown import escaped, table


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, 1.5 (ok): a/b & c", "plain, 1.5 (ok): a/b &amp; c"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("&lt;", "&amp;lt;"),
        ("a|b", r"a\|b"),
        ("[x](javascript:y)", r"\[x\](javascript:y)"),
        ("![x](y)", r"\!\[x\](y)"),
        ("`code` *b* _i_ ~s~ $m$", r"\`code\` \*b\* \_i\_ \~s\~ \$m\$"),
        ("\\", r"\\"),
        ("# title", r"\# title"),
        ("- item", r"\- item"),
        ("12. item", r"12\. item"),
        ("===", r"\==="),
        ("a\n\n    b\r\x1b[2Jc\u2028d\x00", r"a b \[2Jc d"),
        ("1.5 is a number", r"1\.5 is a number"),
        ("a\udcffb", "a b"),
        ("", ""),
    ],
)
def test_marks_are_shown_as_they_are(text: str, shown: str) -> None:
    assert escaped(text) == shown


def test_every_row_of_a_table_has_its_cells() -> None:
    rows = [["a|b\nc", "-0.5"], ["<i>", "+0.5"], ["", "1 to 2"]]
    lines = table(["name", "gain"], rows)
    assert lines == [
        "| name | gain |",
        "| --- | --- |",
        r"| a\|b c | -0.5 |",
        "| &lt;i&gt; | +0.5 |",
        "|  | 1 to 2 |",
    ]
