"""Change one operator or constant at a time, run the tests that reach it, and store the changes that live.

usage: python tools/mutate.py [--seed N] [--mutants N] [--workers N]

`make mutate` first runs all tests once, and records which test reaches which line. A mutant is killed when a
test that reaches its line fails (or runs too long): tests of its module first, then of its folder, then short
before long, up to 60 seconds. The survivors are written to benchmarks/results/mutants.json, with the seed.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from xml.etree import ElementTree as ET

from coverage import CoverageData

import poise

ROOT = Path(__file__).parents[1]
SOURCE, RECORDED = ROOT / "src" / "poise", ROOT / ".mutants"
PLACES = [
    "core/**/*.py",
    "study/*.py",
    "decisions/*.py",
    "over_sampling/*.py",
    "under_sampling/*.py",
    "combine.py",
]
FORENSICS = ["diagnosis/_collinear.py", "diagnosis/_lines.py", "diagnosis/_copies.py"]
SECONDS = 60
SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
# Arguments that change no result: guards against our own slips, copies, and how objects print or compare.
NO_RESULT = {"strict", "copy", "stacklevel", "eq", "repr", "frozen", "kw_only", "slots"}


def sites(tree: ast.Module) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Yield the nodes that can be changed, and the function or module whose code they are."""
    waiting: list[tuple[ast.AST, ast.AST]] = [(tree, tree)]
    while waiting:
        node, scope = waiting.pop()
        operator = node.ops[0] if isinstance(node, ast.Compare) else getattr(node, "op", None)
        is_union = isinstance(operator, ast.BitOr) and "None" in ast.unparse(node)  # of types
        is_number = isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float)
        if is_number or (not is_union and isinstance(operator, (*SWAPS, ast.Not, ast.Invert))):
            yield node, scope
        for name, field in ast.iter_fields(node):
            parts = field if isinstance(field, list) else [field]
            inner = node if isinstance(node, ast.FunctionDef) and name == "body" else scope
            is_code = name not in ("annotation", "returns", "op", "ops")
            waiting += [
                (part, inner)
                for part in reversed(parts)
                if isinstance(part, ast.AST)
                and is_code
                and getattr(part, "arg", "") not in NO_RESULT
            ]


def change(node: ast.AST) -> str:
    """Change a node in place, and return its new code."""
    if isinstance(node, ast.Compare):
        node.ops[0] = SWAPS[type(node.ops[0])]()  # type: ignore[assignment]  # a swap is of its kind
    elif isinstance(node, ast.UnaryOp):
        node.operand = ast.UnaryOp(node.op, node.operand)  # twice is not at all
    elif isinstance(node, ast.Constant):
        node.value = not node.value if isinstance(node.value, bool) else node.value + 1  # type: ignore[operator]
    else:
        node.op = SWAPS[type(node.op)]()  # type: ignore[attr-defined]  # as sites says
    return ast.unparse(node)


def reached() -> dict[str, dict[int, set[str]]]:
    """Return the tests that reach each line, by module."""
    data = CoverageData(str(RECORDED / "coverage"))
    data.read()
    return {
        file.replace("\\", "/").rpartition("/poise/")[2]: {
            line: {context.split("|")[0] for context in contexts if "|run" in context}
            for line, contexts in data.contexts_by_lineno(file).items()
        }
        for file in data.measured_files()
    }


def durations() -> dict[str, float]:
    """Return the seconds that each test takes, by its name for pytest."""
    cases = ET.parse(RECORDED / "tests.xml").iter("testcase")  # noqa: S314  # a file of our own
    return {
        f"{case.attrib['classname'].replace('.', '/')}.py::{case.attrib['name']}": float(
            case.attrib["time"]
        )
        for case in cases
    }


def tests_of(
    module: str,
    node: ast.AST,
    scope: ast.AST,
    lines: dict[int, set[str]],
    seconds: dict[str, float],
) -> list[str]:
    """Return the tests to run for a changed node, nearest and shortest first."""
    found = set() if isinstance(scope, ast.Module) else lines.get(node.lineno, set())  # type: ignore[attr-defined]
    first, last = getattr(scope, "lineno", 0), getattr(scope, "end_lineno", 10**9)
    found = found or set().union(*(tests for line, tests in lines.items() if first < line <= last))
    folder = f"tests/{Path(module).parent.as_posix()}/"
    own = f"{folder}test_{Path(module).stem.lstrip('_')}.py"
    ordered = sorted(
        found & seconds.keys(),
        key=lambda t: (not t.startswith(own), not t.startswith(folder), seconds[t]),
    )
    total = 0.0
    return [test for test in ordered if (total := total + seconds[test]) < SECONDS]


def survives(
    module: str, number: int, copy: Path, lines: dict[int, set[str]], seconds: dict[str, float]
) -> dict[str, object] | None:
    """Return a description of a mutant that no test kills, else None."""
    file = copy / "poise" / module
    source = file.read_text(encoding="utf-8")
    tree = ast.parse(source)
    node, scope = list(sites(tree))[number]
    tests, before = tests_of(module, node, scope, lines, seconds), ast.unparse(node)
    found = {
        "module": module,
        "line": node.lineno,
        "before": before,
        "after": change(node),
        "tests": len(tests),
    }  # type: ignore[attr-defined]
    file.write_text(ast.unparse(tree), encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [
        sys.executable,
        *["-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov"],
        *tests,
    ]
    try:
        run = subprocess.run(
            command, cwd=ROOT, env=environment, check=False, capture_output=True, timeout=300
        )
    except subprocess.TimeoutExpired:
        return None
    finally:
        file.write_text(source, encoding="utf-8")
    return None if tests and run.returncode else found


def main() -> None:
    """Draw mutants, try them, and store those that live."""
    parser = argparse.ArgumentParser()
    for name, default in (("--seed", 1), ("--mutants", 300), ("--workers", os.cpu_count())):
        parser.add_argument(name, type=int, default=default)
    options = parser.parse_args()
    files = [file for place in (*PLACES, *FORENSICS) for file in sorted(SOURCE.glob(place))]
    modules = [file.relative_to(SOURCE).as_posix() for file in files if file.name != "__init__.py"]
    every = [
        (module, number)
        for module in modules
        for number, _ in enumerate(sites(ast.parse((SOURCE / module).read_text(encoding="utf-8"))))
    ]
    drawn = random.Random(options.seed).sample(every, options.mutants)  # no secret
    lines, seconds, copies = reached(), durations(), Queue[Path]()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(options.workers) as pool:
        for worker in range(options.workers):
            copy = Path(folder) / str(worker)
            shutil.copytree(SOURCE, copy / "poise")
            for kernel in Path(poise.__file__).parent.glob("native/_kernel*.so"):
                shutil.copy(kernel, copy / "poise" / "native")
            copies.put(copy)

        def tried(mutant: tuple[str, int]) -> dict[str, object] | None:
            copy = copies.get()
            try:
                found = survives(*mutant, copy, lines.get(mutant[0], {}), seconds)
            finally:
                copies.put(copy)
            sys.stderr.write("." if found is None else "S")
            sys.stderr.flush()
            return found

        living = [found for found in pool.map(tried, drawn) if found is not None]
    killed = 1 - len(living) / len(drawn)
    result = {
        "seed": options.seed,
        "sites": len(every),
        "mutants": len(drawn),
        "killed": round(killed, 3),
    }
    out = ROOT / "benchmarks" / "results" / "mutants.json"
    out.write_text(json.dumps(result | {"survivors": living}, indent=1) + "\n", encoding="utf-8")
    print(f"\n{killed:.1%} of {len(drawn)} mutants are killed; survivors are in {out}")


if __name__ == "__main__":
    main()
