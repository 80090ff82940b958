"""Tests mirror src/poise: a reader of a module finds its tests under the module's name."""

from __future__ import annotations

from pathlib import Path

from poise.diagnosis import CHECKS

TESTS = Path(__file__).parent
SOURCE = TESTS.parent / "src" / "poise"
# Modules without a test of their name, and why.
UNTESTED = {
    "cli/__main__.py": "one line that runs the command",
    "core/tables/table.py": "an interface without code",
}
# Tests of no single module, and what they are of.
OF_SEVERAL = {
    "test_arguments.py": "every argument of decisions, metrics, batches and ensembles",
    "test_balanced_groups.py": "every method that balances cells of class and group",
    "test_docs.py": "the documents",
    "test_entry_points.py": "every public entry point",
    "test_examples.py": "examples/",
    "test_imports.py": "every module's imports",
    "test_language.py": "every name and every sentence",
    "test_mirror.py": "the tests",
    "test_magnitudes.py": "every method on large and small numbers",
    "test_one_order.py": "everything that pairs a table with a column",
    "test_new_rows.py": "every kind of column on shipped tables",
    "test_parity.py": "every method, against imbalanced-learn",
    "test_peer_issues.py": "faults that another package found in its own code",
    "test_release.py": "what is released",
    "test_scikit_learn.py": "every method, by scikit-learn's own checks",
    "test_study_analysis.py": "benchmarks/study",
    "test_study_tables.py": "benchmarks/study",
    "test_support.py": "the supported versions",
    "test_stored_plans.py": "every method, against stored rows",
    "pages/test_first_pages.py": "README.md and docs/start.md",
    "pages/test_install_page.py": "docs/install.md",
    "site/test_pages.py": "every page of the site, in a browser",
    "site/test_playground.py": "the playground, in a browser",
    "site/test_playground_methods.py": "the methods of the playground, against the library",
    "site/test_reports.py": "the pages that results write, in a browser",
    "native/test_bounds.py": "bounds.hpp",
    "native/test_byte_loop.py": "benchmarks/byte_loop.c",
    "native/test_kernel.py": "the kernel's searches, against the oracle",
    "native/test_mixtures.py": "the kernel's searches of categories and missing values",
    "native/test_shapes.py": "module.cpp",
    "native/test_sparse.py": "sparse.cpp and blend_sparse.hpp",
    "native/test_work.py": "the operations that searches count",
    "big/test_carried.py": "what streamed runs do with columns that are not features",
    "big/test_same_rows.py": "every streamed method, against memory",
    "big/test_every_type.py": "every streamed method on every type of column, on each engine",
    "batches/test_frameworks.py": "torch and Keras on the batches",
    "decisions/test_literature.py": "published figures",
    "ensemble/test_all_ensembles.py": "several ensembles",
    "ensemble/test_export.py": "tools for forests",
    "test_boosting_packages.py": "packages of others in what wraps them",
    "over_sampling/test_all_over_samplers.py": "several methods",
    "over_sampling/test_smotenc.py": "_smote.py holds SMOTE and SMOTENC",
    "under_sampling/test_all_cleaners.py": "several methods",
    "under_sampling/test_all_under_samplers.py": "several methods",
}


def file_of_tests(module: Path) -> str:
    """Return where the tests of a module are: src/poise/a/_b.py in tests/a/test_b.py."""
    folder = module.relative_to(SOURCE).parent
    return (folder / f"test_{module.stem.lstrip('_')}.py").as_posix()


def modules() -> dict[str, str]:
    every = [path for path in SOURCE.rglob("*.py") if path.name != "__init__.py"]
    return {path.relative_to(SOURCE).as_posix(): file_of_tests(path) for path in every}


def test_every_module_has_tests_of_its_name() -> None:
    missing = {name for name, test in modules().items() if not (TESTS / test).exists()}
    wanted = [f"tests/{file_of_tests(SOURCE / name)}" for name in sorted(missing - set(UNTESTED))]
    assert not wanted, f"write {', '.join(wanted)}"
    assert set(UNTESTED) <= missing


def test_every_file_of_tests_has_a_test() -> None:
    files = {path.relative_to(TESTS).as_posix(): path for path in TESTS.rglob("test_*.py")}
    empty = {name for name, path in files.items() if "def test_" not in path.read_text("utf-8")}
    assert empty == set()


def test_every_file_of_tests_is_of_a_module_or_a_check() -> None:
    checks = {f"diagnosis/test_{check.name.replace('-', '_')}.py" for check, _ in CHECKS}
    known = {*modules().values(), *OF_SEVERAL, *checks}
    found = {path.relative_to(TESTS).as_posix() for path in TESTS.rglob("test_*.py")}
    assert found - known == set()
    assert set(OF_SEVERAL) | checks <= found
