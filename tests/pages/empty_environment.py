"""Commands of the pages run in an empty environment, without the internet: the index of packages is a folder of wheels.

The wheels are packed from what is installed here, Poise included, so that nothing is built or downloaded.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


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


def folder_of_wheels(folder: Path, extras: frozenset[str], *others: str) -> Path:
    """Fill a folder with wheels of Poise with some extras, of other packages, and of all that they need."""
    if not any(each.match("poise/pipeline.py") for each in importlib.metadata.files("poise") or []):
        pytest.skip("an editable install of Poise has no files to pack as a wheel; make test")
    needed = packages("poise", extras).union(*(packages(name, frozenset()) for name in others))
    for name in needed:
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
