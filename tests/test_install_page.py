"""The commands of docs/install.md run, without the internet: the index of packages is a folder of wheels.

The wheels are packed from what is installed here, Poise included, so that nothing is built or downloaded.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import poise

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
# Sections whose commands cannot run here, and why.
NOT_RUN = {
    "Windows": "needs PowerShell",
    "conda": "needs conda and its channels",
    "From the source": "downloads the tools that build it; make demo and make sdist build the source",
}
# Commands in other sections that cannot run here, by a part of each, and why.
NOT_RUN_COMMANDS = {"--platform win_amd64": "needs wheels for Windows"}
# Must be done from the folder of wheels that the section before it has made.
WITHOUT_AN_INDEX = "On the machine without it"


def blocks() -> list[tuple[str, str]]:
    """Return the section and the text of each block of commands."""
    found, section = [], ""
    pattern = r"^#+ (?P<section>[^\n]+)$|^```(?:sh|powershell)\n(?P<text>.*?)^```$"
    for match in re.finditer(pattern, PAGE, re.MULTILINE | re.DOTALL):
        section = match["section"] or section
        if match["text"]:
            found.append((section, match["text"]))
    return found


def sections_to_run() -> dict[str, str]:
    """Return what can run of each section."""
    of_section: dict[str, str] = {}
    for section, text in blocks():
        if section not in NOT_RUN:
            lines = [
                line
                for line in text.splitlines()
                if not any(part in line for part in NOT_RUN_COMMANDS)
            ]
            of_section[section] = "\n".join([of_section.get(section, ""), *lines])
    return of_section


def packages(name: str, extras: frozenset[str]) -> set[str]:
    """Return a package and all that it needs with some extras, as far as it is installed."""
    found: set[tuple[str, frozenset[str]]] = set()
    waiting = [(name, extras)]
    while waiting:
        asked = waiting.pop()
        if asked in found:
            continue
        found.add(asked)
        for line in importlib.metadata.requires(asked[0]) or []:
            needed = Requirement(line)
            choices = [{"extra": extra} for extra in (*asked[1], "")]
            if needed.marker is None or any(map(needed.marker.evaluate, choices)):
                waiting.append((canonicalize_name(needed.name), frozenset(needed.extras)))
    return {name for name, _ in found}


def pack(name: str, folder: Path) -> None:
    """Write the files of an installed package as the wheel that they came from."""
    package = importlib.metadata.distribution(name)
    tags = re.findall(r"^Tag: (.+)$", package.read_text("WHEEL") or "", re.MULTILINE)
    parts = zip(*(tag.split("-") for tag in tags), strict=True)
    tag = "-".join(".".join(dict.fromkeys(part)) for part in parts)
    file = re.sub(r"[-_.]+", "_", package.metadata["Name"])
    with zipfile.ZipFile(folder / f"{file}-{package.version}-{tag}.whl", "w") as wheel:
        for each in package.files or []:
            of_installer = each.name in ("INSTALLER", "REQUESTED", "direct_url.json")
            if ".." not in each.parts and "__pycache__" not in each.parts and not of_installer:
                wheel.write(each.locate(), each.as_posix())


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not any(each.match("poise/pipeline.py") for each in importlib.metadata.files("poise") or []):
        pytest.skip("an editable install of Poise has no files to pack as a wheel; make test")
    folder = tmp_path_factory.mktemp("index")
    for name in packages("poise", frozenset({"all"})):
        pack(name, folder)
    return folder


def run(commands: str, folder: Path, index: Path | None) -> str:
    """Run the commands of a section in one shell, with a folder as the only index of packages."""
    own = ("PIP_", "PYTHON", "VIRTUAL_ENV", "MPLBACKEND")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(own)}
    environment |= {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_NO_COMPILE": "1"}
    if index is not None:
        environment["PIP_FIND_LINKS"] = str(index)
    # The page's python3 is the Python of the tests.
    programs = folder / "programs"
    programs.mkdir(exist_ok=True)
    if not (programs / "python3").exists():
        (programs / "python3").symlink_to(Path(sys.executable).resolve())
    environment["PATH"] = os.pathsep.join([str(programs), environment["PATH"]])
    done = subprocess.run(
        ["bash", "-e", "-c", commands],
        cwd=folder,
        env=environment,
        text=True,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_every_block_is_run_or_has_a_reason() -> None:
    sections = {section for section, _ in blocks()}
    assert sections >= NOT_RUN.keys()
    assert len(sections_to_run()) == len(sections) - len(NOT_RUN) == 3
    for part in NOT_RUN_COMMANDS:
        assert sum(part in text for _, text in blocks()) == 1


@pytest.mark.skipif(shutil.which("bash") is None, reason="the commands are those of a Unix shell")
def test_the_commands_for_linux_install_update_and_remove_poise(
    tmp_path: Path, index: Path
) -> None:
    output = run(sections_to_run()["Linux"], tmp_path, index)
    assert f"poise, version {poise.__version__}" in output
    assert re.search(rf"^ +poise: {re.escape(poise.__version__)}$", output, re.MULTILINE)
    assert f"Successfully uninstalled poise-{poise.__version__}" in output


@pytest.mark.skipif(shutil.which("bash") is None, reason="the commands are those of a Unix shell")
def test_poise_is_installed_from_a_folder_of_wheels_alone(tmp_path: Path, index: Path) -> None:
    commands = sections_to_run()
    hashes = run(commands["On a machine with the internet"], tmp_path, index)
    wheels = sorted(path.name for path in (tmp_path / "wheels").glob("*.whl"))
    assert wheels == sorted(path.name for path in index.glob("*.whl"))
    assert hashes.count("--hash=sha256:") == len(wheels)
    output = run(commands[WITHOUT_AN_INDEX], tmp_path, None)
    assert "No broken requirements found" in output
    assert output.rstrip().endswith("[0, 0, 1, 1]")


def test_the_links_of_the_page_lead_somewhere() -> None:
    def anchors(text: str) -> set[str]:
        return {
            re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
            for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        }

    for target in re.findall(r"\]\((?!http)([^)]+)\)", PAGE):
        file, _, anchor = target.partition("#")
        path = ROOT / "docs" / file if file else ROOT / "docs" / "install.md"
        assert path.is_file(), target
        assert not anchor or anchor in anchors(path.read_text(encoding="utf-8")), target


def test_the_readme_and_the_page_name_the_same_oldest_python() -> None:
    assert "Poise needs Python 3.11 or later" in PAGE
    assert "[docs/install.md](docs/install.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
