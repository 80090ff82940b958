"""Print the conda recipe that pyproject.toml describes.

python tools/conda_recipe.py                            for a checkout: this is recipe/recipe.yaml
python tools/conda_recipe.py dist/poise-0.1.0.tar.gz    for a released archive, as conda-forge wants it
"""

from __future__ import annotations

import hashlib
import sys
import tomllib
from pathlib import Path
from string import Template
from typing import Any

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
# The names of packages in conda, where they are others than in pip.
NAMES = {"matplotlib": "matplotlib-base"}
# Those of the extras that are for users; pyspark-client cannot be installed beside pyspark.
EXTRAS = ("plot", "report", "cli", "scale", "spark")

RECIPE = Template("""\
# Written by tools/conda_recipe.py from pyproject.toml (make recipe): change that file, not this one.
schema_version: 1

context:
  version: "$version"

package:
  name: $name
  version: $${{ version }}

source:
$source

build:
  number: 0
  skip:
    - match(python, "$too_old")
  script: $${{ PYTHON }} -m pip install . -vv --no-deps --no-build-isolation
  python:
    entry_points:
$scripts

requirements:
  build:
    - $${{ compiler("cxx") }}
    - $${{ stdlib("c") }}
    - cmake
    - ninja
  host:
    - python
    - pip
$build
  run:
    - python
$run
  run_constraints:
$optional

tests:
  - python:
      imports:
        - poise
        - poise.native
      pip_check: true
  - script:
      - python -c "import poise; print(poise.resample([[0.0], [1.0], [2.0]], [0, 0, 1], method='random-over'))"

about:
  homepage: $homepage
  documentation: $documentation
  repository: $repository
  summary: "$summary"
  license: $license
  license_file:
$licenses
""")


def recipe(archive: Path | None = None) -> str:
    """Return the recipe for the checkout, or for a released archive."""
    described = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project, requires = described["project"], described["build-system"]["requires"]
    extras = [line for name in EXTRAS for line in project["optional-dependencies"][name]]
    licenses = [
        path.relative_to(ROOT).as_posix()
        for pattern in project["license-files"]
        for path in sorted(ROOT.glob(pattern))
    ]
    return RECIPE.substitute(
        name=project["name"],
        version=project["version"],
        source=_source(project, archive),
        scripts=_items(6, [f"{name} = {path}" for name, path in project["scripts"].items()]),
        too_old=project["requires-python"].replace(">=", "<"),
        build=_items(4, map(_in_conda, requires)),
        run=_items(4, map(_in_conda, project["dependencies"])),
        optional=_items(4, sorted({*map(_in_conda, extras)})),
        summary=project["description"],
        license=project["license"],
        licenses=_items(4, licenses),
        **{
            name: project["urls"][name.capitalize()]
            for name in ("homepage", "documentation", "repository")
        },
    )


def _source(project: dict[str, Any], archive: Path | None) -> str:
    """Return the part of the recipe that says where the source is."""
    if archive is None:
        return "  path: .."
    name = project["name"]
    wanted = f"{name}-{project['version']}.tar.gz"
    if archive.name != wanted:
        raise SystemExit(f"{archive} is not {wanted}, the archive of this version.")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    address = f"https://pypi.org/packages/source/{name[0]}/{name}/{name}-${{{{ version }}}}.tar.gz"
    return f"  url: {address}\n  sha256: {digest}"


def _in_conda(requirement: str) -> str:
    """Return a requirement of pip as conda writes it."""
    found = Requirement(requirement)
    bounds = ",".join(sorted(map(str, found.specifier), reverse=True))
    return f"{NAMES.get(found.name, found.name)} {bounds}".strip()


def _items(indent: int, lines: Any) -> str:
    return "\n".join(f"{' ' * indent}- {line}" for line in lines)


if __name__ == "__main__":
    sys.stdout.write(recipe(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
