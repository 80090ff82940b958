"""Try random input on what must hold against anything: plan files, plans, functions as samplers, the kernel.

`make fuzz` runs it with the kernel built under the address sanitizer, for ten minutes (FUZZ="--minutes 30" for more).
Every try has a number, and draws from a generator seeded with it, so it can be repeated alone:
FUZZ="--kind plans --only 1234". A try fails if it raises something else than an error of Poise (of the kernel
itself: ValueError or TypeError). Tries run in a child process, so a crash is a failure that names its try.
"""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from contextlib import suppress
from functools import cache
from itertools import cycle
from pathlib import Path
from threading import Timer
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import scipy.sparse as sp

from poise import FunctionSampler, Plan, RandomOverSampler, SMOTETomek
from poise.base import Copy, Jitter, Mean, Segment, Vote
from poise.core.errors import PoiseError
from poise.native import _kernel, paths
from poise.over_sampling import MGS, SMOTENC

BATCH_SECONDS, MOST_SECONDS = 20, 120  # of a child; for one that hangs
DTYPES = [
    "i8",
    "i8",
    "i8",
    "i4",
    "u8",
    ">i8",
    "f8",
    "f8",
    "f4",
    "f2",
    "?",
    "O",
    "U3",
    "c16",
    "M8[s]",
    "m8[s]",
]
NUMBERS = [0, 1, -1, 2, 3, 7, 63, 64, 65, 624, 2**31, 2**53, 2**63 - 1, -(2**63)]
FLOATS = [0.0, -0.0, 0.5, 1.0, -1.0, np.nan, np.inf, -np.inf, 1e308, 1e-320, 1e12]
JSON: list[Any] = [None, True, [], {}, [0], "", "Copy", "0.source", 0.5, float("nan"), 10**20]
JSON += NUMBERS


def one_of(rng: Any, choices: Any) -> Any:
    """Return one of the choices."""
    return choices[rng.randint(len(choices))]


def shape_of(rng: Any, n: int) -> tuple[int, ...]:
    """Return a shape, mostly of one or two dimensions and n entries."""
    usual = [(n,), (n,), (n,), (n, 2), (n, 3)]
    return one_of(rng, [*usual, (), (0,), (n + 1,), (max(n - 1, 0),), (n, 0), (1, n), (n, 2, 2)])


def array_of(rng: Any, n: int, *, below: int = 8) -> Any:
    """Return an array, mostly of n row numbers below `below` or of n numbers."""
    shape, dtype = shape_of(rng, n) if rng.rand() < 0.3 else (n,), np.dtype(one_of(rng, DTYPES))
    is_float = dtype.kind == "f"
    values = rng.normal(size=shape) if is_float else rng.randint(0, max(below, 1), shape)
    strange = np.asarray(rng.choice(FLOATS if is_float else NUMBERS, shape))
    is_strange = rng.random_sample(shape) < one_of(rng, [0, 0, 0.05, 1])
    return np.where(is_strange, strange, values).astype(dtype)


def rows_of(rng: Any, n: int, below: int) -> Any:
    """Return mostly row numbers below a number."""
    return array_of(rng, n, below=below) if rng.rand() < 0.2 else rng.randint(0, max(below, 1), n)


def numbers_of(rng: Any, n: int) -> Any:
    """Return mostly n numbers."""
    return array_of(rng, n) if rng.rand() < 0.2 else rng.normal(size=n)


def recipe_of(rng: Any, n_ids: int) -> Any:
    """Return a recipe of up to five rows, whose arrays mostly fit."""
    m, counts = rng.randint(0, 6), rng.randint(1, 4, 6)
    rows, n_terms = [rows_of(rng, m, n_ids) for _ in range(2)], counts[:m].sum()
    ballot = rows_of(rng, m, 3)
    segment = Segment(*rows, numbers_of(rng, m), one_of(rng, [None, numbers_of(rng, m)]))
    starts = one_of(rng, [np.r_[0, np.cumsum(counts[:m])]] * 4 + [array_of(rng, m + 1)])
    voters = one_of(rng, [rng.randint(0, max(n_ids, 1), (3, 2)), array_of(rng, 3, below=n_ids)])
    mean = Mean(rows[0], starts, rows_of(rng, n_terms, n_ids), numbers_of(rng, n_terms))
    generator = one_of(rng, [np.random.RandomState(1)] * 5 + [None])
    noise = Jitter(rows[0], numbers_of(rng, rng.randint(1, 4)), generator)
    return one_of(rng, [Copy(rows[0]), segment, Vote(segment, voters, ballot), mean, noise])


def plan_of(rng: Any, n_rows: int) -> Plan:
    """Return a plan of random recipes, or raise what it raises."""
    made = tuple(recipe_of(rng, n_rows) for _ in range(rng.randint(0, 4)))
    order = one_of(rng, [None, None, rows_of(rng, rng.randint(0, 9), n_rows)])
    return Plan(one_of(rng, [n_rows] * 20 + [-1, 2.0, None, 2**53]), made, order)


def table_of(rng: Any, n: int) -> Any:
    """Return values with one entry per row, or nearly so, in one of the containers."""
    numbers = rng.normal(size=(n, 3)).astype(one_of(rng, ["f4", "f8"]))
    array = one_of(rng, [array_of(rng, n), numbers])
    columns = {"a": numbers[:, 0], "b": rng.randint(0, 5, n), "c": rng.choice(list("xyz"), n)}
    frame = one_of(rng, [pd.DataFrame, pl.DataFrame, pa.table])(columns)
    masked, column = np.ma.masked_array(array, mask=False), pd.Series(columns["c"])
    sparse = one_of(rng, [sp.csr_array, sp.coo_matrix, sp.csc_matrix])(numbers)
    return one_of(rng, [array, array, array, array.tolist(), masked, frame, column, sparse, None])


def use(rng: Any, plan: Plan) -> None:
    """Call everything that a plan can do, on tables of its size and others."""
    if plan.n_rows + plan.n_made > 10**5:
        return
    n = one_of(rng, [plan.n_rows] * 9 + [5])
    values, X, y = table_of(rng, n), rng.normal(size=(n, 3)), np.arange(n) % 2
    for work in (
        lambda: plan.apply(values, one_of(rng, ["blend", "seed", "missing"])),
        lambda: FunctionSampler(lambda *_: plan).fit_resample(X, y),
        lambda: (plan.lineage(), plan.parents(), plan.only_originals, repr(plan)),
        lambda: plan.descendants(rows_of(rng, 3, n)),
        lambda: Plan.taking(n, array_of(rng, 4, below=n)),
        lambda: plan.then(plan_of(rng, len(plan))),
        lambda: Plan.adding(n, [plan, recipe_of(rng, n)]),
    ):
        with suppress(PoiseError):
            work()


@cache
def saved(number: int) -> bytes:
    """Return a plan file that a sampler made."""
    X, y = np.random.RandomState(0).normal(size=(30, 3)), np.repeat([0, 1], [20, 10])
    smoothed, clean, voted = RandomOverSampler(shrinkage=1.0), SMOTETomek(), SMOTENC([2])
    sampler = [smoothed, clean, voted, MGS(), RandomOverSampler()][number]
    with tempfile.TemporaryDirectory() as folder:
        sampler.set_params(random_state=0).fit(X, y).plan_.save(Path(folder) / "plan.npz")
        return (Path(folder) / "plan.npz").read_bytes()


def load_and_use(rng: Any, content: bytes) -> None:
    """Load a plan file, and use the plan if it is one."""
    with tempfile.NamedTemporaryFile(suffix=".npz") as file:
        Path(file.name).write_bytes(content)
        with suppress(PoiseError):
            use(rng, Plan.load(file.name))


def try_bytes(rng: Any) -> None:
    """Load a plan file with some bytes changed, cut, repeated or moved."""
    content = bytearray(saved(rng.randint(5)))
    for _ in range(rng.randint(1, 8)):
        at, n = rng.randint(len(content) + 1), rng.randint(1, 9)
        moved = bytes(content[:at])[-n:]
        part = one_of(rng, [rng.bytes(n), b"\xff" * n, bytes(n), moved, b""])
        content[at : at + one_of(rng, [0, n, len(part), len(part)])] = part
    load_and_use(rng, bytes(content))


def changed(rng: Any, part: Any, share: float) -> Any:
    """Return JSON in which some nodes are others."""
    if rng.rand() < share:
        return one_of(rng, JSON)
    if isinstance(part, dict):
        return {name: changed(rng, value, share) for name, value in part.items()}
    return [changed(rng, value, share) for value in part] if isinstance(part, list) else part


def try_arrays(rng: Any) -> None:
    """Load a plan file whose arrays and description are of other kinds, shapes and values."""
    arrays = dict(np.load(io.BytesIO(saved(rng.randint(5)))))
    about = changed(rng, json.loads(bytes(arrays.pop("about"))), one_of(rng, [0, 0, 0.02, 0.1]))
    for name in rng.choice(list(arrays), one_of(rng, [0, 1, 1, 2]), replace=False):
        same, n = np.atleast_1d(arrays[name]), arrays[name].size
        others = [same[::-1], same.reshape(-1, 1), same[:-1], np.tile(same, 2), same + 1]
        arrays[name] = one_of(rng, [*others, *[array_of(rng, n, below=30)] * 5])
    content = io.BytesIO()
    text = np.frombuffer(json.dumps(about).encode(), np.uint8)
    one_of(rng, [np.savez, np.savez_compressed])(content, about=text, **arrays)
    load_and_use(rng, content.getvalue())


def try_plans(rng: Any) -> None:
    """Make plans of random recipes, and use them."""
    with suppress(PoiseError):
        use(rng, plan_of(rng, rng.randint(0, 9)))


def try_functions(rng: Any) -> None:
    """Call a FunctionSampler whose function returns something random."""
    n = rng.randint(2, 12)
    y = one_of(rng, [pd.Series, list, np.asarray])(rows_of(rng, n, 2).ravel())
    X, y = one_of(rng, [(rng.normal(size=(n, 3)), np.arange(n) % 2), (table_of(rng, n), y)])
    pair = table_of(rng, one_of(rng, [n, 4])), table_of(rng, one_of(rng, [n, 4]))
    returned = [None, 3, "rows", {0}, object(), [[0], [0, 1]], (X, y, X), pair, pair, pair[0]]
    with suppress(PoiseError):
        more = [*returned, array_of(rng, 4, below=n), plan_of(rng, one_of(rng, [n, 5]))]
        sampler = FunctionSampler(lambda *_: one_of(rng, more), validate=one_of(rng, [True, False]))
        sampler.fit_resample(X, y)


def try_kernel(rng: Any) -> None:
    """Call the kernel with arrays that fit, and with some that do not."""
    n, m, d, k = rng.randint(0, 200), rng.randint(0, 80), rng.randint(0, 12), rng.randint(0, 80)
    threads, dtype = one_of(rng, [1, 2, 5, 64, 0, -1, -(2**31)]), one_of(rng, ["f8", "f8", "f4"])
    n_nominal, is_partial = one_of(rng, [0, 0, 1, d, -1, d + 1]), one_of(rng, [False, False, True])

    def floats(*shape: int) -> Any:
        values = np.rint(rng.normal(size=shape)) if rng.rand() < 0.5 else rng.normal(size=shape)
        strange = rng.random_sample(shape) < one_of(rng, [0, 0, 0.1, 1])
        return np.where(strange, rng.choice(FLOATS, shape), values)

    def near(array: Any) -> Any:
        return array if rng.rand() < 0.95 else array_of(rng, len(array), below=n)

    def ids() -> Any:
        return near(rng.randint(-1 if rng.rand() < 0.2 else 0, max(n + (rng.rand() < 0.1), 1), m))

    def entries(n_rows: int) -> Any:
        values = floats(n_rows, max(d, 1))
        usual = np.where(np.isfinite(values) & (rng.random_sample(values.shape) < 0.3), values, 0.0)
        rows = sp.csr_array(values if rng.rand() < 0.05 else usual)
        starts, columns = rows.indptr.astype(np.int64), rows.indices.astype(np.int64)
        changed = starts, columns, rows.data
        for part in changed:
            if len(part) and rng.rand() < 0.05:
                part[rng.randint(len(part))] = one_of(rng, [0, -1, 1, d, n_rows, 2**31])
        return [near(part) for part in changed]

    with suppress(ValueError, TypeError):
        out, reaches = near(np.empty((m, d), dtype)), one_of(rng, [None, near(floats(m))])
        values = near(floats(n, d).astype(dtype))
        _kernel.blend(values, ids(), ids(), near(floats(m)), reaches, out, threads)
    with suppress(ValueError, TypeError, IndexError):  # IndexError: of the next three lines
        parts, seeds, partners = entries(n), ids(), ids()
        lengths = np.diff(parts[0]).clip(0, 99)
        most = near(np.empty(np.sum(lengths[seeds]) + np.sum(lengths[partners]), np.int64))
        out = near(np.empty(m + 1, np.int64)), most, near(np.empty(most.shape))
        parents, reaches = (seeds, partners), one_of(rng, [None, near(floats(m))])
        _kernel.blend_sparse(*parts, max(d, 1), *parents, near(floats(m)), reaches, *out)

    def queries() -> tuple[Any, Any]:
        picked = one_of(rng, [None, ids()])
        return near(floats(m if picked is None else n, d)), picked

    with suppress(ValueError, TypeError):
        path, mismatch = one_of(rng, [*paths(), "", "none"]), one_of(rng, FLOATS)
        values, picked = near(floats(n, d)), one_of(rng, [None, ids()])
        index = _kernel.Index(values, threads, n_nominal, mismatch, is_partial, path, picked)
        with suppress(ValueError, TypeError):
            found = near(np.empty((m, k), np.int64)), near(np.empty((m, k)))
            radii = one_of(rng, [None, floats(1, m)[0]])
            leaves = int(rng.randint(-1, 4))
            index.nearest(
                near(floats(m, d)), one_of(rng, [None, ids()]), radii, *found, leaves, threads
            )
            kth, number = near(np.empty(m)), one_of(rng, NUMBERS)
            asked, of_these = queries()
            index.kth(asked, number, None, radii, kth, leaves, threads, of_these)
        radii, counts, stop = near(floats(m)), near(np.empty(m, np.int64)), one_of(rng, NUMBERS)
        excluded = one_of(rng, [None, ids()])
        asked, of_these = queries()
        index.count_within(asked, excluded, radii, stop, counts, threads, of_these)
    with suppress(ValueError, TypeError):
        sparse = _kernel.SparseIndex(*entries(n), max(d, 1) if rng.rand() < 0.9 else d)
        found = near(np.empty((m, k), np.int64)), near(np.empty((m, k)))
        sparse.nearest(*entries(m), one_of(rng, [None, ids()]), *found, threads)


TRIES = [try_bytes, try_arrays, try_plans, try_functions, try_kernel]
KINDS = {work.__name__.removeprefix("try_"): work for work in TRIES}


def run_child(kind: str, seed: int, first: int, only: int | None) -> None:
    """Run tries of one kind for a while; the number of each is printed before it begins."""
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    number, end = first if only is None else only, time.monotonic() + BATCH_SECONDS
    while time.monotonic() < end:
        print(number, flush=True)
        KINDS[kind](np.random.RandomState([seed, list(KINDS).index(kind), number]))
        if only is not None:
            break
        number += 1


def main() -> int:
    """Run children until the time is over or one fails; return the exit status."""
    parser = argparse.ArgumentParser(description="Try random input; see the Makefile.")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kind", choices=KINDS, help="by default each in turn")
    parser.add_argument("--only", type=int, help="one try, by its number")
    parser.add_argument("--first", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.kind and (asked.first is not None or asked.only is not None):
        run_child(asked.kind, asked.seed, asked.first or 0, asked.only)
        return 0
    done: Counter[str] = Counter()
    kinds, end = cycle([asked.kind] if asked.kind else KINDS), time.monotonic() + 60 * asked.minutes
    status: int | str = 0
    while time.monotonic() < end and not status:
        kind, seed = next(kinds), ["--seed", str(asked.seed)]
        command = [sys.executable, __file__, *seed, "--kind", kind, "--first", str(done[kind])]
        with tempfile.TemporaryFile("w+") as said:
            child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True)
            hangs = Timer(MOST_SECONDS, child.kill)
            hangs.start()
            tries, status = child.communicate()[0].split(), child.returncode
            hangs.cancel()
            said.seek(0)
            if status:
                again = f"{' '.join(seed)} --kind {kind} --only {tries[-1] if tries else 0}"
                print(f"{said.read()[-8000:]}\nFailed (status {status}); again with {again}")
        done[kind] += len(tries)
    print(f"seed {asked.seed}:", ", ".join(f"{done[kind]:,} tries of {kind}" for kind in KINDS))
    return 1 if status else 0


if __name__ == "__main__":
    sys.exit(main())
