"""repeated-identifier: groups of rows, such as customers, by their names."""

from __future__ import annotations

from ordinary import BASE, RNG, N, seen

from poise.diagnosis import _related


def test_customers_with_a_few_rows_each_are_groups() -> None:
    names = [f"C{n // 3:04d}" for n in RNG.permutation(N)]
    found = seen(_related.repeated_identifier, BASE.assign(customer=names))
    assert found.status == "issue"
    assert list(found.evidence["columns"]) == ["column 'customer'"]
    assert "groups=" in found.advice
    different = BASE.assign(customer=[f"C{n}" for n in range(N)])
    assert seen(_related.repeated_identifier, different).status == "passed"
    assert seen(_related.repeated_identifier, BASE[:40]).status == "not applicable"


def test_numbers_held_as_text_are_not_customers() -> None:
    prices = BASE.assign(price=[f"{n / 2:.2f}" for n in RNG.permutation(N) // 3])
    assert seen(_related.repeated_identifier, prices).status == "passed"


def test_codes_with_many_rows_each_may_be_groups() -> None:
    cards = [f"C{n:04d}" for n in RNG.permutation(N) % (N // 25)]
    found = seen(_related.repeated_identifier, BASE.assign(card=cards))
    assert found.status == "tip"
    assert "pass the column as groups=" in found.advice
    towns = [f"town {'abcdefghijklmnopqrstuvwxyz'[n % 26]}" for n in range(N)]
    assert seen(_related.repeated_identifier, BASE.assign(town=towns)).status == "passed"


def test_dates_held_as_text_are_not_customers() -> None:
    days = [f"2026-{1 + n // 28 % 12:02d}-{1 + n % 28:02d}" for n in RNG.permutation(N) // 3]
    assert seen(_related.repeated_identifier, BASE.assign(day=days)).status == "passed"
