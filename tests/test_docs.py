"""The documents know every method, and every public name has a docstring that tells all."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import json
import re
from pathlib import Path
from typing import Any

import pytest

import poise
import poise.cli
import poise.decisions
import poise.weights
from poise._api import make_sampler, method_class
from poise._methods import METHODS
from poise.big.methods.steps import streamed_names
from poise.cli._commands import cli
from poise.diagnosis import CHECKS, _resampled

ROOT = Path(__file__).parents[1]
SAMPLERS = [method_class(name) for name in METHODS]
DECISIONS = [getattr(poise.decisions, name) for name in poise.decisions.__all__]
WEIGHTS = [getattr(poise.weights, name) for name in poise.weights.__all__]
FUNCTIONS = [
    *(found for found in (*DECISIONS, *WEIGHTS) if inspect.isfunction(found)),
    poise.resample,
    poise.balanced_batches,
    poise.compare,
    poise.diagnose,
    poise.diagnose_resampled,
    poise.forensics.find_synthetic,
    poise.forensics.check_split,
    poise.forensics.check_folds,
    poise.forensics.assert_no_leak,
    make_sampler,
    poise.make_pipeline,
    poise.plot.before_after,
    poise.plot.before_after_data,
    poise.datasets.make_imbalance,
    poise.big.resample,
    poise.big.explain,
    poise.testing.check_resampler,
]


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("method", METHODS)
def test_every_method_has_a_full_row_in_the_methods_page(method: str) -> None:
    rows = [line for line in page("docs/methods.md").splitlines() if f"`{method}`" in line]
    assert len(rows) == 1, f"docs/methods.md needs one row with `{method}`"
    cells = [cell.strip() for cell in rows[0].strip("|").split("|")]
    assert len(cells) == 6
    assert all(cells)
    assert f"`{method_class(method).__name__}`" in cells[0]
    assert cells[5].split()[0] in ("rows", "counts", "differs")


@pytest.mark.parametrize("sampler", SAMPLERS, ids=lambda sampler: sampler.__name__)
def test_every_sampler_documents_all_its_parameters_and_attributes(sampler: Any) -> None:
    doc = inspect.getdoc(sampler) or ""
    for name in inspect.signature(sampler).parameters:
        assert re.search(rf"^{name}\b.* : ", doc, re.MULTILINE), (
            f"the docstring of {sampler.__name__} does not describe {name}"
        )
    for section in ("Parameters", "Attributes", "Notes", "Examples"):
        assert re.search(rf"^{section}\n-+$", doc, re.MULTILINE), section
    for name in ("plan_", "sampling_strategy_", "n_features_in_", "feature_names_in_"):
        assert re.search(rf"^{name}\b", doc, re.MULTILINE), (
            f"the docstring of {sampler.__name__} does not describe {name}"
        )
    assert "random" in sampler.__name__.lower() or "References" in doc


SHARED = (
    "random_state",
    "categorical_features",
    "column_kinds",
    "carry_columns",
    "nominal",
    "neighbor_space",
    "within_groups",
    "n_jobs",
)


@pytest.mark.parametrize("name", SHARED)
def test_a_shared_parameter_has_the_same_type_in_every_docstring(name: str) -> None:
    lines = {
        line
        for sampler in SAMPLERS
        for line in re.findall(rf"^{name} : .*$", inspect.getdoc(sampler) or "", re.MULTILINE)
    }
    assert len(lines) == 1


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_every_function_documents_its_parameters_and_has_an_example(function: Any) -> None:
    doc = inspect.getdoc(function) or ""
    for name in inspect.signature(function).parameters:
        assert re.search(rf"\b{name}\b", doc), name
    for section in ("Parameters", "Examples"):
        assert re.search(rf"^{section}\n-+$", doc, re.MULTILINE), section


def public_names() -> dict[str, Any]:
    """Return everything that a page of the interface describes."""
    spec = importlib.util.spec_from_file_location("site_pages", ROOT / "docs" / "site_pages.py")
    site_pages = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(site_pages)
    found = {}
    for name in site_pages.public_names():
        module, _, own = name.rpartition(".")
        value = getattr(importlib.import_module(module), own)
        if inspect.isclass(value) or inspect.isroutine(value):
            found[name] = value
    return found


# Protocols say what an object of the user must have, and errors are raised: neither is called.
WITHOUT_EXAMPLE = ("poise.typing.",)


def test_every_public_name_has_an_example() -> None:
    missing = [
        name
        for name, value in public_names().items()
        if ">>>" not in (inspect.getdoc(value) or "")
        and not name.startswith(WITHOUT_EXAMPLE)
        and not (inspect.isclass(value) and issubclass(value, BaseException))
    ]
    assert missing == []


# Papers that have no DOI: proceedings and reports that were not given one.
WITHOUT_DOI = (
    "Elkan, C. (2001)",
    "Maclin, R. and Opitz, D. (1997)",
    "Chen, C., Liaw, A. and Breiman, L. (2004)",
    "Kubat, M. and Matwin, S. (1997)",
    "Mani, I. and Zhang, J. (2003)",
    "Holm, S. (1979)",
)


def test_every_reference_has_a_doi() -> None:
    missing = []
    for path in sorted((ROOT / "src").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        for found in re.finditer(r"^( *)\.\. \[\d+\] .*\n(?:\1   .*\n)*", text, re.MULTILINE):
            reference = " ".join(found[0].split())
            if "doi:10." not in reference and not any(paper in reference for paper in WITHOUT_DOI):
                missing.append(f"{path.name}: {reference}")
    assert missing == []


def test_the_page_of_checks_lists_those_that_there_are() -> None:
    listed = re.findall(
        r"^\| ([PR]\d\d) \| `([a-z-]+)` \|", page("docs/diagnosis.md"), re.MULTILINE
    )
    checks = [check for check, _ in (*CHECKS, *_resampled._CHECKS)]
    assert sorted(listed) == sorted((check.code, check.name) for check in checks)


def test_the_page_of_streamed_methods_lists_those_that_there_are() -> None:
    table = page("docs/big.md").split("## Supported samplers")[1].strip().split("\n\n")[0]
    cells = [line.split("|")[1] for line in table.splitlines()[2:]]
    listed = [name.strip() for cell in cells for name in cell.split(",")]
    missing, unknown = set(streamed_names()) - set(listed), set(listed) - set(streamed_names())
    assert (missing, unknown) == (set(), set()), "update 'Supported samplers' in docs/big.md"
    assert len(listed) == len(set(listed))


def test_links_between_the_documents_lead_somewhere() -> None:
    for source in ["README.md", "CONTRIBUTING.md", *map(str, (ROOT / "docs").glob("*.md"))]:
        folder = (ROOT / source).parent
        for target in re.findall(r"\]\(([^)#:]+)\)", page(source)):
            is_made = target.startswith("_made/")  # by `make docs`, which checks links to it
            assert is_made or (folder / target).exists(), f"{source}: {target}"


def test_files_that_documents_name_exist() -> None:
    pages = ["README.md", "CONTRIBUTING.md", "src/poise/native/README.md"]
    pages += [path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")]
    missing = []
    for name in pages:
        for path in re.findall(
            r"(?<![\w<.])((?:[\w-]+/)+[\w-]+\.(?:py|cpp|hpp|inl|sh))", page(name)
        ):
            roots = (ROOT, ROOT / "src", ROOT / "src" / "poise", (ROOT / name).parent)
            if not any((root / path).exists() for root in roots):
                missing.append(f"{name}: {path}")
    assert missing == []


def test_every_module_opens_with_its_place() -> None:
    for path in (ROOT / "src" / "poise").rglob("*.py"):
        assert path.read_text(encoding="utf-8").startswith('"""'), path


def test_the_version_stands_once_and_is_that_of_the_citation() -> None:
    assert f"version: {poise.__version__}" in page("CITATION.cff")
    assert f"## {poise.__version__}" in page("CHANGELOG.md")


def test_the_figures_of_the_migration_page_are_those_of_the_last_run() -> None:
    stored = json.loads(page("benchmarks/results/peer_suite.json"))
    figures, text = stored["figures"], " ".join(page("docs/migrating.md").split())
    for words in (
        f"of the {figures['tests']} tests of imbalanced-learn's public suite {figures['passing']} pass",
        f"({100 * figures['share passing']:.1f} %; {figures['of these, differing in wording alone']} of these differ",
        f"{figures['passing but for the order of rows']} more pass if the order of rows is ignored",
        f"Of {figures['usages of client code']} usages of client code",
        f"{figures['of these, with equal results']} return equal results",
    ):
        assert words in text
    assert figures["share passing"] >= 0.92
    assert figures["not passing and not listed in docs/migrating.md"] == 0
    assert figures["different and not listed"] == 0


def test_the_figures_of_the_page_of_batches_are_those_of_the_last_run() -> None:
    stored = json.loads(page("benchmarks/results/loaders.json"))
    table = page("docs/batches.md").split("\n## Cost\n")[1]
    assert stored["rows"] == 10_000_000
    for case, figures in stored["medians"].items():
        seconds, memory = figures["seconds together"], figures["peak MB beside the labels"]
        row = f"| {case} | {figures['batches']:,.0f} | {seconds:.1f} s | {memory:.0f} MB |"
        assert row in table
        assert case.startswith("torch") or (seconds <= 2 and memory <= 200)


def test_the_pages_on_speed_are_those_of_the_stored_results() -> None:
    script = ROOT / "benchmarks" / "bench_page.py"
    spec = importlib.util.spec_from_file_location("bench_page", script)
    bench_page = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench_page)
    report = json.loads(page("benchmarks/results/bench.json"))
    write = "run python benchmarks/run.py --pages"
    assert bench_page.readme_item(report) in page("README.md"), write
    assert bench_page.as_markdown(report) == page("benchmarks/results/bench.md"), write
    # The range is that of all tables, not of some.
    ratios = [
        row["peers"]["scikit-learn auto"]["ratio"]
        for row in report["rows"]
        if "scikit-learn auto" in row["peers"]
    ]
    low, high = re.findall(r"ties: ([\d.]+) to ([\d.]+) times", page("README.md"))[0]
    assert abs(float(low) - min(ratios)) <= (0.05 if min(ratios) < 9.95 else 0.5)
    assert abs(float(high) - max(ratios)) <= (0.05 if max(ratios) < 9.95 else 0.5)


def test_the_table_of_exit_codes_is_that_of_the_command_line() -> None:
    table = page("docs/command_line.md").split("## Exit codes")[1]
    documented = re.findall(r"^\| (\d+) \|", table, re.MULTILINE)
    assert documented == re.findall(r"^(\d+) ", poise.cli.__doc__, re.MULTILINE)


def test_every_option_that_the_page_names_exists() -> None:
    commands = [cli.get_command(None, name) for name in cli.list_commands(None)]
    known = {word for one in commands for option in one.params for word in option.opts} | {"--help"}
    assert set(re.findall(r"--[a-z]+(?:-[a-z]+)*", page("docs/command_line.md"))) <= known


def test_every_promise_names_a_test_that_exists() -> None:
    named = re.findall(r"`tests/([\w/]+\.py)::(\w+)`", page("docs/robustness.md"))
    assert len(named) > 30
    tests = ROOT / "tests"
    missing = [
        f"{file}::{name}"
        for file, name in named
        if not re.search(rf"^def {name}\(", (tests / file).read_text("utf-8"), re.MULTILINE)
    ]
    assert missing == []
