"""Run samplers of packages that are built on imbalanced-learn, with imbalanced-learn and with Poise in its place.

`make third-party` runs this. It downloads imbalanced-learn-extra, pyloras, mgs-grf and imblearn-resc, which subclass
the base classes of imbalanced-learn, into a temporary folder. Every sampler must return the same rows with both, and
the tests of imbalanced-learn-extra, the only ones that are published with a package, must pass.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
WHEELS = [
    "imbalanced-learn-extra==0.2.10",
    "pyloras==0.1.0b6",
    "mgs-grf==0.1.0",
    "imblearn-resc==0.3.1",
]
SAMPLERS = {
    "imblearn_extra.gsmote.GeometricSMOTE": {},
    "imblearn_extra.clover.over_sampling.KMeansSMOTE": {},
    "imblearn_extra.clover.over_sampling.SOMO": {},
    "imblearn_extra.clover.over_sampling.GeometricSOMO": {},
    "pyloras.LORAS": {"n_jobs": 1},
    "pyloras.GAMUS": {},
    "mgs_grf.MGSGRFOverSampler": {"K": 5, "categorical_features": [5]},
    "imblearn_resc.oversampling.ReSC": {},
    "imblearn_resc.oversampling.KMeansReSC": {},
}
CONFTEST = """
import os, sys
sys.path[:0] = [{here!r}, {packages!r}]
if os.environ["PACKAGE"] != "imblearn":
    from alias import alias
    alias(os.environ["PACKAGE"])
"""


def rows_of(package: str, packages: str) -> dict[str, Any]:
    """Return the sum, the shape and the counts of the rows of each sampler; run in a process of its own."""
    sys.path[:0] = [str(HERE)]
    sys.path.append(packages)
    from importlib import import_module  # after the alias

    if package != "imblearn":
        from alias import alias  # before imports of imblearn

        alias(package)
    import numpy as np  # as above
    from sklearn.datasets import make_classification  # as above

    X, y = make_classification(300, 6, weights=[0.85], random_state=0)
    X[:, 5] = X[:, 5] > 0
    found: dict[str, Any] = {}
    for name, parameters in SAMPLERS.items():
        module, _, sampler = name.rpartition(".")
        try:
            made = getattr(import_module(module), sampler)(random_state=0, **parameters)
            X_new, y_new = made.fit_resample(X, y)[:2]
            found[name] = [
                list(X_new.shape),
                np.bincount(y_new).tolist(),
                float(np.asarray(X_new, dtype=float).sum()),
            ]
        except Exception as error:  # noqa: BLE001  # the result may be an error
            found[name] = f"{type(error).__name__}: {error}"
    return found


def download(folder: Path) -> Path:
    """Download the packages, without what they depend on; return the folder they are in."""
    packages, pip = (
        folder / "packages",
        [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"],
    )
    subprocess.run(
        [*pip, "install", "--no-deps", "--target", packages, *WHEELS, "minisom"], check=True
    )
    source = ["download", "--no-deps", "--no-binary", ":all:", "-d", folder]
    subprocess.run([*pip, *source, WHEELS[0]], check=True)
    with tarfile.open(next(folder.glob("imbalanced*.tar.gz"))) as archive:
        archive.extractall(folder, filter="data")
    return packages


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        packages = download(folder)
        found = {}
        for package in ("imblearn", "poise"):
            command = [sys.executable, __file__, package, str(packages)]
            answer = subprocess.run(command, check=True, capture_output=True, text=True)
            found[package] = json.loads(answer.stdout.splitlines()[-1])
        for sampler, there in found["imblearn"].items():
            is_same = there == found["poise"][sampler]
            print(f"{'the same' if is_same else 'DIFFERENT':>10}  {sampler}: {there}")
            if not is_same:
                print(f"{'':>12}{found['poise'][sampler]}")
        (folder / "conftest_alias.py").write_text(
            CONFTEST.format(here=str(HERE), packages=str(packages))
        )
        (folder / "empty.ini").touch()
        options = [
            "-q",
            "-W",
            "ignore",
            "-p",
            "no:cacheprovider",
            "-p",
            "conftest_alias",
            "-c",
            "empty.ini",
        ]
        tests = next(folder.glob("imbalanced*/tests"))
        ran = subprocess.run(
            [sys.executable, "-m", "pytest", *options, str(tests)],
            cwd=folder,
            env=os.environ | {"PACKAGE": "poise", "PYTHONPATH": str(folder)},
            check=False,
        )
    if ran.returncode or found["imblearn"] != found["poise"]:
        raise SystemExit(
            "A package that works with imbalanced-learn does not with Poise; see above."
        )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(rows_of(*sys.argv[1:])))
    else:
        main()
