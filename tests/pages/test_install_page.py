"""The commands of docs/install.md run in an empty environment."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from empty_environment import folder_of_wheels, run

import poise

ROOT = Path(__file__).parents[2]
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


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_of_wheels(tmp_path_factory.mktemp("index"), frozenset({"all"}))


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
