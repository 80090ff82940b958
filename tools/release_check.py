"""Check that what `make wheel sdist` built, and the files beside it, can be released.

python tools/release_check.py                        without the net
python tools/release_check.py --online               also what only the net knows: known faults in dependencies
python tools/release_check.py --publish --tag v0.1.0 a release: what only the owner can fill in must be there

The last lines list what only the owner of the project can do. They are no failure without --publish.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from conda_recipe import ROOT, recipe
from packaging.metadata import parse_email

BIN = Path(sys.executable).parent
DIST = ROOT / "dist"
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
VERSION = PROJECT["version"]
PLACEHOLDER = ".example"  # no address in the world ends in it (RFC 2606)
COMPILED_IN = {"nanobind", "robin-map"}
ONLINE = {"no known faults in dependencies"}
Problems = Iterator[str]


def main(arguments: list[str] | None = None) -> int:
    """Run all checks; return 1 if one found a problem."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--online", action="store_true")
    parser.add_argument("--publish", action="store_true")
    parser.add_argument(
        "--tag",
        default=os.environ.get("RELEASE_TAG"),
        help="the tag of the release, such as v0.1.0; by default the variable RELEASE_TAG",
    )
    options = parser.parse_args(arguments)
    checks = [one for one in CHECKS if options.online or one[0] not in ONLINE]
    failed = sum(report(name, list(check(options))) for name, check in checks)
    for name, reason in not_run(online=options.online):
        show("not run", f"{name}: {reason}")
    open_items = list(left_to_the_owner())
    if open_items:
        show("", "\nWhat only the owner can do:")
    for item in open_items:
        show("owner", item)
    if options.publish and open_items:
        show("", "\nNot released: see above.")
    return int(bool(failed or (options.publish and open_items)))


def show(status: str, line: str) -> None:
    """Print a line under its status."""
    print(f"{status:8}{line}" if status else line, flush=True)


def report(name: str, problems: list[str]) -> bool:
    """Print what a check found; return whether it found a problem."""
    show("FAILED" if problems else "ok", name)
    for problem in problems:
        show("", "        " + problem.replace("\n", "\n        "))
    return bool(problems)


def failures(*command: str) -> Problems:
    """Yield the output of a command that fails; programs are those beside this Python."""
    program = BIN / command[0]
    if not program.exists():
        yield f"{command[0]} is not installed: pip install '.[release]'"
        return
    done = subprocess.run(
        [str(program), *command[1:]],
        cwd=ROOT,
        text=True,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode:
        yield f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout.strip()}"


def text_of(name: str) -> str:
    """Return the text of a file of the project."""
    return (ROOT / name).read_text(encoding="utf-8")


def heading() -> tuple[str, str]:
    """Return the version and the date of the newest section of the changelog."""
    found = re.search(r"^## (\S+) \((.+)\)$", text_of("CHANGELOG.md"), re.MULTILINE)
    return (found[1], found[2]) if found else ("", "")


def versions(tag: str | None) -> Problems:
    """Yield where another version stands."""
    cited = re.search(r"^version: (\S+)$", text_of("CITATION.cff"), re.MULTILINE)
    found = {
        "CITATION.cff": cited[1] if cited else "none",
        "the newest section of CHANGELOG.md": heading()[0],
        "the Poise that is installed here": importlib.metadata.version("poise"),
    }
    if tag is not None:
        found["the tag"] = tag[1:] if tag.startswith("v") else repr(tag)
    for name, version in found.items():
        if version != VERSION:
            yield f"{name} says {version}, pyproject.toml {VERSION}"


def citation() -> Problems:
    """Yield what the schema of citation files finds."""
    yield from failures(
        "check-jsonschema", "--builtin-schema", "vendor.citation-file-format", "CITATION.cff"
    )


def workflows() -> Problems:
    """Yield what the schemas of workflows, and actionlint, find."""
    names = [str(path) for path in WORKFLOWS]
    schema = ["check-jsonschema", "--builtin-schema"]
    yield from failures(*schema, "vendor.github-workflows", *names)
    yield from failures(*schema, "custom.github-workflows-require-timeout", *names)
    yield from failures(*schema, "vendor.dependabot", ".github/dependabot.yml")
    if shutil.which("actionlint"):
        yield from failures(str(shutil.which("actionlint")), *names)


def zizmor(*, online: bool) -> Problems:
    """Yield what zizmor finds in the workflows."""
    yield from failures("zizmor", "--quiet", *([] if online else ["--offline"]), ".github")


def conda() -> Problems:
    """Yield what is wrong with the recipe; write that of the source archive to dist/conda."""
    if text_of("recipe/recipe.yaml") != recipe():
        yield "recipe/recipe.yaml is not what pyproject.toml gives: make recipe"
    texts = [recipe()]
    archive = DIST / f"poise-{VERSION}.tar.gz"
    if archive.exists():
        texts.append(recipe(archive))
        folder = DIST / "conda"
        folder.mkdir(exist_ok=True)
        (folder / "recipe.yaml").write_text(texts[-1], encoding="utf-8")
    else:
        yield f"{archive.relative_to(ROOT)} is not there: make sdist"
    for text in texts:
        yield from _not_rendered(text)


def _not_rendered(text: str) -> Problems:
    from rattler_build import RattlerBuildError, Stage0Recipe, VariantConfig  # noqa: PLC0415  # a tool

    variants = {"python": ["3.12.*"], "cxx_compiler": ["gxx"], "c_stdlib": ["sysroot"]}
    try:
        found = Stage0Recipe.from_yaml(text).render(VariantConfig(variants))
    except RattlerBuildError as error:
        yield f"the recipe cannot be read: {error}"
        return
    if [str(one.recipe.package.version) for one in found] != [VERSION]:
        yield f"the recipe gives {len(found)} packages, not one of version {VERSION}"


def packages() -> Problems:
    """Yield what is wrong in the wheels."""
    wheels = sorted(DIST.glob(f"poise-{VERSION}-*.whl"))
    if not wheels:
        yield f"there is no wheel of {VERSION} in dist: make wheel"
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as opened:
            read = {name: opened.read(name) for name in opened.namelist() if ".dist-info/" in name}
        about = {name.partition(".dist-info/")[2]: content for name, content in read.items()}
        for problem in of_wheel(about):
            yield f"{wheel.name}: {problem}"


def of_wheel(about: dict[str, bytes]) -> Problems:
    """Yield what is wrong with the files of a wheel's dist-info folder."""
    metadata, unknown = parse_email(about["METADATA"])
    if unknown:
        yield f"METADATA has entries that are not known: {sorted(unknown)}"
    for name in metadata.get("license_files", []):
        if f"licenses/{name}" not in about:
            yield f"the licence {name} is not in it"
    if "sboms/poise.cdx.json" not in about:
        yield "it has no sboms/poise.cdx.json"
        return
    listed = json.loads(about["sboms/poise.cdx.json"])
    found = {part["name"] for part in listed["components"]}
    if found != COMPILED_IN or listed["metadata"]["component"]["version"] != VERSION:
        yield f"sboms/poise.cdx.json lists {sorted(found)}, not {sorted(COMPILED_IN)} in {VERSION}"
    yield from _not_cyclonedx(about["sboms/poise.cdx.json"].decode())


def _not_cyclonedx(text: str) -> Problems:
    from cyclonedx.schema import SchemaVersion  # noqa: PLC0415  # a tool
    from cyclonedx.validation.json import JsonStrictValidator  # noqa: PLC0415  # as above

    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if error is not None:
        yield f"sboms/poise.cdx.json is not CycloneDX 1.6: {error}"


def tests() -> Problems:
    """Yield what the tests of a release find."""
    files = ["tests/core/test_saved.py", "tests/test_release.py", "tests/test_support.py"]
    yield from failures("python", "-m", "pytest", "-q", *files)


def audit() -> Problems:
    """Yield known faults of what `pip install poise[all]` brings, in the newest releases."""
    wanted = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["all"]]
    extras = [
        line
        for name in ("plot", "report", "cli")
        for line in PROJECT["optional-dependencies"][name]
    ]
    lines = [line for line in [*wanted, *extras] if not line.startswith("poise")]
    asked = ROOT / "dist" / "audited.txt"
    asked.parent.mkdir(exist_ok=True)
    asked.write_text("\n".join(lines) + "\n", encoding="utf-8")
    yield from failures("pip-audit", "--strict", "--requirement", str(asked))


CHECKS: list[tuple[str, Callable[[argparse.Namespace], Problems]]] = [
    ("one version everywhere", lambda options: versions(options.tag)),
    ("CITATION.cff is valid", lambda _: citation()),
    ("workflows are valid", lambda _: workflows()),
    ("workflows have no unsafe habits", lambda options: zizmor(online=options.online)),
    ("the conda recipe is that of pyproject.toml, and renders", lambda _: conda()),
    ("packages hold their licences and what is compiled into them", lambda _: packages()),
    ("formats and release files, by their tests", lambda _: tests()),
    ("no known faults in dependencies", lambda _: audit()),
]


def not_run(*, online: bool) -> Iterator[tuple[str, str]]:
    """Yield the checks that this run has left out, each with the reason."""
    if not online:
        yield (
            "pip-audit",
            "it asks the index of packages; --online, and .github/workflows/weekly.yml",
        )
        yield "zizmor's look at commits of actions", "as above"
    if not shutil.which("actionlint"):
        yield "actionlint", "it is not on the path (its pip package downloads it)"


def left_to_the_owner() -> Iterator[str]:
    """Yield what this machine can see that only the owner can fill in."""
    for name, address in PROJECT["urls"].items():
        if PLACEHOLDER in address:
            yield f"[project.urls] {name} is the placeholder {address}"
    if heading()[1] == "unreleased":
        yield f"CHANGELOG.md says {VERSION} (unreleased): put the date there"


if __name__ == "__main__":
    sys.exit(main())
