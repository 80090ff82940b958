"""Names and sentences are in the field's words; the words that are not used are listed here."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "poise"
# Parts of names, with what to say instead.
NAMES = {
    "asker": "method_name",
    "told": "message",
    "foe": "enemy",
    "foes": "enemies",
    "ways": "pairs",
    "learner": "estimator",
    "learners": "estimators",
    "mended": "recalibrated",
    "mender": "calibrator",
    "menders": "calibrators",
    "remembered": "cached",
    "remembering": "caching",
    "refuse": "check",
    "refused": "checked",
    "dated": "time_column",
    "tipped": "reversed",
    "lacking": "missing",
    "anew": "again",
    "shipped": "held in memory",
    "suspects": "candidates",
    "anchors": "extreme rows",
    "census": "class counts",
    "recount": "count",
    "mend": "recalibrate",
    "remember": "set",
}
WHOLE_NAMES = {
    "Rows": "Mask, EventTable or RowNumbers",
    "Ways": "SeedNeighborPairs",
    "Job": "Request",
    "Work": "Session",
    "Run": "LocalRun",
    "Room": "MemoryBudget",
    "Whole": "what is known of all rows",
    "Terms": "DecisionSettings",
    "at_most": "thread_limit",
    "is_gap": "is_missing",
    "with_gaps": "with_missing",
    "is_taken": "is_copied_from_donor",
    "whole_gap": "effective_gap",
    "one_below_the_other": "concat_rows",
}
# Prose: the same rule for docstrings, messages, pages and documents.
PROSE = re.compile(
    r"\b(askers?|told|anew|at hand|so many|lacking|put out|foes?|mended|menders?|learners?"
    r"|(?:tells?|telling) apart|as one would|suspects?|nearer still|who saves|one entry a row|was no\b|has gaps"
    r"|(?<!there )(?<!There )(?:is|are) no (?!longer|more than|fewer than))\b",
    re.IGNORECASE,
)


def trees() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(SOURCE.rglob("*.py")):
        yield path.relative_to(SOURCE).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def names_in(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        for field in ("id", "arg", "attr", "name", "asname"):
            name = getattr(node, field, None)
            if isinstance(name, str):
                yield name


def parts_of(name: str) -> set[str]:
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)
    return {word.lower() for word in words}


def test_names_have_no_word_of_our_own_where_the_field_has_one() -> None:
    found = {
        f"{file}: {name}"
        for file, tree in trees()
        for name in names_in(tree)
        if parts_of(name) & NAMES.keys() or name in WHOLE_NAMES
    }
    assert found == set()


def test_no_file_is_named_by_such_a_word() -> None:
    found = {file for file, _ in trees() if parts_of(Path(file).stem) & NAMES.keys()}
    assert found == set()


def sentences_of(text: str) -> list[str]:
    return [match.group(0) for match in PROSE.finditer(re.sub(r"\s+", " ", text))]


def test_docstrings_and_messages_are_plain_english() -> None:
    found = {
        f"{file}:{node.lineno}: {sentences_of(node.value)}"
        for file, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and sentences_of(node.value)
    }
    assert sorted(found) == []


@pytest.mark.parametrize(
    "page",
    [
        *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")),
        *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs/gallery").glob("*")),
        *sorted(path.relative_to(ROOT).as_posix() for path in SOURCE.rglob("*.md")),
        *sorted(path.relative_to(ROOT).as_posix() for path in SOURCE.rglob("*.html*")),
        "README.md",
        "CONTRIBUTING.md",
    ],
)
def test_documents_are_plain_english(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert sentences_of(text) == []
