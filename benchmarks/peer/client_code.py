"""Run client code of imbalanced-learn with imbalanced-learn, and with Poise in its place.

The usages were written from the peer's public interface before any of them was run. Each returns what its author
relies on afterwards; two results are equal if they are equal Python values, or if both raise an error of one type.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

HERE = Path(__file__).parent


def results(package: str) -> dict[str, str]:
    """Return what each usage returns with a package, as text; run in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "results.json"
        subprocess.run(
            [sys.executable, __file__, package, str(out)], check=True, cwd=HERE, env=os.environ
        )
        return dict(json.loads(out.read_text(encoding="utf-8")))


def different() -> tuple[int, dict[str, dict[str, str]]]:
    """Return the number of usages, and the results of those that differ."""
    there, here = results("imblearn"), results("poise")
    return len(there), {
        name: {"imbalanced-learn": there[name], "Poise": here[name]}
        for name in there
        if there[name] != here[name]
    }


def main(package: str, out: str) -> None:
    from alias import alias  # before the usages import anything

    if package != "imblearn":
        alias(package)
    import usages  # as above

    found = {}
    for name, usage in usages.USAGES.items():
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            try:
                found[name] = repr(usage())
            except Exception as error:  # noqa: BLE001  # the result of a usage may be an error
                kinds = [k.__name__ for k in type(error).__mro__ if k.__module__ == "builtins"]
                found[name] = f"raises {kinds[0]}"
    Path(out).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
