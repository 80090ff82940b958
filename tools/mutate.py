"""Change one operator or constant at a time, run the related tests, and store the changes that live.

usage: python tools/mutate.py [--seed N] [--mutants N] [--workers N]

A mutant is killed when a test of its module fails, or else a test of its folder, or one of the tests of
several modules. The survivors are written to benchmarks/results/mutants.json, with the seed.
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

import poise

ROOT = Path(__file__).parents[1]
PLACES = ("core", "study", "decisions", "over_sampling", "under_sampling")
FORENSICS = ("diagnosis/_collinear.py", "diagnosis/_lines.py", "diagnosis/_copies.py")
OF_SEVERAL = (
    "tests/under_sampling/test_all_cleaners.py",
    "tests/test_combine.py",
    "tests/test_stored_plans.py",
)
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


def sites(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield the nodes that can be changed, and how."""
    hidden = {
        id(child)
        for node in ast.walk(tree)
        for field in ("annotation", "returns")
        if getattr(node, field, None) is not None
        for child in ast.walk(getattr(node, field))
    }
    for node in ast.walk(tree):
        if id(node) in hidden:
            continue
        if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPS:
            yield node, "compare"
        elif isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in SWAPS:
            is_union = isinstance(node.op, ast.BitOr) and "None" in ast.unparse(node)
            if not is_union:
                yield node, "operator"
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert):
            yield node, "not"
        elif isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float):
            yield node, "constant"


def changed(tree: ast.Module, number: int) -> tuple[int, str, str]:
    """Change one site in place; return its line, and the code before and after."""
    node, how = list(sites(tree))[number]
    line, before = node.lineno, ast.unparse(node)  # type: ignore[attr-defined]  # sites have lines
    if how == "compare":
        node.ops[0] = SWAPS[type(node.ops[0])]()  # type: ignore[attr-defined]  # as sites says
    elif how == "operator":
        node.op = SWAPS[type(node.op)]()  # type: ignore[attr-defined]  # as sites says
    elif how == "not":
        node.operand = ast.UnaryOp(node.op, node.operand)  # type: ignore[attr-defined]  # twice is none
    else:
        value = node.value  # type: ignore[attr-defined]  # as sites says
        node.value = (not value) if isinstance(value, bool) else value + 1  # type: ignore[attr-defined]
    return line, before, ast.unparse(node)


def tests_of(module: str) -> list[list[str]]:
    """Return the tests to run, nearest first: of the module, of its folder, of several modules."""
    path = Path(module)
    own = Path("tests") / path.parent / f"test_{path.stem.lstrip('_')}.py"
    folder = Path("tests") / path.parent
    stages = [[str(own)] if (ROOT / own).exists() else []]
    stages.append([str(folder)] if str(path.parent) != "." else [])
    return [stage for stage in (*stages, list(OF_SEVERAL)) if stage]


def survives(module: str, number: int, copy: Path) -> dict[str, object] | None:
    """Return a description of a mutant that no test kills, else None."""
    file = copy / "poise" / module
    source = file.read_text(encoding="utf-8")
    tree = ast.parse(source)
    line, before, after = changed(tree, number)
    file.write_text(ast.unparse(tree), encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
    ]
    try:
        for tests in tests_of(module):
            run = [*command, *tests]
            if subprocess.run(
                run, cwd=ROOT, env=environment, check=False, capture_output=True, timeout=240
            ).returncode:
                return None
    except subprocess.TimeoutExpired:
        return None
    finally:
        file.write_text(source, encoding="utf-8")
    return {"module": module, "line": line, "before": before, "after": after}


def main() -> None:
    """Draw mutants, try them, and store those that live."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mutants", type=int, default=300)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    installed = Path(poise.__file__).parent
    source = ROOT / "src" / "poise"
    files = [f for place in PLACES for f in sorted((source / place).rglob("*.py"))]
    files += [source / name for name in (*FORENSICS, "combine.py")]
    modules = [f.relative_to(source).as_posix() for f in files if f.name != "__init__.py"]
    every = [
        (module, number)
        for module in modules
        for number, _ in enumerate(sites(ast.parse((source / module).read_text(encoding="utf-8"))))
    ]
    drawn = random.Random(options.seed).sample(every, options.mutants)
    copies: Queue[Path] = Queue()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(options.workers) as pool:
        for worker in range(options.workers):
            copy = Path(folder) / str(worker)
            shutil.copytree(source, copy / "poise")
            for kernel in installed.glob("native/_kernel*.so"):
                shutil.copy(kernel, copy / "poise" / "native")
            copies.put(copy)

        def tried(mutant: tuple[str, int]) -> dict[str, object] | None:
            copy = copies.get()
            try:
                found = survives(*mutant, copy)
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
