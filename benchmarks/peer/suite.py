"""Run the public test suite of imbalanced-learn, and client code written for it, against Poise.

`make peer-suite` runs this. Every ``import imblearn`` in the peer's tests is answered by Poise. The outcome of a test is

    passes
    wording   passes but for the words of a message; the type of the error or warning is the expected one
    order     passes if rows are compared in any order
    fails

"wording" counts as passing; "order" does not. A test that passes only because helpers of the peer's tests are run
from the peer's own files is marked as lent. Each test that does not pass has to be in a table of docs/migrating.md, with its
reason. The outcomes are compared with benchmarks/results/peer_suite.json, and a difference is an error;
``--store`` writes the file anew.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections import Counter
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import client_code

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RESULT = ROOT / "benchmarks" / "results" / "peer_suite.json"
PAGE = ROOT / "docs" / "migrating.md"
PEER_VERSION = "0.14.2"
# Test files about the peer's packaging and internals, and about frameworks that are not installed.
PRIVATE = {
    *(
        f"utils.{name}"
        for name in ("deprecation", "docstring", "show_versions", "min_dependencies")
    ),
    *("utils.testing", "utils.estimator_checks", "exceptions", "docstring_parameters"),
    "common",  # constructs every estimator without arguments, which BalancedFit refuses
    *("keras.generator", "tensorflow.generator", "datasets.zenodo"),
}
OPTIONS = ["-q", "-p", "no:cacheprovider", "-W", "ignore", "--tb=short", "--import-mode=importlib"]
OPTIONS += ["-o", "xfail_strict=false", "--continue-on-collection-errors"]
CONFTEST = """
import os, sys
sys.path.insert(0, os.environ["SUITE_HERE"])
from pathlib import Path
from alias import alias
import numpy as np
np.set_printoptions(legacy="1.25")  # as the peer's own conftest
files = Path(os.environ["SUITE_FILES"])
if os.environ["SUITE_TARGET"] == "imblearn":
    sys.path.insert(0, str(files.parent))
else:
    alias(os.environ["SUITE_TARGET"], None if os.environ.get("SUITE_STRICT") else files)
if os.environ.get("SUITE_ANY_ORDER"):
    import any_order
"""


def peer_files() -> Path:
    """Return the folder of the installed peer."""
    found = find_spec("imblearn")
    if found is None or version("imbalanced-learn") != PEER_VERSION:
        raise SystemExit(f"Install imbalanced-learn=={PEER_VERSION}, whose tests are run.")
    return Path(str(found.submodule_search_locations[0]))  # type: ignore[index]


def tests_of(files: Path) -> dict[str, Path]:
    """Return the public test files of the peer, by the module that they test."""
    found = {}
    for path in sorted(files.rglob("tests/test_*.py")):
        folders = [part for part in path.relative_to(files).parts[:-1] if part != "tests"]
        folders = [part for part in folders if not part.startswith("_")]
        name = ".".join([*folders, path.stem.removeprefix("test_")])
        if name not in PRIVATE:
            found[name] = path
    return found


def run(target: str, files: Path, only: list[str] | None = None, **mode: str) -> dict[str, str]:
    """Run the tests and return the outcome of each: "passes", "wording", "fails", or "skipped"."""
    with tempfile.TemporaryDirectory() as folder:
        for name, path in tests_of(files).items():
            shutil.copy(path, Path(folder) / f"test_{name.replace('.', '__')}.py")
        (Path(folder) / "conftest.py").write_text(CONFTEST)
        report = Path(folder) / "junit.xml"
        chosen = [file_of(test) for test in only] if only else ["."]
        subprocess.run(
            [sys.executable, "-m", "pytest", *OPTIONS, f"--junitxml={report}", *chosen],
            cwd=folder,
            env=os.environ
            | {"SUITE_TARGET": target, "SUITE_FILES": str(files), "SUITE_HERE": str(HERE)}
            | {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
            | mode,
            stdout=subprocess.DEVNULL,
            check=False,
        )
        return {name_of(case): outcome_of(case) for case in ET.parse(report).iter("testcase")}


def name_of(case: ET.Element) -> str:
    """Return the module that a test is of, and its name."""
    module = str(case.get("classname")).rpartition(".")[2].removeprefix("test_").replace("__", ".")
    return f"{module}::{case.get('name')}"


def file_of(test: str) -> str:
    """Return the pytest argument for a test; the reverse of `name_of`."""
    module, _, name = test.partition("::")
    return f"test_{module.replace('.', '__')}.py::{name}"


def outcome_of(case: ET.Element) -> str:
    """Return the outcome of a test in a JUnit report."""
    if case.find("skipped") is not None:
        return "skipped"
    bad = case.find("failure") if case.find("failure") is not None else case.find("error")
    if bad is None:
        return "passes"
    return "wording" if "Regex pattern did not match" in str(bad.get("message")) else "fails"


def outcomes(files: Path) -> tuple[dict[str, str], list[str]]:
    """Return the outcome of each test against Poise, and the tests that pass because helpers are lent."""
    found = {test: how for test, how in run("poise", files).items() if how != "skipped"}
    failing = [test for test, how in found.items() if how == "fails"]
    in_any_order = run("poise", files, failing, SUITE_ANY_ORDER="1") if failing else {}
    found |= {test: "order" for test in failing if in_any_order.get(test) == "passes"}
    strict = run("poise", files, SUITE_STRICT="1")
    lent = [t for t, how in found.items() if how == "passes" and strict.get(t) != "passes"]
    return found, sorted(lent)


def listed_on(page: str) -> dict[str, str]:
    """Return the reason for each pattern of tests in the tables of a page; a pattern may end with *."""
    rows = re.findall(r"^\| ((?:`[^`]+::[^`]+`(?:, )?)+) \| (.+) \|$", page, re.MULTILINE)
    return {p: reason for patterns, reason in rows for p in re.findall(r"`([^`]+)`", patterns)}


def matches(test: str, pattern: str) -> bool:
    """Return whether a test is meant by a pattern."""
    return test.startswith(pattern[:-1]) if pattern.endswith("*") else test == pattern


def summary(found: dict[str, str], lent: list[str], unlisted: list[str]) -> dict[str, object]:
    """Return the figures of a run."""
    counts = Counter(found.values())
    n, passing = len(found), counts["passes"] + counts["wording"]
    return {
        "peer": PEER_VERSION,
        "tests": n,
        "passing": passing,
        "share passing": round(passing / n, 4),
        "of these, differing in wording alone": counts["wording"],
        "of these, with helpers of the peer's tests lent": len(lent),
        "passing but for the order of rows": counts["order"],
        "failing": counts["fails"],
        "not passing and not listed in docs/migrating.md": len(unlisted),
        "share passing or listed": round(1 - len(unlisted) / n, 4),
    }


def compared_with(known: dict[str, Any], result: dict[str, Any]) -> list[str]:
    """Return a line for each outcome that is not the stored one."""
    lines = []
    for kind, usual in (("outcomes", "passes"), ("client code that differs", "the same")):
        before, now = known[kind], result[kind]
        lines += [
            f"{name}: {before.get(name, usual)} before, {now.get(name, usual)} now"
            for name in sorted({*before, *now})
            if before.get(name, usual) != now.get(name, usual)
        ]
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument(
        "--store", action="store_true", help="write the outcomes as the expected ones"
    )
    store = parser.parse_args().store
    patterns = listed_on(PAGE.read_text(encoding="utf-8"))
    found, lent = outcomes(peer_files())
    n_usages, differing = client_code.different()
    bad = {test: how for test, how in found.items() if how in ("fails", "order")}
    names = [*bad, *(f"client::{name}" for name in differing)]
    unlisted = sorted(t for t in names if not any(matches(t, p) for p in patterns))
    idle = sorted(p for p in patterns if not any(matches(t, p) for t in names))
    figures = summary(found, lent, [test for test in unlisted if test in bad]) | {
        "usages of client code": n_usages,
        "of these, with equal results": n_usages - len(differing),
        "different and not listed": sum(name.startswith("client::") for name in unlisted),
    }
    for name, value in figures.items():
        print(f"{name:>55}: {value}")
    for name in unlisted:
        print(f"not listed in docs/migrating.md: {name}")
    for pattern in idle:
        print(f"listed in docs/migrating.md, but nothing differs: {pattern}")
    result = {
        "command": "make peer-suite",
        "figures": figures,
        "outcomes": {test: how for test, how in sorted(found.items()) if how != "passes"},
        "lent": lent,
        "client code that differs": differing,
    }
    if store:
        RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        return
    changed = compared_with(json.loads(RESULT.read_text(encoding="utf-8")), result)
    print(*changed, sep="\n")
    if changed or idle or unlisted:
        raise SystemExit(
            "Outcomes differ from benchmarks/results/peer_suite.json, or from the tables of docs/migrating.md. "
            "Correct the code or the page; store new outcomes with --store."
        )


if __name__ == "__main__":
    main()
