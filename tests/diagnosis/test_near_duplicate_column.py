"""near-duplicate-column: pairs of columns that say the same."""

from __future__ import annotations

from ordinary import BASE, seen

from poise.diagnosis import _related


def test_columns_that_say_the_same_are_named() -> None:
    table = BASE.assign(
        grams=1000 * BASE["b"], code=BASE["town"].map({t: f"T{t}" for t in "abcdefgh"})
    )
    found = seen(_related.near_duplicate_column, table)
    assert found.status == "tip"
    assert [list(pair) for pair in found.evidence["pairs"]] == [
        ["column 'b'", "column 'grams'"],
        ["column 'town'", "column 'code'"],
    ]
