"""The methods of the playground make the library's plan, gap for gap, in Node: 250 random tables with duplicates."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from tables import N_TABLES, PLANS, expected

MODULE = Path(__file__).parents[2] / "docs" / "static" / "playground" / "resampling.js"
NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_the_plans_are_those_of_the_library(tmp_path: Path) -> None:
    cases = expected()
    assert len(cases) == N_TABLES >= 200
    refused = sum("refused" in case["plans"]["smote"] for case in cases)
    assert refused < N_TABLES / 2
    (tmp_path / "cases.json").write_text(json.dumps(cases), encoding="utf-8")
    script = (
        f"import {{ METHODS, CannotDo }} from {json.dumps(MODULE.as_uri())};\n"
        "import fs from 'node:fs';\n"
        "const cases = JSON.parse(fs.readFileSync(process.argv[2]));\n"
        f"console.log(JSON.stringify(({PLANS})(cases)));\n"
    )
    (tmp_path / "plans.mjs").write_text(script, encoding="utf-8")
    done = subprocess.run(
        [NODE, tmp_path / "plans.mjs", tmp_path / "cases.json"],
        capture_output=True,
        text=True,
        check=True,
    )
    for case, found in zip(cases, json.loads(done.stdout), strict=True):
        assert found == case["plans"]
