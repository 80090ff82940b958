"""The page on installing, the classifiers, the floors and the Makefile name the same supported versions."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

ROOT = Path(__file__).parents[1]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = SETTINGS["project"]
PAGE = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
SECTION = PAGE[PAGE.index("## Supported versions") : PAGE.index("## Linux")]
PYTHONS = re.search(r"^PYTHONS := (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[1].split()


def floors(requirements: list[str]) -> dict[str, str]:
    found = [Requirement(line) for line in requirements]
    return {
        part.name: bound.version
        for part in found
        for bound in part.specifier
        if bound.operator == ">="
    }


def test_the_classifiers_are_the_pythons_of_the_makefile() -> None:
    prefix = "Programming Language :: Python :: 3."
    named = [line.rsplit(" ", 1)[1] for line in PROJECT["classifiers"] if line.startswith(prefix)]
    assert named == PYTHONS


def test_the_page_names_the_pythons_of_the_makefile_and_marks_later_ones() -> None:
    assert f"| {', '.join(PYTHONS)} | tested; " in SECTION
    later = Version(PYTHONS[-1])
    assert f"| {later.major}.{later.minor + 1} and later | not yet tested" in SECTION


def test_pip_accepts_the_pythons_of_the_makefile_and_none_before() -> None:
    accepted = SpecifierSet(PROJECT["requires-python"])
    assert all(python in accepted for python in PYTHONS)
    first = Version(PYTHONS[0])
    assert f"{first.major}.{first.minor - 1}.99" not in accepted


def test_wheels_are_tried_on_the_pythons_of_the_makefile() -> None:
    selected = SETTINGS["tool"]["cibuildwheel"]["build"]
    usual = [name for name in selected if re.fullmatch(r"cp\d+-\*", name)]  # with a GIL
    assert usual == [f"cp{python.replace('.', '')}-*" for python in PYTHONS]


def test_the_stable_abi_begins_where_the_wheel_script_and_the_error_say() -> None:
    begins = SETTINGS["tool"]["scikit-build"]["wheel"]["py-api"]
    version = f"({begins[2]}, {begins[3:]})"
    assert f"\nFIRST_STABLE = {version} " in (ROOT / "tools/packages.py").read_text(
        encoding="utf-8"
    )
    error = (ROOT / "src/poise/_wheels.py").read_text(encoding="utf-8")
    assert f'return "{begins}-abi3"' in error
    assert f"sys.version_info < {version}" in error


def test_the_page_names_the_floors_of_all_dependencies() -> None:
    table = SECTION[SECTION.index("| dependency") :]
    assert dict(re.findall(r"^\| ([a-z-]+) \| ([\d.]+) \|$", table, re.MULTILINE)) == floors(
        PROJECT["dependencies"]
    )


@pytest.mark.parametrize("python", PYTHONS)
def test_the_oldest_list_pins_every_floor_once_or_the_first_wheel_after_it(python: str) -> None:
    lines = (ROOT / "tests/constraints/oldest.txt").read_text(encoding="utf-8").splitlines()
    pins = [
        pin
        for pin in (Requirement(line) for line in lines if "==" in line)
        if pin.marker is None or pin.marker.evaluate({"python_version": python})
    ]
    extras = PROJECT["optional-dependencies"]
    asked = [*PROJECT["dependencies"], *extras["all"], *extras["spark"], *extras["test"]]
    asked += [line for name in ("plot", "report", "cli", "scale") for line in extras[name]]
    lowest = {name: floor for name, floor in floors(asked).items() if name != "pysail"}
    assert sorted(pin.name for pin in pins) == sorted(lowest)
    for pin in pins:
        version, floor = Version(str(pin.specifier).removeprefix("==")), Version(lowest[pin.name])
        assert version >= floor
        if python == PYTHONS[0]:
            assert version.release[: len(floor.release)] == floor.release
