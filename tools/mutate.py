"""Change one operator, number, condition or statement at a time, and store the changes that no test notices.

`make mutate` first runs all tests once, and records which test reaches which line. A mutant is killed when
a test that reaches its line fails or takes five minutes: tests of its module and folder first, then a sample
of the others. Lines whose changes nobody can notice, such as one that chooses the faster of two equal ways,
say "no mutant: reason". The survivors are written to benchmarks/results/mutants.json.
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
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from coverage import CoverageData

import poise

ROOT = Path(__file__).parents[1]
SOURCE, RECORDED = ROOT / "src" / "poise", ROOT / ".mutants"
INSTALLED = Path(poise.__file__).parent
RESULT = ROOT / "benchmarks" / "results" / "mutants.json"
PLACES = ["core/*/*", "core/*", "study/*", "decisions/*", "over_sampling/*", "under_sampling/*"]
PLACES += ["combine", *(f"diagnosis/_{name}" for name in ("collinear", "copies", "lines"))]
PAIRS = [(ast.Lt, ast.LtE), (ast.Gt, ast.GtE), (ast.Eq, ast.NotEq), (ast.Add, ast.Sub)]
PAIRS += [(ast.Mult, ast.Div), (ast.And, ast.Or), (ast.BitAnd, ast.BitOr)]
SWAPS: dict[type, type] = {**dict(PAIRS), **{b: a for a, b in PAIRS}}
# Arguments that change no result: guards against our own slips, copies, how objects look.
NO_RESULT = {"strict", "copy", "stacklevel", "eq", "repr", "frozen", "kw_only", "slots"}
Site = tuple[Any, Any, Callable[[], object]]  # a node, the function or module of it, its change


def changes(node: Any) -> Iterator[Callable[[], object]]:
    """Yield the changes of a node: another operator, another number, the opposite condition."""
    operator = node.ops[0] if isinstance(node, ast.Compare) else getattr(node, "op", None)
    is_union = isinstance(operator, ast.BitOr) and "None" in ast.unparse(node)  # of types
    is_swapped = type(operator) in SWAPS and not is_union
    if is_swapped and isinstance(node, ast.Compare):
        yield partial(node.ops.__setitem__, 0, SWAPS[type(operator)]())
    elif is_swapped:
        yield partial(setattr, node, "op", SWAPS[type(operator)]())
    if isinstance(operator, ast.Not | ast.Invert):
        yield partial(setattr, node, "operand", ast.UnaryOp(operator, node.operand))  # twice
    if isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float):
        other = not node.value if isinstance(node.value, bool) else node.value + 1
        yield partial(setattr, node, "value", other)
    if isinstance(node, ast.If | ast.IfExp):
        yield partial(setattr, node, "test", ast.UnaryOp(ast.Not(), node.test))


def sites(tree: ast.Module) -> Iterator[Site]:
    """Yield all changes of a module, among them statements that can be dropped."""
    waiting: list[tuple[Any, Any]] = [(tree, tree)]
    while waiting:
        node, scope = waiting.pop()
        yield from ((node, scope, change) for change in changes(node))
        for name, field in ast.iter_fields(node):
            if name in ("annotation", "returns") or getattr(node, "arg", "") in NO_RESULT:
                continue
            inner = node if isinstance(node, ast.FunctionDef) and name == "body" else scope
            parts = field if isinstance(field, list) else [field]
            for i, part in enumerate(parts):
                is_text = isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant)
                if isinstance(part, ast.Expr | ast.AugAssign | ast.Raise) and not is_text:
                    yield part, inner, partial(parts.__setitem__, i, ast.Pass())
            waiting += [(part, inner) for part in reversed(parts) if isinstance(part, ast.AST)]


def drawable(text: str) -> tuple[ast.Module, list[Site]]:
    """Return the tree of a module and its sites, but not those on lines with "no mutant: reason"."""
    tree, lines = ast.parse(text), text.splitlines()
    return tree, [site for site in sites(tree) if "no mutant: " not in lines[site[0].lineno - 1]]


def reached() -> dict[str, dict[int, set[str]]]:
    """Return the tests that reach each line, by module."""
    data = CoverageData(str(RECORDED / "coverage"))
    data.read()
    return {
        Path(file).as_posix().rpartition("/poise/")[2]: {
            line: {context[:-4] for context in contexts if context.endswith("|run")}
            for line, contexts in data.contexts_by_lineno(file).items()
        }
        for file in data.measured_files()
    }


def tests_of(module: str, node: Any, scope: Any, lines: dict[int, set[str]]) -> list[list[str]]:
    """Return the tests to run for a changed node: the nearest, then some of all others."""
    first, last = getattr(scope, "lineno", 0), getattr(scope, "end_lineno", 10**9)
    found = lines.get(node.lineno, set()) if first else set()
    found = found or set().union(*(tests for n, tests in lines.items() if first < n <= last))
    folder = f"tests/{Path(module).parent.as_posix()}/"
    own = f"{folder}test_{Path(module).stem.lstrip('_')}.py"
    near = sorted(found, key=lambda t: (not t.startswith(own), not t.startswith(folder), t))
    return [near[:60], near[60:300] + near[300 :: len(near) // 200 + 1]]


def survivor(module: str, number: int, lines: dict[int, set[str]]) -> dict[str, object]:
    """Return a description of a mutant that no test kills, else an empty one."""
    tree, changeable = drawable((SOURCE / module).read_text(encoding="utf-8"))
    node, scope, change = changeable[number]
    found = {"module": module, "line": node.lineno, "before": ast.unparse(node)}
    change()
    with tempfile.TemporaryDirectory() as copy:
        shutil.copytree(SOURCE, f"{copy}/poise")
        shutil.copytree(INSTALLED / "native", f"{copy}/poise/native", dirs_exist_ok=True)
        Path(copy, "poise", module).write_text(ast.unparse(tree), encoding="utf-8")
        environment = os.environ | {"PYTHONPATH": copy, "PYTHONDONTWRITEBYTECODE": "1"}
        run = ["timeout", "300", sys.executable, "-m", "pytest", "-qx", "-pno:cacheprovider"]
        call = partial(subprocess.run, cwd=ROOT, env=environment, check=False, capture_output=True)
        stages = filter(None, tests_of(module, node, scope, lines))
        codes = (call([*run, "-pno:cov", *tests]).returncode for tests in stages)
        # A test failed, no module could be imported or none of the tests', or they took too long.
        is_killed = any(code in (1, 2, 4, 124) for code in codes)
    sys.stderr.write("." if is_killed else f"\n{found}\n")
    return {} if is_killed else found | {"after": ast.unparse(node)}


def main() -> None:
    """Draw mutants, try them, and store those that live."""
    parser = argparse.ArgumentParser()
    for name, default in (("--seed", 1), ("--mutants", 300), ("--workers", os.cpu_count())):
        parser.add_argument(name, type=int, default=default)
    options = parser.parse_args()
    files = [path for place in PLACES for path in sorted(SOURCE.glob(f"{place}.py"))]
    texts = {f.relative_to(SOURCE).as_posix(): f.read_text(encoding="utf-8") for f in files}
    every = [(m, i) for m, text in texts.items() for i, _ in enumerate(drawable(text)[1])]
    drawn, lines = random.Random(options.seed).sample(every, options.mutants), reached()
    with ThreadPoolExecutor(options.workers) as pool:
        found = pool.map(lambda m: survivor(*m, lines.get(m[0], {})), drawn)
        living = [mutant for mutant in found if mutant]
    result = {"seed": options.seed, "sites": len(every), "mutants": len(drawn)}
    result |= {"killed": 1 - len(living) / len(drawn), "survivors": living}
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(f"\n{result['killed']:.1%} of {len(drawn)} mutants are killed; survivors are in {RESULT}")


if __name__ == "__main__":
    main()
