"""What is released agrees: version, dependencies, addresses, licences, workflows."""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

import poise

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
# One commit of each action is known by its full hash; the comment names its version, which nobody can move.
PINNED = re.compile(r"uses: ([\w./-]+)@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
OWN = re.compile(r"uses: \./\.github/workflows/[\w-]+\.yml( # zizmor: ignore.*)?$")


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "pattern"),
    [
        ("CITATION.cff", r"^version: (\S+)$"),
        ("CHANGELOG.md", r"^## (\S+) \("),
        ("recipe/recipe.yaml", r'^  version: "(.+)"$'),
    ],
)
def test_one_version_stands_everywhere(file: str, pattern: str) -> None:
    found = re.search(pattern, text_of(file), re.MULTILINE)
    assert found is not None
    assert found[1] == PROJECT["version"] == poise.__version__


def test_the_recipe_is_that_of_the_project() -> None:
    done = subprocess.run(
        [sys.executable, "tools/conda_recipe.py"],
        cwd=ROOT,
        text=True,
        check=True,
        capture_output=True,
    )
    assert done.stdout == text_of("recipe/recipe.yaml")


def test_what_the_recipe_runs_after_a_build_works() -> None:
    code = re.search(r'- python -c "(.+)"$', text_of("recipe/recipe.yaml"), re.MULTILINE)
    assert code is not None
    subprocess.run([sys.executable, "-c", code[1]], check=True)


def test_a_recipe_of_another_archive_is_refused(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "tools/conda_recipe.py", str(tmp_path / "poise-0.0.1.tar.gz")],
        cwd=ROOT,
        text=True,
        check=False,
        capture_output=True,
    )
    assert done.returncode == 1
    assert f"is not poise-{PROJECT['version']}.tar.gz" in done.stderr


@pytest.fixture
def release_check(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    return importlib.import_module("release_check")


def test_a_release_needs_the_tag_of_its_version(release_check: Any) -> None:
    version = PROJECT["version"]
    assert list(release_check.versions(f"v{version}")) == []
    wrong = [f"the tag says 9.9.9, pyproject.toml {version}"]
    assert list(release_check.versions("v9.9.9")) == wrong
    assert len(list(release_check.versions(version))) == 1


def test_placeholders_are_left_to_the_owner_and_stop_a_release(
    release_check: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    def with_addresses(host: str) -> None:
        urls = {name: f"https://{host}/{name}" for name in PROJECT["urls"]}
        monkeypatch.setattr(release_check, "PROJECT", PROJECT | {"urls": urls})

    monkeypatch.setattr(release_check, "CHECKS", [])
    monkeypatch.setattr(release_check, "heading", lambda: (PROJECT["version"], "2030-01-31"))
    with_addresses("other.example")
    assert release_check.main([]) == 0
    assert "[project.urls] Homepage is the placeholder https://other.example/Homepage" in (
        capsys.readouterr().out
    )
    assert release_check.main(["--publish"]) == 1
    assert capsys.readouterr().out.endswith("Not released: see above.\n")
    with_addresses("project.test")
    assert release_check.main(["--publish"]) == 0


def test_a_wheel_without_licences_or_list_is_found(release_check: Any) -> None:
    metadata = b"Metadata-Version: 2.4\nName: poise\nVersion: 1\nLicense-File: licenses/a.txt\n"
    assert list(release_check.of_wheel({"METADATA": metadata})) == [
        "the licence licenses/a.txt is not in it",
        "it has no sboms/poise.cdx.json",
    ]


def files_of_the_project() -> list[Path]:
    """Return the files that git would publish; those that are there, if this is not a clone."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        text=True,
        check=False,
        capture_output=True,
    )
    names = listed.stdout.split("\0") if listed.returncode == 0 else ["pyproject.toml"]
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def test_addresses_of_the_project_stand_in_one_place() -> None:
    hosts = {address.split("/")[2] for address in PROJECT["urls"].values()}
    with_one = {
        path.relative_to(ROOT).as_posix()
        for path in files_of_the_project()
        if any(host.encode() in path.read_bytes() for host in hosts)
    }
    assert with_one - {"recipe/recipe.yaml"} == {"pyproject.toml"}


def test_what_a_package_index_shows_is_linked() -> None:
    wanted = {"Homepage", "Documentation", "Repository", "Changelog", "Issues"}
    assert PROJECT["urls"].keys() == wanted


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_use_known_commits_of_actions_and_ask_for_little(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    used = re.findall(r"uses: .*", text)
    assert used
    assert [line for line in used if not PINNED.match(line) and not OWN.match(line)] == []
    assert re.search(r"^permissions: \{\}$", text, re.MULTILINE)
    assert text.count("persist-credentials: false") == text.count("uses: actions/checkout@")
    assert text.count("timeout-minutes: ") == text.count("runs-on: ")


def test_each_action_has_one_commit() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in WORKFLOWS)
    found: dict[str, set[str]] = {}
    for name, commit in re.findall(r"uses: ([\w./-]+)@(\w+)", text):
        found.setdefault(name, set()).add(commit)
    assert {name for name, commits in found.items() if len(commits) > 1} == set()


def test_only_publishing_may_prove_who_it_is() -> None:
    asking = {path.stem for path in WORKFLOWS if "write" in path.read_text(encoding="utf-8")}
    assert asking == {"publish"}


def test_workflows_test_the_supported_pythons_on_three_systems() -> None:
    text = text_of(".github/workflows/tests.yml")
    pythons = re.search(r"^PYTHONS := (.+)$", text_of("Makefile"), re.MULTILINE)
    assert pythons is not None
    listed = ", ".join(f'"{python}"' for python in pythons[1].split())
    assert f"python: [{listed}]" in text
    assert re.search(r"system: \[ubuntu-\S+, macos-\S+, windows-\S+\]", text)


def installed(name: str) -> str:
    """Return a file of the installed package's dist-info folder."""
    files = importlib.metadata.files("poise") or []
    found = [each for each in files if each.as_posix().endswith(f".dist-info/{name}")]
    assert len(found) == 1, f"one file {name} is installed"
    return found[0].read_text(encoding="utf-8")


def test_what_is_compiled_in_is_listed_with_its_version() -> None:
    bill: dict[str, Any] = json.loads(installed("sboms/poise.cdx.json"))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert bill["metadata"]["component"]["purl"] == f"pkg:pypi/poise@{poise.__version__}"
    found = {part["name"]: part for part in bill["components"]}
    assert found.keys() == {"nanobind", "robin-map"}
    for part in found.values():
        assert re.fullmatch(r"\d+\.\d+\.\d+", part["version"])
        assert re.fullmatch(rf"pkg:\w+/[\w/-]+@v?{re.escape(part['version'])}", part["purl"])
    assert not {"timestamp", "serialNumber"} & {*bill, *bill["metadata"]}


@pytest.mark.parametrize("path", sorted((ROOT / "licenses").glob("*.txt")), ids=lambda p: p.stem)
def test_licences_of_what_is_compiled_in_are_installed(path: Path) -> None:
    assert installed(f"licenses/licenses/{path.name}") == path.read_text(encoding="utf-8")
