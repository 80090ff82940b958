"""Build, audit and try what is published: wheels for the Pythons of this machine, and the source archive.

``make wheel`` and ``make sdist`` call it, in an environment with the tools. Everything is built
twice, the second time from a copy of the tracked files in another folder, and must come out byte for byte the same.
Wheels are tried in new environments without a compiler on the path, by the commands that cibuildwheel runs.

    python tools/packages.py wheel 3.11 3.12 3.13
    python tools/packages.py sdist 3.11 3.12
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "dist"
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
COMPILERS = ["cc", "c++", "gcc", "g++", "clang", "clang++", "cmake", "ninja", "make", "ld"]
HELPERS = ["cat", "lscpu"]  # joblib counts the cores with them
FIRST_STABLE = (3, 12)  # as in wheel.py-api
LARGEST = 1_200_000  # bytes of a wheel without its data
BIN = Path(sys.executable).parent
# Neither the user's compiler nor modules of the checkout are seen by what is started.
CLEAN = {
    name: value
    for name, value in os.environ.items()
    if name not in ("CC", "CXX", "CMAKE_ARGS", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
}


def run(*command: object, where: Path = ROOT, **environment: str) -> str:
    """Run a command and return what it prints; if it fails, print that and leave."""
    words = [str(word) for word in command]
    done = subprocess.run(
        words, cwd=where, env=CLEAN | environment, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"{' '.join(words)} failed with {done.returncode}:\n{done.stdout}")
    return done.stdout


def expect(holds: object, message: str) -> None:
    """Leave with the message unless something holds."""
    if not holds:
        sys.exit(message)


def tool(name: str, *arguments: object, **environment: str) -> str:
    """Run a tool of this environment, which finds its helpers there."""
    path = os.pathsep.join([str(BIN), os.environ["PATH"]])
    return run(BIN / name, *arguments, PATH=path, **environment)


def starts(python: str) -> bool:
    """Return whether a Python is there; a name on the path may be a shim of one that is not."""
    found = shutil.which(f"python{python}")
    command = [str(found), "-c", ""]
    return bool(found) and subprocess.run(command, check=False, capture_output=True).returncode == 0


def environment_of(python: str, folder: Path) -> Path:
    """Make a virtual environment and return its python."""
    run(f"python{python}", "-m", "venv", folder)
    return folder / "bin" / "python"


def tracked() -> list[str]:
    """Return the files of the checkout that git knows."""
    return run("git", "ls-files").splitlines()


def copied_to(folder: Path) -> Path:
    """Copy the tracked files."""
    for name in tracked():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    return folder


def same_bytes(first: Path, second: Path, stage: str) -> None:
    """Leave unless two builds are the same file."""
    expect(first.name == second.name, f"two builds are named {first.name} and {second.name}")
    same = first.read_bytes() == second.read_bytes()
    expect(same, f"{first.name} is not the same in two builds ({stage}): {first}, {second}")


def build_wheel(python: Path, source: Path, folder: Path) -> Path:
    """Build a wheel in isolation."""
    run(
        python,
        "-m",
        "pip",
        "wheel",
        "--disable-pip-version-check",
        "--no-deps",
        "-w",
        folder,
        source,
    )
    return next(folder.glob("*.whl"))


def repaired(wheel: Path) -> Path:
    """Give a wheel the tag of the oldest Linux on which it runs."""
    folder = wheel.parent / "repaired"
    tool("auditwheel", "repair", "-w", folder, wheel)
    return next(folder.glob("*.whl"))


def audit(wheel: Path) -> None:
    """Leave unless a wheel has the right files, size, names and use of the stable ABI."""
    with zipfile.ZipFile(wheel) as archive:
        entries = {
            entry.filename: entry.compress_size
            for entry in archive.infolist()
            if not entry.is_dir()
        }
    compiled = [
        name
        for name in entries
        if name.startswith("poise/native/_kernel.") and name.endswith(".so")
    ]
    expect(len(compiled) == 1, f"{wheel.name} has the compiled modules {compiled}, and needs one")
    is_stable = "-abi3-" in wheel.name
    expect(compiled[0].endswith(".abi3.so") == is_stable, f"{wheel.name} has {compiled[0]}")

    wanted = {name.removeprefix("src/") for name in tracked() if name.startswith("src/")}
    wanted = {name for name in wanted if not name.startswith("poise/native/src/")} | {compiled[0]}
    found = {name for name in entries if ".dist-info/" not in name}
    expect(found == wanted, f"{wheel.name} has other files than wanted: {sorted(found ^ wanted)}")

    data = sum(size for name, size in entries.items() if name.endswith(".npz"))
    size = wheel.stat().st_size
    expect(size - data <= LARGEST, f"{wheel.name} has {size - data:,} bytes without data")
    print(f"{wheel.name}: {size:,} bytes, of which {data:,} are data")

    if is_stable:
        tool("abi3audit", "--strict", wheel)
    tool("check-wheel-contents", wheel)
    tool("twine", "check", "--strict", wheel)


def helpers_in(folder: Path) -> Path:
    """Link the system's programs that the packages call into a folder."""
    folder.mkdir()
    for name in HELPERS:
        found = shutil.which(name)
        if found:
            (folder / name).symlink_to(found)
    return folder


def try_wheel(python: str, wheel: Path) -> None:
    """Install a wheel without a compiler, and run the commands of cibuildwheel."""
    settings = SETTINGS["cibuildwheel"]
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        binaries = environment_of(python, place / "venv").parent
        path = os.pathsep.join([str(binaries), str(helpers_in(place / "helpers"))])
        found = [compiler for compiler in COMPILERS if shutil.which(compiler, path=path)]
        expect(not found, f"{found} are on the path {path}")
        extras = ",".join(settings["test-extras"])
        install = ["pip", "install", "--disable-pip-version-check", "--only-binary", ":all:"]
        requirements = [f"poise[{extras}] @ {wheel.as_uri()}", *settings["test-requires"]]
        run(binaries / "python", "-m", *install, *requirements, where=place, PATH=path)
        for command in settings["test-command"]:
            first, *words = command.replace("{project}", str(ROOT)).split()
            printed = run(
                binaries / first, *words, where=place, PATH=path, PYTHONDONTWRITEBYTECODE="1"
            )
            print(f"Python {python}: {command}: {printed.strip().splitlines()[-1]}")


def make_wheel(python: str) -> Path:
    """Build the wheel of a Python twice, and repair and audit it."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        builder = environment_of(python, place / "venv")
        copy = copied_to(place / "copy")
        wheels = [build_wheel(builder, ROOT, place / "1"), build_wheel(builder, copy, place / "2")]
        same_bytes(*wheels, "built")
        wheels = [repaired(wheel) for wheel in wheels]
        same_bytes(*wheels, "repaired")
        audit(wheels[0])
        OUT.mkdir(exist_ok=True)
        return Path(shutil.copy2(wheels[0], OUT))


def make_wheels(pythons: list[str]) -> None:
    """Make a wheel for each Python before the stable ABI and one for all others, and try each."""
    there = [python for python in pythons if starts(python)]
    expect(there, f"none of the Pythons {pythons} starts")
    version = {python: tuple(map(int, python.split("."))) for python in there}
    stable = [python for python in there if version[python] >= FIRST_STABLE]
    for python in there:
        if python not in stable[1:]:
            wheel = make_wheel(python)
            for other in stable if python in stable else [python]:
                try_wheel(other, wheel)
    missing = [python for python in pythons if python not in there]
    print(f"skipped, because no such Python on the path starts: {' '.join(missing) or 'none'}")


def make_sdist(python: str) -> None:
    """Make the source archive, and try the wheel that is built from it."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        copy = copied_to(place / "copy")
        for number, source in ("1", ROOT), ("2", copy):
            tool("pyproject-build", "--sdist", "--outdir", place / number, source)
        archives = [next((place / number).glob("*.tar.gz")) for number in ("1", "2")]
        same_bytes(*archives, "built")
        tool("check-sdist")
        tool("twine", "check", "--strict", archives[0])
        print(f"{archives[0].name}: {archives[0].stat().st_size:,} bytes")
        with tarfile.open(archives[0]) as archive:
            archive.extractall(place / "source", filter="data")
        unpacked = next((place / "source").iterdir())
        builder = environment_of(python, place / "venv")
        wheel = build_wheel(builder, unpacked, place / "wheel")
        same_bytes(
            build_wheel(builder, ROOT, place / "other"),
            wheel,
            "from the checkout, from the archive",
        )
        try_wheel(python, repaired(wheel))
        OUT.mkdir(exist_ok=True)
        shutil.copy2(archives[0], OUT)


if __name__ == "__main__":
    CLEAN.setdefault("SOURCE_DATE_EPOCH", run("git", "log", "-1", "--format=%ct").strip())
    kind, *names = sys.argv[1:]
    if kind == "wheel":
        make_wheels(names)
    else:
        make_sdist(next(filter(starts, names)))
